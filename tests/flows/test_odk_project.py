from __future__ import annotations

import functools
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from copy import copy
from pathlib import Path

import central_payloads as central
import pytest
from central_server import Central
from seeds import SEEDS, size_of
from survey_source import (
    KEY,
    State,
    SurveySource,
    account,
    assert_equal,
    state,
    tables_of,
    unchecked,
    write_source,
    write_workspace,
)

from melflow.core.errors import TransientError
from melflow.core.warehouse import connect
from melflow.sources import odk_service, odk_session
from melflow.sources.http import Client

#: Submissions and rows a page of a seed that is not full; edits are 5 %, deletions, restored and reviewed ones fewer.
SMALL, PAGE = 1000, 100


def make_workspace(root: Path, server: str) -> Path:
    write_workspace(root, "team", {"survey": central.SURVEY, "choices": central.CHOICES})
    write_source(root, "team", title="Team", connector="odk", instrument="team", server=server, project=4, form="team",
                 email="ODK_EMAIL", password="ODK_PASSWORD", partner="north")  # fmt: skip
    return root


def answers(number: int) -> central.Answers:
    members = [{"name": f"M{number}", "more": {"age": str(number % 90), "skill": [{"known": "yes"}]}}]
    return {"who": f"N-{number}", "about": {"member": members if number % 10 == 0 else []}}


def state_of(server: Central) -> State:
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
    return state(rows, said)


class Survey(SurveySource):
    """A workspace with one source, and the server it asks."""

    def __init__(self, root: Path, server: Central) -> None:
        super().__init__(root)
        self.server = server

    def assert_equal(self) -> None:
        assert_equal(self.workspace, state_of(self.server))


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ODK_EMAIL", "south@example.org")
        patch.setenv("ODK_PASSWORD", "right")
        patch.setenv("MELFLOW_HASH_KEY", KEY)
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
            mine.assert_equal()
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
    size = size_of(seed, SMALL)
    if size == SMALL:
        monkeypatch.setitem(odk_service._WHOLE, "$top", str(PAGE))
    root, server = loaded(size)
    before = {key: copy(one) for key, one in server.stored.items()}
    chance = server.random = random.Random(seed)
    from_nothing = seed % 10 == 0  # the others go on from what one clean fetch brought
    shutil.copytree(root, tmp_path / "w", ignore=shutil.ignore_patterns("var") if from_nothing else None)
    mine = Survey(tmp_path / "w", server)
    server.failing, server.expiring = 0.2, 0.03
    server.etags, server.cap = bool(seed % 2), chance.choice([0, 0, size // 3])
    life = server.meanwhile = Life(server, chance, size)
    try:
        while life.left:
            mine.until_done()
        server.failing = server.expiring = 0.0
        last = mine.take_in()
        assert not last.failures
        mine.assert_equal()
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
    survey.assert_equal()
    told = account(survey.workspace)
    assert (told["rows_loaded"], told["rows_superseded"], told["rows_deleted"], told["difference"]) == (29, 1, 1, 0)
    server.restore(third)
    assert not survey.take_in().failures
    survey.assert_equal()
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
    survey.assert_equal()


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
    survey.assert_equal()


def test_take_in__encrypted_submissions_are_named(survey: Survey) -> None:
    """Should take in the rest, say how many nobody can read, and not count them as missing."""
    server = survey.server
    server.add(answers(number) for number in range(5))
    server.add([answers(9)], status="notDecrypted")
    for _ in range(2):
        (problem,) = survey.take_in().failures
        assert "1 encrypted submissions" in problem.seen
    told = account(survey.workspace)
    assert (told["rows_at_source"], told["rows_loaded"], told["difference"]) == (6, 5, 0)
    assert told["dropped"] == '{"encrypted": 1}'
