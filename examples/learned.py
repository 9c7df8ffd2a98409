"""What came of the learning: stories, responses of actors, nominations, and the stories coded by two people."""

from __future__ import annotations

import csv
import datetime as dt
from hashlib import sha256
from pathlib import Path

import numpy as np

from melflow.examples import story
from melflow.examples.forms import partner_names

Rows = list[list[str]]
#: first wave it is told in, learner, source, both ways, planned, rung, confirmed, consent, title, words, codes
_STORIES = (
    (0, "valle", "brisas", "no", "yes", 4, "yes", "yes", "The ledger that everybody can read",
     "We saw how the port town hangs its water accounts on the door. Ours hang there now too.", "openness"),
    (1, "brisas", "valle", "no", "no", 6, "yes", "yes", "Teachers who took notes",
     "We came to teach. Then their meter readers showed us a route that saves a day a week, and we walk it now.",
     "reverse; saving"),
    (1, "ndamar", "valle", "yes", "no", 5, "yes", "yes", "Two towns, one leak",
     "We looked for the same leak from both ends of a pipe plan, and both of us redrew our plans.", "both; saving"),
    (2, "tululi", "kiserua", "no", "yes", 3, "no", "yes", "Waiting for the pump",
     "The county explained the new pump. We have not got it yet.", "obstacle"),
    (2, "orilla", "valle", "yes", "no", 6, "yes", "no", "What we told nobody",
     "We changed how we pay the night shift after their visit.", "money"),
    (3, "valle", "ndamar", "no", "no", 7, "yes", "yes", "Children who measure",
     "Their school club measures the well. Ours does now, and the council reads the numbers first thing.",
     "openness; saving"),
    (3, "brisas", "valle", "no", "no", 6, "yes", "yes", "A meeting that starts with failures",
     "We took over their habit to begin with what went wrong. The first month was quiet, then it was not.", "openness"),
    (3, "arrayanza", "orilla", "no", "yes", 5, "no", "no", "Spare parts",
     "They asked us for parts that last.", "money"),
)  # fmt: skip
_CODES = {
    "openness": ("Openness", "Speaks of showing or saying what was kept inside before."),
    "reverse": ("The teacher learns", "Whoever was meant to teach tells what it learned."),
    "both": ("Both sides", "Both sides changed something."),
    "saving": ("Time or water saved", "Names something that takes less time, water or work now."),
    "money": ("Money", "Speaks of pay, prices or a budget."),
    "obstacle": ("Something in the way", "Names what kept the learning from being used."),
    "hands_on": ("Hands on", "Liked to handle or see the thing itself."),
    "time": ("Time", "Speaks of too little, or too much, time."),
    "own_case": ("Our own case", "Says that the participants chose what it was about."),
}
#: What a remark after an event is about, by a word in it.
_REMARKS = {"pumps": "hands_on", "time": "time", "chose": "own_case"}
#: Where the second coder sees it otherwise: place of the story -> codes.
_SEEN_OTHERWISE = {2: "both", 5: "openness"}
#: level of the actors -> weights of valence -2 … 2.
_ACTORS = {
    "community": ("water committee", (0, 1, 2, 5, 4)),
    "local": ("town council", (1, 2, 2, 4, 2)),
    "regional": ("basin office", (2, 3, 3, 2, 1)),
    "national": ("ministry of water", (3, 4, 3, 2, 0)),
}
_NAMED = {"valle": 4, "ndamar": 3, "brisas": 2, "labo": 2, "orilla": 1}


def write(inbox: Path, rng: np.random.Generator, remarks: list[tuple[str, str]]) -> None:
    """Write the registers of stories, responses, nominations, codes and codings into the inbox.

    Args:
        inbox: The workspace's inbox.
        rng: For all of them.
        remarks: Id and words of the remarks after events, which are coded too.
    """
    folder = inbox / "registers" / "learning"
    _write(folder / "stories.csv", _stories(rng))
    _write(folder / "responses.csv", _responses(rng))
    _write(folder / "nominations.csv", _nominations(rng))
    since = str(_day(rng, 0))
    codes = [[code, since, label, meaning] for code, (label, meaning) in _CODES.items()]
    _write(folder / "codebook.csv", [["code", "decided_on", "label", "definition"], *codes])
    _write(folder / "codings.csv", _codings(rng, remarks))


