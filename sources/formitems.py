"""Questions and choices of a form version as canonical frames, with the ``mel_`` columns on them."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.sources import canonical, formrows
from melflow.sources.formrows import Entry, Row

if TYPE_CHECKING:
    from melflow.core.workspace.framework import Framework

#: Kind of construct -> what mel_side is when the form does not say it.
_SIDES = {"capability": "self"}
MISSING_WORDS = ("dont_know", "refused", "not_relevant")


def choices(
    rows: list[Row], form_id: str, version: str, default_language: str, other_lists: frozenset[str]
) -> pl.DataFrame:
    """Return the choices of a form version (``src_choice``), with the "other" that ``or_other`` adds."""
    extra = [{"list_name": name, "name": "other", "label::": "Other"} for name in sorted(other_lists)]
    records: dict[tuple[str, str], dict[str, Any]] = {}
    counts: Counter[str] = Counter()
    for row in [*rows, *extra]:
        key = row.get("list_name", ""), row.get("name", "")
        if all(key) and key not in records:
            counts[key[0]] += 1
            meaning = row.get("mel_score", "").lower()
            records[key] = {
                "instrument_id": form_id,
                "form_version": version,
                "list": key[0],
                "code": key[1],
                "order": counts[key[0]],
                "score": number_or_none(meaning),
                "missing_code": meaning if meaning in MISSING_WORDS else None,
                "label": json.dumps(formrows.labels(row, default_language), ensure_ascii=False),
            }
    return pl.DataFrame(list(records.values()), schema=canonical.CHOICE)


def number_or_none(text: str) -> float | None:
    """Return the number a cell spells with "." or ",", or None."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def items(
    entries: list[Entry],
    listed: pl.DataFrame,
    form_id: str,
    version: str,
    default_language: str,
    framework: Framework,
) -> pl.DataFrame:
    """Return the questions of a form version (``src_item``), with what they measure."""
    kinds = {construct.id: kind for kind, construct in framework.constructs()}
    directions = {construct.id: getattr(construct, "direction", None) for _, construct in framework.constructs()}
    scored = (
        listed.filter(pl.col("score").is_not_null()).group_by("list").agg(low=pl.min("score"), high=pl.max("score"))
    )
    ranges = {name: (low, high) for name, low, high in scored.iter_rows()}
    names = Counter(entry.name for entry in entries)
    records: dict[str, dict[str, Any]] = {}
    for entry in entries:
        row = entry.row
        item_id = entry.name if names[entry.name] == 1 else entry.path
        construct = row.get("mel_construct", "")
        kind = kinds.get(construct)
        constraint = row.get("constraint")
        low, high = ranges.get(entry.list_name, (None, None)) if entry.list_name else numeric_range(constraint or "")
        if item_id in records:  # check_instruments names the repetition
            continue
        records[item_id] = {
            "instrument_id": form_id,
            "form_version": version,
            "item_id": item_id,
            "stable_item_key": row.get("mel_key") or item_id,
            "item_path": entry.path,
            "repeat_path": entry.repeat_path,
            "type": entry.type,
            "list": entry.list_name or None,
            "range_min": low,
            "range_max": high,
            "reverse": formrows.truth(row.get("mel_reverse")),
            "capability": construct if kind == "capability" else None,
            "level": row.get("mel_level"),
            "health_dimension": construct if kind == "health_dimension" else None,
            "expectation": construct if kind == "expectation" else None,
            "need": construct if kind == "need" else None,
            "feedback": construct if kind == "feedback" else None,
            "direction": directions.get(construct) if kind == "health_dimension" else None,
            "rater": row.get("mel_side", "").lower() or _SIDES.get(kind or ""),
            "role": construct if construct and kind is None else None,
            "is_personal": formrows.truth(row.get("mel_pii")) or construct == "respondent",
            "is_required": formrows.truth(row.get("required")),
            "relevant_expr": formrows.relevant(row),
            "constraint_expr": constraint,
            "constraint_message": row.get("constraint_message"),
            "label": json.dumps(formrows.labels(row, default_language), ensure_ascii=False),
            "order_no": len(records) + 1,
        }
    return pl.DataFrame(list(records.values()), schema=canonical.ITEM)


def numeric_range(constraint: str) -> tuple[float | None, float | None]:
    """Return the lowest and highest value of a constraint such as ``. >= 0 and . <= 10``.

    Only plain bounds joined by "and" are read; anything else gives no range.
    """
    bounds: dict[str, float] = {}
    for part in re.split(r"\s+and\s+", constraint.strip()):
        match = re.fullmatch(r"\(?\s*\.\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)\s*\)?", part)
        if match is None:
            return None, None
        bounds[match[1][0]] = float(match[2])
    return bounds.get(">"), bounds.get("<")
