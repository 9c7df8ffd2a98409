from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asked_partners import mailed_workspace
from delivered import MORE, REPORT, RETURN, Alliance
from fake_release import HOSTILE, make_release
from kobo_server import TOKEN, Project, serve
from kobo_survey import Survey, submission
from mail_server import Inbox
from mail_server import serve as serve_mail
from survey_source import KEY, unchecked

from melflow.sources import kobo_fetch
from melflow.sources.http import Client
from tests.core.conftest import FILES


@pytest.fixture
def kobo_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets of a source that asks KoboToolbox, and a client that does not wait between its attempts."""
    monkeypatch.setenv("KOBO_TOKEN", TOKEN)
    monkeypatch.setenv("MELFLOW_HASH_KEY", KEY)
    monkeypatch.setattr(kobo_fetch, "Client", functools.partial(Client, sleep=lambda seconds: None))


@pytest.fixture
def survey(kobo_environment: None, tmp_path: Path) -> Iterator[Callable[..., Survey]]:
    project = Project()
    with serve(project) as server:
        yield lambda **more: Survey(tmp_path / "w", project, server, **more)


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


@pytest.fixture
def alliance(tmp_path: Path) -> Iterator[Alliance]:
    """A workspace with a report for a funder and return reports, and a mail server."""
    files = {name: text for name, text in FILES.items() if not name.startswith(("sources", "instruments", "reports"))}
    files["partners.csv"] = FILES["partners.csv"].replace("PE,2024-07-01,,,es", "PE,2024-07-01,,luz@city.example,es")
    with serve_mail(tmp_path) as (inbox, settings):
        files["melflow.toml"] += settings + MORE
        for file, text in (files | {"reports/funder.yml": REPORT, "reports/return.yml": RETURN}).items():
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text(text, encoding="utf-8")
        yield Alliance(tmp_path, inbox)


@pytest.fixture(scope="session")
def asked_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_release(tmp_path_factory.mktemp("asked") / "r1", HOSTILE, n_dyads=4)


@pytest.fixture
def mailed(asked_release: Path, tmp_path: Path) -> Iterator[tuple[Any, Inbox]]:
    """A workspace in which alpha and beta have an address and gamma has none, and its mail server."""
    with serve_mail(tmp_path) as (inbox, settings):
        yield mailed_workspace(tmp_path / "w", asked_release, settings), inbox
