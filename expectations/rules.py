"""What a rule is, and the suites of the canonical tables, read from ``suites/<table>.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is ten times as quick where it is built
SUITES = Path(__file__).parent / "suites"
#: Rules about a cell that says nothing: the column, where the rule's name does not tell it.
_FILLED_IN = {
    "date_present": "occurred_on",
    "giver_named": "from_partner",
    "receiver_named": "to_partner",
    "partner_named": "partner",
    "assessor_named": "assessor",
    "assessed_named": "assessed",
    "learner_named": "learner_partner",
    "source_named": "source_partner",
}
Severity = Literal["warn", "error", "gate"]


@dataclass(frozen=True)
class Rule:
    """One thing that must hold, as data.

    A rule is either a Great Expectations type (``expect`` with ``kwargs``) or a SQL predicate that is true
    for a row that breaks it (``breaks``). Predicates are written by us only: no text from a file, a form or a
    workspace ever enters one.

    Attributes:
        id: Name of the rule, unique within its table.
        table: The canonical table whose rows it judges.
        severity: error: the row is held; warn: it passes and is counted; gate: the whole batch stops.
        reason: Why the rule exists.
        message: What is wrong, one sentence; placeholders as in ``wording.py``.
        remedy: What the partner or the data officer does about it, with the same placeholders.
        seen: The column that holds what was seen.
        nearest: Where the nearest valid choice is looked for: partner, period, item or choice.
        expect: Expectation type in snake case.
        kwargs: Its arguments.
        breaks: SQL predicate, true for a row that breaks the rule.
        among: SQL predicate, true for a row the rule applies to (with ``breaks``).
        relation: Relation GX reads; the table itself when empty.
        max_share: Gate: the largest share of broken rows (0-1) at which the batch still flows.
        at_least: Gate: a batch with fewer rows is judged row by row only.
        may_accept: Whether a row that breaks it may be loaded as it is when somebody answers for it; where the tables
            would no longer hold together, never.
        of: What a generated rule was made from, as instrument and form version.
    """

    id: str
    table: str
    severity: Severity
    reason: str
    message: str
    remedy: str
    seen: str = ""
    nearest: str = ""
    expect: str = ""
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    breaks: str = ""
    among: str = "true"
    relation: str = ""
    max_share: float = 1.0
    at_least: int = 0
    may_accept: bool = False
    of: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        """Refuse a rule that says nothing, or two things.

        Raises:
            ValueError: The rule contradicts itself; a mistake in a suite file.
        """
        if bool(self.expect) == bool(self.breaks):
            raise ValueError(f"rule {self.id} of {self.table} needs either expect or breaks")
        if self.severity not in ("warn", "error", "gate"):
            raise ValueError(f"rule {self.id} of {self.table} has the unknown severity {self.severity}")
        if (self.severity == "gate") != (self.max_share < 1) or (self.severity == "gate" and self.expect):
            raise ValueError(f"rule {self.id} of {self.table}: a gate, and only a gate, has breaks and max_share")

    @property
    def cell(self) -> str | None:
        """The column in which a row that breaks the rule is put right; None when it is more than one."""
        if self.id in _FILLED_IN:
            return _FILLED_IN[self.id]
        absent = self.id.removesuffix("_present") if self.id.endswith("_present") and not self.relation else None
        return self.seen or self.kwargs.get("column") or absent or None

    @property
    def reads(self) -> str:
        """The relation GX reads."""
        return self.relation or self.table

    @property
    def query(self) -> str:
        """SQL whose rows make the expectation fail; ``{batch}`` stands for the relation."""
        if self.severity == "gate":
            return (
                f"select count(*) as n_rows from {{batch}} where {self.among} having count(*) >= {self.at_least}"
                f" and count(*) filter (where {self.breaks}) > {self.max_share} * count(*)"
            )
        return f"select row_id from {{batch}} where ({self.among}) and ({self.breaks})"


@cache
def suite(table: str) -> tuple[Rule, ...]:
    """Return the rules of a canonical table, in the order of its file."""
    return tuple(Rule(table=table, **rule) for rule in read(table))


@cache
def every(table: str) -> tuple[Rule, ...]:
    """Return the rules that hold for every table, for one of them."""
    return tuple(Rule(table=table, **rule) for rule in read("every"))


@cache
def read(name: str) -> list[dict[str, Any]]:
    """Return the rules of one suite file as they are written."""
    text = (SUITES / f"{name}.yml").read_text(encoding="utf-8")
    rules: list[dict[str, Any]] = yaml.load(text, Loader=_Loader)["rules"]  # noqa: S506 - a safe loader, written in C
    return rules
