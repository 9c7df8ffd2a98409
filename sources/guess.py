"""A proposal for sources/<name>.yml out of a file nobody has described yet; a person looks at every line of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from melflow.core.errors import SourceError
from melflow.sources import guess_results, guess_survey, guess_text, json_table, sniff
from melflow.sources.cell_marks import column_letters
from melflow.sources.guess_cells import could_swap, date_formats, decimal_sign, totals
from melflow.sources.guess_columns import Match, Reading, kind_of, meanings, readings, texts
from melflow.sources.guess_text import Line, todo
from melflow.sources.guess_words import word_lines
from melflow.sources.tables import Sheet, Tables, read_tables

if TYPE_CHECKING:
    from melflow.core.names import PartnerNames
    from melflow.sources.payload import Origin
    from melflow.sources.xlsform import Form

_KNOWN_SHARE = 0.5  # of a column's names that are in the registry, from which it is one of partners


@dataclass(frozen=True)
class Given:
    """What is known besides the file.

    Attributes:
        path: The file as a source's ``path``.
        names: The registry; None outside a workspace.
        periods: Ids of the calendar's periods.
        forms: The workspace's instruments.
    """

    path: str
    names: PartnerNames | None = None
    periods: Sequence[str] = ()
    forms: Sequence[Form] = ()


def guess(origin: Origin, content: bytes, given: Given) -> str:
    """Return the proposed file as YAML with comments: what was seen for each guess, and how sure it is.

    Raises:
        SourceError: The file is no table and no answers of a survey server.
    """
    if sniff.kind(origin, content, "text", "json", "workbook", "old workbook") == "json":
        survey = guess_survey.from_json(content)
        if survey is not None:
            return _survey(survey, given)
        content, tables = json_table.unwrapped(origin, content, {})
        tables = tables or json_table.objects(origin, content)
    else:
        tables = read_tables(origin, content)
    survey = guess_survey.from_table(tables)
    if survey is not None:
        return _survey(survey, given)
    every = [reading for sheet in tables.sheets for reading in _readable(sheet)]
    if not every:
        raise origin.error("the file has a sheet with a table", "none", "Name the file that holds the data.")
    best = max(every, key=lambda one: one.worth)
    return guess_text.render([*_head(best, every, tables, given), *_body(best, every, tables, given)])


def _readable(sheet: Sheet) -> list[Reading]:
    try:
        return readings(sheet)
    except SourceError:
        return []  # the others may do


def _head(best: Reading, every: list[Reading], tables: Tables, given: Given) -> list[Line]:
    others = sorted((one for one in every if one.use is not best.use), key=lambda one: -one.worth)
    sheet = f"sheet {best.sheet.name}, " * bool(best.sheet.name)
    hidden = " (hidden)" * best.sheet.hidden
    seen = f"{tables.reader}, {tables.encoding}" if tables.encoding else tables.reader
    lines = [
        Line(
            "", comment=f"Proposed by `melflow sources guess` from {PurePosixPath(given.path).name}: look at each line."
        ),
        Line("", comment=f"Seen: {sheet}header in row {best.header.row}{hidden}; read by {seen}."),
        Line("connector", best.use.connector, f"{len(best.matches)} of its columns are there" + _next(others)),
    ]
    if best.use.records:
        lines.append(Line("records", best.use.records, "which register; see docs/sources.md for the others"))
    stem = PurePosixPath(given.path).stem.replace("_", " ")
    return [
        *lines,
        Line("title", stem, "what people call it"),
        Line("path", given.path, "put * where the names of later files will differ"),
    ]


def _next(others: list[Reading]) -> str:
    if not others:
        return ""
    other = others[0]
    return f"; next likely: {other.use.records or other.use.connector} ({len(other.matches)} columns)"


def _body(best: Reading, every: list[Reading], tables: Tables, given: Given) -> list[Line]:
    matches = dict(best.matches)
    columns, partner = _partners(best, matches, given)
    period: list[Line] = []
    if best.use.connector == "spreadsheet":
        period = guess_results.lines(best, every, matches, given.periods)
    used = set(guess_results.helpers(period)) if best.use.connector == "spreadsheet" else set(matches)
    lines = [Line("columns", "")]
    for meaning, match in matches.items():
        if best.use.connector == "spreadsheet" and meaning in guess_results.HELPERS and meaning not in used:
            continue
        lines.append(Line(f"  {meaning}", match.text, _why(match) + columns.get(meaning, "")))
    for meaning in best.use.needed:
        if meaning not in matches and meaning != partner[1]:
            lines.append(todo(f"  {meaning}", "<header text in the file>", "no column looks like it"))
    mapped = {match.place for match in matches.values()}
    left = [text for place, text in enumerate(best.header.texts) if text and place not in mapped]
    if left:
        lines.append(Line("", comment="  not mapped: " + ", ".join(" ".join(text.split()) for text in left[:20])))
    return [*lines, *period, *partner[0], *_written(best, matches), *word_lines(best, matches), *_dropped(best, tables)]


def _why(match: Match) -> str:
    letters = column_letters(match.place)
    if match.score >= 100:
        return f"column {letters}, the very word"
    return f"column {letters}, likely: {match.score:.0f} of 100"


def _partners(best: Reading, matches: dict[str, Match], given: Given) -> tuple[dict[str, str], tuple[list[Line], str]]:
    """Return what the registry says about columns of partners, and the line for a partner of all rows."""
    said: dict[str, str] = {}
    wanted = [meaning for meaning in kind_of(best.use, "partner", "partners") if meaning not in matches]
    if given.names is not None:
        for meaning in (one for one in wanted if one in (*best.use.needed, "partner")):
            found = _by_registry(best, matches, given.names)
            if found is not None:
                matches[meaning] = found
        for meaning in kind_of(best.use, "partner", "partners"):
            if meaning in matches:
                known, names = _known(best, matches[meaning].place, given.names)
                said[meaning] = f"; {known} of {names} names are in the registry"
    fixed = {"spreadsheet": "partner", "register": _fixed(best)}.get(best.use.connector, "")
    if fixed and fixed not in matches:
        return said, ([todo("partner", "<id of partners.csv>", "whose rows these are, or map the column above")], fixed)
    return said, ([], "")


def _fixed(best: Reading) -> str:
    from melflow.core.registers import REGISTERS

    return REGISTERS[best.use.records].partner if best.use.records else ""


def _by_registry(best: Reading, matches: dict[str, Match], names: PartnerNames) -> Match | None:
    taken = {match.place for match in matches.values()}
    for place, text in enumerate(best.header.texts):
        if text and place not in taken:
            known, every = _known(best, place, names)
            if every and known >= _KNOWN_SHARE * every:
                return Match(place, " ".join(text.split()), 99.0)
    return None


def _known(best: Reading, place: int, names: PartnerNames) -> tuple[int, int]:
    seen = texts(best.body, place).unique()
    return seen.len() - names.resolve(seen).null_count(), seen.len()


def _written(best: Reading, matches: dict[str, Match]) -> list[Line]:
    lines: list[Line] = []
    dates = [texts(best.body, matches[one].place) for one in kind_of(best.use, "date") if one in matches]
    formats = list(dict.fromkeys(one for cells in dates for one in date_formats(cells)))
    if formats and best.use.connector != "spreadsheet":
        doubt = any(could_swap(cells, formats) for cells in dates)
        why = "day and month could be the other way round: look" if doubt else "all that were seen, commonest first"
        lines.append(Line("date_formats", formats, why))
    numbers = [texts(best.body, matches[one].place) for one in kind_of(best.use, "number") if one in matches]
    counted = [decimal_sign(cells) for cells in numbers if cells.len()]
    n_comma, n_point = sum(one[1] for one in counted), sum(one[2] for one in counted)
    if counted:
        sign = "," if n_comma > n_point else "."
        why = f"{n_comma} numbers need a comma, {n_point} a point" if n_comma + n_point else "no number says it"
        lines.append(Line("decimal", sign, why))
    return lines


def _dropped(best: Reading, tables: Tables) -> list[Line]:
    import polars as pl

    first = best.body.select(pl.coalesce(pl.exclude("__row"))).to_series() if best.body.width > 1 else pl.Series([""])
    found = totals(first, meanings()["totals"])
    lines = [Line("totals", found, "first cells of rows that add up others; they are dropped and counted")] * bool(
        found
    )
    if tables.encoding not in ("", "utf-8", "utf-16", "utf-32"):
        lines.append(Line("encoding", tables.encoding, "found out from the bytes: look whether accents are right"))
    hidden = [sheet.name for sheet in tables.sheets if sheet.hidden]
    if hidden:
        lines.append(Line("hidden", "read", f"hidden sheets: {', '.join(hidden)}; write skip to leave them out"))
    return lines


def _survey(survey: guess_survey.Survey, given: Given) -> str:
    name = PurePosixPath(given.path)
    form, share = guess_survey.likeliest(survey, given.forms)
    lines = [
        Line("", comment=f"Proposed by `melflow sources guess` from {name.name}: look at each line."),
        Line("connector", survey.connector, f"the fields {', '.join(survey.seen)} are those of such exports"),
        Line("title", name.stem.replace("_", " "), "what people call it"),
        Line("path", given.path, "put * where the names of later files will differ"),
    ]
    if form is None:
        lines.append(todo("instrument", "<form_id of the XLSForm>", "no form in instruments/ has its questions"))
    else:
        lines.append(Line("instrument", form, f"{share:.0%} of its questions are in the file"))
    return guess_text.render(lines)
