"""sources/<name>.yml: a declared place data comes from, one model per connector."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from melflow.core.names import choose
from melflow.core.workspace.fields import (
    DecimalSign,
    Finding,
    Language,
    Text,
    refuse,
    refuse_foreign_period,
)
from melflow.core.workspace.place import EnvName, Place
from melflow.core.workspace.source_base import TableSource, absent
from melflow.core.workspace.source_log import ActivityLogSource
from melflow.core.workspace.source_odk import OdkSource as OdkSource
from melflow.core.workspace.source_register import RegisterSource
from melflow.core.workspace.source_server import ProjectId, ServerUrl, files_or_server, with_server
from melflow.core.workspace.source_survey import SurveySource

#: What a column of a results sheet may mean; any other key is a helper for the ``period`` pattern.
RESULT_COLUMNS = (
    "indicator_id",
    "partner",
    "other_partner",
    "baseline",
    "target",
    "actual",
    "unit",
    "disaggregation",
    "status",
    "evidence_class",
)


class KoboSource(SurveySource):
    """KoboToolbox: its server's API, or exports as CSV or XLSX with XML values or with labels."""

    connector: Literal["kobo"]
    path: Place | None = Field(  # type: ignore[assignment]  # a server has no files
        default=None,
        description="Exports, relative to the workspace, or an address; * stands for any text. Or 'server'.",
        examples=["inbox/kobo/*.csv"],
    )
    server: Annotated[ServerUrl | None, AfterValidator(files_or_server)] = Field(
        default=None, validate_default=True, description="Server to fetch from, in the place of 'path'.",
        examples=["https://kf.kobotoolbox.org", "https://eu.kobotoolbox.org"],
    )  # fmt: skip
    asset: Annotated[ProjectId | None, AfterValidator(with_server)] = Field(
        default=None, validate_default=True, description="Id of the project: what follows /forms/ in its address.",
        examples=["aBc123dEf456gHi789jKl0"],
    )  # fmt: skip
    token: Annotated[EnvName | None, AfterValidator(with_server)] = Field(
        default=None, validate_default=True, examples=["KOBO_TOKEN"],
        description="Environment variable with the API token of a user who may see all submissions. Never the token.",
    )  # fmt: skip
    attachments: bool = Field(
        default=False, description="Fetch photos, recordings and files too; they stay in landing."
    )
    sweep_days: int = Field(
        default=1, ge=0, le=366,
        description="Days after which all submissions are asked for again, to find edits and changed validation: Kobo "
        "does not say when a submission changed. 0: in every run.",
    )  # fmt: skip
    versions: dict[Text, Text] = Field(
        default={}, description="Value of __version__ in the data: version in the settings sheet of the form.",
        examples=[{"vK3Fq9": "2024-07"}],
    )  # fmt: skip
    language: Language | None = Field(default=None, description="Language of an export with labels; empty: found out.")

    @property
    def asked_for(self) -> str:
        """What a server is asked for, in a word; empty for files."""
        return self.asset or ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the environment variables it needs."""
        return (self.token,) if self.token else ()


class SpreadsheetSource(TableSource):
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


__all__ = ["CONNECTORS", "ActivityLogSource", "KoboSource", "OdkSource", "SourceConfig", "SpreadsheetSource"]

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
