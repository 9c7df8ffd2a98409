import json
from collections.abc import Callable
from typing import Any

import pytest

from melflow.core.errors import SourceError
from melflow.core.workspace.source import OdkSource
from melflow.sources import canonical, odk
from melflow.sources.payload import Origin
from melflow.sources.xlsform import Instruments

Make = Callable[..., Origin]


def _submission(uuid: str = "a", **changed: Any) -> dict[str, Any]:
    return {
        "__id": f"uuid:{uuid}",
        "start": "2025-02-01T23:30:00.000-05:00",
        "end": "2025-02-01T23:40:00.000-05:00",
        "about": {"partner": "north", "who": "N-7", "day": None, "phone": None},
        "trust_1": "yes",
        "trust_2": "no",
        "how": "visit call",
        "how_else": None,
        "years": 4,
        "share": 0.5,
        "learned": [{"practice": "Meters", "adapted": "yes"}, {"practice": "Shelf", "adapted": None}],
        "meta": {"instanceID": f"uuid:{uuid}"},
        "__system": {
            "submissionDate": "2025-02-02T05:00:00.000Z",
            "updatedAt": None,
            "reviewState": None,
            "edits": 0,
            "formVersion": "1",
            "deletedAt": None,
            "deviceId": "d1",
        },
        **changed,
    }


def test_parse__groups_repeats_and_times(
    origin: Make, odk_source: OdkSource, instruments: Instruments, make_odata: Callable[..., bytes]
) -> None:
    """Should read groups, the repeat, codes, numbers and Central's own fields."""
    parsed = odk.parse(origin("inbox/h.json"), make_odata(_submission()), odk_source, instruments)
    for table, frame in parsed.frames.items():
        assert dict(frame.schema) == canonical.TABLES[table]
    row = parsed.frames["src_submission"].row(0, named=True)
    assert (row["submission_id"], row["version_id"], row["root_rule"], row["form_version"]) == ("a", "a", "__id", "1")
    assert (row["partner_raw"], row["respondent_raw_hash"], row["device_hash"], row["source_row"]) == (
        "north",
        "N-7",
        "d1",
        1,
    )
    assert str(row["collected_on"]) == "2025-02-01"  # the local day of the end, not the day in UTC
    responses = parsed.frames["src_response"]
    assert responses.filter(item_id="years")["value_num"].to_list() == [4.0]
    assert responses.filter(item_id="how")["option"].to_list() == ["__answered", "call", "visit"]
    repeated = responses.filter(item_id="adapted").select("repeat_path", "option", "missing_code").rows()
    assert repeated == [("learned[1]", "yes", None), ("learned[2]", None, "skipped")]
    assert parsed.notes["unmapped_columns"] == [] and parsed.notes["repeats_not_expanded"] == 0


def test_parse__edit_review_and_deletion(
    origin: Make, odk_source: OdkSource, instruments: Instruments, make_odata: Callable[..., bytes]
) -> None:
    """Should keep the root through an edit, and not take a review for one."""
    system = _submission()["__system"]
    edited = _submission(
        "a",
        meta={"instanceID": "uuid:b", "deprecatedID": "uuid:a"},
        __system=system | {"edits": 1, "updatedAt": "2025-03-01T00:00:00Z", "reviewState": "hasIssues"},
    )
    reviewed = _submission(
        "c", __system=system | {"updatedAt": "2025-03-02T00:00:00Z", "deletedAt": "2025-03-03T00:00:00Z"}
    )
    frame = odk.parse(origin(), make_odata(edited, reviewed), odk_source, instruments).frames["src_submission"]
    first, second = frame.to_dicts()
    assert (first["submission_id"], first["version_id"], first["supersedes_version_id"]) == ("a", "b", "a")
    assert first["review_state"] == "has_issues" and str(first["edited_at"]).startswith("2025-03-01")
    assert second["edited_at"] is None and str(second["deleted_at"]).startswith("2025-03-03")


