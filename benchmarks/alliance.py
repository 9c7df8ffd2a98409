"""A large invented alliance, written straight into the raw tables of a warehouse: the size without the files.

Every value comes from DuckDB's hash of where it stands, so a size gives the same rows on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.core.registers import REGISTERS
from melflow.core.warehouse import append, connect
from melflow.core.workspace import Workspace, load_workspace
from melflow.flows.reference import write_reference
from melflow.flows.tables import LOAD, prepare
from melflow.sources.canonical import TABLES
from melflow.sources.xlsform import Instruments

if TYPE_CHECKING:
    import duckdb

#: Five members whose differences are all different: each partnership brings ten dyads of its own.
MEMBERS = (0, 1, 4, 9, 11)
ITEMS_PER_CONSTRUCT = 3
PURPOSES = 6


@dataclass(frozen=True)
class Size:
    """How large an alliance is.

    Attributes:
        partners: At least 23; dyads are ten times as many.
        periods: Quarters.
        responses: Answers to items, about.
    """

    partners: int
    periods: int
    responses: int

    @property
    def dyads(self) -> int:
        """Pairs of partners in a common partnership."""
        return 10 * self.partners


FULL = Size(partners=500, periods=20, responses=5_000_000)


def scaled(share: float) -> Size:
    """Return the full size, smaller; the number of periods shrinks last."""
    periods = FULL.periods if share >= 0.01 else 4
    return Size(max(23, round(FULL.partners * share)), periods, round(FULL.responses * share))


def make(folder: Path, size: Size) -> Workspace:
    """Write the workspace and its warehouse into an empty folder."""
    folder.mkdir(parents=True)
    first, last = "2020-Q1", f"{2020 + (size.periods - 1) // 4}-Q{(size.periods - 1) % 4 + 1}"
    (folder / "melflow.toml").write_text(
        f'[alliance]\nid = "bench"\nname = "Bench"\n[calendar]\nkind = "quarter"\nfirst = "{first}"\nlast = "{last}"\n'
    )
    kinds = ("research", "government", "ngo", "private")
    rows = [f"p{n:04},Partner {n:04},{kinds[n % 4]},Country {n % 7},2020-01-01" for n in range(size.partners)]
    (folder / "partners.csv").write_text("\n".join(["partner_id,name,type,country,joined_on", *rows]) + "\n")
    (folder / "partnerships.yml").write_text("partnerships:\n" + "".join(_partnerships(size)))
    workspace = load_workspace(folder)
    prepare(workspace.warehouse_path)
    write_reference(workspace, Instruments([]))
    with connect(workspace.warehouse_path) as con:
        _write_forms(con, workspace)
        for name, query in _facts(size, workspace).items():
            con.execute(f"create or replace temp view made as {query}")
            _insert(con, f"src_{name}", "made")
        _write_loads(con)
    return workspace


def _partnerships(size: Size) -> list[str]:
    roles = ("resource", "learner", "peer", "convenor", "peer")
    set_ups = ("emergent", "facilitated", "imposed")
    return [
        f"- {{id: net_{n:04}, name: Net {n}, agenda: Water, set_up: {set_ups[n % 3]}, "
        "started_on: 2020-01-01,\n   members: ["
        + ", ".join(
            f"{{partner: p{(n + step) % size.partners:04}, role: {role}}}"
            for step, role in zip(MEMBERS, roles, strict=True)
        )
        + "]}\n"
        for n in range(size.partners)
    ]


def _write_forms(con: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Write three forms: 45 items on capability, 30 on health, some on what the work is for."""
    framework = workspace.framework
    shared = {"form_version": "1", "type": "select_one", "list": "agree", "range_min": 1.0, "range_max": 5.0}
    items: list[dict[str, Any]] = [
        shared | {"instrument_id": "cap", "capability": one.id, "level": level.id, "rater": "self", "number": n}
        for one in framework.capabilities
        for level in framework.levels
        for n in range(ITEMS_PER_CONSTRUCT)
    ]
    items += [
        shared | {"instrument_id": "rel", "health_dimension": one.id, "direction": one.direction, "number": n}
        for one in framework.health_dimensions
        for n in range(ITEMS_PER_CONSTRUCT)
    ]
    items += [
        shared | {"instrument_id": "why", "expectation": one.id, "number": 0}
        for kind, one in framework.constructs()
        if kind == "expectation"
    ]
    for order, item in enumerate(items):
        item |= {"item_id": f"i{order:03}", "stable_item_key": f"i{order:03}", "reverse": item.pop("number") == 2}
        item |= {"order_no": order, "repeat_path": "", "is_personal": False}
    append(con, "raw.src_item", pl.DataFrame(items, schema=dict(TABLES["src_item"])))
    choices = [
        {"instrument_id": form, "form_version": "1", "list": "agree", "code": str(n), "order": n, "score": float(n)}
        for form in ("cap", "rel", "why")
        for n in range(1, 6)
    ]
    append(con, "raw.src_choice", pl.DataFrame(choices, schema=dict(TABLES["src_choice"])))


