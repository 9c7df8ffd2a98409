"""Held rows: the table that keeps them, and the split that loses none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from melflow.expectations.judge import Verdict
from melflow.expectations.rules import Rule
from melflow.expectations.wording import Row, Wording

#: One row per held row and rule. severity: error, the row breaks the rule; gate, its batch was stopped; follows,
#: its submission is held and takes it along. ``row_json`` is the whole row, so that nothing received is lost.
HELD: dict[str, type[pl.DataType]] = {
    "row_id": pl.String,
    "load_id": pl.String,
    "source": pl.String,
    "table_name": pl.String,
    "rule_id": pl.String,
    "severity": pl.String,
    "message": pl.String,
    "place": pl.String,
    "remedy": pl.String,
    "value": pl.String,
    "row_json": pl.String,
    "seen_column": pl.String,  # that says what was seen; null where the rule is about the whole row
    "facts": pl.String,  # JSON: what fills the sentence in any language (wording.py)
    "may_accept": pl.Boolean,  # somebody may answer for the row as it is
}

_WITH_SUBMISSION = Rule(
    id="of_held_submission",
    table="src_response",
    severity="error",
    breaks="true",
    reason="An answer counts with its submission or not at all.",
    message="The submission of this answer is held.",
    remedy="Correct the submission; its answers come with it.",
)

RowIds = Mapping[str, frozenset[str]]


def held_ids(frames: Mapping[str, pl.DataFrame], broken: RowIds, *, stopped: bool) -> dict[str, frozenset[str]]:
    """Return the row_id of every row that may not pass, by table.

    Args:
        frames: The candidates.
        broken: Rows that break a rule of severity error, by table.
        stopped: A gate is closed: no row passes.
    """
    if stopped:
        return {name: frozenset(frame["row_id"]) for name, frame in frames.items()}
    held = {name: broken.get(name, frozenset()) for name in frames}
    if "src_response" in held:
        held["src_response"] |= followers(frames, held.get("src_submission", frozenset()))
    return held


def followers(frames: Mapping[str, pl.DataFrame], submissions: frozenset[str]) -> frozenset[str]:
    """Return the row_id of the responses whose submission is held."""
    if not submissions or "src_response" not in frames:
        return frozenset()
    key = ["load_id", "version_id"]  # the same version may come again, whole, in a later export
    versions = frames["src_submission"].filter(pl.col("row_id").is_in(list(submissions))).select(key)
    along = frames["src_response"].join(versions, on=key, how="semi")
    return frozenset(along["row_id"])


def passed(frames: Mapping[str, pl.DataFrame], held: RowIds) -> dict[str, pl.DataFrame]:
    """Return the rows that are not held, with the same tables and columns."""
    return {name: frame.filter(~pl.col("row_id").is_in(list(held[name]))) for name, frame in frames.items()}


def held_frame(
    frames: Mapping[str, pl.DataFrame], held: RowIds, verdicts: Sequence[Verdict], wording: Wording
) -> pl.DataFrame:
    """Return the HELD rows: every broken rule of every held row, then the rows that are held along with others."""
    records: list[Row] = []
    closed = next((v.rule for v in verdicts if v.rule.severity == "gate" and not v.success), None)
    for name, frame in frames.items():
        rows = _rows(frame, held[name])
        mine = [v for v in verdicts if v.rule.table == name and v.rule.severity == "error"]
        for verdict in mine:
            records += _records(name, verdict.rule, "error", _in_order(rows, verdict.row_ids), wording)
        named = frozenset[str]().union(*(verdict.row_ids for verdict in mine))
        along = _in_order(rows, held[name] - named)
        if closed:
            records += _records(name, closed, "gate", along, wording)
        else:
            records += _records(name, _WITH_SUBMISSION, "follows", along, wording)
    return pl.DataFrame(records, schema=HELD)


def _rows(frame: pl.DataFrame, ids: frozenset[str]) -> dict[str, Row]:
    kept = frame.filter(pl.col("row_id").is_in(list(ids)))
    return {row["row_id"]: row for row in kept.iter_rows(named=True)}


def _in_order(rows: Mapping[str, Row], ids: frozenset[str]) -> list[Row]:
    return [row for row_id, row in rows.items() if row_id in ids]


def _records(table: str, rule: Rule, severity: str, rows: Iterable[Row], wording: Wording) -> list[Row]:
    records = []
    for row in rows:
        sentence = wording.sentence(rule, row)
        records.append(
            {
                "row_id": row["row_id"],
                "load_id": row["load_id"],
                "source": row["source_system"],
                "table_name": table,
                "rule_id": rule.id,
                "severity": severity,
                "message": sentence.message,
                "place": wording.place(rule, row),
                "remedy": sentence.remedy,
                "value": sentence.value,
                "row_json": json.dumps(row, default=str, ensure_ascii=False),
                "seen_column": rule.cell,
                "facts": json.dumps(sentence.facts, ensure_ascii=False),
                "may_accept": rule.may_accept and not sentence.facts.get("measures"),
            }
        )
    return records
