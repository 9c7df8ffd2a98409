"""Results with targets: the secretariat's workbook and the town of Valle Sereno's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from melflow.examples import dirt, story
from melflow.examples.forms import OLD_CUMBRAL_NAME, partner_names
from melflow.examples.xlsx import Book

_HEADER = ["Code", "Indicator", "Organisation", "With", "Semester", "Unit", "Baseline", "Target", "Actual"]


@dataclass(frozen=True)
class Indicator:
    """One indicator: targets rise from the baseline to the goal, actuals reach a share of that rise.

    Attributes:
        code: Its id in the alliance.
        name: Its name in the workbook's language.
        unit: What is counted.
        partners: partner -> the partner it works with on this (empty: all).
        baseline: Value before the alliance.
        goal: Target of the last half-year.
        reached: Share of the planned rise that happens.
    """

    code: str
    name: str
    unit: str
    partners: dict[str, str]
    baseline: int
    goal: int
    reached: float


_ALL = dict.fromkeys((partner for partner in story.PARTNERS if partner != "valle"), "")
ALLIANCE = (
    Indicator("WC-01", "Village water committees that keep accounts", "committees", _ALL, 6, 30, 0.85),
    Indicator("RP-02", "Faults repaired within seven days", "percent", _ALL, 35, 75, 0.9),
    Indicator("LE-03", "Staff who led an exchange", "people", _ALL, 2, 16, 1.05),
    Indicator("TT-04", "Joint leak teams in service", "teams", {"ndamar": "valle"}, 0, 6, 0.05),
    Indicator("CM-05", "Meters read on time", "percent", {"brisas": "valle"}, 58, 88, 0.95),
    Indicator("PT-06", "Households under the new tariff", "households", {"cumbral": "valle"}, 0, 1800, 1.02),
)
VALLE = (
    Indicator("WC-01", "Comités de agua con cuentas al día", "comités", {}, 4, 24, 0.9),
    Indicator("RP-02", "Fallas reparadas en siete días", "por ciento", {}, 30, 70, 0.95),
    Indicator("TT-04", "Cuadrillas conjuntas de fugas en servicio", "cuadrillas", {}, 0, 6, 0.05),
    Indicator("CM-05", "Medidores leídos a tiempo", "por ciento", {}, 41, 85, 1.0),
)


def write(inbox: Path, rng: np.random.Generator) -> None:
    """Write both workbooks into the inbox."""
    _alliance(inbox / "results" / "alliance_results.xlsx", rng)
    _valle(inbox / "results" / "resultados_valle.xlsx", rng)


def _years() -> dict[str, list[int]]:
    """Return year -> positions of its half-years."""
    years: dict[str, list[int]] = {}
    for wave, period in enumerate(story.PERIODS):
        years.setdefault(period[:4], []).append(wave)
    return years


def _values(rng: np.random.Generator, indicator: Indicator, wave: int) -> tuple[int, int]:
    """Return target and actual of a half-year."""
    step = (wave + 1) / len(story.PERIODS)
    rise = (indicator.goal - indicator.baseline) * step
    actual = indicator.baseline + rise * indicator.reached * rng.uniform(0.93, 1.07)
    return round(indicator.baseline + rise), round(actual)


def _alliance(path: Path, rng: np.random.Generator) -> None:
    """A sheet per year: three title rows, the header, the rows, a totals row and a note."""
    book = Book()
    book.sheet("Read me").write(0, 0, "Confluencia Learning Alliance: results by organisation and half-year")
    for year, waves in _years().items():
        sheet = book.sheet(year)
        sheet.write(0, 0, "Confluencia Learning Alliance", book.bold)
        sheet.write(1, 0, f"Results {year}, reported by the organisations")
        sheet.write_row(3, 0, _HEADER, book.bold)
        row_no = 4
        for wave in waves:
            for indicator in ALLIANCE:
                for partner, other in indicator.partners.items():
                    if wave < story.PARTNERS[partner].since:
                        continue
                    target, actual = _values(rng, indicator, wave)
                    sheet.write_row(row_no, 0, [
                        indicator.code, indicator.name, _organisation(partner, wave),
                        partner_names().get(other),
                        int(story.PERIODS[wave][-1]), indicator.unit, indicator.baseline, target, actual,
                    ])  # fmt: skip
                    row_no += 1
        if year == "2025":
            row_no = _faults(sheet, row_no)
        sheet.write(row_no, 0, "Total", book.bold)
        for column in (7, 8):
            letter = "ABCDEFGHI"[column]
            sheet.write_formula(row_no, column, f"=SUM({letter}5:{letter}{row_no})", book.bold)
        sheet.write(row_no + 2, 0, "Note: percentages are those of the last month of the half-year.")
    book.save(path)


def _faults(sheet: Any, row_no: int) -> int:
    """Write the two faulty rows: an organisation nobody knows, and a word where a number belongs."""
    stranger = ["WC-01", ALLIANCE[0].name, dirt.UNKNOWN_PARTNER, "", 2, "committees", 1, 4, 3]
    word = ["LE-03", ALLIANCE[2].name, partner_names()[story.FACILITATOR], "", 2, "people", 5, 8, "pending"]
    for offset, row in enumerate((stranger, word)):
        sheet.write_row(row_no + offset, 0, row)
    return row_no + 2


def _organisation(partner: str, wave: int) -> str:
    """Return an organisation's name as the secretariat wrote it then; one was renamed in July 2025."""
    return OLD_CUMBRAL_NAME if partner == "cumbral" and wave < 2 else partner_names()[partner]


def _valle(path: Path, rng: np.random.Generator) -> None:
    """The town's workbook: Spanish, numbers as text with a decimal comma, a total per year."""
    book = Book()
    for year, waves in _years().items():
        sheet = book.sheet(f"Año {year}")
        sheet.write(0, 0, "Municipio de Valle Sereno, Oficina de Agua", book.bold)
        header = ["Indicador", "Nombre", "Año", "Semestre", "Unidad", "Línea de base", "Meta", "Logro"]
        sheet.write_row(2, 0, header, book.bold)
        row_no = 3
        for wave in waves:
            for indicator in VALLE:
                target, actual = _values(rng, indicator, wave)
                numbers = [f"{value:.1f}".replace(".", ",") for value in (indicator.baseline, target, actual)]
                half = story.PERIODS[wave][-1]
                sheet.write_row(row_no, 0, [indicator.code, indicator.name, year, half, indicator.unit, *numbers])
                row_no += 1
        sheet.write(row_no, 0, "Total", book.bold)
        sheet.write(row_no, 1, f"{row_no - 3} filas")
    book.save(path)
