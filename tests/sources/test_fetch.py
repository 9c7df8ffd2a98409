from pathlib import Path
from types import SimpleNamespace

import pytest

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


@pytest.mark.parametrize(("place", "where"), [("", "inbox/x.csv"), ("2024!row 3", "inbox/x.csv!2024!row 3")])
def test_origin__error_names_the_file(origin, place: str, where: str) -> None:  # type: ignore[no-untyped-def]
    """Should put file and place first in the message."""
    made: Origin = origin("inbox/x.csv")
    assert made.error("rule", "seen", "Fix it.", place).problems[0].where == where
