"""The published folder: whole, without script, with nothing that was not agreed, replaced in one step."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import frictionless
import polars as pl
import pytest

from melflow.core.warehouse import RELEASE_FILE, connect
from melflow.reports.answer import Answer
from melflow.reports.approval import approve
from melflow.reports.edition import Edition, data_kept
from melflow.reports.frozen import Frozen
from melflow.reports.site import Site, place_of, publish


@pytest.fixture(scope="module")
def opened(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release in which the flow of one partnership is agreed for everybody."""
    folder = tmp_path_factory.mktemp("releases") / "20260701T060000-1a2b3c4d"
    folder.mkdir()
    shutil.copy(release / RELEASE_FILE, folder / RELEASE_FILE)
    with connect(folder / RELEASE_FILE) as con:
        for table in ("pub_mutuality_dyad", "pub_health_dyad"):
            con.execute(f"update {table} set publish_level = 'public' where dyad_id = 'alpha--delta'")
    return folder.parent


@pytest.fixture
def editions(edition: Edition, tmp_path: Path) -> Path:
    """The folder of all editions, with one."""
    shutil.copytree(edition.folder, tmp_path / "editions/funder/2026-H1" / edition.folder.name)
    return tmp_path / "editions"


def site(editions: Path, **more: str) -> Site:
    places = sorted(path.parent.relative_to(editions).as_posix() for path in editions.rglob("edition.json"))
    made = Site("funder", "River Basins <Alliance>", "Ten organisations.", "en", tuple(places))
    return replace(made, **more)  # type: ignore[arg-type]  # texts


def test_publish__index(editions: Path, opened: Path, tmp_path: Path) -> None:
    """Should lead to every file by a relative link, escape what it says, and need neither script nor network."""
    folder = publish(site(editions), editions, opened, tmp_path / "out")
    page = (folder / "index.html").read_text(encoding="utf-8")
    links = [link for link in re.findall(r'href="([^"]+)"', page) if not link.startswith("#")]
    assert len(links) == len(set(links)) + 1 == 9  # the page of the edition twice
    assert all((folder / link).is_file() and not link.startswith(("/", "http")) for link in links)
    assert "River Basins &lt;Alliance&gt;" in page and "<script" not in page and "://" not in page


def test_publish__open_tables(editions: Path, opened: Path, tmp_path: Path) -> None:
    """Should hold the rows agreed for everybody, no others, and be valid for those who wrote the format."""
    folder = publish(site(editions), editions, opened, tmp_path / "out")
    # every number of that partnership's health is withheld, and so is its table
    assert [path.name for path in folder.glob("data/*.parquet")] == ["pub_mutuality_dyad.parquet"]
    flow = pl.read_parquet(folder / "data/pub_mutuality_dyad.parquet")
    assert set(flow["dyad_id"]) == {"alpha--delta"} and flow["period_id"].n_unique() == 4
    said = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    tables = [resource for resource in said["resources"] if resource["format"] == "csv"]
    with frictionless.system.use_context(trusted=True):
        read = frictionless.Package.from_descriptor({**said, "resources": tables}, basepath=str(folder))
        assert len(tables) == 1 and read.validate().valid


def test_publish__open_tables_are_those_of_its_sections(editions: Path, opened: Path, tmp_path: Path) -> None:
    """Should open no table that the edition has no section of: partners could not object to what they did not see."""
    [manifest] = editions.rglob("edition.json")
    said = json.loads(manifest.read_text(encoding="utf-8"))
    said["frozen"]["sections"] = ["headlines", "health"]
    manifest.write_text(json.dumps(said), encoding="utf-8")
    folder = publish(site(editions), editions, opened, tmp_path / "out")
    assert not list(folder.glob("data/*")) and (folder / "index.html").is_file()


def test_publish__same_bytes_in_one_step(editions: Path, opened: Path, tmp_path: Path) -> None:
    """Should be the same version again, and otherwise a new one that takes the place of the old."""
    first = publish(site(editions), editions, opened, tmp_path / "out")
    version = first.resolve()
    made_at = version.stat().st_mtime_ns
    assert publish(site(editions), editions, opened, tmp_path / "out").resolve() == version
    assert version.stat().st_mtime_ns == made_at
    none = replace(site(editions), editions=())
    assert publish(none, editions, opened, tmp_path / "out").resolve() != version and not version.exists()
    assert "There is no edition yet." in (first / "index.html").read_text(encoding="utf-8")
    assert place_of("partner", "alpha") == "partner/alpha"


def test_publish__approved(editions: Path, opened: Path, tmp_path: Path) -> None:
    """Should say what the gate had said and why it goes out, and not who decided it."""
    [manifest] = editions.rglob("edition.json")
    said = json.loads(manifest.read_text(encoding="utf-8"))
    said["gate"] = {"verdict": "held", "reasons": ["The section 'Flow' has no published number."]}
    manifest.write_text(json.dumps(said), encoding="utf-8")
    approve(manifest.parent, "Ana Ruiz", "The log comes in autumn.", datetime(2026, 7, 2, tzinfo=UTC))
    folder = publish(site(editions), editions, opened, tmp_path / "out")
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "The section &#39;Flow&#39; has no published number." in page and "(2026-07-02): The log comes" in page
    assert "It goes out all the same" in page and "Ana" not in page and not list(folder.rglob("approval.json"))


def test_data_kept__one_reading_for_all_partners(edition: Edition, release: Path) -> None:
    """Should not read a release again for what changes no number of it, and read it again for what does."""
    frozen = Frozen.read(json.loads((edition.folder / "edition.json").read_text())["frozen"])
    data = data_kept(release, "2026-H1", frozen)
    said = Answer("beta", "pub_capability_score", "{}", "comment", "Yes.", "2026-07-02", is_held=False)
    for changes in ({"extent_before": {"health": 3}, "narrative": {"": "Ours."}}, {"title": {"en": "Other"}},
                    {"sections": ("flow",), "formats": ("html",)}, {"replies": (said,)}):  # fmt: skip
        assert data_kept(release, "2026-H1", replace(frozen, **changes)) is data  # type: ignore[arg-type]
    for changes in ({"replies": (replace(said, is_held=True),)}, {"publish_level": "partners"}, {"min_n": 30},
                    {"partner": "beta"}, {"language": "es"}):  # fmt: skip
        assert data_kept(release, "2026-H1", replace(frozen, **changes)) is not data  # type: ignore[arg-type]
