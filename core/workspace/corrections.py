"""sources/<name>.corrections.yml: what is known to be wrong in a source's data, and what it should say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from melflow.core.names import choose, fold
from melflow.core.workspace.fields import Declared, Finding, IsoDate, Text, refuse
from melflow.core.workspace.source import SourceConfig

_PLACES = ("cell", "key", "submission")
_ONE_PLACE = "a correction says where: 'file' and 'cell', or 'key' and 'column', or 'submission' and 'item'"


class Correction(Declared):
    """One known error. The row as it came stays in landing."""

    file: Text | None = Field(
        default=None, description="Files it is about, as in a source's path; empty: all of the source.",
        examples=["inbox/results/valle.xlsx", "s3://bucket/results/*.csv"],
    )  # fmt: skip
    sheet: Text | None = Field(default=None, description="Sheet of the cell; empty for a CSV file.", examples=["2024"])
    cell: Text | None = Field(default=None, pattern=r"^[A-Z]{1,3}[1-9][0-9]*$", description="A cell, such as D7.")
    key: dict[Text, Text] | None = Field(
        default=None, min_length=1, description="Columns of the file and what they say in the row that is meant.",
        examples=[{"Ref": "17"}, {"Partner": "Valle", "Indicator": "meters"}],
    )  # fmt: skip
    column: Text | None = Field(default=None, description="Column of the file that is wrong, with 'key'.")
    submission: Text | None = Field(
        default=None, description="Id of a submission: _id, _uuid or rootUuid of KoboToolbox, __id of ODK Central.",
        examples=["4711", "5b1a8c3e-6d0f-4a53-9f2e-0b7c1d2e3f40"],
    )  # fmt: skip
    item: Text | None = Field(default=None, description="Question of the form that is wrong, with 'submission'.")
    repeat: Text | None = Field(
        default=None, description="Repetition the item is in, with 'submission'.", examples=["children[2]"]
    )
    action: Literal["replace", "missing", "drop"] = Field(
        description="replace: by 'value'; missing: the cell or answer becomes blank; drop: the row is left out."
    )
    expected: Text | None = Field(
        default=None, description="What the place says now; empty: it is blank (with drop: whatever it says)."
    )
    value: Text | None = Field(default=None, description="What it should say, written as the file would write it.")
    reason: Text = Field(description="Why, in a sentence; without anybody's personal data.")
    who: Text = Field(description="Who decided it.")
    on: IsoDate = Field(description="When, year-month-day.")

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        found = [*_place_misfits(self), *_action_misfits(self)]
        if found:
            raise refuse(*found)
        return self

    @property
    def place(self) -> tuple[object, ...]:
        """What tells two corrections' places apart."""
        key = tuple(sorted(self.key.items())) if self.key else None
        return self.file, self.sheet, self.cell, key, self.column, self.submission, self.item, self.repeat


class CorrectionsFile(Declared):
    """sources/<name>.corrections.yml, the known errors of the source of that name."""

    corrections: tuple[Correction, ...] = Field(min_length=1, description="The known errors, one entry each.")

    @field_validator("corrections")
    @classmethod
    def _each_place_once(cls, value: tuple[Correction, ...]) -> tuple[Correction, ...]:
        places = [one.place for one in value]
        rule, fix = "a place is corrected once", "Keep one of the two entries, with what is right now."
        found = [
            Finding(rule, "the same place again", fix, (number,))
            for number, place in enumerate(places)
            if place in places[:number]
        ]
        if found:
            raise refuse(*found)
        return value


def _place_misfits(one: Correction) -> Iterator[Finding]:
    given = [name for name in _PLACES if getattr(one, name) is not None]
    if len(given) != 1:
        seen = " and ".join(f"'{name}'" for name in given) or "none of them"
        yield Finding(_ONE_PLACE, seen, "Keep one of the three ways.")
        return
    alone = one.action == "drop" and one.expected is None  # then the row is enough
    needs = {"cell": ("file",), "key": () if alone else ("column",), "submission": () if alone else ("item",)}
    fits = {"cell": ("sheet",), "key": ("column",), "submission": ("item", "repeat")}
    for name in needs[given[0]]:
        if getattr(one, name) is None:
            yield Finding(_ONE_PLACE, f"no '{name}'", f"Add '{name}: …'.", (given[0],))
    for name in ("sheet", "column", "item", "repeat"):
        if getattr(one, name) is not None and name not in fits[given[0]]:
            yield Finding(_ONE_PLACE, f"'{name}' beside '{given[0]}'", f"Remove '{name}'.", (name,))


def _action_misfits(one: Correction) -> Iterator[Finding]:
    if (one.value is not None) != (one.action == "replace"):
        fix = "Add 'value: …', or write 'action: missing'." if one.value is None else "Write 'action: replace'."
        yield Finding("'value' stands with 'action: replace', and only there", f"action {one.action}", fix)
    if one.expected is None and (one.action == "missing" or (one.action == "drop" and one.cell)):
        fix = "Add 'expected: …' with what the place says now."
        yield Finding("a correction says what it expects to find", "no 'expected'", fix)
    if one.value is not None and one.value == one.expected:
        yield Finding("a correction changes something", "'expected' and 'value' alike", "Correct one of the two.")


def misfits(correction: Correction, source: SourceConfig) -> Iterator[Finding]:
    """Find what a correction asks of a source that has no such thing."""
    is_survey = source.connector in ("kobo", "odk")
    if is_survey and correction.key:
        fix = "Write 'submission: <id>' and 'item: <question>'."
        yield Finding("a row of a survey is found by its submission", "'key'", fix, ("key",))
    if not is_survey and correction.submission:
        fix = "Write 'key: {<column>: <what it says>}' and 'column: <column>'."
        yield Finding("a row of a table is found by a key", "'submission'", fix, ("submission",))
    headers = dict(getattr(source, "columns", {}))
    known = {fold(text) for pair in headers.items() for text in map(str, pair)}
    if is_survey or not correction.key:
        return
    for path, name in [(("key", name), name) for name in correction.key] + [(("column",), correction.column)]:
        if name is not None and fold(name) not in known:
            rule = "a column of a correction is one that the source maps"
            yield Finding(rule, f"'{name}'", choose(name, list(headers.values())), path)
