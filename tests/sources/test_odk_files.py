from pathlib import Path

import central_payloads as central
import pytest

from melflow.core.workspace.source import OdkSource
from melflow.sources import archive
from melflow.sources.fetch import fetch

GIVEN = [("uuid:1", {"who": "N", "skill": [{"title": "T"}], "meta": {"instanceID": "uuid:1"}}, central.system())]


def _offered(root: Path, files: dict[str, bytes]) -> dict[str, list[str]]:
    """Return origin -> names of the files in it, as they lie in a folder."""
    for name, content in files.items():
        (root / "inbox" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "inbox" / name).write_bytes(content)
    source = OdkSource(name="o", title="O", path="inbox/**/*", connector="odk", instrument="team")
    found = {payload.origin: payload.content for payload in fetch(source, root)}
    return {
        origin: list(archive.files(content)) if content.startswith(archive.MAGIC) else []
        for origin, content in found.items()
    }


def test_gather__tables_of_one_csv_export(tmp_path: Path) -> None:
    """Should put the tables of repeats to the submissions of their export, bytes as they are, and no others."""
    csvs = central.csvs(GIVEN)
    older = {name.replace("team", "team-2024"): content for name, content in csvs.items()}
    found = _offered(tmp_path, csvs | older | {"notes.csv": b"a,b\n1,2\n"})
    mine = ["team.csv", "team-member.csv", "team-skill~1.csv", "team-skill~2.csv"]
    assert found == {
        "inbox/notes.csv": [],
        "inbox/team.csv": mine,
        "inbox/team-2024.csv": [name.replace("team", "team-2024") for name in mine],
    }


def test_gather__json_tables_of_a_folder(tmp_path: Path) -> None:
    """Should put tables together where one is of a repeat, and leave answers with repeats inside alone."""
    tables = {f"one/{name}.json": central.answer(name, rows) for name, rows in central.tables(GIVEN).items()}
    whole = central.answer("Submissions", [central.nested(*GIVEN[0])])
    found = _offered(tmp_path, tables | {"two/a.json": whole, "two/b.json": whole, "two/c.json": b"{"})
    assert found == {
        "inbox/one/Submissions.json": ["Submissions.json", "Submissions.about.member.json", "Submissions.skill.json"],
        "inbox/two/a.json": [],
        "inbox/two/b.json": [],
        "inbox/two/c.json": [],
    }


def test_gather__same_files_same_archive(tmp_path: Path) -> None:
    """Should give the same bytes whenever it is asked, or they would land again; a ZIP file stays as it is."""
    files = central.csvs(GIVEN)
    assert archive.pack(files.items()) == archive.pack(files.items())
    assert archive.files(archive.pack(files.items())) == files
    packed = archive.pack([("team.csv", files["team.csv"])])
    assert _offered(tmp_path, {"team.zip": packed}) == {"inbox/team.zip": ["team.csv"]}


@pytest.mark.parametrize("content", [b"", b"KEY", b"[1, 2]", b"\xff\xfeK\x00", b"PK\x03\x04"])
def test_gather__whatever_lies_there(tmp_path: Path, content: bytes) -> None:
    """Should hand over what it cannot make sense of; saying so is the parser's part."""
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "x").write_bytes(content)
    source = OdkSource(name="o", title="O", path="inbox/*", connector="odk", instrument="team")
    assert [payload.content for payload in fetch(source, tmp_path)] == [content]
