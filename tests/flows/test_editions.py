"""Which editions a report has, and that one that cannot be made stops no other."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_release import make_release, make_report, make_workspace

from melflow.core.errors import TerminalError
from melflow.core.workspace.reply import Reply
from melflow.flows import edition_workers
from melflow.flows.delivery_ledger import Ledger
from melflow.flows.edition_job import Job, Published
from melflow.flows.editions import publish_editions
from melflow.flows.release import Release
from melflow.reports import edition
from melflow.reports.frozen import place_of
from melflow.reports.history import went_out

RELEASE = "20260701T060000-1a2b3c4d"
MEMBERS = {"old": (2020, 2023), "left": (2020, 2025), "here": (2020, None), "late": (2027, None)}


@pytest.fixture
def workspace(tmp_path: Path) -> Any:
    partners = {
        name: SimpleNamespace(joined_on=date(first, 1, 1), left_on=last and date(last, 3, 1))
        for name, (first, last) in MEMBERS.items()
    }
    period = SimpleNamespace(period_id="2025-H1", starts_on=date(2025, 1, 1), ends_on=date(2025, 6, 30))
    reports = {
        name: SimpleNamespace(
            name=name, period="2025-H1", audience=audience, partners=chosen, also_in=(), late_data="next"
        )
        for name, audience, chosen in (
            ("funder", "funder", ()), ("return", "partner", ()), ("some", "partner", ("here", "old")),
        )
    }  # fmt: skip
    return SimpleNamespace(
        partners=partners, periods=[period], reports=reports, editions_dir=tmp_path / "editions",
        landing_dir=tmp_path / "landing", reply=Reply(), mail=None, published_dir=tmp_path / "published",
        releases_dir=tmp_path / "releases",
    )  # fmt: skip


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Return the partners an edition was rendered for; that of "left" fails in a template."""
    made: list[str | None] = []

    def render(
        release: Path, report: Any, workspace: Any, period: str, out: Path, partner: str | None,
        language: str | None, *_: Any, **__: Any,
    ) -> None:  # fmt: skip
        made.append(partner)
        if partner == "left":
            raise ZeroDivisionError("somebody's answer")
        folder = out / place_of(report.name, partner, language) / period / release.name
        folder.mkdir(parents=True)
        (folder / "edition.json").write_text(json.dumps({"gate": {"reasons": []}}))

    monkeypatch.setattr(edition, "render", render)
    return made


def test_publish_editions__whom_for(workspace: Any, rendered: list[str | None], tmp_path: Path) -> None:
    """Should make one for a funder, one for each member of the period, and only those a report names."""
    release = Release("0001-a", tmp_path / "0001-a", is_new=False)
    publish_editions(workspace, release, "funder")
    assert rendered == [None]
    found = publish_editions(workspace, release, "return")
    assert [one.partner for one in found] == ["here", "left"] and rendered[1:] == ["here", "left"]
    assert [one.partner for one in publish_editions(workspace, release, "some")] == ["here"]
    assert not publish_editions(workspace, release, "funder")[0].is_new


def test_publish_editions__further_languages(workspace: Any, rendered: list[str | None], tmp_path: Path) -> None:
    """Should make one more in each further language, in a folder of its own; the report's own stays where it was."""
    workspace.reports["funder"].also_in = ("es", "fr")
    found = publish_editions(workspace, Release("0001-a", tmp_path / "0001-a", is_new=False), "funder")
    places = [one.folder.relative_to(workspace.editions_dir).as_posix() for one in found]
    assert places == [f"{name}/2025-H1/0001-a" for name in ("funder", "funder.es", "funder.fr")]
    assert all((one.folder / "edition.json").exists() and one.is_new for one in found)


def test_publish_editions__one_fails(workspace: Any, rendered: list[str | None], tmp_path: Path) -> None:
    """Should make the others, and name the place of the error without what it quotes."""
    found = publish_editions(workspace, Release("0001-a", tmp_path / "0001-a", is_new=False), "return")
    assert [bool(one.problems) for one in found] == [False, True]
    [problem] = found[1].problems
    assert (
        "test_editions.py" in problem.where and problem.seen == "ZeroDivisionError" and "somebody" not in str(problem)
    )


