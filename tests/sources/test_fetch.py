import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from melflow.core.errors import MelflowError, SourceError, TransientError
from melflow.core.workspace.source import OdkSource, SpreadsheetSource
from melflow.core.workspace.source_base import Source
from melflow.sources.fetch import fetch
from melflow.sources.payload import Origin


def test_fetch__sorted_without_hidden_and_lock_files(tmp_path: Path) -> None:
    """Should yield the files of the pattern in order, and pass over what office programs and systems leave behind."""
    inbox = tmp_path / "inbox" / "kobo"
    inbox.mkdir(parents=True)
    for name in ("b.csv", "a.csv", "~$a.csv", ".hidden.csv", "c.txt"):
        (inbox / name).write_bytes(name.encode())
    (inbox / "folder.csv").mkdir()
    found = list(fetch(SimpleNamespace(name="s", path="inbox/kobo/*.csv"), tmp_path))  # type: ignore[arg-type]  # two attributes are enough
    assert [(one.origin, one.content) for one in found] == [
        ("inbox/kobo/a.csv", b"a.csv"),
        ("inbox/kobo/b.csv", b"b.csv"),
    ]
    assert {one.source for one in found} == {"s"}


def _fetched(root: Path, path: str, model: type[Source] = SpreadsheetSource) -> tuple[list[str], MelflowError]:
    """Return the origins that were yielded, and the error at the end."""
    found: list[str] = []
    config = model.model_construct(name="s", path=path, server=None)
    with pytest.raises(MelflowError) as caught:
        found.extend(one.origin for one in fetch(config, root))  # type: ignore[arg-type]  # one of its kinds
    return found, caught.value


def test_fetch__unreadable_and_vanishing_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should name a file that may not be read or went away while it was, and take all others."""
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / name).write_text(name)
    whole = Path.read_bytes

    def refused(path: Path) -> bytes:
        if path.name == "b.csv":
            raise PermissionError(13, "Permission denied")
        return whole(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    found, error = _fetched(tmp_path, "*.csv")
    assert found == ["a.csv", "c.csv"] and isinstance(error, SourceError)
    assert [(one.where, one.seen) for one in error.problems] == [("b.csv", "Permission denied")]

    def vanished(path: Path) -> bytes:
        path.unlink()
        return refused(path) if path.name == "b.csv" else whole(path)

    monkeypatch.setattr(Path, "read_bytes", vanished)
    found, error = _fetched(tmp_path, "*.csv")
    assert found == [] and isinstance(error, TransientError)
    assert {one.where: one.seen for one in error.problems} == {
        "a.csv": "a file that went away", "b.csv": "Permission denied", "c.csv": "a file that went away",
    }  # fmt: skip


def test_fetch__closed_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should name a folder that may not be listed: a pattern finds nothing in it, and would not say so."""
    for name in ("north", "south"):
        (tmp_path / "inbox" / name).mkdir(parents=True)
        (tmp_path / "inbox" / name / "a.csv").write_text("x")
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "south" and allowed(path, mode))
    found, error = _fetched(tmp_path, "inbox/*/*.csv")
    assert "inbox/north/a.csv" in found
    assert [(one.where, one.seen) for one in error.problems] == [("inbox/south", "no permission")]


def test_fetch__an_export_of_several_files_stays_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should keep the tables of an export back when one of them cannot be read, and take those of other folders."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "form.csv").write_text("KEY,a\nuuid:1,x\n")
        (tmp_path / name / "form-visits.csv").write_text("KEY,PARENT_KEY\nuuid:1/v[1],uuid:1\n")
    whole = Path.read_bytes
    bad = tmp_path / "one" / "form-visits.csv"
    monkeypatch.setattr(Path, "read_bytes", lambda path: whole(path if path != bad else tmp_path))
    found, error = _fetched(tmp_path, "*/*.csv", OdkSource)
    assert found == ["two/form.csv"]
    assert [(one.where, one.seen) for one in error.problems] == [("one/form-visits.csv", "Is a directory")]


@pytest.mark.parametrize(("place", "where"), [("", "inbox/x.csv"), ("2024!row 3", "inbox/x.csv!2024!row 3")])
def test_origin__error_names_the_file(origin, place: str, where: str) -> None:  # type: ignore[no-untyped-def]
    """Should put file and place first in the message."""
    made: Origin = origin("inbox/x.csv")
    assert made.error("rule", "seen", "Fix it.", place).problems[0].where == where
