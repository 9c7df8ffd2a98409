"""Which sheet of an export holds what of a form: the submissions, and the repetitions of each repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from melflow.core.names import fold
from melflow.sources.kobo_sheet import Export
from melflow.sources.labels import Match
from melflow.sources.xlsform import Form

_SHEET_NAME = 31  # Excel cuts longer names


@dataclass(frozen=True)
class Layout:
    """An export as one form version reads it.

    Attributes:
        form: The form version.
        main: The sheet with one row per submission.
        match: Its columns.
        repeats: Repeat path -> its sheet and columns, outer before inner.
    """

    form: Form
    main: Export
    match: Match
    repeats: dict[str, tuple[Export, Match]]

    @property
    def sheets(self) -> list[tuple[Export, Match]]:
        """The sheets that are read, with their columns."""
        return [(self.main, self.match), *self.repeats.values()]

    @property
    def paths(self) -> frozenset[str]:
        """The items that have a column."""
        return frozenset().union(*(match.paths for _, match in self.sheets))


def lay_out(exports: Sequence[Export], form: Form, tried: Sequence[str]) -> Layout:
    """Return what each sheet is: the one with most questions outside repeats, the first of equals, has submissions."""
    within = _within(form)
    whole = frozenset().union(*within.values())
    found = [export.match(form, tried, within[""]) for export in exports]
    number = max(range(len(exports)), key=lambda place: (len(found[place].paths), -place))
    main = exports[number]
    tried = sorted(tried, key=lambda language: language != found[number].language)
    rest = [export for export in exports if export is not main]
    fits = [
        (_fit(export, match, repeat, form), repeat, export, match)
        for repeat in form.repeats
        for export in rest
        for match in [export.match(form, tried, within[repeat])]
    ]
    repeats: dict[str, tuple[Export, Match]] = {}
    for fit, repeat, export, match in sorted(fits, key=lambda one: one[0], reverse=True):
        taken = any(export is other for other, _ in repeats.values())
        if any(fit) and not taken and repeat not in repeats:
            repeats[repeat] = (export, match)
    elsewhere = frozenset().union(*(within[repeat] for repeat in repeats))
    order = {repeat: repeats[repeat] for repeat in form.repeats if repeat in repeats}
    return Layout(form, main, main.match(form, tried, whole - elsewhere), order)


def _within(form: Form) -> dict[str, frozenset[str]]:
    """Return repeat path, "" for the top -> paths of the items right in it."""
    given = dict(form.items.group_by("repeat_path").agg("item_path").iter_rows())
    return {repeat: frozenset(given.get(repeat, [])) for repeat in ("", *form.repeats)}


def _fit(export: Export, match: Match, repeat: str, form: Form) -> tuple[bool, int, bool]:
    """Return how well a sheet fits a repeat: by name and questions, by questions, by its name alone."""
    name = repeat.rpartition("/")[2]
    said = {name, repeat, repeat.replace("/", "_"), *form.groups.get(repeat, {}).values()}
    named = bool(export.name) and fold(export.name) in {fold(text[:_SHEET_NAME]) for text in said}
    return named and bool(match.paths), len(match.paths), named
