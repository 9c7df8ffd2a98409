"""Versions of a form aligned item by item: which answers are one series, which start another, and why."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.sources import canonical
from melflow.sources.formrows import SELECT_MULTIPLE, SELECT_ONE

if TYPE_CHECKING:
    from melflow.sources.xlsform import Form, Instruments

Record = dict[str, Any]
_FAMILIES = {
    **dict.fromkeys(("integer", "decimal", "range"), "a number"),
    **dict.fromkeys(("date", "today", "dateTime", "start", "end"), "a date"),
    **dict.fromkeys(("text", "barcode", "calculate", "hidden"), "text"),
    SELECT_ONE: "one choice",
    SELECT_MULTIPLE: "several choices",
}
_MEASURES = ("capability", "health_dimension", "expectation", "need", "feedback")
_NAMED = 4  # choices named in a reason; the rest is counted


@dataclass(frozen=True)
class _Asked:
    """A question as one version asks it."""

    place: int  # number of the version, oldest first
    version: str
    item: Record
    depth: int  # how many repeats are around it
    options: dict[str, tuple[float | None, str]]  # code -> score, label

    @property
    def key(self) -> str:
        return str(self.item["stable_item_key"])

    @property
    def family(self) -> str:
        return _FAMILIES.get(self.item["type"], str(self.item["type"]))

    @property
    def is_measured(self) -> bool:
        return any(self.item[name] is not None for name in _MEASURES)

    @cached_property
    def scores(self) -> dict[str, float]:
        return {code: score for code, (score, _) in self.options.items() if score is not None}

    @cached_property
    def signature(self) -> tuple[Any, ...]:
        """All that decides whether two versions of a question are one series."""
        low_high = self.item["range_min"], self.item["range_max"]
        options = tuple((code, score) for code, (score, _) in self.options.items())
        return self.family, self.depth, self.is_measured, self.item["reverse"], low_high, options


def align(forms: Sequence[Form]) -> pl.DataFrame:
    """Return the canonical ``src_item_alignment`` of the versions of one form, oldest first.

    Questions with one ``stable_item_key`` (``mel_key``, else the name) are one series while their answers mean the
    same: the same kind, as often repeated, a choice in common and no choice with another score; where they measure
    something, also the same range, scores and direction. What is linked over a third version is linked, so series do
    not depend on which version is looked at first.
    """
    asked = [one for place, form in enumerate(forms) for one in _asked(place, form)]
    by_key: dict[str, list[_Asked]] = defaultdict(list)
    for one in asked:
        by_key[one.key].append(one)
    series = {name: members for key, all_of_key in by_key.items() for name, members in _series(key, all_of_key).items()}
    rows: list[tuple[int, int, Record]] = []
    for name, members in series.items():
        for number, one in enumerate(members):
            before = members[number - 1] if number else None
            said = _continued(before, one) if before else _begun(one, by_key, forms)
            rows.append((one.place, one.item["order_no"], _row(one, name, one.version, *said)))
        rows += _removed(name, members, by_key, forms)
    rows.sort(key=lambda row: row[:2])
    return pl.DataFrame([row for _, _, row in rows], schema=canonical.ITEM_ALIGNMENT)


def changes(instruments: Instruments) -> list[str]:
    """Return a line for each question that a later version renamed, moved, removed or began; for ``melflow check``."""
    alignment = instruments.frames["src_item_alignment"]
    first = {
        form_id: instruments.versions(form_id)[0].version for form_id in {one.form_id for one in instruments.forms}
    }
    told = alignment.filter(
        (pl.col("decision") != "same")
        & (pl.col("form_version") != pl.col("instrument_id").replace_strict(first, default=""))
    )
    columns = ("instrument_id", "form_version", "item_id", "decision", "reason")
    return [
        f"{form_id}, version {version or 'without a name'}: {item} {_WORDS[decision]}: {reason}"
        for form_id, version, item, decision, reason in told.select(columns).iter_rows()
    ]


_WORDS = {"renamed": "is renamed", "moved": "is moved", "new series": "starts a new series", "removed": "is removed"}


def _asked(place: int, form: Form) -> Iterable[_Asked]:
    lists: dict[str, dict[str, tuple[float | None, str]]] = defaultdict(dict)
    for name, code, score, label in form.choices.select("list", "code", "score", "label").iter_rows():
        lists[name][code] = (score, label)
    for item in form.items.iter_rows(named=True):
        depth = sum(f"{item['item_path']}/".startswith(f"{repeat}/") for repeat in form.repeats)
        yield _Asked(place, form.version, item, depth, lists.get(item["list"] or "", {}))


def _series(key: str, members: list[_Asked]) -> dict[str, list[_Asked]]:
    """Return name -> members of each series of a key. The first has the key's name, a later one its first version's."""
    kinds = list({one.signature: one for one in members}.values())
    linked = {one.signature: number for number, one in enumerate(kinds)}
    for number, one in enumerate(kinds):
        for other in kinds[:number]:
            if not _apart(other, one):
                low, high = sorted((linked[other.signature], linked[one.signature]))
                linked = {signature: low if part == high else part for signature, part in linked.items()}
    parts: dict[int, list[_Asked]] = defaultdict(list)
    for one in members:
        parts[linked[one.signature]].append(one)
    named: dict[str, list[_Asked]] = {}
    for part in parts.values():
        version = part[0].version or part[0].place + 1
        name = key if not named else f"{key}~{version}"
        named[f"{name}~{part[0].item['item_id']}" if name in named else name] = part
    return named


def _apart(before: _Asked, after: _Asked) -> str:
    """Return why answers to the two cannot be one series; empty when they can."""
    if before.family != after.family:
        return f"the answer was {before.family}, is {after.family}"
    if before.depth != after.depth:
        often = ["once per submission", "once per repetition", "once per repetition within a repetition"]
        return f"was asked {often[min(before.depth, 2)]}, is asked {often[min(after.depth, 2)]}"
    return _other_choices(before, after) or _other_scale(before, after)


def _other_choices(before: _Asked, after: _Asked) -> str:
    common = [code for code in before.options if code in after.options]
    if before.options and after.options and not common:
        return "no choice in common"
    rescored = [code for code in common if before.options[code][0] != after.options[code][0]]
    if rescored:
        return "other scores: " + _listed(
            f"{code} {_number(before.options[code][0])} → {_number(after.options[code][0])}" for code in rescored
        )
    return ""


def _other_scale(before: _Asked, after: _Asked) -> str:
    if not (before.is_measured or after.is_measured):
        return ""
    if before.item["reverse"] != after.item["reverse"]:
        return "the direction is turned round (mel_reverse)"
    if before.scores != after.scores:
        odd = [*(f"+ {code}" for code in after.scores if code not in before.scores)]
        odd += [f"- {code}" for code in before.scores if code not in after.scores]
        return "other choices with scores: " + _listed(odd)
    ranges = [tuple(_number(one.item[name]) for name in ("range_min", "range_max")) for one in (before, after)]
    if ranges[0] != ranges[1]:
        return f"the range was {' to '.join(ranges[0])}, is {' to '.join(ranges[1])}"
    return ""


def _continued(before: _Asked, one: _Asked) -> tuple[str, str, str]:
    """Return decision, version compared with, and reason, for a question that its series had before."""
    said = [] if before.place == one.place - 1 else [f"asked again, last in version {before.version}"]
    decision = "same"
    old, new = before.item["item_path"], one.item["item_path"]
    if old.rpartition("/")[2] != new.rpartition("/")[2]:
        decision = "renamed"
        said.append(f"{before.item['item_id']} in version {before.version}, linked by mel_key {one.key}")
    if old.rpartition("/")[0] != new.rpartition("/")[0]:
        decision = "moved" if decision == "same" else decision
        said.append(f"from {old.rpartition('/')[0] or 'the top'} to {new.rpartition('/')[0] or 'the top'}")
    return decision, before.version, "; ".join([*said, *_reworked(before, one)]) or "nothing changed"


def _reworked(before: _Asked, one: _Asked) -> Iterable[str]:
    """Return what changed without starting a new series."""
    if before.item["type"] != one.item["type"]:
        yield f"{before.item['type']} became {one.item['type']}"
    if before.item["label"] != one.item["label"]:
        yield "the question is worded differently"
    added = [code for code in one.options if code not in before.options]
    gone = [code for code in before.options if code not in one.options]
    reworded = [
        code for code in one.options if code in before.options and before.options[code][1] != one.options[code][1]
    ]
    for word, codes in (("added", added), ("removed", gone), ("relabelled", reworded)):
        if codes:
            yield f"choices {word}: {_listed(codes)}"


def _begun(one: _Asked, by_key: dict[str, list[_Asked]], forms: Sequence[Form]) -> tuple[str, str | None, str]:
    earlier = [other for other in by_key[one.key] if other.place < one.place]
    if earlier:
        return "new series", earlier[-1].version, _apart(earlier[-1], one)
    before = forms[one.place - 1].version if one.place else None
    if before is None:
        return "new series", None, "first asked in this version"
    last = [members[-1] for members in by_key.values() if members[-1].place == one.place - 1]
    twin = next((other for other in last if _looks_like(other, one)), None)
    hint = f"; if it is {twin.item['item_id']} of version {before}, write {twin.key} under its mel_key" if twin else ""
    return "new series", before, f"first asked in this version{hint}"


def _looks_like(gone: _Asked, one: _Asked) -> bool:
    """Return whether a question that is gone is this one under another name."""
    has_words = any(json.loads(one.item["label"]).values())
    same_words = has_words and gone.item["label"] == one.item["label"]
    same_name = gone.item["item_path"].rpartition("/")[2] == one.item["item_path"].rpartition("/")[2]
    return (same_words or same_name) and not _apart(gone, one)


def _removed(
    name: str, members: list[_Asked], by_key: dict[str, list[_Asked]], forms: Sequence[Form]
) -> Iterable[tuple[int, int, Record]]:
    """Return a row for each version that drops the question and has no other series of its key instead."""
    asked_in = {one.place for one in by_key[members[0].key]}
    for one in members:
        after = one.place + 1
        if after < len(forms) and after not in asked_in:
            reason = f"not asked in this version, last in version {one.version}"
            yield after, one.item["order_no"], _row(one, name, forms[after].version, "removed", one.version, reason)


def _row(one: _Asked, series: str, version: str, decision: str, compared: str | None, reason: str) -> Record:
    return {
        "instrument_id": one.item["instrument_id"],
        "form_version": version,
        "series_id": series,
        "item_id": one.item["item_id"],
        "stable_item_key": one.key,
        "decision": decision,
        "compared_with": compared,
        "reason": reason,
    }


def _listed(words: Iterable[str]) -> str:
    every = list(words)
    rest = f" and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return ", ".join(every[:_NAMED]) + rest


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:g}"
