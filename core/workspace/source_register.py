"""A register as a source: its columns and words are mapped to those of core/registers/."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from melflow.core.names import choose
from melflow.core.registers import REGISTERS
from melflow.core.workspace.fields import DecimalSign, Finding, Text, refuse
from melflow.core.workspace.source_base import DateFormats, TableSource, absent

RegisterName = Literal[
    "decisions", "roles", "sessions", "budgets", "products", "assessments", "claims",
    "stories", "responses", "nominations", "codebook", "codings",
    "targets", "tracking", "contributions", "memberships", "funding", "hours",
    "cycles", "questions", "problems", "adaptations", "entries",
    "demands", "advice", "events", "toc_nodes", "toc_edges",
]  # fmt: skip
_TRUTH_WORDS = ("yes", "no")


class RegisterSource(TableSource):
    """A register the alliance keeps about itself: CSV, workbook, JSON Lines or a JSON list, one entry a row."""

    comes_every: ClassVar[int | None] = None

    connector: Literal["register"]
    records: RegisterName = Field(description="What the register records.")
    columns: dict[Text, Text] = Field(description="Meaning: header text (or key) in the file.")
    words: dict[Text, dict[Text, Text]] = Field(
        default={}, validate_default=True,
        description="Column: the file's word: ours. Ours are yes and no, or the words of the column.",
        examples=[{"role": {"Líder": "lead"}, "is_personnel": {"Personal": "yes", "Otros": "no"}}],
    )  # fmt: skip
    date_formats: DateFormats = ("%Y-%m-%d",)
    decimal: DecimalSign = Field(default=".", description="Decimal sign of numbers.")
    separator: Text = Field(default=";", description="What stands between several authors or codes in one cell.")
    scale: tuple[float, float] | None = Field(
        default=None, validate_default=True,
        description="Lowest and highest score of the rubric; needed for assessments and entries.", examples=[[1, 4]],
    )  # fmt: skip

    @field_validator("columns")
    @classmethod
    def _columns_fit(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        register = REGISTERS.get(info.data.get("records", ""))
        if register is None:  # a problem of its own
            return value
        fixed = {register.partner} if register.partner and info.data.get("partner") is not None else set()
        found = absent(value, [name for name in register.needed if name not in fixed])
        rule = f"a key of 'columns' is a meaning of a register of {info.data['records']}"
        found += [
            Finding(rule, f"'{key}'", choose(key, register.columns), (key,))
            for key in value
            if key not in register.columns
        ]
        if found:
            raise refuse(*found)
        return value

    @field_validator("words")
    @classmethod
    def _words_fit(cls, value: dict[str, dict[str, str]], info: ValidationInfo) -> dict[str, dict[str, str]]:
        register = REGISTERS.get(info.data.get("records", ""))
        if register is None:
            return value
        sets = dict.fromkeys(register.of_kind("truth"), _TRUTH_WORDS) | dict(register.words)
        found = []
        for column, words in value.items():
            if column not in sets:
                rule = "a key of 'words' is a column of words, or of yes and no"
                found.append(Finding(rule, f"'{column}'", choose(column, sets), (column,)))
                continue
            rule = f"a word of '{column}' is one of {', '.join(sets[column])}"
            found += [
                Finding(rule, f"'{ours}'", choose(ours, sets[column]), (column, theirs))
                for theirs, ours in words.items()
                if ours not in sets[column]
            ]
        if found:
            raise refuse(*found)
        return value

    @field_validator("scale")
    @classmethod
    def _scale_fits(cls, value: tuple[float, float] | None, info: ValidationInfo) -> tuple[float, float] | None:
        register = REGISTERS.get(info.data.get("records", ""))
        is_rubric = register is not None and register.scaled
        if "records" in info.data and (value is not None) != is_rubric:
            rule = "'scale' stands in a register of assessments or entries, and only there"
            fix = "Write the lowest and highest score, such as 'scale: [1, 4]'." if is_rubric else "Remove the line."
            raise refuse(Finding(rule, "no such line" if value is None else f"{list(value)}", fix))
        if value is not None and value[0] >= value[1]:
            raise refuse(Finding("'scale' rises", f"{list(value)}", "Write the lowest score first."))
        return value
