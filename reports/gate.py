"""The gate: reasons to hold an edition back instead of sending something stale, thin or empty."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from melflow.core.workspace.alliance import Gates
from melflow.core.workspace.report import GateOverride
from melflow.reports import columns, rounding
from melflow.reports.context import Context
from melflow.reports.document import Section
from melflow.reports.findings_flow import rows_held


@dataclass(frozen=True)
class Limits:
    """What an edition may not exceed: share of rows held (0-1) and age of the newest data (days).

    A blank section holds an edition back unless ``holds_blank`` is False: a partner, or the data officer, learns that
    nothing can be shown.
    """

    max_held_share: float
    max_age_days: int
    holds_blank: bool = True


def limits(gates: Gates, override: GateOverride | None, *, holds_blank: bool = True) -> Limits:
    """Return the report's own limits, and the alliance's where it sets none."""

    def choose(name: str) -> float:
        own = getattr(override, name, None)
        return float(getattr(gates, name) if own is None else own)

    return Limits(choose("max_held_share"), int(choose("max_age_days")), holds_blank)


def reasons(context: Context, sections: tuple[Section, ...], limit: Limits) -> tuple[str, ...]:
    """Return why the edition is held back, as sentences; empty when it may go out.

    Age is measured against the release's as-of date, never against today, so that an edition of a release stays
    what it is.
    """
    blank = [
        context.say("gate.blank", section=section.title)
        for section in sections
        if section.is_blank and limit.holds_blank
    ]
    failed = [context.say("gate.check", check=check) for check in context.data.failed_gates]
    return (*_held(context, limit), *_age(context, limit), *blank, *failed)


def _held(context: Context, limit: Limits) -> list[str]:
    held, received = rows_held(context.data)
    if not received or held / received <= limit.max_held_share:
        return []
    share = rounding.small_percent(held / received, context.language)
    facts = {"n": context.count(held), "m": context.count(received), "share": share}
    return [context.say("gate.held", limit=rounding.small_percent(limit.max_held_share, context.language), **facts)]


def _age(context: Context, limit: Limits) -> list[str]:
    """Compare the end of the newest period that has any published row with the as-of date."""
    data = context.data
    there: set[str] = set()
    for name, spec in columns.TABLES.items():
        if not any(column.name == "period_id" for column in spec):
            continue
        there |= set(data.table(name, all_periods=True).filter(pl.col("is_suppressed").not_())["period_id"])
    ends = [period.ends_on for period in data.periods if period.period_id in there]
    if not ends:
        return [context.say("gate.no_data")]
    days = (data.info.as_of - max(ends)).days
    if days <= limit.max_age_days:
        return []
    newest = rounding.date(max(ends), context.language)
    return [context.say("gate.age", date=newest, days=context.count(days), limit=context.count(limit.max_age_days))]
