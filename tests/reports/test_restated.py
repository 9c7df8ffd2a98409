"""What an earlier edition showed and this one shows otherwise is told; what was withdrawn is not told again."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import polars as pl
import pytest
from fake_release import HOSTILE, make_release, make_report, make_workspace
from published import LAST, data

from melflow.core.errors import TerminalError
from melflow.reports import columns
from melflow.reports.comparison import as_made
from melflow.reports.context import Context
from melflow.reports.earlier_editions import Earlier, had, predecessor
from melflow.reports.edition import Edition, prepared, render, render_frozen
from melflow.reports.extent import extent_before
from melflow.reports.frozen import Frozen
from melflow.reports.history import WentOut
from melflow.reports.read import agreed, read
from melflow.reports.restated import ROWS, WITHDRAWN, Side, figures_of, restated
from melflow.reports.section_changes import cells, named
from melflow.reports.verify import verify
from melflow.reports.words import Findings

SECTIONS = ["capability", "health", "changes", "method"]
#: What happened to a figure between two releases -> why it is said to differ.
MENDS = {
    "update pub_capability_score set score = score + 5 where {at}": "values",
    "update pub_capability_score set score = score + 5, n_respondents = n_respondents + 3 where {at}": "answers",
    "update pub_capability_score set score = score + 5, formula_id = 'F2' where {at}": "formula",
    "update pub_capability_score set score = score + 5 where {at}; update release_info set config_hash = 'x'":
        "configuration",
    "update pub_capability_score set score = score + 5 where {at}; update release_info set code_version = '9'": "code",
    "update pub_capability_score set score = null, is_suppressed = true where {at}": "withheld",
    "update pub_capability_score set publish_level = 'internal' where {at}": "lowered",
    "update pub_capability_score set is_suppressed = true, n_suppressed_reason = 'fewer than 10 respondents' "
    "where {at}": "few",
    "delete from pub_capability_score where {at}": "gone",
}  # fmt: skip
AT = (
    "partner_id = 'beta' and capability = 'adapt_renew' and level = 'individual' and period_id = '2025-H2' "
    "and not is_suppressed"
)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the first release."""
    folder = make_release(tmp_path_factory.mktemp("releases") / "0001-aaaaaaaa", HOSTILE, n_dyads=4)
    _change(folder, f"update release_info set release_id = '{folder.name}'")
    return folder


def _change(folder: Path, statements: str) -> None:
    with duckdb.connect(str(folder / "melflow.duckdb")) as con:
        con.execute(statements)


def _second(first: Path, name: str, statements: str) -> Path:
    """Return a copy of the first release in which something happened."""
    folder = first.parent / name
    if not folder.exists():
        folder.mkdir()
        (folder / "melflow.duckdb").write_bytes((first / "melflow.duckdb").read_bytes())
        _change(folder, f"update release_info set release_id = '{name}'; {statements}")
    return folder


def _side(folder: Path, level: str = "funder", period: str = "2026-H1") -> Side:
    """Return what an edition with these tables shows of a release."""
    figures = figures_of(("pub_capability_score", "pub_partnership_health", "pub_health_dyad", "pub_data_quality"))
    return Side(read(folder, period, level, {}), level, figures, partial(agreed, folder))


def _edition(release: Path, out: Path, period: str = "2026-H1", **changes: Any) -> Edition:
    report = make_report(sections=SECTIONS, formats=["xlsx", "html", "annex"], **changes)
    return render(release, report, make_workspace(), period, out)


@pytest.mark.parametrize(("number", "statements", "why"), [(i, *pair) for i, pair in enumerate(MENDS.items())])
def test_restated__why(first: Path, number: int, statements: str, why: str) -> None:
    """Should find the one figure that differs and say why; a figure that was withdrawn has neither name nor number."""
    other = _second(first, f"{number + 100:04}-bbbbbbbb", statements.format(at=AT))
    [row] = restated(_side(other), _side(first)).filter(figure="score").to_dicts()
    assert (row["table"], row["period_id"], row["why"], row["count"]) == ("pub_capability_score", "2025-H2", why, 1)
    if why in WITHDRAWN:
        assert (row["keys"], row["old"], row["new"], row["n_old"]) == (None, None, None, None)
    else:
        assert json.loads(row["keys"])["partner_id"] == "beta" and row["new"] - row["old"] == pytest.approx(5)


