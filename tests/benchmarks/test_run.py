"""The benchmark itself: that it runs, and forgets no mart. How long anything takes is never asserted."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _bare() -> dict[str, str]:
    """Return the bare SQL by mart."""
    spec = importlib.util.spec_from_file_location("bare", ROOT / "benchmarks" / "bare.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, str] = module.BARE
    return found


@pytest.mark.slow
def test_run__names_every_mart(tmp_path: Path) -> None:
    """Should build the smallest alliance and print rows, seconds and a ratio for every mart, and what help takes."""
    command = [sys.executable, str(ROOT / "benchmarks" / "run.py"), "--scale", "0.001", "--dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    said = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line.startswith("mart_")}
    assert set(said) == {path.stem for path in (ROOT / "models" / "marts").glob("mart_*.sql")}
    measured = set(_bare())
    assert measured <= set(said)
    for mart, (rows, own, needed, bare, ratio) in said.items():
        assert float(needed) >= float(own) >= 0
        if mart in measured:
            assert int(rows) > 0, mart
            assert float(bare) >= 0 and int(ratio) > 0, mart
        else:  # made of registers and workbooks, which are small: the large alliance has none
            assert (bare, ratio) == ("-", "-") and int(rows) >= 0, mart
    assert re.search(r"melflow --help: .* times an empty Python", done.stdout)
    assert "GiB" in done.stdout
    assert not list(tmp_path.iterdir())
