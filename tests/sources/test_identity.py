from datetime import UTC, datetime
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from melflow.sources import canonical
from melflow.sources.identity import KNOWN, READS, adopt, identify
from melflow.sources.payload import Parsed


def _identify(*rows: dict[str, Any]) -> dict[str, list[Any]]:
    schema = {name: pl.UInt32 if name == "sub" else pl.String for name in READS}
    full = [{"sub": number, "content_hash": f"{number:016}", **row} for number, row in enumerate(rows)]
    return identify(pl.DataFrame(full, schema=schema), "north", "rootUuid").sort("sub").to_dict(as_series=False)


def test_identify__chain_of_edits() -> None:
    """Should name an edited submission by its first version, whatever the order of rows; _id comes after the chain."""
    found = _identify(
        {"uuid": "c", "deprecated_uuid": "b", "native_id": "5"},
        {"uuid": "a", "native_id": "5"},
        {"uuid": "b", "deprecated_uuid": "a", "native_id": "5"},
        {"uuid": "z", "native_id": "6"},
    )
    assert found["submission_id"] == ["a", "a", "a", "north:6"]
    assert found["root_rule"] == [*["deprecatedID chain"] * 3, "_id"]
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
    """Should prefer rootUuid; a row without one goes by the chain or _id, never by its _uuid."""
    found = _identify(
        {"uuid": "c", "root_uuid": "a", "deprecated_uuid": "b", "native_id": "5"},
        {"uuid": "z", "native_id": "6"},
        {"uuid": "y", "deprecated_uuid": "x", "native_id": "7"},
    )
    assert found["submission_id"] == ["a", "north:6", "x"]
    assert found["root_rule"] == ["rootUuid", "_id", "deprecatedID chain"]


def test_identify__chain_without_ids() -> None:
    """Should walk the chain to its start, and say of a row that names nothing but its version that it has no chain."""
    found = _identify({"uuid": "a"}, {"uuid": "b", "deprecated_uuid": "a"}, {"uuid": "z"})
    assert found["submission_id"] == ["a", "a", "z"]
    assert found["root_rule"] == ["deprecatedID chain", "deprecatedID chain", "instanceID alone"]


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


def _adopted(known: dict[str, list[str | None]], *rows: dict[str, str | None], **how: bool) -> list[tuple[str, str]]:
    """Return name and rule of each row after the warehouse's names were taken over; answers follow them."""
    frame = pl.DataFrame([{"ingested_at": datetime(2025, 1, 1, tzinfo=UTC), **row} for row in rows])
    frames = {
        "src_submission": canonical.conform("src_submission", frame),
        "src_response": canonical.conform("src_response", frame.select("submission_id", "version_id")),
    }
    found = adopt(Parsed(frames), pl.DataFrame(known, schema=dict.fromkeys(KNOWN, pl.String)), **how).frames
    names = found["src_submission"].select("submission_id", "root_rule").rows()
    assert found["src_response"]["submission_id"].to_list() == [name for name, _ in names]
    return names


def test_adopt__keeps_the_name_the_warehouse_knows() -> None:
    """Should find the known submission over version, predecessor or root, in submissions and responses alike."""
    known: dict[str, list[str | None]] = {
        "submission_id": ["n:5", "n:6"], "version_id": ["a", "x"], "supersedes_version_id": [None, "w"],
        "native_id": [None, None], "root_rule": ["_id", "_id"],
    }  # fmt: skip
    rows = [
        {"submission_id": "a", "version_id": "c", "supersedes_version_id": "b"},
        {"submission_id": "new", "version_id": "n", "supersedes_version_id": None},
        {"submission_id": "n:7", "version_id": "y", "supersedes_version_id": "x"},
        {"submission_id": "n:8", "version_id": "w", "supersedes_version_id": None},
    ]
    taken = [("n:5", "_id"), ("new", "rootUuid"), ("n:6", "_id"), ("n:6", "_id")]
    assert _adopted(known, *({**row, "root_rule": "rootUuid"} for row in rows)) == taken


def test_adopt__by_the_id_of_the_server() -> None:
    """Should link what JSON and exports name otherwise by _id; two roots of two servers stay two submissions."""
    known: dict[str, list[str | None]] = {
        "submission_id": ["a"], "version_id": ["c"], "supersedes_version_id": [None], "native_id": ["5"],
        "root_rule": ["rootUuid"],
    }  # fmt: skip
    export = {"submission_id": "n:5", "version_id": "d", "native_id": "5", "root_rule": "_id"}
    other = {"submission_id": "q", "version_id": "q", "native_id": "5", "root_rule": "rootUuid"}
    assert _adopted(known, export, other) == [("a", "rootUuid"), ("q", "rootUuid")]
    assert _adopted(known, other, one_server=True) == [("a", "rootUuid")]


_HEADERS = ("root_uuid", "deprecated_uuid", "native_id")


@given(
    edits=st.lists(st.integers(0, 2), max_size=8),
    exports=st.lists(st.tuples(st.integers(0, 8), st.sets(st.sampled_from(_HEADERS[:2]))), min_size=1, max_size=6),
)
def test_adopt__one_name_through_every_export(edits: list[int], exports: list[tuple[int, set[str]]]) -> None:
    """Should know a submission by one name, whichever edits an export missed and columns it lacks beside _id."""
    stood: list[dict[int, dict[str, str | None]]] = [{one: _version(one, 0) for one in range(3)}]
    for number, one in enumerate(edits, 1):
        stood.append({**stood[-1], one: _version(one, number, stood[-1][one]["uuid"])})
    known = pl.DataFrame(schema=dict.fromkeys((*KNOWN, "sub"), pl.String))
    for after, headers in exports:
        rows = [
            {name: cell for name, cell in row.items() if name in headers or name not in _HEADERS[:2]}
            for row in stood[min(after, len(edits))].values()
        ]
        frame = (
            pl.DataFrame(_identify(*rows))
            .drop("sub", "is_duplicate", "is_conflict")
            .with_columns(native_id=pl.Series([row["native_id"] for row in rows]))
        )
        frame = frame.with_columns(ingested_at=pl.lit(datetime(2025, 1, 1, tzinfo=UTC)))
        parsed = adopt(Parsed({"src_submission": canonical.conform("src_submission", frame)}), known.select(KNOWN))
        known = pl.concat([known.select(KNOWN), parsed.frames["src_submission"].select(KNOWN)])
    names = known.group_by("native_id").agg(pl.col("submission_id").n_unique())["submission_id"]
    assert set(names) == {1} and known["submission_id"].n_unique() == 3
    assert set(known["root_rule"]) <= {"rootUuid", "deprecatedID chain", "_id"}


def _version(one: int, number: int, before: str | None = None) -> dict[str, str | None]:
    own = f"{one}.{number}"
    return {"uuid": own, "root_uuid": f"{one}.0", "deprecated_uuid": before, "native_id": str(one), "content_hash": own}
