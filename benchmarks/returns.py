"""Return reports of many partners: editions a minute, and the memory they take from the first to the last.

.venv/bin/python benchmarks/returns.py [PARTNERS]        # 50 or more: fewer are made by one process

Two releases are invented: each partner has capability scores of four periods, three pairs, exchanges and counts of
rows; in the second a fifth of the scores are corrected. Of each partner PDF, HTML and XLSX are made from the first, and
then from the second, with a section that tells what changed; every second partner reads Spanish. They are made as
``melflow report`` makes them, by as many processes as there are cores.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Collection
from datetime import UTC, datetime
from multiprocessing import active_children
from pathlib import Path
from types import SimpleNamespace

from melflow.core import warehouse
from melflow.flows.edition_job import Job
from melflow.flows.edition_workers import each
from melflow.flows.release import Release
from melflow.reports.history import went_out

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "helpers"))
from fake_release import make_release, make_report, make_workspace

PARTNERS, STEP = 500, 50
SECTIONS = ["capability", "health", "flow", "quality", "method"]
FIRST, SECOND = "20260701T060000-1a2b3c4d", "20260801T060000-2b3c4d5e"
CORRECTED = f"""
    update pub_capability_score set score = score - 1 where hash(partner_id || capability) % 5 = 0;
    update release_info set release_id = '{SECOND}', created_at = created_at + interval 31 days
"""


class _Had(Job):
    """Editions whose readers have those of the release before."""

    def _received(self, partner: str | None, language: str | None) -> Collection[str] | None:
        return None


def main() -> None:
    """Make the editions of both releases and print a line for each ``STEP`` of them."""
    n = max(int(sys.argv[1]), STEP) if len(sys.argv) > 1 else PARTNERS
    partners = {f"p{number:04}": f"Partner {number}" for number in range(n)}
    print(f"{'editions':>26}{'a minute':>10}{'processor s each':>18}{'processes':>11}{'most memory MiB':>17}")
    with tempfile.TemporaryDirectory(prefix="melflow-returns-") as folder:
        first, second = _releases(Path(folder), partners)
        _make(Path(folder), partners, first, SECTIONS)
        _make(Path(folder), partners, second, [*SECTIONS, "changes"])


def _releases(folder: Path, partners: dict[str, str]) -> tuple[Release, Release]:
    ids = sorted(partners)
    pairs = [(one, other) for place, one in enumerate(ids) for other in ids[place + 1 : place + 4]]
    first = make_release(folder / "releases" / FIRST, partners, n_dyads=len(pairs), pairs=pairs)
    second = first.parent / SECOND
    second.mkdir()
    (second / warehouse.RELEASE_FILE).write_bytes((first / warehouse.RELEASE_FILE).read_bytes())
    with warehouse.connect(second / warehouse.RELEASE_FILE) as con:
        con.execute(CORRECTED)
    return Release(FIRST, first, is_new=False), Release(SECOND, second, is_new=False)


def _make(folder: Path, partners: dict[str, str], release: Release, sections: list[str]) -> None:
    places = {name: folder / name.partition("_")[0] for name in ("editions_dir", "landing_dir", "published_dir")}
    speaking = {key: SimpleNamespace(language=("en", "es")[number % 2]) for number, key in enumerate(partners)}
    workspace = SimpleNamespace(**vars(make_workspace()) | places | {"partners": speaking, "mail": None})
    title = {"en": "What you told us", "es": "Lo que nos dijeron"}
    report = make_report(
        name="return", title=title, language=None, audience="partner", publish_level="partners", sections=sections,
        formats=["pdf", "html", "xlsx"], names={},
    )  # fmt: skip
    job = _Had(workspace, report, "2026-H1", (), went_out, datetime(2026, 9, 1, tzinfo=UTC))
    started, most, busy, n_left = time.perf_counter(), 0.0, 0.0, 0
    what = "changes told" if "changes" in sections else "first"
    for number, made in enumerate(each(job, release, [(key, None) for key in sorted(partners)]), start=1):
        n_left += bool(made.problems)
        if number % STEP and number != len(partners):
            continue
        children = [str(one.pid) for one in active_children()]
        if children:  # the last ones may be gone already
            most, busy = sum(map(_peak, ["self", *children])), sum(map(_busy, children))
        taken = time.perf_counter() - started
        line = f"{what:>14}{number:>12}{60 * number / taken:>10.0f}"
        print(f"{line}{busy / number:>18.2f}{len(children):>11}{most:>17.0f}", flush=True)
    print(f"{'':>14}{n_left} could not be made")


def _peak(process: str) -> float:
    """Return the most memory a process has had, in MiB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _busy(process: str) -> float:
    """Return the seconds of processor time a process has taken."""
    clock = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(clock[11]) + int(clock[12])) / 100


if __name__ == "__main__":
    main()
