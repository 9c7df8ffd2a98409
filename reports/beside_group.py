"""The partner beside the group, in a return report: words, a chart and a table for a section (see ``group``)."""

from __future__ import annotations

from collections.abc import Sequence

from melflow.reports import charts_group
from melflow.reports.context import Context, Row, in_order, pages
from melflow.reports.document import Block, Figure, Sentences, Table
from melflow.reports.group import FEWEST, beside
from melflow.reports.intervals import Interval
from melflow.reports.phrases import counted
from melflow.reports.tells import tells
from melflow.reports.vector import draw, wrapped

#: Rows of one chart: as many as stay legible on a page.
ROWS = 30
_WAYS = {"higher": "above", "lower": "below", "unclear": "unclear"}
_COMPOSITE = "composite"


def blocks(context: Context, section: str) -> list[Block]:
    """Return what stands beside the group; nothing in an edition that is nobody's own, or without own figures."""
    rows = _ordered(context, section)
    if not any(row["own"] is not None for row in rows):
        return []
    words = (_scores(context, rows),) if section == "capability" else (_pairs(context, rows),)
    return [Sentences(words), *_figures(context, section, rows), _table(context, section, rows)]


def _ordered(context: Context, section: str) -> list[Row]:
    """Return the rows in the framework's order, the composite first."""
    rows = beside(context.data, section)
    if section == "health":
        order = [_COMPOSITE, *in_order(context.data, "health_dimension", {row["dimension"] for row in rows})]
        return sorted(rows, key=lambda row: order.index(row["dimension"]))
    capabilities = in_order(context.data, "capability", {row["capability"] for row in rows})
    levels = in_order(context.data, "level", {row["level"] for row in rows})
    places = {key: place for place, key in enumerate((*capabilities, *levels))}
    return sorted(rows, key=lambda row: (row["rater"], places[row["capability"]], places[row["level"]]))


def _scores(context: Context, rows: list[Row]) -> str:
    """Say how many scores lie clearly above the group's median, below it, or neither."""
    known = [row for row in rows if row["own_low"] is not None and row["median"] is not None]
    if not known:
        return context.say("group.none", least=FEWEST)
    ways = [_WAYS[Interval(row["own_low"], row["own_high"]).leans(row["median"])] for row in known]
    parts = counted(context.language, "group.part", {way: ways.count(way) for way in _WAYS.values()})
    return context.say("group.scores", n=len(known), parts=parts)


def _pairs(context: Context, rows: list[Row]) -> str:
    """Say where the partner's pairs stand as a whole; without an interval no direction is claimed."""
    row = rows[0]
    if row["dimension"] != _COMPOSITE or row["own"] is None or row["median"] is None:
        return context.say("group.none.pairs", least=FEWEST)
    return context.say("group.pairs", own=context.points(row["own"]), k=row["n_own"],
                       median=context.points(row["median"]), n=row["n"], middle=_middle(context, row))  # fmt: skip


def _middle(context: Context, row: Row) -> str:
    return context.interval(row["low"], row["high"])


def _name(context: Context, section: str, row: Row) -> tuple[str, ...]:
    if section == "health":
        return (context.construct(row["dimension"]),)
    rater = () if row["rater"] == "self" else (context.say(f"rater.short.{row['rater']}"),)
    return (context.construct(row["capability"]), context.construct(row["level"]), *rater)


def _labels(context: Context, section: str, rows: Sequence[Row]) -> list[str]:
    """Return names for the axis, each part on a line; those that became alike by cutting carry their place."""
    cut = ["\n".join(wrapped(part, 54, 1) for part in _lines(_name(context, section, row))) for row in rows]
    return [name if cut.count(name) == 1 else f"{name} ({place})" for place, name in enumerate(cut, start=1)]


def _lines(name: tuple[str, ...]) -> tuple[str, ...]:
    return name if len(name) == 1 else (name[0], ", ".join(name[1:]))


def _tells(context: Context, row: Row) -> str:
    if row["own"] is None:
        return context.suppressed
    own = context.points(row["own"])
    if row["median"] is None:
        return own
    return context.say("group.tells", own=own, median=context.points(row["median"]), middle=_middle(context, row))


def _figures(context: Context, section: str, rows: list[Row]) -> list[Figure]:
    figures = []
    title = context.say(f"figure.group.{section}", period=context.period)
    portions = pages(rows, ROWS)
    for number, chosen in enumerate(portions, start=1):
        names = [", ".join(_name(context, section, row)) for row in chosen]
        labels = _labels(context, section, chosen)
        points = [
            {"label": label, "hidden": row["own"] is None, "tells": tells(name, _tells(context, row)),
             **{key: row[key] for key in ("own", "own_low", "own_high", "low", "median", "high")}}
            for label, name, row in zip(labels, names, chosen, strict=True)
        ]  # fmt: skip
        said = context.joined(f"{name}: {_tells(context, row)}" for name, row in zip(names, chosen, strict=True))
        text = context.say("figure.group.alt", rows=said)
        note = context.say(f"figure.group.{section}.note", least=FEWEST)
        chart = charts_group.beside(points, labels, context.suppressed)
        figures.append(draw(chart, f"group-{section}-{number}", context.part(title, number, portions), text, note))
    return figures


def _table(context: Context, section: str, rows: list[Row]) -> Table:
    is_health = section == "health"
    heads = ("dimension", "own_median", "own_pairs") if is_health else ("capability", "level", "score", "interval")
    columns = (*heads, "group_median", "group_middle", "group_pairs" if is_health else "group_partners")
    cells = []
    for row in rows:
        name = _name(context, section, row)
        if row["own"] is None:
            cells.append((*_lines(name), context.suppressed))
            continue
        own = (context.points(row["own"]), context.count(row["n_own"]) if is_health else
               context.interval(row["own_low"], row["own_high"]))  # fmt: skip
        group = (context.points(row["median"]), _middle(context, row), context.count(row["n"]))
        cells.append((*_lines(name), *own, *group))
    n_names = 1 if is_health else 2
    return Table(
        title=context.say(f"table.group.{section}", period=context.period),
        columns=tuple(context.say(f"col.{name}") for name in columns),
        widths=(*((3.6,) if is_health else (3.7, 1.5)), 1, 1.4, 1.1, 1.3, 1),
        numeric=tuple(place >= n_names for place in range(len(columns))),
        rows=tuple(cells),
        note=context.say("table.group.note", least=FEWEST) if any(row["median"] is None for row in rows) else "",
    )
