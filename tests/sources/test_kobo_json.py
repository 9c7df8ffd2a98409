from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from melflow.core.errors import SourceError
from melflow.core.workspace.source import KoboSource
from melflow.sources import canonical, kobo
from melflow.sources.payload import Origin, Parsed
from melflow.sources.xlsform import Instruments

Make = Callable[..., Origin]
RECORD = {
    "_id": 41,
    "formhub/uuid": "f",
    "start": "2025-02-01T09:00:00.000-05:00",
    "end": "2025-02-01T09:10:30.000-05:00",
    "about/partner": "north",
    "about/who": "N-7",
    "about/day": "2025-01-31",
    "trust_1": "yes",
    "trust_2": "no",
    "how": "visit call",
    "years": "4",
    "share": "0.5",
    "learned": [
        {"learned/practice": "compost", "learned/adapted": "yes"},
        {"learned/practice": "minutes"},
    ],
    "__version__": "vA",
    "meta/instanceID": "uuid:u41",
    "meta/rootUuid": "uuid:root41",
    "_uuid": "u41",
    "_attachments": [],
    "_status": "submitted_via_web",
    "_geolocation": [None, None],
    "_submission_time": "2025-02-01T14:11:00",
    "_tags": [],
    "_validation_status": {"uid": "validation_status_on_hold", "label": "On hold"},
    "_submitted_by": None,
}


def page(*records: dict[str, Any]) -> bytes:
    return json.dumps({"count": len(records), "next": None, "previous": None, "results": list(records)}).encode()


def parse(make: Make, content: bytes, source: KoboSource, instruments: Instruments) -> Parsed:
    return kobo.parse(make("https://kobo.example/api/v2/assets/a/data/"), content, source, instruments)


def test_parse__a_page(origin: Make, kobo_source: KoboSource, instruments: Instruments) -> None:
    """Should read what the server knows of a submission, and every kind of answer."""
    parsed = parse(origin, page(RECORD), kobo_source, instruments)
    (row,) = parsed.frames["src_submission"].to_dicts()
    assert (row["submission_id"], row["version_id"], row["native_id"]) == ("root41", "u41", "41")
    assert (row["root_rule"], row["form_version"], row["review_state"]) == ("rootUuid", "1", "on_hold")
    assert (row["partner_raw"], row["source_row"], row["duration_s"]) == ("north", 41, 630.0)
    assert row["submitted_at_raw"] == "2025-02-01T14:11:00"
    for table, frame in parsed.frames.items():
        assert dict(frame.schema) == canonical.TABLES[table]
    answers = parsed.frames["src_response"]
    chosen = answers.filter(item_id="how")["option"].to_list()
    assert sorted(chosen) == ["__answered", "call", "visit"]
    assert answers.filter(item_id="years")["value_num"].to_list() == [4.0]
    assert answers.filter(item_id="how_else")["missing_code"].to_list() == ["not_relevant"]
    practices = answers.filter(item_id="practice").select("repeat_path", "value_text").rows()
    assert practices == [("learned[1]", "compost"), ("learned[2]", "minutes")]
    assert answers.filter(item_id="adapted")["missing_code"].to_list() == [None, "skipped"]
    assert parsed.notes["rows_read"] == 1
    assert parsed.notes["unmapped_columns"] == []


@pytest.mark.parametrize("shape", ["list", "one"])
def test_parse__other_shapes(origin: Make, kobo_source: KoboSource, instruments: Instruments, shape: str) -> None:
    """Should read a saved list, and a submission that is pushed by itself, like a page."""
    whole = parse(origin, page(RECORD), kobo_source, instruments)
    document = [RECORD] if shape == "list" else RECORD
    parsed = parse(origin, json.dumps(document).encode(), kobo_source, instruments)
    assert all(frame.equals(parsed.frames[name]) for name, frame in whole.frames.items())


def test_parse__numbers_and_odd_values(origin: Make, kobo_source: KoboSource, instruments: Instruments) -> None:
    """Should keep as text what is no text in the JSON, and lose nothing to a list in the place of an answer."""
    odd = RECORD | {"_id": 42, "_uuid": "u42", "meta/rootUuid": "uuid:r42", "years": 7, "how_else": ["a", 1]}
    parsed = parse(origin, page(RECORD, odd), kobo_source, instruments)
    answers = parsed.frames["src_response"].filter(pl.col("version_id") == "u42")
    assert answers.filter(item_id="years")["value_num"].to_list() == [7.0]
    assert answers.filter(item_id="how_else")["value_raw"].to_list() == ['["a",1]']


