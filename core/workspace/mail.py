"""[mail] and [clock] of melflow.toml: the server that carries messages, and when partners are reminded."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from melflow.core.workspace.fields import Declared, Finding, InsidePath, Text, refuse
from melflow.core.workspace.place import EnvName

_SIGNS = r"[!#-+\--:=?A-~]+"  # printable ASCII but < > , ; " @: few servers take other letters (SMTPUTF8, RFC 6531)
ADDRESS = rf"^{_SIGNS}@{_SIGNS}$"


class Mail(Declared):
    """A mail server. Without it nothing is sent; what would be is kept as rows."""

    server: Text = Field(description="Host of the mail server.", examples=["smtp.example.org"])
    port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    security: Literal["starttls", "tls"] = Field(
        default="starttls", description="starttls (mostly port 587) or tls from the start (465); never in clear."
    )
    sender: Text = Field(pattern=ADDRESS, description="Address messages come from.", examples=["mel@alliance.example"])
    user: EnvName | None = Field(default=None, description="Environment variable with the user name.")
    password: EnvName | None = Field(default=None, description="Environment variable with the password.")
    ca_file: Text | None = Field(
        default=None, description="Certificates to trust instead of the machine's: of a server with its own authority."
    )

    data_officer: Text | None = Field(
        default=None,
        pattern=ADDRESS,
        description="Who is told what is held back, refused or in doubt; empty: only `melflow status` says it.",
        examples=["data@alliance.example"],
    )
    seconds: float = Field(default=30, gt=0, le=600, description="How long an answer of the server is waited for.")
    bounces: InsidePath = Field(
        default="inbox/bounces/*.eml",
        description="Messages the mail system sent back, saved as files: who could not be reached is read from them.",
    )

    @field_validator("password")
    @classmethod
    def _goes_with_user(cls, value: str | None, info: ValidationInfo) -> str | None:
        if (value is None) != (info.data.get("user") is None):
            fix = "Add the line that is missing, with the name of a variable."
            raise refuse(Finding("'user' and 'password' come together", "one of the two", fix))
        return value


class Clock(Declared):
    """When partners are reminded of what they owe."""

    remind_days_before: int = Field(
        default=7, ge=0, le=365, description="Days before the due day of the first reminder."
    )
    overdue_days: int = Field(default=14, ge=1, le=365, description="Days after the due day of the last reminder.")
    forget_days: int = Field(
        default=90, ge=1, le=3660, description="Days after the due day from which nobody is reminded any more."
    )
