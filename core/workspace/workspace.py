"""The workspace as one frozen object: what was declared, what follows from it, and where things are kept."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from melflow.core.calendar import Period, make_periods
from melflow.core.errors import WorkspaceError
from melflow.core.workspace.alliance import Alliance, Calendar, Gates, Needs, Privacy, Warehouse
from melflow.core.workspace.checks import Checks
from melflow.core.workspace.corrections import Correction
from melflow.core.workspace.framework import Framework
from melflow.core.workspace.iati import Iati
from melflow.core.workspace.indicators import Indicator
from melflow.core.workspace.mail import Clock, Mail
from melflow.core.workspace.narratives import Narrative
from melflow.core.workspace.own_rules import OwnRule
from melflow.core.workspace.partnerships import Dyad, Partnership, dyads_of
from melflow.core.workspace.rates import Rate
from melflow.core.workspace.registry import Alias, Invitation, Partner
from melflow.core.workspace.reply import Reply
from melflow.core.workspace.report import ReportConfig
from melflow.core.workspace.report_delivery import OF_SENDING, Delivery
from melflow.core.workspace.source import SourceConfig

#: A shorter secret could be found by trying.
SHORTEST_KEY = 16


class Workspace(BaseModel):
    """Everything an alliance declared, checked. Made by ``load_workspace``.

    Attributes:
        root: The workspace folder, absolute.
        alliance: Who the alliance is.
        calendar: Its reporting calendar.
        privacy: How small a group may be shown.
        warehouse: Where the tables are.
        gates: When a report is held back.
        clock: When partners are reminded.
        mail: The mail server, if there is one.
        delivery: How editions leave: attached or linked, and where the published folder is put.
        checks: From where on valid answers look wrong.
        needs: Baselines that are locked.
        iati: What the IATI standard asks of the alliance's activity, if it publishes there.
        reply: What partners may answer before figures about them go out.
        framework: Constructs and thresholds.
        partners: By partner_id, in file order.
        aliases: Other names of partners.
        indicators: What results are counted in; empty without indicators.csv.
        rates: Exchange rates; empty without rates.csv.
        invitations: How many people were asked, where the alliance wrote it down.
        partnerships: In file order.
        sources: By name, sorted.
        corrections: Known errors, by source.
        reports: By name, sorted.
        rules: The alliance's own rules, by canonical table.
        narratives: What the team wrote for editions; no part of any figure.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    root: Path
    alliance: Alliance
    calendar: Calendar
    privacy: Privacy
    warehouse: Warehouse
    gates: Gates
    clock: Clock = Clock()
    mail: Mail | None = None
    delivery: Delivery = Delivery()
    checks: Checks = Checks()
    needs: Needs = Needs()
    iati: Iati | None = None
    reply: Reply = Reply()
    framework: Framework
    partners: dict[str, Partner]
    aliases: tuple[Alias, ...]
    indicators: tuple[Indicator, ...] = ()
    rates: tuple[Rate, ...] = ()
    invitations: tuple[Invitation, ...]
    partnerships: tuple[Partnership, ...]
    sources: dict[str, SourceConfig]
    corrections: dict[str, tuple[Correction, ...]] = {}
    reports: dict[str, ReportConfig]
    rules: dict[str, tuple[OwnRule, ...]] = {}
    narratives: tuple[Narrative, ...] = ()

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        """The reporting periods, in order."""
        calendar = self.calendar
        return make_periods(calendar.kind, calendar.first, calendar.last, calendar.fiscal_start_month)

    @cached_property
    def dyads(self) -> tuple[Dyad, ...]:
        """Each pair of partners that share a partnership, once, sorted by id."""
        return dyads_of(self.partnerships)

    @cached_property
    def units(self) -> dict[str, frozenset[str]]:
        """Indicator id -> every word for its unit, folded."""
        return {indicator.indicator_id: indicator.units for indicator in self.indicators}

    @cached_property
    def config_hash(self) -> str:
        """SHA-256 of everything declared, first 16 hexadecimal digits; layout and comments do not count.

        Who is written to or asked, when and how, changes no number, and so makes no release.
        """
        declared = self.model_dump(mode="json", exclude={"root", "clock", "mail", "delivery", "reply", "narratives"})
        for report in declared["reports"].values():
            for name in OF_SENDING:
                del report[name]
        for unordered in ("aliases", "indicators", "invitations", "partnerships", "rates"):
            declared[unordered] = sorted(declared[unordered], key=_canonical)
        return hashlib.sha256(_canonical(declared).encode()).hexdigest()[:16]

    def gate_of(self, report: ReportConfig) -> Gates:
        """Return the gate of a report: the alliance's, with the report's own limits in their place."""
        return self.gates.model_copy(update=report.gate.model_dump(exclude_none=True))

    def hash_key(self) -> bytes:
        """Return the secret of pseudonyms, from the environment or from var/secrets/hash_key.

        Raises:
            WorkspaceError: There is none, or it is too short to be one.
        """
        name = self.privacy.hash_key_env
        kept = self.hash_key_path
        from_environment = os.environ.get(name, "").strip()
        key = from_environment.encode() or (kept.read_bytes().strip() if kept.is_file() else b"")
        if len(key) >= SHORTEST_KEY:
            return key
        rule = f"personal values are hashed with a secret of at least {SHORTEST_KEY} characters"
        seen = f"{len(key)} characters" if key else f"neither the variable {name} nor the file {self._relative(kept)}"
        fix = f"Set {name} to the alliance's long random text; the same text on every machine and for ever."
        raise WorkspaceError.of("melflow.toml", rule, seen, fix)

    @property
    def var(self) -> Path:
        """Everything melflow writes."""
        return self.root / "var"

    @property
    def instruments_dir(self) -> Path:
        """The XLSForms."""
        return self.root / "instruments"

    @property
    def landing_dir(self) -> Path:
        """Payloads as received."""
        return self.var / "landing"

    @property
    def warehouse_path(self) -> Path:
        """The DuckDB file that runs write."""
        return self.root / self.warehouse.path

    @property
    def releases_dir(self) -> Path:
        """Frozen publications of the marts."""
        return self.var / "releases"

    @property
    def editions_dir(self) -> Path:
        """Rendered reports."""
        return self.var / "editions"

    @property
    def published_dir(self) -> Path:
        """The pages of each audience, ready to be served or uploaded."""
        return self.var / "published"

    @property
    def status_path(self) -> Path:
        """What the last run found, for ``melflow status``."""
        return self.var / "status.duckdb"

    @property
    def hash_key_path(self) -> Path:
        """The secret of pseudonyms that ``melflow init`` makes."""
        return self.var / "secrets" / "hash_key"

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
