"""KoboToolbox exports: CSV or XLSX, XML names or labels, select_multiple in one column or many, repeats as sheets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl

from melflow.sources import choice_codes, formmatch, kobo_repeats, labels, survey, values
from melflow.sources.answers import SHEET, SUB, Filled
from melflow.sources.cell_marks import column_letters
from melflow.sources.formrows import METADATA, SELECT_MULTIPLE, SELECT_ONE
from melflow.sources.kobo_layout import Layout, lay_out
from melflow.sources.kobo_sheet import NOT_AVAILABLE, Export
from melflow.sources.payload import COLUMNS, Notes, Origin, Parsed
from melflow.sources.sheet_body import counted_in
from melflow.sources.tables import ROW, Tables, read_tables
from melflow.sources.xlsform import Form, Instruments

if TYPE_CHECKING:
    from melflow.core.workspace import KoboSource

#: What is known of a submission -> the headers it may stand under.
_META = {
    "uuid": ("_uuid", "instanceID"),
    "root_uuid": ("rootUuid",),
    "deprecated_uuid": ("deprecatedID",),
    "native_id": ("_id",),
    "submitted_raw": ("_submission_time",),
    "review_state": ("_validation_status", "_validation_status/label", "_validation_status.label", "_review_status"),
}
_DEVICE = {"started_raw": "start", "ended_raw": "end", "device": "deviceid"}
#: Types whose answers are no words: ``n/a`` in such a column is the exporter's blank.
_WORDLESS = ("integer", "decimal", "range", "date", "dateTime", "time", "geopoint", "image")

LayoutOf = Callable[[Form], Layout]


def parse(origin: Origin, content: bytes, config: KoboSource, instruments: Instruments) -> Parsed:
    """Return submissions and responses of a Kobo export.

    Raises:
        SourceError: The file cannot be read, or is of another form.
    """
    tables = read_tables(origin, content)
    forms = formmatch.forms_of(origin, config.instrument, instruments)
    exports = [Export(sheet) for sheet in tables.sheets]
    tried = labels.languages(instruments.forms, config.language)
    layout = _layouts(exports, tried)
    likely = layout(max(reversed(forms), key=lambda form: len(layout(form).paths)))
    kobo_repeats.refuse_repeat_alone(origin, likely)
    formmatch.refuse_other_form(origin, forms, instruments, lambda form: layout(form).paths)
    n_blanked = sum(export.blank_not_available(_wordless(match, likely.form)) for export, match in likely.sheets)

    top = kobo_repeats.numbered(likely)
    said = top.with_columns(version=likely.main.first(likely.main.versions))["version"]
    versions = formmatch.versions_of(origin, said, forms, config.versions, lambda form: layout(form).paths)
    filled, n_linked = [], 0
    for form in forms:
        rows = top.filter(versions.are(form))
        if rows.height or form is forms[-1]:
            one, n_placed = fill(origin, layout(form), rows, tried)
            filled.append(one)
            n_linked += n_placed
    n_repeated = sum(export.body.height for export, _ in likely.repeats.values())
    notes = _notes(tables, forms, [layout(form) for form in forms])
    notes |= versions.notes(top[SUB])
    notes |= {"blanked_not_available": n_blanked, "repeat_rows_without_parent": max(n_repeated - n_linked, 0)}
    notes |= counted_in(likely.main.counted()) | {"rows_dropped_repetitions": top.height - top[SUB].n_unique()}
    rules = survey.Rules("rootUuid", config.partner)
    return survey.assemble(origin, rules, filled, _meta(top, likely.main, forms), notes)


def _layouts(exports: list[Export], tried: list[str]) -> LayoutOf:
    """Return the layout of a form version, made when it is asked for."""
    made: dict[int, Layout] = {}

    def layout(form: Form) -> Layout:
        if id(form) not in made:
            made[id(form)] = lay_out(exports, form, tried)
        return made[id(form)]

    return layout


def _wordless(match: labels.Match, form: Form) -> list[int]:
    types = dict(form.items.select("item_path", "type").iter_rows())
    lists = dict(form.items.select("item_path", "list").iter_rows())
    choosable = set(form.choices["list"]) - set(form.choices.filter(pl.col("code") == NOT_AVAILABLE)["list"])
    return [
        number
        for number, target in match.columns.items()
        if target.option or types[target.path] in _WORDLESS or lists[target.path] in choosable
    ]


def fill(origin: Origin, layout: Layout, rows: pl.DataFrame, tried: list[str]) -> tuple[Filled, int]:
    """Return the answers of the rows to one form version, and how many rows of repeats' sheets were linked to them."""
    frames = kobo_repeats.main_frames(layout, rows)
    linked = kobo_repeats.linked(origin, layout, kobo_repeats.each_once(rows))
    headers, coded = layout.main.headers_of(layout.match), layout.main.coded(layout.match)
    n_linked = 0
    for repeat, placed in linked.items():
        export, match = layout.repeats[repeat]
        frames[repeat] = kobo_repeats.answers(export, match, placed)
        headers |= export.headers_of(match)
        coded |= export.coded(match)
        n_linked += placed.height
    return Filled(layout.form, frames, headers, _codes(layout.form, frames, coded, tried)), n_linked


