import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from melflow.core.errors import SourceError
from melflow.core.workspace.source_log import ActivityLogSource
from melflow.sources import activity_log
from melflow.sources.payload import UNPLACED, Context, Origin, Parsed
from melflow.sources.resolve import resolve

Read = Callable[..., Parsed]
ORIGIN = Origin("forum", "inbox/forum.jsonl", "forum-0123456789ab", datetime(2025, 6, 1, 12, tzinfo=UTC))
QUESTION = {"message_id": "m1", "author": "ana@north.example", "sent_at": "2025-03-05T09:00:00-05:00", "text": "How?"}
ANSWER = {"message_id": "m2", "author": "@carla_s", "sent_at": "2025-03-06T02:00:00Z", "reply_to": "m1"}


def lines(*messages: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps(message) for message in messages).encode()


@pytest.fixture
def source() -> ActivityLogSource:
    said = {"name": "forum", "title": "Forum", "path": "inbox/*.jsonl", "connector": "activity_log", "format": "chat"}
    return ActivityLogSource.model_validate(said | {"constants": {"kind": "advice"}, "kinds": {"Files": "document"}})


@pytest.fixture
def read(source: ActivityLogSource, context: Context) -> Read:
    def run(content: bytes, **changed: Any) -> Parsed:
        return activity_log.parse(ORIGIN, content, source.model_copy(update=changed), context)

    return run


def rows(parsed: Parsed) -> pl.DataFrame:
    return parsed.frames["src_exchange"]


def test_reply__gives_to_who_is_answered(read: Read) -> None:
    """Should make an exchange of an answer, on the day where the alliance is, and name what it answers."""
    parsed = read(lines(QUESTION, ANSWER, {**QUESTION, "message_id": "m3", "reply_to": "m2", "room": "files"}))
    columns = ["exchange_id", "from_partner_raw", "to_partner_raw", "occurred_on", "kind", "channel", "reply_to"]
    assert rows(parsed).select(columns).rows() == [
        ("forum:m2/north", "south", "north", date(2025, 3, 5), "advice", "online", "forum:m1/south"),
        ("forum:m3/south", "north", "south", date(2025, 3, 5), "document", "online", "forum:m2/north"),
    ]
    assert rows(parsed).select("quantity", "unit", "source_row").rows() == [(1.0, "events", 2), (1.0, "events", 3)]
    assert (parsed.notes["messages"], parsed.notes["messages_to_nobody"]) == (3, 1)


def test_mentions__each_partner_once(read: Read) -> None:
    """Should count a message once for each partner it names, however many of its people, in a list or a text."""
    named = ["@carla_s", "office@south.example", "x@lab.example", "ana@north.example"]
    for mentions in (named, "; ".join(named)):
        found = rows(read(lines({**QUESTION, "mentions": mentions})))
        assert found["to_partner_raw"].to_list() == [
            "south",
            "lab",
            "north",
        ]  # itself too: the models drop and count it


def test_people__no_name_stays(read: Read, context: Context, instruments: Any) -> None:
    """Should hash authors, and tell of strangers only where they are to be found."""
    strangers = [{**QUESTION, "message_id": "m4", "author": "lucy"}, {**ANSWER, "message_id": "m5", "reply_to": "m4"},
                 {**QUESTION, "message_id": "m6", "mentions": ["pete@gmail.com"]}]  # fmt: skip
    parsed = read(lines(QUESTION, ANSWER, *strangers))
    kept = resolve(parsed, context.names, context.periods, b"k" * 32, instruments)
    text = rows(kept).write_json() + str(kept.notes)
    assert [word for word in ("ana@", "carla", "lucy", "pete", "How?") if word in text] == []
    assert kept.notes[UNPLACED] == {"somebody first seen in row 3": 2, "@gmail.com": 1}
    assert rows(kept)["from_person"].str.contains("^[0-9a-f]{16}$").all()


