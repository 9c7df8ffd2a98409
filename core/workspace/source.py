"""sources/<name>.yml: a declared place data comes from, one model per connector."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field, TypeAdapter, ValidationError, ValidationInfo, field_validator

from melflow.core.names import choose
from melflow.core.workspace.fields import (
    DecimalSign,
    Finding,
    IsoDate,
    Language,
    Text,
    known,
    refuse,
    refuse_foreign_period,
)
from melflow.core.workspace.source_base import DateFormats, Source, absent
from melflow.core.workspace.source_register import RegisterSource

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
_DAY = TypeAdapter(IsoDate)
_OR_CONSTANT = " (what every row has in common stands in 'constants' instead)"


class _SurveySource(Source):
    """A source whose files are answers to an XLSForm."""

    instrument: Text = Field(description="form_id in the settings of the XLSForm.", examples=["capability_survey"])

    @field_validator("instrument")
    @classmethod
    def _has_instruments(cls, value: str, info: ValidationInfo) -> str:
        if not known(info).has_instruments:
            fix = "Put the form the partners deploy there: an XLSForm, an XForm or KoboToolbox's JSON."
            raise refuse(Finding("the form of a survey is in the folder instruments", "no form there", fix))
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


class SpreadsheetSource(Source):
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
        found = absent(value, needed, " ('partner' may be fixed beside 'path' instead)" * ("partner" in needed))
        if "period" in info.data:  # else a problem of its own
            found += _strangers(value, _parts(info.data["period"]))
        if found:
            raise refuse(*found)
        return value


class ActivityLogSource(Source):
    """A log of exchanges between partners, CSV or JSON Lines, one exchange a row."""

    connector: Literal["activity_log"]
    columns: dict[ExchangeColumn, Text] = Field(
        description="Meaning: header text (or key) in the file. Needed here or in 'constants': "
        "occurred_on, from_partner, to_partner, kind.",
        json_schema_extra={"properties": {name: {"type": "string"} for name in get_args(ExchangeColumn)}},
    )
    constants: dict[ExchangeColumn, Text] = Field(
        default={},
        validate_default=True,  # what 'columns' needs may stand here
        description="Meaning: what every row says, where the log has no column for it. A date is year-month-day.",
        json_schema_extra={
            "properties": {
                "occurred_on": {"type": "string", "format": "date"},
                "kind": {"enum": list(get_args(ExchangeKind))},
                "channel": {"enum": list(get_args(Channel))},
                "unit": {"enum": list(get_args(ExchangeUnit))},
            }
        },
        examples=[{"occurred_on": "2025-01-15", "kind": "advice", "unit": "hours"}],
    )
    date_formats: DateFormats = ("%Y-%m-%d",)
    decimal: DecimalSign = Field(default=".", description="Decimal sign of quantities.")
    kinds: dict[Text, ExchangeKind] = Field(default={}, description="The log's word: kind of exchange.")
    channels: dict[Text, Channel] = Field(default={}, description="The log's word: channel.")
    units: dict[Text, ExchangeUnit] = Field(default={}, description="The log's word: unit of the quantity.")

    @field_validator("constants", mode="after")
    @classmethod
    def _constants_fit(cls, value: dict[ExchangeColumn, str], info: ValidationInfo) -> dict[ExchangeColumn, str]:
        columns = info.data.get("columns")
        found = list(_misfits(value))
        if columns is not None:  # else a problem of its own
            rule, fix = "a meaning has a column or a constant, not both", "Remove one of the two."
            found += [Finding(rule, f"'{key}' in both", fix, (key,)) for key in value if key in columns]
            found += absent([*columns, *value], ["occurred_on", "from_partner", "to_partner", "kind"], _OR_CONSTANT)
        if found:
            raise refuse(*found)
        return value


SourceConfig = Annotated[
    KoboSource | OdkSource | SpreadsheetSource | ActivityLogSource | RegisterSource, Field(discriminator="connector")
]
CONNECTORS: Mapping[str, type[KoboSource | OdkSource | SpreadsheetSource | ActivityLogSource | RegisterSource]] = {
    "kobo": KoboSource,
    "odk": OdkSource,
    "spreadsheet": SpreadsheetSource,
    "activity_log": ActivityLogSource,
    "register": RegisterSource,
}


def _misfits(constants: Mapping[ExchangeColumn, str]) -> Iterable[Finding]:
    """Find constants that no row could have."""
    sets = {"kind": get_args(ExchangeKind), "channel": get_args(Channel), "unit": get_args(ExchangeUnit)}
    for key, text in constants.items():
        if key in sets and text not in sets[key]:
            yield Finding(f"the constant '{key}' is one of {', '.join(sets[key])}", f"'{text}'",
                          choose(text, sets[key]), (key,))  # fmt: skip
    if "occurred_on" in constants:
        try:
            _DAY.validate_python(constants["occurred_on"])
        except ValidationError:
            rule, fix = "a date is a day of the calendar written year-month-day", "Write a day such as 2025-01-15."
            yield Finding(rule, f"'{constants['occurred_on']}'", fix, ("occurred_on",))


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
