"""The sheet for coders: what goes out, to whom, and that no text in it can be more than text."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from melflow.core.errors import TerminalError
from melflow.core.warehouse import connect
from melflow.flows import coding


@pytest.fixture
def workspace(tmp_path: Path) -> Any:
    """Return a workspace whose warehouse has three texts, of which ana coded one and opened another."""
    path = tmp_path / "warehouse.duckdb"
    with connect(path) as con:
        con.execute("create schema staging; create schema intermediate")
        con.execute(
            "create table staging.stg_codes as "
            "select 'trust' as code, 'Trust' as label, 'Relies on somebody.' as definition, true as is_current"
        )
        con.execute(
            "create table staging.stg_codings as select * from (values "
            "('t1', 'ana', 'trust', true), ('t2', 'ana', null, true)) as t (text_id, coder, code, is_current)"
        )
        con.execute(
            "create table intermediate.int_texts_listed as select * from (values "
            "('t1', 'f/why', 'p', '{\"en\": \"Why?\"}', 'because'), ('t2', 'f/why', 'p', '{\"en\": \"Why?\"}', '=1+1'),"
            "('t3', 'story', 'p', null, 'once')) as t (text_id, question_id, period_id, question, words)"
        )
    return SimpleNamespace(warehouse_path=path)


def _rows(path: Path) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(path)["texts"].iter_rows(values_only=True))


def test_export__what_the_coder_has_not_coded(workspace: Any, tmp_path: Path) -> None:
    """Should hold the texts without a code of ana's, the coder's name in place, and no formula."""
    target = tmp_path / "ana.xlsx"
    assert coding.export(workspace, "ana", target) == 2
    header, *rows = _rows(target)
    assert header == coding.HEADERS
    assert rows == [
        ("t2", "Why?", "p", "=1+1", "ana", None, None, None),
        ("t3", "story", "p", "once", "ana", None, None, None),
    ]
    sheet = openpyxl.load_workbook(target)["texts"]
    assert sheet["D2"].data_type == "s"
    places = {str(validation.sqref) for validation in sheet.data_validations.dataValidation}
    assert places == {"G2:G3", "H2:H3"}


def test_export__again_for_a_second_coder(workspace: Any, tmp_path: Path) -> None:
    """Should hold only what another has coded, so that two coders can be compared."""
    assert coding.export(workspace, "ben", tmp_path / "ben.xlsx", again=True) == 1
    assert [row[0] for row in _rows(tmp_path / "ben.xlsx")[1:]] == ["t1"]


def test_export__never_over_a_sheet_that_is_there(workspace: Any, tmp_path: Path) -> None:
    """Should leave a sheet alone that may hold codes already, and say what to do before a first build."""
    target = tmp_path / "ana.xlsx"
    target.write_bytes(b"codes")
    with pytest.raises(TerminalError, match="exists already"):
        coding.export(workspace, "ana", target)
    with pytest.raises(TerminalError, match="nothing was built yet"):
        coding.export(SimpleNamespace(warehouse_path=tmp_path / "none"), "ana", tmp_path / "new.xlsx")  # type: ignore[arg-type]
    assert target.read_bytes() == b"codes"
