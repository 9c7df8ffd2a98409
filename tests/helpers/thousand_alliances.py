"""Many small alliances, each a period of its own: the tables that the models of publication read, invented."""

from __future__ import annotations

import datetime as dt
from itertools import combinations

import numpy as np
import polars as pl

TOPICS, DIMENSIONS = ("data", "money"), ("trust",)
#: Alliances before this one are asked both topics.
_ASKED_BOTH = "0300"


class Alliances:
    """So many alliances of 3 to 15 partners: people by partner and topic, people by side of a pair, exchanges by pair.

    Attributes:
        partners: alliance (a period), partner_id, country, and people by topic.
        dyads: alliance, dyad_id, its partners, publish_level, people by side and dimension, events, meetings.
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

    def move_on(self) -> None:
        """Let some time pass: nothing new, late answers, consent withdrawn, waves of people; pairs seen by fewer."""
        kinds = self.dice.integers(0, 5, self.partners["alliance"].n_unique())
        for name, columns_ in (("partners", ["n"]), ("dyads", ["n_a", "n_b", "ab", "ba", "met"])):
            frame: pl.DataFrame = getattr(self, name)
            kind = kinds[frame["alliance"].cast(pl.Int64).to_numpy()]
            for column in columns_:
                moves = np.choose(kind, [
                    np.zeros(frame.height, int), self.dice.integers(0, 4, frame.height),
                    -self.dice.integers(0, 2, frame.height), self.dice.choice([0, 10, 25], frame.height),
                    self.dice.integers(-3, 15, frame.height),
                ])  # fmt: skip
                least = 1 if column.startswith("n") else 0
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
        quality = pl.concat([asked.with_columns(source=pl.lit("needs")),
                             forms.select(asked.columns).with_columns(source=pl.lit("health"))])  # fmt: skip
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
        said = {"source": ["needs", "health"], "instrument_id": ["needs", "health"]}
        kinds = {"instrument_id": ["needs", "health"], "kind": ["need", "health_dimension"]}
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
            "staging.stg_submissions": pl.DataFrame(said),
            "intermediate.int_items_measured": pl.DataFrame(kinds),
        }  # fmt: skip

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
