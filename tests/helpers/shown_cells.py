"""Workbooks of real programs, and what LibreOffice shows in their cells."""

from __future__ import annotations

import csv
import os
import subprocess
from datetime import datetime
from pathlib import Path
from shutil import which
from typing import Any

FIELD = Path(os.environ.get("MELFLOW_FIELD_DATA", "nowhere"))
HXL, BOOKS = FIELD / "hxl_files" / "test_io", FIELD / "xlsx_readxl_openxlsx"
OFFICE = which("soffice") or which("libreoffice")
READXL = ("clippy", "datasets", "deaths", "geometry")
OPENXLSX = ("groupTest", "inlineStr", "loadThreadComment", "namedRegions2", "readTest", "read_failure_test")
TAGGED_BOOKS = ("quality.xls", "quality.xlsx", "valid.xls", "valid.xlsx", "valid-xlsx.NOEXT")
WORKBOOKS = [
    *(BOOKS / "readxl" / f"{name}.{kind}" for name in READXL for kind in ("xls", "xlsx")),
    *(BOOKS / "openxlsx" / f"{name}.xlsx" for name in OPENXLSX),
    *(HXL / f"input-{name}" for name in TAGGED_BOOKS),
]
Rows = list[list[str]]


def same(ours: str | None, theirs: Any) -> bool:
    """Return whether a text of ours is what a program shows; numbers, days and truths may be written differently."""
    if not ours or theirs in (None, ""):
        return not ours and theirs in (None, "")
    if isinstance(theirs, datetime):
        return ours == theirs.isoformat(" ")
    if isinstance(theirs, bool) or theirs in ("TRUE", "FALSE"):
        return ours == str(theirs).lower() or ours == theirs
    if ours in ("true", "false") and theirs in ("0", "1"):  # LibreOffice exports truths of XLS as numbers
        return (ours == "true") == (theirs == "1")
    try:
        return abs(float(ours) - float(theirs)) < 1e-8
    except ValueError:
        pass
    try:
        return ours[:10] == datetime.strptime(str(theirs)[:10], "%m/%d/%Y").date().isoformat()
    except ValueError:
        return ours.strip() == str(theirs).strip()


def export_all(folder: Path) -> None:
    """Write a CSV file for every sheet of every workbook into the folder, by LibreOffice, started once."""
    for number, path in enumerate(WORKBOOKS):
        kind = ".xls" if path.suffix == ".xls" else ".xlsx"
        (folder / f"book{number}{kind}").write_bytes(path.read_bytes())
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    books = sorted(str(path) for path in folder.iterdir())
    command = [str(OFFICE), "--headless", "--convert-to", every_sheet, "--outdir", str(folder), *books]
    subprocess.run(command, check=True, capture_output=True, timeout=300)


def shown_rows(folder: Path, path: Path, sheet: str) -> Rows:
    """Return what LibreOffice shows in a sheet, row by row."""
    with (folder / f"book{WORKBOOKS.index(path)}-{sheet}.csv").open(encoding="utf-8", newline="") as file:
        return [list(row) for row in csv.reader(file)]
