from __future__ import annotations

import functools
import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from copy import copy
from pathlib import Path
from typing import Any

import central_payloads as central
import openpyxl
import polars as pl
import pytest
from central_server import Central

from melflow.core.errors import TransientError
from melflow.core.warehouse import connect
from melflow.core.workspace import Workspace, load_workspace
from melflow.expectations.check import HELD, RESULT, Checked
from melflow.flows.intake import Intake, take_in
from melflow.flows.tables import prepare
from melflow.sources import odk_session
from melflow.sources.http import Client
from melflow.sources.xlsform import read_instruments

#: The issue's own figure, edits and deletions in proportion. Every fifth seed has it, the others a fifth of it, so that
#: all take two minutes; MELFLOW_SEED_ALL=1 gives it to all.
SUBMISSIONS = int(os.environ.get("MELFLOW_SEED_SUBMISSIONS", "10000"))
SEEDS = int(os.environ.get("MELFLOW_SEEDS", "50"))
EVERY = 1 if os.environ.get("MELFLOW_SEED_ALL") else 5


def make_workspace(root: Path, server: str) -> Path:
    (root / "instruments").mkdir(parents=True)
    (root / "sources").mkdir()
    (root / "melflow.toml").write_text(
        '[alliance]\nid = "a"\nname = "A"\ntime_zone = "UTC"\nlanguages = ["en"]\n'
        '[calendar]\nkind = "half-year"\nfirst = "2025-H1"\nlast = "2026-H2"\n'
    )
    (root / "partners.csv").write_text(
        "partner_id,name,type,country,joined_on\nnorth,North Town,municipality,PE,2024-01-01\n"
    )
    (root / "partnerships.yml").write_text("partnerships: []\n")
    book = openpyxl.Workbook()
    settings = [["form_title", "form_id", "version"], ["Team", "team", "1"]]
    for name, rows in {"survey": central.SURVEY, "choices": central.CHOICES, "settings": settings}.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.remove(book.active)
    book.save(root / "instruments" / "team.xlsx")
    ask(root, server)
    return root


def ask(root: Path, server: str) -> None:
    source = {"title": "Team", "connector": "odk", "instrument": "team", "server": server, "project": 4, "form": "team",
              "email": "ODK_EMAIL", "password": "ODK_PASSWORD", "partner": "north"}  # fmt: skip
    (root / "sources" / "team.yml").write_text(json.dumps(source))


def answers(number: int) -> central.Answers:
    members = [{"name": f"M{number}", "more": {"age": str(number % 90), "skill": [{"known": "yes"}]}}]
    return {"who": f"N-{number}", "about": {"member": members if number % 10 == 0 else []}}


ANSWER = ["version_id", "repeat_path", "path", "value"]


def state_of(server: Central) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what the tables should hold: submissions that stand, and their answers."""
    rows, said = [], []
    for root, one in server.present.items():
        version = one.version.removeprefix("uuid:")
        review = {"hasIssues": "has_issues"}.get(one.review or "", one.review)
        rows.append((root, version, review))
        said.append((version, "", "who", one.answers["who"]))
        for member in one.answers["about"]["member"]:
            place = "about/member[1]"
            said += [(version, place, "about/member/name", member["name"])]
            said += [(version, place, "about/member/more/age", member["more"]["age"])]
            said += [(version, f"{place}/more/skill[1]", "about/member/more/skill/known", "yes")]
    schema = dict.fromkeys(("native_id", "version_id", "review_state"), pl.String)
    frame = pl.DataFrame(said, schema=ANSWER, orient="row")
    return pl.DataFrame(rows, schema=schema, orient="row").sort("native_id"), frame.sort(ANSWER)


def tables_of(workspace: Workspace) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the submissions that stand in the warehouse, and their answers."""
    with connect(workspace.warehouse_path) as con:
        submissions = con.execute(
            "select native_id, version_id, review_state from raw.src_submission where is_current and deleted_at is null"
        ).pl()
        said = con.execute(
            """
            select version_id, repeat_path, item_path_raw as path, value_raw as value
            from raw.src_response
            where value_raw is not null and version_id in (
                select version_id from raw.src_submission where is_current and deleted_at is null
            )
            """
        ).pl()
    return submissions.sort("native_id"), said.sort(ANSWER)


