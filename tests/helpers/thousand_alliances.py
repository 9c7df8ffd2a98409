"""Many small alliances, each a period of its own: the tables that the models of publication read, invented."""

from __future__ import annotations

import datetime as dt
from itertools import combinations

import numpy as np
import polars as pl

TOPICS, DIMENSIONS = ("data", "money"), ("trust",)
ROLES = ("commissioner", "learning", "partner")
#: Alliances before this one are asked both topics.
_ASKED_BOTH = "0300"
#: The alliance of fifteen partners of which the checklist at joining is known.
_JOINED = "0129"
#: Forms of a partner that are told, whatever else.
_MANY = 12
_MOVING = {"partners": ["n", "told"], "dyads": ["n_a", "n_b", "ab", "ba", "met"], "roles": ROLES[:2], "events": ["n"]}


class Alliances:
    """So many alliances of 3 to 15 partners: people by partner, side of a pair, role and event; exchanges by pair.

    Attributes:
        partners: alliance (a period), partner_id, country, people by topic, and those who told what they expect.
        dyads: alliance, dyad_id, its partners, publish_level, people by side and dimension, events, meetings.
        roles: alliance, and how many of those who told are of two roles; the others are partners.
        events: alliance, event_id, people who said what they thought of it.
    """

    def __init__(self, n: int, dice: np.random.Generator) -> None:
        self.dice = dice
        partners, dyads = [], []
        for k in range(n):
            size = 3 + k % 13
            names = [f"a{k:04}p{i:02}" for i in range(size)]
            homes = dice.integers(0, max(1, size // 2), size)
            people = dice.integers(1, 30, size)
            partners += [
                (f"{k:04}", name, f"a{k:04}c{home}", int(m)) for name, home, m in zip(names, homes, people, strict=True)
            ]
            pairs = list(combinations(names, 2))
            chosen = dice.choice(len(pairs), min(len(pairs), 2 + size // 2), replace=False)
            levels = dice.choice(["funder", "public", "internal"], len(chosen), p=[0.75, 0.1, 0.15])
            dyads += [
                (
                    f"{k:04}",
                    "--".join(pairs[at]),
                    *pairs[at],
                    str(level),
                    *map(int, dice.integers(3, 40, 2)),
                    *map(int, dice.integers(0, 30, 3)),
                )
                for at, level in zip(sorted(chosen), levels, strict=True)
            ]
        self.partners = pl.DataFrame(partners, schema=["alliance", "partner_id", "country", "n"], orient="row")
        schema = ["alliance", "dyad_id", "partner_a", "partner_b", "publish_level", "n_a", "n_b", "ab", "ba", "met"]
        self.dyads = pl.DataFrame(dyads, schema=schema, orient="row")
        self.skipped = dice.integers(0, 3, self.partners.height)
        # In half of the alliances many of each partner told what they expect, and of some roles still few are there.
        told = dice.integers(1, 30, self.partners.height)
        is_large = pl.col("alliance").cast(pl.Int64) % 2 == 0
        told_of = pl.when(is_large).then(pl.lit(pl.Series(told)) + _MANY).otherwise(pl.lit(pl.Series(told)))
        self.partners = self.partners.with_columns(told=told_of)
        names = [f"{k:04}" for k in range(n)]
        self.roles = pl.DataFrame({"alliance": names} | {role: dice.integers(1, 26, n) for role in ROLES[:2]})
        self.events = pl.DataFrame(
            [(name, f"{name}e{at}", int(dice.integers(1, 25))) for name in names for at in range(3)],
            schema=["alliance", "event_id", "n"],
            orient="row",
        )

    def move_on(self) -> None:
        """Let some time pass: nothing new, late answers, consent withdrawn, waves of people; pairs seen by fewer."""
        kinds = self.dice.integers(0, 5, self.partners["alliance"].n_unique())
        for name, columns_ in _MOVING.items():
            frame: pl.DataFrame = getattr(self, name)
            kind = kinds[frame["alliance"].cast(pl.Int64).to_numpy()]
            for column in columns_:
                moves = np.choose(kind, [
                    np.zeros(frame.height, int), self.dice.integers(0, 4, frame.height),
                    -self.dice.integers(0, 2, frame.height), self.dice.choice([0, 10, 25], frame.height),
                    self.dice.integers(-3, 15, frame.height),
                ])  # fmt: skip
                least = 0 if column in ("ab", "ba", "met") else 1
                frame = frame.with_columns(pl.Series(column, np.maximum(frame[column].to_numpy() + moves, least)))
            setattr(self, name, frame)
        is_lowered = pl.Series(self.dice.random(self.dyads.height) < 0.03)
        level = pl.when(is_lowered).then(pl.lit("internal")).otherwise("publish_level")
        self.dyads = self.dyads.with_columns(publish_level=level)

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the tables the models of publication read."""
        # Some are asked two topics, and a few skip the second.
        asked_both = pl.col("period_id") < _ASKED_BOTH
        needs = [self._needs(TOPICS[0], self.skipped * 0), self._needs(TOPICS[1], self.skipped).filter(asked_both)]
        sides = pl.concat(
            [
                self.dyads.select(
                    "dyad_id", rater_side=pl.lit(side), dimension=pl.lit(dimension), period_id="alliance",
                    n_respondents=n,
                )
                for side, n in (("A_of_B", "n_a"), ("B_of_A", "n_b"))
                for dimension in DIMENSIONS
            ]
        )  # fmt: skip
        pairs = [
            self.dyads.select(
                "dyad_id", dimension=pl.lit(dimension), period_id="alliance", n_a_of_b="n_a", n_b_of_a="n_b",
                n_respondents=pl.col("n_a") + pl.col("n_b"), mean_of_sides=pl.lit(50.0),
            )
            for dimension in DIMENSIONS
        ]  # fmt: skip
        by_side = [self.dyads.select(period_id="alliance", partner_id=f"partner_{at}", n=f"n_{at}") for at in "ab"]
        forms = pl.concat(by_side).group_by("partner_id", "period_id").agg(submissions=pl.col("n").sum())
        asked = self.partners.select("partner_id", period_id="alliance", submissions="n")
        told = self.partners.select("partner_id", period_id="alliance", submissions="told")
        heard = self.events.group_by(period_id="alliance").agg(submissions=pl.col("n").sum()).select(
            "period_id", "submissions", partner_id=pl.format("a{}p00", "period_id")
        )  # fmt: skip
        kinds = {"needs": asked, "health": forms, "expectations": told, "feedback": heard}
        quality = pl.concat(
            [of.select(asked.columns).with_columns(source=pl.lit(source)) for source, of in kinds.items()]
        )
        flows = self.dyads.select(
            "dyad_id", "ab", "ba", period_id="alliance", measure=pl.lit("events"), channel=pl.lit("all"),
            flow_total=(pl.col("ab") + pl.col("ba")).cast(pl.Float64),
        ).filter(pl.col("flow_total") > 0)  # fmt: skip
        network = flows.group_by("period_id", "measure", "channel").agg(pl.col("flow_total").sum())
        met = self.dyads.select(
            scope=pl.lit("dyad"), scope_id="dyad_id", period_id="alliance", resource=pl.lit("hosting"),
            unit=pl.lit("meetings"), total=pl.col("met").cast(pl.Float64),
        )  # fmt: skip
        all_met = met.group_by("period_id", "resource", "unit").agg(pl.col("total").sum())
        alliance = pl.lit("alliance")
        names = self.partners["alliance"].unique().sort()
        day = pl.lit(dt.date(2025, 1, 1))
        periods = pl.DataFrame({"period_id": names}).select(
            "period_id", label="period_id", starts_on=day, ends_on=day, ordinal=pl.int_range(pl.len())
        )
        asking = {"source": [*kinds], "instrument_id": [*kinds]}
        kind_of = {"instrument_id": [*kinds], "kind": ["need", "health_dimension", "expectation", "feedback"]}
        roles = self.by_role()
        gaps = roles.join(roles, on=["period_id", "construct_id"], suffix="_b").filter(
            pl.col("role") < pl.col("role_b")
        )
        return {
            "marts.mart_needs_baseline": pl.concat(needs),
            "marts.mart_partnership_health": sides.with_columns(is_suppressed=pl.col("n_respondents") < 5),
            "marts.mart_health_dyad": pl.concat(pairs).with_columns(
                is_suppressed=pl.min_horizontal("n_a_of_b", "n_b_of_a") < 5
            ),
            "marts.dim_dyad": self.dyads.select("dyad_id", "partner_a", "partner_b", "publish_level"),
            "marts.dim_partner": self.partners.select("partner_id", "country", name="partner_id", joined_on=day),
            "marts.dim_period": periods,
            "staging.stg_periods": periods,
            "marts.mart_data_quality": quality,
            "marts.mart_mutuality_dyad": flows.drop("ab", "ba"),
            "marts.mart_network_period": network,
            "marts.mart_power_balance": pl.concat(
                [met, all_met.select(scope=alliance, scope_id=alliance, period_id="period_id", resource="resource",
                                     unit="unit", total="total")]
            ),
            "intermediate.int_strata_listed": self.dyads.select(
                "dyad_id", attribute=pl.lit("set_up"), stratum=(pl.col("n_a") % 2).cast(pl.String)
            ),
            "marts.mart_capability_score": asked.select(
                "partner_id", "period_id", capability=pl.lit("adapt"), level=pl.lit("individual"), rater=pl.lit("self"),
                n_respondents="submissions", is_suppressed=pl.col("submissions") < 5,
            ),
            "marts.mart_entry_profile": self._entries(),
            "intermediate.int_entries_estimated": self._entries(),
            "staging.stg_submissions": pl.DataFrame(asking),
            "intermediate.int_items_measured": pl.DataFrame(kind_of),
            "intermediate.int_expectations_aggregated": roles,
            "marts.mart_expectation_gap": gaps.select(
                "period_id", expectation="construct_id", role_a="role", role_b="role_b", n_a="n", n_b="n_b"
            ),
            "marts.mart_feedback": pl.concat(
                [
                    self.events.select("event_id", period_id="alliance", item=pl.lit("useful"), n_respondents="n"),
                    heard.select(
                        "period_id", event_id=pl.lit("all"), item=pl.lit("useful"), n_respondents="submissions"
                    ).select("event_id", "period_id", "item", "n_respondents"),
                ]
            ),
        }  # fmt: skip

    def by_role(self) -> pl.DataFrame:
        """Return how many of each role told what they expect: period_id, role, n; the rest are partners."""
        told = self.partners.group_by("alliance").agg(pl.col("told").sum())
        third = pl.col("told") // 3
        roles = self.roles.join(told, on="alliance", maintain_order="left").with_columns(
            pl.min_horizontal(role, pl.max_horizontal(third, 1)).alias(role) for role in ROLES[:2]
        )
        rest = pl.col("told") - pl.sum_horizontal(ROLES[:2])
        return (
            roles.with_columns(rest.alias(ROLES[2]))
            .unpivot(ROLES, index="alliance", variable_name="role", value_name="n")
            .select("role", "n", period_id="alliance", construct_id=pl.lit("learn"))
            .filter(pl.col("n") > 0)
            .sort("period_id", "role")
        )

    def _entries(self) -> pl.DataFrame:
        """Return how many filled in the checklist at joining in one alliance: it has no period."""
        people = self.partners.filter(alliance=_JOINED)
        total = people.select(pl.col("told").sum(), scope=pl.lit("alliance"), scope_id=pl.lit("alliance"))
        cells = [people.select("told", scope=pl.lit("partner"), scope_id="partner_id"), total]
        return pl.concat(cells).select("scope", "scope_id", item=pl.lit("all"), n_respondents="told")

    def _needs(self, topic: str, skipped: np.ndarray) -> pl.DataFrame:
        n = pl.Series("n", np.maximum(self.partners["n"].to_numpy() - skipped, 1))
        people = self.partners.with_columns(n)
        scopes = {"partner": pl.col("partner_id"), "country": pl.col("country"), "alliance": pl.lit("alliance")}
        return pl.concat(
            [
                people.group_by(scope_id=scope_id, period_id="alliance")
                .agg(n_respondents=pl.col("n").sum(), n_partners=pl.len())
                .select(
                    "scope_id", "period_id", "n_respondents", "n_partners", scope=pl.lit(scope), topic=pl.lit(topic)
                )
                for scope, scope_id in scopes.items()
            ]
        )
