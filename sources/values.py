"""Numbers, dates and times out of text, as Polars expressions; what cannot be read becomes null, never an error."""

from __future__ import annotations

from typing import Final

import polars as pl
import polars_hash as plh

from melflow.core.names import fold
from melflow.sources.canonical import TIME

EXCEL_EPOCH: Final = pl.date(1899, 12, 30)  # two days early: Excel counts from 1, and 1900 as a leap year
EXCEL_EPOCH_1904: Final = pl.date(1904, 1, 1)
_SPACES: Final = r"[\s\u00a0\u202f\u2009'\u2019]"  # people group thousands with any of these
_SERIAL: Final = r"^[2-5]\d{4}(\.0+)?$"
_YEARS: Final = (1900, 2100)


def filled(text: pl.Expr) -> pl.Expr:
    """Return the text without surrounding white space, null when nothing is left."""
    bare = text.str.strip_chars()
    return pl.when(bare != "").then(bare)


def all_filled(frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Return the frame with these texts as ``filled`` gives them."""
    return without_blank(frame.with_columns(pl.col(names).str.strip_chars()), names)


def without_blank(frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Return the frame with null where one of these texts is empty; columns without any are not made anew."""
    found = frame.select((pl.col(names) == "").any())
    blank = [name for name in names if found[name].item()]
    return frame.with_columns(pl.when(pl.col(blank) != "").then(pl.col(blank)).name.keep()) if blank else frame


def number(text: pl.Expr, decimal: str = ".", *, thousands: bool = True) -> pl.Expr:
    """Return the number a text spells.

    A percentage counts as its share, as in Excel: ``85 %`` is 0.85. The other decimal sign is tolerated where it
    cannot be a thousands separator (``3,5`` is 3.5 also with decimal ".").

    Args:
        text: The texts.
        decimal: The decimal sign of the file, "." or ",".
        thousands: Whether the other sign may group thousands; without, it is always a decimal sign.
    """
    group = "," if decimal == "." else "."
    grouped = rf"^[+-]?\d{{1,3}}(\{group}\d{{3}})+(\{decimal}\d+)?$"
    plain = text.str.replace_all(_SPACES, "").str.replace_all("\u2212", "-", literal=True)
    bare = plain.str.strip_suffix("%")
    if thousands:
        bare = pl.when(bare.str.contains(grouped)).then(bare.str.replace_all(group, "", literal=True)).otherwise(bare)
    dotted = bare.str.replace(",", ".", literal=True)
    value = (
        pl.when(dotted.str.contains(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"))
        .then(dotted)
        .cast(pl.Float64, strict=False)
    )
    return pl.when(plain.str.ends_with("%")).then(value / 100).otherwise(value)


def numbers(texts: pl.Series, decimal: str = ".", *, thousands: bool = True) -> pl.Series:
    """Return the numbers texts spell, as ``number`` does; plainly written ones, nearly all, take a shorter way."""
    plain = texts if decimal == "." else texts.str.replace(",", ".", literal=True)
    quick = plain.cast(pl.Float64, strict=False)
    # with a decimal comma a point may group thousands, and is for the long way
    known = quick.is_finite() if decimal == "." else quick.is_finite() & ~texts.str.contains(".", literal=True)
    rest = texts.is_not_null() & ~known.fill_null(value=False)
    if not rest.any():
        return quick
    frame = pl.DataFrame({"text": texts, "quick": quick, "rest": rest})
    found = frame.filter("rest").select("text").unique()
    slow = found.with_columns(number(pl.col("text"), decimal, thousands=thousands).alias("slow"))
    joined = frame.join(slow, on="text", how="left", maintain_order="left")
    return joined.select(pl.when("rest").then("slow").otherwise("quick").alias(texts.name)).to_series()


def has_decimal_comma(text: pl.Expr) -> pl.Expr:
    """Return whether the text is a number written with a decimal comma."""
    return text.str.strip_chars().str.contains(r"^[+-]?\d+,\d+$")


def date(text: pl.Expr, formats: tuple[str, ...] = ("%Y-%m-%d",)) -> tuple[pl.Expr, pl.Expr]:
    """Return the date each text spells and how precise it is (``day``, ``month``, ``year``).

    Args:
        text: The texts; a time of day after an ISO date is ignored.
        formats: ``strftime`` patterns, tried in order; without %d the first day of the month, without %m of the year.
    """
    days, precisions = [], []
    clean = text.str.strip_chars()
    for pattern in formats:
        precision, addition = _precision(pattern)
        day = (clean + pl.lit(addition[0])).str.to_date(pattern + addition[1], strict=False)
        if pattern == "%Y-%m-%d":
            day = pl.coalesce(
                day, clean.str.extract(r"^(\d{4}-\d{2}-\d{2})[T ]\d").str.to_date("%Y-%m-%d", strict=False)
            )
        day = pl.when(day.dt.year().is_between(*_YEARS)).then(day)
        days.append(day)
        precisions.append(pl.when(day.is_not_null()).then(pl.lit(precision)))
    return pl.coalesce(days), pl.coalesce(precisions)


def _precision(pattern: str) -> tuple[str, tuple[str, str]]:
    if any(sign in pattern for sign in ("%d", "%e", "%j", "%D", "%F", "%x")):
        return "day", ("", "")
    if any(sign in pattern for sign in ("%m", "%b", "%B", "%h")):
        return "month", (" 01", " %d")
    return "year", (" 01 01", " %m %d")


def excel_date(text: pl.Expr, *, from_1904: bool = False) -> pl.Expr:
    """Return the date of an Excel serial number written as text (45231), null for anything else."""
    serial = pl.when(text.str.strip_chars().str.contains(_SERIAL)).then(text.str.strip_chars())
    epoch = EXCEL_EPOCH_1904 if from_1904 else EXCEL_EPOCH
    return epoch + pl.duration(days=serial.cast(pl.Float64, strict=False).cast(pl.Int64))


def moment(text: pl.Expr) -> pl.Expr:
    """Return UTC of a timestamp with offset; without one it counts as UTC, which is what Kobo and Central mean."""
    iso = text.str.strip_chars().str.replace(" ", "T", literal=True)
    return pl.coalesce(
        iso.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", time_zone="UTC", strict=False),
        iso.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False).dt.replace_time_zone("UTC"),
        iso.str.to_datetime("%Y-%m-%dT%H:%M", time_unit="us", strict=False).dt.replace_time_zone("UTC"),
    ).cast(TIME)


def local_date(text: pl.Expr) -> pl.Expr:
    """Return the calendar day of a timestamp where it was taken: the day before any change to UTC."""
    return text.str.strip_chars().str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def folded(values: pl.Series) -> pl.Series:
    """Return the texts without case, accents and surplus white space."""
    known = {value: fold(value) for value in values.drop_nulls().unique()}
    return values.replace_strict(known, default=None, return_dtype=pl.String)


def digest(values: pl.Series) -> pl.Series:
    """Return the first 16 hexadecimal digits of SHA-256 of each text."""
    return digests(values.to_frame()).to_series()


def digests(texts: pl.DataFrame) -> pl.DataFrame:
    """Return the ``digest`` of each text, the columns beside each other in time."""
    return texts.select(plh.col(name).chash.sha2_256().str.head(16) for name in texts.columns)


def joined(*columns: str) -> pl.Expr:
    """Return the columns as one text for hashing; null and "" differ, and no value can imitate a border."""
    return pl.concat_str(
        [pl.col(name).cast(pl.String).map_batches(_without_border).fill_null("\x1e") for name in columns],
        separator="\x1f",
    )


def _without_border(text: pl.Series) -> pl.Series:
    """Take the sign of a border out of texts; looking for it costs a third of taking it out."""
    is_clean = text.null_count() == text.len() or not text.str.contains("\x1f", literal=True).any()
    return text if is_clean else text.str.replace_all("\x1f", "", literal=True)
