"""What became of every row of a source, as a person reads it: one line for each source, or all terms of one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from melflow.flows.status import SourceStatus

#: Terms of ``raw.reconcile`` in the order they are added up -> short word, and what it is.
TERMS: dict[str, tuple[str, str]] = {
    "rows_at_source": ("at source", "rows the source has, counted beside the reader"),
    "rows_dropped": ("left out", "of these: no rows of data, or left out"),
    "rows_split": ("more made", "further rows made of one of the source's"),
    "rows_duplicate": ("repeated", "came again unchanged"),
    "rows_landed": ("landed", "all others: each is in one of the next four"),
    "rows_loaded": ("loaded", "in the warehouse, current"),
    "rows_held": ("held", "wait for a fix"),
    "rows_superseded": ("superseded", "gave way to a later version"),
    "rows_deleted": ("deleted", "were deleted at the source since"),
    "payloads_unread": ("unread files", "could not be read: their rows are unknown"),
    "difference": ("missing", "rows that nobody can account for"),
}
#: Why rows are left out, as notes name it -> in words.
REASONS = {
    "blank": "nothing in the columns that are read",
    "corrections": "a correction says so",
    "encrypted": "encrypted",
    "hidden": "hidden in the workbook",
    "made_nothing": "became no row: see the notes",
    "next_run": "came while the server was read: the next run brings them",
    "notes": "remarks",
    "repetitions": "repetitions of a submission",
    "same": "came on two pages",
    "totals": "totals",
}


def columns(standing: Sequence[SourceStatus]) -> tuple[str, ...]:
    """Return the terms to show in one line each: those that any source has, and what is always asked for."""
    asked = ("rows_at_source", "rows_landed", "rows_loaded", "rows_held", "rows_superseded", "rows_deleted")
    return tuple(term for term in TERMS if term in asked or any(item.account.get(term) for item in standing))


def terms(account: Mapping[str, Any]) -> dict[str, Any]:
    """Return the account with its lists unfolded: for JSON."""
    told = {term: account.get(term) for term in TERMS}
    return told | {
        name: json.loads(account.get(name) or empty) for name, empty in (("dropped", "{}"), ("unread", "[]"))
    }


def lines(account: Mapping[str, Any]) -> list[tuple[str, Any, str]]:
    """Return every term of one source: word, rows, what they are; reasons and files below their term."""
    told = terms(account)
    found: list[tuple[str, Any, str]] = []
    for term, (word, meaning) in TERMS.items():
        found.append((word, "not known" if told[term] is None else told[term], meaning))
        if term == "rows_dropped":
            found += [("", n, REASONS.get(why, why)) for why, n in told["dropped"].items()]
        if term == "payloads_unread":
            found += [("", "", origin) for origin in told["unread"]]
    return found