def assert_equal(workspace: Workspace, server: Central) -> None:
    for there, here in zip(state_of(server), tables_of(workspace), strict=True):
        assert here.equals(there, null_equal=True), there.join(here, on=there.columns, how="anti", nulls_equal=True)


def account(workspace: Workspace) -> dict[str, Any]:
    with connect(workspace.warehouse_path) as con:
        return con.execute("from raw.reconcile order by checked_at desc limit 1").pl().row(0, named=True)


def unchecked(frames: dict[str, pl.DataFrame], *_: Any, **__: Any) -> Checked:
    """Let every row pass: the checks at the door have tests of their own, and take most of a run's time."""
    return Checked(frames, pl.DataFrame(schema=HELD), pl.DataFrame(schema=RESULT), ())


class Survey:
    """A workspace with one source, and the server it asks."""

    def __init__(self, root: Path, server: Central) -> None:
        self.server = server
        self.workspace = load_workspace(root)
        if not self.workspace.warehouse_path.exists():
            prepare(self.workspace.warehouse_path)
        self.instruments = read_instruments(root / "instruments", self.workspace.framework)

    def take_in(self, **how: Any) -> Intake:
        return take_in(self.workspace, "team", self.instruments, **how)

    def until_done(self) -> Intake:
        """Run as a schedule does: what is cut off is tried again, as is a session that ran out twice."""
        for _ in range(50):
            try:
                intake = self.take_in()
            except TransientError:
                continue
            if not intake.failures:
                return intake
            assert "token refused" in str(intake.failures[0])
        raise AssertionError("the server never answered to the end")


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ODK_EMAIL", "south@example.org")
        patch.setenv("ODK_PASSWORD", "right")
        patch.setenv("MELFLOW_HASH_KEY", "a secret of more than sixteen")
        patch.setattr(odk_session, "Client", functools.partial(Client, sleep=lambda seconds: None))
        yield


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    server = Central()
    with server.serving() as address:
        yield Survey(make_workspace(tmp_path / "w", address), server)


Loaded = Callable[[int], tuple[Path, Central]]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, _quick: None) -> Iterator[Loaded]:
    """Gives, by number of submissions, a workspace that took in all of a server's, and the server."""
    with ExitStack() as servers, pytest.MonkeyPatch.context() as patch:
        patch.setattr("melflow.expectations.check.check", unchecked)

        @functools.cache
        def made(n: int) -> tuple[Path, Central]:
            server = Central()
            server.add(answers(number) for number in range(n))
            root = make_workspace(tmp_path_factory.mktemp("loaded") / "w", servers.enter_context(server.serving()))
            mine = Survey(root, server)
            mine.take_in()
            assert_equal(mine.workspace, server)
            return root, server

        yield made


