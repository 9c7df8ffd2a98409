import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from melflow.core.workspace.framework import Framework
from melflow.core.workspace.source import KoboSource
from melflow.sources import kobo
from melflow.sources.choice_codes import codes
from melflow.sources.payload import Origin
from melflow.sources.xlsform import Form, Instruments, read_xlsform


@pytest.fixture
def form(tmp_path: Path, framework: Framework) -> Form:
    """A form whose list has labels that differ by an accent or a capital, and two that are one."""
    labels = {"if": "Si", "yes": "Sí", "no": "No", "other_1": "Otro", "other_2": "Otro"}
    content = {
        "survey": [
            {"type": "select_one", "select_from_list_name": "words", "name": "one", "label": ["Una"]},
            {"type": "select_multiple", "select_from_list_name": "words", "name": "many", "label": ["Varias"]},
        ],
        "choices": [{"list_name": "words", "name": code, "label": [label]} for code, label in labels.items()],
        "translations": ["Español (es)"],
    }
    (tmp_path / "form.json").write_text(json.dumps({"content": content, "id_string": "form", "version": "1"}))
    return read_xlsform(tmp_path / "form.json", framework)


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("select_one", "Si", "if"),
        ("select_one", "Sí", "yes"),
        ("select_one", "NO", "no"),
        ("select_one", "SI", None),
        ("select_one", "Otro", None),
        ("select_multiple", "Sí No", "yes no"),
        ("select_multiple", "no", "no"),
        ("select_multiple", "Otro", None),
    ],
)
def test_codes__labels_that_are_nearly_alike(kind: str, value: str, code: str | None, form: Form) -> None:
    """Should take a label as it is written first, and leave alone what could be two choices."""
    schema = ["item_path", "type", "list", "value_raw"]
    said = pl.DataFrame([("x", kind, "words", value)], schema=schema, orient="row")
    found = codes(said, form, ["", "es"])["code"].to_list()
    assert found == ([] if code in (None, value) else [code])


def test_parse__columns_of_options_with_one_label(form: Form, origin: Callable[..., Origin]) -> None:
    """Should tell options of one label by the order of their columns, and none of them where one column is left."""
    source = KoboSource(name="field", title="x", path="x", connector="kobo", instrument="form")
    whole = "Una,Varias/Si,Varias/Sí,Varias/No,Varias/Otro,Varias/Otro,_id\nNo,0,1,0,0,1,7\n"
    parsed = kobo.parse(origin(), whole.encode(), source, Instruments([form]))
    assert _chosen(parsed.frames["src_response"]) == ["other_2", "yes"] and not parsed.notes["values_unmapped"]
    cut = "Una,Varias/Si,Varias/Sí,Varias/No,Varias/Otro,_id\nNo,0,1,0,1,7\n"
    parsed = kobo.parse(origin(), cut.encode(), source, Instruments([form]))
    assert _chosen(parsed.frames["src_response"]) == ["yes"] and parsed.notes["values_unmapped"] == {"Varias/Otro": 1}


def _chosen(responses: pl.DataFrame) -> list[str]:
    return responses.filter(pl.col("item_id") == "many", pl.col("option") != "__answered")["option"].sort().to_list()
