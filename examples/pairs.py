"""What pairs of partners agreed to reach, who follows it, and what they think contributed.

Results follow health a half-year later, but for two pairs: one is at ease and delivers nothing, one is cool and
delivers.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from melflow.examples import kobo, story
from melflow.examples.forms import partner_names
from melflow.examples.results import ALLIANCE

Rows = list[list[str]]
CODE = "JP-07"
#: dyad -> share of the target it reaches, whatever its health.
EXCEPTIONS = {"ndamar--valle": 0.1, "cumbral--valle": 0.95}
#: A pair that forgot to agree on a target in one half-year.
NO_TARGET = ("orilla--tululi", "2025-H1")
#: Indicators of which the alliance agreed who tracks them.
TRACKED = ("WC-01", "TT-04", "CM-05", "PT-06")


def write(inbox: Path, rng: np.random.Generator) -> None:
    """Write the pairs' results, the changes of targets, who tracks what, and the ratings."""
    results, ratings = _results(rng)
    kobo.write_csv(inbox / "results" / "pairs.csv", results, bom=False)
    for name, rows in (("targets", _targets(rng)), ("tracking", _tracking(rng)), ("contributions", ratings)):
        kobo.write_csv(inbox / "registers" / f"{name}.csv", rows, bom=False)


def reached(dyad: story.DyadStory, wave: int) -> float:
    """Return the share of its target that a pair reaches in a wave."""
    if dyad.dyad_id in EXCEPTIONS:
        return EXCEPTIONS[dyad.dyad_id]
    before = max(wave - 1, dyad.since)
    warmth = (dyad.mean("a", "communication", before) + dyad.mean("b", "communication", before)) / 2
    return 0.35 + 0.3 * (warmth - 2.5)


def _results(rng: np.random.Generator) -> tuple[Rows, Rows]:
    results = [["Code", "Organisation", "With", "Half-year", "Unit", "Baseline", "Target", "Actual", "Evidence"]]
    ratings = [["Code", "Organisation", "With", "Half-year", "Contribution", "Evidence", "Rated by"]]
    names = partner_names()
    for wave, period in enumerate(story.PERIODS):
        for dyad in story.active(wave):
            target = 10 * (wave - dyad.since + 1)
            share = reached(dyad, wave) * float(rng.uniform(0.9, 1.1))
            pair = [CODE, names[dyad.a], names[dyad.b], period]
            agreed = "" if (dyad.dyad_id, period) == NO_TARGET else str(target)
            evidence = str(int(rng.integers(1, 4)))
            results.append([*pair, "practices", "0", agreed, str(round(target * share)), evidence])
            if wave >= 2:
                rating = "strong" if share > 0.85 else "plausible" if share > 0.5 else "weak" if share > 0.2 else "none"
                ratings.append([*pair, rating, evidence, "both sides"])
    return results, ratings


def _targets(rng: np.random.Generator) -> Rows:
    """The leak teams' target was lowered once the half-year was over; the county's was raised in time."""
    names = partner_names()
    lowered, raised = (f"{month}-{int(rng.integers(2, 27)):02}" for month in ("2026-02", "2025-02"))
    teams, staff = ["TT-04", names["ndamar"], names["valle"]], ["LE-03", names["kiserua"], ""]
    return [
        ["Code", "Organisation", "With", "Half-year", "Target", "Agreed", "Reason", "Note", "Agreed by"],
        [*teams, "2025-H2", "4", "2024-07-15", "first", "", "both towns"],
        [*teams, "2025-H2", "2", lowered, "scope", "one of the teams was given up", "both towns"],
        [*staff, "2025-H1", "9", "2024-07-15", "first", "", "secretariat"],
        [*staff, "2025-H1", "10", raised, "funding", "more visits were paid for", "secretariat"],
    ]


def _tracking(rng: np.random.Generator) -> Rows:
    rows = [["Code", "Organisation", "Half-year", "Accountable", "Collected by", "How", "Due", "Delivered"]]
    names = partner_names()
    for indicator in (one for one in ALLIANCE if one.code in TRACKED):
        for partner, other in indicator.partners.items():
            for wave, period in enumerate(story.PERIODS):
                if wave < story.PARTNERS[partner].since:
                    continue
                due = dt.date(int(period[:4]), 12, 31) if period.endswith("2") else dt.date(int(period[:4]), 6, 30)
                due += dt.timedelta(days=30)
                accountable = names[partner]
                if indicator.code == "TT-04" and wave < 2:  # a hole for a year: each thought the other did
                    accountable = "" if wave else f"{names[partner]}; {names[other]}"
                collectors = f"{names[partner]}; {names[other]}" if other and wave >= 2 else names[partner]
                came = due + dt.timedelta(days=int(rng.integers(-20, 12)))
                delivered = came.isoformat() if rng.random() < 0.92 else ""
                rows.append([indicator.code, names[partner], period, accountable, collectors, "from the minutes",
                             due.isoformat(), delivered])  # fmt: skip
    return rows
