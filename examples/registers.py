"""The registers the alliance keeps about itself: decisions, roles, sessions, budgets, products, peer assessments.

They tell the story of the pairs once more: where Valle Sereno turns from learner to equal, it comes to decide, lead and
write with Puerto Brisal; Kiserua County decides for the farmers and talks most.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from melflow.examples import kobo, story
from melflow.examples.forms import partner_names

Rows = list[list[str]]
#: partnership -> first wave, and which share of decisions, lead roles and products each partner has at first and last.
PARTNERSHIPS: dict[str, tuple[int, dict[str, tuple[float, float]]]] = {
    "coast_and_valley": (0, {"brisas": (1.0, 0.5), "valle": (0.0, 0.5)}),
    "twin_towns": (0, {"ndamar": (0.5, 0.5), "valle": (0.5, 0.5)}),
    "old_friends": (0, {"orilla": (0.5, 0.5), "valle": (0.5, 0.5)}),
    "county_and_farmers": (0, {"kiserua": (1.0, 0.9), "tululi": (0.0, 0.1)}),
    "price_of_water": (2, {"cumbral": (0.75, 0.75), "valle": (0.25, 0.25)}),
    "water_data": (0, {"labo": (0.6, 0.4), "kiserua": (0.2, 0.3), "ndamar": (0.2, 0.3)}),
    "pump_circle": (1, {"orilla": (0.4, 0.3), "arrayanza": (0.2, 0.2), "cumbral": (0.2, 0.25), "tululi": (0.2, 0.25)}),
}
STEPS = ("questions", "trial", "adaptation", "review")
CRITERIA = ("openness", "documentation", "application", "sharing")
#: Share of the floor in the sessions of the whole alliance, facilitators apart.
AIRTIME = {
    "kiserua": 0.42, "labo": 0.13, "cumbral": 0.12, "brisas": 0.1, "orilla": 0.08, "ndamar": 0.06,
    "valle": 0.05, "tululi": 0.03, "arrayanza": 0.01,
}  # fmt: skip
#: assessor -> assessed; two of the five pairs are one way only.
_REVIEWS = (("brisas", "valle"), ("valle", "brisas"), ("labo", "ndamar"), ("ndamar", "labo"), ("orilla", "tululi"),
            ("tululi", "orilla"), ("kiserua", "tululi"), ("cumbral", "valle"))  # fmt: skip
#: The products of a partnership one after the other; later ones are made from an earlier prototype or adaptation.
_KINDS = ("review", "prototype", "adapted", "results", "adapted", "answers", "adapted", "results")
_MADE_FROM = ("prototype", "adapted")
_REFLECTED = (1, 2, 3, 4)  # of the four sessions of the alliance in each wave
_MATTERS = ("work plan", "next visit", "budget line", "who speaks to the fund", "pilot site", "report", "new member")


def write(inbox: Path, rng: np.random.Generator, seen: np.random.Generator) -> None:
    """Write every register into the inbox; what was seen of the roles comes from a stream of its own."""
    folder = inbox / "registers"
    for name, rows in (
        ("decisions", _decisions(rng)),
        ("roles", _roles(rng, seen)),
        ("sessions", _sessions(rng)),
        ("budget", _budget(rng)),
        ("products", _products(rng)),
        ("peer_reviews", _reviews(rng)),
    ):
        kobo.write_csv(folder / f"{name}.csv", rows, bom=False)


def holders(partnership: str, wave: int, size: int) -> list[str]:
    """Return who holds each of a number of things in a wave: the story's shares, met as nearly as whole things can."""
    since, members = PARTNERSHIPS[partnership]
    step = (wave - since) / max(len(story.PERIODS) - 1 - since, 1)
    wanted = {partner: story.between(ends, step) * size for partner, ends in members.items()}
    held = {partner: int(amount) for partner, amount in wanted.items()}
    for partner in sorted(wanted, key=lambda one: held[one] - wanted[one])[: size - sum(held.values())]:
        held[partner] += 1
    return [partner for partner, count in held.items() for _ in range(count)]


def _active(wave: int) -> list[tuple[str, list[str]]]:
    return [(name, list(members)) for name, (since, members) in PARTNERSHIPS.items() if wave >= since]


