"""Exchanges out of chats and forums: who answers or addresses somebody of another partner gives to that partner.

One message a row, JSON Lines, JSON list, CSV or workbook: ``message_id``, ``author``, ``sent_at`` (ISO 8601) and, where
there are, ``reply_to`` (a message_id), ``mentions`` (a list, or separated by ; or ,) and ``room``. What people wrote is
never read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from melflow.core.names import domain_of, fold
from melflow.sources import facts, values
from melflow.sources.payload import UNPLACED, Context, Notes, Origin
from melflow.sources.rows import read_rows

if TYPE_CHECKING:
    from melflow.core.workspace import ActivityLogSource

_NEEDED = ("message_id", "author", "sent_at")
_OPTIONAL = ("reply_to", "mentions", "room")
_HAS_OFFSET = r"(?i)(z|[+-]00:?00)$"


def read(origin: Origin, content: bytes, config: ActivityLogSource, context: Context) -> tuple[pl.DataFrame, Notes]:
    """Return the exchanges of a chat: one for each message and partner it is meant for, an event each.

    Raises:
        SourceError: The file cannot be read, or lacks a column.
    """
    mapped = {name: name for name in (*_NEEDED, *_OPTIONAL)} | {str(key): text for key, text in config.columns.items()}
    messages, notes = read_rows(origin, content, mapped, _OPTIONAL, config)
    messages = messages.with_columns(
        _day(context.time_zone).alias("occurred_on"), pl.col("author").str.strip_chars_start("@")
    )
    messages = messages.with_columns(context.names.resolve(messages["author"], messages["occurred_on"]).alias("giver"))
    addressed = _addressed(messages, context)
    is_placed = addressed["giver"].is_not_null() & addressed["receiver"].is_not_null()
    # by the row and not the id: two messages with one id, or with none, are for the checks to judge
    once = ["source_sheet", "source_row", "receiver"]
    made = addressed.filter(is_placed).unique(once, keep="first", maintain_order=True)
    inside = made["occurred_on"].map_elements(context.covers, pl.Boolean).fill_null(True)
    kept = made.filter(inside)
    outcome = facts.made_of(messages.height, kept["source_row"].n_unique(), kept.height)
    counts: Notes = {
        **{name: n for name, n in outcome.items() if name != "rows_read"},  # remarks below the messages were read too
        "messages": messages.height,
        "messages_to_nobody": messages.height - addressed.select("source_sheet", "source_row").n_unique(),
        "messages_outside_calendar": int((~inside).sum()),
        "replies_to_unknown_messages": _unknown(messages),
        UNPLACED: _unplaced(messages, addressed),
    }
    return _exchanges(kept, config), notes | counts


def _day(time_zone: str) -> pl.Expr:
    """Return the day where a message was written; what is in UTC is taken to the alliance's own zone."""
    sent = pl.col("sent_at")
    moment = values.moment(sent)
    own = moment.dt.convert_time_zone(time_zone).dt.date()
    return pl.when(sent.str.contains(_HAS_OFFSET)).then(own).otherwise(values.local_date(sent))


def _addressed(messages: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return a row for each message and person it is meant for: who is replied to first, then who is mentioned."""
    parents = messages.select(pl.col("message_id").alias("reply_to"), pl.col("author").alias("person"))
    parents = parents.unique("reply_to", keep="first", maintain_order=True)
    replies = messages.join(parents, on="reply_to", how="inner", maintain_order="left")
    named = pl.col("mentions").str.extract_all(r'[^\[\]",;]+').list.eval(pl.element().str.strip_chars(" @"))
    mentions = (
        messages.with_columns(named.alias("person")).explode("person").filter(pl.col("person").str.len_chars() > 0)
    )
    columns = [*messages.columns, "person"]
    both = pl.concat([replies.select(columns), mentions.select(columns)]).sort("source_row", maintain_order=True)
    return both.with_columns(context.names.resolve(both["person"], both["occurred_on"]).alias("receiver"))


def _unknown(messages: pl.DataFrame) -> int:
    replies = messages.filter(pl.col("reply_to").is_not_null())
    return replies.join(messages, left_on="reply_to", right_on="message_id", how="anti").height


def _unplaced(messages: pl.DataFrame, addressed: pl.DataFrame) -> dict[str, int]:
    """Return who belongs to no partner: a domain, else the row where somebody comes first; never who it is."""
    people = pl.concat(
        [
            messages.filter(pl.col("giver").is_null()).select(pl.col("author").alias("person"), "source_row"),
            addressed.filter(pl.col("receiver").is_null()).select("person", "source_row"),
        ]
    ).drop_nulls("person")
    found: dict[str, int] = {}
    each = people.group_by("person", maintain_order=True).agg(pl.col("source_row").min(), pl.len())
    for person, row, count in each.iter_rows():
        domain = domain_of(person)
        label = f"@{domain}" if domain else f"somebody first seen in row {row}"
        found[label] = found.get(label, 0) + count
    return found


def _exchanges(kept: pl.DataFrame, config: ActivityLogSource) -> pl.DataFrame:
    constants = {str(meaning): text for meaning, text in config.constants.items()}
    kinds = {fold(theirs): ours for theirs, ours in config.kinds.items()}
    rooms = values.folded(kept["room"]).replace_strict(kinds, default=None, return_dtype=pl.String)
    # an answer names the exchange it answers: the message replied to, as far as it was meant for who answers
    return kept.select(
        pl.format("{}/{}", "message_id", "receiver").alias("exchange_id"),
        "occurred_on",
        pl.col("sent_at").alias("occurred_on_raw"),
        pl.when(pl.col("occurred_on").is_not_null()).then(pl.lit("day")).alias("date_precision"),
        pl.col("giver").alias("from_partner_raw"),
        pl.col("receiver").alias("to_partner_raw"),
        pl.col("author").alias("from_person"),
        pl.col("person").alias("to_person"),
        pl.coalesce(rooms, pl.lit(constants.pop("kind", None), pl.String), "room").alias("kind"),
        pl.lit(constants.pop("channel", "online")).alias("channel"),
        pl.lit(1.0).alias("quantity"),
        pl.lit("events").alias("unit"),
        pl.format("{}/{}", "reply_to", "giver").alias("reply_to"),
        "source_row",
        "source_sheet",
        **{name: pl.lit(text) for name, text in constants.items()},
    )
