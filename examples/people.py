"""The people who answer: who they are in each wave, how they rate, when they send."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import numpy as np

from melflow.examples import story

#: Hours from UTC where a partner's people work.
OFFSET_HOURS = {
    "arrayanza": -5, "brisas": -5, "cumbral": -5, "kiserua": 3, "labo": 1,
    "ndamar": 0, "nexo": -6, "orilla": -6, "tululi": 3, "valle": -5,
}  # fmt: skip
LATE = ("ndamar", len(story.PERIODS) - 1)  # the partner that reports after the due date, and its wave
_ABSENT, _LEAVES, _DONT_KNOW, _REFUSES_USE = 0.05, 0.06, 0.01, 0.005
_SCALE = ("strongly_disagree", "disagree", "neither", "agree", "strongly_agree")


@dataclass(frozen=True)
class Person:
    """A respondent: the code on the form and how far it rates above the mean, in points of the scale."""

    code: str
    effect: float


#: Partner -> wave -> its people.
Staff = dict[str, list[list[Person]]]


def first_day(wave: int) -> dt.date:
    """Return the first day of a wave's half-year."""
    year, half = story.PERIODS[wave].split("-H")
    return dt.date(int(year), 1 if half == "1" else 7, 1)


def staff(rng: np.random.Generator) -> Staff:
    """Return partner -> wave -> people; some leave between waves and are replaced."""
    teams = {partner: (told.code, told.respondents) for partner, told in story.PARTNERS.items()}
    teams[story.FACILITATOR] = ("NX", max(story.THIRD_PARTY.values()))
    people: dict[str, list[list[Person]]] = {}
    for partner, (prefix, size) in teams.items():
        number = size
        team = [Person(f"{prefix}-{n:03}", rng.normal(0, 0.35)) for n in range(1, size + 1)]
        people[partner] = [team]
        for _ in story.PERIODS[1:]:
            team = list(team)
            for seat in np.flatnonzero(rng.random(size) < _LEAVES):
                number += 1
                team[seat] = Person(f"{prefix}-{number:03}", rng.normal(0, 0.35))
            people[partner].append(team)
    return people


def present(rng: np.random.Generator, team: list[Person]) -> list[Person]:
    """Return the people of a team who answer this time."""
    return [person for person in team if rng.random() >= _ABSENT]


def rate(rng: np.random.Generator, mean: float, person: Person, reverse: bool) -> str:
    """Return the choice a person ticks on a statement whose latent mean is given on the 1 to 5 scale."""
    if rng.random() < _DONT_KNOW:
        return "dont_know"
    points = int(np.clip(round(mean + person.effect + rng.normal(0, 0.7)), 1, 5))
    return _SCALE[5 - points if reverse else points - 1]


def consent(rng: np.random.Generator) -> str:
    """Return whether a person agrees to the use of the answers."""
    return "no" if rng.random() < _REFUSES_USE else "yes"


@dataclass(frozen=True)
class Sitting:
    """When a form was filled in (local time) and when the server received it (UTC)."""

    start: dt.datetime
    end: dt.datetime
    received: dt.datetime

    @property
    def day(self) -> str:
        """The date collected, ISO."""
        return self.start.date().isoformat()


def sitting(rng: np.random.Generator, partner: str, wave: int) -> Sitting:
    """Return a sitting in a wave's field weeks; a late partner's forms reach the server months later."""
    year, half = story.PERIODS[wave].split("-H")
    zone = dt.timezone(dt.timedelta(hours=OFFSET_HOURS[partner]))
    first = dt.datetime(int(year), 4 if half == "1" else 10, 1, 8, 0, tzinfo=zone)
    start = first + dt.timedelta(days=int(rng.integers(0, 45)), seconds=int(rng.integers(0, 9 * 3600)))
    end = start + dt.timedelta(seconds=int(rng.integers(300, 1500)))
    wait = rng.integers(9, 5 * 24 * 60) if (partner, wave) != LATE else rng.integers(130 * 24 * 60, 150 * 24 * 60)
    return Sitting(start, end, (end + dt.timedelta(minutes=int(wait))).astimezone(dt.UTC))


def new_uuid(rng: np.random.Generator) -> str:
    """Return a random UUID that the seed decides."""
    return str(uuid.UUID(bytes=rng.bytes(16), version=4))
