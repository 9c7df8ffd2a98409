"""An edition gives nobody away to a reader of the editions before it; a consent withdrawn is gone from the next one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import openpyxl
import polars as pl
import pytest
from fake_release import HOSTILE, make_release, make_report, make_workspace

from melflow.core.errors import TerminalError
from melflow.core.statistics.sequence import attack_all
from melflow.reports.edition import Edition, render
from melflow.reports.edition_data import EditionData
from melflow.reports.history import WentOut, after, went_out
from melflow.reports.late_edition import refuse_differences
from melflow.reports.linked import TABLES, cells
from melflow.reports.read import read
from melflow.reports.verify import verify

MINIMUM = 10
AT = "partner_id = 'beta' and capability = 'adapt_renew' and level = 'individual' and period_id = '2025-H2'"
PAIR = "dyad_id = 'alpha--beta' and period_id = '2025-H2'"
#: A wave of needs: four partners, the first of which is small and hides the second.
NEEDS = [
    ("alliance", "alliance", 97, None), ("partner", "alpha", None, "fewer than 10 respondents"),
    ("partner", "beta", None, "could be worked out from others"), ("partner", "delta", 41, None),
    ("partner", "gamma", 30, None),
]  # fmt: skip
Change = Callable[[str, str], Path]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a release with a wave of needs and a stratum beside scores."""
    folder = make_release(tmp_path_factory.mktemp("releases") / "0001-aaaaaaaa", HOSTILE, n_dyads=4)
    statements = [f"update release_info set release_id = '{folder.name}'"]
    for scope, scope_id, n, reason in NEEDS:
        statements.append(
            "insert into pub_needs_baseline (scope, scope_id, topic, period_id, n_respondents, gap, is_suppressed, "
            f"n_suppressed_reason, publish_level) values ('{scope}', '{scope_id}', 'data', '2025-H2', "
            f"{n or 'null'}, 12.5, {n is None}, '{reason or ''}', 'funder')"
        )
    statements.append(
        "insert into pub_health_strata (attribute, stratum, dimension, period_id, n_dyads, n_respondents, mean_score, "
        "is_suppressed, publish_level) values ('set_up', 'imposed', 'trust', '2025-H2', 2, 86, 61.5, false, 'funder')"
    )
    common = "'2025-H2', false, 'funder'"
    statements.append(
        "insert into pub_story (story_id, direction, rung, title, story, period_id, is_suppressed, publish_level) "
        f"values ('s1', 'to_resource', 3, 'A well', 'We dug it.', {common})"
    )
    statements.append(
        "insert into pub_quote (text_id, question_id, code, quote, period_id, is_suppressed, publish_level) "
        f"values ('t1', 'story', 'water', 'It runs.', {common})"
    )
    _change(folder, "; ".join(statements))
    return folder


@pytest.fixture
def later(first: Path, tmp_path: Path) -> Change:
    """Return a maker of releases beside a copy of the first one."""
    releases = tmp_path / "releases"

    def make(name: str, statements: str) -> Path:
        (releases / name).mkdir(parents=True)
        (releases / name / "melflow.duckdb").write_bytes((first / "melflow.duckdb").read_bytes())
        _change(releases / name, f"update release_info set release_id = '{name}'; {statements}")
        return releases / name

    make(first.name, "")
    return make


def _change(folder: Path, statements: str) -> None:
    with duckdb.connect(str(folder / "melflow.duckdb")) as con:
        con.execute(statements)


def _read(folder: Path) -> EditionData:
    return read(folder, "2026-H1", "funder", {}, only=TABLES)


def _score(data: EditionData) -> dict[str, Any]:
    rows = data.tables["pub_capability_score"]
    [row] = rows.filter(partner_id="beta", capability="adapt_renew", level="individual", period_id="2025-H2").to_dicts()
    return row


def _edition(release: Path, out: Path, **changes: Any) -> Edition:
    sections = changes.pop("sections", ["capability", "health", "changes"])
    report = make_report(sections=sections, formats=["xlsx"], **changes)
    return render(release, report, make_workspace(), "2026-H1", out)


def _put(release_id: str, out: Path, report: str = "funder") -> None:
    """Put an edition there that went out."""
    folder = out / report / "2026-H1" / release_id
    folder.mkdir(parents=True)
    said = {"release_id": release_id, "period_id": "2026-H1", "gate": {"verdict": "passed"}}
    (folder / "edition.json").write_text(json.dumps(said | {"frozen": {"publish_level": "funder"}}))


