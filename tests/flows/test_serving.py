from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from melflow.core.warehouse import connect
from melflow.core.workspace import load_workspace
from melflow.flows.runtime import running_server
from melflow.flows.serving import WAITING

pytestmark = pytest.mark.slow
SECONDS = 240


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def melflow(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "melflow.flows.cli", "-C", str(folder), *arguments]


def wait_for_deployments(address: str, n: int, process: subprocess.Popen[bytes]) -> list[dict[str, object]]:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found: list[dict[str, object]] = httpx.post(f"{address}/deployments/filter", json={}, timeout=30).json()
        if len(found) >= n:
            return found
        time.sleep(0.5)
    raise AssertionError("the deployments did not appear")


def wait_for_end(address: str, flow_run: str) -> str:
    deadline = time.monotonic() + SECONDS
    state = ""
    while time.monotonic() < deadline and state not in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
        time.sleep(1)
        state = httpx.get(f"{address}/flow_runs/{flow_run}", timeout=30).json()["state_type"]
    return state


def wait_for_run_of(address: str, deployments: list[dict[str, object]], name: str) -> str:
    [deployment] = [one["id"] for one in deployments if one["name"] == name]
    wanted = {"deployments": {"id": {"any_": [deployment]}}}
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found = httpx.post(f"{address}/flow_runs/filter", json=wanted, timeout=30).json()
        if found:
            return str(found[0]["id"])
        time.sleep(0.5)
    raise AssertionError("nobody asked for an ingest")


def test_serve__whole_life(tmp_path: Path) -> None:
    """Should keep a schedule per source and report, run what is due, share its server, and go when told to."""
    folder = tmp_path / "w"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    subprocess.run(melflow(tmp_path, "init", str(folder), "--example"), check=True, capture_output=True)
    for kept in (folder / "reports").glob("*.yml"):  # how editions look is tested elsewhere
        kept.unlink()
    shutil.rmtree(folder / "narrative")
    (folder / "reports" / "short.yml").write_text(
        "title: {en: Short}\naudience: steering\nlanguage: en\nsections: [quality]\nformats: [html]\n"
        'schedule: "0 7 1 2,8 *"\n',
        encoding="utf-8",
    )
    workspace = load_workspace(folder)
    crons = {f"source {name}": source.schedule for name, source in workspace.sources.items() if source.schedule}
    crons |= {f"report {name}": report.schedule for name, report in workspace.reports.items() if report.schedule}
    crons["waiting"] = WAITING
    assert len(crons) > 3
    secret, push_port = "a secret shared with the platform", free_port()
    environment["PUSH_PLATFORM"] = secret
    with (folder / "sources" / "log_platform.yml").open("a", encoding="utf-8") as file:
        file.write("push: {secret: PUSH_PLATFORM, sender: token}\n")

    ports = ("--port", str(free_port()), "--push-port", str(push_port))
    process = subprocess.Popen(melflow(folder, "serve", *ports), env=environment)
    try:
        deadline = time.monotonic() + SECONDS
        while not running_server(folder / "var") and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
        address = running_server(folder / "var")
        assert address is not None
        deployments = wait_for_deployments(address, len(crons) + 1, process)
        schedules = {one["name"]: one["schedules"] for one in deployments}
        assert schedules.pop("pushed log_platform") == []
        assert {name: schedule[0]["schedule"]["cron"] for name, schedule in schedules.items()} == crons  # type: ignore[index]
        zones = {schedule[0]["schedule"]["timezone"] for schedule in schedules.values()}  # type: ignore[index]
        assert zones == {workspace.alliance.time_zone}

        done = subprocess.run(
            melflow(folder, "ingest", "results_valle"), env=environment, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        flows = httpx.post(f"{address}/flow_runs/filter", json={}, timeout=30).json()
        # a schedule may come due meanwhile; what was asked for is among what ran
        assert "ingest · w" in {run["name"] for run in flows if run["state_type"] == "COMPLETED"}
        tasks = httpx.post(f"{address}/task_runs/filter", json={}, timeout=30).json()
        assert "take in results_valle" in {run["name"] for run in tasks}
        artifacts = httpx.post(f"{address}/artifacts/filter", json={}, timeout=30).json()
        told = [json.loads(one["data"]) for one in artifacts if one["key"] == "ingest"]
        assert "results_valle" in {rows[0]["source"] for rows in told}

        [deployment] = [one["id"] for one in deployments if one["name"] == "source log_platform"]
        created = httpx.post(f"{address}/deployments/{deployment}/create_flow_run", json={}, timeout=30).json()
        assert wait_for_end(address, created["id"]) == "COMPLETED"
        assert (folder / "var" / "releases" / "current" / "melflow.duckdb").exists()

        push = httpx.post(
            f"http://127.0.0.1:{push_port}/push/log_platform",
            content=next((folder / "inbox/logs/platform").glob("*.jsonl")).read_bytes().splitlines()[0] + b" ",
            headers={"X-Melflow-Token": secret},
            timeout=30,
        )
        assert push.status_code == 201
        assert wait_for_end(address, wait_for_run_of(address, deployments, "pushed log_platform")) == "COMPLETED"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    # only now: a schedule that came due meanwhile would hold the warehouse
    with connect(load_workspace(folder).warehouse_path, read_only=True) as con:
        loads = con.execute("select state from raw.load where load_id = ?", [push.json()["landed"]]).fetchall()
    assert loads == [("loaded",)]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{push_port}/health")
    assert running_server(folder / "var") is None
    assert not (folder / "var" / "serve.json").exists()
