"""Forms: what was asked. XLSForm workbooks, KoboToolbox's JSON and XForm XML, with ``mel_`` columns or a sidecar."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from melflow.core.errors import Problem, SourceError
from melflow.sources import (
    canonical,
    external_choices,
    form_content,
    form_unfolded,
    form_versions,
    form_workbook,
    formitems,
    formrows,
    sidecar,
    xform,
)
from melflow.sources.formrows import Content, Row
from melflow.sources.payload import Origin

if TYPE_CHECKING:
    from melflow.core.workspace.framework import Framework

#: Ending of a form's file -> what reads it.
READERS = {
    ".xlsx": form_workbook.read,
    ".xls": form_workbook.read,
    ".json": form_content.read,
    ".xml": xform.read,
}


@dataclass(frozen=True)
class Form:
    """One version of one form.

    Attributes:
        form_id: ``form_id`` of the settings, else the file's name.
        version: ``version`` of the settings (of a deployed version: the server's name), as text; empty without one.
        title: ``form_title``.
        default_language: Language of unmarked labels.
        languages: Languages of the labels, in order.
        items: Questions (canonical ``src_item``).
        choices: Choices (canonical ``src_choice``).
        groups: Path of every group -> label by language.
        conditions: Path of a group -> its ``relevant``, for groups that have one.
        repeats: Paths of the repeat groups, outer before inner.
        metadata: Type of what the device fills in (start, end, deviceid, …) -> path of its field.
        source_file: Path relative to the workspace.
        content_hash: Of the file, its sidecar and the lists beside it.
        survey_rows: Rows of the survey sheet, for messages.
        choice_rows: Rows of the choices sheet, for messages.
        also: Other names of this version, such as the one a server gave it.
        since: When the server deployed it, as the server says; empty when unknown.
    """

    form_id: str
    version: str
    title: str
    default_language: str
    languages: tuple[str, ...]
    items: pl.DataFrame
    choices: pl.DataFrame
    groups: dict[str, dict[str, str]]
    conditions: dict[str, str]
    repeats: tuple[str, ...]
    metadata: dict[str, str]
    source_file: str
    content_hash: str
    survey_rows: list[Row] = field(repr=False)
    choice_rows: list[Row] = field(repr=False)
    also: tuple[str, ...] = ()
    since: str = ""


class Instruments:
    """All forms of a workspace, every version."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self.forms = tuple(sorted(forms, key=_order))

    def versions(self, form_id: str) -> tuple[Form, ...]:
        """Return the versions of a form, oldest first; empty for an unknown form."""
        return tuple(form for form in self.forms if form.form_id == form_id)

    def form(self, form_id: str, version: str) -> Form | None:
        """Return one version of a form."""
        return next((form for form in self.versions(form_id) if form.version == version), None)

    @cached_property
    def frames(self) -> dict[str, pl.DataFrame]:
        """The canonical tables of ``canonical.FORMS``."""
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
        alignment = self._alignment()
        key = ["instrument_id", "form_version", "item_id"]
        series = alignment.filter(pl.col("decision") != "removed").select(*key, "series_id")
        items = pl.concat([canonical.empty("src_item"), *(form.items for form in self.forms)]).drop("series_id")
        return {
            "src_instrument": pl.DataFrame(instruments, schema=canonical.INSTRUMENT),
            "src_item": canonical.conform("src_item", items.join(series, on=key, how="left", maintain_order="left")),
            "src_choice": pl.concat([canonical.empty("src_choice"), *(form.choices for form in self.forms)]),
            "src_item_alignment": alignment,
        }

    def _alignment(self) -> pl.DataFrame:
        # of two files with one version the first counts; check_instruments names the other
        first = {(form.form_id, form.version): form for form in reversed(self.forms)}
        chosen = [form for form in self.forms if first[form.form_id, form.version] is form]
        aligned = [
            form_versions.align([form for form in chosen if form.form_id == form_id])
            for form_id in dict.fromkeys(form.form_id for form in chosen)
        ]
        return pl.concat([canonical.empty("src_item_alignment"), *aligned])


def _order(form: Form) -> tuple[str, str, list[tuple[int, str]], str]:
    """Order versions by when they were deployed, then by their text, its numbers as numbers: 9 before 10."""
    parts = [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", form.version) if part]
    return form.form_id, form.since, parts, form.source_file


def read_instruments(folder: Path, framework: Framework) -> Instruments:
    """Read every form of a folder: XLSForms (``.xlsx``, ``.xls``), KoboToolbox's JSON (``.json``), XForms (``.xml``).

    Args:
        folder: The workspace's ``instruments``; a folder that is not there has no forms.
        framework: Says which construct is a capability and which a health dimension.

    Raises:
        SourceError: Files that are no form; all of them together.
    """
    forms: list[Form] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("*")):
        if path.name.startswith((".", "~$")) or path.suffix.lower() not in READERS:
            continue
        try:
            forms.append(read_xlsform(path, framework))
        except SourceError as error:
            problems += error.problems
    if problems:
        raise SourceError.all(problems)
    return Instruments(forms)


def read_xlsform(path: Path, framework: Framework) -> Form:
    """Read one form, its sidecar ``<file or form_id>.map.csv`` and the choice lists beside it.

    Raises:
        SourceError: The file is no form.
    """
    content = path.read_bytes()
    file = f"{path.parent.name}/{path.name}"
    said = read_content(file, content)
    form_id = said.settings.get("form_id") or said.settings.get("id_string") or path.stem
    mapping = sidecar.find(path, form_id)
    beside = {name: found.read_bytes() for name, found in external_choices.files(path.parent, said.survey).items()}
    listed = [row for name, found in beside.items() for row in external_choices.rows(name, found, said.survey)]
    choice_rows = [*said.choices, *listed]
    rows, choice_rows = sidecar.merge(mapping, form_unfolded.unfold(said.survey, choice_rows), choice_rows)
    content_hash = hashlib.sha256(b"".join([content, mapping.read_bytes() if mapping else b"", *beside.values()]))
    whole = Content(rows, choice_rows, said.settings, said.also, said.since)
    return made(whole, form_id, file, content_hash.hexdigest()[:16], framework)


@lru_cache(maxsize=512)
def read_content(file: str, content: bytes) -> Content:
    """Return what the form's file says, read once in a process: each source of a run asks for all forms."""
    return READERS[Path(file).suffix.lower()](Origin("instruments", file, "", datetime.now(UTC)), content)


def made(said: Content, form_id: str, file: str, content_hash: str, framework: Framework) -> Form:
    """Return the form that rows of a survey and its choices make, under this id."""
    settings = said.settings
    default = formrows.language_of(settings.get("default_language", "")) or "default"
    languages = formrows.languages([*said.survey, *said.choices], default)
    if default not in languages and languages:  # nothing is unmarked, and the form does not say
        default = languages[0]
    version = settings.get("version", "")
    survey = formrows.survey(said.survey)
    choices = formitems.choices(said.choices, form_id, version, default, survey.other_lists)
    return Form(
        form_id=form_id,
        version=version,
        title=settings.get("form_title") or settings.get("title") or form_id,
        default_language=default,
        languages=languages,
        items=formitems.items(survey.entries, choices, form_id, version, default, framework),
        choices=choices,
        groups={group: formrows.labels(row, default) for group, row in survey.groups.items()},
        conditions={group: told for group, row in survey.groups.items() if (told := formrows.relevant(row))},
        repeats=survey.repeats,
        metadata=survey.metadata,
        source_file=file,
        content_hash=content_hash,
        survey_rows=said.survey,
        choice_rows=said.choices,
        also=said.also,
        since=said.since,
    )
