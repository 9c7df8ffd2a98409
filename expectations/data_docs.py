"""Great Expectations' own data docs: every suite and what it found, without a value and without a request.

Its results may hold values of rows that break a rule; its pages are made of the counts alone. Its pages
load scripts and style sheets from other servers; those parts come from ``templates/`` (``data_docs_view.py``).
"""

from __future__ import annotations

import html
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from melflow.core.errors import TerminalError
from melflow.expectations.judge import Verdict

_PREDICATE = "unexpected_rows_expectation"
_RUN = "melflow"
_SITE = "checks"


@dataclass(frozen=True)
class Validation:
    """What one suite found in one batch of a source.

    Attributes:
        source: The source.
        relation: What was judged: a canonical table, or the answers beside their form.
        at: When, UTC.
        results: Of each expectation, as ``told`` says it.
    """

    source: str
    relation: str
    at: datetime
    results: Sequence[Mapping[str, Any]]


def told(verdict: Verdict) -> dict[str, Any]:
    """Return GX's result of a rule as its own JSON, with counts and nothing anybody entered."""
    rule, n_failed = verdict.rule, len(verdict.row_ids)
    n_checked = verdict.n_checked
    return {
        "success": verdict.success,
        "result": {
            "element_count": n_checked,
            "unexpected_count": n_failed,
            "unexpected_percent": 100 * n_failed / n_checked if n_checked else 0.0,
            "observed_value": n_failed,
        },
        "expectation_config": {
            "type": rule.expect or _PREDICATE,
            "kwargs": dict(rule.kwargs) if rule.expect else {"unexpected_rows_query": rule.query},
            "meta": {"rule": rule.id},
            "severity": "warning" if rule.severity == "warn" else "critical",
            "description": f"{html.escape(rule.id)}: {html.escape(rule.reason)}",
        },
    }


def publish(validations: Sequence[Validation], alliance: str, folder: Path) -> Path:
    """Write the site anew.

    Args:
        validations: The latest of each source and relation.
        alliance: Name of the alliance.
        folder: Of the site; an earlier one gives way to it.

    Returns:
        Its first page.

    Raises:
        TerminalError: Great Expectations left a page out; it says so only in its log.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="data-docs-", dir=folder.parent) as place:
        site = Path(place) / folder.name
        context = _context()
        for one in validations:
            _remember(context, one)
        context.add_data_docs_site(_SITE, _config(alliance, site))
        context.build_data_docs([_SITE])
        n_pages = len(list(site.rglob("*.html")))
        if n_pages != 2 * len(validations) + 1:
            raise TerminalError.of(
                "the data docs of Great Expectations",
                "each suite and what it found have a page",
                f"{n_pages} pages for {len(validations)} suites",
                "This is a fault of melflow, not of your data; please report it with this message.",
            )
        shutil.rmtree(site / "static", ignore_errors=True)  # fonts and pictures that no page of ours shows
        shutil.rmtree(folder, ignore_errors=True)
        site.rename(folder)
    return folder / "index.html"


def _config(alliance: str, folder: Path) -> dict[str, Any]:
    view = {"module_name": "melflow.expectations.data_docs_view", "class_name": "Page"}
    return {
        "class_name": "SiteBuilder",
        "site_name": html.escape(alliance),
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "view": view | {"class_name": "IndexPage"}},
        "site_section_builders": {"expectations": {"view": view}, "validations": {"view": view}, "profiling": "None"},
    }


def _context() -> Any:
    """Return a context of GX without files of its own, telemetry or a site of its own."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.data_docs_sites = {}
    return context


def _remember(context: Any, one: Validation) -> None:
    """Put a suite and what it found into the stores the site is made from."""
    import great_expectations as gx
    from great_expectations.core.expectation_validation_result import (
        ExpectationSuiteValidationResult,
        ExpectationValidationResult,
    )
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    name = f"{one.source}.{one.relation}"
    results = [
        ExpectationValidationResult(
            success=said["success"],
            result=said["result"],
            expectation_config=ExpectationConfiguration(**said["expectation_config"]),
        )
        for said in one.results
    ]
    n_good = sum(said["success"] for said in one.results)
    run = RunIdentifier(run_name=_RUN, run_time=one.at)
    found = ExpectationSuiteValidationResult(
        success=n_good == len(results),
        results=results,
        suite_name=name,
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": n_good,
            "unsuccessful_expectations": len(results) - n_good,
            "success_percent": 100 * n_good / len(results),
        },
        meta={"run_id": run.to_json_dict(), "batch_spec": {"data_asset_name": one.relation}},
    )
    context.suites.add(gx.ExpectationSuite(name, expectations=[said["expectation_config"] for said in one.results]))
    key = ValidationResultIdentifier(ExpectationSuiteIdentifier(name), run, one.source)
    context.stores[context.validation_results_store_name].set(key, found)
