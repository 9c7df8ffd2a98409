"""What a person sees on the terminal: plain words, colour only on a terminal, figures aligned."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from melflow.core.errors import Problem

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str, style: str = "") -> None:
    """Print one line; text from files is never read as markup."""
    out.print(text, style=style or None, markup=False)


def complain(problems: Iterable[Problem]) -> None:
    """Print problems to standard error: the place first, then rule, what was seen, how to fix."""
    for problem in problems:
        err.print(problem.where, style="bold red", markup=False, end=": ")
        err.print(f"{problem.rule}; saw {problem.seen}.", markup=False)
        err.print(f"    {problem.fix}", style="green", markup=False)


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table; numbers to the right."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    listed = [list(row) for row in rows]
    for index, column in enumerate(columns):
        numeric = all(isinstance(row[index], int | float) for row in listed)
        made.add_column(column, justify="right" if numeric and listed else "left", overflow="fold")
    from rich.text import Text

    for row in listed:
        made.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    Console(highlight=False, width=None if sys.stdout.isatty() else 160).print(made)
