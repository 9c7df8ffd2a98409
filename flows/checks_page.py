"""What every check found, as a page under ``var/quality/checks``: made from the counts the checks left behind.

It counts over all payloads that are loaded, rule by rule. Great Expectations' own data docs, to which it leads, tell
of the latest batch of each source (``data_docs.py``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from melflow.core.warehouse import connect

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace

#: Each rule over all payloads of a source that are loaded, and gates that stop one; no payload that gave way is in it.
_CHECKS = """
select
    source, table_name, rule_id, severity, bool_and(success) as success,
    sum(n_checked)::bigint as n_checked, sum(n_failed)::bigint as n_failed, max(checked_at) as checked_at
from raw.check_result
group by all
order by all
"""


def write_checks(workspace: Workspace, docs: Path | None = None) -> Path:
    """Write the page anew and return it; it leads to the data docs, where there are some."""
    from melflow.reports.checks import render

    with connect(workspace.warehouse_path) as con:
        checks = con.execute(_CHECKS).pl()
    reasons = _reasons(workspace, set(checks["table_name"]))
    return render(workspace.alliance.name, checks, reasons, folder(workspace), docs)


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
