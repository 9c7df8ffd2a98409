"""What people decided about held rows, as payloads in the landing store: the warehouse can be made anew from them.

They lie under a source name of their own, ``held:<source>``, which no declared source can have.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from melflow.core.landing import LandingStore
from melflow.core.workspace import Correction, Workspace

ACCEPTED, REJECTED, RETURNED = "accepted", "rejected", "returned"
_DECISION, _CORRECTIONS = "decision/", "corrections/"


#: A row of raw.held_event of the state held, its time as text.
Entry = dict[str, Any]


@dataclass(frozen=True)
class Decision:
    """What somebody decided about problems of one source.

    Attributes:
        state: accepted: loaded as it is; rejected: stays out for good; returned: sent back to the partner.
        problems: held_id -> the entry of its history that was judged, so that a new warehouse knows of it.
        who: Who decided.
        why: In a sentence.
        at: When it landed, UTC.
    """

    state: str
    problems: dict[str, Entry]
    who: str
    why: str
    at: datetime


class ReturnedCorrection(Correction):
    """A correction that came back in a workbook; ``problem`` is the history's first entry of what it is for.

    A correction of the workspace that meets something else holds the row; this one says only what was wrong then.
    """

    problem: Entry


@dataclass(frozen=True)
class Said:
    """Everything people said about the held rows of a source, in the order it landed."""

    decisions: tuple[Decision, ...] = ()
    corrections: tuple[ReturnedCorrection, ...] = ()

    @property
    def fingerprint(self) -> str:
        """What changes the way rows are checked, as text for the hash of the rules; returning changes nothing."""
        rulings = [(one.state, sorted(one.problems)) for one in self.decisions if one.state != RETURNED]
        return json.dumps(rulings, sort_keys=True) if rulings else ""

    @property
    def problems(self) -> dict[str, Entry]:
        """Every problem something was said about."""
        decided = {held_id: entry for one in self.decisions for held_id, entry in one.problems.items()}
        return decided | {one.problem["held_id"]: one.problem for one in self.corrections}

    @property
    def rulings(self) -> dict[str, Decision]:
        """The last word on each problem: accepted or rejected."""
        return {held_id: one for one in self.decisions if one.state != RETURNED for held_id in one.problems}


def decide(
    store: LandingStore, source: str, state: str, problems: dict[str, Entry], who: str, why: str, on: date
) -> bool:
    """Land a decision; return whether it is new: the same one twice a day is one."""
    told = {"state": state, "problems": problems, "who": who, "why": why, "on": on.isoformat()}
    return store.land(_name(source), f"{_DECISION}{on.isoformat()}.json", _bytes(told))[1]


def land_corrections(store: LandingStore, source: str, workbook: str, rows: Sequence[dict[str, Any]]) -> bool:
    """Land what a workbook corrects in a source; return whether it is new."""
    told = {"workbook": workbook, "corrections": list(rows)}
    return store.land(_name(source), f"{_CORRECTIONS}{workbook}.json", _bytes(told))[1]


def said(store: LandingStore, source: str) -> Said:
    """Return what was said about the held rows of a source."""
    decisions: list[Decision] = []
    corrections: list[ReturnedCorrection] = []
    for landing in sorted(store.of_source(_name(source)), key=lambda one: one.newest_at):
        told = json.loads(store.read(landing))
        if landing.origin.startswith(_DECISION):
            del told["on"]
            decisions.append(Decision(**told, at=landing.newest_at))
        else:
            corrections += [ReturnedCorrection.model_validate(row) for row in told["corrections"]]
    return Said(tuple(decisions), tuple(corrections))


def with_returned(workspace: Workspace, source: str, returned: Iterable[ReturnedCorrection]) -> Workspace:
    """Return the workspace with what came back in workbooks behind the declared corrections of the source."""
    known = (*workspace.corrections.get(source, ()), *returned)
    return workspace.model_copy(update={"corrections": workspace.corrections | {source: known}})


def declared(workspace: Workspace, source: str) -> tuple[Correction, ...]:
    """Return the corrections that stand in the workspace's file."""
    known = workspace.corrections.get(source, ())
    return tuple(one for one in known if not isinstance(one, ReturnedCorrection))


def _name(source: str) -> str:
    return f"held:{source}"


def _bytes(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
