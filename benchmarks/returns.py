"""Return reports for many partners: editions a minute, and what they take of memory, from the first to the last.

.venv/bin/python benchmarks/returns.py [PARTNERS]

The release is invented: each partner has capability scores of four periods, three pairs, exchanges and counts of rows.
Three files of each partner (PDF, HTML, XLSX) are made one after the other, as ``melflow report`` does.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from melflow.reports.edition import render

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "helpers"))
from fake_release import make_release, make_report, make_workspace

PARTNERS, STEP = 500, 50
SECTIONS = ["capability", "health", "flow", "quality", "method"]


def main() -> None:
    """Make the editions and print a line for each ``STEP`` of them."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else PARTNERS
    partners = {f"p{number:04}": f"Partner {number}" for number in range(n)}
    with tempfile.TemporaryDirectory(prefix="melflow-returns-") as folder:
        ids = sorted(partners)
        pairs = [(one, other) for place, one in enumerate(ids) for other in ids[place + 1 : place + 4]]
        release = make_release(Path(folder) / "0001-bench", partners, n_dyads=len(pairs), pairs=pairs)
        report = make_report(
            name="return", audience="partner", publish_level="partners", sections=SECTIONS,
            formats=["pdf", "html", "xlsx"], names={},
        )  # fmt: skip
        print(f"{'editions':>10}{'a minute':>10}{'processor s each':>18}{'most memory MiB':>17}")
        started, worked = time.perf_counter(), time.process_time()
        for number, partner in enumerate(ids, start=1):
            render(release, report, make_workspace(), "2026-H1", Path(folder) / "editions", partner)
            if number % STEP == 0 or number == n:
                taken, busy = time.perf_counter() - started, time.process_time() - worked
                most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                print(f"{number:>10}{60 * number / taken:>10.0f}{busy / number:>18.2f}{most:>17.0f}", flush=True)


if __name__ == "__main__":
    main()
