from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melflow.sources import hxl
from melflow.sources.columns import find_header, header_problems
from melflow.sources.payload import Origin
from melflow.sources.tables import Sheet, read_tables

ORIGIN = Origin("results", "inbox/r.csv", "results-1", datetime(2025, 1, 1, tzinfo=UTC))
MAPPED = {"indicator_id": "Indicator", "actual": "Actual", "partner": "Organisation"}
Rows = list[list[str]]


def _sheet(rows: Rows) -> Sheet:
    width = max(len(row) for row in rows)
    lines = (
        ",".join('"' + cell.replace('"', '""') + '"' if cell else "" for cell in row + [""] * (width - len(row)))
        for row in rows
    )
    return read_tables(ORIGIN, ("\n".join(lines) + "\n").encode()).sheets[0]


NOISE = st.lists(
    st.lists(
        st.sampled_from(["", "Learning alliance", "2024", "Actual", "draft", "#1", "12,5"]), min_size=1, max_size=3
    ),
    max_size=30,
)


@given(
    noise=NOISE,
    offset=st.integers(0, 5),
    order=st.permutations(["Indicator", "Actual", "Organisation", "Remark"]),
    notes=NOISE,
    above=st.sampled_from([0, 0, 1, 40, 59, 60, 61, 62, 63, 64, 200]),
)
def test_find_header__anywhere(noise: Rows, offset: int, order: list[str], notes: Rows, above: int) -> None:
    """Should find the header below any titles, at any column, in any order, whatever stands below the table."""
    header = [*[""] * offset, *(f" {text.upper()}\n" for text in order)]
    data = [[*[""] * offset, "IND-1", "7", "North", "x"]]
    found = find_header(_sheet([["x"], *[["Remark", "Actual"]] * above, *noise, header, *data, *notes]), MAPPED)
    assert found.row == 2 + above + len(noise) and not found.missing and not found.doubled
    assert found.columns == {meaning: offset + order.index(text) for meaning, text in MAPPED.items()}


TWO_ROWS = [
    ["Results of the alliance"],
    ["Indicator", "Organisation", "2024", "", "2025", "2025"],
    ["", "", "target", "actual", "target", "actual"],
    ["IND-1", "North", "10", "7", "12", "9"],
]


@pytest.mark.parametrize(
    ("text", "place"), [("2024 target", 2), ("2024 ACTUAL", 3), ("2025 target", 4), ("2025  actual", 5)]
)
def test_find_header__two_rows(text: str, place: int) -> None:
    """Should join the texts of two rows, one above standing for the columns to its right."""
    found = find_header(_sheet(TWO_ROWS), {"indicator_id": "Indicator", "partner": "Organisation", "actual": text})
    assert (found.row, found.columns["actual"], found.columns["partner"], found.missing) == (3, place, 1, ())


def test_find_header__text_above_several_columns_is_refused() -> None:
    """Should say that a text stands twice, rather than take the first column."""
    mapped = {"indicator_id": "Indicator", "partner": "Organisation", "actual": "actual"}
    found = find_header(_sheet(TWO_ROWS), mapped)
    (problem,) = header_problems(ORIGIN, found, mapped)
    assert found.doubled == {"actual": (3, 5)} and "columns D, F" in str(problem) and "'2024 target'" in str(problem)


def test_find_header__lower_row_alone() -> None:
    """Should map by the lower row where its text stands once."""
    rows = [["About", "", "Figures"], ["Indicator", "Organisation", "Actual"], ["IND-1", "North", "7"]]
    assert find_header(_sheet(rows), MAPPED).row == 2


def test_find_header__data_that_repeats_the_header_is_no_header() -> None:
    """Should prefer one row over two, and the first over later ones."""
    rows = [["Indicator", "Organisation", "Actual"], ["IND-1", "", ""], ["Indicator", "Organisation", "Actual"]]
    assert find_header(_sheet(rows), MAPPED).row == 1


TAGGED = [
    ["Where", "", "Who", "How many"],
    ["Province", "No tag", "Organisation", "People"],
    ["#adm1", "", "#org +name", "#reached+f+children"],
    ["Coast", "x", "North", "100"],
]


@pytest.mark.parametrize(
    "mapped",
    [
        {"partner": "#org+name", "actual": "#reached+children+f"},
        {"partner": "#org", "actual": "#Reached"},
        {"partner": "Organisation", "actual": "#reached+f"},
        {"partner": "Organisation", "actual": "People"},
        {"partner": "Who Organisation", "actual": "How many People"},
    ],
)
def test_find_header__tags(mapped: dict[str, str]) -> None:
    """Should map by tag, by text or by both; the row of tags is never data."""
    sheet = _sheet(TAGGED)
    found = find_header(sheet, mapped)
    assert found.columns == {"partner": 2, "actual": 3} and found.row == 3
    assert sheet.below(found.row)["c0"].to_list() == ["Coast"]


def test_find_header__tag_of_two_columns() -> None:
    """Should refuse a tag that fits two columns, and take the column that has it to the letter."""
    rows = [["#org", "#reached+f", "#reached+m", "#reached"], ["North", "1", "2", "3"]]
    assert find_header(_sheet(rows), {"a": "#reached"}).columns == {"a": 3}
    rows[0][3] = "#affected"
    assert find_header(_sheet(rows), {"a": "#reached"}).doubled == {"a": (1, 2)}


@pytest.mark.parametrize("text", ["# of people", "#1", "#", "org", "#org name", None])
def test_tag__other_texts(text: str | None) -> None:
    """Should take only tags for tags."""
    assert hxl.tag(text) is None


@given(st.permutations(["f", "children", "urban"]))
def test_tag__order_means_nothing(attributes: list[str]) -> None:
    """Should read attributes in any order, with any spaces."""
    assert hxl.tag("#Targeted +" + " + ".join(attributes)) == hxl.tag("#targeted+children+f+urban")


def test_unmapped__joined_texts_on_one_line(origin: Callable[..., Origin]) -> None:
    """Should list what nobody mapped without line breaks."""
    found = find_header(_sheet([["Indicator", "Actual", "Organisation", "Two\nlines"], ["a", "1", "b", "c"]]), MAPPED)
    assert found.unmapped == ["Two lines"]
