"""sources/<name>.yml: a declared place data comes from, one model per connector."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator
from pydantic.json_schema import SkipJsonSchema

from melflow.core.names import choose
from melflow.core.workspace.fields import (
    Cron,
    DecimalSign,
    Declared,
    Finding,
    InsidePath,
    Language,
    PartnerRef,
    Text,
    known,
    refuse,
    refuse_foreign_period,
)

ExchangeKind = Literal["advice", "document", "visit", "mentoring", "data", "co-design"]
Channel = Literal["in_person", "online"]
ExchangeUnit = Literal["events", "hours", "documents"]
ExchangeColumn = Literal[
    "exchange_id",
    "occurred_on",
    "from_partner",
    "to_partner",
    "kind",
    "channel",
    "quantity",
    "unit",
    "topic_id",
    "cycle_id",
    "meeting_id",
    "reply_to",
    "from_person",
    "to_person",
    "reported_by",
    "confirmed_by",
]
#: What a column of a results sheet may mean; any other key is a helper for the ``period`` pattern.
RESULT_COLUMNS = (
    "indicator_id",
    "partner",
    "baseline",
    "target",
    "actual",
    "unit",
    "disaggregation",
    "status",
    "evidence_class",
)


class _Source(Declared):
    """What every source has. ``name`` is the file's name without .yml and is never written in the file."""

    named_by_file: ClassVar[bool] = True

    name: SkipJsonSchema[str]
    title: Text = Field(description="What this is, in the data officer's words.", examples=["Yearly survey"])
    path: InsidePath = Field(
        description="Files of the source, relative to the workspace; * stands for any text.",
        examples=["inbox/kobo/*.csv"],
    )
    partner: PartnerRef | None = Field(
        default=None, description="The partner all rows belong to, when the files themselves do not say it."
    )
    schedule: Cron | None = Field(default=None, description="When to look for new files; empty: only when asked.")
    due_days_after_period: int = Field(
        default=30, ge=0, le=3660, description="Days after a period's end until which its data is on time."
    )


class _SurveySource(_Source):
    """A source whose files are answers to an XLSForm."""

    instrument: Text = Field(description="form_id in the settings of the XLSForm.", examples=["capability_survey"])

    @field_validator("instrument")
    @classmethod
    def _has_instruments(cls, value: str, info: ValidationInfo) -> str:
        if not known(info).has_instruments:
            fix = "Put the XLSForm the partners deploy into the folder instruments."
            raise refuse(Finding("the form of a survey is in instruments/*.xlsx", "no .xlsx file there", fix))
        return value


class KoboSource(_SurveySource):
    """Exports of KoboToolbox, CSV or XLSX, with XML values or with labels."""

    connector: Literal["kobo"]
    versions: dict[Text, Text] = Field(
        default={}, description="Value of __version__ in the export: version in the settings sheet of the form.",
        examples=[{"vK3Fq9": "2024-07"}],
    )  # fmt: skip
    language: Language | None = Field(default=None, description="Language of an export with labels; empty: found out.")


class OdkSource(_SurveySource):
    """OData JSON of ODK Central."""

    connector: Literal["odk"]