@pytest.mark.parametrize("came", [3, 12, -1])
def test_after__changes_of_a_wave(first: Path, later: Change, came: int) -> None:
    """Should let a change stand, or withhold it, with the score of either of its waves, and else show it."""
    score = f"update pub_capability_score set n_respondents = n_respondents + {came}, score = score + 3 where {AT}"
    series = "partner_id = 'beta' and capability = 'adapt_renew' and level = 'individual' and period_to = '2025-H2'"
    change = f"update pub_capability_change set n_to = n_to + {came}, diff = diff + 3 where {series}"
    shown = _read(first)
    now = after(_read(later("0002-bbbbbbbb", f"{score}; {change}")), [shown], MINIMUM)
    wanted = {"partner_id": "beta", "capability": "adapt_renew", "level": "individual", "period_id": "2025-H2"}
    (old,), (new,) = (one.tables["pub_capability_change"].filter(**wanted).to_dicts() for one in (shown, now))
    moved = {3: old["diff"], 12: pytest.approx(old["diff"] + 3), -1: None}
    assert new["diff"] == moved[came] and new["is_suppressed"] == (came < 0)
    # People followed may move where waves do not, and a wave may stand for what was shown of it before.
    alone = later("0003-bbbbbbbb", f"{score}; update pub_capability_change set diff = diff + 3 where {series}")
    (only,) = after(_read(alone), [shown], MINIMUM).tables["pub_capability_change"].filter(**wanted).to_dicts()
    assert only["diff"] == moved[came]


@pytest.mark.parametrize("came", [9, 10, -1, 0])
def test_after__one_group(first: Path, later: Change, came: int) -> None:
    """Should let a figure stand until ten answers came, withhold it when fewer than ten went, and else show it."""
    moved = f"update pub_capability_score set n_respondents = n_respondents + {came}, score = score + 3 where {AT}"
    shown = _read(first)
    n = _score(shown)["n_respondents"]
    now = after(_read(later("0002-bbbbbbbb", moved)), [shown], MINIMUM)
    row = _score(now)
    if 0 < came < MINIMUM:
        assert (row["n_respondents"], row["score"]) == (n, _score(shown)["score"])
    elif -MINIMUM < came < 0:
        assert (row["n_respondents"], row["score"], row["is_suppressed"]) == (None, None, True)
        assert row["n_suppressed_reason"] == "fewer answers moved than may be shown"
    else:
        assert row["score"] == pytest.approx(_score(shown)["score"] + 3)
    assert attack_all([cells(shown), cells(now)], MINIMUM).is_empty()


def test_after__a_pair_and_what_it_is_in(first: Path, later: Change) -> None:
    """Should leave all figures of a pair as they were, and the strata it is in, when three people of it came."""
    release = later(
        "0002-bbbbbbbb",
        f"update pub_health_dyad set n_a_of_b = n_a_of_b + 3, gap = gap + 5 where {PAIR};"
        "update pub_health_strata set n_respondents = 89, mean_score = 70",
    )
    shown, raw = _read(first), _read(release)
    now = after(raw, [shown], MINIMUM)
    for table in ("pub_health_dyad", "pub_partnership_health", "pub_health_strata", "pub_dual_tracking"):
        assert now.tables[table].equals(shown.tables[table]), table
    assert not raw.tables["pub_health_dyad"].equals(shown.tables["pub_health_dyad"])
    assert set(attack_all([cells(shown), cells(raw)], MINIMUM)["family"]) == {"health", "strata"}


@pytest.mark.parametrize(("came", "is_internal"), [(3, False), (3, True), (12, False), (-1, False)])
def test_after__the_number_of_forms(first: Path, later: Change, came: int, is_internal: bool) -> None:
    """Should tell how many forms came of partners only with the sides made of them, and to the house as it is."""
    release = later(
        "0002-bbbbbbbb",
        f"update pub_health_dyad set n_a_of_b = n_a_of_b + {came}, gap = gap + 5 where {PAIR} and not is_suppressed;"
        f"update pub_partnership_health set n_respondents = n_respondents + {came} where {PAIR} "
        "and rater_side = 'A_of_B' and not is_suppressed;"
        f"update pub_data_quality set submissions = submissions + {came} "
        "where period_id = '2025-H2' and submissions > 0",
    )
    shown, raw = _read(first), _read(release)
    now = after(raw, [shown], MINIMUM, is_internal=is_internal)
    asked = pl.col("submissions") > 0
    counts = [
        data.tables["pub_data_quality"].filter(asked).select("partner_id", "period_id", "submissions")
        for data in (shown, raw, now)
    ]
    at = {"partner_id": "alpha", "period_id": "2025-H2"}
    then, told, found = (frame.filter(**at)["submissions"].to_list() for frame in counts)
    assert then and then != told
    wanted = {3: then, 12: told, -1: []}
    assert found == (told if is_internal else wanted[came])
    other = ~pl.col("partner_id").is_in(["alpha", "beta"]) | (pl.col("period_id") != "2025-H2")
    assert counts[2].filter(other).equals(counts[1].filter(other)), "of others nothing stands"


def test_after__a_wave(first: Path, later: Change) -> None:
    """Should withhold the partner a person withdrew from and every total it is in, and leave the others as they are."""
    release = later(
        "0002-bbbbbbbb",
        "update pub_needs_baseline set n_respondents = n_respondents - 1, gap = gap + 1 "
        "where scope_id in ('alliance', 'gamma')",
    )
    now = after(_read(release), [_read(first)], MINIMUM).tables["pub_needs_baseline"]
    shown = now.filter(~pl.col("is_suppressed"))
    assert shown.select("scope_id", "n_respondents", "gap").rows() == [("delta", 41, 12.5)]
    reasons = dict(now.select("scope_id", "n_suppressed_reason").rows())
    assert reasons["alliance"] == reasons["gamma"] == "fewer answers moved than may be shown"


