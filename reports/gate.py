"""The gate: reasons to hold an edition back instead of sending something stale, thin or empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import polars as pl

from melflow.core.workspace.alliance import Gates
from melflow.core.workspace.report import GateOverride
from melflow.reports import columns, rounding
from melflow.reports.context import Context
from melflow.reports.document import Section
from melflow.reports.edition_data import UNKNOWN
from melflow.reports.extent import extent
from melflow.reports.findings_flow import rows_held


@dataclass(frozen=True)
class Limits:
    """What an edition may not exceed or fall below; None: not looked at.

    A blank or thin section holds an edition back unless ``holds_blank`` is False: a partner, or the data officer,
    learns what there is.

    Attributes:
        max_held_share: Share of rows held, 0-1.
        max_age_days: Age of the newest data, days.
        holds_blank: Whether sections and what was owed are looked at.
        min_delivered_share: Share of what was owed for the period that came, 0-1.
        min_response_share: Share of the people asked who answered, 0-1.
        max_unresolved_names: Names that belong to no partner.
        max_shrink_share: Share of a section's rows that may be gone since the edition before, 0-1.
        max_silent_sources: Sources of which nothing came for longer than declared.
    """

    max_held_share: float
    max_age_days: int
    holds_blank: bool = True
    min_delivered_share: float | None = None
    min_response_share: float | None = None
    max_unresolved_names: int | None = None
    max_shrink_share: float | None = None
    max_silent_sources: int | None = None


def limits(gates: Gates, override: GateOverride | None, *, holds_blank: bool = True) -> Limits:
    """Return the report's own limits, and the alliance's where it sets none."""
    own = {} if override is None else vars(override)
    chosen = {
        field.name: value
        for field in fields(Limits)
        if (value := own.get(field.name)) is not None or (value := getattr(gates, field.name, None)) is not None
    }
    return Limits(**chosen, holds_blank=holds_blank)


def reasons(
    context: Context, sections: tuple[Section, ...], limit: Limits, before: Mapping[str, int] | None = None
) -> tuple[str, ...]:
    """Return why the edition is held back, as sentences; empty when it may go out.

    Age is measured against the release's as-of date, never against today, so that an edition of a release stays
    what it is.

    Args:
        context: Data and words.
        sections: Of the edition.
        limit: Its limits.
        before: Section -> rows that the edition before this one published.
    """
    blank = [
        context.say("gate.blank", section=section.title)
        for section in sections
        if section.is_blank and limit.holds_blank
    ]
    failed = [context.say("gate.check", check=check) for check in context.data.failed_gates]
    whole = [one for look in (_silent, _delivered, _answered) for one in look(context, limit) if limit.holds_blank]
    thin = _shrunken(context, sections, limit, before or {}) if limit.holds_blank else []
    return (*_held(context, limit), *_age(context, limit), *whole, *_unresolved(context, limit), *blank, *thin, *failed)


def _delivered(context: Context, limit: Limits) -> list[str]:
    """Hold what came of what was owed for the period against the limit; a release that does not say is not judged."""
    if context.data.owed is None or limit.min_delivered_share is None:
        return []
    came, owed = context.data.owed
    return _too_few(context, "gate.delivered", came, owed, limit.min_delivered_share)


def _silent(context: Context, limit: Limits) -> list[str]:
    """Name each source that is silent, with its age, when there are more of them than allowed."""
    found = context.data.silent
    if limit.max_silent_sources is None or len(found) <= limit.max_silent_sources:
        return []
    said = []
    for one in found:
        due = rounding.date(one.due_on, context.language)
        if one.last_on is None:
            said.append(context.say("gate.never", source=one.source, due=due))
        else:
            days = context.count((context.data.info.as_of - one.last_on).days)
            last = rounding.date(one.last_on, context.language)
            said.append(context.say("gate.silent", source=one.source, date=last, days=days, due=due))
    return said


def _answered(context: Context, limit: Limits) -> list[str]:
    """Hold the forms received of the people asked against the limit, where the alliance wrote down how many were."""
    if limit.min_response_share is None:
        return []
    asked = context.data.table("pub_data_quality").filter(pl.col("expected") > 0)
    received, expected = (int(asked[name].sum() or 0) for name in ("received", "expected"))
    return _too_few(context, "gate.answered", received, expected, limit.min_response_share)


def _too_few(context: Context, key: str, n: int, of: int, least: float) -> list[str]:
    if not of or n / of >= least:
        return []
    share, limit = (rounding.small_percent(one, context.language) for one in (n / of, least))
    return [context.say(key, n=context.count(n), m=context.count(of), share=share, limit=limit)]


def _unresolved(context: Context, limit: Limits) -> list[str]:
    """Count names without a partner in the period, and in rows whose period cannot be read."""
    rows = context.data.table("pub_data_quality", all_periods=True)
    mine = rows.filter(pl.col("period_id").is_in([context.data.period.period_id, UNKNOWN]))
    found = int(mine["unresolved_names"].sum() or 0)
    if limit.max_unresolved_names is None or found <= limit.max_unresolved_names:
        return []
    return [context.say("gate.unresolved", n=context.count(found), limit=context.count(limit.max_unresolved_names))]


def _shrunken(context: Context, sections: tuple[Section, ...], limit: Limits, before: Mapping[str, int]) -> list[str]:
    """Name the sections that lost more of their rows than allowed; a blank one is named as such."""
    if limit.max_shrink_share is None:
        return []
    now = extent(context.data, tuple(section.key for section in sections if not section.is_blank))
    titles = {section.key: section.title for section in sections}
    return [
        context.say("gate.shrunken", section=titles[key], n=context.count(n), m=context.count(before[key]))
        for key, n in now.items()
        if n < before.get(key, 0) * (1 - limit.max_shrink_share)
    ]


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