class SpreadsheetSource(_Source):
    """Workbooks of results: one row per indicator, a sheet per year or per period."""

    connector: Literal["spreadsheet"]
    sheets: tuple[Text, ...] = Field(default=("*",), min_length=1, description="Sheets to read; * stands for any text.")
    period: Text = Field(
        description="How a row's period id is put together from {sheet} and mapped columns.",
        examples=["{sheet}-H{semester}", "{sheet}"],
    )
    columns: dict[Text, Text] = Field(
        description="Meaning: header text in the sheet. Needed: indicator_id and actual. Other keys help 'period'.",
        json_schema_extra={
            "properties": {name: {"type": "string"} for name in RESULT_COLUMNS},
            "required": ["indicator_id", "actual"],
        },
    )
    decimal: DecimalSign = Field(default=".", description="Decimal sign of numbers written as text.")
    totals: tuple[Text, ...] = Field(
        default=(), description="First cells of rows of totals; such rows are dropped and counted."
    )
    language: Language | None = Field(default=None, description="Language of the sheet's texts.")

    @field_validator("period")
    @classmethod
    def _well_formed(cls, value: str, info: ValidationInfo) -> str:
        try:
            used = _parts(value)
        except ValueError as error:
            fix = "Write each part in its own braces, such as '{sheet}-H{semester}'."
            raise refuse(Finding("'period' is text with parts in {braces}", f"'{value}'", fix)) from error
        if not used:
            refuse_foreign_period(value, info)
        return value

    @field_validator("columns")
    @classmethod
    def _columns_fit(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        needed = ["indicator_id", "actual"] + ["partner"] * (info.data.get("partner") is None)
        found = _absent(value, needed, " ('partner' may be fixed beside 'path' instead)" * ("partner" in needed))
        if "period" in info.data:  # else a problem of its own
            found += _strangers(value, _parts(info.data["period"]))
        if found:
            raise refuse(*found)
        return value


class ActivityLogSource(_Source):
    """A log of exchanges between partners, CSV or JSON Lines, one exchange a row."""

    connector: Literal["activity_log"]
    columns: dict[ExchangeColumn, Text] = Field(
        description="Meaning: header text (or key) in the file. Needed: occurred_on, from_partner, to_partner, kind.",
        json_schema_extra={
            "properties": {name: {"type": "string"} for name in get_args(ExchangeColumn)},
            "required": ["occurred_on", "from_partner", "to_partner", "kind"],
        },
    )
    date_formats: tuple[Text, ...] = Field(
        default=("%Y-%m-%d",), min_length=1, description="Ways dates are written, tried in order.",
        examples=[["%Y-%m-%d", "%d/%m/%Y"]],
    )  # fmt: skip
    decimal: DecimalSign = Field(default=".", description="Decimal sign of quantities.")
    kinds: dict[Text, ExchangeKind] = Field(default={}, description="The log's word: kind of exchange.")
    channels: dict[Text, Channel] = Field(default={}, description="The log's word: channel.")
    units: dict[Text, ExchangeUnit] = Field(default={}, description="The log's word: unit of the quantity.")

    @field_validator("columns")
    @classmethod
    def _columns_needed(cls, value: dict[ExchangeColumn, str]) -> dict[ExchangeColumn, str]:
        found = _absent(value, ["occurred_on", "from_partner", "to_partner", "kind"])
        if found:
            raise refuse(*found)
        return value

    @field_validator("date_formats")
    @classmethod
    def _whole_dates(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [(number, text) for number, text in enumerate(value) if "%" not in text]
        if wrong:
            rule, fix = "a date format has parts such as %Y, %m and %d", "Write '%d/%m/%Y' for 31/12/2024."
            raise refuse(*(Finding(rule, f"'{text}'", fix, (number,)) for number, text in wrong))
        return value


SourceConfig = Annotated[
    KoboSource | OdkSource | SpreadsheetSource | ActivityLogSource, Field(discriminator="connector")
]
CONNECTORS: Mapping[str, type[KoboSource | OdkSource | SpreadsheetSource | ActivityLogSource]] = {
    "kobo": KoboSource,
    "odk": OdkSource,
    "spreadsheet": SpreadsheetSource,
    "activity_log": ActivityLogSource,
}


def _absent(columns: Iterable[str], needed: list[str], also: str = "") -> list[Finding]:
    absent = [name for name in needed if name not in columns]
    if not absent:
        return []
    rule = f"'columns' names the columns {', '.join(needed)}{also}"
    fix = f"Add a line '{absent[0]}: <header text in the file>'."
    return [Finding(rule, f"no {', '.join(absent)}", fix)]


def _parts(pattern: str) -> list[str]:
    """Return the names in braces; ValueError when the braces do not match."""
    return [name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None]


def _strangers(columns: Iterable[str], used: list[str]) -> list[Finding]:
    """Find parts of the period pattern without a column, and column keys that mean nothing."""
    rule = "a part of 'period' is {sheet} or a key of 'columns'"
    keys = {"sheet", *columns}
    found = [
        Finding(rule, f"{{{part}}} in 'period'", f"{choose(part, keys)} Or add '{part}: <header text>' here.")
        for part in used
        if part not in keys
    ]
    rule = "a key of 'columns' is a known meaning, or a helper used in 'period'"
    for key in columns:
        if key not in RESULT_COLUMNS and key not in used:
            fix = f"{choose(key, RESULT_COLUMNS)} A helper must stand in 'period' as {{{key}}}."
            found.append(Finding(rule, f"'{key}'", fix, (key,)))
    return found
