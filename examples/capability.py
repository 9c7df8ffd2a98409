"""Answers to the capability form, as rows with the form's own question names."""

from __future__ import annotations

import datetime as dt
from itertools import count

import numpy as np

from melflow.examples import people, story
from melflow.examples.forms import CAPABILITY_V1, CAPABILITY_V2, OLD_CUMBRAL, RENAMED, WAYS, wording

Row = dict[str, str]  # question name or export column -> value
Waves = dict[tuple[str, int], list[Row]]  # (partner, wave) -> its submissions

#: Kobo's own name of a deployed form version, as the exports carry it.
DEPLOYED = {CAPABILITY_V1: "vQ7mZr2LkT", CAPABILITY_V2: "vX3hNb8WpE"}
_OTHER_WAYS = {
    "en": ("A radio programme", "Reading the partner's notice board"),
    "es": ("Un programa de radio", "La cartelera de la otra oficina"),
    "fr": ("Une émission de radio", "Le tableau d'affichage du partenaire"),
}


def version_of(wave: int) -> str:
    """Return the form version in the field in a wave."""
    return CAPABILITY_V1 if story.PERIODS[wave] < "2025-H2" else CAPABILITY_V2


def submissions(rng: np.random.Generator, staff: dict[str, list[list[people.Person]]]) -> Waves:
    """Return what every partner's people answered in every wave, in the order the server received it."""
    ids = count(48_211_907)
    waves: Waves = {}
    for wave in range(len(story.PERIODS)):
        for partner, told in story.PARTNERS.items():
            if wave < told.since:
                continue
            version = version_of(wave)
            team = people.present(rng, staff[partner][wave])
            rows = [_answer(rng, partner, person, wave, version) for person in team]
            rows.sort(key=lambda row: row["_submission_time"])
            waves[partner, wave] = [row | {"_id": str(next(ids))} for row in rows]
    return waves


def _answer(rng: np.random.Generator, partner: str, person: people.Person, wave: int, version: str) -> Row:
    when = people.sitting(rng, partner, wave)
    language = story.PARTNERS[partner].language
    ways = [way for way in WAYS if rng.random() < (0.08 if way == "other" else 0.45)] or ["call"]
    row = {
        "start": stamp(when.start),
        "end": stamp(when.end),
        "partner": OLD_CUMBRAL if partner == "cumbral" and version == CAPABILITY_V1 else partner,
        "respondent": person.code,
        "consent": people.consent(rng),
        "date_collected": when.day,
        "years_in_role": str(int(rng.gamma(2.0, 3.0))),
        "learned_how": " ".join(ways),
        "learned_other": str(rng.choice(_OTHER_WAYS[language])) if "other" in ways else "",
        "_uuid": people.new_uuid(rng),
        "_submission_time": when.received.strftime("%Y-%m-%dT%H:%M:%S"),
        "__version__": DEPLOYED[version],
    }
    for item in wording("capability"):
        mean = story.capability_mean(partner, item["construct"], item["level"], wave)
        name = RENAMED[1] if item["name"] == RENAMED[0] and version != CAPABILITY_V1 else item["name"]
        row[name] = people.rate(rng, mean, person, item["reverse"] == "yes")
    return row


def stamp(time: dt.datetime) -> str:
    """Return a time as survey tools write it: ISO, milliseconds, offset."""
    return time.isoformat(timespec="milliseconds")