def test_restated__cases_and_counts(first: Path) -> None:
    """Should say how many answers of both sides a gap rests on, and hold counts against each other as well."""
    other = _second(first, "0091-eeeeeeee", "update pub_health_dyad set gap = gap + 1, n_a_of_b = 30 where dimension = "
                    "'trust' and dyad_id = 'alpha--beta' and period_id = '2025-H1'; update pub_data_quality set "
                    "rows_held = rows_held + 7 where partner_id = 'beta' and period_id = '2025-H1'")  # fmt: skip
    found = {row["figure"]: row for row in restated(_side(other), _side(first)).to_dicts()}
    assert found.keys() == {"gap", "rows_held"}
    assert (found["gap"]["why"], found["gap"]["n_old"], found["gap"]["n_new"]) == ("answers", 43, 49)
    assert found["rows_held"]["new"] - found["rows_held"]["old"] == 7 and found["rows_held"]["why"] == "values"


@pytest.mark.parametrize(
    ("table", "figure", "old", "new", "printed"),
    [
        ("pub_dual_correlation", "rho", 0.12, 0.14, ("0.12", "0.14")),
        ("pub_capability_score", "pct_positive", 0.641, 0.644, ("64.1\N{NO-BREAK SPACE}%", "64.4\N{NO-BREAK SPACE}%")),
        ("pub_capability_score", "score", 62.2, 71.4, ("62", "71")),
        ("pub_data_quality", "rows_held", 7.0, 1234.0, ("7", "1,234")),
    ],
)
def test_cells__numbers_that_differ_look_different(
    first: Path, table: str, figure: str, old: float, new: float, printed: tuple[str, str]
) -> None:
    """Should print a restated figure with the decimals of its unit, and with more where both would look alike."""
    context = Context(read(first, "2026-H1", "funder", {}), Findings((), (), (), ()), "en", 10)
    row = dict.fromkeys(ROWS) | {"table": table, "figure": figure, "old": old, "new": new, "why": "values", "count": 1}
    assert cells(context, row)[1:3] == printed


@pytest.mark.parametrize(
    ("scope", "scope_id", "told"),
    [
        ("alliance", "alliance", "Power, of the alliance, Meetings hosted"),
        ("partner", "beta", f"Power, of a partner, {HOSTILE['beta']}, Meetings hosted"),
        ("dyad", "alpha--beta", f"Power, of a pair, {HOSTILE['alpha']} \N{EN DASH} {HOSTILE['beta']}, Meetings hosted"),
    ],
)
def test_named__whose_figure(first: Path, scope: str, scope_id: str, told: str) -> None:
    """Should name the alliance once, and partners and pairs by their names."""
    keys = json.dumps({"scope": scope, "scope_id": scope_id, "resource": "hosting"})
    context = Context(read(first, "2026-H1", "funder", {}), Findings((), (), (), ()), "en", 10)
    assert named(context, {"table": "pub_power_balance", "figure": None, "keys": keys, "period_id": ""}) == told


@pytest.mark.parametrize("table", columns.TABLES)
def test_restated__every_table(table: str) -> None:
    """Should compare every published table, whatever its keys, and find nothing beside itself."""
    given = Side(data({table: [{"period_id": LAST.period_id}]}), "funder", figures_of((table,)), _not_asked)
    assert restated(given, given).is_empty()


def _not_asked(table: str) -> pl.DataFrame:
    raise AssertionError(f"nothing of {table} is in one edition only")


def test_restated__nothing(first: Path) -> None:
    """Should find nothing between a release and its copy, and nothing in a period the earlier edition did not have."""
    other = _second(first, "0090-cccccccc", "update pub_capability_score set score = score + 1 where "
                    "period_id = '2026-H1'")  # fmt: skip
    assert restated(_side(first), _side(first)).is_empty()
    assert restated(_side(other), _side(first, period="2025-H2")).is_empty()


def test_restated__for_whom(first: Path) -> None:
    """Should tell rows that a report shows because it is for fewer people now, or that were agreed for more since."""
    narrower = restated(_side(first, "partners"), _side(first, "funder"))
    assert set(narrower["why"]) == {"narrower"} and narrower["old"].null_count() == narrower.height > 0
    assert narrower["new"].null_count() == 0 and narrower["keys"].str.contains("--").all()
    wider = restated(_side(first, "funder"), _side(first, "partners"))
    assert set(wider["why"]) == {"wider"} and wider["count"].sum() == narrower.height
    assert wider.select("keys", "old", "new").null_count().row(0) == (wider.height,) * 3
    last = narrower["keys"].str.json_path_match("$.dyad_id").unique().item()
    raised = f"update pub_health_dyad set publish_level = 'funder' where dyad_id = '{last}'"
    other = _second(first, "0092-eeeeeeee", raised)
    assert set(restated(_side(other), _side(first))["why"]) == {"raised"}
    assert set(restated(_side(first), _side(other))["why"]) == {"lowered"}