def _write(path: Path, rows: Rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def _day(rng: np.random.Generator, wave: int) -> dt.date:
    year, half = story.PERIODS[wave].split("-H")
    return dt.date(int(year), 1 if half == "1" else 7, 1) + dt.timedelta(days=int(rng.integers(10, 150)))


def _stories(rng: np.random.Generator) -> Rows:
    names = partner_names()
    rows = [["id", "told_on", "teller", "learner", "source", "both_ways", "planned", "rung", "confirmed_on",
             "confirmed_by", "may_be_published", "title", "story"]]  # fmt: skip
    for place, (wave, learner, source, both, planned, rung, confirmed, consent, title, words, _) in enumerate(_STORIES):
        told = _day(rng, wave)
        day, who = (str(told + dt.timedelta(days=14)), "the alliance's secretariat") if confirmed == "yes" else ("", "")
        rows.append([f"ST-{place + 1:02}", str(told), names[learner], names[learner], names[source], both, planned,
                     str(rung), day, who, consent, title, words])  # fmt: skip
    return rows


def _responses(rng: np.random.Generator) -> Rows:
    names, rows = partner_names(), [["id", "seen_on", "seen_by", "actor", "where", "about", "valence", "weight"]]
    for wave in range(len(story.PERIODS)):
        for level, (actor, weights) in _ACTORS.items():
            # From wave to wave resistance gives way a little
            shares = np.array(weights, dtype=float) + np.array([0, 0, 0, wave, wave]) / 2
            for valence in rng.choice(5, size=6, p=shares / shares.sum()) - 2:
                partner = str(rng.choice(sorted(_NAMED)))
                rows.append([f"AR-{len(rows):03}", str(_day(rng, wave)), names[partner],
                             f"{actor} of {names[partner]}", level, f"practice-{rng.integers(1, 5)}",
                             str(valence), str(rng.integers(1, 4))])  # fmt: skip
    return rows


def _nominations(rng: np.random.Generator) -> Rows:
    names, rows = partner_names(), [["id", "day", "who_names", "whom", "code", "for_what"]]
    for wave in range(len(story.PERIODS)):
        for nominee, size in _NAMED.items():
            others = [partner for partner in sorted(_NAMED | {"kiserua": 0, "tululi": 0}) if partner != nominee]
            for nominator in rng.choice(others, size=size, replace=False):
                rows.append([f"NO-{len(rows):03}", str(_day(rng, wave)), names[str(nominator)], names[nominee],
                             f"{nominee[:2].upper()}-{rng.integers(1, 3)}", "peer visits"])  # fmt: skip
    return rows


def _codings(rng: np.random.Generator, remarks: list[tuple[str, str]]) -> Rows:
    """Return the sheets of two coders as they came back; the ids are those `melflow coding export` writes."""
    rows = [["text_id", "coder", "coded_on", "code", "is_quotable"]]
    coded = str(_day(rng, len(story.PERIODS) - 1))
    for place, (*_, words, codes) in enumerate(_STORIES):
        text_id = _text_id(f"story|register_stories:ST-{place + 1:02}|{words}")
        rows.append([text_id, "ana", coded, codes, "yes"])
        if place % 2 == 0 or place in _SEEN_OTHERWISE:
            rows.append([text_id, "ben", coded, _SEEN_OTHERWISE.get(place, codes), "yes"])
    for place, (number, words) in enumerate(remarks):
        text_id = _text_id(f"kobo_events:{number}||remark|{words}")
        seen = next(code for word, code in _REMARKS.items() if word in words)
        rows.append([text_id, "ana", coded, seen, "yes"])
        if place % 2 == 0:
            rows.append([text_id, "ben", coded, "none" if place % 10 == 4 else seen, "yes"])
    return rows


def _text_id(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
