"""The published folder at another place: only what changed travels, what is gone goes, the index page last."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from file_servers import PASSWORD, USER, sftp
from fsspec.implementations.local import LocalFileSystem

from melflow.core.errors import TerminalError
from melflow.core.workspace.place import Access
from melflow.flows.upload import LIST, upload, upload_pages


def test_upload__only_what_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should bring an sftp folder to what is published, touch nothing that is the same, and take the rest away."""
    monkeypatch.setenv("UP_USER", USER)
    monkeypatch.setenv("UP_PASSWORD", PASSWORD)
    ours, far = tmp_path / "ours", tmp_path / "far"
    (ours / "editions/x").mkdir(parents=True)
    far.mkdir()
    for name, text in {"index.html": "one", "editions/x/a.pdf": "a", "editions/x/b.pdf": "b", ".hidden": "no"}.items():
        (ours / name).write_text(text)
    with sftp(far) as (port, fingerprint):
        access = Access(user="UP_USER", password="UP_PASSWORD", host_key=fingerprint)
        place = f"sftp://localhost:{port}/reports/funder"
        assert upload(ours, place, access, tmp_path) == 3
        there = far / "reports/funder"
        assert (there / "editions/x/a.pdf").read_text() == "a" and not (there / ".hidden").exists()
        assert upload(ours, place, access, tmp_path) == 0
        (ours / "index.html").write_text("two")
        (ours / "editions/x/b.pdf").unlink()
        (there / "editions/x/a.pdf").write_text("not touched")
        (there / "theirs.txt").write_text("not ours")
        assert upload(ours, place, access, tmp_path) == 2
        found = {path.relative_to(there).as_posix(): path.read_text() for path in there.rglob("*") if path.is_file()}
        del found[LIST]
        assert found == {"index.html": "two", "editions/x/a.pdf": "not touched", "theirs.txt": "not ours"}
        monkeypatch.delenv("UP_PASSWORD")
        with pytest.raises(TerminalError, match="UP_PASSWORD"):
            upload(ours, place, access, tmp_path)


def test_upload__into_the_workspace(tmp_path: Path) -> None:
    """Should copy into a folder of the workspace without asking for anything."""
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours/index.html").write_text("one")
    assert upload(tmp_path / "ours", "shared/reports", None, tmp_path) == 1
    assert (tmp_path / "shared/reports/index.html").read_text() == "one"


@pytest.mark.parametrize("cut_at", ["editions/x/b.pdf", "index.html"])
def test_upload__a_run_that_is_cut_forgets_nothing(
    cut_at: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should take away what a cut run had copied and nobody publishes any more, and copy again what it left half."""
    ours, far = tmp_path / "ours", tmp_path / "far"
    (ours / "editions/x").mkdir(parents=True)
    for name in ("index.html", "editions/x/a.pdf", "editions/x/b.pdf"):
        (ours / name).write_text(name)
    whole = LocalFileSystem.pipe_file

    def cut(store: Any, path: str, content: bytes) -> None:
        whole(store, path, content if not path.endswith(cut_at) else content[:3])
        if path.endswith(cut_at):
            raise KeyboardInterrupt

    with monkeypatch.context() as kept:
        kept.setattr(LocalFileSystem, "pipe_file", cut)
        with pytest.raises(KeyboardInterrupt):
            upload(ours, "far", None, tmp_path)
    assert (far / "editions/x/a.pdf").is_file()
    (ours / "editions/x/a.pdf").unlink()
    upload(ours, "far", None, tmp_path)
    found = {path.relative_to(far).as_posix(): path.read_text() for path in far.rglob("*.*") if path.is_file()}
    del found[LIST]
    assert found == {name: name for name in ("index.html", "editions/x/b.pdf")}


@pytest.mark.parametrize("broken", [b"", b'{"index.html": "4f', b"7"])
def test_upload__broken_list(broken: bytes, tmp_path: Path) -> None:
    """Should say that the list is broken and how to begin anew, not take everything for ours or for nobody's."""
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours/index.html").write_text("one")
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / LIST).write_bytes(broken)
    with pytest.raises(TerminalError, match="list of what was uploaded is whole"):
        upload(tmp_path / "ours", "far", None, tmp_path)
    assert (tmp_path / "far" / LIST).read_bytes() == broken and not (tmp_path / "far/index.html").exists()


def test_upload_pages__a_partner_that_is_shown_nothing_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should empty the copy of a partner whose folder is gone, and touch nothing that somebody else put there."""
    monkeypatch.setenv("UP_USER", USER)
    monkeypatch.setenv("UP_PASSWORD", PASSWORD)
    published, far = tmp_path / "published", tmp_path / "far"
    far.mkdir()
    for name in ("alpha", "beta"):
        (published / "partner" / name).mkdir(parents=True)
        (published / "partner" / name / "index.html").write_text(name)
    with sftp(far) as (port, fingerprint):
        access = Access(user="UP_USER", password="UP_PASSWORD", host_key=fingerprint)
        places = {"partner": SimpleNamespace(path="", access=access)}
        for path, at in (("copy", tmp_path / "copy"), (f"sftp://localhost:{port}/copy", far / "copy")):
            places["partner"].path = path
            workspace: Any = SimpleNamespace(
                root=tmp_path, published_dir=published, delivery=SimpleNamespace(upload=places)
            )
            (published / "partner/beta").mkdir(exist_ok=True)
            (published / "partner/beta/index.html").write_text("beta")
            assert upload_pages(workspace) == ()
            (at / "theirs").mkdir()
            (at / "theirs/index.html").write_text("not ours")
            (published / "partner/beta/index.html").unlink()
            (published / "partner/beta").rmdir()
            assert upload_pages(workspace) == ()
            found = sorted(path.relative_to(at).as_posix() for path in at.glob("*/index.html"))
            assert found == ["alpha/index.html", "theirs/index.html"]