def test_parse__versions_and_unknown_questions(origin: Make, kobo_source: KoboSource, instruments: Instruments) -> None:
    """Should read each submission by its form version, and name questions no form has."""
    second = {key: value for key, value in RECORD.items() if key != "trust_2"}
    second |= {"_id": 42, "_uuid": "u42", "meta/rootUuid": "r42", "__version__": "vB", "trust_two": "yes", "new": "x"}
    parsed = parse(origin, page(RECORD, second), kobo_source, instruments)
    assert parsed.frames["src_submission"]["form_version"].to_list() == ["1", "2"]
    assert parsed.notes["unmapped_columns"] == ["new"]
    told = parsed.frames["src_response"].filter(pl.col("item_id").is_in(["trust_2", "trust_two"]))
    assert sorted(told.select("version_id", "value_raw").rows()) == [("u41", "no"), ("u42", "yes")]


def test_parse__a_page_of_one_sparse_submission(
    origin: Make, kobo_source: KoboSource, instruments: Instruments
) -> None:
    """Should not take a submission with few answers for one of another form: the server leaves blanks out."""
    sparse = {key: RECORD[key] for key in ("_id", "_uuid", "__version__", "trust_1")}
    parsed = parse(origin, page(sparse), kobo_source, instruments)
    assert parsed.frames["src_submission"]["submission_id"].to_list() == ["north_survey:41"]
    empty = parse(origin, page(), kobo_source, instruments)
    assert empty.frames["src_submission"].is_empty() and empty.notes["rows_read"] == 0


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (page(RECORD)[:-20], "text that stops making sense"),
        (b'{"detail": "Invalid token."}', "JSON of another kind"),
        (b'[{"a": 1}]', "JSON of another kind"),
        (page({"_id": 1, "room": "A", "guests": "4"}), "the form 'meeting'"),
        (page({"_id": 1, "x/y": "A"}), "0% of the questions"),
    ],
)
def test_parse__refused(
    origin: Make, kobo_source: KoboSource, instruments: Instruments, content: bytes, seen: str
) -> None:
    """Should say what is wrong with JSON that holds no submissions of the form."""
    with pytest.raises(SourceError, match=seen):
        parse(origin, content, kobo_source, instruments)


_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ways=st.lists(st.lists(st.sampled_from(["visit", "visit_long", "call", "other"]), unique=True), max_size=4),
    practices=st.lists(st.lists(_TEXTS, max_size=3), max_size=4),
)
def test_parse__every_answer_once(
    origin: Make, kobo_source: KoboSource, instruments: Instruments, ways: list[list[str]], practices: list[list[str]]
) -> None:
    """Should give back each chosen option and each repetition, once and in its place."""
    records = []
    for key in range(max(len(ways), len(practices))):
        record: dict[str, Any] = {"_id": key, "_uuid": f"u{key}", "__version__": "vA", "trust_1": "yes"}
        if key < len(ways) and ways[key]:
            record["how"] = " ".join(ways[key])
        if key < len(practices):
            record["learned"] = [{"learned/practice": text} for text in practices[key]]
        records.append(record)
    answers = parse(origin, page(*records), kobo_source, instruments).frames["src_response"]
    chosen = answers.filter(pl.col("item_id") == "how", pl.col("option") != "__answered")
    assert sorted(chosen.select("version_id", "option").rows()) == sorted(
        (f"u{key}", way) for key, some in enumerate(ways) for way in some
    )
    told = answers.filter(pl.col("item_id") == "practice").select("version_id", "repeat_path", "value_raw").rows()
    assert sorted(told) == sorted(
        (f"u{key}", f"learned[{number}]", text)
        for key, some in enumerate(practices)
        for number, text in enumerate(some, 1)
    )


def test_parse__lists_and_objects_under_a_question(
    origin: Make, kobo_source: KoboSource, instruments: Instruments
) -> None:
    """Should keep as text what is a list or an object where the form asks one question, and name the question."""
    inside = [{"learned/practice": {"name": "compost"}, "learned/adapted": "yes"}]
    other = RECORD | {"_id": 42, "_uuid": "u42", "meta/instanceID": "uuid:u42", "meta/rootUuid": "uuid:root42"}
    content = page(RECORD, other | {"trust_1": ["yes"], "years": {"of": 4}, "learned": inside, "unasked": [1]})
    parsed = parse(origin, content, kobo_source, instruments)
    assert parsed.notes["answers_nested"] == {"learned/practice": 1, "trust_1": 1, "years": 1}
    assert '["yes"]' in parsed.frames["src_response"]["value_raw"].to_list()
    assert parse(origin, page(RECORD), kobo_source, instruments).notes["answers_nested"] == {}
