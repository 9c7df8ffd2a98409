from datetime import UTC, datetime
from typing import Any

import polars as pl

from melflow.sources import canonical
from melflow.sources.identity import READS, adopt, identify
from melflow.sources.payload import Parsed


def _identify(*rows: dict[str, Any], gives_root: bool = False) -> dict[str, list[Any]]:
    schema = {name: pl.UInt32 if name == "sub" else pl.String for name in READS}
    full = [{"sub": number, "content_hash": f"{number:016}", **row} for number, row in enumerate(rows)]
    return (
        identify(pl.DataFrame(full, schema=schema), "north", "rootUuid", gives_root=gives_root)
        .sort("sub")
        .to_dict(as_series=False)
    )


def test_identify__chain_of_edits() -> None:
    """Should make versions of one submission of an edited one, in the order of edits, whatever the order of rows."""
    found = _identify(
        {"uuid": "c", "deprecated_uuid": "b", "native_id": "5"},
        {"uuid": "a", "native_id": "5"},
        {"uuid": "b", "deprecated_uuid": "a", "native_id": "5"},
        {"uuid": "z", "native_id": "6"},
    )
    assert found["submission_id"] == ["north:5", "north:5", "north:5", "north:6"]
    assert found["version_id"] == ["c", "a", "b", "z"]
    assert found["supersedes_version_id"] == ["b", None, "a", None]
    assert found["is_current"] == [True, False, False, True]
    assert not any(found["is_conflict"]) and not any(found["is_duplicate"])


def test_identify__same_id_new_uuid_is_an_edit() -> None:
    """Should take a new uuid under the same _id as a version, the later one current."""
    found = _identify(
        {"uuid": "b", "native_id": "5", "submitted_at": "2025-01-02"},
        {"uuid": "a", "native_id": "5", "submitted_at": "2025-01-01"},
    )
    assert found["supersedes_version_id"] == ["a", None]
    assert found["is_current"] == [True, False] and not any(found["is_conflict"])


def test_identify__root_uuid_names_the_submission() -> None:
    """Should prefer rootUuid; a row without one in such a file was never edited."""
    found = _identify(
        {"uuid": "b", "root_uuid": "a", "native_id": "5"}, {"uuid": "z", "native_id": "6"}, gives_root=True
    )
    assert found["submission_id"] == ["a", "z"]
    assert found["root_rule"] == ["rootUuid", "rootUuid"]


def test_identify__chain_without_ids() -> None:
    """Should walk the chain to its start where a file has neither rootUuid nor _id."""
    found = _identify({"uuid": "a"}, {"uuid": "b", "deprecated_uuid": "a"})
    assert found["submission_id"] == ["a", "a"]
    assert set(found["root_rule"]) == {"deprecatedID chain"}


def test_identify__repetition_is_counted_once() -> None:
    """Should keep the first of two rows that say the same about the same submission."""
    row = {"uuid": "a", "native_id": "5", "content_hash": "f" * 16}
    assert _identify(row, row)["is_duplicate"] == [False, True]


def test_identify__no_identifier_at_all() -> None:
    """Should fall back to the content: the same content twice is a repetition, another content another submission."""
    found = _identify({"content_hash": "e" * 16}, {"content_hash": "e" * 16}, {"content_hash": "f" * 16})
    assert found["is_duplicate"] == [False, True, False]
    assert set(found["root_rule"]) == {"content hash"} and len(set(found["submission_id"])) == 2


def test_identify__contradiction_is_no_edit() -> None:
    """Should mark all rows that share a key, differ, and have no edit between them; never keep the last silently."""
    same_uuid = _identify({"uuid": "a", "native_id": "5"}, {"uuid": "a", "native_id": "5"})
    assert same_uuid["is_conflict"] == [True, True]
    legacy = _identify({"uuid": "a", "native_id": "5"}, {"uuid": "a", "native_id": "6"})
    assert legacy["is_conflict"] == [True, True] and len(set(legacy["submission_id"])) == 1
    only_id = _identify({"native_id": "5"}, {"native_id": "5"})
    assert only_id["is_conflict"] == [True, True] and len(set(only_id["version_id"])) == 2


def test_identify__edit_without_change_is_a_version() -> None:
    """Should keep an edit that names its predecessor although nothing changed."""
    same = "f" * 16
    found = _identify({"uuid": "a", "content_hash": same}, {"uuid": "b", "deprecated_uuid": "a", "content_hash": same})
    assert found["is_duplicate"] == [False, False] and found["is_current"] == [False, True]


def test_identify__circle_of_edits_ends() -> None:
    """Should not run in circles when a file claims that each of two versions edits the other."""
    found = _identify({"uuid": "a", "deprecated_uuid": "b"}, {"uuid": "b", "deprecated_uuid": "a"})
    assert sum(found["is_current"]) == 1


def test_adopt__keeps_the_name_the_warehouse_knows() -> None:
    """Should find the known submission over version, predecessor or root, in submissions and responses alike."""
    stamp = datetime(2025, 1, 1, tzinfo=UTC)
    submissions = pl.DataFrame(
        {
            "submission_id": ["a", "new", "n:7"],
            "version_id": ["c", "n", "y"],
            "supersedes_version_id": ["b", None, "x"],
            "ingested_at": [stamp] * 3,
        }
    )
    frames = {
        "src_submission": canonical.conform("src_submission", submissions),
        "src_response": canonical.conform("src_response", submissions.select("submission_id", "version_id")),
    }
    known = pl.DataFrame({"submission_id": ["n:5", "n:6"], "version_id": ["a", "x"]})
    found = adopt(Parsed(frames), known).frames
    for frame in found.values():
        assert frame["submission_id"].to_list() == ["n:5", "new", "n:6"]
    assert adopt(Parsed(frames), known.clear()).frames is frames
