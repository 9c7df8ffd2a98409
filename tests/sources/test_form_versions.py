import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from melflow.core.workspace.framework import Framework
from melflow.sources.form_versions import changes
from melflow.sources.xlsform import Instruments, read_xlsform

Make = Callable[..., Instruments]
Version = tuple[list[dict[str, Any]], list[dict[str, Any]]]
SCALE = {"low": 1, "high": 2}


def _question(name: str, kind: str = "select_one agree", **cells: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, "label": [cells.pop("label", name)], **cells}


def _choices(scores: dict[str, int | None], name: str = "agree") -> list[dict[str, Any]]:
    return [{"list_name": name, "name": code, "label": [code], "mel_score": score} for code, score in scores.items()]


@pytest.fixture
def make(tmp_path: Path, framework: Framework) -> Make:
    """Return instruments of versions given as (survey, choices), the first is version 1."""

    def made(*versions: Version, names: Sequence[str] = ("1", "2", "3", "4")) -> Instruments:
        forms = []
        for name, (survey, choices) in zip(names, versions, strict=False):
            path = tmp_path / f"v{name}.json"
            content = {"survey": survey, "choices": choices, "settings": {"form_id": "f"}}
            path.write_text(json.dumps({"content": content, "version": name}))
            forms.append(read_xlsform(path, framework))
        return Instruments(forms)

    return made


def _rows(instruments: Instruments, version: str) -> dict[str, tuple[str, str]]:
    """Return item -> series and decision of a version."""
    found = instruments.frames["src_item_alignment"].filter(form_version=version)
    return {item: (series, said) for item, series, said in found.select("item_id", "series_id", "decision").iter_rows()}


def _reason(instruments: Instruments, version: str, item: str) -> str:
    return str(instruments.frames["src_item_alignment"].filter(form_version=version, item_id=item)["reason"].item())


def test_align__first_version_begins_every_series(make: Make) -> None:
    """Should give each question a series of its own key, and say nothing about a form with one version."""
    instruments = make(([_question("q1"), _question("q2", mel_key="k")], _choices(SCALE)))
    assert _rows(instruments, "1") == {"q1": ("q1", "new series"), "q2": ("k", "new series")}
    assert instruments.frames["src_item"]["series_id"].to_list() == ["q1", "k"] and changes(instruments) == []


def test_align__renamed_moved_removed_and_added(make: Make) -> None:
    """Should keep the series of what is renamed by mel_key or moved, and tell what is gone and what is new."""
    first = [_question("trust"), _question("age", "integer"), _question("gone", "text")]
    group = [{"type": "begin_group", "name": "g"}, _question("age", "integer"), {"type": "end_group"}]
    second = [_question("trust_two", mel_key="trust"), *group, _question("fresh", "text")]
    instruments = make((first, _choices(SCALE)), (second, _choices(SCALE)))
    assert _rows(instruments, "2") == {
        "trust_two": ("trust", "renamed"),
        "age": ("age", "moved"),
        "fresh": ("fresh", "new series"),
        "gone": ("gone", "removed"),
    }
    assert _reason(instruments, "2", "trust_two").startswith("trust in version 1, linked by mel_key trust")
    assert "from the top to g" in _reason(instruments, "2", "age")
    assert any(
        line.startswith("f, version 2: gone is removed: not asked in this version") for line in changes(instruments)
    )


def test_align__renamed_without_a_key_is_guessed_aloud(make: Make) -> None:
    """Should begin a new series, and name the question it looks like with the key to write."""
    instruments = make(
        ([_question("old", label="Do you trust them?")], _choices(SCALE)),
        ([_question("new", label="Do you trust them?")], _choices(SCALE)),
    )
    assert _rows(instruments, "2") == {"new": ("new", "new series"), "old": ("old", "removed")}
    assert "if it is old of version 1, write old under its mel_key" in _reason(instruments, "2", "new")


