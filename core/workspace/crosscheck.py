"""Checks that need more than one line or more than one file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from itertools import combinations, product

from pydantic import BaseModel

from melflow.core.errors import Problem
from melflow.core.names import choose, fold
from melflow.core.workspace.reading import Table
from melflow.core.workspace.registry import Alias, Invitation, Partner
from melflow.core.workspace.report import ReportConfig
from melflow.core.workspace.source import KoboSource, OdkSource, SourceConfig, SpreadsheetSource

_WILD = "*?["


def header(table: Table, model: type[BaseModel]) -> Iterator[Problem]:
    """Yield unknown, repeated and missing columns of a CSV file."""
    where = f"{table.file}:1"
    for number, name in enumerate(table.header):
        if name not in model.model_fields:
            free = [column for column in model.model_fields if column not in table.header]
            yield Problem(where, "only known columns are used", f"the column '{name}'", choose(name, free))
        elif name in table.header[:number]:
            yield Problem(where, "a column stands only once", f"'{name}' again", "Keep one of the two.")
    for name, field in model.model_fields.items():
        if field.is_required() and name not in table.header:
            yield Problem(where, f"the column '{name}' is required", "no such column", f"Add the column '{name}'.")


def repeated_partners(rows: Sequence[tuple[str, Partner]]) -> Iterator[Problem]:
    """Yield partners whose id or name was used before."""
    ids: dict[str, str] = {}
    names: dict[str, str] = {}
    for where, partner in rows:
        if partner.partner_id in ids:
            fix = f"Give it its own id; the first is at {ids[partner.partner_id]}."
            yield Problem(where, "a partner_id stands only once", f"'{partner.partner_id}' again", fix)
        elif fold(partner.name) in names:
            fix = f"Make the names differ, or keep one line; the first is at {names[fold(partner.name)]}."
            yield Problem(where, "two partners have different names", f"'{partner.name}' again", fix)
        ids.setdefault(partner.partner_id, where)
        names.setdefault(fold(partner.name), where)


def repeated_invitations(rows: Sequence[tuple[str, Invitation]]) -> Iterator[Problem]:
    """Yield lines of invited.csv about the same people."""
    seen: dict[tuple[str, str, str, str | None], str] = {}
    for where, line in rows:
        key = (line.partner_id, line.instrument, line.period_id, line.about_partner_id)
        if key in seen:
            fix = f"Keep one line with the whole number; the first is at {seen[key]}."
            rule = "a partner, form, period and partner asked about stand only once"
            yield Problem(where, rule, f"'{line.partner_id}, {line.instrument}, {line.period_id}' again", fix)
        seen.setdefault(key, where)


def internal_to_others(reports: Mapping[str, ReportConfig], officer: str | None) -> Iterator[Problem]:
    """Yield reports of what is internal that somebody besides the data officer gets.

    Args:
        reports: By name.
        officer: The data officer's address; None when melflow.toml names none.
    """
    for name, report in reports.items():
        listed = [*report.recipients, *(address for group in report.groups.values() for address in group.to)]
        others = {address.casefold() for address in listed} - {(officer or "").casefold()}
        if report.audience == "officer" and others:
            rule = "a report for the audience 'officer' shows what is internal, and goes to the data officer only"
            seen = f"addresses that are not data_officer of melflow.toml [mail]: {len(others)}"
            fix = "Remove 'recipients' and 'groups', name the data officer only, or write another audience."
            yield Problem(f"reports/{name}.yml:1", rule, seen, fix)


def names_clash(partners: Sequence[tuple[str, Partner]], aliases: Sequence[tuple[str, Alias]]) -> Iterator[Problem]:
    """Yield aliases that could mean two partners on the same day."""
    owners: dict[str, str] = {}
    for _, partner in partners:
        owners[fold(partner.name)] = owners[fold(partner.partner_id)] = partner.partner_id
    earlier: dict[str, list[tuple[str, Alias]]] = {}
    for where, alias in aliases:
        if alias.succession is not None:
            continue
        folded = fold(alias.raw_name)
        owner = owners.get(folded)
        if owner is not None and owner != alias.partner_id:
            fix = f"Remove the line, or write '{owner}' as partner_id."
            seen = f"'{alias.raw_name}', the name of '{owner}'"
            yield Problem(where, "an alias is not the name or id of another partner", seen, fix)
        for other_where, other in earlier.setdefault(folded, []):
            if other.partner_id != alias.partner_id and _overlap(alias, other):
                fix = f"Set valid_from and valid_to so that this line and {other_where} do not overlap."
                seen = f"'{alias.raw_name}' for '{other.partner_id}' and '{alias.partner_id}'"
                yield Problem(where, "an alias means one partner at a time", seen, fix)
        earlier[folded].append((where, alias))


def successions_fit(partners: Sequence[tuple[str, Partner]], aliases: Sequence[tuple[str, Alias]]) -> Iterator[Problem]:
    """Yield successions that no date or partner can be found by, and chains that come back to their start."""
    owners = {fold(text): partner for _, partner in partners for text in (partner.name, partner.partner_id)}
    successors: dict[str, str] = {}
    for where, alias in aliases:
        if alias.succession is None:
            continue
        former = owners.get(fold(alias.raw_name))
        if former is None:
            fix = f"{choose(alias.raw_name, [partner.name for _, partner in partners])} Or leave 'succession' empty."
            yield Problem(where, "the partner that ended is one of partners.csv", f"'{alias.raw_name}'", fix)
            continue
        if alias.valid_from is None or alias.valid_to is not None:
            fix = "Write the first day of the new partner as valid_from, and leave valid_to empty."
            yield Problem(where, "a succession has a first day and no last", f"'{alias.raw_name}'", fix)
        elif former.left_on is None or former.left_on >= alias.valid_from:
            fix = f"Write the day before {alias.valid_from} as left_on of '{former.partner_id}' in partners.csv."
            yield Problem(where, "a partner that became another has left before", f"'{former.partner_id}' has not", fix)
        if former.partner_id in successors:
            fix = "Keep one line; what a partner split into is told by the names in the data."
            yield Problem(where, "a partner becomes one other", f"'{alias.raw_name}' again", fix)
        elif _leads_to(alias.partner_id, former.partner_id, successors):
            fix = "Remove the line that is wrong."
            yield Problem(where, "successions do not come back to their start", f"'{alias.raw_name}'", fix)
        else:
            successors[former.partner_id] = alias.partner_id


def _leads_to(start: str, end: str, successors: Mapping[str, str]) -> bool:
    """Say whether a partner is, or by the successions known so far became, another one."""
    while start != end and start in successors:
        start = successors[start]
    return start == end


def files_read_twice(sources: Mapping[str, SourceConfig]) -> Iterator[Problem]:
    """Yield sources that read the same files or project as another: each row would count twice."""
    projects: dict[tuple[str, str], str] = {}
    for source in sources.values():
        if isinstance(source, KoboSource | OdkSource) and source.server and source.asked_for:
            first = projects.setdefault((source.server, source.asked_for), source.name)
            if first != source.name:
                seen, fix = f"'{source.asked_for}' here and in sources/{first}.yml", "Remove one of the two files."
                yield Problem(f"sources/{source.name}.yml:1", "each source asks for its own project", seen, fix)
    for pair in _neighbours(source for source in sources.values() if source.path):
        one, other = sorted(pair, key=lambda source: source.name)
        if not _same_files(one.path or "", other.path or ""):
            continue
        if isinstance(one, SpreadsheetSource) and isinstance(other, SpreadsheetSource) and one.sheets != other.sheets:
            continue  # two layouts in one workbook
        fix = "Give the two sources different folders or patterns."
        seen = f"'{other.path}' here and '{one.path}' in sources/{one.name}.yml"
        yield Problem(f"sources/{other.name}.yml:1", "each source reads its own files", seen, fix)


def _neighbours(sources: Iterable[SourceConfig]) -> Iterator[tuple[SourceConfig, SourceConfig]]:
    """Yield pairs of sources that may read the same folder; all pairs would be slow for hundreds of partners."""
    folders: dict[str, list[SourceConfig]] = {}
    for source in sources:
        folders.setdefault((source.path or "").rpartition("/")[0], []).append(source)
    for folder, group in folders.items():
        yield from combinations(group, 2)
        if any(sign in folder for sign in _WILD):
            others = (source for other, there in folders.items() if other != folder for source in there)
            yield from product(group, others)


def _same_files(one: str, other: str) -> bool:
    """Say whether one pattern covers the other; * is a letter like any other on the covered side."""
    pairs = list(zip(one.split("/"), other.split("/"), strict=False))
    if one.count("/") != other.count("/"):
        return False
    return all(_covers(a, b) for a, b in pairs) or all(_covers(b, a) for a, b in pairs)


def _covers(pattern: str, text: str) -> bool:
    return pattern == text or fnmatchcase(text, pattern)


def _overlap(one: Alias, other: Alias) -> bool:
    start = max(one.valid_from or date.min, other.valid_from or date.min)
    return start <= min(one.valid_to or date.max, other.valid_to or date.max)
