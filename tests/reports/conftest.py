"""One small release and its edition, for every test that only looks at them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from every_section import BROKEN, every_section
from fake_release import HOSTILE, make_release, make_report, make_workspace
from frames import SETTINGS

from melflow.core.warehouse import RELEASE_FILE
from melflow.reports.edition import Edition, render
from melflow.reports.sections import SECTIONS


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_release(tmp_path_factory.mktemp("release") / "r1", HOSTILE, n_dyads=4)


@pytest.fixture(scope="session")
def report() -> Any:
    return make_report()


@pytest.fixture(scope="session")
def workspace() -> Any:
    return make_workspace()


@pytest.fixture(scope="session")
def names() -> dict[str, str]:
    return HOSTILE


@pytest.fixture(scope="session")
def edition(release: Path, report: Any, workspace: Any, tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return render(release, report, workspace, "2026-H1", tmp_path_factory.mktemp("editions"))


@pytest.fixture(scope="session")
def whole_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a release with rows for every section, and beside it the one before, in which one figure was another."""
    folder, dyads = tmp_path_factory.mktemp("whole"), ["alpha--beta", "alpha--delta", "alpha--gamma", "beta--delta"]
    more = every_section(sorted(HOSTILE), dyads)
    made = make_release(folder / "releases" / "0002-bbbbbbbb", HOSTILE, n_dyads=4, more=more)
    before = made.parent / "0001-aaaaaaaa"
    before.mkdir()
    (before / RELEASE_FILE).write_bytes((made / RELEASE_FILE).read_bytes())
    for one in (made, before):
        with duckdb.connect(str(one / RELEASE_FILE)) as con:
            con.execute("update release_info set release_id = ?", [one.name])
            con.execute(BROKEN)
            if one is before:
                con.execute("update pub_power_balance set total = 1012 where resource = 'airtime'")
    return made


@pytest.fixture(scope="session")
def whole(whole_release: Path, workspace: Any, tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """Return an edition with every section in every format, and the one before it."""
    out, release = tmp_path_factory.mktemp("whole-editions"), whole_release
    settings = SimpleNamespace(model_dump=lambda mode: SETTINGS)
    told = {"name": "all", "audience": "officer", "publish_level": "internal", "sections": [*SECTIONS, "glossary"]}
    early = make_report(**told | {"sections": ["power", "changes"], "formats": ["xlsx"]})
    render(release.parent / "0001-aaaaaaaa", early, workspace, "2026-H1", out)
    formats = ["pdf", "html", "xlsx", "docx", "annex", "iati"]
    return render(
        release, make_report(**told, formats=formats, iati=settings, also_in=("es",)), workspace, "2026-H1", out
    )
