import json
from pathlib import Path
from typing import Any

import pytest

from melflow.core.errors import SourceError
from melflow.core.workspace.framework import Framework
from melflow.sources.xlsform import Form, Instruments, read_xlsform

CONTENT: dict[str, Any] = {
    "survey": [
        {"type": "start", "name": "start", "$kuid": "a"},
        {"type": "begin_group", "$autoname": "g", "label": ["Group", None]},
        {
            "type": "select_one",
            "select_from_list_name": "yn",
            "$autoname": "q",
            "label": ["Well?", "¿Bien?"],
            "required": True,
        },
        {"type": "select_multiple_from_file", "file": "towns.csv", "name": "towns", "label": ["Towns", "Villas"]},
        {"type": "end_group"},
        {"type": "begin_score", "name": "s", "kobo--score-choices": "yn", "label": ["Score", None], "required": "true"},
        {"type": "score__row", "name": "s1", "label": ["One", "Uno"], "mel_construct": "trust"},
        {"type": "end_score"},
        {"type": "begin_rank", "name": "k", "kobo--rank-items": "yn"},
        {"type": "rank__level", "name": "first", "label": ["First", None]},
        {"type": "end_rank"},
        {"type": "begin_kobomatrix", "name": "m", "kobo--matrix_list": "yn", "label": ["M", None]},
        {"type": "integer", "name": "n", "label": ["How many", None], "relevant": "${n} > 0"},
        {"type": "end_kobomatrix"},
    ],
    "choices": [
        {"list_name": "yn", "name": "yes", "label": ["Yes", "Sí"], "mel_score": 1},
        {"list_name": "yn", "$autovalue": "no", "label": ["No", "No"], "mel_score": 0},
    ],
    "settings": {"version": "2 (2024)", "default_language": "English (en)"},
    "translations": ["English (en)", "Español (es)"],
}


def _read(folder: Path, given: Any, framework: Framework, name: str = "f.json") -> Form:
    (folder / name).write_text(json.dumps(given), encoding="utf-8")
    return read_xlsform(folder / name, framework)


def test_content__asset_of_a_server(tmp_path: Path, framework: Framework) -> None:
    """Should read names the server made up, labels by translation, and what its own kinds of question unfold to."""
    asset = {"uid": "aXyz", "name": "Visits", "asset_type": "survey", "version_id": "v9", "content": CONTENT}
    (tmp_path / "towns.csv").write_text("name,label\nn,North\ns,South\n")
    form = _read(tmp_path, asset, framework)
    assert (form.form_id, form.version, form.title, form.also) == ("aXyz", "v9", "Visits", ("v9", "2 (2024)"))
    assert form.items.select("item_path", "type", "list", "is_required").rows() == [
        ("g/q", "select_one", "yn", True),
        ("g/towns", "select_multiple", "towns.csv", False),
        ("s/s1", "select_one", "yn", True),
        ("k/first", "select_one", "yn", True),
        ("m_yes/m_yes_n", "integer", None, False),
        ("m_no/m_no_n", "integer", None, False),
    ]
    assert json.loads(form.items["label"][0]) == {"en": "Well?", "es": "¿Bien?"}
    assert form.items["relevant_expr"][4] == "${m_yes_n} > 0"
    assert json.loads(form.items["label"][4])["en"] == "Yes - How many"
    assert form.items.filter(item_id="s1")["health_dimension"].item() == "trust"
    assert form.choices.select("list", "code").rows() == [
        ("yn", "yes"), ("yn", "no"), ("towns.csv", "n"), ("towns.csv", "s"),
    ]  # fmt: skip


def test_content__deployed_versions_in_the_order_of_their_dates(tmp_path: Path, framework: Framework) -> None:
    """Should name a version as the data do, and order versions by when they were deployed."""
    content = {**CONTENT, "settings": {"id_string": "f"}}
    forms = [
        _read(tmp_path, {"uid": uid, "date_deployed": day, "content": content}, framework, f"{uid}.json")
        for uid, day in (("vZ", "2023-01-01T00:00:00Z"), ("vA", "2024-01-01T00:00:00Z"))
    ]
    assert [form.version for form in Instruments(reversed(forms)).versions("f")] == ["vZ", "vA"]


@pytest.mark.parametrize(
    ("text", "seen"), [("{", "line 1"), ("[]", "no list 'survey'"), ('{"content": {}}', "no list 'survey'")]
)
def test_content__refused(text: str, seen: str, tmp_path: Path, framework: Framework) -> None:
    """Should say what the JSON of a form looks like."""
    (tmp_path / "f.json").write_text(text)
    with pytest.raises(SourceError, match=seen):
        read_xlsform(tmp_path / "f.json", framework)
