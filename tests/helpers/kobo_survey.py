"""A survey of a small alliance on a KoboToolbox server: its form, its submissions, the source that asks for them."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import kobo_server
import polars as pl
from kobo_server import ASSET, Project
from survey_source import ANSWER, KEY, State, SurveySource, assert_equal, state, write_source, write_workspace

from melflow.core.privacy import pseudonym

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
PATHS = ["about/partner", "about/who", "about/day", "trust_1", "trust_2", "how", "years", "comment"]


def make_workspace(root: Path, server: str, **more: Any) -> Path:
    write_workspace(root, "survey", {"survey": SURVEY, "choices": CHOICES})
    write_source(root, "kobo", **{"title": "Survey", "connector": "kobo", "instrument": "survey", "server": server,
                                  "asset": ASSET, "token": "KOBO_TOKEN", "sweep_days": 0, **more})  # fmt: skip
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


def state_of(project: Project) -> State:
    """Return what the tables should hold; persons under a pseudonym."""
    rows, answers = [], []
    for key, record in project.records.items():
        status = record["_validation_status"].get("uid", "").removeprefix("validation_status_")
        rows.append((str(key), record["_uuid"], {"not_approved": "rejected"}.get(status, status) or None))
        answers += [(record["_uuid"], "", path, record[path]) for path in PATHS if path in record]
        answers += [
            (record["_uuid"], f"learned[{number}]", "learned/practice", one["learned/practice"])
            for number, one in enumerate(record.get("learned", []), 1)
        ]
    submissions, said = state(rows, answers)
    hidden = pseudonym(said["value"], KEY.encode())
    said = said.with_columns(pl.when(pl.col("path") == "about/who").then(hidden).otherwise("value").alias("value"))
    return submissions, said.sort(ANSWER)


class Survey(SurveySource):
    """A workspace with one source, and the project it asks."""

    def __init__(self, root: Path, project: Project, server: str, **more: Any) -> None:
        super().__init__(make_workspace(root, server, **more))
        self.project = project

    def assert_equal(self) -> None:
        assert_equal(self.workspace, state_of(self.project))
