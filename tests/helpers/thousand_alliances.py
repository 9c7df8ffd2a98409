"""A warehouse of many small alliances, each a period of its own, and what the models of publication make of it.

The tables the models read are invented; the models are those dbt has built, run as dbt has written them.
"""

from __future__ import annotations

import datetime as dt
from itertools import combinations
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from melflow.core.statistics.suppression import AUDIENCE, hidden_cells
from melflow.core.warehouse import RELEASE_FILE, connect
from melflow.flows.safety_cells import sides
from melflow.reports import linked
from melflow.reports.edition_data import EditionData

MINIMUM = 10
TOPICS, DIMENSIONS = ("data", "money"), ("trust",)
#: Alliances before this one are asked both topics.
_ASKED_BOTH = "0300"
_MODELS = Path("dbt", "target", "compiled", "melflow", "models")
#: In the order they build on each other.
_PUBLISHED = (
    "intermediate/int_quality_hidden", "publish/pub_needs_baseline", "publish/pub_feedback",
    "publish/pub_entry_profile", "publish/pub_partnership_health", "publish/pub_health_dyad",
    "publish/pub_health_strata", "publish/pub_data_quality", "publish/pub_mutuality_dyad",
    "publish/pub_network_period", "publish/pub_power_balance",
)  # fmt: skip
_EMPTY = (
    "marts.mart_feedback", "marts.mart_entry_profile", "marts.dim_partnership", "marts.dim_construct",
    "intermediate.int_entries_estimated", "intermediate.int_holdings_shared", "staging.stg_entries",
    "staging.stg_exchanges",
)  # fmt: skip
#: Schema and name of a table or view -> its columns with their types.
_COLUMNS = """
    select
        schema_name || '.' || table_name,
        string_agg('"' || column_name || '" ' || data_type, ', ' order by column_index)
    from duckdb_columns() group by all
"""


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


def publish(built: Path, tables: dict[str, pl.DataFrame], folder: Path) -> Path:
    """Run the models of publication on tables.

    Args:
        built: A warehouse dbt has built, beside what dbt wrote.
        tables: Schema and name -> rows, of columns that the models read.
        folder: For the warehouse.

    Returns:
        The warehouse; it has the name of the one dbt has built, which is in what dbt wrote.
    """
    folder.mkdir(parents=True)
    with connect(built) as con:
        made = dict(con.execute(_COLUMNS).fetchall())
    warehouse = folder / built.name
    with connect(warehouse) as con:
        for schema in ("staging", "intermediate", "marts", "publish"):
            con.execute(f"create schema if not exists {schema}")
        for name in (*_EMPTY, *tables):
            con.execute(f"create table {name} ({made[name]})")
            if name in tables:
                con.register("rows", tables[name].to_arrow())
                con.execute(f"insert into {name} by name from rows")
                con.unregister("rows")
        _run(con, built, "intermediate/int_cells_linked")
        hide(con, hidden_cells(con.execute("from intermediate.int_cells_linked").pl(), MINIMUM))
        for model in _PUBLISHED:
            _run(con, built, model)
    return warehouse


