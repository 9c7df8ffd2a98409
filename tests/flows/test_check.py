"""``melflow check`` asks every place and looks for every secret, and moves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from file_servers import web

from melflow.flows.cli import DONE, run

PLACE = "path: http://127.0.0.1:{port}/folder/*.xlsx\naccess: {{token: RESULTS_TOKEN}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.setenv("MELFLOW_HASH_KEY", "a key that is long enough")
    assert run(["init", str(tmp_path / "w")]) == DONE
    capsys.readouterr()
    return tmp_path / "w"


def test_check__asks_every_place(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Should count what a place offers, and name a secret that is not set and a place that does not answer."""
    (tmp_path / "far" / "folder").mkdir(parents=True)
    (tmp_path / "far" / "folder" / "a.xlsx").write_bytes(b"never read")
    rest = "connector: spreadsheet\ntitle: R\nperiod: '{sheet}'\n"
    rest += "columns: {indicator_id: Code, partner: Organisation, actual: Actual}\npush: {secret: RESULTS_PUSH}\n"
    with web(tmp_path / "far") as server:
        (folder / "sources" / "far.yml").write_text(PLACE.format(port=server.server_address[1]) + rest)
        monkeypatch.delenv("RESULTS_PUSH", raising=False)
        assert run(["-C", str(folder), "check"]) != DONE
        assert "no variable RESULTS_PUSH" in _flat(capsys)
        monkeypatch.setenv("RESULTS_PUSH", "a secret shared with the sender")
        assert run(["-C", str(folder), "check"]) != DONE
        assert "no variable RESULTS_TOKEN" in _flat(capsys)
        monkeypatch.setenv("RESULTS_TOKEN", "hush")
        assert run(["-C", str(folder), "check"]) == DONE
        assert "far: 1 files match http://127.0.0.1" in _flat(capsys)
        assert not any(command == "GET" and path.endswith(".xlsx") for command, path, _ in server.asked)
        server.statuses["folder"] = server.statuses[""] = 403
        assert run(["-C", str(folder), "check"]) != DONE
        told = _flat(capsys)
        assert "the place lets us read" in told and "hush" not in told
    assert not (folder / "var" / "landing").exists()


def _flat(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    return " ".join((captured.out + captured.err).split())
