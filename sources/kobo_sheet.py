"""One sheet of a Kobo export: headers, the rows below, and the answers in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

import polars as pl

from melflow.sources import labels, values
from melflow.sources.answers import SHEET
from melflow.sources.labels import XML, Match, Target
from melflow.sources.tables import Counted, Sheet
from melflow.sources.xlsform import Form

_CHOSEN = ("1", "1.0", "true", "yes")
NOT_AVAILABLE = "n/a"  # what Ona's exports have in blank cells
#: What may be below a group in the header: the server's own names, whatever stands before them.
_SERVER_NAMES = re.compile(
    r"(?:.*[^\w])?(instanceID|rootUuid|deprecatedID|versionID|__version__|_version_|_version__\d+)", re.IGNORECASE
)


class Export:
    """One sheet of an export."""

    def __init__(self, sheet: Sheet) -> None:
        header = sheet.first_row()
        self.name = sheet.name
        self.headers: list[str | None] = sheet.row(header)
        self.body = sheet.below(header).with_columns(pl.lit(sheet.name or None, pl.String).alias(SHEET))
        self._sheet, self._header = sheet, header

    def counted(self) -> Counted:
        """Return how many rows below the header have something in them, counted beside the reader."""
        return self._sheet.counted(self._header, self.body.height)

    def match(self, form: Form, tried: Sequence[str], within: frozenset[str]) -> Match:
        """Return which column holds what."""
        return labels.match(self.headers, form, tried, within)

    def first(self, names: Sequence[str]) -> pl.Expr:
        """Return the first filled cell under any of these headers, null where there is none."""
        columns = [f"c{self._places[name]}" for name in names if name in self._places]
        return pl.coalesce(*(values.filled(pl.col(column)) for column in columns), pl.lit(None, pl.String))

    def has(self, names: Sequence[str]) -> bool:
        """Return whether one of these headers is there."""
        return any(name in self._places for name in names)

    @staticmethod
    def is_server_name(header: str) -> bool:
        """Return whether a header is one of the server's own, with or without the groups before it."""
        return _SERVER_NAMES.fullmatch(header) is not None

    @cached_property
    def _places(self) -> dict[str, int]:
        """Header, or the server's name at its end -> number of its first column."""
        places: dict[str, int] = {}
        for number, header in enumerate(self.headers):
            places.setdefault(header or "", number)
        for number, header in enumerate(self.headers):
            own = _SERVER_NAMES.fullmatch(header or "")
            if own:
                places.setdefault(own[1], number)
        return places

    @cached_property
    def versions(self) -> list[str]:
        """The headers that may hold the form version, the one that is right first.

        A form that was downloaded and uploaded again brings its old version with it; the server adds another field.
        """
        numbered = sorted((name for name in self._places if re.fullmatch(r"_version__\d+", name)), reverse=True)
        return ["__version__", *numbered, "_version_", "_version", "versionID"]

    def blank_not_available(self, columns: Sequence[int]) -> int:
        """Blank the cells ``n/a`` of the whole sheet if one stands in these columns, which cannot hold words.

        Returns:
            The number of cells.
        """
        marked = [pl.col(f"c{number}").eq(NOT_AVAILABLE).any() for number in columns]
        if not marked or not self.body.select(pl.any_horizontal(marked)).item():
            return 0
        cells = pl.col("^c[0-9]+$")
        count = self.body.select(pl.sum_horizontal((cells == NOT_AVAILABLE).sum())).item()
        self.body = self.body.with_columns(pl.when(cells != NOT_AVAILABLE).then(cells).name.keep())
        return int(count)

    def headers_of(self, match: Match) -> dict[str, str]:
        """Return item path -> header as it is in the file."""
        named = {target.path: self.headers[number] or "" for number, target in reversed(match.columns.items())}
        whole = {
            target.path: self.headers[number] or ""
            for number, target in reversed(match.columns.items())
            if target.option is None
        }
        return named | whole

    def coded(self, match: Match) -> frozenset[str]:
        """Return the select_multiple items whose answer is put together from columns of options, as codes."""
        options = {target.path for target in match.columns.values() if target.option is not None}
        whole = {target.path for target in match.columns.values() if target.option is None}
        # labels in one cell have to be told apart; columns say it plainly
        return frozenset(options if match.language != XML else options - whole)

    def answers(self, match: Match) -> dict[str, list[pl.Expr]]:
        """Return one text per item, named by its path, by the place the columns are of: "" where headers name none."""
        coded = self.coded(match)
        options: dict[tuple[str, str], list[pl.Expr]] = {}
        found: dict[str, list[pl.Expr]] = {}
        for number, target in match.columns.items():
            if target.option is not None and target.path in coded:
                options.setdefault((target.place, target.path), []).append(self._chosen(number, target))
            elif target.option is None and target.path not in coded:
                found.setdefault(target.place, []).append(pl.col(f"c{number}").alias(target.path))
        for (place, path), chosen in options.items():
            together = pl.concat_str(chosen, separator=" ", ignore_nulls=True)
            found.setdefault(place, []).append(values.filled(together).alias(path))
        return found

    def _chosen(self, number: int, target: Target) -> pl.Expr:
        """Return the option where its column says it was chosen: a truth, or the option once more."""
        cell = values.filled(pl.col(f"c{number}")).str.to_lowercase()
        words = [*_CHOSEN, (target.option or "").lower(), target.said.lower()]
        words = [word for word in words if word not in ("0", "0.0", "false", "no")]
        return pl.when(cell.is_in(words)).then(pl.lit(target.option))
