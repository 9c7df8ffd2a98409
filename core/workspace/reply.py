"""[reply] of melflow.toml: how long partners have to answer before figures go out, and what that does."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from melflow.core.workspace.fields import Declared, Text
from melflow.core.workspace.place import web_address

#: attach: the figure goes out with the objection beside it; hold: it is withheld.
Objection = Literal["attach", "hold"]


class Reply(Declared):
    """The right of reply: partners see what a funder will be shown about them, and answer before it is shown."""

    days_before: int = Field(
        default=0,
        ge=0,
        le=120,
        description="Days partners have before an edition for funders or the public is made; 0: no right of reply.",
    )
    objection: Objection = Field(
        default="attach",
        description="What an objection does to its figure: attach prints it beside the figure, hold withholds the "
        "figure. A partnership's own agreement goes first.",
    )
    public_url: Text | None = Field(
        default=None,
        description="Address under which partners reach the page of `melflow serve`; empty: workbooks only, no links.",
        examples=["https://mel.alliance.example"],
    )

    @field_validator("public_url")
    @classmethod
    def _is_safe(cls, value: str | None) -> str | None:
        rule, example = "the page where partners answer begins with https://", "https://mel.alliance.example"
        return None if value is None else web_address(value, rule, example)
