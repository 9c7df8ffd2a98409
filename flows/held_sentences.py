"""What is wrong with a held row and what to do, in a partner's language."""

from __future__ import annotations

import json
from typing import Any

from melflow.expectations.rules import Rule, every, read, suite
from melflow.expectations.words import fill, said


def sentence(row: dict[str, Any], language: str) -> tuple[str, str]:
    """Return message and remedy of a held row in a language; the English ones where a rule is not translated.

    Args:
        row: Of raw.held.
        language: Two letters.
    """
    rule = rule_of(row["table_name"], row["rule_id"])
    if rule is None or not row["facts"]:
        return row["message"], row["remedy"]
    filled = fill(json.loads(row["facts"]), language)
    return said(rule.message, language).format_map(filled), said(rule.remedy, language).format_map(filled)


def rule_of(table: str, rule_id: str) -> Rule | None:
    """Return a rule of melflow's own suites by its id; None for one of the alliance's own, or of an earlier version."""
    kind, _, form = rule_id.partition(":")
    known = (*suite(table), *every(table)) if not form else _of_forms()
    return next((rule for rule in known if rule.id == kind), None)


def _of_forms() -> tuple[Rule, ...]:
    return tuple(Rule(table="src_response", **one) for one in read("from_form"))
