"""What partners say they learned from each other, as they write it down: a claim a line.

The story of the pairs again: where Valle Sereno and Puerto Brisal turn mutual, the town that came to teach learns as
often in the end as it is learned from. Some claims are asked about again later, and every fourth type is coded twice.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np

from melflow.examples import story
from melflow.examples.exchanges import TOPICS
from melflow.examples.forms import partner_names

#: A pair writes down one claim for about so many exchanges.
_EXCHANGES_A_CLAIM = 7
#: In both of their partnerships another part is meant for the pump maker: here the claim itself must say which.
_SAYS_ITS_PART = ("arrayanza", "cumbral")
_KINDS = ("organisational practice", "intervention", "knowledge")
_LEVELS = ("individual", "institutional", "contextual")
_USERS = ("Water committee", "Farmers' group", "School club", "Meter readers")
#: Months after a claim at which it is asked about again, and how often that comes about.
_FOLLOW_UPS = {3: 0.5, 6: 0.4, 12: 0.3}
_DAYS_A_MONTH = 30.5


def write(inbox: Path, rng: np.random.Generator, later: np.random.Generator) -> None:
    """Write one JSON Lines file per half-year into the inbox, and one of what was asked again.

    Args:
        inbox: The workspace's inbox.
        rng: For the claims.
        later: For what coders and follow-ups add to them.
    """
    folder = inbox / "registers" / "claims"
    folder.mkdir(parents=True, exist_ok=True)
    number = 0
    again: list[str] = []
    for wave, period in enumerate(story.PERIODS):
        lines = []
        for place, dyad in enumerate(story.DYADS):
            if wave >= dyad.since:
                for claim in _of_pair(rng, dyad, TOPICS[min(place, len(TOPICS) - 1)], wave):
                    number += 1
                    known = {"id": f"LC-{number:04}"} | claim | _coded(later, claim, is_twice=number % 4 == 0)
                    known |= {"follows": None, "asked_after": None}
                    lines.append(json.dumps(known, ensure_ascii=False))
                    again += [json.dumps(one, ensure_ascii=False) for one in _asked_again(later, known)]
        (folder / f"claims_{period}.jsonl").write_bytes(("\n".join(lines) + "\n").encode())
    (folder / "follow_ups.jsonl").write_bytes(("\n".join(again) + "\n").encode())


def _coded(later: np.random.Generator, claim: dict[str, object], *, is_twice: bool) -> dict[str, object]:
    """Return who uses it, and who coded its type; the second coder mostly sees what the first saw."""
    user, other = str(later.choice(_USERS)), str(later.choice(_KINDS))
    is_local, agrees = later.random() < 0.6, later.random() < 0.8
    second = {"second_what": claim["what"] if agrees else other, "second_coder": "ben"}
    return {"used_by": f"{user} of {claim['who_learned']}" if is_local else None, "coder": "ana"} | (
        second if is_twice else {}
    )


def _asked_again(later: np.random.Generator, claim: dict[str, object]) -> list[dict[str, object]]:
    """Return the follow-ups of a claim that are made by the end of the calendar: use gets further with time."""
    last = dt.date(int(story.PERIODS[-1][:4]), 6, 30)
    rung, evidence, found = int(str(claim["rung"])), int(str(claim["evidence"])), []
    for months, share in _FOLLOW_UPS.items():
        is_made, up, better, late = (
            later.random() < share,
            later.poisson(0.7),
            later.integers(0, 2),
            later.integers(0, 15),
        )
        day = dt.date.fromisoformat(str(claim["date"])) + dt.timedelta(days=round(months * _DAYS_A_MONTH) + int(late))
        if is_made and day <= last:
            rung, evidence = min(rung + int(up), 7), min(evidence + int(better), 3)
            found.append(claim | {
                "id": f"{claim['id']}-{months}M", "date": day.isoformat(), "rung": rung, "evidence": evidence,
                "adapted": bool(claim["adapted"] or rung >= 6), "follows": claim["id"],
                "asked_after": f"{months} months",
            })  # fmt: skip
    return found


def _of_pair(rng: np.random.Generator, dyad: story.DyadStory, topic: str, wave: int) -> list[dict[str, object]]:
    """Return a pair's claims of a wave: each side learns the share of what the other gives."""
    names = partner_names()
    size = round(dyad.exchanges / _EXCHANGES_A_CLAIM)
    by_b = round(story.between(dyad.share_a, dyad.progress(wave)) * size)
    year, half = story.PERIODS[wave].split("-H")
    first = dt.date(int(year), 1 if half == "1" else 7, 1)
    claims: list[dict[str, object]] = []
    for place in range(size):
        learner, source = (dyad.b, dyad.a) if place < by_b else (dyad.a, dyad.b)
        # Use takes time: what was learned gets further up the ladder from wave to wave.
        rung = int(np.clip(rng.poisson(1.6 + wave), 0, 7))
        claims.append({
            "date": (first + dt.timedelta(days=int(rng.integers(10, 175)))).isoformat(),
            "who_learned": names[learner],
            "meant_to_be": _part(learner) if (dyad.a, dyad.b) == _SAYS_ITS_PART else None,
            "from_whom": names[source],
            "practice": f"{topic}-{int(rng.integers(1, 5))}",
            "what": str(rng.choice(_KINDS)),
            "capability": str(rng.choice(list(story.CAPABILITIES))),
            "level": str(rng.choice(_LEVELS, p=(0.6, 0.3, 0.1))),
            "rung": rung,
            "expected": bool(rng.random() < 0.7),
            "adapted": bool(rung >= 4 and rng.random() < 0.6),
            "new_to_us": bool(rng.random() < (0.1 if dyad.dimensions else 0.45)),  # the echo chamber hears little new
            "from_outside": bool(rng.random() < 0.1),
            "evidence": min(3, int(rng.integers(0, 2)) + rung // 3),
            "may_be_published": bool(rng.random() < 0.5),
        })  # fmt: skip
    return claims


def _part(learner: str) -> str:
    return "resource" if learner == "arrayanza" else "peer"