def _day(rng: np.random.Generator, wave: int) -> dt.date:
    return first_day(wave) + dt.timedelta(days=int(rng.integers(6, 160)))


def first_day(wave: int) -> dt.date:
    """Return the first day of a wave."""
    year, half = story.PERIODS[wave].split("-H")
    return dt.date(int(year), 1 if half == "1" else 7, 1)


def _decisions(rng: np.random.Generator) -> Rows:
    rows = [["No", "Meeting", "Matter", "About power", "Raised by", "Decided by", "State", "Settled", "Partnership"]]
    names = partner_names()
    for wave in range(len(story.PERIODS)):
        for partnership, members in _active(wave):
            for number, decider in enumerate(holders(partnership, wave, 6)):
                day = _day(rng, wave)
                # The last matter of each partnership is one of power; who has least say raises it.
                about_power = number == 5
                is_open = about_power and (partnership == "county_and_farmers" or wave == 0)
                settled = day + dt.timedelta(days=int(rng.integers(0, 20)))
                rows.append([
                    f"D-{len(rows):03}", day.isoformat(), str(rng.choice(_MATTERS)), "yes" if about_power else "no",
                    names[members[-1] if about_power else str(rng.choice(members))],
                    "" if is_open else names[decider], "open" if is_open else "resolved",
                    "" if is_open else settled.isoformat(), partnership,
                ])  # fmt: skip
    return rows


def _roles(rng: np.random.Generator, seen: np.random.Generator) -> Rows:
    rows = [["Organisation", "Cycle", "Step", "Part", "Seen as", "From", "To", "Partnership"]]
    names = partner_names()
    for wave in range(len(story.PERIODS)):
        for partnership, members in _active(wave):
            for number, (step, leader) in enumerate(zip(STEPS, holders(partnership, wave, len(STEPS)), strict=True)):
                start = first_day(wave) + dt.timedelta(days=40 * number + int(rng.integers(0, 4)))
                for place, partner in enumerate(members):
                    part = "lead" if partner == leader else "active" if place < 2 else "access"
                    end = start + dt.timedelta(days=35)
                    rows.append([names[partner], f"{partnership}-{wave + 1}", step, part, _seen_as(part, wave, seen),
                                 start.isoformat(), end.isoformat(), partnership])  # fmt: skip
    return rows


def _seen_as(part: str, wave: int, seen: np.random.Generator) -> str:
    """Return what the list of those present says: none was kept at first, and most do what they said they would."""
    chance = float(seen.random())
    if wave == 0:
        return ""
    ladder = ("access", "active", "lead")
    place = ladder.index(part) + (chance > 0.85) - (chance < 0.15)
    return ladder[min(max(place, 0), 2)]


def _sessions(rng: np.random.Generator) -> Rows:
    rows = [["Session", "Date", "Organisation", "Speaker", "Minutes", "Facilitator", "Reflection note", "Examined",
             "Revised", "Exit poll", "Partnership", "Cycle"]]  # fmt: skip
    names = partner_names()
    for wave, period in enumerate(story.PERIODS):
        for number in range(4):
            has_note = number < _REFLECTED[wave]
            examined = int(rng.integers(2, 6)) if has_note else 0
            session = [
                "yes" if has_note else "no", str(examined or ""), str(round(examined * 0.4) if has_note else ""),
                str(int(rng.integers(62, 78)) + 4 * wave),
            ]  # fmt: skip
            day = _day(rng, wave).isoformat()
            speakers = {partner: share for partner, share in AIRTIME.items() if partner != "arrayanza" or wave}
            rows.append([f"A-{period}-{number + 1}", day, names[story.FACILITATOR], "facilitator",
                         str(int(rng.integers(15, 30))), "yes", *session, "", ""])  # fmt: skip
            for partner, share in speakers.items():
                minutes = round(share * 150 + float(rng.normal(0, 2)))
                rows.append([f"A-{period}-{number + 1}", day, names[partner], "participant", str(max(minutes, 0)),
                             "no", *session, "", ""])  # fmt: skip
        for partnership, members in _active(wave):
            day = _day(rng, wave).isoformat()
            floor = holders(partnership, wave, 20)
            has_note = bool(rng.random() < 0.3 + 0.2 * wave)
            session = ["yes" if has_note else "no", "2" if has_note else "", "1" if has_note else "", ""]
            for partner in members:
                rows.append([f"P-{period}-{partnership}", day, names[partner], "participant",
                             str(3 * floor.count(partner) + 2), "no", *session, partnership,
                             f"{partnership}-{wave + 1}"])  # fmt: skip
    return rows


