"""A return report sets the partner beside the group, of published figures; a claim follows the interval."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from fake_release import make_release, make_report, make_workspace
from lxml import html
from printed import rounded
from published import LAST, data

from melflow.core.warehouse import RELEASE_FILE
from melflow.reports import words
from melflow.reports.answer import Answer
from melflow.reports.beside_group import blocks
from melflow.reports.context import Context
from melflow.reports.document import Figure, Sentences, Table
from melflow.reports.edition import Edition, render
from melflow.reports.group import FEWEST, groups
from melflow.reports.phrases import say

PARTNERS = {f"p{number}": f"Partner {number}" for number in range(7)}
PERIOD, MINE = "2026-H1", "p3"
SPREAD = "quantile_cont({0}, 0.25), quantile_cont({0}, 0.5), quantile_cont({0}, 0.75)"
NOW = f"period_id = '{PERIOD}' and not is_suppressed and publish_level in ('partners', 'funder', 'public')"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a release of seven partners; one score and one pair are agreed for fewer than the partners."""
    made = make_release(tmp_path_factory.mktemp("group") / "releases" / "0001-aaaaaaaa", PARTNERS, n_dyads=9)
    with duckdb.connect(str(made / RELEASE_FILE)) as con:
        con.execute("update pub_capability_score set publish_level = 'internal' where partner_id = 'p6'")
        con.execute("update pub_health_dyad set publish_level = 'internal' where dyad_id = 'p0--p5'")
    return made


def returned(release: Path, out: Path, sections: tuple[str, ...], *replies: Answer) -> Edition:
    report = make_report(
        name="return",
        audience="partner",
        publish_level="partners",
        names={},
        formats=["html", "xlsx"],
        sections=sections,
    )  # fmt: skip
    return render(release, report, make_workspace(), PERIOD, out, MINE, replies=replies)


