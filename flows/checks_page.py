"""What every check found, as a page under ``var/quality/checks``: made from the counts the checks left behind.

Great Expectations' own data docs are not used: their pages load some fifteen scripts and style sheets from other
servers, and print values of rows that break a rule. This page says the same, rule by rule, without either.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from melflow.core.warehouse import connect

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace

#: Each rule over all payloads of a source that are loaded; a count of a payload that gave way is not in it.
_CHECKS = """
select
    source, table_name, rule_id, severity, bool_and(success) as success,
    sum(n_checked)::bigint as n_checked, sum(n_failed)::bigint as n_failed, max(checked_at) as checked_at
from raw.check_result
group by all
order by all
"""


def write_checks(workspace: Workspace) -> Path:
    """Write the page anew and return it."""
    from melflow.reports.checks import render

    with connect(workspace.warehouse_path) as con:
        checks = con.execute(_CHECKS).pl()
    return render(workspace.alliance.name, checks, _reasons(workspace, set(checks["table_name"])), folder(workspace))


def folder(workspace: Workspace) -> Path:
    """Return where the page is."""
    return workspace.var / "quality" / "checks"


def _reasons(workspace: Workspace, tables: set[str]) -> dict[str, str]:
    """Return ``table.rule_id`` -> why the rule exists: of the suites, of forms, and of the alliance's own rules."""
    from melflow.expectations.rules import SUITES, every, read, suite
    from melflow.flows.own_rules import own_rules

    found = {
        f"{table}.{rule.id}": rule.reason
        for table in sorted(tables)
        if (SUITES / f"{table}.yml").exists()
        for rule in (*suite(table), *every(table))
    }
    found |= {f"src_response.{rule['id']}": rule["reason"] for rule in read("from_form")}
    return found | {
        f"{table}.{rule.id}": rule.reason for table, rules in own_rules(workspace).items() for rule in rules
    }
