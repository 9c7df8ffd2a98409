"""What partners say they learned from each other, as they write it down: a claim a line.

The story of the pairs again: where Valle Sereno and Puerto Brisal turn mutual, the town that came to teach learns as
often in the end as it is learned from.
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


def write(inbox: Path, rng: np.random.Generator) -> None:
    """Write one JSON Lines file per half-year into the inbox."""
    folder = inbox / "registers" / "claims"
    folder.mkdir(parents=True, exist_ok=True)
    number = 0
    for wave, period in enumerate(story.PERIODS):
        lines = []
        for place, dyad in enumerate(story.DYADS):
            if wave >= dyad.since:
                for claim in _of_pair(rng, dyad, TOPICS[min(place, len(TOPICS) - 1)], wave):
                    number += 1
                    lines.append(json.dumps({"id": f"LC-{number:04}"} | claim, ensure_ascii=False))
        (folder / f"claims_{period}.jsonl").write_bytes(("\n".join(lines) + "\n").encode())


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
