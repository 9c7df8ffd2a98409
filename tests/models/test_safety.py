"""What was really built for publication is attacked: nothing hidden can be worked out (F40)."""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from published_alliances import MINIMUM, needs_shown, publish, release, sides_shown, unlink, wholes_shown
from thousand_alliances import Alliances

from melflow.core.errors import TerminalError
from melflow.core.statistics.attack import attack
from melflow.core.statistics.sequence import attack_all
from melflow.core.warehouse import connect
from melflow.flows.safety import leaks, refuse_leaks
from melflow.flows.safety_cells import acts, people
from melflow.flows.safety_cells import sides as sides_told
from melflow.reports import linked
from melflow.reports.edition_data import EditionData
from melflow.reports.history import after
from melflow.reports.read import read


def test_sums__nothing_can_be_worked_out(built: Path) -> None:
    """Should solve the equations of everything that adds up and pin nothing, though something is hidden in each."""
    cells = people(built, "partners")
    assert set(cells.filter(pl.col("n").is_null())["family"]) == {"needs", "feedback", "entries", "roles", "sides"}
    assert attack(cells, MINIMUM).is_empty()
    refuse_leaks(built, MINIMUM)


def test_attack__thousand_small_alliances_over_three_releases(built: Path, tmp_path: Path) -> None:
    """Should find nothing in 1,000 alliances over all that was shown of them, and what is planted without the rule."""
    alliances = Alliances(1000, np.random.default_rng(20240701))
    assert set(alliances.partners.group_by("alliance").len()["len"]) == set(range(3, 16))
    agreed = alliances.dyads.select("dyad_id", "publish_level")
    shown: list[EditionData] = []
    unsafe: list[EditionData] = []
    seen: dict[str, list[pl.DataFrame]] = defaultdict(list)
    for number in range(3):
        if number:
            alliances.move_on()
        warehouse = publish(built, alliances.tables(), tmp_path / f"{number}")
        if number == 1:  # of the last one all are, below
            assert attack(sides_told(warehouse, "funder"), MINIMUM).is_empty()
        folder = release(warehouse, tmp_path / "releases" / f"{number:04}-aaaaaaaa")
        data = read(folder, "0999", "funder", {}, only=linked.TABLES)
        shown.append(after(data, shown, MINIMUM))
        unsafe.append(data)
        raw = replace(shown[-1], tables={**shown[-1].tables, linked.FORMS: data.tables[linked.FORMS]})
        seen["acts"].append(acts(warehouse, "funder"))
        seen["needs"].append(needs_shown(shown[-1]))
        for name, edition in (("shown", shown[-1]), ("raw", raw)):  # raw: forms are told as they are
            seen[f"sides {name}"].append(sides_shown(warehouse, edition))
            seen[f"wholes {name}"].append(wholes_shown(edition))
    assert leaks(warehouse, MINIMUM).is_empty()
    cells = [linked.cells(data) for data in shown]
    assert attack_all(cells, MINIMUM).is_empty()
    made = {"capability", "entries", "expectations", "feedback", "health", "needs", "strata"}
    assert made == set(pl.concat(cells).filter(pl.col("n").is_null())["family"])
    assert cells[2]["n"].count() > 0.4 * cells[2].height, "most of it is still told"
    some = (pl.col("unit") < "0100") | pl.col("family").is_in(["capability", "entries"])
    # As if nothing had been shown before
    found = attack_all([linked.cells(data).filter(some) for data in unsafe], MINIMUM).filter(what="difference")
    assert found.filter(family="needs")["unit"].n_unique() > 50
    assert found.filter(family="capability")["unit"].n_unique() > 50
    assert "entries" in set(found["family"])
    assert attack_all(seen["needs"], MINIMUM).is_empty()
    assert attack_all(seen["sides shown"], MINIMUM).is_empty()
    assert attack_all(seen["sides raw"], MINIMUM)["unit"].n_unique() > 50
    # Forms are their roles, told one by one: eleven who came and twelve, and fourteen who went, are no group of nine.
    assert attack_all(seen["wholes shown"], MINIMUM).filter(pl.col("cell") != "forms").is_empty()
    for family in ("expectations", "feedback"):
        assert attack_all(seen["wholes raw"], MINIMUM).filter(family=family)["unit"].n_unique() > 50, family
    assert attack_all(seen["acts"], 1).is_empty()
    levels = alliances.dyads.join(agreed, on="dyad_id").filter(pl.col("publish_level") != pl.col("publish_level_right"))
    lowered = set(levels["alliance"])
    unlink(built, warehouse)
    found = leaks(warehouse, MINIMUM)
    told = attack_all([*seen["acts"][:2], acts(warehouse, "funder")], 1).filter(pl.col("high") - pl.col("low") < 1)
    for family, planted in _planted(alliances).items():
        assert len(planted) > 50
        assert planted <= set(found.filter(family=family)["unit"]), family
        if family in ("flows", "meetings"):  # what was shown itself before, the total does not tell
            new = {unit for unit in planted if unit[:4] not in lowered}
            assert len(new) > 50
            assert new <= set(told.filter(family=family)["unit"]), family


