"""Registers an alliance keeps about itself: one reader, whatever their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from melflow.core.names import fold
from melflow.core.registers import REGISTERS, Register
from melflow.sources import canonical, facts, values
from melflow.sources.payload import Origin, Parsed
from melflow.sources.rows import dated, read_rows, worded

if TYPE_CHECKING:
    from melflow.core.workspace import RegisterSource

#: How people write yes and no; other words go under ``words`` in the source's file.
TRUTHS = {
    **dict.fromkeys(("yes", "y", "true", "1", "1.0", "x", "sí", "oui", "vrai", "verdadero"), True),
    **dict.fromkeys(("no", "n", "false", "0", "0.0", "non", "faux", "falso"), False),
}


def parse(origin: Origin, content: bytes, config: RegisterSource) -> Parsed:
    """Return the rows of a register as its canonical table.

    Raises:
        SourceError: The file cannot be read, or a mapped column is missing.
    """
    register = REGISTERS[config.records]
    frame, notes = read_rows(origin, content, dict(config.columns), config=config, numbers=register.of_kind("number"))
    for name, words in config.words.items():
        frame = worded(frame, name, dict(words))
    if config.partner and register.partner and register.partner not in config.columns:
        frame = frame.with_columns(pl.lit(config.partner).alias(register.partner))
    frame = _separated(frame, register, config.separator)
    # from here on a column is named as in the canonical table, the text as it came beside what was read from it
    kept = register.of_kind("partner", "partners", "date", "period", "number", "truth")
    frame = frame.rename({name: f"{name}_raw" for name in kept if name in frame.columns})
    frame = _read(frame, register, config)
    serials = 0
    for name in register.of_kind("date"):
        if f"{name}_raw" in frame.columns:
            frame, found = dated(frame, name, config.date_formats, notes)
            frame, serials = frame.drop("date_precision"), serials + found
    if config.scale:
        frame = frame.with_columns(scale_min=pl.lit(config.scale[0]), scale_max=pl.lit(config.scale[1]))
    # as facts.assemble does with keys
    links = [name for name in register.of_kind("link") if name in frame.columns]
    frame = frame.with_columns((pl.lit(f"{origin.source}:") + pl.col(name)).alias(name) for name in links)
    rows = _complete(frame, register)
    says = values.joined(*(_told(name, register) for name in register.columns if name != register.key))
    about = values.joined(*(_told(name, register) for name in register.about))
    rows = rows.with_columns(content_hash=says, is_current=pl.lit(True))
    notes["excel_serial_dates"] = serials
    return facts.assemble(origin, register.table, register.key, register.table[4], rows, about, notes)


def _separated(frame: pl.DataFrame, register: Register, separator: str) -> pl.DataFrame:
    """Give each of several partners or texts in a cell a row of its own; ids of rows then carry their number."""
    for name in register.of_kind("partners", "texts"):
        if name not in frame.columns:
            continue
        named = pl.col(name).str.split(separator).list.eval(values.filled(pl.element())).list.drop_nulls()
        frame = frame.with_columns(named).explode(name)  # a cell without any name keeps its row, for the checks
        if register.key in frame.columns:
            number = pl.int_range(1, pl.len() + 1).over(register.key)
            numbered = pl.when(pl.len().over(register.key) > 1).then(pl.format("{}.{}", register.key, number))
            frame = frame.with_columns(pl.coalesce(numbered, register.key).alias(register.key))
    return frame


def _read(frame: pl.DataFrame, register: Register, config: RegisterSource) -> pl.DataFrame:
    numbers = [name for name in register.of_kind("number") if f"{name}_raw" in frame.columns]
    frame = frame.with_columns(values.numbers(frame[f"{name}_raw"], config.decimal).alias(name) for name in numbers)
    known = {fold(word): truth for word, truth in TRUTHS.items()}
    truths = [name for name in register.of_kind("truth") if f"{name}_raw" in frame.columns]
    return frame.with_columns(
        values.folded(frame[f"{name}_raw"]).replace_strict(known, default=None, return_dtype=pl.Boolean).alias(name)
        for name in truths
    )


def _told(name: str, register: Register) -> str:
    """Return the canonical column that holds a column's text as it came."""
    return name if register.columns[name] in ("key", "link", "word", "text", "texts") else f"{name}_raw"


def _complete(frame: pl.DataFrame, register: Register) -> pl.DataFrame:
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in canonical.FACTS[register.table].items()
    )
