"""The learning cycles of the alliance: plans, questions, problems, insights, and how its people came in.

Each partnership goes through a cycle in each half-year. The first ones end late and leave questions open; with time
they end as planned and more of what was learned is acted on. The county and the farmers never catch up.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from melflow.examples import kobo, story
from melflow.examples.forms import partner_names
from melflow.examples.registers import PARTNERSHIPS, STEPS, Rows, first_day

#: What a cycle is meant to leave behind; the county and the farmers agreed on less.
EXPECTED = ("review", "prototype", "adapted", "results", "answers")
THEMES = {
    "coast_and_valley": "honest meters", "twin_towns": "finding leaks", "old_friends": "committee accounts",
    "county_and_farmers": "water for fields", "price_of_water": "fair tariffs", "water_data": "open laboratory data",
    "pump_circle": "pumps that last",
}  # fmt: skip
_LATE = "county_and_farmers"
_DATA_END = dt.date(2026, 6, 30)
_ASKS = ("who pays for it", "what breaks first", "who reads the figures", "what it costs a family", "who decides")
_PROBLEMS = ("spare part missing", "nobody reads the meter", "wrong units in the report", "pump runs dry")
_CHANGES = ("other supplier", "second visit before the rains", "form cut to one page", "farmers chair the meeting")
CHECKLIST = ("says what went wrong", "asks before advising", "changed a plan last year", "shares drafts",
             "prefers to be left alone")  # fmt: skip


def write(inbox: Path, rng: np.random.Generator) -> None:
    """Write the registers of the learning cycles into the inbox."""
    folder = inbox / "registers"
    for name, rows in (
        ("cycles", _cycles(rng)),
        ("questions", _questions(rng)),
        ("problems", _problems(rng)),
        ("adaptations", _adaptations(rng)),
        ("entries", _entries(rng)),
    ):
        kobo.write_csv(folder / f"{name}.csv", rows, bom=False)


def _each() -> list[tuple[str, int, list[str]]]:
    """Return partnership, wave and members of every cycle, oldest first."""
    return [
        (name, wave, list(members))
        for wave in range(len(story.PERIODS))
        for name, (since, members) in PARTNERSHIPS.items()
        if wave >= since
    ]


def _cycles(rng: np.random.Generator) -> Rows:
    rows = [["Cycle", "Theme", "Partnership", "Planned start", "Planned end", "Start", "End", "Steps", "Products"]]
    for partnership, wave, _ in _each():
        planned = first_day(wave) + dt.timedelta(days=5)
        due = planned + dt.timedelta(days=155)
        start = planned + dt.timedelta(days=int(rng.integers(0, 10)))
        late = 30 if partnership == _LATE else 12 - 6 * wave
        end = due + dt.timedelta(days=late + int(rng.integers(-6, 12)))
        expected = EXPECTED[:3] if partnership == _LATE else EXPECTED
        rows.append([
            f"{partnership}-{wave + 1}", THEMES[partnership], partnership, planned.isoformat(), due.isoformat(),
            start.isoformat(), end.isoformat() if end <= _DATA_END else "", "; ".join(STEPS), "; ".join(expected),
        ])  # fmt: skip
    return rows


def _questions(rng: np.random.Generator) -> Rows:
    rows = [["No", "Cycle", "Question", "Asked by", "Concerns", "State", "Sure", "Answer", "Asked", "Closed"]]
    names = partner_names()
    for partnership, wave, members in _each():
        for ask in rng.permutation(_ASKS)[: int(rng.integers(2, 4))]:
            number = f"Q-{len(rows):03}"
            asked = first_day(wave) + dt.timedelta(days=int(rng.integers(8, 25)))
            closes = asked + dt.timedelta(days=int(rng.integers(70, 150)))
            chance = float(rng.random())
            is_closed = chance < 0.35 + 0.15 * wave - (0.3 if partnership == _LATE else 0)
            state = ("dropped" if chance < 0.06 else "answered") if is_closed and closes <= _DATA_END else (
                "advanced" if rng.random() < 0.5 else "open")  # fmt: skip
            ended = state in ("answered", "dropped")
            linked = members[: int(rng.integers(1, len(members) + 1))]
            rows.append([
                number, f"{partnership}-{wave + 1}", f"{THEMES[partnership]}: {ask}?",
                names[str(rng.choice(members))], "; ".join(names[one] for one in linked), state,
                *((str(int(rng.integers(1, 4))), f"answers/{number}.md") if state == "answered" else ("", "")),
                asked.isoformat(), closes.isoformat() if ended else "",
            ])  # fmt: skip
    return rows


def _problems(rng: np.random.Generator) -> Rows:
    rows = [["No", "Raised", "Organisation", "Problem", "Cycle", "Partnership", "Attempts", "Solved", "Solved on"]]
    names = partner_names()
    for partnership, wave, members in _each():
        if rng.random() < 0.7:
            raised = first_day(wave) + dt.timedelta(days=int(rng.integers(20, 80)))
            is_solved = bool(rng.random() < 0.45 + 0.12 * wave)
            solved = raised + dt.timedelta(days=int(rng.integers(10, 70)))
            rows.append([
                f"P-{len(rows):03}", raised.isoformat(), names[str(rng.choice(members))], str(rng.choice(_PROBLEMS)),
                f"{partnership}-{wave + 1}", partnership, str(int(rng.integers(1, 5))), "yes" if is_solved else "no",
                solved.isoformat() if is_solved else "",
            ])  # fmt: skip
    return rows


def _adaptations(rng: np.random.Generator) -> Rows:
    rows = [["No", "Insight on", "Insight", "Decided on", "What changed", "Organisation", "Cycle", "Partnership"]]
    names = partner_names()
    for partnership, wave, members in _each():
        for _ in range(int(rng.integers(1, 3))):
            noticed = first_day(wave) + dt.timedelta(days=int(rng.integers(30, 120)))
            decided = noticed + dt.timedelta(days=int(rng.integers(15, 110 - 15 * wave)))
            acted = bool(rng.random() < (0.3 if partnership == _LATE else 0.6)) and decided <= _DATA_END
            rows.append([
                f"I-{len(rows):03}", noticed.isoformat(), str(rng.choice(_PROBLEMS)),
                decided.isoformat() if acted else "", str(rng.choice(_CHANGES)) if acted else "",
                names[str(rng.choice(members))], f"{partnership}-{wave + 1}", partnership,
            ])  # fmt: skip
    return rows


def _entries(rng: np.random.Generator) -> Rows:
    rows = [["Joined", "Organisation", "Person", "Item", "Score", "Turned round"]]
    names = partner_names()
    for place, (partner, told) in enumerate(story.PARTNERS.items()):
        joined = first_day(told.since) + dt.timedelta(days=2 + place)
        for person in range(1, max(told.respondents // 2, 4) + 1):
            openness = told.start + float(rng.normal(0, 0.6))
            for item in CHECKLIST:
                turned = item == CHECKLIST[-1]
                score = float(np.clip(round(openness + float(rng.normal(0, 0.7))), 1, 5))
                shown = 6 - score if turned else score
                rows.append([joined.isoformat(), names[partner], f"{told.code}-{person:02}", item, f"{shown:.0f}",
                             "yes" if turned else "no"])  # fmt: skip
    return rows
