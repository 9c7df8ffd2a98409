"""What every source has, whatever its connector."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic.json_schema import SkipJsonSchema

from melflow.core.workspace.fields import Cron, Declared, Finding, PartnerRef, Text, refuse
from melflow.core.workspace.place import Access, EnvName, Place, access_fits


class Push(Declared):
    """Pushes of other systems to POST /push/<source> of ``melflow serve``."""

    secret: EnvName = Field(
        description="Environment variable with the secret shared with the sender. Never the secret itself.",
        examples=["PUSH_SECRET_SURVEY"],
    )
    sender: Literal["signs", "token"] = Field(
        default="signs",
        description="signs: timestamp and body carry a signature; token: the secret itself travels in a header, for "
        "senders that cannot sign, such as REST services of KoboToolbox.",
    )
    max_bytes: int = Field(default=10 * 1024**2, ge=1024, le=1024**3, description="Largest push that is taken, bytes.")


class Source(Declared):
    """A declared place data comes from. ``name`` is the file's name without .yml and is never written in the file."""

    named_by_file: ClassVar[bool] = True
    #: Rows carry no identity of a server and stand as long as their file does: a file replaces the one of its name.
    by_origin: ClassVar[bool] = False
    #: In how many periods something comes at least once where its file does not say; None: it may never come again.
    comes_every: ClassVar[int | None] = 1

    name: SkipJsonSchema[str]
    title: Text = Field(description="What this is, in the data officer's words.", examples=["Yearly survey"])
    path: Place = Field(
        description="Files of the source, relative to the workspace, or an address; * stands for any text.",
        examples=["inbox/kobo/*.csv", "s3://bucket/folder/*.csv", "sftp://host.example/folder/*.xlsx"],
    )
    access: Annotated[Access | None, AfterValidator(access_fits)] = Field(
        default=None, description="What opens an address, by names of environment variables."
    )
    push: Push | None = Field(default=None, description="How others may push to this source (`melflow serve`).")
    partner: PartnerRef | None = Field(
        default=None, description="The partner all rows belong to, when the files themselves do not say it."
    )
    schedule: Cron | None = Field(default=None, description="When to look for new files; empty: only when asked.")
    owed_by: tuple[PartnerRef, ...] = Field(
        default=(), description="Partners that agreed to send this in every period; empty: the source owes as a whole.",
        examples=[["city_of_lumen"]],
    )  # fmt: skip
    due_days_after_period: int = Field(
        default=30, ge=0, le=3660, description="Days after a period's end until which its data is on time."
    )
    every_periods: int | None = Field(
        default=None, ge=1, le=40,
        description="Something comes at least once in so many periods; when nothing does until the due day, the gate "
        "holds editions. Empty: 1, but a register is not judged, for it may stand as it is.",
    )  # fmt: skip


def _known_encoding(value: str) -> str:
    try:
        return codecs.lookup(value).name
    except LookupError as error:
        rule, fix = (
            "'encoding' is one that Python knows",
            "Write utf-8, cp1252 (Excel on Windows), mac-roman or cp1251.",
        )
        raise refuse(Finding(rule, f"'{value}'", fix)) from error


def _one_sign(value: str) -> str:
    if value == "tab":
        return "\t"
    if len(value) != 1 or not value.isascii() or value.isalnum() or value in "\"'.-+":
        rule, fix = "'delimiter' is one sign between cells, or tab", "Write ';', ',', '|' or tab, in quotation marks."
        raise refuse(Finding(rule, f"'{value}'", fix))
    return value


class TableSource(Source):
    """A source whose files are tables: workbooks, text files, or one of these in a zip archive."""

    by_origin: ClassVar[bool] = True

    encoding: Annotated[Text, AfterValidator(_known_encoding)] | None = Field(
        default=None, description="How text files are written; empty: found out.", examples=["cp1252", "mac-roman"]
    )
    delimiter: Annotated[Text, AfterValidator(_one_sign)] | None = Field(
        default=None, examples=[";", "tab"],
        description="What stands between the cells of text files; empty: found out by the mapped columns.",
    )  # fmt: skip
    hidden: Literal["read", "skip"] = Field(
        default="read", description="Whether sheets and rows that a workbook hides are read; said either way."
    )
    totals: tuple[Text, ...] = Field(
        default=(), description="First cells of rows of totals; such rows are dropped and counted."
    )


def _whole_dates(value: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [(number, text) for number, text in enumerate(value) if "%" not in text]
    if wrong:
        rule, fix = "a date format has parts such as %Y, %m and %d", "Write '%d/%m/%Y' for 31/12/2024."
        raise refuse(*(Finding(rule, f"'{text}'", fix, (number,)) for number, text in wrong))
    return value


DateFormats = Annotated[
    tuple[Text, ...],
    AfterValidator(_whole_dates),
    Field(min_length=1, description="Ways dates are written, tried in order.", examples=[["%Y-%m-%d", "%d/%m/%Y"]]),
]


def absent(columns: Iterable[str], needed: Iterable[str], also: str = "") -> list[Finding]:
    """Find columns that a source's 'columns' must name and does not."""
    missing = [name for name in needed if name not in columns]
    if not missing:
        return []
    rule = f"'columns' names the columns {', '.join(needed)}{also}"
    fix = f"Add a line '{missing[0]}: <header text in the file>'."
    return [Finding(rule, f"no {', '.join(missing)}", fix)]