def _codes(form: Form, frames: dict[str, pl.DataFrame], coded: frozenset[str], tried: list[str]) -> pl.DataFrame:
    """Translate the distinct answers of the select questions; ``coded`` ones were put together from codes."""
    selects = form.items.filter(pl.col("type").is_in([SELECT_ONE, SELECT_MULTIPLE]) & ~pl.col("item_path").is_in(coded))
    said: list[tuple[str, str]] = []
    wanted = set(selects["item_path"])
    for frame in frames.values():
        paths = [path for path in frame.columns if path in wanted]
        distinct = frame.select(pl.col(paths).drop_nulls().unique().implode())
        said += [(path, text) for path in paths for text in distinct[path].item()]
        wanted -= set(paths)
    answered = pl.DataFrame(said, schema={"item_path": pl.String, "value_raw": pl.String}, orient="row")
    return choice_codes.codes(answered.join(selects, on="item_path"), form, tried)


def _meta(top: pl.DataFrame, main: Export, forms: tuple[Form, ...]) -> pl.DataFrame:
    paths = {kind: [form.metadata[kind] for form in forms if kind in form.metadata] for kind in _DEVICE.values()}
    names = _META | {name: (*paths[kind], kind) for name, kind in _DEVICE.items()}
    told = top.select(SUB, ROW, SHEET, *(main.first(headers).alias(name) for name, headers in names.items()))
    frame = kobo_repeats.each_once(told)
    status = pl.col("review_state")
    return survey.complete(
        frame.with_columns(
            pl.col("uuid", "root_uuid", "deprecated_uuid").str.strip_prefix("uuid:"),
            review_state=pl.coalesce(status.str.extract(r"(validation_status_\w+)"), status),
        )
    )


def _notes(tables: Tables, forms: tuple[Form, ...], layouts: list[Layout]) -> Notes:
    matches = [layout.match for layout in layouts]
    unmapped = _unmapped(layouts, forms)
    read = {export.name for layout in layouts for export, _ in layout.sheets}
    return {
        "reader": tables.reader,
        COLUMNS: _columns(layouts),
        "encoding": tables.encoding,
        "sheets_read": [sheet.name for sheet in tables.sheets if sheet.name and sheet.name in read],
        "sheets_passed_over": [sheet.name for sheet in tables.sheets if sheet.name and sheet.name not in read],
        "language": max(matches, key=lambda match: len(match.paths)).language or "xml",
        "unmapped_columns": list(unmapped),
        "values_unmapped": unmapped,
    }


def _unmapped(layouts: list[Layout], forms: tuple[Form, ...]) -> dict[str, int]:
    """Return the headers, of repeats too, that are neither a form's nor the server's, and how many cells are filled."""
    device = {*METADATA, *(path for form in forms for path in form.metadata.values())}
    sheets = [one for layout in layouts for one in layout.sheets]
    found: dict[str, int] = {}
    for export in dict.fromkeys(export for export, _ in sheets):
        known = {number for other, match in sheets if other is export for number in match.columns}
        for number, header in enumerate(export.headers):
            if header and number not in known and header not in device and not _belongs_to_kobo(header):
                n_filled = export.body.select(values.filled(pl.col(f"c{number}")).count()).item()
                found[header] = found.get(header, 0) + n_filled
    return found


def _columns(layouts: list[Layout]) -> dict[str, str]:
    """Return where each item is; left out where several columns hold its answer."""
    found: dict[str, set[int]] = {}
    for layout in layouts:
        for export, match in layout.sheets:
            for number, target in match.columns.items():
                found.setdefault(f"{export.name or ''}!{target.path.rpartition('/')[2]}", set()).add(number)
    return {place: column_letters(min(numbers)) for place, numbers in found.items() if len(numbers) == 1}


def _belongs_to_kobo(header: str) -> bool:
    """Return whether a column is made by the server: ``_id``, ``meta/…``, parts of a geopoint, links to media."""
    return (
        header.rpartition("/")[2].startswith("_")
        or header.startswith(("meta/", "formhub/"))
        or header.endswith("_URL")
        or Export.is_server_name(header)
    )