def test_restated__what_the_report_picks(first: Path) -> None:
    """Should count what a report leaves out since, and pass over what it could not show then."""
    now, before = _side(first), _side(first)
    fewer = replace(now, figures=figures_of(("pub_data_quality",)))
    rows = restated(fewer, before)
    assert set(rows["why"]) == {"dropped"} and rows["table"].n_unique() == rows.height == 3
    assert rows["count"].min() > 100 and restated(now, fewer).is_empty()
    few = {"pub_health_dyad": ("gap",)}
    other = _second(first, "0093-eeeeeeee", "update pub_health_dyad set gap = gap + 1, mean_of_sides = 1")
    assert set(restated(_side(other), replace(before, figures=few))["figure"]) == {"gap"}


def test_edition__read_as_it_was_made(first: Path, tmp_path: Path) -> None:
    """Should hold an edition against what its readers saw: another level, other sections, fewer needed for a cell."""
    second = _second(first, "0003-dddddddd", "select 1")
    made = _edition(first, tmp_path, publish_level="partners").folder / "edition.json"
    said = json.loads(made.read_text())
    changed = make_report(sections=["capability", "changes"], formats=["annex"])
    frozen = prepared(second, changed, make_workspace(), "2026-H1", tmp_path)
    earlier = frozen.compared_with
    assert earlier is not None and Frozen.read(json.loads(json.dumps(frozen.keep()))) == frozen
    assert (earlier.publish_level, earlier.min_n, earlier.sections) == ("partners", 10, tuple(SECTIONS))
    assert earlier.figures == {table: tuple(names) for table, names in said["shown"].items()}
    assert frozen.went_out == (WentOut(first.name, "2026-H1", "partners", 10),)
    edition = render_frozen(second, frozen, "2026-H1", tmp_path)
    with zipfile.ZipFile(edition.files["annex"]) as annex:
        told = pl.read_csv(annex.read("data/restated.csv"))
    assert told["why"].str.ends_with("of a section this report does not have any more").all() and told.height == 2
    assert set(verify(edition.folder, second)) == {"annex.zip"}
    old = {"release_id": first.name, "period_id": "2026-H1"}  # as manifests were before they kept it
    as_today = replace(frozen, compared_with=Earlier.read(old))
    assert as_made(as_today, Earlier.of(old)) == as_today
    edition = render_frozen(second, as_today, "2026-H1", tmp_path / "old")
    with zipfile.ZipFile(edition.files["annex"]) as annex:
        assert "data/restated.csv" not in annex.namelist()


def test_edition__tells_the_changes(first: Path, tmp_path: Path) -> None:
    """Should name the edition before, print the change and put all of them into the workbook; again, byte for byte."""
    second = _second(first, "0002-dddddddd", MENDS_BOTH)
    _edition(first, tmp_path)
    edition = _edition(second, tmp_path)
    page = edition.files["html"].read_text("utf-8")
    assert "release 0001-aaaaaaaa" in page and "One figure that was published then is another now." in page
    assert "3 figures that were published then are no longer shown." in page
    assert "3 figures, their publish level was lowered" in page, "one row in print"
    sheet = openpyxl.load_workbook(edition.files["xlsx"])["Restatements"]
    rows = [row for row in sheet.iter_rows(min_row=2, values_only=True) if "score" in str(row[0]).lower()]
    changed = [row for row in rows if isinstance(row[1], float)]
    assert len(changed) == 1 and changed[0][2] - changed[0][1] == pytest.approx(5)
    with zipfile.ZipFile(edition.files["annex"]) as annex:
        told = pl.read_csv(annex.read("data/restated.csv"))
    assert told.drop_nulls("before")["before"].to_list() == [changed[0][1]] and told.height == sheet.max_row - 1
    words = "\n".join(str(row[1]) for row in openpyxl.load_workbook(edition.files["xlsx"])["Words"].values)
    assert "One figure that was published then is another now." in words and "capability scores of" in words
    assert set(verify(edition.folder, second)) == {path.name for path in edition.files.values()}


