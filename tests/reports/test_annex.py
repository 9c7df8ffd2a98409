"""The annex for programs: valid for those who wrote the format, and the same numbers as the release."""

from __future__ import annotations

import datetime as dt
import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import frictionless
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melflow.reports import annex
from melflow.reports.annex import _defused
from melflow.reports.columns_change import PERIODS
from melflow.reports.edition import Edition
from melflow.reports.xlsx_own import OwnSheet


@pytest.fixture(scope="module")
def package(edition: Edition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("annex")
    with zipfile.ZipFile(edition.files["annex"]) as archive:
        archive.extractall(folder)
    return folder


def test_annex__is_a_data_package(package: Path) -> None:
    """Should be found valid, with every cell of its type, by the reference implementation of the format."""
    said = json.loads((package / "datapackage.json").read_text())
    tables = [one for one in said["resources"] if one["format"] == "csv"]
    assert tables and all(field["description"] for one in tables for field in one["schema"]["fields"])
    with frictionless.system.use_context(trusted=True):
        read = frictionless.Package.from_descriptor({**said, "resources": tables}, basepath=str(package))
        report = read.validate()
    assert report.valid, report.flatten(["name", "type", "message"])
    assert sum(task.stats["rows"] for task in report.tasks) > 0


def test_annex__numbers_are_the_release_s(package: Path, release: Path, edition: Edition) -> None:
    """Should hold in both kinds of file what the release publishes for the period; formulas only as text."""
    with duckdb.connect(str(release / "melflow.duckdb"), read_only=True) as con:
        for file in sorted((package / "data").glob("pub_*.csv")):
            exact = pl.read_parquet(file.with_suffix(".parquet"))
            own = {"period_id": PERIODS.get(file.stem, "period_id")}
            columns = ", ".join(f'"{own.get(name, name)}" as "{name}"' for name in exact.columns)
            stored = con.execute(
                f"select {columns} from {file.stem} where {own['period_id']} = ? "
                "and publish_level in ('funder', 'public')",
                [edition.period_id],
            ).pl()
            shown = stored.filter(~pl.col("is_suppressed")) if "is_suppressed" in stored.columns else stored
            keys = [name for name, dtype in exact.schema.items() if dtype == pl.String]
            kept = exact.filter(~pl.col("is_suppressed")) if "is_suppressed" in exact.columns else exact
            assert kept.sort(keys).equals(shown.select(exact.columns).cast(dict(exact.schema)).sort(keys))
            texts = pl.read_csv(io.BytesIO(file.read_bytes()), infer_schema=False)
            assert texts.height == exact.height
            assert not texts.select(pl.col(keys).str.contains(r"^[=+@-]").any()).row(0).count(True)


def test_annex__what_stands_beside_the_tables() -> None:
    """Should hold own periods and restatements too, valid, with numbers as numbers and a withheld one as none."""
    columns = {
        "own_periods": ("indicator", "starts_on", "actual", "n_summed", "reason"),
        "restated": ("figure", "before", "now", "why"),
        "replies": ("partner", "figure", "reply", "reply_words"),
    }
    rows: dict[str, tuple[tuple[str | float | None, ...], ...]] = {
        "own_periods": (("Wells", "2026-01-01", 12.25, 2, None), ("=Wells", "2025-01-01", None, None, "no result")),
        "restated": (("Score", 61.0, 64.5, "late"), ("Score", "suppressed", 50.0, "was withheld")),
        "replies": (("Ana", "Score", "objection", "-1 is not so\nat all"),),
    }
    sheets = tuple(
        OwnSheet(key, tuple((name, f"Meaning of {name}") for name in names), rows[key], key, names)
        for key, names in columns.items()
    )
    files = annex.package({"name": "p", "title": "P"}, {}, "en", sheets)
    exact = {key: pl.read_parquet(io.BytesIO(files[f"data/{key}.parquet"])) for key in columns}
    assert exact["own_periods"].rows()[0] == ("Wells", dt.date(2026, 1, 1), 12.25, 2.0, None)
    assert exact["restated"]["before"].to_list() == [61.0, None]
    assert exact["replies"].rows() == list(rows["replies"])
    assert b"'=Wells" in files["data/own_periods.csv"] and b"'-1 is not" in files["data/replies.csv"]
    said = json.loads(files["datapackage.json"])
    assert len(said["resources"]) == 2 * len(columns)
    _valid(said, files)


def _valid(said: dict[str, Any], files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder, frictionless.system.use_context(trusted=True):
        for name, content in files.items():
            (Path(folder) / name).parent.mkdir(exist_ok=True)
            (Path(folder) / name).write_bytes(content)
        tables = [one for one in said["resources"] if one["format"] == "csv"]
        report = frictionless.Package.from_descriptor({**said, "resources": tables}, basepath=folder).validate()
        assert report.valid, report.flatten(["name", "type", "message"])


@given(st.lists(st.text("=+-@\t\r'a1é", max_size=4), min_size=1, max_size=6))
def test_defused__no_text_is_a_formula(texts: list[str]) -> None:
    """Should put an apostrophe before a text a spreadsheet program would compute, and change nothing else."""
    found = _defused(pl.DataFrame({"name": texts, "n": [-1.5] * len(texts)}))
    assert found["n"].to_list() == [-1.5] * len(texts)
    for text, shown in zip(texts, found["name"], strict=True):
        assert shown == (f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and text else text)
