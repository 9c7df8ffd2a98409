"""What a form's own logic says of its answers: which questions were to be asked, and which answers it would let in.

``relevant`` of a question and of the groups around it, and ``constraint``, are judged over all answers of a payload at
once. What cannot be judged, because an expression uses what is not supported or an answer that the file does not have,
is null and named, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from melflow.sources.answers import REPEAT, SHEET, SUB, Filled, Said
from melflow.sources.tables import ROW
from melflow.sources.xlsform import Form
from melflow.sources.xpath import Resolve, compile_truth
from melflow.sources.xpath_values import UnsupportedError, Value, answer

#: What the logic says of the answers to a question, one for each row of its table; None where it says nothing.
Truths = pl.Series | None
#: Repeat path -> item_id -> whether it was to be asked, and whether its constraint lets the answer in.
Judged = dict[str, dict[str, tuple[Truths, Truths]]]
#: Not asked of anybody, so that nothing about them can be skipped or refused.
_UNASKED = ("calculate", "hidden")
TODAY, NOW = "__today", "__now"


def judge(read: Said, filled_on: pl.DataFrame) -> tuple[Judged, list[str]]:
    """Return what the form's logic says of each answer, or gap, of a question with a condition or a constraint.

    Args:
        read: The answers, a column for each question.
        filled_on: ``__sub``, the day (``TODAY``) and the UTC time (``NOW``) at which each was filled in; null for
            unknown.

    Returns:
        What it says, and what could not be judged, as "question: why", sorted.
    """
    form = read.filled.form
    found: Judged = {}
    unjudged: set[str] = set()
    levels = {place: answers.drop(ROW, SHEET) for place, answers in read.answers.items() if answers.height}
    for (place,), items in form.items.group_by("repeat_path", maintain_order=True):
        compiled = _compiled(form, items, _present(read.filled), unjudged)
        if compiled and place in levels:
            wide = _beside(str(place), form, levels).join(filled_on, on=SUB, how="left", maintain_order="left")
            found[str(place)] = _judged(wide, compiled)
    return found, sorted(unjudged)


def unjudged(form: Form) -> list[str]:
    """Return which expressions of a form are beyond us, as "question: why", sorted."""
    found: set[str] = set()
    _compiled(form, form.items, frozenset(form.items["item_path"]), found)
    return sorted(found)


def _present(filled: Filled) -> frozenset[str]:
    return frozenset(column for table in filled.tables.values() for column in table.columns)


def _compiled(
    form: Form, items: pl.DataFrame, present: frozenset[str], unjudged: set[str]
) -> dict[str, tuple[pl.Expr | None, pl.Expr | None]]:
    """Return (is_relevant, is_allowed) of every question that has such an expression and can be judged."""
    found = {}
    for item_id, path, kind, relevant, constraint in items.select(
        "item_id", "item_path", "type", "relevant_expr", "constraint_expr"
    ).iter_rows():
        if kind in _UNASKED:
            continue
        conditions = [(group, form.conditions[group]) for group in _around(path) if group in form.conditions]
        conditions += [(path, relevant)] if relevant else []
        judged: list[pl.Expr | None] = [None, None]
        for number, told in enumerate((conditions, [(path, constraint)] if constraint else [])):
            try:
                parts = [_truth(text, form, base, path, present) for base, text in told]
            except UnsupportedError as error:
                unjudged.add(f"{item_id}: {error}")
            else:
                judged[number] = pl.all_horizontal(*parts) if parts else None
        if any(one is not None for one in judged):
            found[item_id] = (judged[0], judged[1])
    return found


def _truth(text: str, form: Form, base: str, path: str, present: frozenset[str]) -> pl.Expr:
    return compile_truth(text, _resolver(form, base, path, present), pl.col(TODAY), pl.col(NOW))


def _resolver(form: Form, base: str, path: str, present: frozenset[str]) -> Resolve:
    """Return what finds the answers that an expression at ``base`` names, for a row of the question at ``path``."""
    types = {one: (kind, repeat) for one, kind, repeat in
             form.items.select("item_path", "type", "repeat_path").iter_rows()}  # fmt: skip
    inside = types[path][1]

    def resolve(reference: str) -> Value:
        target = base if reference == "." else _target(reference, base, types)
        if target not in types:
            raise UnsupportedError(f"{reference}, which is not the answer to a question")
        kind, repeat = types[target]
        if repeat and not f"{inside}/".startswith(f"{repeat}/"):
            raise UnsupportedError(f"{reference}, an answer inside another repeat")
        if target not in present:
            raise UnsupportedError(f"{reference}, which the file does not have")
        return answer(pl.col(target), kind)

    return resolve


def _target(reference: str, base: str, types: dict[str, tuple[str, str]]) -> str:
    """Return the path of the question that ``${name}`` or a path stands for."""
    if reference.startswith("${"):
        name = reference[2:-1]
        named = [path for path in types if path.rpartition("/")[2] == name]
        if len(named) > 1:
            raise UnsupportedError(f"{reference}, a name that several questions have")
        return named[0] if named else ""
    if reference.startswith("/"):
        return reference.removeprefix("/").partition("/")[2]  # the first step is the form itself
    parts = base.split("/")
    for step in reference.removeprefix("current()/").split("/"):
        if step == "..":
            parts = parts[:-1]
        elif step != ".":
            parts.append(step)
    return "/".join(parts)


def _around(path: str) -> Iterator[str]:
    """Yield the paths of the groups around a question, outer before inner."""
    parts = path.split("/")[:-1]
    for number in range(1, len(parts) + 1):
        yield "/".join(parts[:number])


def _beside(place: str, form: Form, levels: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of a repeat with the answers of the repeats and the form around them."""
    wide = levels[place]
    depths = {repeat: number for number, repeat in enumerate(_outer(place, form))}
    for repeat, depth in depths.items():
        if repeat == place or repeat not in levels:
            continue
        above = levels[repeat].rename({REPEAT: "outer"}).unique([SUB, "outer"], keep="first", maintain_order=True)
        steps = rf"^((?:[^\]]*\]){{{depth}}})"
        wide = wide.with_columns(outer=pl.col(REPEAT).str.extract(steps) if depth else pl.lit(""))
        wide = wide.join(above, on=[SUB, "outer"], how="left", maintain_order="left").drop("outer")
    return wide


def _outer(place: str, form: Form) -> list[str]:
    """Return the form ("") and the repeats around a place, itself last."""
    return ["", *(repeat for repeat in form.repeats if place and f"{place}/".startswith(f"{repeat}/"))]


def _judged(
    wide: pl.DataFrame, compiled: dict[str, tuple[pl.Expr | None, pl.Expr | None]]
) -> dict[str, tuple[Truths, Truths]]:
    asked = {(item, side): one for item, both in compiled.items() for side, one in enumerate(both) if one is not None}
    told = wide.select(SUB, *(one.cast(pl.Boolean).alias(f"{side} {item}") for (item, side), one in asked.items()))
    names = set(told.columns)

    def truth(item: str, side: int) -> Truths:
        return told[f"{side} {item}"] if f"{side} {item}" in names else None

    return {item: (truth(item, 0), truth(item, 1)) for item in compiled}
