"""Editions of earlier releases go out when they are waited for, and what breaks is told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from delivered import ALL, DUE, REPORT, Alliance, text_of

from melflow.core.errors import Problem, TerminalError
from melflow.core.landing import LandingStore
from melflow.flows import pipeline as flow
from melflow.flows.delivery import deliver
from melflow.flows.delivery_ledger import Ledger
from melflow.flows.delivery_notices import notices, tell, telling
from melflow.flows.delivery_now import send_now
from melflow.flows.delivery_pending import pending
from melflow.flows.editions import Published
from melflow.flows.intake import Intake
from melflow.flows.summary import exit_code
from melflow.reports.approval import approve

WHY = "It is what there is."


def places(alliance: Alliance, *reports: str, besides: tuple[Path, ...] = (), period: str | None = None) -> list[str]:
    workspace = alliance.workspace
    found = pending(workspace, reports or workspace.reports, period, besides)
    return [one.relative_to(workspace.editions_dir).as_posix() for one in found]


def test_pending__approved(alliance: Alliance) -> None:
    """Should be sent though a newer release is there, and not once a later edition of the period was."""
    old = alliance.edition("funder/2025-H1/0009-a", reasons=("Old data.",))
    new = alliance.edition("funder/2025-H1/0010-b", figures="2", reasons=("Old data.",))
    assert places(alliance) == []
    approve(old, "Ana Ruiz", WHY, DUE)
    assert places(alliance) == ["funder/2025-H1/0009-a"]
    assert places(alliance, "return") == places(alliance, besides=(old,)) == places(alliance, period="2025-H2") == []
    assert alliance.run(old, new) == [("recipients", "accepted"), ("board", "accepted")]
    assert places(alliance) == [] and alliance.got() == ALL
    third, last = (alliance.edition(f"funder/2025-H2/{name}", reasons=("Old data.",)) for name in ("0010-b", "0011-c"))
    for one in (last, third):
        approve(one, "Ana Ruiz", WHY, DUE)
    deliver(alliance.workspace, [last], DUE, at_once=True)
    assert places(alliance) == []


def test_pending__late_data_wait(alliance: Alliance) -> None:
    """Should not send a newer edition of a period beside the one that was sent, where late data wait for the next."""
    old = alliance.edition(reasons=("Old data.",))
    approve(old, "Ana Ruiz", WHY, DUE)
    newer = alliance.edition("funder/2025-H1/0002-b", figures="2")
    assert [group for group, _ in alliance.run(old, newer)] == ["recipients", "board"]
    assert alliance.run(newer, now=datetime.now(UTC) + timedelta(days=2)) == []


def test_pending__deferred(alliance: Alliance) -> None:
    """Should try again whom the server told to wait, though the newer edition of the same numbers is not sent."""
    (alliance.folder / "reports/funder.yml").write_text(f"{REPORT}late_data: restate\n", encoding="utf-8")
    alliance.inbox.refusals = {"board@funder.example": "451 later"}
    old = alliance.edition()
    alliance.run(old)
    alliance.inbox.refusals = {}
    same = alliance.edition("funder/2025-H1/0002-b")
    assert alliance.run(same) == [] and places(alliance) == ["funder/2025-H1/0001-a"]
    assert alliance.run(old, same) == [("board", "accepted")]
    assert alliance.got() == ALL and places(alliance) == []


def test_pending__deferred_and_overtaken(alliance: Alliance) -> None:
    """Should leave whom a later edition took the place for, and not say any more that the next run tries again."""
    alliance.inbox.refusals = {"board@funder.example": "451 later"}
    alliance.run(alliance.edition())
    assert any(name.startswith("deferred/") for name in notices(alliance.workspace))
    alliance.inbox.refusals = {}
    alliance.run(alliance.edition("funder/2025-H1/0002-b", figures="2"), at_once=True)
    assert places(alliance) == []
    assert not any(name.startswith("deferred/") for name in notices(alliance.workspace))


@pytest.mark.parametrize("cut_at", ["intent of the second", "before the second", "pages"])
def test_pending__cut_between_groups(alliance: Alliance, monkeypatch: pytest.MonkeyPatch, cut_at: str) -> None:
    """Should finish with the group a run did not come to, though a newer release has the same numbers, and no other."""
    old = alliance.edition()
    real, n_begun = Ledger.begin, 0

    def cut(self: Ledger, key: str, *given: Any, **more: Any) -> bool:
        nonlocal n_begun
        n_begun += 1
        if n_begun == 2 and cut_at == "before the second":
            raise KeyboardInterrupt
        if n_begun == 2:
            self.note(key, "addressed", to=[], added=[], removed=[])
            raise KeyboardInterrupt
        return real(self, key, *given, **more)

    if cut_at == "pages":
        assert alliance.run(old, has_pages=False) == [("recipients", "accepted"), ("board", "not sent")]
    else:
        with monkeypatch.context() as broken:
            broken.setattr(Ledger, "begin", cut)
            with pytest.raises(KeyboardInterrupt):
                alliance.run(old)
    assert alliance.got() == ALL[1:] and places(alliance) == ["funder/2025-H1/0001-a"]
    same = alliance.edition("funder/2025-H1/0002-b")
    assert alliance.run(same) == [], "it says nothing new"
    report = REPORT + "  late: {to: [late@funder.example]}\n"
    (alliance.folder / "reports/funder.yml").write_text(REPORT.replace("board@", "moved@"), encoding="utf-8")
    assert places(alliance) == [], "nobody it was to go to is missing any more"
    (alliance.folder / "reports/funder.yml").write_text(REPORT, encoding="utf-8")
    assert alliance.run(old, same) == [("board", "accepted")]
    (alliance.folder / "reports/funder.yml").write_text(report, encoding="utf-8")
    assert alliance.got() == ALL and places(alliance) == [], "who came later is not sent what went out before"


def test_pending__cut_and_overtaken(alliance: Alliance) -> None:
    """Should leave a group to the later edition of the period once that went out."""
    alliance.run(alliance.edition(), has_pages=False)
    alliance.run(alliance.edition("funder/2025-H1/0002-b", figures="2"), at_once=True)
    assert places(alliance) == [] and alliance.got() == sorted([*ALL, *ALL[1:]])


def test_deliver__asked_before_it_was_held(alliance: Alliance) -> None:
    """Should send a report without a day, once it is approved, in the next run: it was named when it was held."""
    edition = alliance.edition("return/city/2025-H1/0001-a", reasons=("Old data.",))
    Ledger(alliance.workspace.landing_dir).note_asked(["return/city/2025-H1/0001-a"])
    assert alliance.run(edition) == []
    approve(edition, "Ana Ruiz", WHY, DUE)
    assert alliance.run(edition) == [("recipients", "accepted")]


def test_telling__once_for_each_cause(alliance: Alliance) -> None:
    """Should mail place, rule and fix of what ends a run, without what was seen, once, and let the run end."""

    def broken() -> None:
        raise TerminalError.of("pub_feedback, e1", "no hidden number can be worked out", "7 of them", "Mend it.")

    for _ in range(2):
        with pytest.raises(TerminalError), telling(alliance.workspace, "melflow run"):
            broken()
    with pytest.raises(ZeroDivisionError), telling(alliance.workspace, "melflow run"):
        1 / 0  # noqa: B018  # raises
    first, second = alliance.told()
    assert "pub_feedback, e1 failed: no hidden number can be worked out. Mend it." in first and "7" not in first
    assert "melflow run, test_delivery_pending.py, line " in second and "division" not in second


def test_pipeline__tells_what_a_source_lacks(alliance: Alliance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should mail what keeps a source out, before what comes after may break; again when something of it came since."""
    said = Problem("sources/kobo.yml", "the server lets us in", "HTTP 401 for ana", "Set KOBO_TOKEN.")
    intakes = [Intake("kobo", "Survey", failures=(said,)), Intake("logs", "Log")]
    monkeypatch.setattr(flow, "ingest", lambda *_: intakes)
    monkeypatch.setattr(flow, "build", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    store = LandingStore(alliance.workspace.landing_dir)
    for n_told in (1, 1, 2):
        if n_told == 2:
            store.land("kobo", "wave-2", b"{}")
        with pytest.raises(KeyboardInterrupt):
            flow.pipeline.fn(str(alliance.folder))
        assert len(alliance.told()) == n_told
    told = alliance.told()[0]
    assert "sources/kobo.yml failed: the server lets us in. Set KOBO_TOKEN." in told and "401" not in told


def test_deliver__without_pages(alliance: Alliance) -> None:
    """Should keep back messages that lead to pages that are not there, tell it, and send the others."""
    edition = alliance.edition()
    assert alliance.run(edition, has_pages=False) == [("recipients", "accepted"), ("board", "not sent")]
    assert "links in messages lead to var/published as it is now" in alliance.told()[-1]
    assert alliance.run(edition) == [("board", "accepted")]


def test_tell__edition_that_waits(alliance: Alliance) -> None:
    """Should say until when partners may answer, once; that is no failure."""
    folder = alliance.folder / "var/editions/funder/2025-H1/0001-a"
    waits = Published("funder", "2025-H1", folder, True, (), waits_for="answers", waits_until=DUE)
    for _ in range(2):
        assert tell(alliance.workspace, editions=[waits]) == ()
    [told] = alliance.told()
    assert "funder/2025-H1/0001-a waits: partners may answer until 2025-08-14" in told
    assert exit_code([], [waits]) == 0


def test_report__pages_break(alliance: Alliance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should send what needs no page and tell the data officer, when a published folder cannot be made."""
    from melflow.flows import report as flow

    edition = alliance.edition()
    problem = Problem("reports/other.yml", "a font has every letter", "a name", "Lay one into fonts/.")
    missing = Published("other", "2025-H1", edition.parent / "none", False, (), problems=(problem,))
    made = [Published("funder", "2025-H1", edition, True, ()), missing]

    def broken(folder: str) -> None:
        raise OSError("no space for luz@city.example")

    monkeypatch.setattr(flow, "current", lambda workspace: object())
    monkeypatch.setattr(flow, "render_report", lambda *_: made)
    monkeypatch.setattr(flow, "publish_folders", broken)
    monkeypatch.setattr(flow, "send_editions", flow.send_editions.fn)
    reported = flow._reported(alliance.workspace, ["funder"], None, send=True, dry_run=False)
    assert [one.state for one in reported.deliveries] == ["accepted", "not sent"]
    assert [one.seen for one in reported.failures] == ["OSError"] and exit_code([], made, reported.failures) == 1
    [told] = alliance.told()
    assert "reports/other.yml failed: a font has every letter. Lay one" in told
    assert "var/published, " in told and "no space" not in told


def test_send_now__what_changed_while_it_waited(alliance: Alliance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should look at the edition once no other run writes: one that was let out may be held or withdrawn by then."""
    edition = alliance.edition()

    @contextmanager
    def waited(_: object) -> Iterator[None]:
        shutil.rmtree(edition)
        alliance.edition(reasons=("Old data.",))
        yield

    monkeypatch.setattr("melflow.flows.delivery_now.exclusive", waited)
    with pytest.raises(TerminalError, match="one that is held"):
        send_now(alliance.workspace, edition, None, dry_run=False)
    assert alliance.got() == []


def test_send_now__an_older_edition_takes_no_place(alliance: Alliance) -> None:
    """Should say that an edition takes another's place where that is of an earlier release, and not the other way."""
    first, middle, last = (alliance.edition(f"funder/2025-H1/000{n}-a", figures=str(n)) for n in (1, 2, 3))
    said = []
    for edition in (middle, first, last):
        before = len(alliance.inbox.messages)
        deliver(alliance.workspace, [edition], DUE, at_once=True)
        said.append({"takes the place" in text_of(message) for _, message in alliance.inbox.messages[before:]})
    assert said == [{False}, {False}, {True}]
