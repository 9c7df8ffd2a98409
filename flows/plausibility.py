"""The statistical checks: run over all answers that count after every ingest; they warn and never hold a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from melflow.core.statistics import plausibility as look
from melflow.core.warehouse import append, connect, replace, transaction
from melflow.core.workspace import Workspace
from melflow.flows.plausibility_findings import FLAGS, findings
from melflow.flows.tables import CHECK_RESULT, FINDING, PLAUSIBILITY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from melflow.sources.xlsform import Instruments

#: Their ids in raw.check_result and raw.finding begin with this; rules of suites never do.
PREFIX = "statistics:"
_SUBMISSIONS = """
select
    source_system as source, load_id, submission_id, version_id, instrument_id, form_version,
    coalesce(partner_id, 'unknown') as partner_id, about_partner_id, about_partner_2_id, period_id,
    respondent_id, duration_s, device_hash, language, ingested_at, source_row, row_id
from raw.src_submission
where is_current and deleted_at is null
order by ingested_at, load_id, source_row, row_id
"""
#: Answers as codes and numbers, with the points of scored items (F1); nothing of personal items.
_ANSWERS = """
select
    r.load_id, r.version_id, i.stable_item_key as item_id, r.repeat_path, r.option,
    case when i.type in ('integer', 'decimal', 'range') then r.value_num end as number,
    coalesce(r.option, r.value_text, r.value_raw) as value,
    case when i.type = 'select_one' and i.range_max > i.range_min and i.role is null then i.list end as grid,
    100.0 * (case when i.reverse then i.range_max - c.score else c.score - i.range_min end)
        / nullif(i.range_max - i.range_min, 0) as score,
    i.role
from raw.src_response as r
inner join raw.src_submission as s on s.version_id = r.version_id and s.load_id = r.load_id
inner join form_item as i
    on i.instrument_id = r.instrument_id and i.form_version = r.form_version and i.item_id = r.item_id
left join form_choice as c
    on c.instrument_id = i.instrument_id and c.form_version = i.form_version and c.list = i.list
    and c.code = coalesce(r.option, r.value_text, r.value_raw)
where s.is_current and s.deleted_at is null and not coalesce(i.is_personal, false) and r.missing_code is null
    and coalesce(r.option, '') <> '__answered'
