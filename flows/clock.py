"""Who owes what by when, and whether it came: on time, late, missing, or not due yet.

A source is owed once a period, by its due day. It is owed by the partners that its file names under ``owed_by`` (what
was agreed with them), by the partner whose source it is, by those whose people were invited to its form, or else by
nobody in particular: then it is the source that owes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from melflow.core.warehouse import connect, replace, transaction
from melflow.flows.held_standing import PARTNERS
from melflow.flows.load import KEYED
from melflow.flows.tables import EXPECTED
from melflow.sources.canonical import FACTS

if TYPE_CHECKING:
    import duckdb

    from melflow.core.calendar import Period
    from melflow.core.workspace import SourceConfig, Workspace

ON_TIME, LATE, MISSING, OPEN = "on_time", "late", "missing", "open"
_PARTNER = {
    table: "coalesce(" + ", ".join([*(name for name in PARTNERS if name in FACTS[table]), "null"]) + ")"
    for table in KEYED
}
#: First day on which rows of a source, partner and period came, loaded or held, and how many there are.
_CAME = (
    " union all ".join(
        f"select source_system as source, {partner} as partner_id, period_id, cast(ingested_at as date) as came_on "
        f"from raw.{table}"
        for table, partner in _PARTNER.items()
    )
    + " union all select source, partner_id, row_json ->> 'period_id', "
    "cast(cast(row_json ->> 'ingested_at' as timestamptz) as date) from raw.held "
    "where table_name <> 'src_response'"
)


def refresh(workspace: Workspace, today: date) -> None:
    """Bring ``raw.expected_delivery`` up to date.

    The day something came first stays when its file is replaced by a corrected one: who corrects is not late.
    """
    with connect(workspace.warehouse_path) as con:
        frame = expected(workspace, con, today)
        known = con.table("raw.expected_delivery").pl()
        if not frame.equals(known.select(frame.columns)):
            with transaction(con):
                replace(con, "raw.expected_delivery", frame)


def expected(workspace: Workspace, con: duckdb.DuckDBPyConnection, today: date) -> pl.DataFrame:
    """Return what is owed in every period that has begun (``tables.EXPECTED``), sorted by due day.

    Args:
        workspace: The workspace.
        con: The warehouse.
        today: The day to judge on.
    """
    owed = pl.DataFrame(list(_owed(workspace, today)), schema=_OWED, orient="row")
    came = con.execute(f"select source, partner_id, period_id, min(came_on) as first_received_on, count(*) as n_rows "
                       f"from ({_CAME}) where period_id is not null group by all").pl()  # fmt: skip
    of_all = came.group_by("source", "period_id").agg(pl.col("first_received_on").min(), pl.col("n_rows").sum())
    key = ["source", "partner_id", "period_id"]
    alone = pl.col("needs_partner")
    found = pl.concat(
        [owed.filter(alone).join(came, on=key, how="left"),
         owed.filter(~alone).join(of_all, on=["source", "period_id"], how="left")]
    )  # fmt: skip
    before = con.table("raw.expected_delivery").pl().select(*key, pl.col("first_received_on").alias("before"))
    found = found.join(before, on=key, how="left", nulls_equal=True)
    first = pl.min_horizontal("first_received_on", "before")
    is_due = pl.col("due_on") < today
    found = found.with_columns(first_received_on=first, n_rows=pl.col("n_rows").fill_null(0)).with_columns(
        days_late=pl.max_horizontal(0, (pl.coalesce("first_received_on", pl.lit(today)) - pl.col("due_on"))
                                    .dt.total_days()),
        state=pl.when(pl.col("first_received_on") > pl.col("due_on")).then(pl.lit(LATE))
        .when(pl.col("first_received_on").is_not_null()).then(pl.lit(ON_TIME))
        .when(is_due).then(pl.lit(MISSING)).otherwise(pl.lit(OPEN)),
    )  # fmt: skip
    return found.select(pl.col(name).cast(dtype) for name, dtype in EXPECTED.items()).sort("due_on", *key)


_OWED = {"source": pl.String, "partner_id": pl.String, "period_id": pl.String, "due_on": pl.Date,
         "needs_partner": pl.Boolean}  # fmt: skip


def _owed(workspace: Workspace, today: date) -> Iterator[tuple[str, str | None, str, date, bool]]:
    for name, config in workspace.sources.items():
        for period in workspace.periods:
            if period.starts_on > today:
                continue
            due_on = period.ends_on + timedelta(days=config.due_days_after_period)
            whose = _debtors(workspace, config, period)
            debtors: list[str | None] = [config.partner] if whose is None else [*whose]
            for partner in debtors:
                yield name, partner, period.period_id, due_on, whose is not None


def _debtors(workspace: Workspace, config: SourceConfig, period: Period) -> list[str] | None:
    """Return the partners that owe a source in a period; None when the source owes as a whole."""
    if config.owed_by:
        named = set(config.owed_by)
    else:
        form = getattr(config, "instrument", None)
        invited = [one for one in workspace.invitations if form is not None and one.instrument == form]
        if not invited or config.partner:
            return None
        named = {one.partner_id for one in invited if one.period_id == period.period_id}
    members = (workspace.partners[name] for name in sorted(named))
    return [
        one.partner_id
        for one in members
        if one.joined_on <= period.ends_on and (one.left_on is None or one.left_on >= period.starts_on)
    ]
