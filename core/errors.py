"""Errors in one order: where, which rule, what was seen, how to fix. Only transient ones are retried."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, in words for the data officer.

    Attributes:
        where: File with line, or file!sheet!cell, or source name; relative to the workspace.
        rule: The rule that was broken, as a sentence without a full stop.
        seen: What was found instead; never a personal value.
        fix: What to do, as a sentence; names the nearest valid choice where there is one.
    """

    where: str
    rule: str
    seen: str
    fix: str

    def __str__(self) -> str:
        """Return the problem as one line of plain text."""
        return f"{self.where}: {self.rule}; saw {self.seen}. {self.fix}"


class MelflowError(Exception):
    """Base of every error melflow raises on purpose; carries its problems as data."""

    def __init__(self, *problems: Problem) -> None:
        self.problems: tuple[Problem, ...] = problems
        super().__init__("\n".join(str(problem) for problem in problems))

    @classmethod
    def of(cls, where: str, rule: str, seen: str, fix: str) -> Self:
        """Build the error from the four parts of its one problem."""
        return cls(Problem(where, rule, seen, fix))

    @classmethod
    def all(cls, problems: Iterable[Problem]) -> Self:
        """Build the error from many problems, sorted by place."""
        return cls(*sorted(problems))


class TransientError(MelflowError):
    """The same act may succeed later (network, lock, time-out): retried."""


class TerminalError(MelflowError):
    """The same act fails the same way again until somebody changes something: not retried."""


class WorkspaceError(TerminalError):
    """The workspace files contradict their rules; nothing was moved."""


class SourceError(TerminalError):
    """A payload of a source cannot be read; the others go on."""
