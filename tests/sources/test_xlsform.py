import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from melflow.core.errors import SourceError
from melflow.core.workspace.framework import ROLES, Framework
from melflow.sources import canonical
from melflow.sources.formcheck import check_instruments
from melflow.sources.formitems import numeric_range
from melflow.sources.formrows import question_type
from melflow.sources.xlsform import Form, Instruments, read_instruments, read_xlsform


def _item(form: Form, item_id: str) -> dict[str, object]:
    return form.items.row(by_predicate=pl.col("item_id") == item_id, named=True)


def test_instruments__frames_are_canonical(instruments: Instruments) -> None:
    """Should give the three form tables with their schemas and unique keys."""
    for table, frame in instruments.frames.items():
        assert dict(frame.schema) == canonical.TABLES[table]
        assert not frame.select(canonical.KEYS[table]).is_duplicated().any()


def test_instruments__versions(instruments: Instruments) -> None:
    """Should keep every version of a form, and fall back to the file's name as form id."""
    assert [form.version for form in instruments.versions("health")] == ["1", "2"]
    assert instruments.form("health", "2") is not None
    assert instruments.form("health", "3") is None
    assert instruments.versions("meeting")[0].version == ""
    assert instruments.versions("nothing") == ()


def test_form__items_in_place(instruments: Instruments) -> None:
    """Should know paths, repeats, types and lists, and leave out notes and what the device fills in."""
    form = instruments.versions("health")[0]
    assert form.items["item_id"].to_list()[:4] == ["partner", "who", "day", "phone"]
    assert _item(form, "partner")["item_path"] == "about/partner"
    assert _item(form, "practice") | {"repeat_path": "learned", "item_path": "learned/practice"} == _item(
        form, "practice"
    )
    assert not {"start", "thanks"} & set(form.items["item_id"])
    assert form.metadata == {"start": "start", "end": "end"}
    assert form.repeats == ("learned",)
    assert form.languages == ("en", "es")


def test_form__mel_columns(instruments: Instruments) -> None:
    """Should split constructs into measures and roles, with direction, range and privacy."""
    form = instruments.versions("health")[0]
    trust = _item(form, "trust_2")
    assert (trust["health_dimension"], trust["direction"], trust["reverse"], trust["capability"]) == (
        "trust",
        "positive",
        True,
        None,
    )
    assert (trust["range_min"], trust["range_max"]) == (1, 3)
    assert _item(form, "partner")["role"] == "partner"
    assert form.items.filter("is_personal")["item_id"].to_list() == ["who", "phone"]
    assert (_item(form, "years")["range_min"], _item(form, "years")["range_max"]) == (0, 60)
    assert json.loads(str(_item(form, "trust_1")["label"])) == {"en": "We trust them", "es": "Confiamos en ellos"}
    dont_know = form.choices.row(by_predicate=pl.col("code") == "dk", named=True)
    assert (dont_know["score"], dont_know["missing_code"], dont_know["order"]) == (None, "dont_know", 4)


def test_form__stable_key_links_versions(instruments: Instruments) -> None:
    """Should link a renamed question to its old name by mel_key."""
    assert _item(instruments.versions("health")[1], "trust_two")["stable_item_key"] == "trust_2"


def test_form__sidecar_maps_a_form_that_cannot_change(
    tmp_path: Path, make_workbook: Callable[..., bytes], framework: Framework
) -> None:
    """Should read mel_ columns from <form>.map.csv as if they stood on the form."""
    survey = [["type", "name", "label"], ["select_one scale", "q1", "Q"]]
    choices = [["list name", "name", "label"], ["scale", "1", "Low"], ["scale", "2", "High"]]
    (tmp_path / "old.xlsx").write_bytes(make_workbook(survey=survey, choices=choices))
    before = read_xlsform(tmp_path / "old.xlsx", framework)
    (tmp_path / "old.map.csv").write_text(
        "name,list,code,mel_construct,mel_level,mel_side,mel_score\nq1,,,adapt_renew,individual,peer,\n,scale,1,,,,0\n,scale,2,,,,10\n"
    )
    form = read_xlsform(tmp_path / "old.xlsx", framework)
    item = _item(form, "q1")
    assert (item["capability"], item["level"], item["rater"]) == ("adapt_renew", "individual", "peer")
    assert (item["range_min"], item["range_max"]) == (0, 10)
    assert form.content_hash != before.content_hash


def test_form__same_name_in_two_groups(
    tmp_path: Path, make_workbook: Callable[..., bytes], framework: Framework
) -> None:
    """Should name an item by its path when the name alone is not enough."""
    survey = [
        ["type", "name"],
        ["text", "name"],
        ["begin group", "child"],
        ["text", "name"],
        ["text", "age"],
        ["end group"],
    ]
    (tmp_path / "f.xlsx").write_bytes(make_workbook(survey=survey))
    assert read_xlsform(tmp_path / "f.xlsx", framework).items["item_id"].to_list() == ["name", "child/name", "age"]


