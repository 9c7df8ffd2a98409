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
from melflow.expectations.words import fill

if TYPE_CHECKING:
    import polars as pl

Row = dict[str, Any]
#: What fills a sentence, free of any language; ``words.py`` makes the sentence of it.
Facts = dict[str, Any]
#: load_id -> ``<sheet>!<meaning>`` -> letters of the column it was read from.
Columns = Mapping[str, Mapping[str, str]]

_N_SHOWN = 12  # choices named in a sentence
#: What a question may measure; an answer outside its scale would be scored.
_MEASURES = ("capability", "health_dimension", "expectation")
_LONGEST = 80  # characters of a value or a label quoted in a sentence
_EXCEL_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True)
class Sentence:
    """The words of one held row."""

    message: str
    remedy: str
    value: str | None
    facts: Facts


class Wording:
    """Writes the sentences; knows the forms and the registry."""

    def __init__(self, forms: Mapping[str, pl.DataFrame], reference: Reference, columns: Columns | None = None) -> None:
        self._reference = reference
        self._columns = columns or {}
        self._items: dict[tuple[str, str, str], Row] = {}
        self._codes: dict[tuple[str, str, str], list[str]] = {}
        self._labels: dict[tuple[str, str, str], list[str]] = {}
        self._labelled: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
        for item in forms["src_item"].iter_rows(named=True):
            self._items[item["instrument_id"], item["form_version"], item["item_id"]] = item
        for choice in forms["src_choice"].iter_rows(named=True):
            place = choice["instrument_id"], choice["form_version"], choice["list"]
            self._codes.setdefault(place, []).append(choice["code"])
            labels = [label for label in json.loads(choice["label"] or "{}").values() if label]
            self._labels.setdefault(place, []).extend(labels)
            self._labelled.setdefault(place, []).append((choice["code"], labels[0] if labels else choice["code"]))

    def sentence(self, rule: Rule, row: Row) -> Sentence:
        """Return what to say about a row that breaks a rule; personal values stay out of it."""
        item = self._item(row)
        raw = row.get(rule.seen) if rule.seen else None
        is_personal = bool(item.get("is_personal")) and rule.seen.startswith("value_")
        value = None if raw is None or is_personal else _text(raw)
        facts = self._facts(rule, item, None if is_personal else value)
        facts |= {"seen": "" if is_personal else shorten(value or ""), "is_personal": is_personal}
        filled = fill(facts)
        return Sentence(rule.message.format_map(filled), rule.remedy.format_map(filled), value, facts)

    def place(self, rule: Rule, row: Row) -> str:
        """Return where a row stands, as a person finds it: the cell where it is known, else the row."""
        return place(rule, row, self._columns.get(row["load_id"], {}))

    def choices(self, rule: Rule, row: Row) -> list[tuple[str, str]]:
        """Return what may stand in the place a row breaks a rule at, as code and label; empty when anything may."""
        item = self._item(row)
        if "value_set" in rule.kwargs:
            return [(code, code) for code in rule.kwargs["value_set"]]
        if not item or not item.get("list") or item["type"] != "select_one":
            return []
        key = item["instrument_id"], item["form_version"], item["list"]
        return self._labelled.get(key, [])

    def _facts(self, rule: Rule, item: Row, value: str | None) -> Facts:
        choices = self._choices(rule, item)
        close = self._nearest(rule, item, value, choices) if value and "{did_you_mean}" in rule.remedy else None
        return {
            "choices": ", ".join(choices[:_N_SHOWN]) + (", ..." if len(choices) > _N_SHOWN else ""),
            "nearest": close,
            "first_day": self._reference.first_day,
            "last_day": self._reference.last_day,
            "item": shorten(_label(item)),
            "low": _limit(item.get("range_min")),
            "high": _limit(item.get("range_max")),
            "kind": item.get("type"),
            "serial": _serial(item, value or ""),
            "demand": shorten(item.get("constraint_message") or item.get("constraint_expr") or ""),
            "measures": any(item.get(what) for what in _MEASURES),
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


def _limit(value: float | None) -> str | None:
    return None if value is None else _text(value)


def _label(item: Row) -> str:
    """Return the question as it is asked, in the form's first language; its name when it has no label."""
    labels = json.loads(item.get("label") or "{}")
    return next((text for text in labels.values() if text), None) or str(item.get("item_id") or "?")


def _serial(item: Row, value: str) -> str | None:
    """Return the date that an Excel serial number stands for, where a date was asked."""
    if item.get("type") not in ("date", "today") or not re.fullmatch(r"[2-5]\d{4}", value.strip()):
        return None
    return (_EXCEL_EPOCH + timedelta(days=int(value))).isoformat()