def test_parse__repeat_that_is_only_a_link(
    origin: Make, odk_source: OdkSource, instruments: Instruments, make_odata: Callable[..., bytes]
) -> None:
    """Should read the rest and count the repeats that were not expanded."""
    submission = _submission()
    del submission["learned"]
    submission["learned@odata.navigationLink"] = "Submissions('uuid%3Aa')/learned"
    parsed = odk.parse(origin(), make_odata(submission, _submission("b")), odk_source, instruments)
    assert parsed.notes["repeats_not_expanded"] == 1
    assert parsed.frames["src_response"].filter(item_id="practice")["submission_id"].to_list() == ["b", "b"]


def test_parse__surprising_values(
    origin: Make, odk_source: OdkSource, instruments: Instruments, make_odata: Callable[..., bytes]
) -> None:
    """Should keep an object where text belongs as text, take missing groups as unanswered, and note strange keys."""
    submission = _submission(
        trust_1={"type": "Point", "coordinates": [1, 2]}, years="four", about=None, extra={"deep": 1}
    )
    parsed = odk.parse(origin(), make_odata(submission), odk_source, instruments)
    responses = parsed.frames["src_response"]
    assert json.loads(responses.filter(item_id="trust_1")["value_raw"][0])["type"] == "Point"
    assert responses.filter(item_id="years").select("value_raw", "missing_code").row(0) == ("four", "parse_error")
    assert parsed.frames["src_submission"]["partner_raw"].to_list() == [None]
    assert parsed.notes["unmapped_columns"] == ["extra", "extra/deep"]


def test_parse__nobody_answered(
    origin: Make, odk_source: OdkSource, instruments: Instruments, make_odata: Callable[..., bytes]
) -> None:
    """Should read an empty list of submissions."""
    assert odk.parse(origin(), make_odata(), odk_source, instruments).frames["src_submission"].height == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"value": [{"__id": "uuid:a", ', "cut off"),
        (b'{"message": "no", "code": 401.2}', "an error message of the server"),
        (b'{"other": 1}', "expand"),
        (b'{"value": [{"__id": "1", "__Submissions-id": "a"}]}', "the table of a repeat"),
        (b'{"value": [{"a": 1}]}', "submission 1"),
        (b'{"value": [{"__id": "a", "room": "A", "guests": 3}]}', "the form 'meeting'"),
        (b"a,b\n1,2\n", "tables without a column KEY"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"", "an empty file"),
    ],
)
def test_parse__what_is_no_answer_of_central(
    origin: Make, odk_source: OdkSource, instruments: Instruments, content: bytes, words: str
) -> None:
    """Should name the file, what it is, and what to export instead."""
    with pytest.raises(SourceError) as caught:
        odk.parse(origin("inbox/odk/h.json"), content, odk_source, instruments)
    (problem,) = caught.value.problems
    assert problem.where.startswith("inbox/odk/h.json") and words in str(problem) and problem.fix


def test_parse__lists_and_objects_under_a_question(
    origin: Make, odk_source: OdkSource, instruments: Instruments, make_odata: Callable[..., bytes]
) -> None:
    """Should keep as text what is a list or an object where the form asks one question, and name the question."""
    changed = {"trust_1": ["yes"], "years": {"of": 4}, "learned": [{"practice": ["Meters"], "adapted": "yes"}]}
    content = make_odata(_submission(**changed), _submission("b", trust_1=["no", "yes"]))
    parsed = odk.parse(origin("inbox/h.json"), content, odk_source, instruments)
    assert parsed.notes["answers_nested"] == {"learned/practice": 1, "trust_1": 2, "years": 1}
    assert '["yes"]' in parsed.frames["src_response"]["value_raw"].to_list()
    plain = odk.parse(origin("inbox/h.json"), make_odata(_submission()), odk_source, instruments)
    assert plain.notes["answers_nested"] == {}
