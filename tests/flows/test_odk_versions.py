"""Every version of an edited submission: ODK Central's OData has the last one only."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import central_payloads as central
import openpyxl
import pytest
from central_server import Central

from melflow.core.warehouse import connect
from melflow.core.workspace import load_workspace
from melflow.expectations.check import HELD, RESULT, Checked
from melflow.flows.intake import Intake, take_in
from melflow.flows.tables import prepare
from melflow.sources import odk_session
from melflow.sources.http import Client
from melflow.sources.xlsform import read_instruments

TakeIn = Callable[..., Intake]


def _answers(number: int) -> central.Answers:
    members = [{"name": f"M{number}", "more": {"age": str(number), "skill": [{"known": "yes", "name": "x"}]}}]
    return {"who": f"N-{number}", "how": "call visit", "about": {"place": "1.5 2.5 3.0 4.0", "member": members}}


@pytest.fixture
def server() -> Any:
    made = Central()
    with made.serving():
        yield made


@pytest.fixture
def run(server: Central, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TakeIn:
    """A workspace with one source, without the checks at the door; gives what a run brought in."""
    import polars as pl

    unchecked = Checked({}, pl.DataFrame(schema=HELD), pl.DataFrame(schema=RESULT), ())
    monkeypatch.setattr(
        "melflow.expectations.check.check",
        lambda frames, *_, **__: Checked(frames, unchecked.held, unchecked.results, ()),
    )
    monkeypatch.setenv("ODK_EMAIL", "south@example.org")
    monkeypatch.setenv("ODK_PASSWORD", "right")
    monkeypatch.setenv("MELFLOW_HASH_KEY", "a secret of more than sixteen")
    monkeypatch.setattr(odk_session, "Client", functools.partial(Client, sleep=lambda seconds: None))
    root = tmp_path / "w"
    for folder in ("instruments", "sources"):
        (root / folder).mkdir(parents=True)
    (root / "melflow.toml").write_text(
        '[alliance]\nid = "a"\nname = "A"\ntime_zone = "UTC"\nlanguages = ["en"]\n'
        '[calendar]\nkind = "half-year"\nfirst = "2025-H1"\nlast = "2026-H2"\n'
    )
    (root / "partners.csv").write_text("partner_id,name,type,country,joined_on\nnorth,N,municipality,PE,2024-01-01\n")
    (root / "partnerships.yml").write_text("partnerships: []\n")
    book = openpyxl.Workbook()
    settings = [["form_title", "form_id", "version"], ["Team", "team", "1"]]
    for name, rows in {"survey": central.SURVEY, "choices": central.CHOICES, "settings": settings}.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.remove(book.active)
    book.save(root / "instruments" / "team.xlsx")
    source = {"title": "Team", "connector": "odk", "instrument": "team", "server": server.url, "project": 4,
              "form": "team", "email": "ODK_EMAIL", "password": "ODK_PASSWORD", "partner": "north"}  # fmt: skip
    (root / "sources" / "team.yml").write_text(json.dumps(source))
    workspace = load_workspace(root)
    prepare(workspace.warehouse_path)
    instruments = read_instruments(root / "instruments", workspace.framework)

    def once(sql: str = "", **how: Any) -> Any:
        if sql:
            with connect(workspace.warehouse_path) as con:
                return con.execute(sql).fetchall()
        intake = take_in(workspace, "team", instruments, **how)
        assert not intake.failures
        return intake

    return once


CHAIN = (
    "select version_id, supersedes_version_id, is_current from raw.src_submission where native_id = 'uuid:' || '{}' "
    "order by edited_at nulls first, ingested_at"
)


def _chain(server: Central, root: str) -> list[tuple[str, str | None, bool]]:
    one = server.stored[root]
    names = [name.removeprefix("uuid:") for name in [*(name for name, *_ in one.history), one.version]]
    return [(name, before, name == names[-1]) for name, before in zip(names, [None, *names], strict=False)]


def _asked(server: Central) -> list[str]:
    return [one for one in server.requests if "/submissions/" in one]


def test_take_in__every_version_of_an_edited_submission(server: Central, run: Any) -> None:
    """Should land each version once, in a chain that ends in the one that stands, and ask for no more than is new."""
    roots = server.add(_answers(number) for number in range(6))
    server.edit(roots[0], _answers(50))
    server.edit(roots[0], _answers(0))  # back to what it said first: a version nevertheless
    server.edit(roots[1], _answers(51))
    run()
    chain = CHAIN.format(roots[0].removeprefix("uuid:"))
    assert run(chain) == _chain(server, roots[0])
    assert len(_asked(server)) == 2 + 2 + 1  # two lists, and three versions

    server.requests.clear()
    server.edit(roots[0], _answers(52))  # one edit since: OData has it, nothing else is asked
    for number in range(60, 63):
        server.edit(roots[2], _answers(number))
    run()
    for root in roots[:3]:
        assert run(CHAIN.format(root.removeprefix("uuid:"))) == _chain(server, root)
    assert len(_asked(server)) == 1 + 2  # what it said first had landed
    before = run("from raw.src_submission order by all"), run("from raw.src_response order by all")
    run(full=True)
    assert (run("from raw.src_submission order by all"), run("from raw.src_response order by all")) == before
    ((difference, superseded),) = run(
        "select difference, rows_superseded from raw.reconcile order by checked_at desc limit 1"
    )
    assert (difference, superseded) == (0, 3 + 1 + 3)

    server.requests.clear()
    run()
    assert _asked(server) == []


def test_take_in__an_old_version_says_what_odata_said_of_it(server: Central, run: Any) -> None:
    """Should read the same answers out of XML as out of OData while the version stood."""
    (root, twin) = server.add([_answers(7), _answers(7)])
    for number in (8, 9):
        server.edit(root, _answers(number))
    run()
    columns = "repeat_path, item_id, value_num, value_text, option, missing_code"
    said = f"select {columns} from raw.src_response where version_id = '{{}}' order by all"
    first, other = (run(said.format(one.removeprefix("uuid:"))) for one in (root, twin))
    assert first == other and len(first) > 8
    hashes = run("select count(distinct content_hash) from raw.src_submission where version_id in "
                 f"('{root.removeprefix('uuid:')}', '{twin.removeprefix('uuid:')}')")  # fmt: skip
    assert hashes == [(1,)]


def test_take_in__interrupted_before_the_versions(server: Central, run: Any) -> None:
    """Should bring the versions in the next run when a fetch broke off before it had them."""
    from melflow.core.errors import TransientError

    (root,) = server.add([_answers(1)])
    for number in (2, 3):
        server.edit(root, _answers(number))
    server.fails = lambda: "broken" if "/submissions/" in server.requests[-1] else ""
    with pytest.raises(TransientError):
        run()
    server.fails = lambda: ""
    run()
    assert run(CHAIN.format(root.removeprefix("uuid:"))) == _chain(server, root)
