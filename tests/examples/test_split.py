"""Products say the same whether they come in one file or in several, in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from melflow.core.statistics.lineage import with_lineage
from melflow.core.workspace import load_workspace
from melflow.sources import register
from melflow.sources.canonical import PROVENANCE
from melflow.sources.payload import Origin


def lineages(versions: pl.DataFrame) -> pl.DataFrame:
    """Return depth, first version and contexts of each product version, without where its rows came from."""
    told = versions.group_by("product_id").agg(
        parent_key=pl.col("parent_version").drop_nulls().first(), contexts=pl.col("context").drop_nulls().unique()
    )
    found = with_lineage(told.rename({"product_id": "version_key"}))
    return found.select("version_key", "lineage_depth", "root_key", "n_contexts", "reason").sort("version_key")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.lists(st.integers(0, 2), min_size=400, max_size=400), turn=st.booleans())
def test_products__split_between_files(alliance: Path, cut: list[int], turn: bool) -> None:
    """Should give the same rows and lineages when a cycle's products are split between three files."""
    config = load_workspace(alliance).sources["register_products"]
    header, *lines = (alliance / "inbox" / "registers" / "products.csv").read_text("utf-8").splitlines()

    def read(name: str, some: list[str]) -> pl.DataFrame:
        origin = Origin("register_products", name, f"load-{name}", datetime(2026, 7, 1, tzinfo=UTC))
        frame = register.parse(origin, "\n".join([header, *some]).encode(), config).frames["src_product"]  # type: ignore[arg-type]
        return frame.drop(name for name in PROVENANCE if name != "content_hash")

    whole = read("whole.csv", lines)
    groups = [[line for line, part in zip(lines, cut, strict=False) if part == number] for number in range(3)]
    parts = [read(f"part{number}.csv", some[::-1] if turn else some) for number, some in enumerate(groups) if some]
    together = pl.concat(parts).unique()
    assert together.sort(pl.all()).equals(whole.unique().sort(pl.all()))
    assert lineages(together).equals(lineages(whole))
    assert lineages(whole)["lineage_depth"].drop_nulls().len() > 0
