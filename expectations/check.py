"""The guard at the door: candidate rows in; rows that pass, rows that are held, and what every rule found, out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from melflow.core.errors import Problem
from melflow.expectations.data_docs import told
from melflow.expectations.from_form import form_rules, form_versions
from melflow.expectations.held import HELD, held_frame, held_ids, passed
from melflow.expectations.judge import Verdict, judge
from melflow.expectations.reference import KNOWN_RESULT, Reference
from melflow.expectations.rules import Rule, every, suite
from melflow.expectations.wording import Columns, Wording

__all__ = ["HELD", "RESULT", "Checked", "Reference", "check"]

#: One row per payload and rule that was judged. n_failed counts every row that breaks it, also of an open gate.
RESULT: dict[str, type[pl.DataType]] = {
    "load_id": pl.String,
    "table_name": pl.String,
    "rule_id": pl.String,
    "severity": pl.String,
    "success": pl.Boolean,
    "n_checked": pl.Int64,
    "n_failed": pl.Int64,
}


@dataclass(frozen=True)
class Checked:
    """What became of a batch; passed and held together are all of its rows.

    Attributes:
        passed: The rows that may be loaded, by table; every table of the input, perhaps empty.
        held: One row per held row and broken rule (schema ``HELD``).
        results: One row per payload and rule (schema ``RESULT``).
        gate: Why the whole batch is stopped; empty when it flows. Then nothing passes.
        told: What was judged, a table or the answers beside their form -> GX's results of it, without values.
    """

    passed: dict[str, pl.DataFrame]
    held: pl.DataFrame
    results: pl.DataFrame
    gate: tuple[Problem, ...]
    told: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def n_held(self, table: str) -> int:
        """Return how many rows of a table are held, each counted once whatever number of rules it breaks."""
        return self.held.filter(pl.col("table_name") == table)["row_id"].n_unique()


def check(
    frames: Mapping[str, pl.DataFrame],
    forms: Mapping[str, pl.DataFrame],
    reference: Reference,
    conflicts: frozenset[str] = frozenset(),
    unsure: frozenset[str] = frozenset(),
    columns: Columns | None = None,
    own: Mapping[str, Sequence[Rule]] = {},
) -> Checked:
    """Check one batch: the rows of one source that are due together, of one file or of several.

    Args:
        frames: Candidate rows by canonical table (those of FACTS in sources/canonical.py), with
            provenance and a row_id that is unique within its table.
        forms: The canonical tables src_instrument, src_item and src_choice of the workspace.
        reference: The registry and the calendar.
        conflicts: row_id of rows with the same key and different content.
        unsure: row_id of rows that a correction expected to say something else.
        columns: Of payloads that are sheets, where their cells are (see ``wording.Columns``).
        own: Rules the alliance adds, by table.

    Returns:
        What passes and what is held.

    Raises:
        TerminalError: A rule could not be judged.
        ValueError: A row_id is absent or not unique (a mistake in a parser).
    """
    for name, frame in frames.items():
        if frame["row_id"].null_count() or frame["row_id"].n_unique() != frame.height:
            raise ValueError(f"{name} has rows without a row_id of their own")
    verdicts = judge(_tables(frames, forms, reference, conflicts, unsure), _rules(frames, forms, unsure, own))
    broken = {
        name: frozenset[str]().union(
            *(v.row_ids for v in verdicts if v.rule.table == name and v.rule.severity == "error")
        )
        for name in frames
    }
    gate = _problems(frames, verdicts)
    held = held_ids(frames, broken, stopped=bool(gate))
    return Checked(
        passed=passed(frames, held),
        held=held_frame(frames, held, verdicts, Wording(forms, reference, columns)),
        results=_results(frames, verdicts),
        gate=gate,
        told={name: [told(v) for v in verdicts if v.rule.reads == name] for name in {v.rule.reads for v in verdicts}},
    )


def _rules(
    frames: Mapping[str, pl.DataFrame],
    forms: Mapping[str, pl.DataFrame],
    unsure: frozenset[str],
    own: Mapping[str, Sequence[Rule]],
) -> list[Rule]:
    of_tables = [
        rule
        for name, frame in frames.items()
        if frame.height
        for rule in (*suite(name), *(every(name) if unsure else ()), *own.get(name, ()))
    ]
    of_forms = _asked(frames, form_rules(forms)) if "src_response" in frames else []
    return of_tables + of_forms


def _asked(frames: Mapping[str, pl.DataFrame], rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules of the form versions that were answered; the others have nothing to judge."""
    answered = set(frames["src_response"].select("instrument_id", "form_version").unique().iter_rows())
    return [rule for rule in rules if rule.of in answered]


