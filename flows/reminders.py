"""Reminders of what is owed: one for each due item and stage, as rows, and by mail where that is set up.

That one was made stands in the landing store before a message is handed over, so that it is sent at most once,
whatever breaks in between, and is not sent again by a warehouse that was made anew.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import yaml

from melflow.core.errors import MelflowError, Problem
from melflow.core.landing import LandingStore
from melflow.core.mail import send
from melflow.core.warehouse import connect, replace, transaction
from melflow.core.workspace.mail import ADDRESS
from melflow.flows.clock import MISSING, OPEN
from melflow.flows.tables import REMINDER

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace

#: Source under which reminders land; no declared source can have the name.
STORE = "clock:reminders"
SOON, DUE, OVERDUE = "soon", "due", "overdue"
_WORDS = Path(__file__).parent / "reminder_words.yml"


@dataclass(frozen=True)
class Reminder:
    """One due item at one stage."""

    source: str
    partner_id: str | None
    period_id: str
    stage: str
    due_on: date


def remind(workspace: Workspace, today: date) -> tuple[list[Reminder], tuple[Problem, ...]]:
    """Make the reminders that are due and were not made before; send them where mail is set up.

    Args:
        workspace: The workspace, with ``raw.expected_delivery`` up to date.
        today: The day.

    Returns:
        The new reminders, and what kept a message from being sent; it is not tried again.
    """
    with connect(workspace.warehouse_path) as con:
        items = con.table("raw.expected_delivery").pl()
    store = LandingStore(workspace.landing_dir)
    made: list[Reminder] = []
    problems: list[Problem] = []
    for row in items.iter_rows(named=True):
        stage = stage_of(workspace, row["state"], row["due_on"], today)
        if stage is None:
            continue
        one = Reminder(row["source"], row["partner_id"], row["period_id"], stage, row["due_on"])
        if not store.land(STORE, _origin(one), _bytes(vars(one) | {"due_on": one.due_on.isoformat()}))[1]:
            continue
        made.append(one)
        problems += _deliver(workspace, store, one)
    _write(workspace, store)
    return made, tuple(problems)


def stage_of(workspace: Workspace, state: str, due_on: date, today: date) -> str | None:
    """Return the stage a due item has reached: soon, due or overdue; None when nobody is to be reminded."""
    clock, days = workspace.clock, (today - due_on).days
    if state not in (MISSING, OPEN) or days > clock.forget_days or days < -clock.remind_days_before:
        return None
    return OVERDUE if days >= clock.overdue_days else DUE if days > 0 else SOON


def _deliver(workspace: Workspace, store: LandingStore, one: Reminder) -> list[Problem]:
    """Send a reminder to the partner it concerns; note what became of it."""
    partner = workspace.partners.get(one.partner_id or "")
    if workspace.mail is None or partner is None or not re.fullmatch(ADDRESS, partner.contact or ""):
        return []
    words = _words(partner.language or workspace.alliance.languages[0])
    facts = {"source": workspace.sources[one.source].title, "period": one.period_id, "due_on": one.due_on.isoformat(),
             "alliance": workspace.alliance.name, "partner": partner.name}  # fmt: skip
    found: tuple[Problem, ...] = ()
    try:
        send(
            workspace.mail, str(partner.contact), words["subject"].format_map(facts), words[one.stage].format_map(facts)
        )
    except MelflowError as error:
        found = error.problems
    store.land(STORE, f"{_origin(one)}#{'failed' if found else 'sent'}", _bytes({"of": _origin(one)}))
    return list(found)


def _write(workspace: Workspace, store: LandingStore) -> None:
    """Make ``raw.reminder`` say what the landing store says."""
    landings = store.of_source(STORE)
    ends = {origin: end for origin, _, end in (one.origin.partition("#") for one in landings) if end}
    rows = [
        json.loads(store.read(one)) | {"made_at": one.landed_at, "state": ends.get(one.origin, "noted")}
        for one in landings
        if "#" not in one.origin
    ]
    told = [row | {"due_on": date.fromisoformat(row["due_on"])} for row in rows]
    frame = pl.DataFrame(told, schema=REMINDER)
    with connect(workspace.warehouse_path) as con, transaction(con):
        replace(con, "raw.reminder", frame)


def _origin(one: Reminder) -> str:
    return f"{one.source}/{one.partner_id or '-'}/{one.period_id}/{one.stage}"


def _bytes(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()


@cache
def _words(language: str) -> dict[str, str]:
    known: dict[str, dict[str, str]] = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    return known.get(language[:2], known["en"])