@pytest.mark.parametrize(
    ("survey", "choices", "series", "words"),
    [
        ([_question("q")], {"low": 1, "high": 2, "dk": None}, "q", "choices added: dk"),
        ([_question("q")], {"low": 1, "high": 3}, "q~2", "other scores: high 2 → 3"),
        ([_question("q")], {"yes": 1, "no": 2}, "q~2", "no choice in common"),
        ([_question("q", "select_multiple agree")], SCALE, "q~2", "was one choice, is several choices"),
        ([_question("q", "text")], SCALE, "q~2", "was one choice, is text"),
        (
            [{"type": "begin_repeat", "name": "r"}, _question("q"), {"type": "end_repeat"}],
            SCALE,
            "q~2",
            "was asked once per submission, is asked once per repetition",
        ),
    ],
)  # fmt: skip
def test_align__what_starts_a_new_series(
    make: Make, survey: list[dict[str, Any]], choices: dict[str, int | None], series: str, words: str
) -> None:
    """Should say why answers cannot be put beside the earlier ones, or what changed although they can."""
    instruments = make(([_question("q")], _choices(SCALE)), (survey, _choices(choices)))
    assert _rows(instruments, "2")["q"] == (series, "same" if series == "q" else "new series")
    assert words in _reason(instruments, "2", "q")


def test_align__measured_questions_need_the_same_scale(make: Make) -> None:
    """Should start a new series of a measured question where range, scored choices or direction change."""
    measured: dict[str, Any] = {"mel_construct": "trust"}
    wider = {"low": 1, "mid": 2, "high": 2}
    instruments = make(
        (
            [_question("q", **measured), _question("n", "integer", constraint=". >= 0 and . <= 5", **measured)],
            _choices(SCALE),
        ),
        (
            [_question("q", **measured), _question("n", "integer", constraint=". >= 0 and . <= 9", **measured)],
            _choices(wider),
        ),
        ([_question("q", mel_reverse="yes", **measured)], _choices(wider)),
    )
    assert _rows(instruments, "2") == {"q": ("q~2", "new series"), "n": ("n~2", "new series")}
    assert _reason(instruments, "2", "q") == "other choices with scores: + mid"
    assert _reason(instruments, "2", "n") == "the range was 0 to 5, is 0 to 9"
    assert "mel_reverse" in _reason(instruments, "3", "q") and _rows(instruments, "3")["n"] == ("n~2", "removed")


def test_align__asked_again_goes_on(make: Make) -> None:
    """Should continue a series after a version that did not ask."""
    asked = ([_question("q", "integer")], _choices(SCALE))
    instruments = make(asked, ([_question("other", "text")], []), asked)
    assert _rows(instruments, "2")["q"] == ("q", "removed") and _rows(instruments, "3")["q"] == ("q", "same")
    assert "asked again, last in version 1" in _reason(instruments, "3", "q")


def test_instruments__versions_in_the_order_of_their_numbers(make: Make) -> None:
    """Should know that version 10 comes after version 9."""
    asked = ([_question("q", "integer")], _choices(SCALE))
    instruments = make(asked, asked, asked, names=["10", "9", "2024.10"])
    assert [form.version for form in instruments.versions("f")] == ["9", "10", "2024.10"]


_LISTS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from([None, 1, 2]), min_size=1, max_size=4)
_KINDS = st.sampled_from(["select_one agree", "select_multiple agree", "integer", "text"])
_VERSIONS = st.lists(st.tuples(st.sampled_from(["q", "q_new", "q_old"]), _KINDS, _LISTS), min_size=2, max_size=4)


@given(_VERSIONS, st.randoms(use_true_random=False))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_align__properties(make: Make, versions: list[tuple[str, str, dict[str, int | None]]], shuffler: Any) -> None:
    """Should keep a renamed question's key, start anew on disjoint choices, and not mind the order of files."""
    given_forms = [([_question(name, kind, mel_key="q")], _choices(scores)) for name, kind, scores in versions]
    instruments = make(*given_forms)
    alignment = instruments.frames["src_item_alignment"]
    forms = list(instruments.forms)
    shuffler.shuffle(forms)
    assert Instruments(forms).frames["src_item_alignment"].equals(alignment)
    assert set(alignment["stable_item_key"]) == {"q"}
    assert not alignment.select(pl.exclude("reason")).is_duplicated().any()
    series = instruments.frames["src_item"]["series_id"].to_list()
    kinds = {"select_one agree": "one", "select_multiple agree": "many"}
    for one, (_, kind, scores) in enumerate(versions):
        for other, (_, kind_other, scores_other) in enumerate(versions[:one]):
            if kinds.get(kind, kind) != kinds.get(kind_other, kind_other):
                assert series[one] != series[other]
            elif kind not in kinds or scores == scores_other:
                assert series[one] == series[other]
            elif not set(scores) & set(scores_other) and len(versions) == 2:
                assert series[one] != series[other]