"""


def inspect(workspace: Workspace, instruments: Instruments) -> pl.DataFrame:
    """Replace ``raw.plausibility``, ``raw.finding`` and the statistical rows of ``raw.check_result``.

    Args:
        workspace: The alliance's workspace; its ``[checks]`` are the cuts.
        instruments: The forms under ``instruments/``.

    Returns:
        The findings (columns of ``tables.FINDING``).
    """
    with connect(workspace.warehouse_path) as con:
        con.register("form_item", instruments.frames["src_item"].to_arrow())
        con.register("form_choice", instruments.frames["src_choice"].to_arrow())
        submissions, answers = con.execute(_SUBMISSIONS).pl(), con.execute(_ANSWERS).pl()
        loads = con.execute("select load_id, landed_at as checked_at from raw.load").pl()
    submissions = submissions.with_row_index("came")
    order = {period.period_id: number for number, period in enumerate(workspace.periods)}
    judged = _judge(workspace, submissions, answers, order)
    found = findings(workspace.checks, submissions, judged)
    flags = submissions.select("source", "load_id", "submission_id", "version_id").join(
        judged["flags"], on=["load_id", "version_id"], how="left"
    )
    with connect(workspace.warehouse_path) as con, transaction(con):
        replace(con, "raw.plausibility", flags.select(pl.col(name).cast(kind) for name, kind in PLAUSIBILITY.items()))
        replace(con, "raw.finding", found.select(pl.col(name).cast(kind) for name, kind in FINDING.items()))
        con.execute("delete from raw.check_result where starts_with(rule_id, ?)", [PREFIX])
        append(con, "raw.check_result", _results(flags, loads))
    return found


def _judge(
    workspace: Workspace, submissions: pl.DataFrame, answers: pl.DataFrame, order: Mapping[str, int]
) -> dict[str, pl.DataFrame]:
    """Return what each check saw, by its name, and ``flags``: one row per submission."""
    cuts = workspace.checks
    key = ["load_id", "version_id"]
    of_whom = submissions.select(*key, "came", "submission_id", "instrument_id", "form_version", "partner_id",
                                 "about_partner_id", "about_partner_2_id", "period_id", "respondent_id", "device_hash",
                                 "source")  # fmt: skip
    # A version is one submission within its payload; the number in which it came names it shortly.
    told = answers.join(of_whom, on=key).with_columns(pl.col("came").cast(pl.String).alias("version_id"))
    short = look.with_haste(submissions, cuts.min_duration_s, cuts.min_duration_share, cuts.min_n)
    straight = look.straight_lines(
        told.filter(pl.col("grid").is_not_null()).with_columns(
            value=pl.col("value"), grid=pl.concat_str("grid", "repeat_path", separator="/")
        ),
        cuts.min_grid_items,
    )
    same = look.same_answers(
        told.filter(pl.col("role").is_null()).with_columns(
            item_id=pl.concat_str("repeat_path", "item_id", separator="/")
        ),
        ["instrument_id", "partner_id", "about_partner_id", "about_partner_2_id"],
        cuts.min_duplicate_items,
    )
    numbers = look.with_robust_z(
        told.filter(pl.col("number").is_not_null()).with_columns(value=pl.col("number")),
        ["instrument_id", "item_id"],
        cuts.min_n,
    )
    moved = look.moves(
        told.filter(pl.col("score").is_not_null() & pl.col("respondent_id").is_not_null()).select(
            "version_id", "item_id", "score",
            person=pl.concat_str("instrument_id", "respondent_id", pl.col("about_partner_id").fill_null(""),
                                 separator="\x1f"),
            wave=pl.col("period_id").replace_strict(order, default=None, return_dtype=pl.Int64),
        ).drop_nulls()
    )  # fmt: skip
    by_came = submissions.select("came", *key)
    flags = short.select("came", "is_short")
    for frame, flag in (
        (straight.group_by("version_id").agg(pl.col("is_straight").any()), "is_straight"),
        (same.select("version_id", is_copy=pl.col("first_id").is_not_null()), "is_copy"),
        (
            numbers.drop_nulls("z").group_by("version_id").agg(is_outlying=(pl.col("z").abs() > cuts.outlier_z).any()),
            "is_outlying",
        ),
        (moved.select("version_id", is_leap=pl.col("move").abs() > cuts.max_change_points), "is_leap"),
    ):
        flags = flags.join(
            frame.select(pl.col("version_id").cast(pl.UInt32).alias("came"), flag), on="came", how="left"
        )
    return {
        "short": short,
        "straight": straight,
        "copy": same,
        "outlying": numbers,
        "leap": moved,
        "told": told,
        "flags": by_came.join(flags, on="came"),
    }


def _results(flags: pl.DataFrame, loads: pl.DataFrame) -> pl.DataFrame:
    """Return one row per payload and check, as the rules of the suites have them."""
    counted = [
        flags.group_by("load_id", "source").agg(
            pl.lit(f"{PREFIX}{rule}").alias("rule_id"),
            pl.col(flag).count().cast(pl.Int64).alias("n_checked"),
            pl.col(flag).sum().cast(pl.Int64).alias("n_failed"),
        )
        for rule, flag in FLAGS.items()
    ]
    rows = pl.concat(counted).filter(pl.col("n_checked") > 0).join(loads, on="load_id").with_columns(
        success=pl.col("n_failed") == 0, severity=pl.lit("warn"), table_name=pl.lit("src_submission")
    )  # fmt: skip
    return rows.select(pl.col(name).cast(kind) for name, kind in CHECK_RESULT.items()).sort("load_id", "rule_id")