class Life:
    """What people do on a server, a little before each of its answers."""

    def __init__(self, server: Central, chance: random.Random, n: int) -> None:
        self._server = server
        self._chance = chance
        acts = {"edit": n // 20, "delete": n // 80, "restore": n // 400, "review": n // 100, "add": n // 50}
        self.left = [act for act, times in acts.items() for _ in range(times)]
        chance.shuffle(self.left)

    def __call__(self) -> None:
        present = list(self._server.present)
        for _ in range(min(self._chance.randrange(80), len(self.left))):
            self._act(self.left.pop(), self._chance.choice(present))

    def _act(self, act: str, root: str) -> None:
        server, number = self._server, self._chance.randrange(10**6)
        gone = [one.root for one in server.stored.values() if one.deleted] if act == "restore" else []
        match act:
            case "add":
                server.add([answers(number)])
            case "edit":
                server.edit(root, answers(number))
            case "review":
                server.review(root, self._chance.choice(["approved", "rejected", "hasIssues"]))
            case "delete":
                server.delete(root)
            case "restore" if gone:
                server.restore(self._chance.choice(gone))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_take_in__ends_as_the_server(
    seed: int, loaded: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should end with the server's submissions, whatever is done meanwhile and however the server fails."""
    monkeypatch.setattr("melflow.expectations.check.check", unchecked)
    size = SUBMISSIONS if seed % EVERY == 0 else SUBMISSIONS // 5
    root, server = loaded(size)
    before = {key: copy(one) for key, one in server.stored.items()}
    chance = server.random = random.Random(seed)
    from_nothing = seed % 10 == 0  # the others go on from what one clean fetch brought
    shutil.copytree(root, tmp_path / "w", ignore=shutil.ignore_patterns("var") if from_nothing else None)
    mine = Survey(tmp_path / "w", server)
    server.failing, server.expiring = 0.2, 0.03
    server.etags, server.cap = bool(seed % 2), chance.choice([0, 0, 3000])
    life = server.meanwhile = Life(server, chance, size)
    try:
        while life.left:
            mine.until_done()
        server.failing = server.expiring = 0.0
        last = mine.take_in()
        assert not last.failures
        assert_equal(mine.workspace, server)
        told = account(mine.workspace)
        assert told["difference"] == 0
        assert told["rows_at_source"] == told["rows_loaded"] == len(server.present)
        assert told["rows_landed"] == told["rows_loaded"] + told["rows_superseded"] + told["rows_deleted"]
    finally:
        server.stored, server.meanwhile = before, lambda: None
        server.failing = server.expiring = 0.0


def test_take_in__edits_reviews_deletions_and_restored(survey: Survey) -> None:
    """Should let stand what the server says last, keep what was superseded, and account for every row."""
    server = survey.server
    first, second, third, *_ = server.add(answers(number) for number in range(30))
    intake = survey.take_in()
    assert not intake.failures and intake.account is not None and intake.account.rows_at_source == 30
    server.edit(first, answers(900))
    server.review(second, "approved")
    server.delete(third)
    assert not survey.take_in().failures
    assert_equal(survey.workspace, server)
    told = account(survey.workspace)
    assert (told["rows_loaded"], told["rows_superseded"], told["rows_deleted"], told["difference"]) == (29, 1, 1, 0)
    server.restore(third)
    assert not survey.take_in().failures
    assert_equal(survey.workspace, server)
    assert account(survey.workspace)["rows_deleted"] == 0


def test_take_in__interrupted_deletes_nothing(survey: Survey) -> None:
    """Should keep every row while a fetch does not come to its end."""
    server = survey.server
    roots = server.add(answers(number) for number in range(60))
    survey.take_in()
    for root in roots[:30]:
        server.delete(root)
    for root in roots[30:]:
        server.edit(root, answers(7))
    server.fails = lambda: "broken" if "expand" in server.requests[-1] else ""
    with pytest.raises(TransientError):
        survey.take_in()
    with connect(survey.workspace.warehouse_path) as con:
        assert con.execute("select count(*) from raw.src_submission where deleted_at is null").fetchone() == (60,)
    server.fails = lambda: ""
    survey.take_in()
    assert_equal(survey.workspace, server)


def test_take_in__rebuilt_from_landing(survey: Survey) -> None:
    """Should give the same tables and the same account when everything is loaded again."""
    server = survey.server
    roots = server.add(answers(number) for number in range(40))
    survey.take_in()
    server.edit(roots[0], answers(900))
    server.delete(roots[1])
    survey.take_in()
    before, told = tables_of(survey.workspace), account(survey.workspace)
    survey.take_in(full=True)
    assert all(left.equals(right) for left, right in zip(before, tables_of(survey.workspace), strict=True))
    again = account(survey.workspace)
    assert {**told, "checked_at": None} == {**again, "checked_at": None}
    assert_equal(survey.workspace, server)


def test_take_in__encrypted_submissions_are_named(survey: Survey) -> None:
    """Should take in the rest, say how many nobody can read, and not count them as missing."""
    server = survey.server
    server.add(answers(number) for number in range(5))
    server.add([answers(9)], status="notDecrypted")
    for _ in range(2):
        (problem,) = survey.take_in().failures
        assert "1 encrypted submissions" in problem.seen
    told = account(survey.workspace)
    assert (told["rows_at_source"], told["rows_loaded"], told["difference"]) == (5, 5, 0)
