"""KoboToolbox exports: CSV or XLSX, with XML names or labels, select_multiple as one column or as many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from melflow.sources import formmatch, labels, survey
from melflow.sources.answers import INDEX, REPEAT, SHEET, SUB, Filled
from melflow.sources.formrows import METADATA, SELECT_MULTIPLE, SELECT_ONE
from melflow.sources.kobo_sheet import Export
from melflow.sources.payload import Notes, Origin, Parsed
from melflow.sources.tables import ROW, Tables, read_tables
from melflow.sources.xlsform import Form, Instruments

if TYPE_CHECKING:
    from melflow.core.workspace import KoboSource

#: What is known of a submission -> the headers it may stand under.
_META = {
    "uuid": ("_uuid", "meta/instanceID", "instanceID"),
    "root_uuid": ("meta/rootUuid", "rootUuid"),
    "deprecated_uuid": ("meta/deprecatedID", "deprecatedID"),
    "native_id": ("_id",),
    "submitted_raw": ("_submission_time",),
    "review_state": ("_validation_status",),
}
_DEVICE = {"started_raw": "start", "ended_raw": "end", "device": "deviceid"}
_VERSION = ("__version__", "_version_", "_version")
_INDEX, _PARENT = ("_index",), ("_parent_index",)


def parse(origin: Origin, content: bytes, config: KoboSource, instruments: Instruments) -> Parsed:
    """Return submissions and responses of a Kobo export.

    Raises:
        SourceError: The file cannot be read, or is of another form.
    """
    tables = read_tables(origin, content)
    forms = formmatch.forms_of(origin, config.instrument, instruments)
    main = Export(tables.sheets[0])
    tried = labels.languages(instruments.forms, config.language)
    matches = {id(form): main.match(form, tried) for form in instruments.forms}
    present = {key: match.paths for key, match in matches.items()}
    formmatch.refuse_other_form(origin, forms, instruments, lambda form: present[id(form)])

    top = main.body.with_row_index(SUB).with_columns(pl.lit("").alias(REPEAT), main.first(_INDEX).alias("index"))
    version = top.select(main.first(_VERSION)).to_series()
    texts = version.unique(maintain_order=True).to_list()
    of, guessed = formmatch.version_of(origin, texts, forms, config.versions, lambda form: present[id(form)])
    filled = []
    for form in forms:
        rows = top.filter(version.is_in([text for text in texts if of[text] is form], nulls_equal=True))
        if rows.height or form is forms[-1]:
            filled.append(_filled(form, rows, main, tables, tried))
    gives_root = any(name in main.headers for name in _META["root_uuid"])
    rules = survey.Rules("rootUuid", gives_root, config.partner)
    notes = _notes(tables, main, forms, [matches[id(form)] for form in forms], guessed)
    return survey.assemble(origin, rules, filled, _meta(top, main, forms), notes)


def _filled(form: Form, rows: pl.DataFrame, main: Export, tables: Tables, tried: list[str]) -> Filled:
    """Return the answers of the rows to one form version, with those on the sheets of repeats."""
    match = main.match(form, tried)
    headers = main.headers_of(match)
    frames = {"": rows.select(*INDEX, *main.answers(match))}
    coded = main.coded(match)
    linked = {"": rows}
    for export in (Export(sheet) for sheet in tables.sheets[1:]):
        match = export.match(form, tried)
        repeat = export.repeat_of(match, form)
        if repeat is None:
            continue
        parent = max((path for path in linked if f"{repeat}/".startswith(path and f"{path}/")), key=len)
        linked[repeat] = _placed(export, repeat, parent, linked[parent])
        frames[repeat] = linked[repeat].select(*INDEX, *export.answers(match))
        headers |= export.headers_of(match)
        coded |= export.coded(match)
    return Filled(form, frames, headers, _codes(form, frames, coded, tried))


def _placed(export: Export, repeat: str, parent: str, above: pl.DataFrame) -> pl.DataFrame:
    """Join the rows of a repeat to their parents, and number them below each."""
    name = repeat.removeprefix(parent).strip("/")
    body = export.body.with_columns(export.first(_INDEX).alias("index"), export.first(_PARENT).alias("parent"))
    above = above.select(SUB, pl.col(REPEAT).alias("outer"), pl.col("index").alias("parent"))
    body = body.join(above, on="parent", maintain_order="left")
    outer = pl.when(pl.col("outer") != "").then(pl.col("outer") + "/").otherwise(pl.lit(""))
    number = pl.int_range(1, pl.len() + 1).over("parent").cast(pl.String)
    return body.with_columns((outer + pl.lit(f"{name}[") + number + pl.lit("]")).alias(REPEAT))


def _codes(form: Form, frames: dict[str, pl.DataFrame], coded: frozenset[str], tried: list[str]) -> pl.DataFrame:
    """Translate the distinct answers of the select questions; ``coded`` ones were put together from codes."""
    selects = form.items.filter(pl.col("type").is_in([SELECT_ONE, SELECT_MULTIPLE]) & ~pl.col("item_path").is_in(coded))
    said = [pl.DataFrame(schema={"item_path": pl.String, "value_raw": pl.String})]
    for path in selects["item_path"]:
        column = next(
            (frame[path] for frame in frames.values() if path in frame.columns), pl.Series([], dtype=pl.String)
        )
        said.append(
            column.drop_nulls().unique().to_frame("value_raw").select(pl.lit(path).alias("item_path"), "value_raw")
        )
    return labels.codes(pl.concat(said).join(selects, on="item_path"), form, tried)


def _meta(top: pl.DataFrame, main: Export, forms: tuple[Form, ...]) -> pl.DataFrame:
    paths = {kind: [form.metadata[kind] for form in forms if kind in form.metadata] for kind in _DEVICE.values()}
    names = _META | {name: (*paths[kind], kind) for name, kind in _DEVICE.items()}
    frame = top.select(SUB, ROW, SHEET, *(main.first(headers).alias(name) for name, headers in names.items()))
    frame = frame.with_columns(pl.col("uuid", "root_uuid", "deprecated_uuid").str.strip_prefix("uuid:"))
    return survey.complete(frame)


def _notes(
    tables: Tables, main: Export, forms: tuple[Form, ...], matches: list[labels.Match], guessed: list[str]
) -> Notes:
    known = {number for match in matches for number in match.columns}
    device = {*METADATA, *(path for form in forms for path in form.metadata.values())}
    unmapped = [
        header
        for number, header in enumerate(main.headers)
        if header and number not in known and header not in device and not _belongs_to_kobo(header)
    ]
    return {
        "reader": tables.reader,
        "encoding": tables.encoding,
        "sheets_read": [sheet.name for sheet in tables.sheets if sheet.name],
        "language": max(matches, key=lambda match: len(match.paths)).language or "xml",
        "unmapped_columns": unmapped,
        "versions_guessed": guessed,
    }


def _belongs_to_kobo(header: str) -> bool:
    """Return whether a column is made by the server: ``_id``, ``meta/…``, parts of a geopoint, links to media."""
    return (
        header.rpartition("/")[2].startswith("_") or header.startswith(("meta/", "formhub/")) or header.endswith("_URL")
    )
