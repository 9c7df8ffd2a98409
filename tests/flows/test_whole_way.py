"""The whole way once: init, run, run again, kill, break; as a user would, through the command line."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import openpyxl
import pytest
from command_line import KEY, SECONDS, command, environment, melflow
from pypdf import PdfReader
from same_tables import different

from melflow.core.warehouse import connect
from melflow.core.workspace import load_workspace
from melflow.expectations.workbook import COLUMNS, HEADER_LINE
from melflow.flows.held_entries import events, problems
from melflow.flows.held_export import export
from melflow.flows.held_import import Import, take_back
from melflow.flows.release import stamp
from melflow.flows.runtime import prepare
from melflow.flows.server import server
from melflow.flows.transform import transform

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the example workspace, not yet run."""
    folder = tmp_path_factory.mktemp("pristine") / "w"
    melflow(folder.parent, "init", str(folder), "--example")
    return folder


@pytest.fixture(scope="module")
def done(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run the example once; return the workspace and what the terminal said."""
    folder = tmp_path_factory.mktemp("done") / "w"
    shutil.copytree(pristine, folder)
    return folder, melflow(folder, "run").stdout


@pytest.fixture(scope="module")
def killed(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Kill the first run of a workspace, which has a Prefect server of its own, while landing; return the workspace."""
    folder = tmp_path_factory.mktemp("killed") / "w"
    shutil.copytree(pristine, folder)
    kill_when(lambda: n_landed(folder) >= 20, folder)
    return folder


@pytest.fixture(scope="module")
def api(done: tuple[Path, str], killed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Prefect server for the runs after the first ones, whose own servers had the same home and are gone."""
    prepare(load_workspace(done[0]))
    with server(tmp_path_factory.mktemp("server")) as address:
        yield address


def kill_when(ready: Callable[[], bool], folder: Path, api: str = "") -> None:
    """Run a workspace and kill the run at a moment it must come to."""
    process = subprocess.Popen(
        command(folder, "run"), env=environment(api), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + SECONDS
    while not ready() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.poll() is None, "the run ended before it could be killed"
    process.kill()
    process.wait()


def n_landed(folder: Path) -> int:
    try:
        with sqlite3.connect(f"file:{folder}/var/landing/ledger.sqlite?mode=ro", uri=True) as ledger:
            return int(ledger.execute("select count(*) from landing").fetchone()[0])
    except sqlite3.Error:
        return 0


def edition(folder: Path) -> Path:
    [made] = folder.glob("var/editions/funder/*/*/edition.json")
    return made.parent


def test_run__says_where_and_why(done: tuple[Path, str]) -> None:
    """Should end by telling where the editions are, and how many rows are held and why."""
    folder, said = done
    assert "Held: " in said
    assert "/var/quality/checks/index.html" in said
    assert 'href="gx/index.html"' in (folder / "var/quality/checks/index.html").read_text(encoding="utf-8")
    for name in ("edition.pdf", "edition.html", "tables.xlsx"):
        assert (edition(folder) / name).exists()
        assert name in said


def test_run__again(done: tuple[Path, str], api: str) -> None:
    """Should land nothing new, change no table, make and send nothing, and say so."""
    folder, _ = done
    files = [*(folder / "var").glob("releases/*/*"), *edition(folder).iterdir(), folder / "var" / "warehouse.duckdb"]
    before = {path: path.stat().st_mtime_ns for path in files if path.name != "warehouse.duckdb"}
    before_file = folder / "before" / "warehouse.duckdb"  # the same name: views are bound to it
    before_file.parent.mkdir()
    shutil.copy(folder / "var" / "warehouse.duckdb", before_file)
    said = melflow(folder, "run", api=api).stdout
    assert "Nothing new" in said
    assert "nothing was made or sent again" in said
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert different(folder / "var" / "warehouse.duckdb", before_file) == []
    with duckdb.connect(str(folder / "var" / "warehouse.duckdb"), read_only=True) as con:
        runs = con.execute("select source, list(difference) from raw.reconcile group by all").fetchall()
    assert len(runs) == len(load_workspace(folder).sources) and all(found == [0, 0] for _, found in runs)


def test_sql__while_a_run_writes(done: tuple[Path, str]) -> None:
    """Should answer from the release while a pipeline holds the warehouse."""
    folder, _ = done
    query = (
        "select partner_id, capability, level, period_id, score, ci_low, ci_high, n_respondents "
        "from mart_capability_score"
    )
    with duckdb.connect(str(folder / "var" / "warehouse.duckdb")):
        answer = melflow(folder, "sql", query, "--format", "csv").stdout.splitlines()
        assert "worth a look" in melflow(folder, "status").stdout
        melflow(folder, "held", "list")
    assert answer[0] == "partner_id,capability,level,period_id,score,ci_low,ci_high,n_respondents"
    assert len(answer) > 100


def test_catalog__meaning_and_identities(done: tuple[Path, str]) -> None:
    """Should tell what each column means, and which arithmetic was checked before the release."""
    told = melflow(done[0], "catalog", "mart_mutuality_dyad").stdout
    assert "2 x share_a - 1 (F18)" in told
    checked = [line.strip() for line in told.partition("Checked before every release:")[2].splitlines()]
    assert any("weighted reciprocity" in line for line in checked) and any("flow_total" in line for line in checked)


def test_documents__queries_and_tables(done: tuple[Path, str]) -> None:
    """Should answer each query the README and the analyst's page show, which names every table that is no mart."""
    root = Path(__file__).parents[2]
    page, readme = (root.joinpath(name).read_text("utf-8") for name in ("docs/analyst.md", "README.md"))
    queries = re.findall(r'melflow(?: -C demo)? sql "([^"]+)"', page + readme)
    with duckdb.connect(str(done[0] / "var" / "releases" / "current" / "melflow.duckdb"), read_only=True) as con:
        answers = [con.execute(query).fetchall() for query in queries]
        tables = [name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()]
    assert len(queries) == 5 and all(answers)
    assert [name for name in tables if not name.startswith(("mart_", "pub_", "dim_")) and f"`{name}`" not in page] == []


def test_edition__numbers_are_the_marts(done: tuple[Path, str]) -> None:
    """Should print in the workbook exactly what the release's pub_* tables hold, and nothing they withhold."""
    folder, _ = done
    place = edition(folder)
    release = folder / "var" / "releases" / place.name
    book = openpyxl.load_workbook(place / "tables.xlsx", data_only=True)
    with duckdb.connect(str(release / "melflow.duckdb"), read_only=True) as con:
        for title, table in {
            "Capability": "pub_capability_score",
            "Health both sides": "pub_health_dyad",
            "Two-way flow": "pub_mutuality_dyad",
        }.items():
            sheet = book[title]
            rows = [row for row in sheet.iter_rows(values_only=True) if any(cell is not None for cell in row)]
            start = next(index for index, row in enumerate(rows) if "period_id" in row)
            header = [str(cell) for cell in rows[start] if cell is not None]
            numbers = [name for name in header if name in ("score", "mean_of_sides", "gap", "share_a", "flow_total")]
            assert numbers
            keys = [name for name in header if name in ("partner_id", "dyad_id", "capability", "level", "dimension",
                                                        "measure", "channel", "period_id", "rater")]  # fmt: skip
            printed = {
                tuple(row[header.index(key)] for key in keys): tuple(row[header.index(name)] for name in numbers)
                for row in rows[start + 1 :]
            }
            stored = {
                tuple(row[: len(keys)]): tuple(row[len(keys) :])
                for row in con.execute(f"select {', '.join([*keys, *numbers])} from {table}").fetchall()
            }
            assert printed
            for key, values in printed.items():
                assert values == pytest.approx(stored[key], nan_ok=True), (table, key)


def test_edition__suppressed_cells_are_absent(done: tuple[Path, str]) -> None:
    """Should have no value of a withheld cell in pub_* Parquet, and say in the PDF that cells are withheld."""
    folder, _ = done
    place = edition(folder)
    parquet = folder / "var" / "releases" / place.name / "parquet"
    hidden = duckdb.sql(f"select * from '{parquet}/pub_capability_score.parquet' where is_suppressed")
    assert hidden.fetchall()
    values = ("score", "sd", "ci_low", "ci_high", "pct_positive", "n_respondents")
    nothing = " and ".join(f"{name} is null" for name in values if name in hidden.columns)
    assert duckdb.sql(f"select count(*) from hidden where not ({nothing})").fetchone() == (0,)
    assert any("fewer than 10" in page.extract_text() for page in PdfReader(place / "edition.pdf").pages)


def test_run__killed_in_the_middle(killed: Path, done: tuple[Path, str], api: str) -> None:
    """Should give, after SIGKILL while landing, while loading and while building, what an undisturbed run gives."""
    log = killed / "var" / "warehouse.duckdb.wal"
    kill_when(lambda: log.exists() and n_landed(killed) >= 50, killed, api)
    kill_when(lambda: any(killed.glob("var/dbt/logs/*")), killed, api)
    melflow(killed, "build", api=api)  # all had been taken in, for the building had begun
    found, undisturbed = killed / "var", done[0] / "var"
    assert different(found / "warehouse.duckdb", undisturbed / "warehouse.duckdb") == []
    release = (found / "releases" / "current").resolve().name
    assert edition(done[0]).name == release
    published = Path("releases") / release / "melflow.duckdb"
    assert different(found / published, undisturbed / published) == []


def test_ingest__bad_files(done: tuple[Path, str], api: str, tmp_path: Path) -> None:
    """Should name each unreadable file with its remedy, let the others through and leave with 3."""
    folder = tmp_path / "w"
    shutil.copytree(done[0], folder, symlinks=True)
    inbox = folder / "inbox"
    workbook = next((inbox / "kobo_fr").glob("*.xlsx")).read_bytes()
    (inbox / "kobo_fr" / "truncated.xlsx").write_bytes(workbook[: len(workbook) // 2])
    (inbox / "kobo" / "empty.csv").write_bytes(b"")
    (inbox / "kobo" / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    (inbox / "kobo" / "other_form.csv").write_text("_id;_uuid;village;water_point\n1;u1;Here;yes\n", encoding="utf-8")
    (inbox / "logs" / "valle" / "bitacora_2027.csv").write_text("una;dos\n1;2\n", encoding="utf-8")
    good = inbox / "logs" / "platform" / "later.jsonl"
    good.write_bytes(next((inbox / "logs" / "platform").glob("*.jsonl")).read_bytes().splitlines()[0] + b" \n")
    asked = ("kobo_capability", "kobo_capability_fr", "log_valle", "log_platform")  # of forty: half a minute less
    finished = melflow(folder, "ingest", *asked, check=3, api=api)
    for name in ("truncated.xlsx", "empty.csv", "picture.csv", "other_form.csv", "bitacora_2027.csv"):
        assert name in finished.stderr
    with duckdb.connect(str(folder / "var" / "warehouse.duckdb"), read_only=True) as con:
        later = con.execute("select state from raw.load where origin like '%/later.jsonl'").fetchall()
    assert later == [("loaded",)]
    assert "truncated.xlsx" in melflow(folder, "status").stderr
    again = melflow(folder, "ingest", "kobo_capability_fr", "log_platform", check=3, api=api)
    assert "truncated.xlsx" in again.stderr


def nexo(folder: Path) -> list[tuple[object, ...]]:
    """Return the figures a partner reported for a period, as the mart has them."""
    with connect(load_workspace(folder).warehouse_path) as con:
        return con.execute(
            "select actual from marts.mart_indicator_progress where partner_id = 'nexo' and period_id = '2025-H2'"
        ).fetchall()


def test_held__loop_with_a_partner(done: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should bring what a partner writes into the workbook to the mart, close the row, and keep both values.

    The last one here, as it changes the workspace. It builds the one mart by what dbt read for the run: a minute less.
    """
    folder, _ = done
    monkeypatch.setenv("MELFLOW_HASH_KEY", KEY)
    monkeypatch.setenv("MELFLOW_WAREHOUSE", "")  # dbt is told of this one, and the tests after it are not
    workspace = load_workspace(folder)
    made_from, before = stamp(workspace), nexo(folder)

    sent, n_lines = export(workspace, "nexo")
    assert sent is not None and n_lines == 1
    book = openpyxl.load_workbook(sent)
    line = {name: book.worksheets[0].cell(HEADER_LINE + 1, place) for place, name in enumerate(COLUMNS, 1)}
    held_id = str(line["id"].value)
    assert (line["where"].value, line["now"].value) == ("inbox/results/alliance_results.xlsx!2025!I60", "pending")
    line["value"].value = 47
    book.properties.lastModifiedBy = "Rosa"
    book.save(back := tmp_path / "back.xlsx")
    assert take_back(workspace, back) == Import("nexo", n_corrected=1, n_fixed=1)

    transform(workspace, made_from, only=["mart_indicator_progress"])
    assert (before, nexo(folder)) == ([], [(47.0,)])
    assert held_id not in [row["held_id"] for row in problems(workspace)]
    told = events(workspace, held_id).select("state", "who", "value_before", "value_after").rows()
    assert told == [
        ("held", None, None, "pending"),
        ("returned", "Nexo Facilitators' Network", "pending", "pending"),
        ("fixed", "Rosa", "pending", "47"),
    ]