def sides_shown(warehouse: Path, data: EditionData) -> pl.DataFrame:
    """Return the sides of pairs and the forms of partners as an edition shows them, those it does not show as hidden.

    Args:
        warehouse: As ``publish`` returned it.
        data: What an edition shows of its release.
    """
    cells = sides(warehouse, "funder")
    parts = cells.filter(pl.col("cell").str.contains(" of ") & ~pl.col("cell").str.starts_with("forms"))
    health = linked.cells(data).filter(pl.col("cell").is_in(["A_of_B", "B_of_A"]), family="health")
    where = pl.col("unit").str.split("|")
    seen = health.select(
        "item",
        unit=where.list.last(),
        cell=pl.concat_str(pl.col("cell").str.slice(0, 1), pl.lit(" of "), where.list.first()),
        n_seen="n",
        why="hidden_because",
        is_seen=True,
    )
    parts = parts.join(seen, on=["unit", "cell", "item"], how="left")
    is_seen = pl.col("is_seen").fill_null(value=False)
    parts = parts.with_columns(
        n=pl.when(is_seen).then("n_seen"),
        hidden_because=pl.when(is_seen).then("why").otherwise(pl.lit(AUDIENCE)),
    )
    forms = data.tables[linked.FORMS].filter(source="health").select(
        unit="period_id", parent=pl.concat_str(pl.lit("forms of "), "partner_id"), n="submissions"
    ).drop_nulls()  # fmt: skip
    sums = forms.join(pl.DataFrame({"item": DIMENSIONS}), how="cross").select(
        family=pl.lit("sides"), unit="unit", cell="parent", parent=pl.lit(None, pl.String), item="item", n="n",
        hidden_because=pl.lit(None, pl.String),
    )  # fmt: skip
    there = forms.select("unit", "parent", is_told=True)
    owners = sides_of(warehouse)
    parts = parts.drop("parent").join(owners, on="cell").join(there, on=["unit", "parent"], how="left")
    parts = parts.with_columns(parent=pl.when("is_told").then("parent"))
    return pl.concat([parts.select(cells.columns), sums.cast(dict(cells.schema))])


def sides_of(warehouse: Path) -> pl.DataFrame:
    """Return whose forms each side of a pair is made of: cell, and the parent it is a part of."""
    with connect(warehouse) as con:
        return con.execute(
            "select unnest(['A of ' || dyad_id, 'B of ' || dyad_id]) as cell, "
            "unnest(['forms of ' || partner_a, 'forms of ' || partner_b]) as parent from marts.dim_dyad"
        ).pl()


def hide(con: duckdb.DuckDBPyConnection, cells: pl.DataFrame) -> None:
    """Write which cells are hidden, as the model in Python does."""
    con.register("rows", cells.to_arrow())
    con.execute("create or replace table intermediate.int_cells_hidden as from rows")
    con.unregister("rows")


def unlink(built: Path, warehouse: Path) -> None:
    """Switch off what is hidden for another's sake: only small cells, and rows of narrower pairs, are left hidden."""
    with connect(warehouse) as con:
        con.execute("delete from intermediate.int_cells_hidden where hidden_because != 'primary'")
        con.execute("delete from intermediate.int_quality_hidden")
        for model in _PUBLISHED[1:]:
            _run(con, built, model)
        con.execute("update publish.pub_network_period set publish_level = 'funder'")
        con.execute("update publish.pub_power_balance set publish_level = 'funder' where scope = 'alliance'")


def release(warehouse: Path, folder: Path) -> Path:
    """Write what was published as a release."""
    folder.mkdir(parents=True)
    with connect(folder / RELEASE_FILE) as con:
        con.execute(f"attach '{warehouse}' as src (read_only)")
        known = "select table_name from duckdb_tables() where database_name = 'src' and schema_name = 'publish'"
        there = {row[0] for row in con.execute(known).fetchall()}
        for name in sorted(there & {*linked.TABLES, "pub_data_quality"}):
            con.execute(f"create table {name} as from src.publish.{name}")
        for name in ("dim_partner", "dim_dyad", "dim_period", "dim_construct"):
            con.execute(f"create table {name} as from src.marts.{name}")
        con.execute(
            f"create table release_info as select '{folder.name}' as release_id, date '2025-07-01' as as_of, "
            "timestamptz '2025-07-01 00:00:00+00' as created_at, '0' as code_version, 'c' as config_hash, "
            "'l' as load_id, 'Many' as alliance_name"
        )
        con.execute("create table check_summary (table_name text, rule_id text, severity text, success boolean)")
        con.execute("detach src")
    return folder


def _run(con: duckdb.DuckDBPyConnection, built: Path, model: str) -> None:
    schema, name = model.split("/")
    sql = (built.parent / _MODELS / f"{model}.sql").read_text(encoding="utf-8")
    con.execute(f"create or replace table {schema}.{name} as {sql}")
