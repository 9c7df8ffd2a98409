"""Submissions as KoboToolbox hands them over: JSON objects with the paths of questions as keys, repeats as lists.

A page of the API, a list of submissions, or a single one as REST services push it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.core.names import choose
from melflow.sources import formmatch, survey
from melflow.sources.answers import INDEX, REPEAT, SHEET, SUB, Filled
from melflow.sources.formrows import METADATA
from melflow.sources.payload import NESTED, Notes, Origin, Parsed
from melflow.sources.survey import Read
from melflow.sources.tables import ROW
from melflow.sources.xlsform import Form, Instruments

if TYPE_CHECKING:
    from melflow.core.workspace import KoboSource

Record = dict[str, Any]

#: What is known of a submission -> the keys it may stand under.
_META = {
    "uuid": ("_uuid", "meta/instanceID"),
    "root_uuid": ("meta/rootUuid",),
    "deprecated_uuid": ("meta/deprecatedID",),
    "native_id": ("_id",),
    "submitted_raw": ("_submission_time",),
}
_DEVICE = {"started_raw": "start", "ended_raw": "end", "device": "deviceid"}
_VERSION = ("__version__", "_version_", "_version")


def parse(origin: Origin, content: bytes, config: KoboSource, instruments: Instruments) -> Parsed:
    """Return submissions and responses of JSON from KoboToolbox. A row is counted by its ``_id``.

    Raises:
        SourceError: The payload is cut off, holds something else than submissions, or is of another form.
    """
    return together([read(origin, content, config, instruments)], config)[0]


def together(pages: Sequence[Read], config: KoboSource) -> list[Parsed]:
    """Return submissions and responses of pages, each as if it had been alone.

    Pages of which all answer the same form versions are taken together: a page has few rows, and taking them in hand
    costs more than the rows do.
    """
    alike: dict[tuple[int, ...], list[int]] = {}
    for number, page in enumerate(pages):
        alike.setdefault(tuple(id(filled.form) for filled in page.filled), []).append(number)
    rules = survey.Rules("rootUuid", config.partner)
    found: dict[int, Parsed] = {}
    for numbers in alike.values():
        found |= zip(numbers, survey.together(rules, [pages[number] for number in numbers]), strict=True)
    return [found[number] for number in range(len(pages))]


def read(origin: Origin, content: bytes, config: KoboSource, instruments: Instruments) -> Read:
    """Return what a page says of its submissions.

    Raises:
        SourceError: The payload is cut off, holds something else than submissions, or is of another form.
    """
    records = _records(origin, content)
    forms = formmatch.forms_of(origin, config.instrument, instruments)
    keys: set[str] = set().union(*records)
    inside = _inside(records, {repeat for form in forms for repeat in form.repeats})
    asked = [key for key in keys | {key for rows in inside.values() for _, _, _, row in rows for key in row}
             if not _belongs_to_kobo(key) and key not in inside]  # fmt: skip
    present = {id(form): frozenset(form.items["item_path"]).intersection(asked) for form in forms}
    device = {*METADATA, *(path for form in forms for path in form.metadata.values())}
    unmapped = sorted(set(asked) - device - frozenset().union(*present.values()))
    _refuse_other_form(origin, forms, instruments, set(asked) - device)

    known = _known(forms)
    paths = (path for form in forms for path in form.items.filter(repeat_path="")["item_path"])
    nested: Counter[str] = Counter()
    texts_of = _texts(records, [*_VERSION, *(key for names in known.values() for key in names), *paths], nested)
    said = texts_of.select(version=pl.coalesce(_VERSION)).to_series()
    versions = formmatch.versions_of(origin, said, forms, config.versions, lambda form: present[id(form)])
    index = pl.DataFrame(
        {SUB: range(len(records)), REPEAT: [""] * len(records), ROW: _rows(records), SHEET: [None] * len(records)},
        schema=INDEX,
    )
    filled = []
    for form in forms:
        chosen = versions.are(form).arg_true().to_list()
        if chosen or form is forms[-1]:
            filled.append(_filled(form, index, texts_of, chosen, inside, nested))
    rows = [*records, *(row for found in inside.values() for _, _, _, row in found)] if unmapped else []
    lost = {key: sum(_n_values(row.get(key)) for row in rows) for key in unmapped}
    notes: Notes = {
        "reader": "json",
        "rows_at_source": len(records),
        "unmapped_columns": unmapped,
        "values_unmapped": lost,
        NESTED: {path: n for path, n in sorted(nested.items()) if path in set().union(*present.values())},
        **versions.notes(),
    }
    told = texts_of.select(pl.coalesce(keys).alias(name) for name, keys in known.items())
    return Read(origin, filled, _meta(index.hstack(told), records), notes)


def _records(origin: Origin, content: bytes) -> list[Record]:
    import orjson

    try:
        document = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise origin.error(
            "the file is complete JSON",
            f"text that stops making sense at line {error.lineno}, column {error.colno}",
            "It was probably cut off: fetch or export the submissions again.",
        ) from error
    if isinstance(document, dict):
        document = [document] if "_id" in document else document.get("results")
    if not isinstance(document, list) or not all(isinstance(one, dict) and "_id" in one for one in document):
        raise origin.error(
            "the file holds submissions of KoboToolbox, each with '_id'",
            "JSON of another kind",
            "Fetch them with 'server', or save .../api/v2/assets/<project>/data/?format=json.",
        )
    return document


def _inside(records: list[Record], repeats: set[str]) -> dict[str, list[tuple[int, str, str, Record]]]:
    """Return by repeat: number of the submission, ``__repeat`` of its row and of the row around it, and the row."""
    found: dict[str, list[tuple[int, str, str, Record]]] = {}
    depth = sorted(repeats, key=lambda repeat: repeat.count("/"))
    for repeat in depth:
        outer = max((one for one in found if repeat.startswith(f"{one}/")), key=len, default="")
        around = [(sub, place, row) for sub, place, _, row in found[outer]] if outer else _top(records)
        name = repeat.removeprefix(outer).strip("/")
        found[repeat] = [
            (sub, f"{place}/{name}[{number}]" if place else f"{name}[{number}]", place, row)
            for sub, place, above in around
            if isinstance(rows := above.get(repeat), list)
            for number, row in enumerate(rows, 1)
            if isinstance(row, dict)
        ]
    return found


def _top(records: list[Record]) -> Iterable[tuple[int, str, Record]]:
    return ((number, "", record) for number, record in enumerate(records))


def _filled(
    form: Form,
    index: pl.DataFrame,
    texts: pl.DataFrame,
    chosen: list[int],
    inside: dict[str, list[tuple[int, str, str, Record]]],
    nested: Counter[str],
) -> Filled:
    """Return the answers of the chosen submissions to one form version; ``nested`` counts those that are no texts."""
    paths = dict(form.items.group_by("repeat_path").agg("item_path").iter_rows())
    top = index.hstack(texts.select(paths.get("", [])))
    tables = {"": top if len(chosen) == top.height else top[chosen]}
    among = set(chosen)
    for repeat in form.repeats:
        rows = [one for one in inside[repeat] if one[0] in among]
        subs = pl.Series([sub for sub, _, _, _ in rows], dtype=pl.UInt32)
        places = pl.Series([place for _, place, _, _ in rows], dtype=pl.String)
        below = index[subs.to_list()].with_columns(places.alias(REPEAT))
        tables[repeat] = _table(below, [row for _, _, _, row in rows], paths.get(repeat, []), nested)
    return Filled(form, tables, {path: path for path in form.items["item_path"]})


def _table(index: pl.DataFrame, records: list[Record], paths: list[str], nested: Counter[str]) -> pl.DataFrame:
    return index.hstack(_texts(records, paths, nested)) if paths else index


def _texts(records: list[Record], keys: Iterable[str], nested: Counter[str]) -> pl.DataFrame:
    """Return the values under the keys as text, the way the server wrote them; null where there is none."""
    schema = dict.fromkeys(keys, pl.String)
    try:
        return pl.DataFrame(records, schema=schema)
    except (pl.exceptions.PolarsError, TypeError, OverflowError):
        # a list or an object where an answer should be: kept as its JSON
        nested.update(key for record in records for key in schema if isinstance(record.get(key), list | dict))
        columns = {key: [_text(record.get(key)) for record in records] for key in schema}
        return pl.DataFrame(columns, schema=schema)


def _text(value: Any) -> str | None:
    import orjson

    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def _n_values(value: Any) -> int:
    """Return how many answers a value is: those of every repetition, where it is a repeat."""
    if isinstance(value, list):
        return sum(_n_values(one) for one in value)
    if isinstance(value, dict):
        return sum(_n_values(one) for one in value.values())
    return value not in (None, "")


def _rows(records: list[Record]) -> list[int]:
    return [one["_id"] if type(one["_id"]) is int else number for number, one in enumerate(records, 1)]


def _known(forms: tuple[Form, ...]) -> dict[str, tuple[str, ...]]:
    """Return what is known of a submission -> the keys it may stand under."""
    device = {
        name: (*(form.metadata[kind] for form in forms if kind in form.metadata), kind)
        for name, kind in _DEVICE.items()
    }
    return _META | device


def _meta(known: pl.DataFrame, records: list[Record]) -> pl.DataFrame:
    status = [record.get("_validation_status") for record in records]
    states = [one.get("uid") if isinstance(one, dict) else one if isinstance(one, str) else None for one in status]
    frame = known.with_columns(review_state=pl.Series(states, dtype=pl.String, strict=False))
    return survey.complete(
        frame.with_columns(pl.col("uuid", "root_uuid", "deprecated_uuid").str.strip_prefix("uuid:").replace("", None))
    )


def _refuse_other_form(origin: Origin, forms: tuple[Form, ...], instruments: Instruments, asked: set[str]) -> None:
    """Refuse submissions of which fewer than half the questions are in any version of the form.

    Not the other way round, as with exports: the server leaves out questions nobody answered.
    """
    if not asked:
        return
    share = {form.form_id: 0.0 for form in instruments.forms}
    for form in instruments.forms:
        mine = asked.intersection(form.items["item_path"])
        share[form.form_id] = max(share[form.form_id], len(mine) / len(asked))
    own = forms[0].form_id
    if share[own] >= 0.5:
        return
    like = max(share, key=lambda form_id: share[form_id])
    if like != own and share[like] >= 0.5:
        seen, fix = f"the form '{like}'", f"Write 'instrument: {like}', or the project of the right form."
    else:
        seen = f"{share[own]:.0%} of the questions in it"
        fix = f"Put the form as deployed into instruments. {choose(own, share)}"
    raise origin.error(f"the submissions answer the form '{own}'", seen, fix)


def _belongs_to_kobo(key: str) -> bool:
    """Return whether a key is made by the server: ``_id``, ``__version__``, ``meta/…``, ``formhub/uuid``."""
    return key.rpartition("/")[2].startswith("_") or key.startswith(("meta/", "formhub/"))
