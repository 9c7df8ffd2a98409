"""What an edition may show, as data: periods, partners, pairs, constructs and the published tables of one release."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

#: Audiences from the narrowest to the widest; a row is shown to its own level and to narrower ones.
PUBLISH_LEVELS = ("internal", "partners", "funder", "public")

#: Period (and partner) of rows whose date (or partner) cannot be read; only counts of rows have it.
UNKNOWN = "unknown"

#: Reason of a row that is withheld at a partner's request, in the place of the suppression's own.
HELD = "held at a partner's request"


@dataclass(frozen=True)
class ReleaseInfo:
    """What a release says of itself."""

    release_id: str
    created_at: dt.datetime
    as_of: dt.date
    code_version: str
    config_hash: str
    load_id: str
    alliance_name: str


@dataclass(frozen=True)
class Period:
    """A reporting period of the alliance's calendar."""

    period_id: str
    label: str
    starts_on: dt.date
    ends_on: dt.date


@dataclass(frozen=True)
class Construct:
    """A capability, health dimension or level under the name the audience uses."""

    construct_id: str
    kind: str
    label: str
    direction: str


@dataclass(frozen=True)
class Dyad:
    """An unordered pair of partners; A is the first by id."""

    dyad_id: str
    partner_a: str
    partner_b: str


@dataclass(frozen=True)
class Silent:
    """A source of which nothing came for longer than declared.

    Attributes:
        source: Its name.
        last_on: The day something came last; None when nothing ever did.
        due_on: The day the newest was due.
    """

    source: str
    last_on: dt.date | None
    due_on: dt.date


@dataclass(frozen=True)
class EditionData:
    """Everything an edition may show of one period, with the earlier periods for comparison.

    Attributes:
        info: The release.
        period: The edition's period.
        periods: The calendar up to and including that period.
        partners: Partner id -> name.
        dyads: Dyad id -> dyad, of those that may be shown.
        constructs: Construct id -> construct, in the framework's order.
        tables: Published tables by name, typed as ``columns.TABLES``; periods up to the edition's, and
            ``UNKNOWN``.
        failed_gates: Gate checks that failed when the release was made, as sentences.
        countries: Partner id -> country, of the members in the edition's period.
        homes: Partner id -> country, of all partners there ever were.
        failed_checks: Rules that were broken: source, rule_id, severity, n_checked, n_failed; most failures first.
        owed: Of what was owed for the period, how much came and how much it is; None where the release does not say.
        silent: Sources of which nothing came for longer than declared; none where the release does not say.
        group: Of a return report: the spread of everybody's published figures by section (``group.groups``).
    """

    info: ReleaseInfo
    period: Period
    periods: tuple[Period, ...]
    partners: Mapping[str, str]
    dyads: Mapping[str, Dyad]
    constructs: Mapping[str, Construct]
    tables: Mapping[str, pl.DataFrame]
    failed_gates: tuple[str, ...]
    countries: Mapping[str, str] = field(default_factory=dict)
    homes: Mapping[str, str] = field(default_factory=dict)
    failed_checks: pl.DataFrame = field(default_factory=pl.DataFrame)
    owed: tuple[int, int] | None = None
    silent: tuple[Silent, ...] = ()
    group: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def table(self, name: str, *, all_periods: bool = False) -> pl.DataFrame:
        """Return a published table's rows of the edition's period, or of every period up to it."""
        frame = self.tables[name]
        if all_periods or "period_id" not in frame.columns:
            return frame
        return frame.filter(pl.col("period_id") == self.period.period_id)

    @property
    def is_own(self) -> bool:
        """Tell whether it is a partner's own, for its return report."""
        return bool(self.group)

    def partner(self, partner_id: str) -> str:
        """Return a partner's name."""
        return self.partners.get(partner_id, partner_id)

    def dyad_names(self, dyad_id: str) -> tuple[str, str]:
        """Return the names of side A and side B."""
        dyad = self.dyads[dyad_id]
        return self.partner(dyad.partner_a), self.partner(dyad.partner_b)

    def label(self, construct_id: str) -> str:
        """Return a construct's label; an unknown one in readable words."""
        known = self.constructs.get(construct_id)
        return known.label if known else construct_id.replace("_", " ").capitalize()

    def kind(self, kind: str) -> list[Construct]:
        """Return the framework's constructs of one kind, in its order."""
        return [construct for construct in self.constructs.values() if construct.kind == kind]

    @property
    def n_held(self) -> int:
        """Rows of the edition's period that are withheld at a partner's request."""
        return sum(int(self.table(name)["n_suppressed_reason"].eq(HELD).sum()) for name in self.tables)

    @property
    def n_suppressed(self) -> int:
        """Rows of the edition's period whose numbers are withheld."""
        return sum(int(self.table(name)["is_suppressed"].sum()) for name in self.tables)