def test_form__or_other_adds_choice_and_question(
    tmp_path: Path, make_workbook: Callable[..., bytes], framework: Framework
) -> None:
    """Should add what "or_other" stands for."""
    survey = [["type", "name"], ["select_one drinks or_other", "drink"]]
    (tmp_path / "f.xlsx").write_bytes(make_workbook(survey=survey, choices=[["list_name", "name"], ["drinks", "tea"]]))
    form = read_xlsform(tmp_path / "f.xlsx", framework)
    assert form.items["item_id"].to_list() == ["drink", "drink_other"]
    assert form.choices["code"].to_list() == ["tea", "other"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("select_one list", ("select_one", "list", False)),
        ("select one from list or specify other", ("select_one", "list", True)),
        ("Select Multiple  list", ("select_multiple", "list", False)),
        ("select_multiple_from_file towns.csv", ("select_multiple", "towns.csv", False)),
        ("begin repeat", ("begin_repeat", "", False)),
        ("begin lgroup", ("begin_repeat", "", False)),
        ("end looped group", ("end_repeat", "", False)),
        ("dateTime", ("dateTime", "", False)),
        ("int", ("integer", "", False)),
    ],
)
def test_question_type__spellings(written: str, expected: tuple[str, str, bool]) -> None:
    """Should understand the spellings XLSForms really use."""
    assert question_type(written) == expected


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        (". >= 0 and . <= 10", (0, 10)),
        (".>0", (0, None)),
        (". >= 0 or . = -9", (None, None)),
        ("string-length(.) > 3", (None, None)),
        ("", (None, None)),
    ],
)
def test_numeric_range__plain_bounds_only(constraint: str, expected: tuple[float | None, float | None]) -> None:
    """Should read plain bounds and nothing that could mean something else."""
    assert numeric_range(constraint) == expected


def test_read_instruments__all_wrong_files_at_once(
    tmp_path: Path, make_workbook: Callable[..., bytes], framework: Framework
) -> None:
    """Should name every workbook that is no XLSForm, and what one looks like."""
    (tmp_path / "budget.xlsx").write_bytes(make_workbook(Sheet1=[["a"]]))
    (tmp_path / "broken.xlsx").write_bytes(make_workbook(survey=[["type", "name"]])[:300])
    (tmp_path / "~$open.xlsx").write_bytes(b"lock")
    with pytest.raises(SourceError) as caught:
        read_instruments(tmp_path, framework)
    broken, budget = caught.value.problems
    assert broken.where.endswith("broken.xlsx") and "cut off" in broken.seen
    assert budget.where.endswith("budget.xlsx") and "sheet1" in budget.seen and "Download XLS" in budget.fix


def test_check_instruments__good_forms_have_no_problem(instruments: Instruments, framework: Framework) -> None:
    """Should be silent about forms that fit."""
    assert check_instruments(instruments, framework) == []


def test_check_instruments__every_mistake_with_its_row(
    tmp_path: Path, make_workbook: Callable[..., bytes], framework: Framework
) -> None:
    """Should name sheet, row and nearest valid word for each mistake."""
    survey = [
        ["type", "name", "mel_construct", "mel_level", "mel_side", "mel_pii", "mel_revers"],
        ["select_one agre", "q1", "trsut"],
        ["select_one agree", "q1", "trust", "individal", "pear", "maybe", "yes"],
        ["select_one plain", "q3", "trust"],
    ]
    choices = [
        ["list_name", "name", "mel_score"],
        ["agree", "a", "1"],
        ["agree", "a", "dont_no"],
        ["agree", "b", 2],
        ["plain", "c"],
    ]
    for name in ("one.xlsx", "two.xlsx"):
        content = make_workbook(survey=survey, choices=choices, settings=[["form_id", "version"], ["f", "1"]])
        (tmp_path / name).write_bytes(content)
    problems = check_instruments(read_instruments(tmp_path, framework), framework)
    first = {(one.where.split("!", 1)[1], one.seen): one.fix for one in problems if "one.xlsx!" in one.where}
    expected = {
        ("survey!row 2", "'agre'"): "'agree'",
        ("survey!row 2", "'trsut'"): "'trust'",
        ("survey!row 3", "'q1' again"): "another name",
        ("survey!row 3", "'individal'"): "'individual'",
        ("survey!row 3", "'pear'"): "'peer'",
        ("survey!row 3", "'maybe'"): "no, yes",
        ("survey!row 3", "'mel_revers'"): "'mel_reverse'",
        ("survey!row 4", "list 'plain' with no scores"): "mel_score",
        ("choices!row 3", "'a' again in 'agree'"): "Rename",
        ("choices!row 3", "'dont_no'"): "'dont_know'",
    }
    assert first.keys() == expected.keys()
    assert all(word in first[key] for key, word in expected.items())
    assert any(one.where.endswith("two.xlsx!settings") and "one.xlsx" in one.seen for one in problems)


def test_roles__are_canonical_columns() -> None:
    """Should have a column of src_submission for each role an item can have."""
    columns = {"respondent": "respondent_raw_hash", "consent": "consent_level"}
    columns |= {name: name for name in ("collected_on", "respondent_role")}
    assert all(columns.get(role, f"{role}_raw") in canonical.SUBMISSION for role in ROLES)
