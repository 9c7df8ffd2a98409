"""One setting for every test: properties are tried on the same examples everywhere, and a slow machine fails none."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

#: Started first, so that no core waits at the end: what is minutes long; the models, for all files of theirs wait until
#: one of them has built; and what would come last, and is long.
_FIRST = (
    "test_whole_way.py",
    "test_start_marts.py",
    "test_serving.py",
    "test_kobo_project.py",
    "test_odk_project.py",
    "test_marts.py",
    "test_wheel.py",
)

settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, max_examples=1000)  # HYPOTHESIS_PROFILE=search looks further
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session", autouse=True)
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give Prefect one home for all workspaces of a worker: making the tables of a new one takes six seconds.

    ``flows/test_serving.py`` has a home in the workspace, as everybody has.
    """
    with pytest.MonkeyPatch.context() as environment:
        if "PREFECT_HOME" not in os.environ:
            environment.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; within a file nothing moves."""
    items.sort(key=lambda item: _FIRST.index(item.path.name) if item.path.name in _FIRST else len(_FIRST))
