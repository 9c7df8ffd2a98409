"""ODK Central's CSV export: one table of submissions, one of each repeat, put together by their KEY columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from melflow.sources import formmatch, geo, odk_match, odk_meta, survey, values
from melflow.sources.answers import INDEX, REPEAT, SHEET, SUB, Filled
from melflow.sources.formrows import SELECT_MULTIPLE
from melflow.sources.payload import Notes, Origin, Parsed
from melflow.sources.sheet_body import counted_in
from melflow.sources.tables import ROW, Counted, read_tables
from melflow.sources.xlsform import Form, Instruments

if TYPE_CHECKING:
    from melflow.core.workspace import OdkSource

KEY, PARENT_KEY = "KEY", "PARENT_KEY"
#: What is known of a submission -> the columns it may stand under.
_META = {
    "root_uuid": (KEY,),
    "uuid": ("meta-instanceID", "instanceID"),
    "deprecated_uuid": ("meta-deprecatedID", "deprecatedID"),
    "submitted_raw": ("SubmissionDate",),
    "edits": ("Edits",),
    "review_state": ("ReviewState",),
    "device": ("DeviceID",),
}
_VERSION = ("FormVersion",)
_SERVER = frozenset(
    (
        *(KEY, PARENT_KEY, "SubmissionDate", "SubmitterID", "SubmitterName", "AttachmentsPresent"),
        *("AttachmentsExpected", "Status", "ReviewState", "DeviceID", "Edits", "FormVersion", "isEncrypted"),
        *("instanceID", "instanceName", "deprecatedID"),
    )
)
_PLACE = ("Latitude", "Longitude", "Altitude", "Accuracy")


@dataclass(frozen=True)
class _Table:
    """One CSV file: its name in the archive, its headers, and the rows below with ``__row`` and ``__sheet``."""

    name: str
    headers: list[str]
    body: pl.DataFrame
    counted: Counted

    def first(self, names: Sequence[str]) -> pl.Expr:
        """Return the first filled cell under any of these headers, null where there is none."""
        columns = [f"c{self.headers.index(name)}" for name in names if name in self.headers]
        return pl.coalesce(*(values.filled(pl.col(column)) for column in columns), pl.lit(None, pl.String))


def parse(
    origin: Origin, files: Mapping[str, bytes], others: Sequence[str], config: OdkSource, instruments: Instruments
) -> Parsed:
    """Return submissions and responses of a CSV export.

    Args:
        origin: The payload.
        files: Its CSV files by name; one file alone has none.
        others: Names of what else is in the archive.
        config: The source as declared.
        instruments: The workspace's forms.

    Raises:
        SourceError: A file cannot be read, the table of submissions is not among them, or they are of another form.
    """
    tables = [_table(origin, name, content) for name, content in files.items()]
    main, repeats = _main(origin, tables)
    forms = formmatch.forms_of(origin, config.instrument, instruments)
    present = {id(form): _present(form, main, repeats) for form in instruments.forms}
    filled_in = frozenset(repeat for repeat, _ in repeats)
    odk_match.refuse_other_form(origin, config.instrument, instruments, lambda form: present[id(form)], filled_in)

    secret = main.body.select(KEY, _is_encrypted(main, forms[-1]).alias("secret"))
    top = main.body.filter(~secret["secret"]).with_row_index(SUB).with_columns(pl.lit("").alias(REPEAT))
    said = top.with_columns(version=main.first(_VERSION))["version"]
    versions = formmatch.versions_of(origin, said, forms, {}, lambda form: present[id(form)])
    filled = []
    for form in forms:
        rows = top.filter(versions.are(form))
        if rows.height or form is forms[-1]:
            filled.append(_filled(form, rows, main, repeats))
    roots = main.body[KEY].to_list()
    unmapped = _unmapped(forms, main, repeats)
    notes: Notes = {
        "reader": "csv",
        "sheets_read": [table.name for table in tables if table.name],
        "unmapped_columns": list(unmapped),
        "values_unmapped": unmapped,
        **versions.notes(),
        "attachments": sum(name.startswith("media/") for name in others),
        **counted_in(main.counted),
        **odk_meta.left_out(
            secret.filter("secret")[KEY].to_list(),
            sum(int((~table.body["root"].is_in(roots)).sum()) for _, table in repeats),
        ),
    }
    return survey.assemble(origin, survey.Rules("__id", config.partner), filled, _meta(top, main, forms), notes)


def _table(origin: Origin, name: str, content: bytes) -> _Table:
    """Read one file; ``KEY``, and the ``root`` and ``within`` a row of a repeat has in it, become columns."""
    (sheet,) = read_tables(replace(origin, file=f"{origin.file}!{name}") if name else origin, content).sheets
    header = sheet.first_row()
    headers = [text or "" for text in sheet.row(header)]
    body = sheet.below(header)
    table = _Table(name, headers, body, sheet.counted(header, body.height))
    key = table.first((KEY,))
    return replace(
        table,
        body=table.body.with_columns(
            key.alias(KEY),
            key.str.extract(r"^([^/]*)/").alias("root"),
            key.str.extract(r"^[^/]*/(.*)$").alias("within"),
            pl.lit(name or None, pl.String).alias(SHEET),
        ),
    )


def _main(origin: Origin, tables: Sequence[_Table]) -> tuple[_Table, list[tuple[str, _Table]]]:
    """Return the table of submissions, and the tables of repeats with the path of their repeat.

    Raises:
        SourceError: There is no table of submissions or more than one, or a row has no KEY.
    """
    found = [table for table in tables if KEY in table.headers and PARENT_KEY not in table.headers]
    below = [table for table in tables if KEY in table.headers and PARENT_KEY in table.headers]
    if len(found) != 1:
        alone = "the table of a repeat" if below else "tables without a column KEY"
        raise origin.error(
            "an export of Central has one table of submissions, with a column KEY",
            f"{len(found)} of them" if found else alone,
            "Put it into one folder with the tables of its repeats, each export into a folder of its own; or put the "
            "ZIP file itself there, as Central gives it.",
        )
    for table in (*found, *below):
        without = table.body.filter(pl.col(KEY).is_null())
        if without.height:
            raise origin.error(
                "every row of an export has a KEY",
                "none",
                "Export it again: a text in this row, or above it, lost its quotation marks.",
                f"{table.name} row {without[ROW][0]}".strip(),
            )
    # a file is named by the last part of its repeat's path only, which two repeats may share; KEY says all of it
    repeats = [(_repeat_of(table), table) for table in below if table.body.height]
    return found[0], sorted(repeats, key=lambda one: one[0].count("/"))


def _repeat_of(table: _Table) -> str:
    return str(table.body.select(pl.col("within").fill_null("").first().str.replace_all(r"\[\d+\]", "")).item())


def _columns(form: Form, repeat: str, headers: Sequence[str]) -> dict[str, list[int]]:
    """Return item path -> numbers of its columns in a table: four for a place, one for any other answer."""
    items = form.items.filter(pl.col("repeat_path") == repeat)
    names = Counter(path.rpartition("/")[2] for path in items["item_path"])
    found = {}
    for path, kind in items.select("item_path", "type").iter_rows():
        name = path.rpartition("/")[2]
        spelt = [path.removeprefix(repeat).strip("/").replace("/", "-")]
        spelt += [name] if names[name] == 1 else []  # exported without the names of groups
        for header in spelt:
            parts = [f"{header}-{part}" for part in _PLACE] if kind in geo.TYPES else []
            wanted = parts if parts and parts[0] in headers else [header]
            if wanted[0] in headers:
                found[path] = [headers.index(one) for one in wanted if one in headers]
                break
    return found


def _present(form: Form, main: _Table, repeats: Sequence[tuple[str, _Table]]) -> frozenset[str]:
    tables = [("", main), *repeats]
    return frozenset(path for repeat, table in tables for path in _columns(form, repeat, table.headers))


def _filled(form: Form, rows: pl.DataFrame, main: _Table, repeats: Sequence[tuple[str, _Table]]) -> Filled:
    """Return the answers of the rows to one form version, with those of their repeats."""
    frames: dict[str, pl.DataFrame] = {}
    headers: dict[str, str] = {}
    subs = rows.select(SUB, pl.col(KEY).alias("root"))
    placed_by = {"": main} | {repeat: table for repeat, table in repeats if repeat in form.repeats}
    for repeat in ("", *(one for one in form.repeats if one in placed_by)):  # the form's order, not the files'
        table = placed_by[repeat]
        columns = _columns(form, repeat, table.headers)
        body = table.body.join(subs, on="root", maintain_order="left") if repeat else rows
        placed = pl.col("within").alias(REPEAT) if repeat else pl.col(REPEAT)
        answers = [_answer(numbers).alias(path) for path, numbers in columns.items()]
        frames[repeat] = body.with_columns(placed).select(*INDEX, *answers)
        headers |= {path: table.headers[numbers[0]] for path, numbers in columns.items()}
    return Filled(form, frames, headers)


def _answer(numbers: Sequence[int]) -> pl.Expr:
    cells = [pl.col(f"c{number}") for number in numbers]
    if len(cells) == 1:
        return cells[0]
    return values.filled(pl.concat_str(cells, separator=" ", ignore_nulls=True))


def _is_encrypted(main: _Table, form: Form) -> pl.Expr:
    """Return whether a row is of a submission whose answers nobody decrypted."""
    status = main.first(("Status",)).is_in(odk_meta.ENCRYPTED).fill_null(False)
    flagged = main.first(("isEncrypted",)).str.to_lowercase().eq("true").fill_null(False)
    asked = [number for numbers in _columns(form, "", main.headers).values() for number in numbers]
    blank = pl.all_horizontal(pl.lit(True), *(values.filled(pl.col(f"c{number}")).is_null() for number in asked))
    return status | (flagged & blank)


def _unmapped(forms: Sequence[Form], main: _Table, repeats: Sequence[tuple[str, _Table]]) -> dict[str, int]:
    """Return the headers that are neither the form's nor the server's, and how many cells are filled under each."""
    device = {path.replace("/", "-") for form in forms for path in form.metadata.values()}
    device |= {path.rpartition("/")[2] for form in forms for path in form.metadata.values()}
    strange: dict[str, int] = {}
    for repeat, table in [("", main), *repeats]:
        found = [_columns(form, repeat, table.headers) for form in forms]
        known = {number for columns in found for numbers in columns.values() for number in numbers}
        many = {
            table.headers[columns[path][0]]
            for form, columns in zip(forms, found, strict=True)
            for path in form.items.filter(pl.col("type") == SELECT_MULTIPLE)["item_path"]
            if path in columns
        }
        for number, header in enumerate(table.headers):
            if (
                header
                and number not in known
                and header not in _SERVER | device
                and not header.startswith(("meta-", "SET-OF-"))
                and header.rpartition("/")[0] not in many
            ):
                n_filled = table.body.select(values.filled(pl.col(f"c{number}")).count()).item()
                strange[header] = strange.get(header, 0) + n_filled
    return strange


def _meta(top: pl.DataFrame, main: _Table, forms: tuple[Form, ...]) -> pl.DataFrame:
    fields = {"started_raw": "start", "ended_raw": "end"}
    paths = {kind: [form.metadata[kind] for form in forms if kind in form.metadata] for kind in fields.values()}
    names = _META | {name: (*(path.replace("/", "-") for path in paths[kind]), kind) for name, kind in fields.items()}
    frame = top.select(SUB, ROW, SHEET, *(main.first(headers).alias(name) for name, headers in names.items()))
    return odk_meta.complete(frame.with_columns(updated_raw=pl.lit(None, pl.String)))