def test_messages__left_out_and_counted(read: Read) -> None:
    """Should say what answers a message of another file, and what lies outside the calendar."""
    parsed = read(lines({**ANSWER, "reply_to": "gone"}, {**QUESTION, "sent_at": "2019-01-01", "mentions": "carla_s"}))
    assert rows(parsed).is_empty()
    assert (parsed.notes["replies_to_unknown_messages"], parsed.notes["messages_outside_calendar"]) == (1, 1)


def test_messages__one_id_or_none(read: Read) -> None:
    """Should lose no message whose id is blank, and hold two that say different things under one id."""
    nameless = [{**QUESTION, "message_id": None, "mentions": "carla_s", "sent_at": f"2025-03-0{day}"} for day in (1, 2)]
    parsed = read(lines(*nameless))
    assert (rows(parsed).height, parsed.notes["messages_to_nobody"]) == (2, 0)
    twice = read(lines(QUESTION, ANSWER, {**ANSWER, "sent_at": "2025-03-09"}))
    assert rows(twice).height == 2 and len(twice.conflicts) == 2
    assert rows(read(lines(QUESTION, ANSWER, ANSWER))).height == 1


def test_documented_shape__is_what_is_read(read: Read) -> None:
    """Should read the columns that docs/sources.md names, each under that name, from every container it names."""
    told = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    shape = told.partition("## Chats and forums")[2].partition("```yaml")[0]
    names = [line.split("`")[1] for line in shape.splitlines() if line.startswith("| `")]
    first = {"message_id": "m1", "author": "ana@north.example", "sent_at": "2025-03-05", "room": "Files"}
    second = {"message_id": "m2", "author": "carla_s", "sent_at": "2025-03-06", "reply_to": "m1", "room": "Files"}
    second |= {"mentions": "x@lab.example"}
    assert set(names) == set(first) | set(second)
    table = "\n".join(",".join(one.get(name, "") for name in names) for one in ({n: n for n in names}, first, second))
    for content in (table.encode(), lines(first, second), json.dumps([first, second]).encode()):
        found = rows(read(content)).select("exchange_id", "kind", "reply_to").sort("exchange_id").rows()
        assert found == [
            ("forum:m2/lab", "document", "forum:m1/south"),
            ("forum:m2/north", "document", "forum:m1/south"),
        ]


def test_unreadable_time__goes_to_the_checks(read: Read) -> None:
    """Should keep a message whose time cannot be read, without a date."""
    row = rows(read(lines(QUESTION, {**ANSWER, "sent_at": "yesterday"}))).row(0, named=True)
    assert (row["occurred_on"], row["occurred_on_raw"]) == (None, "yesterday")


def test_csv__other_headers(read: Read) -> None:
    """Should read a table whose headers are mapped, without the columns it does not need."""
    content = b"id;who;when;answers\nm1;North Town;2025-03-05;\nm2;South Town;2025-03-06;m1\n"
    columns = {"message_id": "id", "author": "who", "sent_at": "when", "reply_to": "answers"}
    assert rows(read(content, columns=columns))["exchange_id"].to_list() == ["forum:m2/north"]
    with pytest.raises(SourceError, match="no 'author'"):
        read(content, columns={key: text for key, text in columns.items() if key != "author"})


PEOPLE = ["ana@north.example", "@carla_s", "x@lab.example", "lucy"]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(st.tuples(st.sampled_from(PEOPLE), st.none() | st.integers(0, 12)), max_size=12))
def test_replies__one_exchange_each(read: Read, messages: list[tuple[str, int | None]]) -> None:
    """Should make exactly one exchange of each answer between known people to a message that is there."""
    exported = [
        {"message_id": f"m{n}", "author": who, "sent_at": "2025-03-05", "reply_to": None if to is None else f"m{to}"}
        for n, (who, to) in enumerate(messages)
    ]
    found = rows(read(lines(*exported)))["exchange_id"].to_list() if exported else []
    wanted = [
        f"forum:m{n}/"
        for n, (who, to) in enumerate(messages)
        if to is not None and to < len(messages) and "lucy" not in (who, messages[to][0])
    ]
    assert [name.rpartition("/")[0] + "/" for name in found] == wanted
