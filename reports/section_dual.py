"""The section that sets health and results side by side: quadrants, associations, echo flags. Never cause."""

from __future__ import annotations

import polars as pl

from melflow.reports import charts_dual, rounding
from melflow.reports.context import Context, Row
from melflow.reports.document import Block, Figure, Paragraph, Section, Sentences, Table
from melflow.reports.grid import grid, word
from melflow.reports.intervals import Interval
from melflow.reports.vector import draw

#: Published tables it reads, in the order of the workbook.
TABLES = ("pub_dual_tracking", "pub_dual_correlation")

#: Two questions about the same pairs -> estimate and interval that answer them.
ASSOCIATIONS = {
    "between": ("rho", "ci_low", "ci_high"),
    "within": ("rm_r", "rm_ci_low", "rm_ci_high"),
}
_QUADRANTS = ("healthy_delivering", "healthy_not_yet", "transactional_effective", "neither")


def section(context: Context) -> Section:
    """Return the section on health and results."""
    rows = context.data.table("pub_dual_tracking").sort("dyad_id")
    placed = rows.drop_nulls("quadrant")
    sentences = [*_quadrants(context, placed), *_echoes(context, rows), *_associations(context)]
    blocks: list[Block] = [Paragraph(context.say("dual.lead")), Sentences(tuple(sentences))]
    blocks += _map(context, placed)
    blocks += [_pairs(context, rows, placed), _overall(context), Paragraph(context.say("dual.caution"), "note")]
    return Section("dual", context.say("section.dual"), tuple(blocks), is_blank=placed.is_empty())


def _quadrants(context: Context, placed: pl.DataFrame) -> list[str]:
    if placed.is_empty():
        return [context.say("dual.none", period=context.period)]
    counts = {key: placed.filter(pl.col("quadrant") == key) for key in _QUADRANTS}
    said = [
        context.say("dual.counts", n=placed.height, period=context.period, **{k: v.height for k, v in counts.items()})
    ]
    for key in ("transactional_effective", "healthy_not_yet"):
        if counts[key].height:
            said.append(context.say(f"dual.named.{key}", pairs=_named(context, counts[key])))
    return said


def _named(context: Context, rows: pl.DataFrame) -> str:
    return context.joined(context.dyad_text(dyad_id) for dyad_id in rows["dyad_id"])


def _echoes(context: Context, rows: pl.DataFrame) -> list[str]:
    flagged = rows.filter(pl.col("echo_flag"))
    return [context.say("dual.echo", pairs=_named(context, flagged))] if flagged.height else []


def _associations(context: Context) -> list[str]:
    """Say a direction only where an interval leaves out zero; every lag stands in the table."""
    found = {kind: clear_lags(context, kind) for kind in ASSOCIATIONS}
    return [context.say(f"dual.{kind}.{way}", lags=lags) for kind, (way, lags) in found.items()]


def clear_lags(context: Context, kind: str) -> tuple[str, str]:
    """Return how health and results go together over the lags whose interval leaves out zero, and these lags.

    Args:
        context: Data and words.
        kind: between (do healthier pairs do better?, F35) or within (do results rise as health rises?, F37).

    Returns:
        positive, negative, both, unclear (at no lag) or inestimable (too few pairs or periods); and the lags as text.
    """
    estimate, low, high = ASSOCIATIONS[kind]
    rows = context.data.table("pub_dual_correlation").filter(
        pl.col("association") == "health_result", pl.col("dimension") == "composite"
    )
    clear = [row for row in rows.sort("lag").to_dicts() if Interval(row[low], row[high]).leans(0) != "unclear"]
    if rows.drop_nulls(estimate).is_empty():
        return "inestimable", ""
    if not clear:
        return "unclear", ""
    lags = ", ".join(str(row["lag"]) for row in clear)
    sign = {row[estimate] > 0 for row in clear}
    way = "both" if len(sign) == 2 else "positive" if True in sign else "negative"
    return way, lags


