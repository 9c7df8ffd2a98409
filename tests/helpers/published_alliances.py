"""What the models of publication make of invented alliances, run as dbt has written them, and a release of it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
from thousand_alliances import DIMENSIONS

from melflow.core.statistics.suppression import AUDIENCE, EITHER, PRIMARY, hidden_cells
from melflow.core.warehouse import RELEASE_FILE, connect
from melflow.flows.safety_cells import sides
from melflow.reports import linked
from melflow.reports.edition_data import EditionData

MINIMUM = 10
_MODELS = Path("dbt", "target", "compiled", "melflow", "models")
#: In the order they build on each other.
_PUBLISHED = (
    "intermediate/int_quality_hidden", "publish/pub_needs_baseline", "publish/pub_feedback",
    "publish/pub_capability_score", "publish/pub_expectation_gap", "publish/pub_entry_profile",
    "publish/pub_partnership_health",
    "publish/pub_health_dyad", "publish/pub_health_strata", "publish/pub_data_quality", "publish/pub_mutuality_dyad",
    "publish/pub_network_period", "publish/pub_power_balance",
)  # fmt: skip
_EMPTY = (
    "marts.dim_partnership", "marts.dim_construct", "intermediate.int_holdings_shared", "staging.stg_entries",
    "staging.stg_exchanges", "staging.stg_memberships",
)  # fmt: skip
#: Schema and name of a table or view -> its columns with their types.
_COLUMNS = """
    select
        schema_name || '.' || table_name,
        string_agg('"' || column_name || '" ' || data_type, ', ' order by column_index)
    from duckdb_columns() group by all
"""


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


def wholes_shown(data: EditionData) -> pl.DataFrame:
    """Return the roles and events as an edition shows them, each a part of the forms of all partners if these are told.

    Args:
        data: What an edition shows of its release.
    """
    gaps, forms = data.tables["pub_expectation_gap"], data.tables[linked.FORMS]
    views = pl.concat([gaps.select("expectation", "period_id", cell=f"role_{at}", n=f"n_{at}") for at in "ab"])
    roles = views.group_by("expectation", "period_id", "cell").agg(pl.col("n").max())
    is_other_told = pl.col("n").is_not_null().any().over("expectation", "period_id")
    why = pl.when(pl.col("n").is_null()).then(
        pl.when(is_other_told).then(pl.lit(PRIMARY)).otherwise(pl.lit(EITHER))
    )  # fmt: skip
    roles = roles.select(
        unit="period_id", cell="cell", item="expectation", n="n", hidden_because=why, source=pl.lit("expectations")
    )
    events = linked.cells(data).filter(pl.col("cell") != "all", family="feedback")
    parts = pl.concat([roles, events.select(roles.columns[:-1], source=pl.lit("feedback"))])
    told = forms.filter(pl.col("source").is_in(["expectations", "feedback"])).group_by("source", unit="period_id").agg(
        told=pl.when(~pl.col("is_suppressed").any()).then(pl.col("submissions").sum())
    ).drop_nulls()  # fmt: skip
    parts = parts.join(told, on=["source", "unit"], how="left").with_columns(family="source")
    whole, none = pl.lit("forms"), pl.lit(None, pl.String)
    wholes = parts.drop_nulls("told").select(
        "family", "unit", cell=whole, parent=none, item="item", n="told", hidden_because=none
    )  # fmt: skip
    cells = parts.with_columns(parent=pl.when(pl.col("told").is_not_null()).then(whole))
    return pl.concat([cells.select(wholes.columns), wholes.unique()], how="vertical_relaxed")


def needs_shown(data: EditionData) -> pl.DataFrame:
    """Return the waves of needs as an edition shows them, with the forms of partners whose own number it does not.

    Args:
        data: What an edition shows of its release.
    """
    forms = data.tables[linked.FORMS].filter(source="needs").select(
        unit="period_id", cell=pl.concat_str(pl.lit("partner "), "partner_id"), told="submissions"
    ).drop_nulls()  # fmt: skip
    cells = linked.cells(data).filter(family="needs")
    told = cells.join(forms, on=["unit", "cell"], how="left").with_columns(pl.coalesce("n", "told").alias("n"))
    return told.with_columns(hidden_because=pl.when(pl.col("n").is_null()).then("hidden_because")).select(cells.columns)


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
