"""Compare each instrument's latest wave with its reference wave and keep what was found."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time

import polars as pl

from melflow.core.warehouse import connect, replace, transaction
from melflow.core.workspace import Workspace
from melflow.flows.tables import DRIFT_RESULT
from melflow.flows.watch_parts import parts

#: Answers of current submissions by the key that links form versions; nothing personal, no roles, no repeats.
_ANSWERS = """
select
    s.version_id, s.instrument_id, s.partner_id, s.device_hash, s.period_id, i.stable_item_key as item_id,
    r.value_raw, r.value_num, r.option, r.missing_code
from raw.src_submission as s
inner join raw.src_response as r on r.version_id = s.version_id and r.load_id = s.load_id
inner join raw.src_item as i
    on i.instrument_id = r.instrument_id and i.form_version = r.form_version and i.item_id = r.item_id
where s.is_current and s.deleted_at is null and r.repeat_path = '' and not i.is_personal and i.role is null
order by s.version_id, i.stable_item_key, r.option
"""
_SUBMISSIONS = """
select version_id, instrument_id, partner_id, device_hash, language, period_id
from raw.src_submission where is_current and deleted_at is null order by version_id
"""
#: What names a comparison from one run to the next.
_KEY = ("instrument_id", "scope_kind", "scope_id", "aspect", "item_id", "method", "reference_period", "current_period")


def watch(workspace: Workspace, as_of: date) -> pl.DataFrame:
    """Write ``raw.drift_result`` and one page per instrument under ``var/drift/``.

    Args:
        workspace: The alliance's workspace; ``[checks]`` names the reference wave and the cuts.
        as_of: The date the data stands at.

    Returns:
        The rows written (columns of ``tables.DRIFT_RESULT``); none while an instrument has one wave only.
    """
    from melflow.reports.drift import SMALLEST, drift

    with connect(workspace.warehouse_path) as con:
        answers, submissions = con.execute(_ANSWERS).pl(), con.execute(_SUBMISSIONS).pl()
    order = [period.period_id for period in workspace.periods]
    found: list[pl.DataFrame] = []
    folder = workspace.var / "drift"
    for (instrument,), frame in sorted(answers.group_by("instrument_id")):
        waves = sorted(set(frame["period_id"].drop_nulls()) & set(order), key=order.index)
        first = workspace.checks.reference_wave.get(str(instrument), waves[0] if waves else "")
        if len(waves) < 2 or first == waves[-1]:
            continue
        pair = {"reference_period": first, "current_period": waves[-1]}
        page = folder / f"{instrument}.html"
        if first not in waves:
            found.append(_untold(frame, pair, as_of, f"the reference wave {first} has no answers"))
            page.unlink(missing_ok=True)
            continue
        result = drift(
            str(instrument),
            frame.filter(period_id=first).drop("device_hash"),
            frame.filter(period_id=waves[-1]).drop("device_hash"),
            **pair,
            computed_at=datetime.combine(as_of, time(), UTC),
            min_effect=workspace.checks.min_effect,
        )
        if result.html is None:
            reason = f"too small to tell: fewer than {SMALLEST} submissions in one of the waves"
            found.append(_untold(frame, pair, as_of, reason))
            page.unlink(missing_ok=True)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            page.write_text(result.html, encoding="utf-8")
        inside = parts(
            _compared(frame, pair), _marked(submissions.filter(instrument_id=instrument), pair), workspace.checks
        )
        named = {"instrument_id": pl.lit(str(instrument)), "computed_at": pl.lit(as_of)}
        named |= {name: pl.lit(period) for name, period in pair.items()}
        found += [
            _conformed(result.rows.with_columns(pl.col("computed_at").dt.date())),
            _conformed(inside.with_columns(**named)),
        ]
    rows = pl.concat(found) if found else pl.DataFrame(schema=DRIFT_RESULT)
    with connect(workspace.warehouse_path) as con, transaction(con):
        replace(con, "raw.drift_result", rows)
    return rows


def news(workspace: Workspace, rows: pl.DataFrame) -> list[str]:
    """Return what drifts now and did not when this was asked last, in words; remember what does.

    Args:
        workspace: Its ``var/drift/found.json`` is the memory.
        rows: What ``watch`` returned.
    """
    path = workspace.var / "drift" / "found.json"
    before = set(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else set()
    now = {
        json.dumps([row[name] for name in _KEY], ensure_ascii=False): (
            f"{row['instrument_id']}{', ' + row['scope_kind'] + ' ' + row['scope_id'] if row['scope_id'] else ''}: "
            f"{row['item_id'] or row['aspect']} changed from {row['reference_period']} to {row['current_period']}"
        )
        for row in rows.filter("drifted").iter_rows(named=True)
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(sorted(now), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return [words for key, words in sorted(now.items()) if key not in before]


def _untold(frame: pl.DataFrame, pair: dict[str, str], as_of: date, reason: str) -> pl.DataFrame:
    """Return the row that says why the answers of an instrument are not compared."""
    sizes = [frame.filter(period_id=period)["version_id"].n_unique() for period in pair.values()]
    row = {"instrument_id": frame["instrument_id"][0], "scope_kind": "instrument", "scope_id": "", "aspect": "item",
           "n_reference": sizes[0], "n_current": sizes[1], "reason": reason, "computed_at": as_of}  # fmt: skip
    return _conformed(pl.DataFrame([row | pair]))


def _marked(frame: pl.DataFrame, pair: dict[str, str]) -> pl.DataFrame:
    """Return the rows of the two waves, with which of them they are of."""
    return frame.filter(pl.col("period_id").is_in(list(pair.values()))).with_columns(
        is_current=pl.col("period_id") == pair["current_period"]
    )


def _compared(frame: pl.DataFrame, pair: dict[str, str]) -> pl.DataFrame:
    """Return one row per answer as ``watch_parts`` reads them; each option of a multiple choice is an item."""
    option = pl.col("option")
    kept = _marked(frame, pair).filter(option.is_null() | (option != "__answered"))
    return kept.select(
        "version_id", "partner_id", "device_hash", "is_current", "item_id",
        value=pl.when(pl.col("missing_code").is_null()).then(
            pl.coalesce("option", pl.col("value_num").cast(pl.String), "value_raw")
        ),
        number=pl.when(pl.col("missing_code").is_null() & option.is_null()).then("value_num"),
        is_missing=pl.col("missing_code").is_not_null() & ~pl.col("missing_code").is_in(
            ["not_relevant", "not_in_version"]
        ).fill_null(value=False),
    )  # fmt: skip


def _conformed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in DRIFT_RESULT.items()
    )
