"""A small fake release: typed as the published tables, made from a seed, with hostile names and hidden cells."""

from __future__ import annotations

import datetime as dt
import json
import random
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
from fake_changes import changes, networks, turnings

from melflow.core import warehouse
from melflow.reports import columns
from melflow.reports.columns_change import PERIODS as NAMED

CAPABILITIES = {
    "commit_engage": "Commit and engage",
    "carry_out_deliver": "Carry out tasks and deliver results",
    "relate_attract": "Relate and attract",
    "balance_diversity_coherence": "Balance diversity and coherence",
    "adapt_renew": "Adapt and renew",
}
LEVELS = {"individual": "Individual", "institutional": "Institutional"}
DIMENSIONS = {"trust": "Trust", "mistrust": "Mistrust", "mutual_benefit": "Mutual benefit"}
HOSTILE = {
    "alpha": "<script>alert('x')</script> & Co",
    "beta": "=cmd|' /C calc'!A1",
    "gamma": '#strong[typst] *markup* $x$ "quoted" \\ @ref',
    "delta": "Ñandú 日本",
}
#: Stands in every number of a suppressed row: it must appear nowhere.
HIDDEN = 73.9137
REASON = "fewer than 10 respondents"
PERIODS = [
    ("2024-H2", dt.date(2024, 7, 1), dt.date(2024, 12, 31), "Jul-Dec 2024"),
    ("2025-H1", dt.date(2025, 1, 1), dt.date(2025, 6, 30), "Jan-Jun 2025"),
    ("2025-H2", dt.date(2025, 7, 1), dt.date(2025, 12, 31), "Jul-Dec 2025"),
    ("2026-H1", dt.date(2026, 1, 1), dt.date(2026, 6, 30), "Jan-Jun 2026"),
]


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return rows as a published table; a suppressed row keeps forbidden numbers, to prove that nobody prints them."""
    spec = columns.TABLES[table]
    for row in rows:
        row.setdefault("is_suppressed", False)
        row.setdefault("publish_level", "funder")
        row.setdefault("formula_id", "F1,F2,F3")
        if row["is_suppressed"]:
            row["n_suppressed_reason"] = REASON
            numbers = [column for column in spec if column.is_value and column.dtype == pl.Float64]
            row |= dict.fromkeys([column.name for column in numbers], HIDDEN)
    schema = {column.name: column.dtype for column in spec}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def score_row(dice: random.Random, centre: float, n: int) -> dict[str, Any]:
    half = 45 / n**0.5
    share = min(max(centre / 100, 0.02), 0.98)
    return {
        "n_respondents": n, "n_items": 4, "score": centre, "sd": 18.2 + dice.random(), "ci_low": max(centre - half, 0),
        "ci_high": min(centre + half, 100), "pct_positive": share, "pct_ci_low": share * 0.8,
        "pct_ci_high": min(share * 1.15, 1),
    }  # fmt: skip


def capability(dice: random.Random, partners: list[str], periods: list[str]) -> list[dict[str, Any]]:
    rows = []
    for partner in partners:
        for name in CAPABILITIES:
            for level in LEVELS:
                base = dice.uniform(35, 70)
                for number, period in enumerate(periods):
                    row = score_row(dice, base + 6 * number * dice.random(), dice.randint(12, 60))
                    grain = {"partner_id": partner, "capability": name, "level": level, "period_id": period}
                    rows.append(row | grain | {"rater": "self", "instrument_id": "capability_survey"})
    rows[0]["is_suppressed"] = True
    rows[len(periods) - 1]["is_suppressed"] = True
    return rows


def health(dice: random.Random, dyads: list[tuple[str, str]], periods: list[str]) -> tuple[list[Any], list[Any]]:
    sides, pairs = [], []
    for number, (a, b) in enumerate(dyads):
        for period in periods:
            for dimension in [*DIMENSIONS, "composite"]:
                first, second = dice.uniform(50, 90), dice.uniform(50, 90)
                if dimension == "composite" and number == 0:
                    first, second = 82.4, 51.3
                grain = {"dyad_id": f"{a}--{b}", "dimension": dimension, "period_id": period}
                gap, hidden = first - second, number == 1
                pairs.append(
                    grain
                    | {
                        "n_a_of_b": 24, "n_b_of_a": 19,
                        "score_a_of_b": first, "score_b_of_a": second, "mean_of_sides": (first + second) / 2,
                        "min_of_sides": min(first, second), "gap": gap, "gap_ci_low": gap - 9.4,
                        "gap_ci_high": gap + 9.4, "imbalance_flag": abs(gap) > 20, "weakest_dimension": "trust",
                        "is_suppressed": hidden,
                    }
                )  # fmt: skip
                if dimension != "composite":
                    for side, score in (("A_of_B", first), ("B_of_A", second)):
                        row = score_row(dice, score, dice.randint(10, 40))
                        sides.append(grain | {"rater_side": side, "is_suppressed": hidden} | row)
    return sides, pairs


def flow(dice: random.Random, dyads: list[tuple[str, str]], periods: list[str]) -> list[dict[str, Any]]:
    rows = []
    for number, (a, b) in enumerate(dyads):
        for order, period in enumerate(periods):
            total = dice.randint(25, 60)
            share = (0.9, 0.8, 0.56, 0.51)[order + 4 - len(periods)] if number == 0 else dice.uniform(0.3, 0.8)
            ab = round(total * share)
            low, high = max(ab / total - 0.13, 0.01), min(ab / total + 0.13, 0.99)
            rows.append(
                {
                    "dyad_id": f"{a}--{b}", "period_id": period, "measure": "events", "channel": "all",
                    "flow_ab": ab, "flow_ba": total - ab, "flow_total": total, "share_a": ab / total,
                    "share_ci_low": low, "share_ci_high": high, "imbalance_signed": 2 * ab / total - 1,
                    "mutual_share": 1 - abs(2 * ab / total - 1), "n_distinct_days": total - 3,
                }
            )  # fmt: skip
    return rows


def quality(dice: random.Random, partners: list[str], periods: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "partner_id": partner, "source": "kobo_capability", "period_id": period,
            "rows_received": dice.randint(900, 4000), "rows_held": dice.randint(0, 60), "duplicates": 2,
            "unresolved_names": 0, "submissions": dice.randint(20, 70), "on_time_share": dice.choice([0.3, 0.9, 1.0]),
            "median_lag_days": 4.0, "item_missing_rate": 0.031,
        }
        for partner in partners
        for period in periods
    ]  # fmt: skip


def make_release(
    folder: Path,
    partners: dict[str, str],
    n_dyads: int,
    n_periods: int = 4,
    checks: list[tuple[str, str, str, bool]] | None = None,
    pairs: list[tuple[str, str]] | None = None,
    more: dict[str, list[dict[str, Any]]] | None = None,
) -> Path:
    """Write a release of invented numbers, and more rows; the last dyad is agreed for partners only."""
    dice, ids = random.Random(7), sorted(partners)
    periods = PERIODS[-n_periods:]
    period_ids = [period[0] for period in periods]
    dyads = pairs or sorted(combinations(ids, 2))[:n_dyads]
    narrow = {"publish_level": "partners"}
    sides, both = health(dice, dyads, period_ids)
    tables: dict[str, list[dict[str, Any]]] = {
        "pub_capability_score": capability(dice, ids, period_ids),
        "pub_partnership_health": sides,
        "pub_health_dyad": both,
        "pub_mutuality_dyad": flow(dice, dyads, period_ids),
        "pub_data_quality": quality(dice, ids, period_ids),
    }
    tables["pub_capability_change"] = changes(tables["pub_capability_score"])
    tables["pub_mutuality_turning"] = turnings(tables["pub_mutuality_dyad"])
    tables["pub_network_period"] = networks(tables["pub_mutuality_dyad"], len(ids))
    tables = {name: tables.get(name, []) + (more or {}).get(name, []) for name in columns.TABLES}
    last = "--".join(dyads[-1])
    for name in tables:
        for row in tables[name]:
            if row.get("dyad_id") == last:
                row |= narrow
    words = [("capability", CAPABILITIES), ("level", LEVELS), ("health_dimension", DIMENSIONS)]
    constructs = [
        {
            "construct_id": key, "kind": kind, "label_json": json.dumps({"en": label}),
            "direction": "negative" if key == "mistrust" else "positive", "ordinal": number,
        }
        for kind, labels in words
        for number, (key, label) in enumerate(labels.items())
    ]  # fmt: skip
    frames = {name: frame(name, rows) for name, rows in tables.items()} | {
        "dim_partner": pl.DataFrame(
            {
                "partner_id": ids,
                "name": [partners[key] for key in ids],
                "country": ["CO", "KE", "PE"][: len(ids)] + ["SN"] * (len(ids) - 3),
                "joined_on": [PERIODS[0][1]] * len(ids),
                "left_on": pl.Series([None] * len(ids), dtype=pl.Date),
            }
        ),
        "dim_dyad": pl.DataFrame(
            {
                "dyad_id": ["--".join(pair) for pair in dyads],
                "partner_a": [pair[0] for pair in dyads],
                "partner_b": [pair[1] for pair in dyads],
                "publish_level": [*["funder"] * (len(dyads) - 1), "partners"],
            }
        ),
        "dim_period": pl.DataFrame(
            [(*period, number) for number, period in enumerate(periods)],
            schema=["period_id", "starts_on", "ends_on", "label", "ordinal"],
            orient="row",
        ),
        "dim_construct": pl.DataFrame(constructs),
        "release_info": pl.DataFrame(
            {
                "release_id": ["20260701T060000-1a2b3c4d"],
                "created_at": [dt.datetime(2026, 7, 1, 6, 0, tzinfo=dt.UTC)],
                "as_of": [dt.date(2026, 6, 30)],
                "code_version": ["0.1.0"],
                "config_hash": ["c0ffee1234567890"],
                "load_id": ["kobo-abc"],
                "alliance_name": ["River Basins Learning Alliance"],
            }
        ),
        "check_summary": pl.DataFrame(
            checks or [("src_response", "required", "error", False)],
            schema=["table_name", "rule_id", "severity", "success"],
            orient="row",
        ),
    }
    folder.mkdir(parents=True)
    with warehouse.connect(folder / warehouse.RELEASE_FILE) as con:
        for name, content in frames.items():
            con.register("incoming", content.to_arrow())
            own = f"* rename (period_id as {NAMED[name]})" if name in NAMED else "*"
            con.execute(f"create table {name} as select {own} from incoming")
            con.unregister("incoming")
    return folder


def make_report(**changes: Any) -> Any:
    """Return the part of a report's configuration an edition uses."""
    return SimpleNamespace(
        **{
            "name": "funder",
            "title": {"en": "Learning together: results of the alliance"},
            "audience": "funder",
            "language": "en",
            "period": "latest",
            "publish_level": "funder",
            "sections": ["headlines", "capability", "health", "flow", "quality", "method"],
            "formats": ["pdf", "html", "xlsx", "docx", "annex"],
            "names": {"adapt_renew": "Adaptive <b>capacity</b>"},
            "gate": None,
            "constructs": (),
            "indicators": (),
            "disaggregation": (),
            "periods": None,
            "currency": None,
            "iati": None,
            "narrative": "optional",
            "also_in": (),
            "late_data": "restate",
            "schedule": None,
            "due": None,
        }
        | changes
    )


def make_workspace() -> Any:
    """Return the part of a workspace an edition uses."""
    return SimpleNamespace(
        root=Path("no workspace"),
        alliance=SimpleNamespace(
            id="rivers",
            name="River Basins Learning Alliance",
            description="Ten organisations, one agenda.",
            descriptions={"es": "Diez organizaciones, una agenda."},
            languages=("en",),
            time_zone="America/Bogota",
        ),
        privacy=SimpleNamespace(min_n_published=10),
        gates=SimpleNamespace(max_held_share=0.2, max_age_days=400),
        rates=(),
        iati=None,
        partners={},
        narratives=(),
    )
