"""No hidden number can be worked out from what is published, over everything that was published (F40)."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from melflow.core.statistics.attack import attack, attack_two
from melflow.core.statistics.history import MOVED, SAME, STANDS, WITHHELD, after, against, settle, verdicts
from melflow.core.statistics.suppression import COMPLEMENTARY, PRIMARY, hidden_cells

MINIMUM = 10
KEY = ["family", "unit", "cell"]
Alliance = dict[str, tuple[str, list[int]]]


def cells_of(alliance: Alliance, unit: str = "2025-H1") -> pl.DataFrame:
    """Return partners (partner -> country, people by topic) as linked cells: partners, countries, the alliance."""
    rows: list[tuple[str, str | None, str, int]] = []
    for column in range(len(next(iter(alliance.values()))[1])):
        countries: dict[str, int] = {}
        for partner, (country, people) in alliance.items():
            if people[column]:
                rows.append((partner, country, str(column), people[column]))
                countries[country] = countries.get(country, 0) + people[column]
        rows += [(country, "alliance", str(column), n) for country, n in countries.items()]
        rows.append(("alliance", None, str(column), sum(countries.values())))
    frame = pl.DataFrame(rows, schema=["cell", "parent", "item", "n"], orient="row")
    return frame.with_columns(family=pl.lit("needs"), unit=pl.lit(unit))


def published(cells: pl.DataFrame) -> pl.DataFrame:
    """Return the cells as one publication shows them."""
    marked = cells.join(hidden_cells(cells, MINIMUM), on=KEY, how="left")
    return marked.with_columns(n=pl.when(pl.col("hidden_because").is_null()).then("n"))


def leaking(cells: pl.DataFrame, hidden: pl.DataFrame) -> pl.DataFrame:
    """Return the cells as they would be with the complementary rule switched off: only the small ones are hidden."""
    why = hidden.select(*KEY, "item", hidden_because=pl.col("hidden_because").replace(COMPLEMENTARY, None))
    marked = cells.join(why, on=[*KEY, "item"])
    return marked.with_columns(n=pl.when(pl.col("hidden_because").is_null()).then("n"))


def some_alliance(dice: np.random.Generator) -> Alliance:
    """Return 3 to 15 partners in countries, with people by topic; a few skip a topic."""
    size = int(dice.integers(3, 16))
    topics = int(dice.integers(1, 3))
    people = dice.integers(1, 30, size)
    countries = dice.integers(0, max(1, size // 2), size)
    skipped = dice.integers(0, 3, (size, topics)) * (np.arange(topics) > 0)
    counts = np.maximum(people[:, None] - skipped, 1)
    return {f"p{k:02}": (f"c{countries[k]}", counts[k].tolist()) for k in range(size)}


def later(alliance: Alliance, dice: np.random.Generator) -> Alliance:
    """Return the alliance some time later: nothing new, late answers, consent withdrawn, or a wave of new people."""
    kind = dice.choice(["nothing", "late", "withdrawn", "wave", "mixed"])
    changed = {}
    for partner, (country, people) in alliance.items():
        moves = {"nothing": 0, "late": int(dice.integers(0, 4)), "withdrawn": -int(dice.integers(0, 2)),
                 "wave": int(dice.choice([0, 10, 25])), "mixed": int(dice.integers(-3, 15))}  # fmt: skip
        changed[partner] = (country, [max(n + moves[str(kind)], 1) for n in people])
    return changed


def test_attack__thousand_small_alliances_over_three_releases() -> None:
    """Should find nothing in 1,000 alliances of 3 to 15 partners, published three times; and much without the rule."""
    dice = np.random.default_rng(20240701)
    alliances = [some_alliance(dice) for _ in range(1000)]
    assert {len(alliance) for alliance in alliances} == set(range(3, 16))
    shown: list[pl.DataFrame] = []
    for release in range(3):
        alliances = [later(alliance, dice) for alliance in alliances] if release else alliances
        cells = pl.concat([cells_of(alliance, f"{k:04}") for k, alliance in enumerate(alliances)])
        alone = published(cells)
        if not release:
            planted = attack(leaking(cells, alone), MINIMUM)
            assert planted["unit"].n_unique() > 500 and set(planted["what"]) == {"pinned", "small group"}
        now = after(alone, shown, MINIMUM)
        assert attack(now, MINIMUM).is_empty()
        for before in shown:
            assert attack_two(before, now, MINIMUM).is_empty()
            planted = attack_two(before, alone, MINIMUM)  # as if nothing had been shown before
            assert set(planted["what"]) >= {"difference", "small group"}
        shown.append(now)
    assert shown[2].filter(pl.col("n").is_not_null()).height > 0.3 * shown[2].height


@pytest.mark.parametrize(
    ("people", "hidden"),
    [
        ({"a": 30, "b": 20, "c": 40}, {}),
        # The alliance less the others would be the five; the smallest of the others goes too.
        ({"a": 5, "b": 20, "c": 40}, {"a": PRIMARY, "b": COMPLEMENTARY}),
        # Two small ones together are fewer than may be shown.
        ({"a": 1, "b": 2, "c": 12, "d": 40}, {"a": PRIMARY, "b": PRIMARY, "c": COMPLEMENTARY}),
        # Eighteen of two that are fewer than ten each: both are nine.
        ({"a": 9, "b": 9, "c": 12, "d": 40}, {"a": PRIMARY, "b": PRIMARY, "c": COMPLEMENTARY}),
        ({"a": 9, "b": 2, "c": 12, "d": 40}, {"a": PRIMARY, "b": PRIMARY}),
    ],
)
def test_hidden_cells__by_hand(people: dict[str, int], hidden: dict[str, str]) -> None:
    """Should hide the fewest cells by which nothing small can be worked out, each with its reason."""
    rows = [(name, "all", "recommend", n) for name, n in people.items()] + [
        ("all", None, "recommend", sum(people.values()))
    ]
    cells = pl.DataFrame(rows, schema=["cell", "parent", "item", "n"], orient="row").with_columns(
        family=pl.lit("feedback"), unit=pl.lit("2025-H1")
    )
    found = {row["cell"]: row["hidden_because"] for row in hidden_cells(cells, MINIMUM).to_dicts()}
    assert found == hidden


def test_hidden_cells__a_country_hidden_for_another_hides_one_of_its_partners() -> None:
    """Should not leave a hidden country to be added up from its partners."""
    cells = cells_of({"a": ("BJ", [8]), "b": ("PE", [12]), "c": ("PE", [11]), "d": ("SN", [40])})
    found = {row["cell"]: row["hidden_because"] for row in hidden_cells(cells, MINIMUM).to_dicts()}
    assert found == {"a": PRIMARY, "BJ": PRIMARY, "PE": COMPLEMENTARY, "c": COMPLEMENTARY}


def test_hidden_cells__nested() -> None:
    """Should hide a partner beside the small one of its country, a country beside the small one, and one of its own."""
    people = {"a": ("K", [6]), "b": ("K", [30]), "c": ("K", [19]), "d": ("S", [5]), "e": ("P", [20])}
    found = hidden_cells(cells_of(people), MINIMUM)
    assert set(found.filter(hidden_because=PRIMARY)["cell"]) == {"a", "d", "S"}
    assert set(found.filter(hidden_because=COMPLEMENTARY)["cell"]) == {"c", "e", "P"}


@pytest.mark.parametrize(
    ("then", "now", "verdict"),
    [
        ([30, 20], [30, 20], SAME),
        ([30, 20], [45, 30], MOVED),
        ([30, 20], [31, 20], STANDS),  # one late answer would be the difference of the two
        ([30, 20], [45, 21], STANDS),  # also beside others: both less the fifteen
        ([30, 20], [29, 20], WITHHELD),  # consent withdrawn: the old figure holds what was said
        ([30, 8], [30, 12], STANDS),  # the eight would be what the alliance was less the thirty
    ],
)
def test_settle__linked_cells_move_together(then: list[int], now: list[int], verdict: str) -> None:
    """Should let figures move by nobody or by as many as may be shown, and leave nothing of somebody who withdrew."""
    parts = [
        pl.concat([published(cells_of({"a": ("PE", [n[0]]), "b": ("PE", [n[1]]), "c": ("PE", [25])}))])
        for n in (then, now)
    ]
    [found] = verdicts(against(parts[1], parts[0]), MINIMUM)["verdict"]
    assert found == verdict
    assert attack_two(parts[0], parts[1], MINIMUM).is_empty() == (verdict in (SAME, MOVED))
    settled = settle(parts[1], parts[:1], MINIMUM)
    assert settled.kept.height == (verdict in (STANDS, WITHHELD))
    assert set(settled.withheld["cell"]) == ({"a", "PE", "alliance"} if verdict == WITHHELD else set())
