"""The one place where a number becomes text: rounded here, last, half away from zero (F40 iv).

Nothing upstream rounds, so a printed difference can differ by one from the difference of two printed
scores; the method note says so.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from babel import Locale
from babel.dates import format_date, format_interval
from babel.numbers import format_decimal

MINUS = "\N{MINUS SIGN}"
#: Beyond so many more decimals two numbers are the same, as they are when they are compared.
_MOST_DIGITS = 10
#: English dates begin with the day; most alliances are not in the United States.
_DAY_FIRST = {"en": "en_GB"}


class _Nothing(str):
    """No number; words that would agree with one stand in the plural."""

    def __format__(self, forms: str) -> str:
        """Return the dash; of words that agree with a number (``Number``), the last."""
        return forms.split("|")[-1] if "|" in forms else super().__format__(forms)


#: Printed where a number cannot be estimated; a hidden number is printed as a word instead.
NOTHING = _Nothing("\N{EN DASH}")


class Number(str):
    """A printed number that knows the rounded value it says: a page can sort by it, and words can agree with it."""

    value: Decimal
    language: str

    def __new__(cls, text: str, value: Decimal, language: str = "en") -> Number:
        """Return the text with its value and the language it is written in."""
        made = super().__new__(cls, text)
        made.value, made.language = value, language
        return made

    def __getnewargs__(self) -> tuple[str, Decimal, str]:  # type: ignore[override]
        """Return what a copy is made from."""
        return str(self), self.value, self.language

    def __format__(self, forms: str) -> str:
        """Return the number; of words as ``{n:partner|partners}`` in a phrase, the one that agrees with it.

        The first is the singular of the language's plural rule (in French for 0 as well), the last all others.
        """
        if "|" not in forms:
            return super().__format__(forms)
        singular, *_, plural = forms.split("|")
        return singular if Locale(self.language).plural_form(abs(self.value)) == "one" else plural


def _rounded(value: float, digits: int) -> Decimal:
    """Return the value at so many decimals, without a negative zero."""
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP) + Decimal(0)


def number(value: float | None, digits: int = 0, language: str = "en") -> str:
    """Return a number with thousands separators and a true minus sign; a dash when there is none."""
    if value is None:
        return NOTHING
    pattern = "#,##0" if digits == 0 else "#,##0." + "0" * digits
    rounded = _rounded(value, digits)
    return Number(format_decimal(rounded, format=pattern, locale=language).replace("-", MINUS), rounded, language)


def points(value: float | None, language: str = "en") -> str:
    """Return a score of 0-100 in whole points."""
    return number(value, 0, language)


def difference(value: float | None, language: str = "en") -> str:
    """Return a difference in whole points with its sign; zero has none."""
    text = number(value, 0, language)
    return Number(f"+{text}", text.value, language) if isinstance(text, Number) and text.value > 0 else text


def percent(value: float | None, language: str = "en") -> str:
    """Return a share of 0-1 in whole per cent."""
    if value is None:
        return NOTHING
    return _of_hundred(value, 0, language)


def small_percent(value: float | None, language: str = "en") -> str:
    """Return a share of 0-1 with one decimal, for shares that are mostly below ten per cent."""
    if value is None:
        return NOTHING
    return _of_hundred(value, 1, language)


def _of_hundred(value: float, digits: int, language: str) -> str:
    hundredfold = float(Decimal(repr(float(value))) * 100)
    return Number(f"{number(hundredfold, digits, language)}\N{NO-BREAK SPACE}%", _rounded(hundredfold, digits))


def exact(value: float, language: str = "en") -> str:
    """Return a number that was declared, such as a rate, as it was: up to ten digits that count."""
    exponent = Decimal(f"{value:.10g}").normalize().as_tuple().exponent
    return number(value, max(0, -int(exponent)), language)


def told_apart(
    values: tuple[float | None, float | None], digits: int, language: str = "en", *, is_share: bool = False
) -> tuple[str, str]:
    """Return two numbers that differ with as many more decimals than ``digits`` as it takes to see that they do.

    Args:
        values: Two numbers; one that is None is a dash.
        digits: Decimals where these are enough.
        language: Of the numbers.
        is_share: They are shares of 0-1, printed per cent.
    """
    old, new = values
    for more in range(_MOST_DIGITS):
        texts = tuple(
            NOTHING if value is None else (_of_hundred if is_share else number)(value, digits + more, language)
            for value in values
        )
        if texts[0] != texts[1] or old == new:
            break
    return texts[0], texts[1]


def date(value: dt.date, language: str = "en") -> str:
    """Return a date in words, such as 30 June 2026, 30 de junio de 2026, 30 juin 2026."""
    text = format_date(value, format="long", locale=_DAY_FIRST.get(language, language))
    return Number(text, Decimal(value.toordinal()))


def months(first: dt.date, last: dt.date, language: str) -> str:
    """Return the months from a first to a last day, such as January to June of a year."""
    return format_interval(first, last, "yMMMM", locale=_DAY_FIRST.get(language, language))