def test_editions__withdrawn_and_lowered_are_gone_and_told(later: Change, first: Path, tmp_path: Path) -> None:
    """Should show neither figure in the next edition, and count both in its restatements; again, byte for byte."""
    release = later(
        "0002-bbbbbbbb",
        f"update pub_capability_score set n_respondents = n_respondents - 1, score = score + 3 where {AT};"
        "delete from pub_story; delete from pub_quote;"
        "update pub_partnership_health set publish_level = 'internal' where dyad_id = 'alpha--beta';"
        "update pub_health_dyad set publish_level = 'internal' where dyad_id = 'alpha--beta';"
        "update pub_mutuality_dyad set publish_level = 'internal' where dyad_id = 'alpha--beta';"
        "update pub_mutuality_turning set publish_level = 'internal' where dyad_id = 'alpha--beta';"
        "update pub_network_period set publish_level = 'internal';"
        "update dim_dyad set publish_level = 'internal' where dyad_id = 'alpha--beta'",
    )
    out = tmp_path / "editions"
    _put(first.name, out)
    edition = _edition(release, out, sections=["capability", "health", "flow", "network", "learning", "changes"])
    book = openpyxl.load_workbook(edition.files["xlsx"])
    rows = list(book["Restatements"].iter_rows(min_row=2, values_only=True))
    told = {(str(row[0]).partition(",")[0], str(row[3]).partition(", ")[2]) for row in rows}
    withdrew = "answers or the consent to use them were withdrawn, by fewer people than may be shown"
    consent = "consent to publish was withdrawn, or it is not verified any more"
    level = "publish level was lowered"
    lowered = {("Health by side", f"their {level}"), ("Two-way flow", f"its {level}"), ("Network", f"its {level}")}
    assert {("Capability", withdrew), ("Stories", consent), ("Quotes", consent), *lowered} <= told
    assert not any(isinstance(value, int | float) for row in rows for value in row[1:3]), "no withdrawn number is told"
    everything = "\n".join(str(row) for sheet in book for row in sheet.iter_rows(values_only=True))
    assert "alpha--beta" not in everything
    assert set(verify(edition.folder, release)) == {path.name for path in edition.files.values()}


def test_editions__three_in_a_row(later: Change, first: Path, tmp_path: Path) -> None:
    """Should hold an edition against what was shown, not against what a release in between had: 5 and 6 are enough."""
    out = tmp_path / "editions"
    second = later("0002-bbbbbbbb", f"update pub_capability_score set n_respondents = n_respondents + 5 where {AT}")
    third = later("0003-cccccccc", f"update pub_capability_score set n_respondents = n_respondents + 11 where {AT}")
    _put(first.name, out)
    _put(second.name, out)
    _put("0001-bbbbbbbb", out)  # its release is gone
    _put(third.name, out, report="partner")
    before = went_out(out, third, "funder")
    lost = WentOut("0001-bbbbbbbb", "2026-H1", "funder", is_lost=True)
    kept = [WentOut(one.name, "2026-H1", "funder") for one in (first, second)]
    assert set(before) == {*kept, lost} and [one for one in before if not one.is_lost] == kept
    shown = [_read(third.parent / first.name)]
    shown.append(after(_read(second), shown, MINIMUM))
    n = _score(shown[0])["n_respondents"]
    assert _score(shown[1])["n_respondents"] == n
    assert _score(after(_read(third), shown, MINIMUM))["n_respondents"] == n + 11


@pytest.mark.parametrize("came", [3, 10])
def test_late__an_edition_approved_after_a_later_one(first: Path, later: Change, tmp_path: Path, came: int) -> None:
    """Should refuse what was held back once three more answers were shown in another edition; ten tell nobody."""
    moved = f"update pub_capability_score set n_respondents = n_respondents + {came}, score = score + 3 where {AT}"
    second, out = later("0002-bbbbbbbb", moved), tmp_path / "editions"
    newer = _edition(second, out)
    older = _edition(second.parent / first.name, out, gate=SimpleNamespace(max_held_share=0.0)).folder
    _put(second.name, out, report="unreadable")
    assert not newer.reasons
    if came >= MINIMUM:
        refuse_differences(older, out, second.parent)
        second.rename(tmp_path / "gone")
        with pytest.raises(TerminalError, match="needs their releases"):
            refuse_differences(older, out, second.parent)
        return
    with pytest.raises(TerminalError, match=f"beside the edition of 2026-H1 from release {second.name}"):
        refuse_differences(older, out, second.parent)


def test_editions__a_release_that_is_gone(first: Path, tmp_path: Path) -> None:
    """Should hold an edition, and make it again as it was, when nobody can tell any more what was shown before."""
    _put("0000-bbbbbbbb", tmp_path, report="other")
    held = _edition(first, tmp_path, sections=["capability"])
    [reason] = held.reasons
    assert reason.startswith("Releases that are gone, of which editions went out: 1.")
    assert set(verify(held.folder, first)) == {path.name for path in held.files.values()}