def test_publish_editions__all_fail(workspace: Any, rendered: list[str | None], monkeypatch: pytest.MonkeyPatch,
                                    tmp_path: Path) -> None:  # fmt: skip
    """Should be a problem of the report, for other reports are made after it."""
    workspace.reports["funder"].period = "latest"
    for error, seen in ((TerminalError.of("release", "a rule", "no period", "Wait."), "no period"),
                        (KeyError("somebody"), "KeyError")):  # fmt: skip

        def fail(*_: Any, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr("melflow.flows.editions._newest", fail)
        [found] = publish_editions(workspace, Release("0001-a", tmp_path / "0001-a", is_new=False), "funder")
        [problem] = found.problems
        assert seen in problem.seen and "somebody" not in str(problem) and found.report == "funder"


def test_publish_editions__looks_back_once(workspace: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Should look for what went out once for all partners, and again in the next run of a long process."""
    asked: list[str] = []
    monkeypatch.setattr("melflow.reports.history.went_out", lambda *_: asked.append("once") or ())

    def render(folder: Path, _r: Any, _w: Any, _p: str, out: Path, *_: Any, went_out: Any, **__: Any) -> None:
        went_out(out, folder, "partners")

    monkeypatch.setattr(edition, "render", render)
    release = Release("0001-a", tmp_path / "0001-a", is_new=False)
    for run in (1, 2):
        publish_editions(workspace, release, "return")
        assert len(asked) == run


def test_publish_editions__late_data(workspace: Any, rendered: list[str | None], tmp_path: Path) -> None:
    """Should keep what was sent for a period, of each partner, unless the report restates."""
    first, second = (Release(name, tmp_path / name, is_new=False) for name in ("0001-a", "0002-b"))
    made = {one.partner: one for one in publish_editions(workspace, first, "some")}
    publish_editions(workspace, first, "funder")
    ledger = Ledger(workspace.landing_dir)
    for key in ("some/here/2025-H1/0001-a/recipients", "funder/2025-H1/0001-a/board"):
        ledger.begin(key, 1, ["a@b.example"], [], [])
    assert [one.folder for one in publish_editions(workspace, second, "some")] == [made["here"].folder]
    assert publish_editions(workspace, second, "return")[0].folder.name == "0002-b"
    assert publish_editions(workspace, second, "funder")[0].folder.name == "0001-a"
    ledger.note("funder/2025-H1/0001-a/board", "not_sent", why="no server")  # so nobody has it
    assert publish_editions(workspace, second, "funder")[0].folder.name == "0002-b"
    workspace.reports["some"].late_data = "restate"
    assert publish_editions(workspace, second, "some")[0].folder.name == "0002-b"


@pytest.mark.parametrize(("moment", "period"), [
    ("2026-07-09", "2026-H1"), ("2026-07-11", "2026-H1"), ("2027-01-09", "2026-H1"), ("2027-01-11", "2026-H2"),
])  # fmt: skip
def test_publish_editions__nothing_came(workspace: Any, rendered: list[str | None], tmp_path: Path,
                                        moment: str, period: str) -> None:  # fmt: skip
    """Should be of the newest period that is over and has data, or whose day has come though nothing came for it."""
    days = {"2025-H2": (7, date(2025, 12, 31)), "2026-H1": (1, date(2026, 6, 30)), "2026-H2": (7, date(2026, 12, 31))}
    workspace.periods = [
        SimpleNamespace(period_id=name, starts_on=date(end.year, first, 1), ends_on=end)
        for name, (first, end) in days.items()
    ]
    workspace.alliance = SimpleNamespace(time_zone="UTC")
    vars(workspace.reports["funder"]).update(period="latest", schedule="0 7 10 * *", due=None)
    release = Release("0001-a", make_release(tmp_path / "0001-a", {"a": "Alpha", "b": "Beta"}, 1), is_new=False)
    [found] = publish_editions(workspace, release, "funder", None, datetime.fromisoformat(f"{moment}T12:00+00:00"))
    assert found.period_id == period and not found.problems


def test_publish_editions__unknown(workspace: Any, tmp_path: Path) -> None:
    """Should say which reports and periods there are."""
    release = Release("0001-a", tmp_path / "0001-a", is_new=False)
    with pytest.raises(TerminalError, match="'fonder'"):
        publish_editions(workspace, release, "fonder")
    with pytest.raises(TerminalError, match="'2031'"):
        publish_editions(workspace, release, "funder", "2031")


class _Deadly(SimpleNamespace):
    """What ends the process that takes it in, as a machine does that runs out of memory."""

    def __reduce__(self) -> Any:
        return os._exit, (1,)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [SimpleNamespace, _Deadly])
def test_each__in_processes(kind: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Should make what one process makes, byte for byte, in order, tell what failed, and outlive a killed process."""
    monkeypatch.setattr(edition_workers, "EDITIONS_A_WORKER", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    folder = make_release(tmp_path / "releases" / RELEASE, {"a": "Alpha", "b": "Beta", "c": "Gamma"}, n_dyads=2)
    config = make_report(name="return", audience="partner", sections=["quality"], formats=["html"])
    places = {"landing_dir": tmp_path / "landing", "published_dir": tmp_path / "published", "mail": None}
    moment = datetime(2026, 7, 1, tzinfo=UTC)

    def made(name: str, wanted: list[tuple[str, None]], kind: Any) -> list[Published]:
        (tmp_path / name / "return").mkdir(parents=True, exist_ok=True)
        (tmp_path / name / "return" / "b").touch()  # a file where its folder would be
        work = kind(**vars(make_workspace()) | places, editions_dir=tmp_path / name)
        job = Job(work, config, "2026-H1", (), went_out, moment)
        return list(edition_workers.each(job, Release(RELEASE, folder, is_new=False), wanted))

    wanted = [("c", None), ("b", None), ("a", None)]
    alone = [made("alone", [one], SimpleNamespace)[0] for one in wanted]
    together = made("together", wanted, kind)

    assert [one.partner for one in together] == ["c", "b", "a"]
    assert [len(one.problems) for one in together] == [len(one.problems) for one in alone] == [0, 1, 0]
    for one, other in zip(alone[::2], together[::2], strict=True):
        files = [path.name for path in sorted(one.folder.iterdir())]
        assert "edition.html" in files and one.folder != other.folder
        assert [(one.folder / file).read_bytes() for file in files] == [
            (other.folder / file).read_bytes() for file in files
        ]