@pytest.fixture(scope="module")
def edition(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return returned(release, tmp_path_factory.mktemp("returned"), ("capability", "health"))


def asked(release: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(release / RELEASE_FILE), read_only=True) as con:
        return con.execute(query).fetchall()


def scores(release: Path, *but: str) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return quartiles and partners of each capability and level, by another program than the edition's."""
    others = "".join(f"and partner_id <> '{one}' " for one in but)
    query = f"select capability, level, {SPREAD.format('score')}, count(distinct partner_id) from pub_capability_score "
    return {row[:2]: row[2:] for row in asked(release, f"{query} where {NOW} {others} group by all")}


def sheet(edition: Edition) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return section and what is rated -> own, n, quartiles, n of the group, of the workbook."""
    lines = list(openpyxl.load_workbook(edition.files["xlsx"])["Beside the group"].iter_rows(values_only=True))
    start = next(place for place, line in enumerate(lines) if line[0] == "section") + 1
    return {line[:2]: line[2:8] for line in lines[start:] if line[0]}


def printed(edition: Edition, title: str) -> list[list[str]]:
    page = html.fromstring(edition.files["html"].read_text("utf-8"))
    table = page.xpath(f"//table[contains(caption, '{title}')]")[0]
    return [[cell.text_content() for cell in row] for row in table.xpath("./tbody/tr")]


def test_group__equals_its_marts(release: Path, edition: Edition) -> None:
    """Should show own score and quartiles of all published scores, as the marts have them, in page and workbook."""
    own = asked(release, f"select capability, level, score, n_respondents from pub_capability_score where {NOW} "
                         f"and partner_id = '{MINE}'")  # fmt: skip
    found, wanted = sheet(edition), scores(release)
    rows = {(capability, level): (score, n) for capability, level, score, n in own}
    assert rows and {row[-1] for row in wanted.values()} == {5, 6}
    cells, page = printed(edition, "Own scores beside"), edition.files["html"].read_text("utf-8")
    for (capability, level), mine in rows.items():
        low, median, high, n = wanted[capability, level]
        assert found["capability", f"{capability}, {level}, self"] == pytest.approx((*mine, low, median, high, n))
        line = [rounded(mine[0]), rounded(median), f"{rounded(low)} to {rounded(high)}", str(n)]
        assert line in [[row[2], *row[4:]] for row in cells]
        told = f"own {line[0]}; all: median {line[1]}, middle half {line[2]}"
        assert told in page  # the point of the chart, and its text alternative


def test_group__pairs_equal_their_marts(release: Path, edition: Edition) -> None:
    """Should show the median of the own pairs beside that of all pairs with both views published."""
    query = f"select dimension, median(mean_of_sides), count(*), {SPREAD.format('mean_of_sides')} from pub_health_dyad"
    every = {row[0]: row[1:] for row in asked(release, f"{query} where {NOW} group by all")}
    mine = {row[0]: row[1:3] for row in asked(
        release, f"{query} where {NOW} and '{MINE}' in (split_part(dyad_id, '--', 1), split_part(dyad_id, '--', 2)) "
                 "group by all")}  # fmt: skip
    found = sheet(edition)
    assert len(mine) == 4
    for dimension, (own, n) in mine.items():
        _, of, low, median, high = every[dimension]
        assert found["health", dimension] == pytest.approx((own, n, low, median, high, of))


def test_group__of_what_may_be_shown(release: Path, edition: Edition, tmp_path: Path) -> None:
    """Should be the same whatever is withheld or agreed for fewer, and leave out a figure another partner had held."""
    other = tmp_path / "releases" / release.name
    other.mkdir(parents=True)
    (other / RELEASE_FILE).write_bytes((release / RELEASE_FILE).read_bytes())
    with duckdb.connect(str(other / RELEASE_FILE)) as con:
        con.execute("update pub_capability_score set score = 1 where is_suppressed or publish_level = 'internal'")
        con.execute("update pub_health_dyad set mean_of_sides = 1 where is_suppressed or publish_level = 'internal'")
    told = ("adapt_renew", "individual")
    keys = dict(zip(("capability", "level"), told, strict=True))
    keys |= {"partner_id": "p5", "rater": "self", "instrument_id": "capability_survey"}
    held = Answer("p5", "pub_capability_score", json.dumps(keys), "objection", "No.", "2026-07-02", is_held=True)
    before, now = sheet(edition), sheet(returned(other, tmp_path / "other", ("capability",), held))
    place = ("capability", f"{', '.join(told)}, self")
    assert {key: row for key, row in now.items() if key != place} == {
        key: row for key, row in before.items() if key[0] == "capability" and key != place
    }
    assert now[place] != before[place] and now[place][2:] == pytest.approx(scores(release, "p5")[told])


def test_group__only_in_a_return_report(release: Path, edition: Edition) -> None:
    """Should stand in no other edition, and name nobody who is not a partner of the own pairs."""
    whole = data(_rows(FEWEST, 40.0, 60.0))
    assert blocks(Context(whole, words.find(whole, "en", 10), "en", 10), "capability") == []
    own = edition.files["html"].read_text("utf-8")
    pairs = [key for (key,) in asked(release, "select dyad_id from dim_dyad") if MINE in key.split("--")]
    known = {one for key in pairs for one in key.split("--")} | {MINE}
    assert not [key for key, name in PARTNERS.items() if key not in known and name in own] and len(known) < 7


def _rows(n: int, low: float, high: float) -> dict[str, list[dict[str, Any]]]:
    grain = {"capability": "trust", "level": "trust", "rater": "self", "period_id": LAST.period_id}
    return {"pub_capability_score": [
        grain | {"partner_id": f"p{number}", "score": 50.0 + number, "n_respondents": 20,
                 "ci_low": low if number == 0 else 0.0, "ci_high": high if number == 0 else 99.0}
        for number in range(n)]}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "es", "fr"])
@pytest.mark.parametrize(("low", "high", "way"), [(53.0, 60.0, "above"), (40.0, 51.0, "below"), (40.0, 52.0, "unclear"),
                                                  (52.0, 60.0, "unclear")])  # fmt: skip
def test_words__follow_the_interval(language: str, low: float, high: float, way: str) -> None:
    """Should say "clearly" only where the interval of the own score leaves out the median, which is 52."""
    said, figure, table = _blocks(_rows(FEWEST, low, high), language)
    told = {one: _say(language, f"group.part.{one}", 1) for one in ("above", "below", "unclear")}
    assert isinstance(said, Sentences) and [one for one in told if told[one] in said.items[0]] == [way]
    assert isinstance(figure, Figure) and "52" in figure.alt and isinstance(table, Table) and "52" in table.rows[0]


def test_words__fewer_are_no_group() -> None:
    """Should give no median of fewer than five, and say why."""
    said, _, table = _blocks(_rows(FEWEST - 1, 40.0, 60.0), "en")
    assert isinstance(said, Sentences) and "fewer than 5 partners" in said.items[0]
    assert isinstance(table, Table) and table.rows[0][4:] == ("\N{EN DASH}", "\N{EN DASH}", "4") and table.note


def _blocks(tables: dict[str, list[dict[str, Any]]], language: str) -> list[Any]:
    whole = data(tables)
    mine = replace(data({"pub_capability_score": tables["pub_capability_score"][:1]}), group=groups(whole))
    return blocks(Context(mine, words.find(mine, language, 10), language, 10), "capability")


def _say(language: str, key: str, n: int) -> str:
    return say(language, key, n=n)
