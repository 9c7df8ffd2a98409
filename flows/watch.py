"""Compare each instrument's latest wave with its first one and keep what was found."""

from __future__ import annotations

import polars as pl

from melflow.core.warehouse import connect, replace, transaction
from melflow.core.workspace import Workspace
from melflow.flows.tables import DRIFT_RESULT

#: One value per submission and item: the answer as it stands now, its score where it was a choice.
_ANSWERS = """
select
    s.version_id, s.instrument_id, s.partner_id, s.period_id, i.stable_item_key as item_id,
    coalesce(r.value_num, c.score) as value_num,
    case when r.missing_code is null then coalesce(r.value_text, r.value_raw) end as value_text,
    r.missing_code
from raw.src_submission as s
inner join raw.src_response as r on r.version_id = s.version_id
inner join raw.src_item as i
    on i.instrument_id = r.instrument_id and i.form_version = r.form_version and i.item_id = r.item_id
left join raw.src_choice as c
    on c.instrument_id = r.instrument_id and c.form_version = r.form_version
    and c.list = i.list and c.code = r.value_raw
where s.is_current and s.deleted_at is null and r.repeat_path = '' and r.option is null and not i.is_personal
    and i.role is null and i.type in ('select_one', 'integer', 'decimal', 'range')
order by s.version_id, i.stable_item_key
"""


def watch(workspace: Workspace) -> pl.DataFrame:
    """Write ``raw.drift_result`` and one page per instrument under ``var/drift/``.

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
            frame.filter(pl.col("period_id") == waves[0]),
            frame.filter(pl.col("period_id") == waves[-1]),
            reference_period=waves[0],
            current_period=waves[-1],
        )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{instrument}.html").write_text(result.html, encoding="utf-8")
        found.append(result.rows)
    rows = pl.concat(found) if found else pl.DataFrame(schema=DRIFT_RESULT)
    with connect(workspace.warehouse_path) as con, transaction(con):
        replace(con, "raw.drift_result", rows)
    return rows
