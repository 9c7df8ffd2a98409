"""A workspace with one source that asks a survey server, and what its warehouse holds beside what the server says."""

from __future__ import annotations

import functools
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl

from melflow.core.errors import TransientError
from melflow.core.warehouse import connect
from melflow.core.workspace import Workspace, load_workspace
from melflow.expectations.check import HELD, RESULT, Checked
from melflow.flows.intake import Intake, take_in
from melflow.flows.tables import prepare
from melflow.sources.xlsform import read_instruments

KEY = "a secret of more than sixteen"
SUBMISSION = ["native_id", "version_id", "review_state"]
ANSWER = ["version_id", "repeat_path", "path", "value"]
State = tuple[pl.DataFrame, pl.DataFrame]


def write_workspace(root: Path, form: str, sheets: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    """Write an alliance of two partners with one form; its source is the caller's to write."""
    (root / "instruments").mkdir(parents=True)
    (root / "sources").mkdir()
    (root / "melflow.toml").write_text(
        '[alliance]\nid = "a"\nname = "A"\ntime_zone = "UTC"\nlanguages = ["en"]\n'
        '[calendar]\nkind = "half-year"\nfirst = "2025-H1"\nlast = "2026-H2"\n'
    )
    (root / "partners.csv").write_text(
        "partner_id,name,type,country,joined_on\nnorth,North Town,municipality,PE,2024-01-01\n"
        "south,South Town,municipality,PE,2024-01-01\n"
    )
    (root / "partnerships.yml").write_text("partnerships: []\n")
    book = openpyxl.Workbook()
    settings = [["form_title", "form_id", "version"], [form.title(), form, "1"]]
    for name, rows in {**sheets, "settings": settings}.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([None if cell == "" else cell for cell in row])
    book.remove(book.active)
    book.save(root / "instruments" / f"{form}.xlsx")
    return root


def write_source(root: Path, name: str, **declared: Any) -> None:
    """Write ``sources/<name>.yml``; JSON is YAML."""
    (root / "sources" / f"{name}.yml").write_text(json.dumps(declared))


@functools.cache
def _empty_warehouse() -> bytes:
    """Return a warehouse without rows: its tables are made once, which takes as long as a small run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.duckdb"
        prepare(path)
        return path.read_bytes()


class SurveySource:
    """The workspace with its one source, taken in as runs do."""

    def __init__(self, root: Path) -> None:
        self.workspace = load_workspace(root)
        (self.name,) = self.workspace.sources
        if not self.workspace.warehouse_path.exists():
            self.workspace.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
            self.workspace.warehouse_path.write_bytes(_empty_warehouse())
        self.instruments = read_instruments(root / "instruments", self.workspace.framework)

    def take_in(self, **how: Any) -> Intake:
        """Run once, with the warehouse held open as ``flows/ingest.py`` does: else it is opened a dozen times."""
        with connect(self.workspace.warehouse_path):
            return take_in(self.workspace, self.name, self.instruments, **how)

    def submissions(self, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
        """Return columns of the submission versions in the warehouse, in order."""
        with connect(self.workspace.warehouse_path) as con:
            return con.execute(f"select {columns} from raw.src_submission where {where} order by all").fetchall()

    def until_done(self) -> Intake:
        """Run as a schedule does: what is cut off is tried again, as is a session that ran out twice."""
        for _ in range(50):
            try:
                intake = self.take_in()
            except TransientError:
                continue
            if not intake.failures:
                return intake
            assert "token refused" in str(intake.failures[0])
        raise AssertionError("the server never answered to the end")


def state(submissions: Sequence[Sequence[str | None]], answers: Sequence[Sequence[str | None]]) -> State:
    """Return what the tables should hold: submissions that stand (SUBMISSION), and their answers (ANSWER)."""
    schema = dict.fromkeys(SUBMISSION, pl.String)
    rows = pl.DataFrame(submissions, schema=schema, orient="row")
    said = pl.DataFrame(answers, schema=dict.fromkeys(ANSWER, pl.String), orient="row")
    return rows.sort("native_id"), said.sort(ANSWER)


def tables_of(workspace: Workspace) -> State:
    """Return the submissions that stand in the warehouse, and their answers; several choices as they came, once."""
    with connect(workspace.warehouse_path) as con:
        submissions = con.execute(
            f"select {', '.join(SUBMISSION)} from raw.src_submission where is_current and deleted_at is null"
        ).pl()
        answers = con.execute(
            """
            select version_id, repeat_path, item_path_raw as path, value_raw as value
            from raw.src_response
            where value_raw is not null and (option = '__answered' or item_path_raw not in (
                    select item_path_raw from raw.src_response where option = '__answered'
                ))
                and version_id in (
                    select version_id from raw.src_submission where is_current and deleted_at is null
                )
            """
        ).pl()
    return submissions.sort("native_id"), answers.sort(ANSWER)


def assert_equal(workspace: Workspace, expected: State) -> None:
    """Compare what stands in the warehouse with what should."""
    for there, here in zip(expected, tables_of(workspace), strict=True):
        assert here.equals(there, null_equal=True), there.join(here, on=there.columns, how="anti", nulls_equal=True)


def account(workspace: Workspace) -> dict[str, Any]:
    """Return the newest reconciliation."""
    with connect(workspace.warehouse_path) as con:
        return con.execute("from raw.reconcile order by checked_at desc limit 1").pl().row(0, named=True)


def unchecked(frames: dict[str, pl.DataFrame], *_: Any, **__: Any) -> Checked:
    """Let every row pass: the checks at the door have tests of their own, and take most of a run's time."""
    return Checked(frames, pl.DataFrame(schema=HELD), pl.DataFrame(schema=RESULT), ())
