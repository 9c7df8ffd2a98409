"""What a held row says: the sentence of its rule, filled with what was seen, where, and the nearest valid choice.

Placeholders of a rule's message and remedy: ``{seen}``, ``{did_you_mean}``, ``{choices}``, ``{first_day}``,
``{last_day}`` (of the calendar); in rules of a form also ``{item}``, ``{low}``, ``{high}``, ``{kind_in_words}``,
``{hint}``, ``{demand}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from melflow.core.names import nearest
from melflow.expectations.reference import Reference
from melflow.expectations.rules import Rule

if TYPE_CHECKING:
    import polars as pl

Row = dict[str, Any]
Facts = dict[str, str]
#: load_id -> ``<sheet>!<meaning>`` -> letters of the column it was read from.
Columns = Mapping[str, Mapping[str, str]]

_N_SHOWN = 12  # choices named in a sentence
_LONGEST = 80  # characters of a value or a label quoted in a sentence
_IN_WORDS = {"integer": "a whole number", "decimal": "a number", "range": "a number"}
_EXCEL_EPOCH = date(1899, 12, 30)
_HIDDEN = "(personal, not shown)"


@dataclass(frozen=True)
class Sentence:
    """The words of one held row."""

    message: str
    remedy: str
    value: str | None


class Wording:
    """Writes the sentences; knows the forms and the registry."""

    def __init__(self, forms: Mapping[str, pl.DataFrame], reference: Reference, columns: Columns | None = None) -> None:
        self._reference = reference
        self._columns = columns or {}
        self._items: dict[tuple[str, str, str], Row] = {}
        self._codes: dict[tuple[str, str, str], list[str]] = {}
        self._labels: dict[tuple[str, str, str], list[str]] = {}
        for item in forms["src_item"].iter_rows(named=True):
            self._items[item["instrument_id"], item["form_version"], item["item_id"]] = item
        for choice in forms["src_choice"].iter_rows(named=True):
            place = choice["instrument_id"], choice["form_version"], choice["list"]
            self._codes.setdefault(place, []).append(choice["code"])
            self._labels.setdefault(place, []).extend(filter(None, json.loads(choice["label"] or "{}").values()))

    def sentence(self, rule: Rule, row: Row) -> Sentence:
        """Return what to say about a row that breaks a rule; personal values stay out of it."""
        item = self._item(row)
        raw = row.get(rule.seen) if rule.seen else None
        is_personal = bool(item.get("is_personal")) and rule.seen.startswith("value_")
        value = None if raw is None or is_personal else _text(raw)
        seen = _HIDDEN if is_personal else shorten(value or "")
        facts = self._facts(rule, item, seen, None if is_personal else value)
        return Sentence(rule.message.format_map(facts), rule.remedy.format_map(facts), value)

    def place(self, rule: Rule, row: Row) -> str:
        """Return where a row stands, as a person finds it: the cell where it is known, else the row."""
        return place(rule, row, self._columns.get(row["load_id"], {}))

    def _facts(self, rule: Rule, item: Row, seen: str, value: str | None) -> Facts:
        choices = self._choices(rule, item)
        close = self._nearest(rule, item, value, choices) if value and "{did_you_mean}" in rule.remedy else None
        return {
            "seen": seen,
            "choices": ", ".join(choices[:_N_SHOWN]) + (", ..." if len(choices) > _N_SHOWN else ""),
            "did_you_mean": f' Did you mean "{close}"?' if close else "",
            "first_day": self._reference.first_day,
            "last_day": self._reference.last_day,
            "item": shorten(_label(item)),
            "low": _limit(item.get("range_min"), "no lower limit"),
            "high": _limit(item.get("range_max"), "no upper limit"),
            "kind_in_words": _IN_WORDS.get(item.get("type") or "", "a date"),
            "hint": _serial_hint(item, value or ""),
            "demand": shorten(item.get("constraint_message") or item.get("constraint_expr") or ""),
        }

    def _choices(self, rule: Rule, item: Row) -> list[str]:
        if "value_set" in rule.kwargs:
            return list(rule.kwargs["value_set"])
        if rule.nearest == "choice" and item:
            return self._codes.get((item["instrument_id"], item["form_version"], item["list"]), [])
        return []

    def _nearest(self, rule: Rule, item: Row, value: str, choices: Iterable[str]) -> str | None:
        if rule.nearest == "partner":
            return self._reference.nearest(value)
        key = item.get("instrument_id", ""), item.get("form_version", ""), item.get("list", "")
        pools: dict[str, Iterable[str]] = {
            "choice": [*choices, *self._labels.get(key, [])],  # a file may have codes or labels, in any language
            "period": self._reference.periods,
            "item": {item_id for _, _, item_id in self._items},
        }
        return nearest(value, pools[rule.nearest])

    def _item(self, row: Row) -> Row:
        if "item_id" not in row:
            return {}
        key = row["instrument_id"], row["form_version"], row["item_id"]
        return self._items.get(key, {})


def place(rule: Rule, row: Row, columns: Mapping[str, str]) -> str:
    """Return where a row stands: ``file!sheet!D7``, ``file!sheet!7`` or ``file row 12 (item trust_1)``.

    Args:
        rule: What it breaks; says which of its cells is meant.
        row: The row.
        columns: ``<sheet>!<meaning>`` -> letters of the column it was read from, in the row's file.
    """
    file, sheet, item = row["source_file"] or "?", row["source_sheet"] or "", row.get("item_id")
    # a rule about a blank cell may see another one: it names its column in its own name
    blank = rule.id.removesuffix("_present").removesuffix("_named")
    about = (item,) if item else (blank, rule.seen, rule.kwargs.get("column", ""))
    meanings = [name for given in about if given for name in (given, given.removesuffix("_raw"))]
    letters = next((columns[f"{sheet}!{name}"] for name in meanings if f"{sheet}!{name}" in columns), "")
    if letters or sheet:
        spot = "!".join(part for part in (file, sheet, f"{letters}{row['source_row']}") if part)
    else:
        spot = f"{file} row {row['source_row']}"
    return f"{spot} (item {item})" if item else spot


def shorten(text: str) -> str:
    """Return the text on one line, cut where a sentence would drown in it."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _limit(value: float | None, absent: str) -> str:
    return absent if value is None else _text(value)


def _label(item: Row) -> str:
    """Return the question as it is asked, in the form's first language; its name when it has no label."""
    labels = json.loads(item.get("label") or "{}")
    return next((text for text in labels.values() if text), None) or str(item.get("item_id") or "?")


def _serial_hint(item: Row, value: str) -> str:
    """Return what an Excel serial number stands for, where a date was asked."""
    if item.get("type") not in ("date", "today") or not re.fullmatch(r"[2-5]\d{4}", value.strip()):
        return ""
    return (
        f" ({value.strip()} is Excel's number for {_EXCEL_EPOCH + timedelta(days=int(value))}; write the date itself)"
    )
