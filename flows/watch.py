"""Compare each instrument's latest wave with its first one and keep what was found."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import polars as pl

from melflow.core.warehouse import connect, replace, transaction
from melflow.core.workspace import Workspace
from melflow.flows.tables import DRIFT_RESULT

#: Answers of current submissions by the key that links form versions; nothing personal, no roles, no repeats.
_ANSWERS = """
select
    s.version_id, s.instrument_id, s.partner_id, s.period_id, i.stable_item_key as item_id,
    r.value_raw, r.value_num, r.option, r.missing_code
from raw.src_submission as s
inner join raw.src_response as r on r.version_id = s.version_id and r.load_id = s.load_id
inner join raw.src_item as i
    on i.instrument_id = r.instrument_id and i.form_version = r.form_version and i.item_id = r.item_id
where s.is_current and s.deleted_at is null and r.repeat_path = '' and not i.is_personal and i.role is null
order by s.version_id, i.stable_item_key, r.option
"""


def watch(workspace: Workspace, as_of: date) -> pl.DataFrame:
    """Write ``raw.drift_result`` and one page per instrument under ``var/drift/``.

    Args:
        workspace: The alliance's workspace.
        as_of: The date the data stands at.

    Returns:
        The rows written (columns of ``tables.DRIFT_RESULT``); none while an instrument has one wave only.
    """
    from melflow.reports.drift import drift

    with connect(workspace.warehouse_path) as con:
        answers = con.execute(_ANSWERS).pl()
    order = [period.period_id for period in workspace.periods]
    found: list[pl.DataFrame] = []
    folder = workspace.var / "drift"
    for (instrument,), frame in sorted(answers.group_by("instrument_id")):
        waves = sorted(set(frame["period_id"].drop_nulls()) & set(order), key=order.index)
        if len(waves) < 2:
            continue
        result = drift(
            str(instrument),
            frame.filter(period_id=waves[0]),
            frame.filter(period_id=waves[-1]),
            reference_period=waves[0],
            current_period=waves[-1],
            computed_at=datetime.combine(as_of, time(), UTC),
        )
        if result.html is not None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{instrument}.html").write_text(result.html, encoding="utf-8")
        found.append(result.rows.with_columns(pl.col("computed_at").dt.date()))
    rows = pl.concat(found) if found else pl.DataFrame(schema=DRIFT_RESULT)
    with connect(workspace.warehouse_path) as con, transaction(con):
        replace(con, "raw.drift_result", rows)
    return rows
