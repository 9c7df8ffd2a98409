"""dbt's reading of the models is kept while it would come out the same, and made anew when it would not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from melflow.flows import dbt_manifest
from melflow.flows.dbt_manifest import PROJECT, manifest

VARIABLES: dict[str, Any] = {"confidence": 0.95, "positive_from": 75, "as_of": "2025-07-01", "load_id": "build-1"}


@pytest.fixture
def readings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return the variables of each reading that is made; an empty project is read, in a cache of its own."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumaro_encoder

    made: list[dict[str, Any]] = []

    def read(variables: dict[str, Any], _: Path) -> bytes:
        made.append(variables)
        content: bytes = Manifest().to_msgpack(extended_mashumaro_encoder)  # type: ignore[attr-defined]
        return content

    monkeypatch.setattr(dbt_manifest, "_read", read)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return made


def test_manifest__kept(readings: list[dict[str, Any]]) -> None:
    """Should read once for runs that differ in what only SQL names, and with what YAML names as the project sets it."""
    manifest(VARIABLES, Path("warehouse.duckdb"))
    manifest(VARIABLES | {"as_of": "2026-01-01", "positive_from": 50, "load_id": "x"}, Path("warehouse.duckdb"))
    manifest({}, Path("warehouse.duckdb"))
    assert len(readings) == 1 and readings[0]["confidence"] == 0.95
    assert not {"as_of", "positive_from", "load_id"} & readings[0].keys()


@pytest.mark.parametrize(("variables", "warehouse"), [({"confidence": 0.9}, "warehouse.duckdb"), ({}, "other.duckdb")])
def test_manifest__differs(readings: list[dict[str, Any]], variables: dict[str, Any], warehouse: str) -> None:
    """Should read anew for another threshold, which YAML files fill in, and for a database of another name."""
    manifest(VARIABLES, Path("warehouse.duckdb"))
    manifest(VARIABLES | variables, Path(warehouse))
    assert len(readings) == 2


def test_manifest__changed_model(
    readings: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should read anew when a model changed."""
    monkeypatch.setattr(dbt_manifest, "PROJECT", tmp_path)
    model = tmp_path / "models" / "a.sql"
    for name in ("dbt_project.yml", "profiles.yml"):
        (tmp_path / name).write_text("name: melflow\n")
    model.parent.mkdir()
    for text in ("select 1", "select 1", "select 2"):
        model.write_text(text)
        manifest(VARIABLES, Path("warehouse.duckdb"))
    assert len(readings) == 2


@pytest.mark.parametrize("spoil", [lambda path: path.write_bytes(b"half"), lambda path: path.unlink()])
def test_manifest__spoilt(readings: list[dict[str, Any]], tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """Should read anew when what was kept is damaged or gone."""
    manifest(VARIABLES, Path("warehouse.duckdb"))
    (kept,) = (tmp_path / "cache").rglob("*.msgpack")
    spoil(kept)
    manifest(VARIABLES, Path("warehouse.duckdb"))
    manifest(VARIABLES, Path("warehouse.duckdb"))
    assert len(readings) == 2


def test_manifest__nowhere_to_keep(readings: list[dict[str, Any]], tmp_path: Path) -> None:
    """Should do without a cache where none can be written."""
    (tmp_path / "cache").write_text("a file where the folder would be")
    manifest(VARIABLES, Path("warehouse.duckdb"))
    manifest(VARIABLES, Path("warehouse.duckdb"))
    assert len(readings) == 2


def test_variables__no_other_place_is_filled_in_early() -> None:
    """Should find no configuration and no branch on a variable in SQL: these are settled when the models are read."""
    files = [path for place in ("models", "core/macros") for path in (PROJECT / place).rglob("*.sql")]
    assert len(files) > 100
    early = re.compile(r"\{\{\s*config\(|\{%-?\s*(if|elif|for|set)\b[^%]*\bvar\(")
    assert [path.name for path in files if early.search(path.read_text(encoding="utf-8"))] == []
