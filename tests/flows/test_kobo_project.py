from __future__ import annotations

import functools
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kobo_server import Project, serve
from kobo_survey import Survey, submission
from seeds import SEEDS, size_of
from survey_source import account, unchecked

from melflow.core.landing import LandingStore

#: Submissions and rows a page of a seed that is not full; edits are 5 %, deletions and changed validation 1 % each.
SMALL, PAGE = 500, 100
pytestmark = pytest.mark.usefixtures("kobo_environment")


@pytest.fixture(scope="module")
def population() -> Callable[[int], list[tuple[dict[str, Any], bytes]]]:
    """Gives so many submissions, each with its bytes."""

    @functools.cache
    def made(n: int) -> list[tuple[dict[str, Any], bytes]]:
        chance = random.Random(4)
        records = [submission(key, chance) for key in range(1, n + 1)]
        return [(one, json.dumps(one).encode()) for one in records]

    return made


@pytest.mark.parametrize("seed", range(SEEDS))
def test_take_in__ends_as_the_server(
    seed: int, survey: Callable[..., Survey], population: Callable[[int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should end with the server's submissions, whatever is edited and deleted meanwhile and however it fails."""
    monkeypatch.setattr("melflow.expectations.check.check", unchecked)
    chance = random.Random(seed)
    mine = survey()
    project = mine.project
    size = size_of(seed, SMALL)
    project.most = project.most if size > SMALL else PAGE
    for record, content in population(size):
        project.restore(record, content)
    project.trouble = lambda: chance.choice((429, 500, 503, "cut", "half")) if chance.random() < 0.2 else None
    mine.until_done()
    mine.assert_equal()
    assert (
        len({one.origin for one in LandingStore(mine.workspace.landing_dir).of_source("kobo") if "$gt" in one.origin})
        >= 5
    )

    acts = ["edit"] * (size // 20) + ["delete"] * (size // 100) + ["validate"] * (size // 100)
    chance.shuffle(acts)

    def act() -> None:
        for _ in range(chance.randrange(60)):
            if not acts:
                return
            key = chance.choice(list(project.records) if len(acts) % 50 == 0 else keys)
            if key not in project.records:
                continue
            match acts.pop():
                case "edit":
                    project.edit(key, trust_1=f"a{chance.randint(1, 5)}", comment=f"edited {chance.random()}")
                case "delete":
                    project.delete(key)
                case "validate":
                    project.validate(key, chance.choice(("approved", "not_approved", "on_hold", "")))

    keys = list(project.records)
    project.before = act
    while acts:
        mine.until_done()
    project.before = lambda: None
    project.trouble = lambda: None
    last = mine.take_in()
    assert not last.failures
    mine.assert_equal()
    told = account(mine.workspace)
    assert told["difference"] == 0
    assert told["rows_at_source"] == told["rows_loaded"] == len(project.records)
    assert told["rows_deleted"] >= size // 100
    assert told["rows_landed"] == told["rows_loaded"] + told["rows_superseded"] + told["rows_deleted"]


@pytest.mark.usefixtures("let_pass")
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(["edit", "delete", "undelete", "rooted", "fetch", "validate"]), st.integers(1, 3)),
        max_size=10,
    ),
    rooted=st.booleans(),
)
def test_take_in__identity_along_chains(
    acts: list[tuple[str, int]], rooted: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Should know a submission by one name through edits, with or without rootUuid, seen or missed in between."""
    chance = random.Random(3)
    project = Project()
    drop = {} if rooted else {"meta/rootUuid": None}
    for key in range(1, 4):
        project.add({name: value for name, value in (submission(key, chance) | drop).items() if value is not None})
    deleted: dict[int, dict[str, Any]] = {}
    with serve(project) as server:
        mine = Survey(tmp_path_factory.mktemp("w") / "w", project, server)
        mine.take_in()
        for act, key in acts:
            if act == "fetch":
                mine.take_in()
                mine.assert_equal()
            elif act == "undelete" and key in deleted:
                project.add(deleted.pop(key))
            elif act == "delete" and key in project.records:
                deleted[key] = project.records[key]
                project.delete(key)
            elif act == "validate" and key in project.records:
                project.validate(key, chance.choice(("approved", "")))
            elif act in ("edit", "rooted") and key in project.records:
                # a server that learned of rootUuid meanwhile tells it with the next edit
                first = project.records[key]["_uuid"]
                root = {"meta/rootUuid": project.records[key].get("meta/rootUuid", f"uuid:{first}")}
                project.edit(key, comment=f"{chance.random()}", **(root if act == "rooted" else {}))
        assert not mine.take_in().failures
        mine.assert_equal()
        mine.take_in(full=True)
        mine.assert_equal()
    assert account(mine.workspace)["difference"] == 0
    names = mine.submissions("native_id, count(distinct submission_id)", "true group by all")
    assert [n for _, n in names] == [1] * len(names)
    assert len({name for (name,) in mine.submissions("distinct submission_id")}) == len(names)
