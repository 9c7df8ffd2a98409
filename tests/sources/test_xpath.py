"""Expressions of forms against values worked out by hand from the ODK XForms specification, and by property."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melflow.sources.xpath import compile_truth
from melflow.sources.xpath_values import FUNCTIONS, UnsupportedError, Value, answer

ROW = {
    "age": "17", "empty": None, "name": "Ana María", "tools": "phone  paper tablet", "none": "", "price": "2.50",
    "day": "2024-02-29", "when": "2024-02-29T10:30:00.000+03:00", "text": "5 apples", "other": "17.0", "neg": "-3",
}  # fmt: skip
TYPES = {"day": "date", "when": "dateTime"}


def judged(text: str, row: dict[str, str | None] | None = None, itself: str = "age") -> bool | None:
    def resolve(reference: str) -> Value:
        name = itself if reference == "." else reference.strip("${}").rpartition("/")[2]
        if name not in ROW:
            raise UnsupportedError(f"no question {name}")
        return answer(pl.col(name), TYPES.get(name, "text"))

    frame = pl.DataFrame([ROW | (row or {})], schema=dict.fromkeys(ROW, pl.String))
    found = compile_truth(text, resolve, pl.lit(date(2024, 3, 1)), pl.lit(datetime(2024, 3, 1, 6, tzinfo=UTC)))
    (value,) = frame.select(found.alias("found"))["found"].to_list()
    return value


@pytest.mark.parametrize(
    "text",
    [
        ". >= 0 and . <= 120", ".>0 and .<18", "${age} = 17", "${ age } = ${other} or ${age} != ${other}",
        "number(${age}) = ${other} + 0", "${empty} = ''", "not(${empty} != '')", "${name} = 'Ana María'",
        'selected(${tools}, "paper")', "not(selected(${tools}, 'pap'))", "count-selected(${tools}) = 3",
        "selected-at(${tools}, 1) = 'paper'", "selected-at(${tools}, 9) = ''", "not(selected(${empty}, 'a'))",
        "count-selected(${empty}) = 0", "string-length(${name}) = 9", "regex(${age}, '[0-9]{2}')",
        "not(regex(${age}, '[0-9]'))", "regex(., '^[0-9]+$')", "2 + 3 * 4 = 14", "(2 + 3) * 4 = 20",
        "7 mod 3 = 1 and -7 mod 3 = -1", "7 div 2 = 3.5", "- ${neg} = 3", "${price}*2=5", "1 - 1 = 0", "-1 < .",
        "if(${age} < 18, 'child', 'adult') = 'child'", "coalesce(${empty}, ${age}) = 17", "int(-2.7) = -2",
        "round(2.5) = 3 and round(-2.5) = -2", "round(2.345, 1) = 2.3", "floor(2.7) = 2 and ceiling(2.1) = 3",
        "pow(2, 3) = 8", "min(3, ${age}, 5) = 3 and max(1, 2) = 2", "abs(${neg}) = 3", "${day} < today()",
        "${day} = date('2024-02-29')", "today() - ${day} = 1", "${when} < now()", "${when} > ${day}",
        "decimal-date-time(date('1970-01-03')) = 2", "contains(${name}, 'Mar') and starts-with(${name}, 'Ana')",
        "concat(${age}, '-', 3) = '17-3'", "normalize-space(${tools}) = 'phone paper tablet'", "string(1.50) = '1.5'",
        "ends-with(${name}, 'a')", "count-non-empty(${age}, ${empty}) = 1", "true() and not(false())", "${age}",
        "/data/group/age = 17", "../age = 17", "boolean(${age})", "${age} = '17'", "not(${age} = '17.0')",
        "number(${text}) != number(${text})", "string(number(${text})) = 'NaN'", "selected(., '17')",
    ],
)  # fmt: skip
def test_expression__holds(text: str) -> None:
    """Should hold for the row, by the rules of XPath 1.0 and its extension for forms."""
    assert judged(text) is True


@pytest.mark.parametrize(
    "text",
    ["${text} > 1", "${text} < 1", "${empty} >= 0", "${empty} < 0", "1 div 0 > number('x')", "${empty}", "0", "''",
     "max(${age}, ${text}) > 0", "${name} = 'ana maría'", "${age} != 17", "selected(${tools}, '')"],
)  # fmt: skip
def test_expression__does_not_hold(text: str) -> None:
    """Should be false: what is not a number is neither less nor more; an empty answer is no answer."""
    assert judged(text) is False


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("pulldata('a', 'b', 'c', ${age})", "pulldata()"), ("jr:choice-name(${age}, 'x') = 'y'", "jr:choice-name()"),
        ("instance('x')/root/item[name=${age}]/label = 1", "does not read"), ("${nobody} = 1", "nobody"),
        ("${day} > '2024-01-01'", "date is compared with text"), ("regex(., ${name})", "itself an answer"),
        ("regex(., '(?=a)b')", "pattern"), ("not()", "0 arguments"), ("1 +", "does not read"), ("", "does not read"),
        ("count(${age}) > 1", "count()"), ("concat(${day}, 'x') = 'x'", "date as text"), ("(1", "does not read"),
    ],
)  # fmt: skip
def test_expression__unsupported(text: str, what: str) -> None:
    """Should say what is not evaluated, and not guess."""
    with pytest.raises(UnsupportedError, match=what.replace("(", r"\(").replace(")", r"\)")):
        judged(text)


def test_expression__unknown_day() -> None:
    """Should not judge what depends on a day nobody knows."""
    found = compile_truth(
        ". < today()",
        lambda _: answer(pl.lit("2024-01-01"), "date"),
        pl.lit(None, pl.Date),
        pl.lit(None, pl.Datetime("us", "UTC")),
    )
    assert pl.select(found).item() is None


numbers = st.integers(-50, 50) | st.floats(-50, 50, allow_nan=False).map(lambda number: round(number, 3))
sums = st.recursive(
    numbers.map(lambda number: f"({number!r})" if number < 0 else repr(abs(number))),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda parts: f"({' '.join(parts)})"),
    max_leaves=8,
)


@given(sums, sums)
def test_expression__counts_as_python_does(one: str, other: str) -> None:
    """Should agree with Python on sums, products and their order, whatever the brackets."""
    if "e" in one + other:  # XPath has no exponents
        return
    assert judged(f"{one} < {other}") is (eval(one) < eval(other))  # our own digits
    assert judged(f"{one} >= {other}") is not judged(f"{one} < {other}")


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True), st.sampled_from(["a", "b", "c", "d"]))
def test_selected__is_membership(chosen: list[str], asked: str) -> None:
    """Should say of each option whether it was chosen, and how many were."""
    row = {"tools": " ".join(chosen) or None}
    assert judged(f"selected(${{tools}}, '{asked}')", row) is (asked in chosen)
    assert judged(f"count-selected(${{tools}}) = {len(chosen)}", row) is True


@given(st.text(max_size=40))
def test_expression__any_text(text: str) -> None:
    """Should evaluate or refuse any text a form could hold, never fail otherwise."""
    with contextlib.suppress(UnsupportedError):
        assert judged(text) in (True, False, None)


def test_functions__all_are_tried() -> None:
    """Should have an example here for every function."""
    tried = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in FUNCTIONS if f"{name}(" not in tried] == []
