"""Why a held row is no longer held, and what stands in its place now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.flows.load import KEYED

if TYPE_CHECKING:
    import duckdb

    from melflow.flows.held_facts import Said

Row = dict[str, Any]
#: As ``held_identity`` names an answer.
_ANSWER = "concat(submission_id, '|', repeat_path, '|', item_id, '|', option)"
#: What the question is answered by now: another choice is another row. Of several choices, the row that tells all.
_ANSWERED_NOW = """
    union all
    select held_id, if(option = '__answered', 3, 4), candidates.*
    from asked
    join candidates on starts_with(candidates.record_key, regexp_extract(asked_key, '^[^|]*[|][^|]*[|][^|]*[|]'))
    join raw.src_response as answer using (row_id)
    where answer.version_id in (select version_id from raw.src_submission where is_current and deleted_at is null)
"""


@dataclass(frozen=True)
class Fix:
    """How a problem ended.

    Attributes:
        last: The last entry of its history.
        who: Who corrected it, where that is known.
        why: By what, in words.
        value: What stands there now; None for nothing.
    """

    last: Row
    who: str | None
    why: str
    value: str | None


def explain(con: duckdb.DuckDBPyConnection, gone: Sequence[Row], said: Said) -> Iterator[Fix]:
    """Find out how each problem ended.

    Args:
        con: The warehouse.
        gone: Last entries of problems of one source that no row has any more.
        said: What people decided; a workbook that came back says which problem it is for.
    """
    if not gone:
        return
    source = gone[0]["source"]
    loads = {name for (name,) in con.execute("select load_id from raw.load where source = ?", [source]).fetchall()}
    corrected = con.execute(
        "select row_id, who, reason from raw.correction where source = ? and state = 'applied' and row_id is not null "
        "order by number",
        [source],
    ).fetchall()
    by_row = {row_id: (who, reason) for row_id, who, reason in corrected}
    by_problem = {one.problem["held_id"]: (one.who, one.reason) for one in said.corrections}
    values = _values(con, gone)
    for last in gone:
        row_id, value = values.get(last["held_id"], (None, None))
        who, why = by_problem.get(last["held_id"]) or by_row.get(last["row_id"]) or (None, None)
        yield Fix(last, who, why or _by_itself(last, loads, row_id), value)


def _by_itself(last: Row, loads: set[str], row_id: str | None) -> str:
    if last["load_id"] not in loads:
        return "a new version of the file"
    if row_id == last["row_id"]:
        return "the same row under other rules, names or forms"
    return "edited at the source" if row_id else "deleted, or left out since"


def _values(con: duckdb.DuckDBPyConnection, gone: Sequence[Row]) -> dict[str, tuple[str, str | None]]:
    """Return row and value that stand in the place of each problem: the row itself, the last of its key, the answer."""

    def place(row: Row) -> tuple[str, str]:
        return row["table_name"], row["seen_column"] or ""

    found: dict[str, tuple[str, str | None]] = {}
    for (table, column), rows in groupby(sorted(gone, key=place), key=place):
        known = {name for name, *_ in con.execute(f"describe raw.{table}").fetchall()}
        seen = next((f'"{name}"' for name in (column, f"{column}_raw", f"{column}_id") if name in known), "null")
        key = KEYED[table][0] if table in KEYED else _ANSWER
        asked = pl.DataFrame([(row["held_id"], row["row_id"], row["record_key"]) for row in rows],
                             schema=["held_id", "asked_row", "asked_key"], orient="row")  # fmt: skip
        con.register("asked", asked.to_arrow())
        answered = con.execute(
            f"""
            with
            candidates as (
                select row_id, {key} as record_key, cast({seen} as varchar) as value, ingested_at
                from raw.{table}
                where source_system = $source
            ),
            found as (
                select held_id, 1 as rank, candidates.* from asked join candidates on row_id = asked_row
                union all
                select held_id, 2, candidates.* from asked join candidates on record_key = asked_key
                {_ANSWERED_NOW if table == "src_response" else ""}
            )
            select held_id, row_id, value from found
            qualify row_number() over (partition by held_id order by rank, ingested_at desc) = 1
            """,
            {"source": gone[0]["source"]},
        ).fetchall()
        con.unregister("asked")
        found |= {held_id: (row_id, value) for held_id, row_id, value in answered}
    return found
