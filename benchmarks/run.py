"""``make bench``: how long each mart takes, against the bare SQL that computes the same means, measured in one run.

The alliance is invented (``alliance.py``); its size is 1/20 of the full one unless told otherwise.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from alliance import AS_OF, FULL, make, scaled
from bare import BARE

from melflow.core.warehouse import connect
from melflow.core.workspace import load_workspace


def main() -> None:
    """Make the alliance, build it in a process of its own, and print what each mart took."""
    arguments = _arguments()
    if arguments.build:
        _build(arguments.build)
        return
    size = FULL if arguments.full else scaled(arguments.scale)
    with tempfile.TemporaryDirectory(dir=arguments.dir) as scratch:
        folder = Path(scratch) / "bench"
        started = time.perf_counter()
        workspace = make(folder, size)
        print(
            f"{size.partners} partners, {len(workspace.dyads)} dyads, {size.periods} periods, "
            f"{_count(workspace.warehouse_path, 'src_response')} responses, "
            f"{_count(workspace.warehouse_path, 'src_exchange')} exchanges: "
            f"made in {time.perf_counter() - started:.1f} s",
            flush=True,
        )
        started = time.perf_counter()
        subprocess.run([sys.executable, __file__, "--build", str(folder)], check=True)
        whole = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
        _print_marts(folder, workspace.warehouse_path)
        print(f"whole build with its data tests: {whole:.0f} s; most memory held at once: {peak:.1f} GiB")
    _print_start()


def _arguments() -> Any:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--full", action="store_true", help="500 partners, 5,000 dyads, 20 periods, 5,000,000 responses"
    )
    parser.add_argument("--scale", type=float, default=0.05, help="share of the full size")
    parser.add_argument("--dir", type=Path, help="where the scratch folder is made")
    parser.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _build(folder: Path) -> None:
    from melflow.flows.transform import Stamp, transform

    workspace = load_workspace(folder)
    transform(workspace, Stamp(AS_OF, workspace.config_hash, "bench"))


def _count(warehouse: Path, table: str) -> int:
    with connect(warehouse, read_only=True) as con:
        return int((con.execute(f"select count(*) from raw.{table}").fetchone() or (0,))[0])


def _print_marts(folder: Path, warehouse: Path) -> None:
    """Print, for each mart, its own seconds, those of all it is made from, and the ratio of these to the bare SQL."""
    from melflow.flows.transform import nodes as nodes_of

    nodes = nodes_of(load_workspace(folder))
    seconds = {name: float(node["seconds"]) for name, node in nodes.items() if node["seconds"] is not None}
    print(f"{'mart':<28}{'rows':>10}{'own s':>9}{'with all it needs s':>21}{'bare SQL s':>12}{'ratio':>8}")
    for unique_id in sorted(nodes):
        name = nodes[unique_id]["name"]
        if nodes[unique_id]["resource_type"] != "model" or not name.startswith("mart_"):
            continue
        needed = sum(seconds.get(one, 0.0) for one in _needed(unique_id, nodes))
        rows = _rows(warehouse, name)
        bare = _bare_seconds(warehouse, BARE[name]) if name in BARE else None
        shown = (f"{bare:.2f}", f"{needed / bare:.0f}") if bare else ("-", "-")
        print(f"{name:<28}{rows:>10}{seconds[unique_id]:>9.2f}{needed:>21.2f}{shown[0]:>12}{shown[1]:>8}", flush=True)
    slowest = sorted(seconds, key=lambda one: -seconds[one])[:8]
    print("slowest nodes: " + ", ".join(f"{one.split('.')[2]} {seconds[one]:.1f} s" for one in slowest))


def _needed(unique_id: str, nodes: dict[str, Any]) -> set[str]:
    """Return a node and everything it is made from."""
    found: set[str] = set()
    due = [unique_id]
    while due:
        one = due.pop()
        if one in nodes and one not in found:
            found.add(one)
            due += nodes[one]["depends_on"]
    return found


def _rows(warehouse: Path, mart: str) -> int:
    with connect(warehouse, read_only=True) as con:
        return int((con.execute(f"select count(*) from marts.{mart}").fetchone() or (0,))[0])


def _bare_seconds(warehouse: Path, query: str) -> float:
    """Return the seconds of the query on the raw tables, its result written to a table; the better of two."""
    taken = []
    for _ in range(2):
        with connect(warehouse, read_only=True) as con:
            con.execute("set threads = 2")
            started = time.perf_counter()
            con.execute(f"create temp table bare as {query}")
            taken.append(time.perf_counter() - started)
    return min(taken)


def _print_start() -> None:
    """Print what the command line's help takes, against an empty Python."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def best(*command: str) -> float:
        taken = []
        for _ in range(5):
            started = time.perf_counter()
            subprocess.run([sys.executable, *command], check=True, env=environment, stdout=subprocess.DEVNULL)
            taken.append(time.perf_counter() - started)
        return min(taken)

    bare, helped = best("-c", "pass"), best("-m", "melflow.flows.cli", "--help")
    print(f"melflow --help: {helped:.2f} s, {helped / bare:.0f} times an empty Python")


if __name__ == "__main__":
    main()
