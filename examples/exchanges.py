"""Acts of peer learning between the partners: who gave what to whom, before any log writes it down."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from melflow.examples import people, story

#: kind -> (unit, how often it occurs)
KINDS = {
    "advice": ("events", 0.3),
    "document": ("documents", 0.2),
    "visit": ("hours", 0.12),
    "mentoring": ("hours", 0.18),
    "data": ("documents", 0.1),
    "co-design": ("hours", 0.1),
}
_ALWAYS_IN_PERSON = {"visit"}
#: What a pair works on, in the order of the pairs; all that follow work on the last.
TOPICS = ("meters", "leaks", "accounts", "dry_months", "tariff", "measuring", "measuring", "measuring", "spare_parts")


@dataclass(frozen=True)
class Exchange:
    """One act of peer learning; quantity is in the unit of its kind, hours come in halves."""

    day: dt.date
    giver: str
    receiver: str
    kind: str
    in_person: bool
    quantity: float
    topic: str
    giver_person: str
    receiver_person: str

    @property
    def unit(self) -> str:
        """What the quantity counts: events, hours or documents."""
        return KINDS[self.kind][0]

    @property
    def wave(self) -> int:
        """Position of its period in the calendar."""
        return story.PERIODS.index(f"{self.day.year}-H{1 if self.day.month < 7 else 2}")

    def partners(self) -> set[str]:
        """Return both sides."""
        return {self.giver, self.receiver}


def exchanges(rng: np.random.Generator, staff: dict[str, list[list[people.Person]]]) -> list[Exchange]:
    """Return every exchange of the alliance by day."""
    out: list[Exchange] = []
    for number, dyad in enumerate(story.DYADS):
        for wave in range(dyad.since, len(story.PERIODS)):
            share = story.between(dyad.share_a, dyad.progress(wave))
            size = int(rng.poisson(dyad.exchanges))
            # The share is met exactly, so that the story does not drown in chance.
            for place in rng.permutation(size):
                sides = (dyad.a, dyad.b) if place < round(share * size) else (dyad.b, dyad.a)
                out.append(_one(rng, sides, TOPICS[min(number, len(TOPICS) - 1)], wave, staff))
    return sorted(out, key=lambda exchange: exchange.day)


def _one(
    rng: np.random.Generator,
    sides: tuple[str, str],
    topic: str,
    wave: int,
    staff: dict[str, list[list[people.Person]]],
) -> Exchange:
    """Return one exchange from the first side to the second."""
    kind = str(rng.choice(list(KINDS), p=[often for _, often in KINDS.values()]))
    year, half = story.PERIODS[wave].split("-H")
    first = dt.date(int(year), 1 if half == "1" else 7, 1)
    day = first + dt.timedelta(days=int(rng.integers(4, 178)))
    hours = float(rng.integers(2, 17)) / 2
    quantity = {"hours": hours, "documents": float(rng.integers(1, 4)), "events": 1.0}[KINDS[kind][0]]
    who = [str(rng.choice([person.code for person in staff[side][wave]])) for side in sides]
    in_person = kind in _ALWAYS_IN_PERSON or bool(rng.random() < 0.4)
    return Exchange(day, *sides, kind, in_person, quantity, topic, *who)
