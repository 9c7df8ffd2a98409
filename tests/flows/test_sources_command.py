from pathlib import Path

import pytest

from melflow.flows.cli import FAILED, USAGE, run

LOG = "Date,From,To,Type,Hours\n2024-03-01,North,South,visit,2\n2024-03-02,South,North,advice,1\n"
RESULTS = "Indicator,Partner,Actual\nIND-1,North,3\nIND-2,South,4\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "w"
    assert run(["init", str(folder)]) == 0
    (folder / "inbox" / "log.csv").write_text(LOG)
    (folder / "inbox" / "results.csv").write_text(RESULTS)
    return folder


def test_guess__proposal_is_checked(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Should write a source that the check accepts, with the file's own path, and never overwrite one."""
    output = workspace / "sources" / "log.yml"
    command = ["-C", str(workspace), "sources", "guess", str(workspace / "inbox" / "log.csv"), "--output", str(output)]
    assert run(command) == 0
    assert "path: inbox/log.csv " in output.read_text()
    assert run(["-C", str(workspace), "check"]) == 0
    assert "log: 1 files match inbox/log.csv" in capsys.readouterr().out
    assert run(command) == USAGE
    assert "overwrites nothing" in capsys.readouterr().err


def test_guess__open_line_is_named_by_the_check(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Should leave a line to fill in for the period, which the check asks for."""
    output = workspace / "sources" / "results.yml"
    assert (
        run(
            [
                "-C",
                str(workspace),
                "sources",
                "guess",
                str(workspace / "inbox" / "results.csv"),
                "--output",
                str(output),
            ]
        )
        == 0
    )
    assert "# TODO period:" in output.read_text()
    assert run(["-C", str(workspace), "check"]) == USAGE
    assert "period" in capsys.readouterr().err


def test_guess__outside_a_workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Should print the proposal without a workspace, and say what is no table."""
    (tmp_path / "log.csv").write_text(LOG)
    assert run(["-C", str(tmp_path), "sources", "guess", str(tmp_path / "log.csv")]) == 0
    assert "connector: activity_log" in capsys.readouterr().out
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    assert run(["-C", str(tmp_path), "sources", "guess", str(tmp_path / "picture.png")]) == FAILED
    assert "a PNG picture" in capsys.readouterr().err
    assert run(["-C", str(tmp_path), "sources", "guess", str(tmp_path / "nothing.csv")]) == USAGE