def _budget(rng: np.random.Generator) -> Rows:
    rows = [["Organisation", "Half-year", "Line", "Kind", "Amount", "Currency", "People"]]
    names = partner_names()
    for wave, period in enumerate(story.PERIODS):
        for partner in names:
            if partner == "arrayanza" and not wave:
                continue
            size = 30_000 if partner in ("kiserua", "labo") else 9_000
            # Facilitation and staff time grow, as the alliance learns what learning costs.
            parts = {"staff": 0.45 + 0.05 * wave, "travel": 0.35 - 0.05 * wave, "materials": 0.2}
            for line, share in parts.items():
                planned = round(size * share / 100) * 100
                spent = round(planned * float(rng.uniform(0.8, 1.05)))
                people = "yes" if line == "staff" else "no"
                rows.append([names[partner], period, line, "planned", str(planned), "USD", people])
                rows.append([names[partner], period, line, "spent", str(spent), "USD", people])
    return rows


def _products(rng: np.random.Generator) -> Rows:
    rows = [["Product", "Finished", "Authors", "Type", "Partnership", "Cycle", "Made from", "Tested in", "State"]]
    names = partner_names()
    for wave in range(len(story.PERIODS)):
        for partnership, members in _active(wave):
            for author in holders(partnership, wave, 2):
                made = sum(row[4] == partnership for row in rows)
                parent = next((row[0] for row in reversed(rows) if row[4] == partnership and row[3] in _MADE_FROM), "")
                # Writing together is what equals do: where the lead is shared, so is the page.
                shared = max(share[0] for share in PARTNERSHIPS[partnership][1].values()) < 0.7 or wave == 3
                others = [partner for partner in members if partner != author]
                authors = [author, *([str(rng.choice(others))] if shared and rng.random() < 0.7 else [])]
                day = _day(rng, wave).isoformat()
                rng.integers(0, 3)  # a die that once chose the type: what is drawn after it stays as it was
                kind = _KINDS[made % len(_KINDS)]
                rows.append([f"K-{len(rows):03}", day,
                             "; ".join(names[one] for one in authors), kind, partnership, f"{partnership}-{wave + 1}",
                             _lineage(kind, partnership, parent), *_tested(kind, members, made)])  # fmt: skip
    return rows


def _lineage(kind: str, partnership: str, parent: str) -> str:
    """Return what a version was made from; the tariff guide came from outside and is in nobody's register."""
    if kind != "adapted":
        return ""
    return "tariff-guide@2" if partnership == "price_of_water" else f"{parent}@1"


def _tested(kind: str, members: list[str], made: int) -> tuple[str, str]:
    """Return where a product was tested and how far it is."""
    if kind not in _MADE_FROM:
        return "", "published"
    return "; ".join(members[: 1 + made % len(members)]), "tested"


def _reviews(rng: np.random.Generator) -> Rows:
    rows = [["Ref", "Date", "Reviewer", "Reviewed", "Criterion", "Own score", "Peer score", "Action agreed",
             "Action done", "Decides on money"]]  # fmt: skip
    names = partner_names()
    for wave in (1, 3):
        for assessor, assessed in _REVIEWS:
            day = _day(rng, wave).isoformat()
            for criterion in CRITERIA:
                for _ in range(2):  # two people review
                    peer = int(np.clip(round(2.2 + 0.3 * wave + float(rng.normal(0, 0.5))), 1, 4))
                    own = int(np.clip(peer + int(rng.choice((0, 1, 1))), 1, 4))
                    agreed = bool(rng.random() < 0.6)
                    done = agreed and bool(rng.random() < 0.35 + 0.1 * wave)
                    rows.append([f"R-{len(rows):03}", day, names[assessor], names[assessed], criterion, str(own),
                                 str(peer), "yes" if agreed else "no", "yes" if done else "no", "no"])  # fmt: skip
    return rows
