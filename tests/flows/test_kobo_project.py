from __future__ import annotations

import functools
import json
import os
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import kobo_server
import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kobo_server import ASSET, TOKEN, Project, serve

from melflow.core.errors import TerminalError, TransientError, WorkspaceError
from melflow.core.privacy import pseudonym
from melflow.core.warehouse import connect
from melflow.core.workspace import Workspace, load_workspace
from melflow.expectations.check import HELD, RESULT, Checked
from melflow.flows.commands.check import check
from melflow.flows.intake import Intake, take_in
from melflow.flows.status import source_status, write_status
from melflow.flows.tables import prepare
from melflow.sources import kobo_fetch
from melflow.sources.http import Client
from melflow.sources.xlsform import Instruments, read_instruments

#: What a run of all tests has time for; 10000 is the figure that is asked for (benchmarks/README.md says what it took).
#: Edits are 5 %, deletions and changed validation 1 % each.
SUBMISSIONS = int(os.environ.get("MELFLOW_SEED_SUBMISSIONS", "1500"))
SEEDS = int(os.environ.get("MELFLOW_SEEDS", "50"))

SURVEY = [
    ["type", "name", "label", "required", "mel_construct"],
    ["begin_group", "about", "About you"],
    ["select_one partners", "partner", "Your organisation", "yes", "partner"],
    ["text", "who", "Your code", "", "respondent"],
    ["date", "day", "Date", "yes", "collected_on"],
    ["end_group"],
    ["select_one agree", "trust_1", "We trust them", "yes", "trust"],
    ["select_one agree", "trust_2", "They trust us", "", "trust"],
    ["select_multiple ways", "how", "How did you learn?"],
    ["integer", "years", "Years in your role"],
    ["text", "comment", "What else?"],
    ["begin_repeat", "learned", "What you learned"],
    ["text", "practice", "Practice"],
    ["end_repeat"],
]
CHOICES = [
    ["list_name", "name", "label", "mel_score"],
    ["partners", "north", "North Town"],
    ["partners", "south", "South Town"],
    *(["agree", f"a{score}", f"Step {score}", score] for score in range(1, 6)),
    *(["ways", way, way] for way in ("visit", "call", "letter")),
]
KEY = "a secret of more than sixteen"
PATHS = ["about/partner", "about/who", "about/day", "trust_1", "trust_2", "how", "years", "comment"]


def make_workspace(root: Path, server: str, **more: Any) -> Path:
    (root / "instruments").mkdir(parents=True)
    (root / "sources").mkdir()
    (root / "melflow.toml").write_text(
        '[alliance]\nid = "a"\nname = "A"\ntime_zone = "UTC"\nlanguages = ["en"]\n'
        '[calendar]\nkind = "half-year"\nfirst = "2025-H1"\nlast = "2026-H2"\n'
    )
    (root / "partners.csv").write_text(
        "partner_id,name,type,country,joined_on\nnorth,North Town,municipality,PE,2024-01-01\n"
        "south,South Town,municipality,PE,2024-01-01\n"
    )
    (root / "partnerships.yml").write_text("partnerships: []\n")
    book = openpyxl.Workbook()
    for name, rows in {
        "survey": SURVEY, "choices": CHOICES,
        "settings": [["form_title", "form_id", "version"], ["Survey", "survey", "1"]],
    }.items():  # fmt: skip
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([None if cell == "" else cell for cell in row])
    book.remove(book.active)
    book.save(root / "instruments" / "survey.xlsx")
    source = {"title": "Survey", "connector": "kobo", "instrument": "survey", "server": server, "asset": ASSET,
              "token": "KOBO_TOKEN", "sweep_days": 0} | more  # fmt: skip
    (root / "sources" / "kobo.yml").write_text(json.dumps(source))
    return root


