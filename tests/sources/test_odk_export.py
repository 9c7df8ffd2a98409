import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import central_payloads as central
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from melflow.core.errors import SourceError
from melflow.core.workspace.source import OdkSource
from melflow.sources import archive, canonical, odk
from melflow.sources.payload import Origin, Parsed
from melflow.sources.xlsform import Instruments

Make = Callable[..., Origin]
Submission = tuple[str, central.Answers, dict[str, Any]]

_WORD = st.text("abcé,;\"' -/", min_size=1, max_size=8).map(str.strip).filter(bool)
_MAYBE = st.none() | _WORD
_SKILL = st.fixed_dictionaries({"known": st.sampled_from([None, "yes", "no"]), "name": _MAYBE})
_MORE = st.fixed_dictionaries(
    {
        "age": st.none() | st.integers(0, 99).map(str),
        "share": st.none() | st.sampled_from(["1.0", "0.5", "12.25", "3"]),
        "skill": st.lists(_SKILL, max_size=2),
    }
)
_ANSWERS = st.fixed_dictionaries(
    {
        "who": _WORD,
        "how": st.sampled_from([None, "visit", "visit call", "other"]),
        "about": st.fixed_dictionaries(
            {
                "place": st.sampled_from([None, "-31.895 115.7747006 6.9 4.459", "0.5 -9.25 0.0 12.0"]),
                "member": st.lists(st.fixed_dictionaries({"name": _MAYBE, "more": _MORE}), max_size=3),
            }
        ),
        "skill": st.lists(st.fixed_dictionaries({"title": _MAYBE}), max_size=2),
    }
)


@pytest.fixture
def source() -> OdkSource:
    return OdkSource(name="team_odk", title="Team", path="inbox/*", connector="odk", instrument="team")


def _submissions(*answers: central.Answers) -> list[Submission]:
    return [
        (f"uuid:{number}", {**one, "meta": {"instanceID": f"uuid:{number}"}}, central.system(number))
        for number, one in enumerate(answers)
    ]


def _one(**changed: Any) -> central.Answers:
    skill = [{"known": "yes", "name": "Maps"}]
    member = [{"name": "Ana, of the north", "more": {"age": "30", "share": "1.0", "skill": skill}}, {"name": "Bo"}]
    place = "-31.895 115.7747006 6.9 4.459"
    about = {"place": place, "member": member}
    return {"who": "N-1", "how": "visit call", "about": about, "skill": [{"title": "All"}], **changed}


def _rows(parsed: Parsed, table: str) -> list[dict[str, Any]]:
    """Return what a payload says, without where it says it and how numbers are written."""
    where = [*canonical.PROVENANCE, "item_path_raw", "edited_at"]
    where.remove("content_hash")
    if table == "src_response":
        where += ["content_hash", "value_raw"]
    frame = parsed.frames[table].drop(where, strict=False)
    return frame.sort(pl.all()).to_dicts()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.lists(_ANSWERS, min_size=1, max_size=4), split=st.booleans())
def test_parse__repeats_nested_separate_and_as_csv(
    origin: Make, team: Instruments, source: OdkSource, answers: list[central.Answers], split: bool
) -> None:
    """Should give the same submissions and the same answers, whichever way Central exports them."""
    given = _submissions(*answers)
    whole = central.answer("Submissions", [central.nested(*one) for one in given])
    tables = {f"{name}.json": central.answer(name, rows) for name, rows in central.tables(given).items()}
    exports = [whole, archive.pack(tables.items()), archive.pack(central.csvs(given, split=split).items())]
    parsed = [odk.parse(origin("inbox/x"), content, source, team) for content in exports]
    for table in ("src_submission", "src_response"):
        first, *others = [_rows(one, table) for one in parsed]
        assert first and all(other == first for other in others)
    for one in parsed:
        assert one.notes["unmapped_columns"] == [] and one.notes.get("repeats_without_submission", 0) == 0


def test_parse__zip_of_central(origin: Make, team: Instruments, source: OdkSource) -> None:
    """Should read the export as Central zips it, with media beside the tables, and say where each row stands."""
    files = central.csvs(_submissions(_one(), _one(who="N-2")))
    content = archive.pack([*files.items(), ("media/1.jpg", b"\xff\xd8\xff"), ("team - audit.csv", b"a,b\n1,2\n")])
    parsed = odk.parse(origin("inbox/team.zip"), content, source, team)
    assert parsed.notes["attachments"] == 1 and parsed.notes["rows_read"] == 2
    responses = parsed.frames["src_response"]
    inner = responses.filter(item_path_raw="known", option="yes").row(0, named=True)
    assert inner["repeat_path"] == "about/member[1]/more/skill[1]"
    assert (inner["source_file"], inner["source_sheet"], inner["source_row"]) == (
        "inbox/team.zip",
        "team-skill~1.csv",
        2,
    )
    assert responses.filter(item_id="title", source_sheet="team-skill~2.csv").height == 2
    place = responses.filter(item_id="place")["value_text"].to_list()
    assert place == ["-31.895 115.7747006 6.9 4.459"] * 2


def test_parse__main_table_alone(origin: Make, team: Instruments, source: OdkSource) -> None:
    """Should read the submissions, and hold nothing against a file that lacks the tables of repeats."""
    content = central.csvs(_submissions(_one()))["team.csv"]
    parsed = odk.parse(origin("inbox/team.csv"), content, source, team)
    row = parsed.frames["src_submission"].row(0, named=True)
    assert (row["submission_id"], row["version_id"], row["root_rule"], row["form_version"]) == ("0", "0", "__id", "1")
    assert parsed.frames["src_response"].filter(pl.col("repeat_path") != "").is_empty()


