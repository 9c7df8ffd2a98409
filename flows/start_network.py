"""``melflow init --network``: a workspace out of any directed edge list with two columns of names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from melflow.core.errors import WorkspaceError
from melflow.core.names import fold
from melflow.flows import start


@dataclass(frozen=True)
class Ties:
    """Which columns of an edge list mean what.

    Attributes:
        giver: Who gives; the first column when none is named.
        receiver: Who receives; the second column when none is named.
        weight: How much, a number; without it a tie is one event and nothing more.
        unit: What the weight is counted in.
        date: When, year-month-day.
        day: When, for all ties, where the list has no dates.
    """

    giver: str | None = None
    receiver: str | None = None
    weight: str | None = None
    unit: Literal["hours", "documents"] = "hours"
    date: str | None = None
    day: str | None = None


def write_network(folder: Path, file: Path, ties: Ties) -> list[str]:
    """Write the workspace; the edge list is copied into its inbox as it is.

    Returns:
        What the person should know about the data, in sentences.

    Raises:
        WorkspaceError: A column is not there, or a row names only one partner.
    """
    table = start.read_table(file)
    giver, receiver = _ends(table, ties)
    pairs = pl.DataFrame([table.columns[giver].alias("giver"), table.columns[receiver].alias("receiver")])
    lacking = pairs.with_row_index("row", offset=2).filter(pl.col("giver").is_null() | pl.col("receiver").is_null())
    if lacking.height:
        rule, fix = "each tie names who gives and who receives", "Complete the row, or delete it."
        raise WorkspaceError.of(f"{file.name}!row {lacking['row'][0]}", rule, "an empty cell", fix)
    when = start.days(table, ties.date, ties.day)
    partners = start.identifiers(pl.concat([pairs["giver"], pairs["receiver"]]).unique(maintain_order=True))
    weight = None if ties.weight is None else table.header(ties.weight, "--weight")

    start.write_common(folder, file.stem.replace("_", " "), when, partners)
    dyads = _dyads(pairs, partners)
    said = "One partnership for each pair with a tie, so that every such pair is a dyad; edit as you learn more."
    start.write_yaml(
        folder / "partnerships.yml", "partnerships", said, {"partnerships": _declared(dyads, partners, when)}
    )
    inbox = f"inbox/{start.identifier(file.stem)}{file.suffix.lower()}"
    start.write(folder / inbox, table.content)
    columns = {"from_partner": giver, "to_partner": receiver}
    constants: dict[str, str] = {"kind": "advice"}
    if ties.date is None:
        constants["occurred_on"] = when[0].isoformat()
    else:
        columns["occurred_on"] = table.header(ties.date, "--date")
    if weight is not None:
        columns["quantity"] = weight
        constants["unit"] = ties.unit
    source = {
        "connector": "activity_log", "title": f"Ties of {file.name}", "path": inbox,
        "columns": columns, "constants": constants,
    }  # fmt: skip
    start.write_yaml(folder / "sources" / "ties.yml", "source", "Each row is one exchange.", source)
    return _remarks(pairs, table, [giver, receiver, *(column for column in (weight, ties.date) if column)], len(dyads))


def _ends(table: start.Table, ties: Ties) -> tuple[str, str]:
    first = [*reversed(table.columns)]
    if len(first) < 2:
        rule, fix = "an edge list has a column of givers and one of receivers", "Name a file with a header row."
        raise WorkspaceError.of(table.path.name, rule, f"{len(first)} columns", fix)
    return (
        table.header(ties.giver, "--giver") if ties.giver else first[0],
        table.header(ties.receiver, "--receiver") if ties.receiver else first[1],
    )


def _dyads(pairs: pl.DataFrame, partners: dict[str, str]) -> list[tuple[str, str]]:
    ends = pairs.select(pl.all().replace_strict(partners, return_dtype=pl.String)).filter(
        pl.col("giver") != pl.col("receiver")
    )
    dyads = ends.select(a=pl.min_horizontal("giver", "receiver"), b=pl.max_horizontal("giver", "receiver"))
    return list(dyads.unique().sort("a", "b").iter_rows())


def _declared(dyads: list[tuple[str, str]], partners: dict[str, str], when: list[Any]) -> list[dict[str, Any]]:
    names = {partner_id: name for name, partner_id in reversed([*partners.items()])}
    return [
        {
            "id": f"tie_{number}", "name": f"{names[a]} and {names[b]}", "agenda": "Not stated in the data.",
            "set_up": "emergent", "started_on": f"{when[0].year}-01-01", "publish_level": "internal",
            "members": [{"partner": a, "role": "peer"}, {"partner": b, "role": "peer"}],
        }
        for number, (a, b) in enumerate(dyads, 1)
    ]  # fmt: skip


def _remarks(pairs: pl.DataFrame, table: start.Table, used: list[str], n_dyads: int) -> list[str]:
    rows = pl.DataFrame([table.columns[table.header(name, "")].alias(str(n)) for n, name in enumerate(used)])
    repeated = rows.height - rows.unique().height
    loops = sum(fold(giver) == fold(receiver) for giver, receiver in pairs.iter_rows())
    found = [f"{pairs.height} ties between {n_dyads} pairs."]
    if repeated:
        found.append(f"{repeated} rows repeat another and count as often as they stand; delete copies.")
    if loops:
        found.append(f"{loops} ties of a partner with itself will be left out of the flows, and counted.")
    return found
