"""What an audience's frame and the IATI standard ask of the workspace: read, and refused with file, line and remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from melflow.core.errors import Problem, WorkspaceError
from melflow.core.workspace import load_workspace

Change = Callable[[str, str, str], Path]
RATES = "currency,into,period_id,rate,dated,source\nUSD,EUR,2024-H2,0.92,2024-12-31,the bank\n"
IATI = """
[iati]
reporting_org_ref = "XI-EXAMPLE-1001"
reporting_org_type = 60
activity_status = "2"
starts_on = 2024-07-01
baseline_year = 2023
sector = "14030"
default_currency = "USD"
"""
INDICATORS = "indicator_id,name,unit,direction,kind\nWC-01,Committees,committees,rise,cumulative\n"


def _problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(WorkspaceError) as caught:
        load_workspace(folder)
    return caught.value.problems


def test_frame__read(change: Change) -> None:
    """Should take everything an audience may choose."""
    own = "language: en\nindicators: [WC-01]\nconstructs: [trust]\ndisaggregation: [partner]\n"
    own += "periods: {fiscal_year_starts: 07}\ncurrency: EUR\nformats: [iati]"
    folder = change("reports/funder.yml", "language: en", own)
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    (folder / "indicators.csv").write_text(INDICATORS, encoding="utf-8")
    with (folder / "melflow.toml").open("a", encoding="utf-8") as file:
        file.write(IATI)
    workspace = load_workspace(folder)
    report = workspace.reports["funder"]
    assert report.periods is not None and report.periods.fiscal_year_starts == 7
    assert workspace.iati is not None and workspace.iati.sector == "14030" and not workspace.iati.humanitarian
    assert [(rate.currency, rate.rate) for rate in workspace.rates] == [("USD", 0.92)]


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ("usd,EUR,2024-H2,0.92,2024-12-31,the bank", "USD"),
        ("EUR,EUR,2024-H2,0.92,2024-12-31,the bank", "Remove the line"),
        ("KES,EUR,2031-H2,0.92,2024-12-31,the bank", "move 'last' on"),
        ("KES,EUR,2024-H2,0,2024-12-31,the bank", "above 0"),
        ("KES,EUR,2024-H2,0.9,31.12.2024,the bank", "year-month-day"),
        ("KES,EUR,2024-H2,0.9,2024-12-31,", "'source'"),
        ("USD,EUR,2024-H2,0.9,2024-12-31,another", "rates.csv:2"),
    ],
)
def test_rates__refused(workspace_folder: Path, line: str, fix: str) -> None:
    """Should refuse a rate without currency, period, day, source or that stands twice."""
    (workspace_folder / "rates.csv").write_text(RATES + line + "\n", encoding="utf-8")
    assert any(problem.where == "rates.csv:3" and fix in problem.fix for problem in _problems(workspace_folder))


@pytest.mark.parametrize(
    ("old", "new", "fix"),
    [
        ('sector = "14030"', 'sector = "water"', "five digits"),
        ('ref = "XI-EXAMPLE-1001"', 'ref = "XI EXAMPLE/1"', "XM-DAC-12345"),
        ("type = 60", "type = 61", "60"),
        ("2024-07-01", "2024-07-01\nends_on = 2023-01-01", "Correct one"),
        ('"USD"', '"USD"\n[iati.countries]\n"Peru" = "Per"', "CO, KE"),
        ('"USD"', '"USD"\n[iati.results]\n"WC-01" = "outcome"', "Nothing is declared"),
    ],
)
def test_iati__refused(change: Change, old: str, new: str, fix: str) -> None:
    """Should refuse what the standard's codelists and identifiers do not have."""
    folder = change("reports/funder.yml", "language: en", "language: en\nformats: [iati]")
    with (folder / "melflow.toml").open("a", encoding="utf-8") as file:
        file.write(IATI.replace(old, new))
    assert any(fix in problem.fix for problem in _problems(folder))


def test_iati__country_without_code(change: Change) -> None:
    """Should say which country of partners.csv needs a code, and take it from [iati.countries]."""
    change("reports/funder.yml", "language: en", "language: en\nformats: [iati]")
    folder = change("partners.csv", "research,CO", "research,Colombia")
    settings = folder / "melflow.toml"
    kept = settings.read_text(encoding="utf-8")
    settings.write_text(kept + IATI, encoding="utf-8")
    [problem] = _problems(folder)
    assert problem.seen == "'Colombia'" and "[iati.countries]" in problem.fix
    settings.write_text(f'{kept}{IATI}[iati.countries]\nColombia = "CO"\n', encoding="utf-8")
    assert load_workspace(folder).iati is not None


def test_iati__alone_in_several_languages(change: Change) -> None:
    """Should refuse further editions that would have no file: the activity is published once, in all languages."""
    wanted = "language: en\nalso_in: [es]\nformats: [iati]"
    folder = change("reports/funder.yml", "language: en", wanted)
    change("reports/funder.yml", "{en: Does it deliver?}", "{en: Does it deliver?, es: Resultados}")
    with (folder / "melflow.toml").open("a", encoding="utf-8") as file:
        file.write(IATI)
    [problem] = _problems(folder)
    assert "every language" in problem.rule and problem.seen == "iati alone"


def test_iati__two_reports(change: Change) -> None:
    """Should refuse two reports that write the same activity, name both, and take one that has a prefix of its own."""
    folder = change("reports/funder.yml", "language: en", "language: en\nformats: [iati]")
    with (folder / "melflow.toml").open("a", encoding="utf-8") as file:
        file.write(f'{IATI}[iati.countries]\nColombia = "CO"\n')
    second = folder / "reports" / "second.yml"
    second.write_text((folder / "reports" / "funder.yml").read_text(encoding="utf-8"), encoding="utf-8")
    (problem,) = _problems(folder)
    assert problem.where == "reports/second.yml:1" and "published once" in problem.rule
    assert problem.seen == "'funder' and 'second' both write the activity of 'XI-EXAMPLE-1001'"
    assert "another activity_prefix" in problem.fix
    own = "iati: {reporting_org_ref: XI-EXAMPLE-1001, activity_prefix: XI-EXAMPLE-1001-2, reporting_org_type: 60, "
    own += "activity_status: 2, starts_on: 2024-07-01, baseline_year: 2023, sector: '14030', default_currency: USD, "
    own += "countries: {Colombia: CO}}\n"
    second.write_text(second.read_text(encoding="utf-8") + own, encoding="utf-8")
    assert set(load_workspace(folder).reports) >= {"funder", "second"}