def _tables(
    frames: Mapping[str, pl.DataFrame],
    forms: Mapping[str, pl.DataFrame],
    reference: Reference,
    conflicts: frozenset[str],
    unsure: frozenset[str],
) -> dict[str, pl.DataFrame]:
    """Return everything the rules read."""
    return {
        **frames,
        **forms,
        "ref_form": form_versions(forms),
        "ref_partner": pl.DataFrame({"partner_id": sorted(reference.partners)}, schema={"partner_id": pl.String}),
        "ref_partnership": pl.DataFrame(
            {"partnership_id": sorted(reference.partnerships)}, schema={"partnership_id": pl.String}
        ),
        "ref_period": pl.DataFrame(
            list(enumerate(reference.periods)), schema={"ordinal": pl.Int64, "period_id": pl.String}, orient="row"
        ),
        "ref_member": pl.DataFrame(
            [(partner, *days) for partner, days in reference.members.items()],
            schema={"partner_id": pl.String, "joined_on": pl.Date, "left_on": pl.Date},
            orient="row",
        ),
        "ref_dyad": pl.DataFrame(
            [(dyad, *sides) for dyad, sides in reference.dyads.items()],
            schema={"dyad_id": pl.String, "partner_a": pl.String, "partner_b": pl.String},
            orient="row",
        ),
        "ref_cumulative": pl.DataFrame(
            {"indicator_id": sorted(reference.cumulative)}, schema={"indicator_id": pl.String}
        ),
        "ref_result": (
            pl.DataFrame(schema={name: pl.Float64 if name == "actual" else pl.String for name in KNOWN_RESULT})
            if reference.results is None
            else reference.results.select(KNOWN_RESULT)
        ),
        "ref_construct": pl.DataFrame(
            {"construct_id": list(reference.constructs), "kind": list(reference.constructs.values())},
            schema={"construct_id": pl.String, "kind": pl.String},
        ),
        "ref_unit": pl.DataFrame(
            [(indicator, unit) for indicator, units in reference.units.items() for unit in sorted(units)],
            schema={"indicator_id": pl.String, "unit": pl.String},
            orient="row",
        ),
        "ref_conflict": pl.DataFrame({"row_id": sorted(conflicts)}, schema={"row_id": pl.String}),
        "ref_unsure": pl.DataFrame({"row_id": sorted(unsure)}, schema={"row_id": pl.String}),
    }


def _problems(frames: Mapping[str, pl.DataFrame], verdicts: Sequence[Verdict]) -> tuple[Problem, ...]:
    closed = [verdict for verdict in verdicts if verdict.rule.severity == "gate" and not verdict.success]
    return tuple(
        Problem(
            where=_files(frames[verdict.rule.table], verdict.row_ids),
            rule=f"no batch is loaded when {_inside(verdict.rule.message)}",
            seen=f"{len(verdict.row_ids)} of {verdict.n_checked} rows",
            fix=verdict.rule.remedy,
        )
        for verdict in closed
    )


def _results(frames: Mapping[str, pl.DataFrame], verdicts: Sequence[Verdict]) -> pl.DataFrame:
    """Return what each rule found in each payload; whether a gate is open is judged over the whole batch."""
    rows = []
    for v in verdicts:
        broken = frames[v.rule.table].filter(pl.col("row_id").is_in(list(v.row_ids)))
        n_failed = dict(broken.group_by("load_id").len().iter_rows())
        for load_id, n_checked in sorted(v.n_by_load.items()):
            failed = n_failed.get(load_id, 0)
            success = v.success if v.rule.severity == "gate" else not failed
            rows.append((load_id, v.rule.table, v.rule.id, v.rule.severity, success, n_checked, failed))
    return pl.DataFrame(rows, schema=RESULT, orient="row")


def _files(frame: pl.DataFrame, row_ids: frozenset[str]) -> str:
    """Name the files the rows come from; beyond three, how many more."""
    files = frame.filter(pl.col("row_id").is_in(list(row_ids)))["source_file"].drop_nulls().unique().sort().to_list()
    return ", ".join(files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")


def _inside(sentence: str) -> str:
    """Return the sentence as it stands inside another one."""
    return f"{sentence[0].lower()}{sentence[1:].removesuffix('.')}"
