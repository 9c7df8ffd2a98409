"""How an edition leaves the house: when, to whom, as what; the published folder and where it is uploaded."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic.types import StringConstraints

from melflow.core.workspace.fields import Cron, Declared, Finding, Identifier, LanguageRef, Text, refuse, refuse_repeats
from melflow.core.workspace.mail import ADDRESS
from melflow.core.workspace.place import Access, Place, access_fits, scheme, web_address

#: Of a report: what changes neither a number nor an edition.
OF_SENDING = ("schedule", "due", "late_data", "recipients", "groups")
#: The group that ``recipients`` and the partners of a return report make.
EVERYBODY = "recipients"
_WRITABLE = ("", "s3", "sftp")

Kind = Literal["pdf", "html", "xlsx", "docx", "annex", "iati"]
Time = Annotated[Text, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


def _address(value: str) -> str:
    if re.fullmatch(ADDRESS, value):
        return value
    fix = "Write one address per line, in letters without accents, such as 'name@example.org'."
    raise refuse(Finding("a recipient is an e-mail address", "text that is not one address", fix))


EmailAddress = Annotated[Text, AfterValidator(_address)]


class Due(Declared):
    """When an edition is due, counted from the end of its period."""

    days_after_period_end: int = Field(ge=0, le=730, description="Days after the last day of the period.")
    at: Time = Field(default="07:00", description="Time of that day, in the alliance's time zone.", examples=["07:00"])


class Group(Declared):
    """Recipients who get one message together; none sees the others' addresses."""

    to: tuple[EmailAddress, ...] = Field(min_length=1, description="E-mail addresses.")
    formats: tuple[Kind, ...] = Field(default=(), description="Files they get; empty: all files of the report.")
    language: LanguageRef | None = Field(
        default=None, description="Edition they get of a report in several languages; empty: its own language."
    )
    send: Literal["by_size", "attachments", "links"] = Field(
        default="by_size",
        description="As attachments, or as links to the published folder; by_size: links when the files are too large.",
    )

    @field_validator("to", "formats")
    @classmethod
    def _each_once(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        refuse_repeats(value, "address" if info.field_name == "to" else "format")
        return value


class Sending(Declared):
    """The part of a report that says when it is made and who gets it."""

    schedule: Cron | None = Field(
        default=None,
        description="When it is made and sent, for the newest period that is over; empty: only when asked.",
    )
    due: Due | None = Field(
        default=None,
        description="When it is made and sent, counted from the end of the period; in place of 'schedule'.",
    )
    late_data: Literal["next", "restate"] = Field(
        default="next",
        description="What data that come after an edition was sent do. next: they wait for the next period's edition; "
        "restate: another edition of the same period is made and sent, which tells what changed.",
    )
    groups: dict[Identifier, Group] = Field(
        default={},
        description="Groups of recipients: each gets a message of its own.",
        examples=[{"board": {"to": ["board@funder.example"], "formats": ["pdf"]}}],
    )

    @field_validator("due")
    @classmethod
    def _one_of_two(cls, value: Due | None, info: ValidationInfo) -> Due | None:
        if value is not None and info.data.get("schedule") is not None:
            fix = "Remove the line 'schedule', or the lines of 'due'."
            raise refuse(Finding("a report has 'schedule' or 'due'", "both", fix))
        return value

    @field_validator("groups")
    @classmethod
    def _not_everybody(cls, value: dict[str, Group]) -> dict[str, Group]:
        if EVERYBODY in value:
            rule, fix = f"'{EVERYBODY}' is the group of the line of that name", "Give the group another name."
            raise refuse(Finding(rule, f"a group '{EVERYBODY}'", fix, (EVERYBODY,)))
        return value


class Upload(Declared):
    """Where one audience's published folder is copied to."""

    path: Place = Field(description="Folder: s3://bucket/folder, sftp://host/folder, or a folder of the workspace.")
    access: Access | None = Field(default=None, description="What opens it: names of environment variables.")

    @field_validator("path")
    @classmethod
    def _can_be_written(cls, value: str) -> str:
        if scheme(value) not in _WRITABLE or re.search(r"[*?\[]", value):
            fix = "Write a folder such as 's3://bucket/reports' or 'sftp://host.example/reports'."
            raise refuse(Finding("pages are uploaded into a folder of s3:// or sftp://", f"'{value}'", fix))
        return value.rstrip("/")

    @field_validator("access")
    @classmethod
    def _access_fits(cls, value: Access | None, info: ValidationInfo) -> Access | None:
        return access_fits(value, info)


class Delivery(Declared):
    """[delivery] of melflow.toml: the size of messages, and the published folder."""

    max_attachment_mb: float = Field(
        default=10, gt=0, le=100, description="Largest sum of attachments in megabytes; larger ones become links."
    )
    address: Text | None = Field(
        default=None,
        description="Web address at which var/published is served: what links in messages begin with.",
        examples=["https://reports.alliance.example"],
    )
    upload: dict[Literal["funder", "steering", "public", "partner"], Upload] = Field(
        default={},
        description="By audience: where its published folder is copied to.",
        examples=[
            {"public": {"path": "s3://alliance-reports/public", "access": {"key": "S3_KEY", "secret": "S3_SECRET"}}}
        ],
    )

    @field_validator("address")
    @classmethod
    def _is_safe(cls, value: str | None) -> str | None:
        rule, example = "links in messages begin with https://", "https://reports.alliance.example"
        return None if value is None else web_address(value, rule, example)