MENDS_BOTH = "; ".join(
    [
        f"update pub_capability_score set score = score + 5 where {AT}",
        "update pub_capability_score set publish_level = 'internal' where partner_id = 'gamma' and "
        "capability = 'adapt_renew' and level = 'individual' and period_id = '2025-H1'",
    ]
)


def test_edition__first(first: Path, tmp_path: Path) -> None:
    """Should say that there is none before it, and not call the section blank."""
    edition = _edition(first, tmp_path)
    assert "This is the first edition of this report" in edition.files["html"].read_text("utf-8")
    assert not any("What changed" in reason for reason in edition.reasons)


def test_predecessor__newest_that_readers_had(tmp_path: Path) -> None:
    """Should pass over editions that were held, not sent or came later; and for changes those whose release is gone."""
    for number in (1, 2, 3, 5):
        (tmp_path / "releases" / f"{number:04}-x").mkdir(parents=True)
    for number, period, verdict in ((1, "2025-H1", "passed"), (2, "2025-H2", "passed"), (3, "2025-H2", "held"),
                                    (4, "2026-H1", "passed"), (6, "2026-H1", "passed")):  # fmt: skip
        folder = tmp_path / "editions/funder" / period / f"{number:04}-x"
        folder.mkdir(parents=True)
        said = {
            "release_id": folder.name,
            "period_id": period,
            "extent": {"health": number},
            "gate": {"verdict": verdict},
        }
        (folder / "edition.json").write_text(json.dumps(said))
    releases = tmp_path / "releases"
    every = had(tmp_path / "editions", "funder", releases / "0005-x")
    assert predecessor(every, releases) == Earlier("0002-x", "2025-H2") and extent_before(every) == {"health": 4}
    assert len(had(tmp_path / "editions", "funder", releases / "10000-x")) == 4, "not by the letters"
    assert predecessor(had(tmp_path / "editions", "funder", releases / "0001-x"), releases) is None
    bounds = [{"release_id": f"000{number}-x", "period_id": "2025-H1", "publish_level": "public"} for number in (1, 4)]
    bounded = predecessor([every[0] | {"frozen": {"went_out": bounds}}], releases)
    assert bounded is not None and bounded.went_out == (WentOut("0001-x", "2025-H1", "public"),), "4 is gone"
    sent = had(tmp_path / "editions", "funder", releases / "0005-x", ["funder/2025-H1/0001-x", "funder/2025-H2/0003-x"])
    assert predecessor(sent, releases) == Earlier("0001-x", "2025-H1") and extent_before(sent) == {"health": 1}


def test_prepared__an_unsent_edition_between_two_sent(first: Path, tmp_path: Path) -> None:
    """Should hold changes and shrinking against what readers were sent last, not against what nobody saw."""
    second, third = (_second(first, name, "select 1") for name in ("0002-ffffffff", "0003-ffffffff"))
    for number, release in enumerate((first, second), start=1):
        folder = tmp_path / "funder/2026-H1" / release.name
        folder.mkdir(parents=True)
        said = {"release_id": release.name, "period_id": "2026-H1", "gate": {"verdict": "passed"}}
        (folder / "edition.json").write_text(json.dumps(said | {"extent": {"health": number}}))
    report = make_report(sections=SECTIONS)
    for received, name, number in (([f"funder/2026-H1/{first.name}"], first.name, 1), (None, second.name, 2)):
        frozen = prepared(third, report, make_workspace(), "2026-H1", tmp_path, received=received)
        assert frozen.compared_with == Earlier(name, "2026-H1") and frozen.extent_before == {"health": number}
    frozen = prepared(third, report, make_workspace(), "2026-H1", tmp_path, received=[])
    assert (frozen.compared_with, frozen.extent_before) == (None, {})


def test_edition__release_before_is_gone(first: Path, tmp_path: Path) -> None:
    """Should say which release is needed to make the edition again."""
    kept = json.loads((_edition(first, tmp_path).folder / "edition.json").read_text())["frozen"]
    frozen = Frozen.read(kept | {"compared_with": {"release_id": "0000-gone", "period_id": "2026-H1"}})
    with pytest.raises(TerminalError, match="needs their releases"):
        render_frozen(first, frozen, "2026-H1", tmp_path / "again")
