"""What is true in the example alliance: the latent values every generated answer is drawn around.

Everything is invented. Ratings are on the forms' scale from 1 to 5; shares run from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

SEED = 20261122
PERIODS = ("2024-H2", "2025-H1", "2025-H2", "2026-H1")
CAPABILITIES = {
    "commit_engage": "commit",
    "carry_out_deliver": "deliver",
    "relate_attract": "relate",
    "balance_diversity_coherence": "balance",
    "adapt_renew": "renew",
}
#: How much of a partner's growth a level has shown by the last wave: people first, context last.
LEVEL_GROWTH = {
    "individual": (0.0, 0.55, 0.85, 1.0),
    "institutional": (0.0, 0.15, 0.6, 0.9),
    "contextual": (0.0, 0.05, 0.15, 0.3),
}
CAPABILITY_OFFSET = {
    "commit_engage": 0.25,
    "carry_out_deliver": 0.05,
    "relate_attract": 0.1,
    "balance_diversity_coherence": -0.2,
    "adapt_renew": -0.15,
}


@dataclass(frozen=True)
class PartnerStory:
    """One partner's capability over the waves.

    Attributes:
        language: Language of its forms and logs: en, es or fr.
        respondents: Staff asked in each capability wave.
        start: Mean rating in the first wave.
        growth: Points a fully grown level gains until the last wave; 0 stays flat.
        code: Prefix of its respondent codes.
        since: Position of its first wave in the calendar.
    """

    language: str
    respondents: int
    start: float
    growth: float
    code: str
    since: int = 0


PARTNERS = {
    "arrayanza": PartnerStory("es", 8, 3.3, 0.5, "AR", since=1),  # too few people to publish
    "brisas": PartnerStory("es", 20, 3.2, 1.0, "PB"),
    "cumbral": PartnerStory("es", 23, 3.0, 0.8, "CU"),
    "kiserua": PartnerStory("en", 26, 3.1, 0.9, "KI"),
    "labo": PartnerStory("fr", 16, 3.5, 0.6, "LS"),
    "ndamar": PartnerStory("fr", 18, 2.9, 1.1, "ND"),
    "orilla": PartnerStory("es", 18, 3.3, 0.0, "OC"),  # the flat one
    "tululi": PartnerStory("en", 24, 2.8, 0.9, "TU"),
    "valle": PartnerStory("es", 25, 2.8, 1.3, "VS"),
}
FACILITATOR = "nexo"  # rates three dyads from outside, takes part in none


@dataclass(frozen=True)
class DyadStory:
    """One pair of partners: what each side says of the other and what flows between them.

    Attributes:
        a: First partner by alphabet; side A.
        b: Second partner.
        people: Staff asked on side A and on side B in each health wave.
        health_a: Mean rating by A of B, first and last period.
        health_b: Mean rating by B of A, first and last period.
        exchanges: Exchanges in each period the pair is active.
        share_a: Share of them that A gives, first and last period.
        dimensions: Means of single dimensions, both sides alike, first and last period.
        since: Position of the first active period in the calendar.
    """

    a: str
    b: str
    people: tuple[int, int]
    health_a: tuple[float, float]
    health_b: tuple[float, float]
    exchanges: int
    share_a: tuple[float, float]
    dimensions: dict[str, tuple[float, float]] = field(default_factory=dict)
    since: int = 0

    @property
    def dyad_id(self) -> str:
        """The two partner ids as the marts join them."""
        return f"{self.a}--{self.b}"

    def progress(self, wave: int) -> float:
        """Return how far the pair is in its story in a wave, from 0 to 1."""
        return (wave - self.since) / (len(PERIODS) - 1 - self.since)

    def mean(self, side: str, dimension: str, wave: int) -> float:
        """Return the latent mean rating of a side ("a", "b" or "third") on a health dimension, 1 to 5."""
        step = self.progress(wave)
        if dimension in self.dimensions:
            return between(self.dimensions[dimension], step)
        sides = {"a": [self.health_a], "b": [self.health_b], "third": [self.health_a, self.health_b]}[side]
        warmth = sum(between(ends, step) for ends in sides) / len(sides)
        return 6.0 - warmth if dimension == "mistrust" else warmth


def between(ends: tuple[float, float], step: float) -> float:
    """Return the value a step (0 to 1) of the way from the first end to the second."""
    return ends[0] + (ends[1] - ends[0]) * step


_ECHO = {
    "trust": (4.6, 4.7),
    "affective_bond": (4.6, 4.7),
    "mistrust": (1.4, 1.3),
    "openness_challenge": (2.1, 1.9),
}
DYADS = (
    DyadStory("brisas", "valle", (16, 16), (3.0, 4.2), (2.6, 4.3), 68, (0.94, 0.51)),  # turns mutual
    DyadStory("ndamar", "valle", (14, 14), (4.1, 4.4), (4.2, 4.4), 36, (0.5, 0.5)),  # healthy, no results
    DyadStory("orilla", "valle", (15, 15), (3.8, 3.9), (3.8, 3.9), 32, (0.45, 0.45), _ECHO),
    DyadStory("kiserua", "tululi", (15, 15), (4.2, 4.3), (2.7, 2.6), 34, (0.75, 0.7)),  # seen very differently
    DyadStory("cumbral", "valle", (13, 14), (2.8, 3.0), (2.7, 2.9), 26, (0.85, 0.85), since=2),  # cool, but delivers
    DyadStory("kiserua", "labo", (14, 13), (3.4, 3.9), (3.5, 3.9), 32, (0.3, 0.4)),
    DyadStory("kiserua", "ndamar", (13, 13), (3.1, 3.6), (3.2, 3.6), 20, (0.55, 0.5)),
    DyadStory("labo", "ndamar", (13, 13), (3.6, 4.0), (3.4, 3.9), 30, (0.8, 0.65)),
    DyadStory("arrayanza", "orilla", (6, 13), (3.2, 3.6), (3.3, 3.5), 24, (0.4, 0.45), since=1),
    DyadStory("arrayanza", "tululi", (6, 13), (3.3, 3.5), (3.0, 3.4), 22, (0.6, 0.55), since=1),
    DyadStory("arrayanza", "cumbral", (5, 12), (3.1, 3.3), (3.2, 3.4), 18, (0.5, 0.5), since=1),
    DyadStory("cumbral", "orilla", (13, 13), (3.4, 3.6), (3.3, 3.7), 24, (0.6, 0.55), since=1),
    DyadStory("cumbral", "tululi", (12, 13), (3.2, 3.5), (3.1, 3.5), 22, (0.7, 0.6), since=1),
    DyadStory("orilla", "tululi", (13, 13), (3.6, 3.9), (3.5, 3.9), 26, (0.6, 0.5), since=1),
)
THIRD_PARTY = {"brisas--valle": 12, "kiserua--tululi": 12, "orilla--valle": 12}  # facilitators asked per wave


def capability_mean(partner: str, capability: str, level: str, wave: int) -> float:
    """Return the latent mean rating of a partner on a capability and level in a wave, 1 to 5."""
    story = PARTNERS[partner]
    return story.start + CAPABILITY_OFFSET[capability] + story.growth * LEVEL_GROWTH[level][wave]


def active(wave: int) -> Iterator[DyadStory]:
    """Yield the pairs that work together in a wave."""
    return (dyad for dyad in DYADS if wave >= dyad.since)
