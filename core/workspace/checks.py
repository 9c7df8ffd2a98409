"""[checks] of melflow.toml: from where on valid answers look wrong, and which wave others are compared with."""

from __future__ import annotations

from pydantic import Field

from melflow.core.workspace.fields import Declared, Share, Text


class Checks(Declared):
    """Cuts of the statistical checks; a row they point at passes and is counted, never held."""

    min_duration_s: float = Field(default=60, ge=0, description="Shorter interviews are pointed at, seconds.")
    min_duration_share: Share = Field(
        default=0.25, description="So are interviews shorter than this share of the instrument's median duration."
    )
    min_grid_items: int = Field(
        default=5, ge=3, description="Fewest answers of one scale that count as a grid (straight-lining)."
    )
    min_duplicate_items: int = Field(
        default=10, ge=3, description="Fewest answers that must be the same in two submissions of one partner."
    )
    outlier_z: float = Field(
        default=3.5, gt=0, description="Robust z within instrument and item from which a number is an outlier."
    )
    max_change_points: float = Field(
        default=75, gt=0, le=100, description="Largest move of a person's mean between waves, points of 0-100."
    )
    min_n: int = Field(default=10, ge=5, description="Fewest answers of a group that are compared with each other.")
    alpha: float = Field(
        default=0.05, gt=0, lt=0.5, description="Error rate of all tests of a family together (enumerators, drift)."
    )
    min_effect: float = Field(
        default=0.1, ge=0, le=1,
        description="Smallest effect worth telling: share of variance between enumerators, size of a drift.",
    )  # fmt: skip
    reference_wave: dict[str, Text] = Field(
        default={}, description="Period others are compared with, by instrument; empty: its first.",
        examples=[{"capability": "2024-H2"}],
    )  # fmt: skip
