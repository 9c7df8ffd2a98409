"""XLSForms: what was asked. Survey, choices and settings sheets, and the ``mel_`` columns on them or in the sidecar."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.core.errors import Problem, SourceError
from melflow.sources import canonical, formrows, sidecar
from melflow.sources.formrows import Entry, Row
from melflow.sources.payload import Origin
from melflow.sources.tables import open_workbook

if TYPE_CHECKING:
    from melflow.core.workspace.framework import Framework

MISSING_WORDS = ("dont_know", "refused", "not_relevant")


@dataclass(frozen=True)
class Form:
    """One version of one form.

    Attributes:
        form_id: ``form_id`` of the settings sheet, else the file's name.
        version: ``version`` of the settings sheet, as text; empty when there is none.
        title: ``form_title``.
        default_language: Language of unmarked labels.
        languages: Languages of the labels, in order.
        items: Questions (canonical ``src_item``).
        choices: Choices (canonical ``src_choice``).
        groups: Path of every group -> label by language.
        repeats: Paths of the repeat groups, outer before inner.
        metadata: Type of what the device fills in (start, end, deviceid, …) -> path of its field.
        source_file: Path relative to the workspace.
        content_hash: Of the workbook and its sidecar.
        survey_rows: Rows of the survey sheet, for messages.
        choice_rows: Rows of the choices sheet, for messages.
    """

    form_id: str
    version: str
    title: str
    default_language: str
    languages: tuple[str, ...]
    items: pl.DataFrame
    choices: pl.DataFrame
    groups: dict[str, dict[str, str]]
    repeats: tuple[str, ...]
    metadata: dict[str, str]
    source_file: str
    content_hash: str
    survey_rows: list[Row] = field(repr=False)
    choice_rows: list[Row] = field(repr=False)


class Instruments:
    """All forms of a workspace, every version."""

    def __init__(self, forms: list[Form]) -> None:
        self.forms = tuple(sorted(forms, key=lambda form: (form.form_id, form.version, form.source_file)))

    def versions(self, form_id: str) -> tuple[Form, ...]:
        """Return the versions of a form in the order of their version text; empty for an unknown form."""
        return tuple(form for form in self.forms if form.form_id == form_id)

    def form(self, form_id: str, version: str) -> Form | None:
        """Return one version of a form."""
        return next((form for form in self.versions(form_id) if form.version == version), None)

    @property
    def frames(self) -> dict[str, pl.DataFrame]:
        """The canonical tables src_instrument, src_item and src_choice."""
        instruments = [
            {
                "instrument_id": form.form_id,
                "form_version": form.version,
                "title": form.title,
                "default_language": form.default_language,
                "languages": json.dumps(form.languages, ensure_ascii=False),
                "source_file": form.source_file,
                "content_hash": form.content_hash,
            }
            for form in self.forms
        ]
        return {
            "src_instrument": pl.DataFrame(instruments, schema=canonical.INSTRUMENT),
            "src_item": pl.concat([canonical.empty("src_item"), *(form.items for form in self.forms)]),
            "src_choice": pl.concat([canonical.empty("src_choice"), *(form.choices for form in self.forms)]),
        }


def read_instruments(folder: Path, framework: Framework) -> Instruments:
    """Read every XLSForm (``*.xlsx``, ``*.xls``) of a folder.

    Args:
        folder: The workspace's ``instruments``; a folder that is not there has no forms.
        framework: Says which construct is a capability and which a health dimension.

    Raises:
        SourceError: Workbooks that are no XLSForm; all of them together.
    """
    forms: list[Form] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.xls*")):
        if path.name.startswith((".", "~$")):
            continue
        try:
            forms.append(read_xlsform(path, framework))
        except SourceError as error:
            problems += error.problems
    if problems:
        raise SourceError.all(problems)
    return Instruments(forms)


def read_xlsform(path: Path, framework: Framework) -> Form:
    """Read one XLSForm and its sidecar ``<file or form_id>.map.csv``.

    Raises:
        SourceError: The file is no workbook, or has no survey sheet with the columns type and name.
    """
    content = path.read_bytes()
    origin = Origin("instruments", f"{path.parent.name}/{path.name}", "", datetime.now(UTC))
    sheets = {sheet.name.strip().lower(): sheet for sheet in open_workbook(origin, content).sheets}
    rows = formrows.sheet_rows(sheets["survey"]) if "survey" in sheets else []
    if not any("type" in row and "name" in row for row in rows):
        raise origin.error(
            "an XLSForm has a sheet 'survey' with the columns type and name",
            "the sheets " + (", ".join(sheets) or "of an empty workbook"),
            "Put the XLSForm itself there (KoboToolbox: Download XLS), and keep other workbooks in another folder.",
        )
    settings = next(iter(formrows.sheet_rows(sheets["settings"])), {}) if "settings" in sheets else {}
    choice_rows = formrows.sheet_rows(sheets["choices"]) if "choices" in sheets else []
    form_id = settings.get("form_id") or settings.get("id_string") or path.stem
    mapping = sidecar.find(path, form_id)
    rows, choice_rows = sidecar.merge(mapping, rows, choice_rows)

    default = formrows.language_of(settings.get("default_language", "")) or "default"
    languages = formrows.languages([*rows, *choice_rows], default)
    if default not in languages and languages:  # nothing is unmarked, and the form does not say
        default = languages[0]
    version = settings.get("version", "")
    survey = formrows.survey(rows)
    choices = _choices(choice_rows, form_id, version, default, survey.other_lists)
    return Form(
        form_id=form_id,
        version=version,
        title=settings.get("form_title") or settings.get("title") or form_id,
        default_language=default,
        languages=languages,
        items=_items(survey.entries, choices, form_id, version, default, framework),
        choices=choices,
        groups={group: formrows.labels(row, default) for group, row in survey.groups.items()},
        repeats=survey.repeats,
        metadata=survey.metadata,
        source_file=origin.file,
        content_hash=hashlib.sha256(content + (mapping.read_bytes() if mapping else b"")).hexdigest()[:16],
        survey_rows=rows,
        choice_rows=choice_rows,
    )


def _choices(
    rows: list[Row], form_id: str, version: str, default_language: str, other_lists: frozenset[str]
) -> pl.DataFrame:
    extra = [{"list_name": name, "name": "other", "label::": "Other"} for name in sorted(other_lists)]
    records: dict[tuple[str, str], dict[str, Any]] = {}
    for row in [*rows, *extra]:
        key = row.get("list_name", ""), row.get("name", "")
        if all(key) and key not in records:
            meaning = row.get("mel_score", "").lower()
            records[key] = {
                "instrument_id": form_id,
                "form_version": version,
                "list": key[0],
                "code": key[1],
                "order": 1 + sum(known == key[0] for known, _ in records),
                "score": number_or_none(meaning),
                "missing_code": meaning if meaning in MISSING_WORDS else None,
                "label": json.dumps(formrows.labels(row, default_language), ensure_ascii=False),
            }
    return pl.DataFrame(list(records.values()), schema=canonical.CHOICE)


def number_or_none(text: str) -> float | None:
    """Return the number a cell spells with "." or ",", or None."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _items(
    entries: list[Entry],
    choices: pl.DataFrame,
    form_id: str,
    version: str,
    default_language: str,
    framework: Framework,
) -> pl.DataFrame:
    kinds = {construct.id: kind for kind, construct in framework.constructs()}
    directions = {construct.id: getattr(construct, "direction", None) for _, construct in framework.constructs()}
    scored = (
        choices.filter(pl.col("score").is_not_null()).group_by("list").agg(low=pl.min("score"), high=pl.max("score"))
    )
    ranges = {name: (low, high) for name, low, high in scored.iter_rows()}
    names = Counter(entry.name for entry in entries)
    records: dict[str, dict[str, Any]] = {}
    for entry in entries:
        row = entry.row
        item_id = entry.name if names[entry.name] == 1 else entry.path
        construct = row.get("mel_construct", "")
        kind = kinds.get(construct)
        constraint = row.get("constraint")
        low, high = ranges.get(entry.list_name, (None, None)) if entry.list_name else numeric_range(constraint or "")
        if item_id in records:  # check_instruments names the repetition
            continue
        records[item_id] = {
            "instrument_id": form_id,
            "form_version": version,
            "item_id": item_id,
            "stable_item_key": row.get("mel_key") or item_id,
            "item_path": entry.path,
            "repeat_path": entry.repeat_path,
            "type": entry.type,
            "list": entry.list_name or None,
            "range_min": low,
            "range_max": high,
            "reverse": formrows.truth(row.get("mel_reverse")),
            "capability": construct if kind == "capability" else None,
            "level": row.get("mel_level"),
            "health_dimension": construct if kind == "health_dimension" else None,
            "expectation": construct if kind == "expectation" else None,
            "direction": directions.get(construct) if kind == "health_dimension" else None,
            "rater": (row.get("mel_side", "").lower() or "self") if kind == "capability" else None,
            "role": construct if construct and kind is None else None,
            "is_personal": formrows.truth(row.get("mel_pii")) or construct == "respondent",
            "is_required": formrows.truth(row.get("required")),
            "relevant_expr": row.get("relevant") or row.get("relevance"),
            "constraint_expr": constraint,
            "constraint_message": row.get("constraint_message"),
            "label": json.dumps(formrows.labels(row, default_language), ensure_ascii=False),
            "order_no": len(records) + 1,
        }
    return pl.DataFrame(list(records.values()), schema=canonical.ITEM)


def numeric_range(constraint: str) -> tuple[float | None, float | None]:
    """Return the lowest and highest value of a constraint such as ``. >= 0 and . <= 10``.

    Only plain bounds joined by "and" are read; anything else gives no range.
    """
    bounds: dict[str, float] = {}
    for part in re.split(r"\s+and\s+", constraint.strip()):
        match = re.fullmatch(r"\(?\s*\.\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)\s*\)?", part)
        if match is None:
            return None, None
        bounds[match[1][0]] = float(match[2])
    return bounds.get(">"), bounds.get("<")
