"""How long a results sheet of 100,000 rows and 50 columns takes, against the bare reader on the same bytes.

    .venv/bin/python benchmarks/sheets.py             best of five, ours and theirs by turns

*read* is what the bare reader does too: bytes to a table of all 50 columns, each mapped; with the header found, marks
of cells read. *whole* maps the eleven columns a result has, and adds what it needs besides: notes and totals dropped,
ids, hashes, places.
"""

from __future__ import annotations

import argparse
import io
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import fastexcel
import polars as pl
import xlsxwriter
from race import HEAD, Seconds, compared, race

from melflow.core.workspace.source import SpreadsheetSource
from melflow.sources import columns, sheet_body, spreadsheet
from melflow.sources.payload import Origin
from melflow.sources.tables import read_tables

MAPPED = {"indicator_id": "Indicator", "partner": "Organisation", "semester": "Semester", "baseline": "Baseline",
          "target": "Target", "actual": "Actual", "unit": "Unit", "other_partner": "With", "disaggregation": "Group",
          "status": "State", "evidence_class": "Evidence"}  # fmt: skip
NOTES = tuple(f"Note {number}" for number in range(39))
HEADER = (*MAPPED.values(), *NOTES)
EVERY = MAPPED | {name.lower(): name for name in NOTES}
SOURCE = SpreadsheetSource(
    name="bench", title="x", path="x", connector="spreadsheet", columns=MAPPED, period="2024-H{semester}",
    totals=("Total",),
)  # fmt: skip
ORIGIN = Origin("bench", "inbox/bench", "bench-000000000000", datetime(2025, 1, 1, tzinfo=UTC))


def main() -> None:
    """Print seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(HEAD)
    for name, ours, bare in ratios(arguments.rows, arguments.rounds):
        print(compared(name, ours, bare), flush=True)


def ratios(n_rows: int = 100_000, rounds: int = 5) -> Iterator[tuple[str, Seconds, Seconds]]:
    """Yield what was measured, with the best seconds of ours and of the bare reader."""
    rows = _rows(n_rows)
    for kind, content, bare in (("XLSX", _xlsx(rows), _bare_xlsx), ("CSV", _csv(rows), _bare_csv)):
        sides = {
            "bare": partial(bare, content),
            "read": partial(_read, content),
            "whole": partial(_whole, content),
        }
        best = race(sides, rounds)
        for way in ("read", "whole"):
            yield f"{kind}, {len(content) / 1e6:.0f} MB, {way}", best[way], best["bare"]


def _bare_xlsx(content: bytes) -> pl.DataFrame:
    return fastexcel.read_excel(content).load_sheet(0, header_row=2).to_polars()


def _bare_csv(content: bytes) -> pl.DataFrame:
    return pl.read_csv(content, skip_rows=2, infer_schema_length=1000)


def _read(content: bytes) -> pl.DataFrame:
    tables = read_tables(ORIGIN, content, SOURCE, EVERY.values())
    sheet = tables.sheets[0]
    header = columns.find_header(sheet, EVERY)
    return sheet_body.read_body(tables, sheet, header, SOURCE, spreadsheet.NUMBERS).rows


def _whole(content: bytes) -> object:
    return spreadsheet.parse(ORIGIN, content, SOURCE)


def _rows(n_rows: int) -> list[list[object]]:
    chance = random.Random(1)  # noqa: S311  # figures for a table, not secrets
    rows = []
    for number in range(n_rows):
        figures = [chance.random() * 100, chance.randint(0, 1000), chance.random()]
        rest = [
            (f"remark {number * place % 1000}", chance.randint(0, 99999) / 100, number)[place % 3]
            for place in range(len(NOTES))
        ]
        words = ["people", f"Partner {number % 7}", ("women", "men")[number % 2], "on track", "survey"]
        rows.append([f"IND-{number % 40}", f"Partner {number // 40}", 1 + number % 2, *figures, *words, *rest])
    return rows


def _csv(rows: list[list[object]]) -> bytes:
    header = ",".join(HEADER)
    lines = (",".join(str(cell) for cell in row) for row in rows)
    return "\n".join(["Alliance", "", header, *lines, ""]).encode()


def _xlsx(rows: list[list[object]]) -> bytes:
    """Return the workbook; the actual values are percentages, every tenth a formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "in_memory": True})
    sheet, percent = book.add_worksheet("2024"), book.add_format({"num_format": "0%"})
    sheet.write(0, 0, "Alliance")
    sheet.write_row(2, 0, HEADER)
    for number, row in enumerate(rows, 3):
        for place, cell in enumerate(row):
            if place == 5 and number % 10 == 0:
                sheet.write_formula(number, place, f"=D{number + 1}/E{number + 1}", percent, cell)
            else:
                sheet.write(number, place, cell, percent if place == 5 else None)
    book.close()
    return out.getvalue()


if __name__ == "__main__":
    main()
