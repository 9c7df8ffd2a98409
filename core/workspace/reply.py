"""[reply] of melflow.toml: how long partners have to answer before figures go out, and what that does."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from melflow.core.workspace.fields import Declared

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
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/?#]+(?:/[^\s?#]*)?$",
        description="Address under which partners reach the page of `melflow serve`; empty: workbooks only, no links.",
        examples=["https://mel.alliance.example"],
    )