def _map(context: Context, placed: pl.DataFrame) -> list[Figure]:
    if placed.is_empty():
        return []
    cuts = (placed["health_high_from"][0], placed["result_high_from"][0])
    titles = (context.say("figure.dual.health"), context.say("figure.dual.result"))
    both, healthy, effective, neither = (word(context, "quadrant", key) for key in _QUADRANTS)
    names = (both, healthy, effective, neither)
    told = [
        context.say(
            "figure.dual.row", pair=context.dyad_text(row["dyad_id"]), health=context.points(row["health_composite"]),
            result=context.points(row["result_index"]),
        )
        for row in placed.to_dicts()
    ]  # fmt: skip
    points = [
        {"number": number, "health": row["health_composite"], "result": row["result_index"], "echo": row["echo_flag"],
         "tells": said}
        for number, (row, said) in enumerate(zip(placed.to_dicts(), told, strict=True), start=1)
    ]  # fmt: skip
    text = context.say("figure.dual.alt", n=placed.height, rows=" ".join(told))
    title, note = context.say("figure.dual", period=context.period), context.say("figure.dual.note")
    return [draw(charts_dual.quadrants(points, cuts, titles, names), "quadrants", title, text, note)]


def _pairs(context: Context, rows: pl.DataFrame, placed: pl.DataFrame) -> Table:
    numbers = {dyad_id: str(number) for number, dyad_id in enumerate(placed["dyad_id"], start=1)}
    head = (("number", 0.4, True), ("partnership", 3.4, False), ("health", 0.8, True), ("index", 0.7, True),
            ("quadrant", 2.0, False), ("trust", 0.7, True), ("challenge", 0.9, True), ("novelty", 0.9, True),
            ("echo", 0.8, False))  # fmt: skip

    def cells(row: Row) -> tuple[str, ...]:
        name = (numbers.get(row["dyad_id"], rounding.NOTHING), context.dyad_text(row["dyad_id"]))
        if row["is_suppressed"]:
            return (*name, context.suppressed)
        index = context.points(row["result_index"])
        quadrant = word(context, "quadrant", row["quadrant"]) if row["quadrant"] else context.why(row["reason"])
        echo = rounding.NOTHING if row["echo_flag"] is None else context.say("yes" if row["echo_flag"] else "no")
        inputs = (context.points(row["trust"]), context.points(row["challenge"]), context.percent(row["novelty_share"]))
        return (*name, context.points(row["health_composite"]), index, quadrant, *inputs, echo)

    return grid(context, "dual", head, [cells(row) for row in rows.to_dicts()])


def _overall(context: Context) -> Table:
    rows = context.data.table("pub_dual_correlation").filter(pl.col("dimension") == "composite")
    return _associated(context, "overall_lags", rows, context.say("table.overall_lags.note"))


def lags(context: Context) -> Table:
    """Return the associations of every dimension at every lag, for the annex."""
    return _associated(context, "lags", context.data.table("pub_dual_correlation"))


def _associated(context: Context, title: str, found: pl.DataFrame, note: str = "") -> Table:
    head = (("association", 1.9, False), ("dimension", 2.0, False), ("lag", 0.5, True), ("dyads", 0.8, True),
            ("rho", 0.9, True), ("interval", 1.3, True), ("within", 0.7, True), ("interval", 1.3, True))  # fmt: skip

    def r(value: float | None) -> str:
        return rounding.NOTHING if value is None else rounding.number(value, 2, context.language)

    def between(low: float | None, high: float | None) -> str:
        return rounding.NOTHING if low is None or high is None else f"{r(low)} {context.say('to')} {r(high)}"

    def cells(row: Row) -> tuple[str, ...]:
        key = (word(context, "association", row["association"]), context.construct(row["dimension"]), str(row["lag"]))
        if row["rho"] is None:
            return (*key, context.count(row["n_dyads"]), context.why(row["reason"]))
        numbers = (r(row["rho"]), between(row["ci_low"], row["ci_high"]), r(row["rm_r"]))
        return (*key, context.count(row["n_dyads"]), *numbers, between(row["rm_ci_low"], row["rm_ci_high"]))

    rows = found.sort("association", "dimension", "lag", descending=[True, False, False])
    return grid(context, title, head, [cells(row) for row in rows.to_dicts()], note)