def submission(key: int, chance: random.Random) -> dict[str, Any]:
    """Return a submission as Kobo's API gives it; what was not answered is left out."""
    version = str(kobo_server.uuid.UUID(int=chance.getrandbits(128), version=4))
    day = date(2025, 1, 1) + timedelta(days=chance.randrange(700))
    answers = {
        "about/partner": chance.choice(("north", "south")),
        "about/who": f"p{chance.randrange(10**6)}",
        "about/day": day.isoformat(),
        "trust_1": f"a{chance.randint(1, 5)}",
        "trust_2": f"a{chance.randint(1, 5)}",
        "how": " ".join(sorted(chance.sample(("visit", "call", "letter"), chance.randint(1, 3)))),
        "years": str(chance.randrange(40)),
        "comment": f"comment {key} é",
        "learned": [{"learned/practice": f"practice {n}"} for n in range(chance.randrange(3))],
    }
    for path in chance.sample(("trust_2", "how", "years", "comment", "learned"), chance.randrange(3)):
        del answers[path]
    return {
        "_id": key,
        "formhub/uuid": "f",
        **answers,
        "__version__": "vA",
        "meta/instanceID": f"uuid:{version}",
        "meta/rootUuid": f"uuid:{version}",
        "_xform_id_string": ASSET,
        "_uuid": version,
        "_attachments": [],
        "_status": "submitted_via_web",
        "_geolocation": [None, None],
        "_submission_time": f"{day}T10:00:00",
        "_tags": [],
        "_notes": [],
        "_validation_status": {},
        "_submitted_by": None,
    }


def state_of(project: Project) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what the tables should hold: submissions that stand, and their answers; persons under a pseudonym."""
    rows, answers = [], []
    for key, record in project.records.items():
        status = record["_validation_status"].get("uid", "").removeprefix("validation_status_")
        rows.append((str(key), record["_uuid"], {"not_approved": "rejected"}.get(status, status) or None))
        answers += [(record["_uuid"], "", path, record[path]) for path in PATHS if path in record]
        answers += [
            (record["_uuid"], f"learned[{number}]", "learned/practice", one["learned/practice"])
            for number, one in enumerate(record.get("learned", []), 1)
        ]
    frame = pl.DataFrame(answers, schema=ANSWER, orient="row")
    hidden = pseudonym(frame["value"], KEY.encode())
    frame = frame.with_columns(pl.when(pl.col("path") == "about/who").then(hidden).otherwise("value").alias("value"))
    schema = dict.fromkeys(("native_id", "version_id", "review_state"), pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row").sort("native_id"), frame.sort(ANSWER)


ANSWER = ["version_id", "repeat_path", "path", "value"]


def tables_of(workspace: Workspace) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the submissions that stand in the warehouse, and their answers."""
    with connect(workspace.warehouse_path) as con:
        submissions = con.execute(
            "select native_id, version_id, review_state from raw.src_submission "
            "where is_current and deleted_at is null order by native_id"
        ).pl()
        answers = con.execute(
            """
            select version_id, repeat_path, item_path_raw as path, value_raw as value
            from raw.src_response
            where value_raw is not null and (option is null or option = '__answered' or item_path_raw <> 'how')
                and version_id in (
                    select version_id from raw.src_submission where is_current and deleted_at is null
                )
            """
        ).pl()
    return submissions.sort("native_id"), answers.sort(ANSWER)


def assert_equal(workspace: Workspace, project: Project) -> None:
    for there, here in zip(state_of(project), tables_of(workspace), strict=True):
        assert here.equals(there, null_equal=True), there.join(here, on=there.columns, how="anti", nulls_equal=True)


def account(workspace: Workspace) -> dict[str, Any]:
    with connect(workspace.warehouse_path) as con:
        return con.execute("from raw.reconcile order by checked_at desc limit 1").pl().row(0, named=True)


def unchecked(frames: dict[str, pl.DataFrame], *_: Any, **__: Any) -> Checked:
    """Let every row pass: the checks at the door have tests of their own, and take most of a run's time."""
    return Checked(frames, pl.DataFrame(schema=HELD), pl.DataFrame(schema=RESULT), ())


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOBO_TOKEN", TOKEN)
    monkeypatch.setenv("MELFLOW_HASH_KEY", KEY)
    monkeypatch.setattr(kobo_fetch, "Client", functools.partial(Client, sleep=lambda seconds: None))


@pytest.fixture(scope="module")
def population() -> dict[int, tuple[dict[str, Any], bytes]]:
    chance = random.Random(4)
    made = [submission(key, chance) for key in range(1, SUBMISSIONS + 1)]
    return {one["_id"]: (one, json.dumps(one).encode()) for one in made}


