"""No hidden number can be worked out from what is published, over everything that was published (F40)."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from melflow.core.statistics.attack import attack
from melflow.core.statistics.history import MOVED, SAME, STANDS, WITHHELD, against, settle, stand, verdicts
from melflow.core.statistics.sequence import attack_all, settle_safely
from melflow.core.statistics.suppression import COMPLEMENTARY, EITHER, PRIMARY, hidden_cells

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


def published(cells: pl.DataFrame, minimum: int = MINIMUM) -> pl.DataFrame:
    """Return the cells as one publication shows them."""
    marked = cells.join(hidden_cells(cells, minimum), on=KEY, how="left")
    return marked.with_columns(n=pl.when(pl.col("hidden_because").is_null()).then("n"))


def wave(shown: dict[str, int | None], total: str = "all") -> pl.DataFrame:
    """Return one publication of parts and their sum; None: hidden for another's sake."""
    rows = [(name, total if name != total else None, n, None if n else COMPLEMENTARY) for name, n in shown.items()]
    schema = {"cell": pl.String, "parent": pl.String, "n": pl.Int64, "hidden_because": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(family=pl.lit("feedback"), unit=pl.lit("2025-H1"), item=pl.lit("recommend"))


def told(*shown: pl.DataFrame) -> set[tuple[str, float]]:
    """Return what is found in publications, with the number."""
    return {(row["what"], row["low"]) for row in attack_all(shown, MINIMUM).to_dicts()}


def test_attack_all__a_group_two_publications_tell_of_in_different_ways() -> None:
    """Should tell how many came to a and b, once known from the total and once from themselves."""
    first = wave({"all": 100, "a": None, "b": None, "c": 70})
    second = wave({"all": None, "a": 15, "b": 18, "c": None, "d": None})
    assert told(first) == told(second) == set()
    assert told(first, second) == {("difference", 3.0)}


def test_attack_all__a_sum_that_does_not_hold() -> None:
    """Should tell by how few a sum moved though its parts did not: those who came are in none of them."""
    parts = {"all": 60, "a": 20, "b": 30}
    assert told(wave(parts), wave(parts | {"all": 63})) == {("difference", 3.0)}
    assert told(wave(parts), wave(parts | {"all": 70})) == set()


def test_attack_all__what_no_two_publications_tell() -> None:
    """Should take three publications of the same people for one, and find the cell that no two of them give away."""
    parts = {"all": 100, "a": None, "b": None, "c": None, "d": 20}
    shown = [wave(parts), wave(parts | {"b": 30}), wave(parts | {"c": 37})]
    for one, other in ((0, 1), (0, 2)):
        assert told(shown[one], shown[other]) == set()
    assert told(*shown) == {("pinned", 13.0)}


def test_settle_safely__stands_where_the_rules_let_something_pass() -> None:
    """Should leave a unit as it was shown last where all publications together give a group away, and not else."""
    first = wave({"all": 100, "a": None, "b": None, "c": 70})
    second = wave({"all": None, "a": 15, "b": 18, "c": None, "d": None})
    assert settle(second, [first], MINIMUM).kept.is_empty()
    assert settle_safely(second, [first], MINIMUM).kept.rows() == [("feedback", "2025-H1")]
    third = wave({"all": None, "a": 25, "b": 18, "c": None, "d": None})
    assert settle_safely(third, [first], MINIMUM).kept.is_empty()


def test_settle_safely__all_is_withheld_where_standing_is_not_enough() -> None:
    """Should withhold a whole unit when what stands of it still tells the number somebody left."""
    first = wave({"all": 60, "a": 20, "b": 40})
    left = wave({"all": 60, "a": 20, "b": 39})  # somebody is in the sum, and in no part
    assert settle(left, [first], MINIMUM).withheld["cell"].to_list() == ["b"]
    settled = settle_safely(left, [first], MINIMUM)
    assert settled.withheld["cell"].to_list() == ["a", "all", "b"]
    assert stand(left, [first], settled)["n"].null_count() == 3


@pytest.mark.parametrize("minimum", [5, 10])
def test_attack__what_the_reason_of_a_small_wave_tells(minimum: int) -> None:
    """Should pin the few of a wave by "fewer than" beside how many groups they are in, and not by one common reason."""
    alliance: Alliance = {f"p{n}": ("PE", [1 + (n == 0)]) for n in range(minimum - 2)}
    cells = cells_of(alliance)
    shown = published(cells, minimum)
    assert shown["n"].null_count() == shown.height, "nobody is shown"
    found = attack(shown, minimum)
    assert {"alliance", "PE"} <= set(found["cell"])
    assert attack(_unsaid(shown), minimum).is_empty()


@pytest.mark.parametrize("minimum", [5, 10])
def test_attack__common_reason_of_any_wave(minimum: int) -> None:
    """Should find nothing in waves of any size when no reason says which group is small."""
    dice = np.random.default_rng(9)
    waves = [
        cells_of({f"p{n}": (f"c{n % 3}", [int(dice.integers(1, 3 * minimum))]) for n in range(size)}, f"{size}.{draw}")
        for size in range(2, 12) for draw in range(6)
    ]  # fmt: skip
    shown = _unsaid(published(pl.concat(waves), minimum))
    assert 0.2 * shown.height < shown["n"].count() < shown.height
    assert attack(shown, minimum).is_empty()


def _unsaid(shown: pl.DataFrame) -> pl.DataFrame:
    """Return cells as tables say it: not whether a group is small or hidden for one that is."""
    return shown.with_columns(hidden_because=pl.when(pl.col("n").is_null()).then(pl.lit(EITHER)))


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
    assert attack_all(parts, MINIMUM).is_empty() == (verdict in (SAME, MOVED))
    settled = settle(parts[1], parts[:1], MINIMUM)
    assert settled.kept.height == (verdict in (STANDS, WITHHELD))
    assert set(settled.withheld["cell"]) == ({"a", "PE", "alliance"} if verdict == WITHHELD else set())
