"""The audience's frame of an edition: which indicators under which names, its years, its groups, its currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import polars as pl

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace
    from melflow.core.workspace.report import ReportConfig
    from melflow.reports.edition_data import EditionData


@dataclass(frozen=True)
class Rate:
    """One line of rates.csv on the day the edition was made; ``dated`` as an ISO date."""

    currency: str
    into: str
    period_id: str
    rate: float
    dated: str
    source: str


@dataclass(frozen=True)
class Frame:
    """What an audience chose, frozen with the edition.

    Attributes:
        indicators: Indicators, in order; all when empty.
        constructs: Constructs that come first, in order.
        disaggregation: Groups or dimensions results are shown by; ``partner`` for each partner's own.
        fiscal_year_starts: Month, 1-12; None for the alliance's own periods.
        shown: Periods of the alliance side by side, instead of fiscal years.
        currency: Of amounts; None leaves them as they are.
        rates: Into that currency.
    """

    indicators: tuple[str, ...] = ()
    constructs: tuple[str, ...] = ()
    disaggregation: tuple[str, ...] = ()
    fiscal_year_starts: int | None = None
    shown: tuple[str, ...] = ()
    currency: str | None = None
    rates: tuple[Rate, ...] = ()

    @classmethod
    def of(cls, report: ReportConfig, workspace: Workspace) -> Self:
        """Return the frame of a report as the workspace declares it now."""
        own, currency = report.periods, report.currency
        rates = (Rate(**rate.model_dump(mode="json")) for rate in workspace.rates if rate.into == currency)
        return cls(
            indicators=tuple(report.indicators),
            constructs=tuple(report.constructs),
            disaggregation=tuple(report.disaggregation),
            fiscal_year_starts=own.fiscal_year_starts if own else None,
            shown=tuple(own.shown) if own else (),
            currency=currency,
            rates=tuple(sorted(rates, key=lambda rate: (rate.period_id, rate.currency))),
        )

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """Return what a manifest keeps."""
        lists = {name: tuple(kept[name]) for name in ("indicators", "constructs", "disaggregation", "shown")}
        return cls(**{**kept, **lists, "rates": tuple(Rate(**rate) for rate in kept["rates"])})

    @property
    def has_own_periods(self) -> bool:
        """Tell whether the audience counts in periods of its own."""
        return self.fiscal_year_starts is not None or bool(self.shown)


def framed(data: EditionData, frame: Frame, names: Mapping[str, str]) -> EditionData:
    """Return an edition's data with the audience's indicators, names and order; no number changes.

    Args:
        data: As it was read.
        frame: What the audience chose.
        names: Construct or indicator id -> the audience's own name.
    """
    first = {key: data.constructs[key] for key in frame.constructs if key in data.constructs}
    tables = {name: _framed(table, frame.indicators, names) for name, table in data.tables.items()}
    return replace(data, constructs=first | dict(data.constructs), tables=tables)


def _framed(table: pl.DataFrame, indicators: tuple[str, ...], names: Mapping[str, str]) -> pl.DataFrame:
    if "indicator_id" not in table.columns:
        return table
    if indicators:
        place = pl.col("indicator_id").replace_strict(
            {key: number for number, key in enumerate(indicators)}, default=None, return_dtype=pl.Int64
        )
        table = table.filter(pl.col("indicator_id").is_in(indicators)).sort(place, maintain_order=True)
    if "indicator_name" in table.columns and names:
        own = pl.col("indicator_id").replace_strict(dict(names), default=None, return_dtype=pl.String)
        table = table.with_columns(indicator_name=pl.coalesce(own, "indicator_name"))
    return table
