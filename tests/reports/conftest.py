"""One small release and its edition, for every test that only looks at them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_release import HOSTILE, make_release, make_report, make_workspace

from melflow.reports.edition import Edition, render


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
