from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from kobo_survey import Survey, make_workspace, submission
from survey_source import account, tables_of

from melflow.core.errors import TerminalError, TransientError, WorkspaceError
from melflow.core.warehouse import connect
from melflow.core.workspace import load_workspace
from melflow.flows.commands.check import check
from melflow.flows.status import source_status, write_status

pytestmark = pytest.mark.usefixtures("kobo_environment")


@pytest.mark.slow
def test_take_in__through_the_checks(small: Survey) -> None:
    """Should hold what breaks a rule, let an earlier version stand in for it, and account for both."""
    project = small.project
    assert small.take_in().counts.rows_loaded == 10
    project.edit(3, **{"about/partner": "nobody"})
    project.add(submission(11, random.Random(2)) | {"about/partner": "nobody"})
    intake = small.take_in()
    assert not intake.failures
    told = account(small.workspace)
    assert (told["rows_at_source"], told["rows_loaded"], told["rows_held"]) == (11, 9, 2)
    assert (told["rows_superseded"], told["difference"]) == (1, 0)
    assert len(small.submissions("native_id", "is_current and deleted_at is null")) == 10
    project.validate(3, "approved")  # the held version comes again
    project.delete(11)
    small.take_in()
    told = account(small.workspace)
    assert (told["rows_at_source"], told["rows_held"], told["rows_deleted"]) == (10, 1, 1)
    assert told["difference"] == 0
    project.edit(3, **{"about/partner": "north"})
    assert not small.take_in().failures
    small.assert_equal()
    told = account(small.workspace)
    assert (told["rows_loaded"], told["rows_held"], told["rows_superseded"], told["difference"]) == (10, 0, 2, 0)
    before = tables_of(small.workspace)
    assert not small.take_in(full=True).failures
    assert all(one.equals(other) for one, other in zip(before, tables_of(small.workspace), strict=True))


@pytest.mark.usefixtures("let_pass")
def test_take_in__back_again(small: Survey) -> None:
    """Should let A stand after A, B and A; and let a deletion stand until the submission re-appears."""
    project = small.project
    small.take_in()
    first, gone = dict(project.records[4]), dict(project.records[7])
    project.edit(4, comment="B")
    project.delete(7)
    small.take_in()
    small.assert_equal()
    assert [key for (key,) in small.submissions("native_id", "deleted_at is not null")] == ["7"]
    project.add(first)
    project.add(gone)
    small.take_in()
    small.assert_equal()
    small.take_in(full=True)
    small.assert_equal()
    assert len(small.submissions("version_id", "native_id = '4'")) == 2


@pytest.mark.usefixtures("let_pass")
def test_take_in__cut_off_deletes_nothing(small: Survey) -> None:
    """Should keep every submission when a sweep is cut off or refused, and say so."""
    small.take_in()
    small.project.delete(1)
    begun = small.project.n_asked
    small.project.trouble = lambda: "cut" if small.project.n_asked > begun + 1 else None
    with pytest.raises(TransientError):
        small.take_in()
    small.project.trouble = lambda: 403 if small.project.n_asked > begun + 1 else None
    intake = small.take_in()
    assert [problem.seen for problem in intake.failures] == ["token refused (HTTP 403)"]
    assert small.submissions("native_id", "deleted_at is not null") == []


@pytest.mark.usefixtures("let_pass")
def test_take_in__a_row_is_missing(small: Survey) -> None:
    """Should fail, with the figures, when a row that landed is nowhere."""
    assert not small.take_in().failures
    with connect(small.workspace.warehouse_path) as con:
        con.execute("delete from raw.src_submission where native_id = '5'")
    intake = small.take_in()
    assert [problem.rule for problem in intake.failures] == [
        "every row at the source is loaded, held, superseded or deleted"
    ]
    assert "10 rows at the source, 10 landed and 0 repeated; 9 loaded" in intake.failures[0].seen
    assert not small.take_in(full=True).failures


@pytest.mark.usefixtures("let_pass")
def test_take_in__unreadable_page_is_named_until_it_is_read(small: Survey) -> None:
    """Should name a page of another form in every run, though the server hands it over only once."""
    for key in list(small.project.records):
        small.project.delete(key)
    small.project.add({"_id": 1, "_uuid": "u", "somewhere/else": "x", "_validation_status": {}})
    for _ in range(2):
        failures = small.take_in().failures
        assert [problem.rule for problem in failures] == [
            "the submissions answer the form 'survey'",
            "every row at the source is loaded, held, superseded or deleted",
        ]
        assert "1 rows at the source, 0 landed" in failures[1].seen
        assert "1 payloads with an unknown number of rows were not read: http" in failures[1].seen
    told = account(small.workspace)
    assert (told["payloads_unread"], told["rows_loaded"]) == (1, 0)


def test_check__names_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should say which variable holds no token, without asking the server; and tell two sources of one project."""
    root = make_workspace(tmp_path / "w", "http://127.0.0.1:9")
    assert check(folder=root) == 0
    monkeypatch.delenv("KOBO_TOKEN")
    with pytest.raises(TerminalError, match=r"sources/kobo.yml: .* no variable KOBO_TOKEN"):
        check(folder=root)
    (root / "sources" / "again.yml").write_text((root / "sources" / "kobo.yml").read_text())
    with pytest.raises(WorkspaceError, match="each source asks for its own project"):
        load_workspace(root)


@pytest.mark.usefixtures("let_pass")
def test_status__shows_what_is_missing(small: Survey) -> None:
    """Should show how many rows the source has, and how many of them are nowhere."""
    small.take_in()
    with connect(small.workspace.warehouse_path) as con:
        con.execute("delete from raw.src_submission where native_id in ('5', '6')")
    small.take_in()
    write_status(small.workspace)
    (row,) = source_status(small.workspace, date(2026, 1, 1))
    assert (row.rows_at_source, row.difference) == (10, 2)
