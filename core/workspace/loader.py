"""Read a workspace folder, collecting every mistake of every file before saying anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from melflow.core.calendar import make_periods
from melflow.core.errors import Problem, WorkspaceError
from melflow.core.names import choose, nearest
from melflow.core.workspace import crosscheck
from melflow.core.workspace.alliance import Alliance, AllianceFile, Calendar
from melflow.core.workspace.corrections import Correction, CorrectionsFile, misfits
from melflow.core.workspace.fields import Declared, Known
from melflow.core.workspace.framework import SHIPPED, Framework
from melflow.core.workspace.iati import unready
from melflow.core.workspace.indicators import Indicator, repeated_indicators
from melflow.core.workspace.narratives import Narrative, read_narratives
from melflow.core.workspace.own_rules import OwnRulesFile
from melflow.core.workspace.partnerships import PartnershipsFile
from melflow.core.workspace.positions import Positions
from melflow.core.workspace.problems import explain
from melflow.core.workspace.rates import Rate, repeated_rates
from melflow.core.workspace.reading import Document, read_table, read_toml, read_yaml
from melflow.core.workspace.registry import Alias, Invitation, Partner
from melflow.core.workspace.report import ReportConfig
from melflow.core.workspace.source import CONNECTORS, KoboSource, SourceConfig
from melflow.core.workspace.workspace import Workspace

#: Known errors of a source lie beside its file.
_CORRECTIONS = ".corrections.yml"
Model = TypeVar("Model", bound=Declared)
#: What a form may be: XLSForm, KoboToolbox's JSON, XForm.
FORMS = (".xlsx", ".xls", ".json", ".xml")


def load_workspace(root: Path) -> Workspace:
    """Read and check the declared files of a workspace.

    Args:
        root: The folder with melflow.toml.

    Raises:
        WorkspaceError: With all problems of all files, sorted by file and line.
    """
    root = Path(root).resolve()
    if not (root / "melflow.toml").is_file():
        rule, seen = "a workspace is a folder with melflow.toml", f"no such file in {root}"
        fix = "Make a workspace with 'melflow init DIR', or name its folder with -C."
        raise WorkspaceError.of("melflow.toml", rule, seen, fix)
    return _Loader(root).load()


class _Loader:
    """Goes from file to file; later files are checked against what earlier ones declare."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []
        forms = (path for path in (root / "instruments").glob("*") if path.suffix.lower() in FORMS)
        self.known = Known(has_instruments=any(not path.name.startswith(("~$", ".")) for path in forms))

    def load(self) -> Workspace:
        settings = self._settings()
        framework = self._framework()
        partners = self._partners()
        aliases = self._rows("aliases.csv", Alias) if self._exists("aliases.csv", required=False) else []
        invitations = self._rows("invited.csv", Invitation) if self._exists("invited.csv", required=False) else []
        indicators = self._indicators()
        rates = self._rows("rates.csv", Rate) if self._exists("rates.csv", required=False) else []
        partnerships = self._partnerships()
        sources = self._folder("sources", self._source)
        corrections = self._corrections(sources)
        reports = self._folder("reports", self._report)
        rules = self._folder("expectations", self._rules)
        narratives = self._narratives(reports)
        self.problems += crosscheck.names_clash(partners, aliases)
        self.problems += crosscheck.successions_fit(partners, aliases)
        self.problems += crosscheck.repeated_invitations(invitations)
        self.problems += repeated_indicators(indicators)
        self.problems += repeated_rates(rates)
        if settings is not None:
            countries = [partner.country for _, partner in partners]
            codes = [indicator.indicator_id for _, indicator in indicators]
            officer = settings.mail.data_officer if settings.mail else None
            self.problems += crosscheck.internal_to_others(reports, officer)
            self.problems += unready(settings.iati, reports, countries, codes)
        self.problems += crosscheck.files_read_twice(sources)
        if self.problems or settings is None or framework is None or partnerships is None:
            raise WorkspaceError(*sorted(set(self.problems), key=_place))
        return Workspace(
            root=self.root,
            **{name: getattr(settings, name) for name in AllianceFile.model_fields},
            framework=framework,
            partners={partner.partner_id: partner for _, partner in partners},
            aliases=tuple(alias for _, alias in aliases),
            indicators=tuple(indicator for _, indicator in indicators),
            rates=tuple(rate for _, rate in rates),
            invitations=tuple(invitation for _, invitation in invitations),
            partnerships=partnerships.partnerships,
            sources=sources,
            corrections=corrections,
            reports=reports,
            rules={name: file.rules for name, file in rules.items()},
            narratives=tuple(narratives),
        )

    def _settings(self) -> AllianceFile | None:
        document = read_toml(self.root / "melflow.toml", "melflow.toml")
        settings = self._validated(AllianceFile, document)
        # Even when something else in the file is wrong, the rest of the workspace is held against these two.
        calendar = settings.calendar if settings else _part(Calendar, document.data, "calendar")
        alliance = settings.alliance if settings else _part(Alliance, document.data, "alliance")
        if calendar is not None:
            periods = make_periods(calendar.kind, calendar.first, calendar.last, calendar.fiscal_start_month)
            self.known = replace(self.known, periods=tuple(period.period_id for period in periods))
        if alliance is not None:
            self.known = replace(self.known, languages=alliance.languages)
        return settings

    def _framework(self) -> Framework | None:
        own = self._exists("framework.yml", required=False)
        document = read_yaml(self.root / "framework.yml" if own else SHIPPED, "framework.yml")
        framework = self._validated(Framework, document)
        if framework is not None:
            self.known = replace(self.known, constructs=frozenset(one.id for _, one in framework.constructs()))
        return framework

    def _partners(self) -> list[tuple[str, Partner]]:
        if not self._exists("partners.csv"):
            return []
        rows = self._rows("partners.csv", Partner)
        self.problems += crosscheck.repeated_partners(rows)
        return rows

    def _indicators(self) -> list[tuple[str, Indicator]]:
        before = len(self.problems)
        exists = self._exists("indicators.csv", required=False)
        rows = self._rows("indicators.csv", Indicator) if exists else []
        if len(self.problems) == before:  # of a file that cannot be read, nothing is held against a report
            self.known = replace(self.known, indicators=frozenset(row.indicator_id for _, row in rows))
        return rows

    def _partnerships(self) -> PartnershipsFile | None:
        if not self._exists("partnerships.yml"):
            return None
        return self._validated(PartnershipsFile, read_yaml(self.root / "partnerships.yml", "partnerships.yml"))

    def _source(self, document: Document, name: str) -> SourceConfig | None:
        data = document.data if isinstance(document.data, dict) else {}
        connector = data.get("connector")
        if document.data is not None and str(connector) not in CONNECTORS:
            rule, seen = f"'connector' is one of {', '.join(CONNECTORS)}", f"'{connector}'"
            fix = choose(str(connector), CONNECTORS)
            if connector is None:
                near = nearest("connector", data)
                seen = f"the key '{near}'" if near else "no such key or no value"
                fix = f"Write 'connector: …' with one of: {', '.join(CONNECTORS)}."
            self.problems += [*document.problems, Problem(document.where(("connector",)), rule, seen, fix)]
            return None
        return self._validated(CONNECTORS.get(str(connector), KoboSource), document, name)

    def _report(self, document: Document, name: str) -> ReportConfig | None:
        return self._validated(ReportConfig, document, name)

    def _rules(self, document: Document, _name: str) -> OwnRulesFile | None:
        return self._validated(OwnRulesFile, document)

    def _narratives(self, reports: Mapping[str, ReportConfig]) -> list[Narrative]:
        """Read what the team wrote; while a report or the calendar cannot be read, nothing is held against them."""
        if self.problems:
            return []
        read = read_narratives(self.root, reports, self.known.periods or (), self.known.languages or ())
        self.problems += read[1]
        return read[0]

    def _corrections(self, sources: Mapping[str, SourceConfig]) -> dict[str, tuple[Correction, ...]]:
        """Read each .corrections.yml beside the sources, and hold it against its source."""
        found: dict[str, tuple[Correction, ...]] = {}
        for path in sorted((self.root / "sources").glob(f"*{_CORRECTIONS}")):
            file, name = f"sources/{path.name}", path.name.removesuffix(_CORRECTIONS)
            if path.name.startswith((".", "~")):
                continue
            if not (path.parent / f"{name}.yml").is_file():
                rule, fix = "corrections are of a source beside them", choose(name, sources)
                self.problems.append(Problem(f"{file}:1", rule, f"no sources/{name}.yml", fix))
                continue
            document = read_yaml(path, file)
            declared = self._validated(CorrectionsFile, document)
            if declared is None or name not in sources:  # then a problem of its own
                continue
            found[name] = declared.corrections
            self.problems += [
                Problem(document.where(("corrections", number, *finding.path)), finding.rule, finding.seen, finding.fix)
                for number, correction in enumerate(declared.corrections)
                for finding in misfits(correction, sources[name])
            ]
        return found

    def _folder(self, folder: str, read: Any) -> dict[str, Any]:
        """Read each .yml of a folder; the file's name is the thing's name."""
        found: dict[str, Any] = {}
        for path in sorted((self.root / folder).glob("*")):
            file = f"{folder}/{path.name}"
            if path.name.startswith((".", "~")) or not path.is_file() or path.name.endswith(_CORRECTIONS):
                continue
            if path.suffix != ".yml" or not re.fullmatch(r"[a-z0-9]+(?:[_-][a-z0-9]+)*", path.stem):
                words = re.sub(r"[^a-z0-9]+", "_", path.stem.casefold()).strip("_") or "name"
                rule = f"files in {folder} are named with a-z, 0-9 and _, and end in .yml"
                fix = f"Rename it to '{words}.yml', or move it away."
                self.problems.append(Problem(f"{file}:1", rule, f"'{path.name}'", fix))
                continue
            thing = read(read_yaml(path, file), path.stem)
            if thing is not None:
                found[path.stem] = thing
        return found

    def _exists(self, file: str, required: bool = True) -> bool:
        if (self.root / file).is_file():
            return True
        if required:
            near = nearest(file, (path.name for path in self.root.iterdir() if path.is_file()))
            fix = f"Rename '{near}' to '{file}'." if near else f"Add {file}; 'melflow init DIR' makes one to copy."
            self.problems.append(Problem(f"{file}:1", f"a workspace has the file {file}", "no such file", fix))
        return False

    def _rows(self, file: str, model: type[Model]) -> list[tuple[str, Model]]:
        """Return (file:line, row) for each valid row of a CSV file."""
        columns = tuple(model.model_fields)
        table = read_table(self.root / file, file, columns)
        self.problems += table.problems
        if not table.header:
            if not table.problems:
                fix = f"Write the header: {','.join(columns)}."
                self.problems.append(Problem(f"{file}:1", "the first line names the columns", "an empty file", fix))
            return []
        self.problems += crosscheck.header(table, model)
        if model is Partner and "partner_id" in table.header and not table.problems:
            self.known = replace(self.known, partners=frozenset(row.get("partner_id", "") for _, row in table.rows))
        rows: list[tuple[str, Model]] = []
        for line, cells in table.rows:
            cells = {name: cell for name, cell in cells.items() if name in columns}
            document = Document(file, cells, Positions({(): line}))
            row = self._validated(model, document, absent=set(columns) - set(table.header))
            if row is not None:
                rows.append((f"{file}:{line}", row))
        return rows

    def _validated(
        self, model: type[Model], document: Document, name: str = "", absent: Iterable[str] = ()
    ) -> Model | None:
        """Validate a document; its problems are collected.

        Args:
            model: What the document should be.
            document: The document.
            name: The file's name, for models that are named by it.
            absent: Columns already reported as missing.
        """
        self.problems += document.problems
        data = document.data
        if data is None:
            return None
        if model.named_by_file and isinstance(data, dict):
            if "name" in data:
                fix = "Remove the line; rename the file to change the name."
                problem = Problem(document.where(("name",)), "the name is the file's name", "the key 'name'", fix)
                self.problems.append(problem)
            data = {**data, "name": name}
        try:
            return model.model_validate(data, context=self.known)
        except ValidationError as error:
            hidden = {f"'{column}' is required" for column in absent}
            self.problems += [found for found in explain(error, model, document) if found.rule not in hidden]
            return None


def _part(model: type[Model], data: Mapping[str, Any] | None, key: str) -> Model | None:
    try:
        return model.model_validate((data or {}).get(key))
    except ValidationError:
        return None


def _place(problem: Problem) -> tuple[str, int, Problem]:
    file, _, line = problem.where.rpartition(":")
    return (file, int(line), problem) if line.isdigit() else (problem.where, 0, problem)
