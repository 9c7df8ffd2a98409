"""JSON form content as KoboToolbox keeps it: an asset, one of its deployed versions, or the content alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from melflow.sources import formrows
from melflow.sources.formrows import Content, Row
from melflow.sources.tables import decode

if TYPE_CHECKING:
    from melflow.sources.payload import Origin

Record = dict[str, Any]
#: Where the name of a version may stand, the server's own first: it is what ``__version__`` says in the data.
_VERSIONS = ("version", "version_id")


def read(origin: Origin, content: bytes) -> Content:
    """Return the rows of the survey and choices, labels by language, and the settings.

    Raises:
        SourceError: It is not JSON, or has no survey.
    """
    try:
        given = json.loads(decode(content)[0])
    except json.JSONDecodeError as error:
        raise _no_form(origin, f"text that stops making sense in line {error.lineno}") from error
    asset: Record = given if isinstance(given, dict) else {}
    form = asset.get("content", asset)
    if not isinstance(form, dict) or not isinstance(form.get("survey"), list):
        raise _no_form(origin, "no list 'survey' in it")
    settings = form.get("settings") or {}
    settings = settings if isinstance(settings, dict) else next(iter(settings), {})
    translations = [str(name) if name else "" for name in form.get("translations") or [None]]
    external = form.get("external_choices") or form.get("choices_external") or []
    return Content(
        survey=_rows(form["survey"], translations),
        choices=_rows([*(form.get("choices") or []), *external], translations),
        settings=_settings(asset, settings),
        also=tuple(dict.fromkeys(_names(asset, settings))),
        since=str(asset.get("date_deployed") or asset.get("date_modified") or ""),
    )


def _no_form(origin: Origin, seen: str) -> Exception:
    return origin.error(
        "a form in JSON is an asset of KoboToolbox with its content: survey, choices, settings",
        seen,
        "Take it from .../api/v2/assets/<uid>/?format=json, or put the XLSForm there (KoboToolbox: Download XLS).",
    )


def _settings(asset: Record, settings: Record) -> Row:
    said = {key: str(value) for key, value in settings.items() if isinstance(value, str | int | float) and value != ""}
    version = next(iter(_names(asset, settings)), None)
    form_id = settings.get("form_id") or settings.get("id_string") or asset.get("id_string")
    # an asset's uid is the form; a deployed version's uid is the version
    if form_id is None and "uid" in asset and not _is_version(asset):
        form_id = asset["uid"]
    title = settings.get("form_title") or settings.get("title") or asset.get("name")
    own = {"version": version, "form_id": form_id, "form_title": title}
    return said | {key: str(value) for key, value in own.items() if value}


def _names(asset: Record, settings: Record) -> list[str]:
    """Return every name of the version, the server's own first."""
    own = [asset.get("uid")] if _is_version(asset) else []
    names = [*own, *(asset.get(key) for key in _VERSIONS), settings.get("version")]
    return [str(name) for name in names if isinstance(name, str | int | float) and name != ""]


def _is_version(asset: Record) -> bool:
    return "date_deployed" in asset and "asset_type" not in asset


def _rows(records: list[Any], translations: list[str]) -> list[Row]:
    """Return the records as rows of an XLSForm; ``row`` counts from 2, as it would in a sheet."""
    return [_row(record, number, translations) for number, record in enumerate(records, 2) if isinstance(record, dict)]


def _row(record: Record, number: int, translations: list[str]) -> Row:
    cells: Row = {"row": str(number)}
    for key, value in record.items():
        if isinstance(value, list):
            if key == "label":
                cells |= {
                    f"label::{formrows.language_of(language)}": str(text)
                    for language, text in zip(translations, value, strict=False)
                    if text is not None
                }
            else:
                cells[formrows.column(key)] = next((str(text) for text in value if text), "")
        elif isinstance(value, bool):
            cells[formrows.column(key)] = "true" if value else "false"
        elif value is not None and not isinstance(value, dict):
            cells[formrows.column(key)] = str(value).strip()
    cells.setdefault("name", cells.get("$autoname", cells.get("$autovalue", "")))
    chosen = cells.pop("select_from_list_name", "") or cells.pop("file", "")
    if chosen and len(cells.get("type", "").split()) == 1:
        other = " or_other" if cells["type"].endswith("_or_other") else ""
        cells["type"] = f"{cells['type'].removesuffix('_or_other')} {chosen}{other}"
    return {key: cell for key, cell in cells.items() if cell}
