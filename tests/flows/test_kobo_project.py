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
from kobo_server import ASSET, TOKEN, Project, serve

from melflow.core.errors import TransientError
from melflow.core.landing import LandingStore
from melflow.core.privacy import pseudonym
from melflow.core.warehouse import connect
from melflow.core.workspace import Workspace, load_workspace
from melflow.expectations.check import HELD, RESULT, Checked
from melflow.flows.intake import Intake, take_in
from melflow.flows.tables import prepare
from melflow.sources import kobo_fetch
from melflow.sources.http import Client
from melflow.sources.xlsform import Instruments, read_instruments

#: The issue's own figure; fewer in a hurry, the edits and deletions in proportion.
SUBMISSIONS = int(os.environ.get("MELFLOW_SEED_SUBMISSIONS", "10000"))
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
