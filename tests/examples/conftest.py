from __future__ import annotations

from pathlib import Path

import pytest

from melflow.examples.generate import write_example


@pytest.fixture(scope="session")
def alliance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example workspace, made once."""
    folder = tmp_path_factory.mktemp("example") / "alliance"
    write_example(folder)
    return folder
