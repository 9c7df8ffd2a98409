"""One sheet of a Kobo export: headers, the rows below, and the answers in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import polars as pl

from melflow.sources import labels, values
from melflow.sources.answers import SHEET
from melflow.sources.labels import XML, Match
from melflow.sources.tables import Sheet
from melflow.sources.xlsform import Form

_CHOSEN = ("1", "1.0", "true", "yes")


class Export:
    """One sheet of an export."""

    def __init__(self, sheet: Sheet) -> None:
        header = sheet.first_row()
        self.headers: list[str | None] = sheet.row(header)
        self.body = sheet.below(header).with_columns(pl.lit(sheet.name or None, pl.String).alias(SHEET))
        self._matches: dict[int, Match] = {}

    def match(self, form: Form, tried: Sequence[str]) -> Match:
        """Return which column holds what."""
        if id(form) not in self._matches:
            self._matches[id(form)] = labels.match(self.headers, form, tried)
        return self._matches[id(form)]

    def first(self, names: Sequence[str]) -> pl.Expr:
        """Return the first filled cell under any of these headers, null where there is none."""
        columns = [f"c{self.headers.index(name)}" for name in names if name in self.headers]
        return pl.coalesce(*(values.filled(pl.col(column)) for column in columns), pl.lit(None, pl.String))

    def headers_of(self, match: Match) -> dict[str, str]:
        """Return item path -> header as it is in the file."""
        named = {target.path: self.headers[number] or "" for number, target in reversed(match.columns.items())}
        whole = {
            target.path: self.headers[number] or "" for number, target in match.columns.items() if target.option is None
        }
        return named | whole

    def coded(self, match: Match) -> frozenset[str]:
        """Return the select_multiple items whose answer is put together from columns of options, as codes."""
        options = {target.path for target in match.columns.values() if target.option is not None}
        whole = {target.path for target in match.columns.values() if target.option is None}
        # labels in one cell have to be told apart; columns say it plainly
        return frozenset(options if match.language != XML else options - whole)

    def answers(self, match: Match) -> list[pl.Expr]:
        """Return one text per item, named by its path."""
        coded = self.coded(match)
        options: dict[str, list[pl.Expr]] = {path: [] for path in coded}
        found = []
        for number, target in match.columns.items():
            cell = pl.col(f"c{number}")
            if target.option is not None and target.path in coded:
                chosen = values.filled(cell).str.to_lowercase().is_in(_CHOSEN)
                options[target.path].append(pl.when(chosen).then(pl.lit(target.option)))
            elif target.option is None and target.path not in coded:
                found.append(cell.alias(target.path))
        for path, chosen_options in options.items():
            together = pl.concat_str(chosen_options, separator=" ", ignore_nulls=True)
            found.append(values.filled(together).alias(path))
        return found

    def repeat_of(self, match: Match, form: Form) -> str | None:
        """Return the repeat group whose questions this sheet has; None for a sheet of something else."""
        repeats = dict(form.items.select("item_path", "repeat_path").iter_rows())
        found = Counter(repeats[path] for path in match.paths)
        found.pop("", None)
        return found.most_common(1)[0][0] if found else None