def test_parse__names_without_groups_and_briefcase_columns(origin: Make, team: Instruments, source: OdkSource) -> None:
    """Should find questions exported without the names of their groups, and pass over SET-OF columns."""
    content = central.csvs(_submissions(_one()))["team.csv"].replace(b"about-place", b"place")
    header, row = content.decode().splitlines()
    content = f"{header},SET-OF-member\n{row},uuid:0/about/member\n".encode()
    parsed = odk.parse(origin("inbox/team.csv"), content, source, team)
    assert parsed.notes["unmapped_columns"] == []
    assert parsed.frames["src_response"].filter(item_id="place")["value_raw"].null_count() == 0


def test_parse__encrypted_submissions(origin: Make, team: Instruments, source: OdkSource) -> None:
    """Should count and name what nobody decrypted, and not take it for unanswered."""
    whole = [central.nested(*one) for one in _submissions(_one())]
    secret = {"__id": "uuid:s", "__system": central.system(9, status="notDecrypted")}
    as_json = odk.parse(origin(), central.answer("Submissions", [*whole, secret]), source, team)
    text = central.csvs(_submissions(_one()))["team.csv"].decode()
    blank = [""] * len(text.splitlines()[0].split(","))
    for header, cell in (("KEY", "uuid:s"), ("Status", "not decrypted")):
        blank[text.splitlines()[0].split(",").index(header)] = cell
    as_csv = odk.parse(origin(), f"{text}{','.join(blank)}\n".encode(), source, team)
    for parsed in (as_json, as_csv):
        assert parsed.frames["src_submission"]["submission_id"].to_list() == ["0"]
        assert set(parsed.frames["src_response"]["submission_id"]) == {"0"}
        assert (parsed.notes["rows_dropped_encrypted"], parsed.notes["encrypted"]) == (1, ["uuid:s"])


def test_parse__rows_of_repeats_without_their_submission(origin: Make, team: Instruments, source: OdkSource) -> None:
    """Should count rows whose submission is not in the export, as after a filter."""
    given = _submissions(_one(), _one(who="N-2"))
    tables = central.tables(given)
    tables["Submissions"].pop()
    files = central.csvs(given)
    files["team.csv"] = central.csvs(given[:1])["team.csv"]
    answers = {f"{name}.json": central.answer(name, rows) for name, rows in tables.items()}
    # in OData the rows of an inner repeat hang on rows that hang nowhere; they are lost with them
    for content, orphans in ((archive.pack(answers.items()), 3), (archive.pack(files.items()), 4)):
        parsed = odk.parse(origin(), content, source, team)
        assert parsed.notes["repeats_without_submission"] == orphans
        assert set(parsed.frames["src_response"]["submission_id"]) == {"0"}


def test_parse__pages_of_tables_that_overlap(origin: Make, team: Instruments, source: OdkSource) -> None:
    """Should take a row once that came on two pages, and refuse two states of one submission."""
    tables = central.tables(_submissions(_one()))
    pages = [(f"{name}.{page}.json", central.answer(name, rows)) for name, rows in tables.items() for page in (1, 2)]
    parsed = odk.parse(origin(), archive.pack(pages), source, team)
    assert [parsed.notes[name] for name in ("rows_at_source", "rows_read", "rows_dropped_same")] == [2, 2, 1]
    assert parsed.frames["src_response"].filter(item_id="age").height == 2
    other = central.answer("Submissions", central.tables(_submissions(_one(who="N-9")))["Submissions"])
    with pytest.raises(SourceError, match="two states of one row"):
        odk.parse(origin(), archive.pack([*pages, ("again.json", other)]), source, team)


def test_parse__table_that_does_not_say_which_one_it_is(origin: Make, team: Instruments, source: OdkSource) -> None:
    """Should go by the name of the file when an answer lost its context, and refuse when that says nothing either."""
    tables = central.tables(_submissions(_one()))
    bare = {name: json.dumps({"value": rows}).encode() for name, rows in tables.items()}
    parsed = odk.parse(origin(), archive.pack((f"{name}.json", file) for name, file in bare.items()), source, team)
    assert parsed.frames["src_response"].filter(item_id="age").height == 2
    unnamed = archive.pack((f"{number}.json", file) for number, file in enumerate(bare.values()))
    with pytest.raises(SourceError, match="which one it is"):
        odk.parse(origin(), unnamed, source, team)


def _zip(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name, file in files.items():
            made.writestr(name.replace("_", "."), file)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n1,2\n", "tables without a column KEY"),
        (b"name,PARENT_KEY,KEY\nx,uuid:a,uuid:a/member[1]\n", "the table of a repeat"),
        (_zip(a_csv=b"who,KEY\nx,1\n", b_csv=b"who,KEY\nx,1\n"), "2 of them"),
        (_zip(a_csv=b"who,KEY\nx,1\ny,\n"), "a.csv row 3"),
        (_zip(a_csv=b"colour,KEY\nx,1\n"), "0% of its questions"),
        (_zip(a_csv=b"who,KEY\nx,1\n")[:-30], "cut off"),
        (_zip(a_txt=b"x"), "an archive of something else"),
        (_zip(**{"xl/workbook_xml": b"x"}), "a workbook"),
    ],
    ids=[
        "no KEY",
        "a repeat alone",
        "two mains",
        "no key in a row",
        "other questions",
        "cut off",
        "no tables",
        "a workbook",
    ],
)
def test_parse__what_is_no_export_of_central(
    origin: Make, team: Instruments, source: OdkSource, content: bytes, words: str
) -> None:
    """Should name the file, what it is, and what to export instead."""
    with pytest.raises(SourceError) as caught:
        odk.parse(origin("inbox/x"), content, source, team)
    (problem,) = caught.value.problems
    assert problem.where.startswith("inbox/x") and words in str(problem) and problem.fix