class Survey:
    """A workspace with one source, and the project it asks."""

    def __init__(self, root: Path, project: Project, server: str, **more: Any) -> None:
        self.project = project
        self.workspace = load_workspace(make_workspace(root, server, **more))
        prepare(self.workspace.warehouse_path)
        self.instruments: Instruments = read_instruments(root / "instruments", self.workspace.framework)

    def take_in(self, **how: Any) -> Intake:
        return take_in(self.workspace, "kobo", self.instruments, **how)

    def until_done(self) -> Intake:
        """Run as a schedule does: what is cut off is tried again."""
        for _ in range(30):
            try:
                return self.take_in()
            except TransientError:
                continue
        raise AssertionError("the server never answered to the end")


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Callable[..., Survey]]:
    project = Project()
    with serve(project) as server:
        yield lambda **more: Survey(tmp_path / "w", project, server, **more)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_take_in__ends_as_the_server(
    seed: int, survey: Callable[..., Survey], population: dict[int, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should end with the server's submissions, whatever is edited and deleted meanwhile and however it fails."""
    monkeypatch.setattr("melflow.expectations.check.check", unchecked)
    chance = random.Random(seed)
    mine = survey()
    project = mine.project
    for record, content in population.values():
        project.restore(record, content)
    project.trouble = lambda: chance.choice((429, 500, 503, "cut", "half")) if chance.random() < 0.2 else None
    mine.until_done()
    assert_equal(mine.workspace, project)

    acts = ["edit"] * (SUBMISSIONS // 20) + ["delete"] * (SUBMISSIONS // 100) + ["validate"] * (SUBMISSIONS // 100)
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
    assert_equal(mine.workspace, project)
    told = account(mine.workspace)
    assert told["difference"] == 0
    assert told["rows_at_source"] == told["rows_loaded"] == len(project.records)
    assert told["rows_deleted"] >= SUBMISSIONS // 100
    assert told["rows_landed"] == told["rows_loaded"] + told["rows_superseded"] + told["rows_deleted"]


@pytest.fixture
def small(survey: Callable[..., Survey]) -> Survey:
    """Return a source of ten submissions, not yet taken in."""
    mine = survey()
    chance = random.Random(1)
    for key in range(1, 11):
        mine.project.add(submission(key, chance))
    return mine


@pytest.fixture
def let_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("melflow.expectations.check.check", unchecked)


def values(workspace: Workspace, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    with connect(workspace.warehouse_path) as con:
        return con.execute(f"select {columns} from raw.src_submission where {where} order by all").fetchall()


@pytest.mark.slow
def test_take_in__through_the_checks(small: Survey) -> None:
    """Should hold what breaks a rule, let an earlier version stand in for it, and account for both."""
    project = small.project
    assert small.take_in().counts.rows_loaded == 10
    project.edit(3, **{"about/partner": "nobody"})
    project.add(submission(11, random.Random(2)) | {"about/partner": "nobody"})
    intake = small.take_in()
    assert not intake.failures
    told = account(small.workspace)
    assert (told["rows_at_source"], told["rows_loaded"], told["rows_held"]) == (11, 9, 2)
    assert (told["rows_superseded"], told["difference"]) == (1, 0)
    assert len(values(small.workspace, "native_id", "is_current and deleted_at is null")) == 10
    project.validate(3, "approved")  # the held version comes again
    project.delete(11)
    small.take_in()
    told = account(small.workspace)
    assert (told["rows_at_source"], told["rows_held"], told["rows_deleted"]) == (10, 1, 1)
    assert told["difference"] == 0
    project.edit(3, **{"about/partner": "north"})
    assert not small.take_in().failures
    assert_equal(small.workspace, project)
    told = account(small.workspace)
    assert (told["rows_loaded"], told["rows_held"], told["rows_superseded"], told["difference"]) == (10, 0, 2, 0)
    before = tables_of(small.workspace)
    assert not small.take_in(full=True).failures
    assert all(one.equals(other) for one, other in zip(before, tables_of(small.workspace), strict=True))


@pytest.mark.usefixtures("let_pass")
def test_take_in__back_again(small: Survey) -> None:
    """Should let A stand after A, B and A; and let a deletion stand until the submission re-appears."""
    project = small.project
    small.take_in()
    first, gone = dict(project.records[4]), dict(project.records[7])
    project.edit(4, comment="B")
    project.delete(7)
    small.take_in()
    assert_equal(small.workspace, project)
    assert [key for (key,) in values(small.workspace, "native_id", "deleted_at is not null")] == ["7"]
    project.add(first)
    project.add(gone)
    small.take_in()
    assert_equal(small.workspace, project)
    small.take_in(full=True)
    assert_equal(small.workspace, project)
    assert len(values(small.workspace, "version_id", "native_id = '4'")) == 2


@pytest.mark.usefixtures("let_pass")
def test_take_in__cut_off_deletes_nothing(small: Survey) -> None:
    """Should keep every submission when a sweep is cut off or refused, and say so."""
    small.take_in()
    small.project.delete(1)
    begun = small.project.n_asked
    small.project.trouble = lambda: "cut" if small.project.n_asked > begun + 1 else None
    with pytest.raises(TransientError):
        small.take_in()
    small.project.trouble = lambda: 403 if small.project.n_asked > begun + 1 else None
    intake = small.take_in()
    assert [problem.seen for problem in intake.failures] == ["token refused (HTTP 403)"]
    assert values(small.workspace, "native_id", "deleted_at is not null") == []


@pytest.mark.usefixtures("let_pass")
def test_take_in__a_row_is_missing(small: Survey) -> None:
    """Should fail, with the figures, when a row that landed is nowhere."""
    assert not small.take_in().failures
    with connect(small.workspace.warehouse_path) as con:
        con.execute("delete from raw.src_submission where native_id = '5'")
    intake = small.take_in()
    assert [problem.rule for problem in intake.failures] == [
        "every row at the source is loaded, held, superseded or deleted"
    ]
    assert "10 rows at the source, 10 landed and 0 repeated; 9 loaded" in intake.failures[0].seen
    assert not small.take_in(full=True).failures


@pytest.mark.usefixtures("let_pass")
def test_take_in__unreadable_page_is_named_until_it_is_read(small: Survey) -> None:
    """Should name a page of another form in every run, though the server hands it over only once."""
    for key in list(small.project.records):
        small.project.delete(key)
    small.project.add({"_id": 1, "_uuid": "u", "somewhere/else": "x", "_validation_status": {}})
    for _ in range(2):
        assert [problem.rule for problem in small.take_in().failures] == ["the submissions answer the form 'survey'"]
    told = account(small.workspace)
    assert (told["payloads_unread"], told["rows_loaded"]) == (1, 0)


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
                assert_equal(mine.workspace, project)
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
        assert_equal(mine.workspace, project)
        mine.take_in(full=True)
        assert_equal(mine.workspace, project)
    assert account(mine.workspace)["difference"] == 0
    names = values(mine.workspace, "native_id, count(distinct submission_id)", "true group by all")
    assert [n for _, n in names] == [1] * len(names)
    assert len({name for (name,) in values(mine.workspace, "distinct submission_id")}) == len(names)


def test_check__names_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should say which variable holds no token, without asking the server; and tell two sources of one project."""
    root = make_workspace(tmp_path / "w", "http://127.0.0.1:9")
    assert check(folder=root) == 0
    monkeypatch.delenv("KOBO_TOKEN")
    with pytest.raises(TerminalError, match=r"sources/kobo.yml: .* no variable KOBO_TOKEN"):
        check(folder=root)
    (root / "sources" / "again.yml").write_text((root / "sources" / "kobo.yml").read_text())
    with pytest.raises(WorkspaceError, match="each source asks for its own project"):
        load_workspace(root)


@pytest.mark.usefixtures("let_pass")
def test_status__shows_what_is_missing(small: Survey) -> None:
    """Should show how many rows the source has, and how many of them are nowhere."""
    small.take_in()
    with connect(small.workspace.warehouse_path) as con:
        con.execute("delete from raw.src_submission where native_id in ('5', '6')")
    small.take_in()
    write_status(small.workspace)
    (row,) = source_status(small.workspace, date(2026, 1, 1))
    assert (row.rows_at_source, row.difference) == (10, 2)
