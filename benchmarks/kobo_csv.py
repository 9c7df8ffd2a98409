"""``python benchmarks/kobo_csv.py``: a Kobo CSV of 100,000 submissions and 50 questions, against Polars on its bytes.

Both sides take turns in one process; the best of several rounds counts. Four ends are measured, for they are not the
same work: ``found`` (bytes to a table, every header matched to its question, every choice to its code), ``typed``
(that, padding gone, as numbers, days, codes and texts, with the reason of each missing one), ``long`` (one row per
answer and chosen option), ``parsed`` (that, with identity, hashes and provenance: what is loaded).
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import polars as pl
import yaml
from race import HEAD, Seconds, compared, race

from melflow.core.workspace.framework import SHIPPED, Framework
from melflow.core.workspace.source import KoboSource
from melflow.sources import answer_rows, answers, kobo, kobo_export, kobo_repeats, labels, tables
from melflow.sources.kobo_layout import lay_out
from melflow.sources.kobo_sheet import Export
from melflow.sources.payload import Origin
from melflow.sources.xlsform import Instruments, read_instruments

KINDS = (
    *["select_one agree"] * 25,
    *["integer"] * 8,
    *["decimal"] * 4,
    *["text"] * 6,
    *["date"] * 2,
    *["select_multiple ways"] * 5,
)
LISTS = {"agree": "abcde", "ways": ("visit", "call", "mail", "other")}
ORIGIN = Origin("bench", "inbox/a.csv", "bench-0123456789ab", datetime(2026, 1, 1, tzinfo=UTC))
SOURCE = KoboSource(name="bench", title="x", path="x", connector="kobo", instrument="bench")


def instruments() -> Instruments:
    """Return a form with the 50 questions."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    rows = {
        "survey": [("type", "name", "label"), *((kind, f"q{n:02}", f"Question {n}") for n, kind in enumerate(KINDS))],
        "choices": [("list_name", "name", "label"), *((name, code, code) for name in LISTS for code in LISTS[name])],
        "settings": [("form_id", "version"), ("bench", "1")],
    }
    for name, lines in rows.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    with tempfile.TemporaryDirectory() as folder:
        book.save(Path(folder) / "bench.xlsx")
        framework = Framework.model_validate(yaml.safe_load(SHIPPED.read_text(encoding="utf-8")))
        return read_instruments(Path(folder), framework)


def export(n_rows: int) -> bytes:
    """Return the CSV; the same size gives the same bytes."""
    rng = random.Random(1)  # noqa: S311 - invented answers

    def column(kind: str) -> list[str]:
        match kind.split()[0]:
            case "select_one":
                return rng.choices("abcde", k=n_rows)
            case "select_multiple":
                return rng.choices(["visit", "call mail", "visit other", "mail", ""], k=n_rows)
            case "integer":
                return [str(rng.randrange(100)) for _ in range(n_rows)]
            case "decimal":
                return [f"{rng.random() * 10:.2f}" for _ in range(n_rows)]
            case "date":
                return [f"2025-0{rng.randrange(1, 9)}-1{rng.randrange(9)}" for _ in range(n_rows)]
        return [f"text {rng.randrange(5000)}" for _ in range(n_rows)]

    frame = {f"q{n:02}": column(kind) for n, kind in enumerate(KINDS)}
    uuids = [f"{rng.getrandbits(128):032x}" for _ in range(n_rows)]
    frame |= {"__version__": ["1"] * n_rows, "_id": [str(n) for n in range(n_rows)], "_uuid": uuids}
    return pl.DataFrame(frame | {"_submission_time": ["2025-02-01T14:12:00"] * n_rows}).write_csv().encode()


def ratios(n_rows: int = 100_000, rounds: int = 5) -> Iterator[tuple[str, Seconds, Seconds]]:
    """Yield what is measured, our seconds, and those of ``pl.read_csv`` on the same bytes."""
    forms, content = instruments(), export(n_rows)
    sides: dict[str, Callable[[], object]] = {
        "bare": lambda: pl.read_csv(content),
        "found": lambda: _found(content, forms),
        "typed": lambda: _typed(_found(content, forms)),
        "long": lambda: _long(_found(content, forms)),
        "parsed": lambda: kobo.parse(ORIGIN, content, SOURCE, forms),
    }
    best = race(sides, rounds)
    for name in list(sides)[1:]:
        yield name, best[name], best["bare"]


def _found(content: bytes, forms: Instruments) -> answers.Filled:
    """Read the file and find every question in it, without making rows of answers."""
    sheets = tables.read_tables(ORIGIN, content).sheets
    form = forms.forms[0]
    layout = lay_out([Export(sheet) for sheet in sheets], form, [labels.XML])
    rows = kobo_repeats.numbered(layout)
    return kobo_export.fill(ORIGIN, layout, rows, [labels.XML])[0]


def _typed(found: answers.Filled) -> list[answer_rows.Stack]:
    return answer_rows.stacks(answers.said(found), found.tables[""].select(answers.SUB), {})


def _long(found: answers.Filled) -> pl.DataFrame:
    stacks = _typed(found)
    return answer_rows.rows(stacks, [[0, stack.subs.len()] for stack in stacks], 0)


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(HEAD)
    for name, ours, bare in ratios(given.rows, given.rounds):
        print(compared(name, ours, bare))


if __name__ == "__main__":
    main()
