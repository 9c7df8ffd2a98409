"""The annex for programs: valid for those who wrote the format, and the same numbers as the release."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import duckdb
import frictionless
import polars as pl
import pytest

from melflow.reports.edition import Edition


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
        for file in sorted((package / "data").glob("*.csv")):
            exact = pl.read_parquet(file.with_suffix(".parquet"))
            columns = ", ".join(f'"{name}"' for name in exact.columns)
            stored = con.execute(
                f"select {columns} from {file.stem} where period_id = ? and publish_level in ('funder', 'public')",
                [edition.period_id],
            ).pl()
            shown = stored.filter(~pl.col("is_suppressed")) if "is_suppressed" in stored.columns else stored
            keys = [name for name, dtype in exact.schema.items() if dtype == pl.String]
            kept = exact.filter(~pl.col("is_suppressed")) if "is_suppressed" in exact.columns else exact
            assert kept.sort(keys).equals(shown.select(exact.columns).cast(dict(exact.schema)).sort(keys))
            texts = pl.read_csv(io.BytesIO(file.read_bytes()), infer_schema=False)
            assert texts.height == exact.height
            assert not texts.select(pl.col(keys).str.contains(r"^[=+@-]").any()).row(0).count(True)
