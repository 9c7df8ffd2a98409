"""Who works for the alliance and since when, who pays, and how many hours there are to learn."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from melflow.examples import kobo, story
from melflow.examples.forms import partner_names

Rows = list[list[str]]
TEAM = 4  # people of an organisation who keep the alliance going
_REASONS = ("moved_on", "moved_on", "funding", "project_end")
#: funder -> received in each half-year, thousands.
_FUNDS = {"Lumerive Fund": (60, 65, 70, 75), "Kiserua County": (20, 20, 10, 10), "Own budgets": (10, 12, 14, 16)}
#: partner -> hours planned in each half-year; the farmers' union plans none until it is asked.
_HOURS = {
    "kiserua": 120,
    "labo": 100,
    "brisas": 60,
    "valle": 60,
    "cumbral": 60,
    "ndamar": 40,
    "orilla": 40,
    "tululi": 0,
}


def write(inbox: Path, rng: np.random.Generator) -> None:
    """Write the registers of people, money and hours."""
    for name, rows in (("people", _people(rng)), ("funding", _funding(rng)), ("hours", _hours(rng))):
        kobo.write_csv(inbox / "registers" / f"{name}.csv", rows, bom=False)


def _people(rng: np.random.Generator) -> Rows:
    """Some people leave; half of them hand over to somebody who is named."""
    rows = [["Kind", "Organisation", "Code", "From", "Until", "Reason", "Successor"]]
    names = partner_names()
    for partner, tale in story.PARTNERS.items():
        start = dt.date(2024, 7, 1) if not tale.since else dt.date(2025, 1, 1)
        for number in range(1, TEAM + 1):
            code = f"{tale.code}-T{number}"
            if rng.random() > 0.35:
                rows.append(["person", names[partner], code, start.isoformat(), "", "", ""])
                continue
            left = start + dt.timedelta(days=int(rng.integers(90, 500)))
            heir = f"{code}b" if rng.random() < 0.5 else ""
            reason = str(rng.choice(_REASONS))
            rows.append(["person", names[partner], code, start.isoformat(), left.isoformat(), reason, heir])
            if heir:
                since = left + dt.timedelta(days=1)
                rows.append(["person", names[partner], heir, since.isoformat(), "", "", ""])
    return rows


def _funding(rng: np.random.Generator) -> Rows:
    rows = [["Funder", "Half-year", "State", "Amount", "Currency"]]
    for funder, amounts in _FUNDS.items():
        for period, amount in zip(story.PERIODS, amounts, strict=True):
            received = round(amount * float(rng.uniform(0.95, 1.05)))
            rows.append([funder, period, "received", str(1000 * received), "USD"])
            if funder == "Lumerive Fund":
                rows.append([funder, period, "committed", str(1000 * amount), "USD"])
    return rows


def _hours(rng: np.random.Generator) -> Rows:
    rows = [["Organisation", "Half-year", "Planned", "Used"]]
    names = partner_names()
    for partner, planned in _HOURS.items():
        for wave, period in enumerate(story.PERIODS):
            hours = planned if partner != "tululi" or wave < 2 else 30
            used = round((hours or 20) * float(rng.uniform(0.7, 1.15)))
            rows.append([names[partner], period, str(hours), str(used)])
    return rows