def _share(*places: str) -> str:
    """Return SQL for a number from 0 to 1 that depends on where it stands."""
    return f"({_pick(10007, *places)} / 10006.0)"


def _pick(n: int, *places: str) -> str:
    """Return SQL for a whole number below n that depends on where it stands."""
    return f"cast(hash({', '.join(places)}) % {n} as bigint)"


def _facts(size: Size, workspace: Workspace) -> dict[str, str]:
    """Return the query behind each table of facts, in an order in which each may read the ones before."""
    health_items = ITEMS_PER_CONSTRUCT * len(workspace.framework.health_dimensions)
    # half of the answers are on capability, in fact as many as the fixed teams give
    team = "4 + case when n % 20 = 0 then 36 else 0 end"
    sides = max(10, size.responses // 2 // health_items // 10 // size.periods)
    partners = f"(select range as n, format('p{{:04d}}', range) as id from range({size.partners}))"
    periods = "(select period_id, ordinal as t, starts_on from raw.ref_period)"
    dyads = "(select *, row_number() over (order by dyad_id) - 1 as d from raw.ref_dyad)"
    stamp = """'{0}' as source_system, '{0}-1' as load_id, true as is_current"""
    form = "'{0}' as instrument_id, '{0}' as form_id, '1' as form_version, 'yes' as consent_level"
    dated = """starts_on + 40 as collected_on, cast(starts_on + 45 as timestamptz) as submitted_at,
        name as submission_id, name as version_id, name as row_id"""
    return {
        "submission": f"""
            select {stamp.format("cap")}, {form.format("cap")}, {dated}, id as partner_raw, id as partner_id,
                id || '-' || range as respondent_raw_hash, period_id, null as about_partner_id,
                null as respondent_role
            from (select *, 'cap#' || id || '-' || range || '-' || t as name from {partners}, {periods},
                lateral (select unnest(range({team})) as range))
            union all by name
            select {stamp.format("rel")}, {form.format("rel")}, {dated}, giver as partner_raw, giver as partner_id,
                name as respondent_raw_hash, period_id, receiver as about_partner_id, null as respondent_role
            from (select *, 'rel#' || dyad_id || '-' || range || '-' || t as name,
                    case when range % 2 = 0 then partner_a else partner_b end as giver,
                    case when range % 2 = 0 then partner_b else partner_a end as receiver
                from {dyads}, {periods}, range(10) where (d + t * {sides}) % {size.dyads} < {sides})
            union all by name
            select {stamp.format("why")}, {form.format("why")}, {dated}, id as partner_raw, id as partner_id,
                name as respondent_raw_hash, period_id, null as about_partner_id,
                ['commissioner', 'partner', 'learning_partner'][1 + n % 3] as respondent_role
            from (select *, 'why#' || id || '-' || t as name from {partners}, {periods})
        """,
        "response": f"""
            select s.source_system, s.load_id, s.submission_id, s.version_id, s.instrument_id, s.form_version,
                '' as repeat_path, i.item_id, s.row_id || '-' || i.item_id as row_id,
                case when {_share("s.row_id", "i.item_id", "1")} < 0.02 then 'skipped' end as missing_code,
                case when missing_code is null then cast(greatest(1, least(5, round(
                    3 + 2 * ({_share("s.respondent_raw_hash")} - 0.5)
                    + case when i.reverse then -1 else 1 end * 3 * ({_share("s.row_id", "i.item_id")} - 0.5)
                ))) as integer) end as value,
                cast(value as varchar) as value_raw, value_raw as value_text, value_raw as option
            from raw.src_submission as s inner join raw.src_item as i using (instrument_id)
        """,
        "exchange": f"""
            select {stamp.format("log")}, 'log#' || d || '-' || t || '-' || range as row_id, row_id as exchange_id,
                case when {_share("d", "range")} < 0.6 then partner_a else partner_b end
                    as from_partner_id,
                case when from_partner_id = partner_a then partner_b else partner_a end as to_partner_id,
                starts_on + cast({_pick(89, "d", "t", "range")} as integer) as occurred_on,
                'day' as date_precision, period_id,
                ['advice', 'document', 'visit', 'data'][1 + {_pick(4, "d", "t", "range", "'k'")}] as kind,
                ['in_person', 'online'][1 + {_pick(2, "d", "t", "range", "'c'")}] as channel,
                ['events', 'hours', 'documents'][1 + {_pick(3, "d", "t", "range", "'u'")}] as unit,
                1.0 + {_pick(8, "d", "t", "range", "'q'")} as quantity, from_partner_id as reported_by,
                case when {_share("d", "t", "range", "'w'")} < 0.3 then to_partner_id end as confirmed_by,
                case when range > 0 and {_share("d", "t", "range", "'r'")} < 0.4
                    then 'log#' || d || '-' || t || '-' || (range - 1) end as reply_to
            from {dyads}, {periods}, lateral (select unnest(range({_pick(7, "d", "t")})) as range)
        """,
        **_registers(partners, periods, stamp),
    }


def _registers(partners: str, periods: str, stamp: str) -> dict[str, str]:
    """Return the queries of the alliance's own registers: a few rows of each partner in each period."""
    base = "id || '-' || t || '-' || range"
    other = "format('p{:04d}', (n + 1) % (select count(*) from raw.ref_partner))"
    each = f"from {partners}, {periods}, range(2)"
    net = "'net_' || right(id, 4) as partnership_id, period_id"

    def row(table: str, key: str) -> str:
        return f"select {stamp.format(table)}, '{table}#' || {base} as row_id, row_id as {key}, {net}"

    return {
        "decision": f"""{row("decision", "decision_id")}, starts_on + 20 as decided_on, id as raised_by_id,
            case when {_share("n", "t", "range")} < 0.7 then id else {other} end as decided_by_id,
            {_pick(5, "n", "t")} = 0 as is_power_topic, 'resolved' as status {each}""",
        "role": f"""{row("role", "role_id")}, id as partner_id, starts_on as valid_from, starts_on + 80 as valid_to,
            ['lead', 'active', 'access'][1 + {_pick(3, "n", "t", "range")}] as role, 'step ' || range as step {each}""",
        "session": f"""{row("session", "contribution_id")}, 's' || n // 5 || '-' || t as session_id, id as partner_id,
            starts_on + 30 as held_on, 1.0 + {_pick(20, "n", "t", "range")} as minutes,
            {_pick(9, "n")} = 0 as is_facilitator,
            {_pick(2, "n // 5", "t")} = 0 as is_reflected, 4.0 as assumptions_examined, 1.0 as assumptions_revised,
            50.0 + {_pick(50, "n // 5", "t")} as exit_score {each}""",
        "budget": f"""{row("budget", "budget_line_id")}, id as partner_id, 'line ' || range as line,
            'actual' as kind, 100.0 + {_pick(900, "n", "t", "range")} as amount, 'EUR' as currency,
            range = 0 as is_personnel {each}""",
        "product": f"""{row("product", "authorship_id")}, 'product ' || n || '-' || t as product_id,
            case when range = 0 then id else {other} end as partner_id, starts_on + 60 as finished_on {each}""",
        "assessment": f"""select * exclude (partnership_id) from ({row("assessment", "assessment_id")},
            id as assessor_id, {other} as assessed_id, 'criterion ' || range as criterion,
            starts_on + 50 as assessed_on,
            1.0 + {_pick(5, "n", "t", "range")} as self_score, 1.0 + {_pick(5, "t", "range", "n")} as peer_score,
            1.0 as scale_min, 5.0 as scale_max, true as action_agreed, {_pick(2, "n", "t")} = 0 as action_done,
            false as tied_to_funding {each})""",
        "learning_claim": f"""select * exclude (partnership_id) from ({row("learning_claim", "claim_id")},
            id as learner_partner_id, {other} as source_partner_id, starts_on + 70 as claimed_on,
            ['resource', 'learner', 'peer'][1 + {_pick(3, "n", "t", "range")}] as learner_designated_role,
            'practice ' || n as practice_id, cast({_pick(8, "n", "t", "range")} as double) as rung {each})""",
    }


def _insert(con: duckdb.DuckDBPyConnection, table: str, view: str) -> None:
    """Insert what the view has of the table's columns."""
    columns = con.execute(f"select column_name from (describe {view})").fetchall()
    kept = ", ".join(f'"{name}"' for (name,) in columns if name in TABLES[table])
    con.execute(f"insert into raw.{table} by name select {kept} from {view}")


def _write_loads(con: duckdb.DuckDBPyConnection) -> None:
    """Write one load for each source, with as many rows read as there are."""
    tables = ("src_submission", "src_exchange", *(register.table for register in REGISTERS.values()))
    query = " union all ".join(f"select load_id, source_system from raw.{table}" for table in tables)
    counted = con.execute(f"select load_id, source_system, count(*) from ({query}) group by all").fetchall()
    loads = [
        {"load_id": load_id, "source": source, "state": "loaded", "rows_read": n, "rows_duplicate": 0, "notes": "{}"}
        for load_id, source, n in counted
    ]
    append(con, "raw.load", pl.DataFrame(loads, schema=dict(LOAD)))
    sources = pl.DataFrame([{"source": one["source"], "due_days_after_period": 30} for one in loads])
    append(con, "raw.ref_source", sources)


#: The date the figures stand at: after the last period of every size.
AS_OF = date(2026, 1, 1)
