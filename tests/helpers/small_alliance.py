"""A small alliance whose figures can be worked out by hand, as raw tables of a warehouse."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import needs_forms
import polars as pl
import yaml
from small_answers import Row, capability, expectations, health, provenance, submission

from melflow.core.warehouse import append, connect
from melflow.flows.tables import OPERATIONS, REFERENCE, prepare
from melflow.sources.canonical import TABLES

CAPABILITIES = ("commit_engage", "carry_out_deliver", "relate_attract", "balance_diversity_coherence", "adapt_renew")
DIMENSIONS = ("trust", "mistrust", "facilitation")
#: Rows of registers and results, as files beside the tests.
ROWS = Path(__file__).parents[1] / "models"


def seed(path: Path) -> None:
    """Write the raw tables of the alliance into a new warehouse."""
    prepare(path)
    answers = capability() + health() + expectations() + needs_forms.forms(submission)
    tables = {
        "src_submission": [row for row, _ in answers],
        "src_response": [response for _, responses in answers for response in responses],
        "src_exchange": _exchanges(),
        "src_result": _results(),
        "src_item": _items() + needs_forms.ITEMS,
        "src_choice": _choices(),
        "load": _loads(len(capability()), len(health()), len(_exchanges())),
        "held": _held(),
        "held_event": _held_events(),
        "plausibility": _plausibility(),
        "drift_result": [{"instrument_id": "cap", "item_id": "q1", "scope_kind": "instrument",
                          "scope_id": "", "aspect": "item",
                          "method": "psi", "score": 0.3, "threshold": 0.1,
                          "drifted": True, "reference_period": "2024-H2", "current_period": "2025-H1",
                          "n_reference": 12, "n_current": 6, "share_missing_reference": 0.0,
                          "share_missing_current": 0.5, "computed_at": date(2025, 7, 1)}],
    } | _reference() | _registers()  # fmt: skip
    schemas = TABLES | OPERATIONS | REFERENCE
    with connect(path) as con:
        for table, rows in tables.items():
            append(con, f"raw.{table}", pl.DataFrame(rows, schema=dict(schemas[table])))


def _reference() -> dict[str, list[Row]]:
    kinds = {"capability": CAPABILITIES, "level": ("individual", "institutional", "contextual")}
    kinds["health_dimension"] = DIMENSIONS
    kinds |= {"need": needs_forms.TOPICS, "feedback": needs_forms.FEEDBACK}
    return {
        "ref_partner": [
            {"partner_id": name, "name": name.title(), "country": country}
            for name, country in (("east", "KE"), ("north", "PE"), ("south", "PE"))
        ],
        "ref_partnership": [{"partnership_id": "water", "name": "Water", "publish_level": "funder"}],
        "ref_member": [
            {"partnership_id": "water", "partner_id": "north", "role": "resource"},
            {"partnership_id": "water", "partner_id": "south", "role": "learner"},
        ],
        "ref_dyad": [
            {
                "dyad_id": "north--south",
                "partner_a": "north",
                "partner_b": "south",
                "publish_level": "funder",
                "partnership_ids": "water",
                "set_up": "emergent",
                "funding_tiers": 2,
                "decisions_delegated": 0.25,
                "funded_by": "Fund, Town",
            },
            {"dyad_id": "east--north", "partner_a": "east", "partner_b": "north", "publish_level": "internal"},
        ],
        "ref_period": [
            {
                "period_id": "2024-H2",
                "starts_on": date(2024, 7, 1),
                "ends_on": date(2024, 12, 31),
                "ordinal": 1,
                "needs_frozen_on": date(2025, 1, 31),
            },
            {"period_id": "2025-H1", "starts_on": date(2025, 1, 1), "ends_on": date(2025, 6, 30), "ordinal": 2},
        ],
        "ref_construct": [
            {"construct_id": name, "kind": kind, "direction": "negative" if name == "mistrust" else "positive"}
            for kind, names in kinds.items()
            for name in names
        ],
        "ref_indicator": [
            {"indicator_id": "towns", "name": "Towns", "unit": "towns", "direction": "rise", "kind": "cumulative"},
            {"indicator_id": "trips", "unit": "trips", "direction": "rise", "kind": "non_cumulative", "baseline": 0.0},
            {"indicator_id": "losses", "unit": "percent", "direction": "fall", "kind": "non_summing"},
        ],
        "ref_invited": [{"partner_id": "south", "instrument_id": "cap", "period_id": "2025-H1", "n_invited": 8}],
        "ref_source": [
            {"source": name, "due_days_after_period": 30, "instrument_id": form}
            for name, form in (("survey", "cap"), ("health", "rel"))
        ]
        + [{"source": name, "due_days_after_period": 30, "is_one_sided": True} for name in ("log", "log_south")]
        + [{"source": "results", "due_days_after_period": 30, "partner_id": "north"}],
    }


def _registers() -> dict[str, list[Row]]:
    """The rows of registers*.yml, in the first period and in force unless they say otherwise."""
    files = sorted(ROWS.glob("registers*.yml"))
    tables = {table: rows for file in files for table, rows in yaml.safe_load(file.read_text("utf-8")).items()}
    shared = {"period_id": "2024-H2", "is_current": True, "scale_min": 1.0, "scale_max": 5.0}
    return {
        table: [
            {name: value for name, value in (provenance(table[4:], n) | shared | own | row).items()
             if name in TABLES[table]}
            for n, row in enumerate(rows, 1)
        ]
        for table, rows in tables.items()
        for own in [{"criterion": "open"} if table == "src_assessment" else {}]
    }  # fmt: skip


def _results() -> list[Row]:
    """A figure of no indicator, and those of results.yml."""
    given = yaml.safe_load((ROWS / "results.yml").read_text("utf-8"))
    shared = {"period_id": "2024-H2", "is_current": True}
    return [
        provenance("results", n) | {"result_id": f"r{n}"} | row
        for n, row in enumerate([{"partner_id": "north", "period_id": "2024-H2"}, *(shared | one for one in given)], 1)
    ]


def _items() -> list[Row]:
    shared = {"form_version": "1", "type": "select_one", "list": "agree", "range_min": 1.0, "range_max": 5.0}
    return [
        shared
        | {"instrument_id": "cap", "item_id": name, "reverse": name == "q3", "capability": "adapt_renew",
           "level": "individual", "rater": "self"}
        for name in ("q1", "q2", "q3")
    ] + [
        shared | {"instrument_id": "rel", "item_id": name, "reverse": False, "health_dimension": name}
        for name in ("trust", "mistrust")
    ] + [
        shared | {"instrument_id": "exp", "item_id": "learn", "reverse": False, "expectation": "learn"}
    ]  # fmt: skip


def _choices() -> list[Row]:
    codes: list[Row] = [{"code": str(n), "order": n, "score": float(n)} for n in range(1, 6)]
    codes.append({"code": "dk", "order": 6, "missing_code": "dont_know"})
    shared = {"form_version": "1", "list": "agree"}
    return [
        shared | {"instrument_id": form} | code for form in ("cap", "rel", "exp", "need", "after") for code in codes
    ]


def _exchanges() -> list[Row]:
    """Three events one way, one the other, one with 4 hours, one with 2 documents; a loop and a pair without dyad.

    South's own log has the hours too, a day later and one less.
    """
    given = [
        ("north", "south", "in_person", "events", 1, 1, "south"),
        ("north", "south", "in_person", "hours", 4, 1, None),
        ("north", "south", "online", "events", 1, 2, None),
        ("south", "north", "online", "documents", 2, 3, "south"),  # the reporter's own word confirms nothing
        ("north", "north", "online", "events", 1, 4, None),
        ("east", "south", "online", "events", 1, 5, None),
    ]
    return [
        provenance("log", n)
        | {"exchange_id": f"e{n}", "from_partner_id": giver, "to_partner_id": receiver, "channel": channel,
           "unit": unit, "quantity": float(quantity), "occurred_on": date(2024, 9, day), "date_precision": "day",
           "period_id": "2024-H2", "reported_by": giver, "confirmed_by": confirmed, "is_current": True,
           "kind": "advice"}
        for n, (giver, receiver, channel, unit, quantity, day, confirmed) in enumerate(given, 1)
    ] + [
        provenance("log_south", 1)
        | {"exchange_id": "s1", "from_partner_id": "north", "to_partner_id": "south", "channel": "in_person",
           "unit": "hours", "quantity": 3.0, "occurred_on": date(2024, 9, 2), "date_precision": "day",
           "period_id": "2024-H2", "reported_by": "south", "is_current": True, "kind": "advice", "host_id": "south"}
    ]  # fmt: skip


def _loads(n_capability: int, n_health: int, n_exchanges: int) -> list[Row]:
    notes = json.dumps({"encoding": "utf-8", "unmapped_columns": ["_tags", "_notes"]})
    read = {"survey": n_capability + 1 + 2, "health": n_health, "log": n_exchanges, "log_south": 1}
    read["results"] = len(_results())
    read |= {table[4:]: len(rows) for table, rows in _registers().items()} | {"wishes": len(expectations())}
    read |= needs_forms.rows_read(submission)
    return [
        {"load_id": f"{source}-1", "source": source, "state": "loaded", "rows_read": rows, "notes": notes,
         "rows_duplicate": 2 if source == "survey" else 0}
        for source, rows in read.items()
    ] + [{"load_id": "survey-2", "source": "survey", "state": "failed", "rows_read": 0, "notes": "{}"}]  # fmt: skip


def _held() -> list[Row]:
    """A submission of south with its answer, one answer of north, an exchange nobody can place."""
    south = json.dumps({"partner_id": "south", "partner_raw": "south", "period_id": "2024-H2", "version_id": "x"})
    rows = [
        ("survey", "src_submission", "survey#x", "period_known", south),
        ("survey", "src_response", "survey#x-q1", "of_held_submission", json.dumps({"version_id": "x"})),
        ("survey", "src_response", "survey#1-q9", "choice_known", json.dumps({"version_id": "survey#1"})),
        ("log", "src_exchange", "log#x", "giver_known", json.dumps({"from_partner_raw": "Nobody"})),
        ("log", "src_exchange", "log#x", "date_known", json.dumps({"from_partner_raw": "Nobody"})),
    ]
    return [
        {"held_id": f"{row_id} {rule}", "row_id": row_id, "load_id": f"{source}-1", "source": source,
         "table_name": table, "rule_id": rule,
         "severity": "follows" if rule == "of_held_submission" else "error", "state": "held", "row_json": row_json}
        for source, table, row_id, rule, row_json in rows
    ]  # fmt: skip


def _held_events() -> list[Row]:
    """Of south one problem fixed after ten days and one sent back; one of nobody, rejected; one that came back."""
    told = [
        ("a", "kind_known", "south", "held", 1), ("a", "kind_known", "south", "fixed", 11),
        ("b", "choice:cap@1", "south", "held", 11), ("b", "choice:cap@1", "south", "returned", 12),
        ("c", "kind_known", None, "held", 1), ("c", "kind_known", None, "rejected", 2),
        ("d", "kind_known", "north", "held", 1), ("d", "kind_known", "north", "fixed", 2),
        ("d", "kind_known", "north", "held", 21),
    ]  # fmt: skip
    return [
        {"held_id": held_id, "rule_id": rule, "partner_id": partner, "state": state, "source": "log",
         "table_name": "src_response" if ":" in rule else "src_exchange",
         "happened_at": datetime(2025, 6, day, 8, tzinfo=UTC)}
        for held_id, rule, partner, state, day in told
    ]  # fmt: skip


def _plausibility() -> list[Row]:
    """Of the first four submissions of the survey (north's): two have a duration, one of them too short; two grids."""
    flags = [
        {"is_short": True, "is_straight": False},
        {"is_short": False},
        {"is_straight": False, "is_copy": False},
        {"is_copy": None},
    ]
    return [
        {"source": "survey", "load_id": "survey-1", "submission_id": f"survey#{n}", "version_id": f"survey#{n}"} | row
        for n, row in enumerate(flags, 1)
    ]