def _planted(alliances: Alliances) -> dict[str, set[str]]:
    """Return the alliances in which something hidden is what is left of a sum when all else is taken away."""
    people, pairs = alliances.partners, alliances.dyads
    small = (pl.col("n") < MINIMUM).sum()
    one_small = people.group_by("alliance").agg(small=small).filter(small=1)
    sides = pl.concat(
        [pairs.select("alliance", who=f"partner_{at}", n=f"n_{at}", level="publish_level") for at in "ab"]
    )
    hidden = ((pl.col("n") < MINIMUM) | (pl.col("level") == "internal")).sum()
    one_side = (
        sides.group_by("alliance", "who")
        .agg(hidden=hidden, small=small, n=pl.len())
        .filter(pl.col("n") > 1, hidden=1, small=1)
    )
    narrow = pairs.filter(pl.col("ab") + pl.col("ba") > 0).group_by("alliance").agg(
        n=(pl.col("publish_level") == "internal").sum()
    ).filter(n=1)  # fmt: skip
    met = pairs.group_by("alliance").agg(n=(pl.col("publish_level") == "internal").sum()).filter(n=1)
    are_told = people.group_by("alliance").agg(pl.col("told").min()).filter(pl.col("told") >= MINIMUM)
    roles = alliances.by_role().group_by("period_id").agg(small=small, n=pl.len()).filter(pl.col("n") > 2, small=1)
    return {
        "needs": set(one_small["alliance"]),
        "roles": set(roles["period_id"]) & set(are_told["alliance"]),
        "sides": set(one_side["alliance"]),
        "flows": {f"{alliance}|events|all" for alliance in narrow["alliance"]},
        "meetings": {f"{alliance}|hosting" for alliance in met["alliance"]},
    }


def test_sums__a_planted_leak_is_refused(built: Path, tmp_path: Path) -> None:
    """Should refuse to publish when what is hidden for another's sake is shown, and say where without the number."""
    leaking = tmp_path / "warehouse.duckdb"
    shutil.copy(built, leaking)
    with connect(leaking) as con:
        con.execute(
            "update publish.pub_needs_baseline as pub set is_suppressed = false, n_suppressed_reason = null, "
            "n_respondents = marts.n_respondents from marts.mart_needs_baseline as marts where pub.scope = marts.scope "
            "and pub.scope_id = marts.scope_id and pub.topic = marts.topic and pub.period_id = marts.period_id "
            "and pub.scope || ' ' || pub.scope_id in (select cell from intermediate.int_cells_hidden "
            "where family = 'needs' and hidden_because = 'complementary')"
        )
    with pytest.raises(TerminalError, match="pub_needs_baseline, 2024-H2: no hidden number"):
        refuse_leaks(leaking, MINIMUM)


def test_sums__the_number_of_forms_tells_nobody(built: Path, tmp_path: Path) -> None:
    """Should hide how many forms came of partners that are hidden in a wave of needs, and refuse when it is told."""
    leaking = tmp_path / "warehouse.duckdb"
    shutil.copy(built, leaking)
    of = "source = 'needs' and period_id = '2024-H2'"
    with connect(leaking) as con:
        hidden = con.execute(f"select partner_id from intermediate.int_quality_hidden where {of} order by 1").fetchall()
        assert hidden == [("east",), ("north",), ("south",)]
        shown = f"select count(*) from publish.pub_data_quality where {of} and submissions is not null"
        assert con.execute(shown).fetchone() == (0,)
        con.execute(
            "update publish.pub_data_quality as pub set is_suppressed = false, n_suppressed_reason = null, "
            f"submissions = marts.submissions from (from marts.mart_data_quality where {of}) as marts where "
            "pub.partner_id = marts.partner_id and pub.source = marts.source and pub.period_id = marts.period_id"
        )
    with pytest.raises(TerminalError, match="pub_needs_baseline, 2024-H2: no hidden number"):
        refuse_leaks(leaking, MINIMUM)


def test_pairs__no_hidden_side_is_in_the_span_of_what_is_shown(built: Path) -> None:
    """Should leave every hidden view of a pair undetermined by the sides, means, gaps and composites that are shown."""
    with connect(built) as con:
        sides = con.execute(
            "select dyad_id, period_id, rater_side, dimension, is_suppressed from publish.pub_partnership_health "
            "where rater_side in ('A_of_B', 'B_of_A') order by all"
        ).pl()
        pairs = con.execute(
            "select dyad_id, period_id, dimension, is_suppressed, score_a_of_b is not null as has_a, "
            "score_b_of_a is not null as has_b, mean_of_sides is not null as has_both from publish.pub_health_dyad "
            "order by all"
        ).pl()
    checked = 0
    for key, of in sides.partition_by("dyad_id", "period_id", as_dict=True).items():
        unknown = {row: number for number, row in enumerate(of.select("rater_side", "dimension").unique().rows())}
        shown = [
            [(unknown[row["rater_side"], row["dimension"]], 1.0)] for row in of.to_dicts() if not row["is_suppressed"]
        ]
        dimensions = [dimension for side, dimension in unknown if side == "A_of_B" and ("B_of_A", dimension) in unknown]
        for row in pairs.filter(dyad_id=key[0], period_id=key[1]).to_dicts():
            of_row = dimensions if row["dimension"] == "composite" else [row["dimension"]]
            both = [
                [(unknown[side, dimension], 1.0) for dimension in of_row if (side, dimension) in unknown]
                for side in ("A_of_B", "B_of_A")
            ]
            shown += [terms for terms, has in zip(both, (row["has_a"], row["has_b"]), strict=True) if has]
            if row["has_both"]:  # the mean of both; the gap has the same two unknowns
                shown += [[*both[0], *both[1]], [*both[0], *((number, -1.0) for number, _ in both[1])]]
        left = np.zeros((max(len(shown), 1), len(unknown)))
        for number, terms in enumerate(shown):
            for column, sign in terms:
                left[number, column] = sign
        determined = np.diag(np.linalg.pinv(left) @ left) > 1 - 1e-9
        for row in of.filter("is_suppressed").to_dicts():
            checked += 1
            assert not determined[unknown[row["rater_side"], row["dimension"]]], (key, row)
    assert checked
