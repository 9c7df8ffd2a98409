from datetime import date

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, to_excel

from melflow.sources import values


def _number(text: str, decimal: str = ".", thousands: bool = True) -> float | None:
    return pl.select(values.number(pl.lit(text), decimal, thousands=thousands)).item()


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "expected"),
    [
        ("12", ".", True, 12),
        (" -3.5 ", ".", True, -3.5),
        ("\u22123,5", ",", True, -3.5),
        ("1,234.5", ".", True, 1234.5),
        ("1.234,5", ",", True, 1234.5),
        ("1\u00a0234\u202f567", ".", True, 1234567),
        ("1'234.50", ".", True, 1234.5),
        ("3,5", ".", True, 3.5),
        ("1,234", ".", False, 1.234),
        ("85 %", ".", True, 0.85),
        ("1e3", ".", True, 1000),
        ("pending", ".", True, None),
        ("1.2.3", ".", True, None),
        ("", ".", True, None),
        ("nan", ".", True, None),
        ("12 km", ".", True, None),
    ],
)
def test_number__as_people_write_it(text: str, decimal: str, thousands: bool, expected: float | None) -> None:
    """Should read thousands, decimal commas and percentages, and give null for what is no number."""
    assert _number(text, decimal, thousands) == expected


@given(st.floats(min_value=-1e12, max_value=1e12), st.sampled_from([".", ","]))
def test_number__round_trip(value: float, decimal: str) -> None:
    """Should give back any number written out with grouped thousands and either decimal sign."""
    written = f"{value:,.3f}"
    if decimal == ",":
        written = written.translate(str.maketrans(",.", ".,"))
    assert _number(written, decimal) == pytest.approx(round(value, 3), abs=1e-9, rel=1e-12)


@given(
    st.integers(-(10**12), 10**12),
    st.integers(0, 999),
    st.sampled_from([".", ","]),
    st.sampled_from(["", " ", "\u00a0", "\u202f", "'", "\u2019", "the other sign"]),
    st.booleans(),
)
def test_number__any_way_of_grouping(whole: int, thousandth: int, decimal: str, group: str, percent: bool) -> None:
    """Should read a number whichever sign groups its thousands, as a share where it is a percentage."""
    group = {".": ",", ",": "."}[decimal] if group == "the other sign" else group
    written = f"{whole:,}".replace(",", group) + f"{decimal}{thousandth:03}" + " %" * percent
    expected = float(f"{whole}.{thousandth:03}") if whole >= 0 else -float(f"{-whole}.{thousandth:03}")
    assert _number(written, decimal) == pytest.approx(expected / 100 if percent else expected, rel=1e-14)


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.floats().map(str),
            st.integers().map(lambda number: f"{number:,}"),
            st.sampled_from(
                ["1.234", "1,234", "3,5", "85 %", "nan", "inf", "1 234", "pending", "1e3", "", "+.5", "1_0"]
            ),
        ),
        max_size=8,
    ),
    st.sampled_from([".", ","]),
)
def test_numbers__the_shorter_way_gives_the_same(texts: list[str | None], decimal: str) -> None:
    """Should agree with the long way on every text, however it is written."""
    given = pl.Series("x", texts, dtype=pl.String)
    expected = given.to_frame().select(values.number(pl.col("x"), decimal)).to_series()
    assert values.numbers(given, decimal).equals(expected)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([".", ","]))
def test_number__number_cells_survive_their_spelling(value: float, decimal: str) -> None:
    """Should give back to the last bit what a number cell holds, spelled with the source's sign."""
    spelled = pl.select(pl.lit(value).cast(pl.String)).item().replace(".", decimal)
    assert _number(spelled, decimal) == value


@pytest.mark.parametrize(
    ("text", "expected", "precision"),
    [
        ("05/03/2024", date(2024, 3, 5), "day"),
        ("5/3/2024", date(2024, 3, 5), "day"),
        ("03/2024", date(2024, 3, 1), "month"),
        ("2024", date(2024, 1, 1), "year"),
        ("31/02/2024", None, None),
        ("05/03/24", None, None),
        ("soon", None, None),
    ],
)
def test_date__precision_of_the_format_that_fits(text: str, expected: date | None, precision: str | None) -> None:
    """Should try the formats in order and say how precise the one that fits is."""
    day, how = values.date(pl.lit(text), ("%d/%m/%Y", "%m/%Y", "%Y"))
    assert pl.select(day.alias("day"), how.alias("how")).row(0) == (expected, precision)


def test_date__iso_with_time_of_day() -> None:
    """Should take the day of an ISO timestamp."""
    assert pl.select(values.date(pl.lit("2024-03-05T10:00:00"))[0]).item() == date(2024, 3, 5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("45231", date(2023, 11, 1)), ("45231.0", date(2023, 11, 1)), ("19999", None), ("61000", None), ("4523", None)],
)
def test_excel_date__only_serials_of_our_time(text: str, expected: date | None) -> None:
    """Should read five digits between 20000 and 59999 as a day, as Excel counts, and nothing else."""
    assert pl.select(values.excel_date(pl.lit(text))).item() == expected


@given(st.dates(date(1958, 10, 4), date(2064, 4, 7)), st.booleans())
def test_excel_date__round_trip(day: date, from_1904: bool) -> None:
    """Should give back the day that a spreadsheet program counts, from 1900 as from 1904."""
    serial = to_excel(day, CALENDAR_MAC_1904 if from_1904 else CALENDAR_WINDOWS_1900)
    assume(20000 <= serial < 60000)
    assert pl.select(values.excel_date(pl.lit(str(int(serial))), from_1904=from_1904)).item() == day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2017-12-28T10:01:57.000-05:00", "2017-12-28T15:01:57+00:00"),
        ("2017-12-28T10:01:57.5+0530", "2017-12-28T04:31:57.500000+00:00"),
        ("2023-12-04T08:30:26.154Z", "2023-12-04T08:30:26.154000+00:00"),
        ("2017-12-28T15:02:02", "2017-12-28T15:02:02+00:00"),
        ("2017-12-28 15:02:02", "2017-12-28T15:02:02+00:00"),
        ("yesterday", None),
    ],
)
def test_moment__utc_with_and_without_offset(text: str, expected: str | None) -> None:
    """Should convert to UTC; a time without offset is UTC."""
    found = pl.select(values.moment(pl.lit(text))).item()
    assert (found.isoformat() if found else None) == expected


def test_local_date__before_the_change_to_utc() -> None:
    """Should be the day on the respondent's calendar, not the day in UTC."""
    assert pl.select(values.local_date(pl.lit("2024-12-31T22:30:00.000-05:00"))).item() == date(2024, 12, 31)


def test_joined__borders_cannot_be_imitated() -> None:
    """Should keep apart cells whose texts put together are the same, and null from empty."""
    frame = pl.DataFrame({"a": ["x", "xy", None, ""], "b": ["yz", "z", "q", "q"]})
    assert frame.select(values.joined("a", "b")).to_series().n_unique() == 4
