"""A table of a section from keys of phrases and rows of cells."""

from __future__ import annotations

from collections.abc import Sequence

from melflow.reports.context import Context
from melflow.reports.document import Table


def grid(
    context: Context,
    title: str,
    head: Sequence[tuple[str, float, bool]],
    rows: Sequence[tuple[str, ...]],
    note: str = "",
) -> Table:
    """Return a table.

    Args:
        context: Words.
        title: Key of its title after ``table.``.
        head: Key after ``col.``, relative width and whether flush right, of each column.
        rows: Cells.
        note: What stands below; that there is nothing, when there is nothing.
    """
    return Table(
        title=context.say(f"table.{title}", period=context.period),
        columns=tuple(context.say(f"col.{key}") for key, _, _ in head),
        widths=tuple(width for _, width, _ in head),
        numeric=tuple(flush for _, _, flush in head),
        rows=tuple(rows),
        note=note if rows else context.say("table.empty"),
    )


def word(context: Context, kind: str, value: str | None) -> str:
    """Return the phrase of a closed set's value; a dash for none, the value itself where there is no phrase."""
    from melflow.reports import rounding
    from melflow.reports.phrases import say_or

    return rounding.NOTHING if value is None else say_or(context.language, f"{kind}.{value}", value.replace("_", " "))
