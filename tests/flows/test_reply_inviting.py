"""Partners are invited by a message of their own, some days before a funder sees figures about them; once."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from asked_partners import NOW, OFFICER, PERIOD, RELEASE_ID, ask, return_report
from delivered import BOUNCE, text_of
from fake_release import HOSTILE
from mail_server import Inbox

from melflow.core.landing import LandingStore
from melflow.flows import reply_rounds
from melflow.flows.bounces import read_bounces
from melflow.flows.delivery_handing import NO_CONTACT
from melflow.flows.delivery_ledger import INVITATIONS, Ledger
from melflow.flows.delivery_notices import notices, tell
from melflow.flows.pages import publish_pages
from melflow.flows.release import Release
from melflow.flows.reply_asking import ask_partners
from melflow.flows.reply_inviting import brought, invite
from melflow.flows.reply_ledger import Ledger as Replies
from melflow.flows.reply_links import key, opened

EDITION = f"funder/{PERIOD}/{RELEASE_ID}"
RETURN = f"return/alpha/{PERIOD}/{RELEASE_ID}"


def test_invite__once_with_report_workbook_and_link(mailed: tuple[Any, Inbox]) -> None:
    """Should bring each partner what it may answer to, once, and name to the data officer who has no address."""
    workspace, inbox = mailed
    ask(workspace)
    return_report(workspace)
    trial = invite(workspace, NOW, dry_run=True)
    assert [(one.to, one.state) for one in trial] == [
        (("a@alpha.example",), "would be sent"), (("b@beta.example",), "would be sent"), ((), NO_CONTACT)
    ]  # fmt: skip
    assert not inbox.received and not Ledger(workspace.landing_dir, INVITATIONS).messages()
    done = invite(workspace, NOW)
    assert [one.state for one in done] == ["accepted", "accepted", NO_CONTACT]
    (to, first), (_, second) = inbox.messages
    files = {part.get_filename(): part.get_content() for part in first.iter_attachments()}
    assert to == ["a@alpha.example"] and list(files) == [f"funder_{PERIOD}_reply.xlsx", f"return_{PERIOD}.pdf"]
    assert [part.get_filename() for part in second.iter_attachments()] == [f"funder_{PERIOD}_reply.xlsx"]
    book = workspace.var / "replies" / EDITION / "alpha.xlsx"
    assert files[f"funder_{PERIOD}_reply.xlsx"] == book.read_bytes()
    assert openpyxl.load_workbook(book)["reply"].max_row > 16
    text = text_of(first)
    assert "informe de retorno" in text and "informe de retorno" not in text_of(second)
    assert "Hasta el 2026-07-16, 04:00 (UTC-05:00)" in text
    assert "@" not in text + str(first["Subject"]) and HOSTILE["alpha"] not in text
    [link] = re.findall(r"/reply/(\S+)", text)
    assert opened(link, key(workspace), NOW).about == ("alpha", "funder", PERIOD, RELEASE_ID)
    sent = Ledger(workspace.landing_dir).messages()
    assert sent[f"{RETURN}/recipients"].of("accepted") == ["a@alpha.example"] and len(sent) == 1
    for _ in range(2):
        assert tell(workspace, done) == ()
    [told] = [text_of(message) for to, message in inbox.messages if to == [OFFICER]]
    assert "gamma" in told and "no e-mail contact" in told and "melflow report replies ask funder" in told
    assert "alpha" not in told and "@" not in told
    assert [one.state for one in invite(workspace, NOW)] == [NO_CONTACT] and len(inbox.received) == 3
    assert invite(workspace, NOW + timedelta(days=14)) == []


def test_invite__reads_its_ledgers_once(mailed: tuple[Any, Inbox], monkeypatch: pytest.MonkeyPatch) -> None:
    """Should read what was sent before once, however many partners are written to."""
    workspace, _ = mailed
    ask(workspace)
    return_report(workspace)
    before = Ledger(workspace.landing_dir)
    for number in range(5):
        before.begin(f"funder/2025-H2/0001-a/{number}", 1, ["one@funder.example"], [], [])
    read: list[str] = []
    real = LandingStore.read

    def counted(self: LandingStore, landing: Any) -> bytes:
        read.append(f"{landing.source} {landing.origin}")
        return real(self, landing)

    monkeypatch.setattr(LandingStore, "read", counted)
    assert [one.state for one in invite(workspace, NOW)][:2] == ["accepted", "accepted"]
    assert len(read) == len(set(read)) > 10


def test_invite__a_release_that_is_gone(mailed: tuple[Any, Inbox], monkeypatch: pytest.MonkeyPatch) -> None:
    """Should say of one round that its release is gone, and ask the partners of the others; nothing goes out early."""
    workspace, inbox = mailed
    ask(workspace)
    lost = "20260601T060000-0a0a0a0a"
    [one] = Replies(workspace.landing_dir).rounds("funder", PERIOD)
    Replies(workspace.landing_dir).open_round(replace(one, release_id=lost))
    [gone, *others] = sorted(invite(workspace, NOW), key=lambda one: one.state != "not sent")
    assert lost in gone.key and lost in str(gone.problems[0]) and gone.problems[0].where == f"funder {PERIOD}"
    assert [one.state for one in others] == ["accepted", "accepted", NO_CONTACT] and len(inbox.received) == 2
    assert brought(workspace, NOW) == set()
    asked, problems = ask_partners(workspace, [], NOW)
    assert {one.partner_id for one in asked} == {"alpha", "beta", "gamma"} and lost in str(problems[0])
    assert tell(workspace, [gone]) == ()
    assert "is gone" in text_of(inbox.messages[-1][1])


def test_turn__a_release_that_is_gone(mailed: tuple[Any, Inbox]) -> None:
    """Should give partners the days of a round though its release is gone and the newest shows the same figures."""
    workspace, _ = mailed
    ask(workspace)
    [one] = Replies(workspace.landing_dir).rounds("funder", PERIOD)
    folder = workspace.releases_dir / RELEASE_ID
    folder.rename(folder.with_name("20260702T060000-2b2b2b2b"))
    newest = Release("20260702T060000-2b2b2b2b", folder.with_name("20260702T060000-2b2b2b2b"), is_new=False)
    waits = reply_rounds.turn(workspace, workspace.reports["funder"], PERIOD, newest, NOW)
    assert (waits.waits_for, waits.waits_until) == ("answers", one.closes_at)
    over = reply_rounds.turn(workspace, workspace.reports["funder"], PERIOD, newest, one.closes_at)
    assert over.waits_for is None and over.release == newest


def test_invite__by_size(mailed: tuple[Any, Inbox]) -> None:
    """Should link to a return report too large to attach, published meanwhile; go without one that leads nowhere."""
    workspace, inbox = mailed
    ask(workspace)
    for partner in ("alpha", "beta"):
        return_report(workspace, partner)
    workspace.delivery = workspace.delivery.model_copy(update={"max_attachment_mb": 0.00001})
    assert {place.as_posix() for place in brought(workspace, NOW)} == {RETURN, RETURN.replace("alpha", "beta")}
    publish_pages(workspace, NOW, brought(workspace, NOW))
    assert (workspace.published_dir / "partner/alpha/editions" / RETURN / "edition.pdf").is_file()
    workspace.partners.pop("beta")
    invite(workspace, NOW)
    [(_, linked)] = inbox.messages
    assert f"https://reports.alliance.example/partner/alpha/editions/{RETURN}/edition.pdf" in text_of(linked)
    workspace.partners["beta"] = workspace.partners["alpha"]
    invite(workspace, NOW, has_pages=False)
    assert "retorno está aquí" not in text_of(inbox.messages[1][1])
    assert len(Ledger(workspace.landing_dir).messages()) == 1, "it was not brought to beta"


def test_invite__crash_between_send_and_record(mailed: tuple[Any, Inbox], monkeypatch: pytest.MonkeyPatch) -> None:
    """Should not send again what may have arrived, tell it while partners may answer, and go on with the others."""
    workspace, inbox = mailed
    ask(workspace)
    return_report(workspace)
    note = Ledger.note

    def crash(self: Ledger, name: str, kind: str, **told: Any) -> None:
        if kind == "outcome":
            raise KeyboardInterrupt
        note(self, name, kind, **told)

    with monkeypatch.context() as broken:
        broken.setattr(Ledger, "note", crash)
        with pytest.raises(KeyboardInterrupt):
            invite(workspace, NOW)
    for _ in range(2):
        assert next(one.state for one in invite(workspace, NOW)) == "unknown"
    assert [to for to, _ in inbox.messages] == [["a@alpha.example"], ["b@beta.example"]]
    monkeypatch.setattr("melflow.flows.delivery_notices.datetime", SimpleNamespace(now=lambda _: NOW))
    found = notices(workspace)
    [said] = [text for name, text in found.items() if name.startswith("invitation/unknown/")]
    assert "replies ask funder" in said
    [doubt] = [text for name, text in found.items() if name.startswith(f"unknown/{RETURN}/recipients")]
    assert str(inbox.messages[0][1]["Message-ID"]) in doubt, "the id it was handed over with"
    over = SimpleNamespace(now=lambda _: NOW + timedelta(days=15))
    monkeypatch.setattr("melflow.flows.delivery_notices.datetime", over)
    assert not any(name.startswith("invitation/") for name in notices(workspace))


@pytest.mark.parametrize(("state", "is_brought"), [
    ("arrived", False), ("unknown", False), ("not_sent", True), ("moved", False),
])  # fmt: skip
def test_invite__return_report_sent_before(mailed: tuple[Any, Inbox], state: str, is_brought: bool) -> None:
    """Should bring no return report that the partner has or may have, at whichever address."""
    workspace, inbox = mailed
    ask(workspace)
    return_report(workspace)
    ledger, key = Ledger(workspace.landing_dir), f"{RETURN}/recipients"
    ledger.begin(key, 1, ["a@alpha.example"], [], [])
    ledger.note(key, {"moved": "arrived"}.get(state, state), why="")
    if state == "moved":
        workspace.partners["alpha"].contact = "new@alpha.example"
    invite(workspace, NOW)
    files = [part.get_filename() for part in inbox.messages[0][1].iter_attachments()]
    assert files == [f"funder_{PERIOD}_reply.xlsx", *[f"return_{PERIOD}.pdf"] * is_brought]
    assert ("informe de retorno" in text_of(inbox.messages[0][1])) == is_brought
    assert ledger.messages()[key].attempts == 1 + is_brought


def test_invite__refused_and_put_off(mailed: tuple[Any, Inbox]) -> None:
    """Should try again whom the server told to wait, tell who was refused, and write to a corrected address."""
    workspace, inbox = mailed
    ask(workspace)
    inbox.refusals = {"a@alpha.example": "550 unknown", "b@beta.example": "451 later"}
    assert [one.state for one in invite(workspace, NOW)][:2] == ["refused", "deferred"]
    inbox.refusals = {}
    assert [one.key.rpartition("/")[2] for one in invite(workspace, NOW) if one.n_reached] == ["beta"]
    workspace.partners["alpha"].contact = "right@alpha.example"
    assert [one.to for one in invite(workspace, NOW) if one.n_reached] == [("right@alpha.example",)]


def test_invite__bounced(mailed: tuple[Any, Inbox], monkeypatch: pytest.MonkeyPatch) -> None:
    """Should note from what came back that a partner was not reached, and tell it while there is time to answer."""
    workspace, inbox = mailed
    ask(workspace)
    return_report(workspace, "beta")
    invite(workspace, NOW)
    folder = workspace.root / "inbox/bounces"
    folder.mkdir(parents=True)
    bounce = BOUNCE % ("B@beta.example", inbox.messages[1][1]["Message-ID"])
    (folder / "1.eml").write_text(bounce, encoding="utf-8")
    assert read_bounces(workspace) == 1 and read_bounces(workspace) == 0
    [brought] = Ledger(workspace.landing_dir).messages().values()
    assert brought.of("bounced") == ["b@beta.example"], "nor has it the return report"
    monkeypatch.setattr("melflow.flows.delivery_notices.datetime", SimpleNamespace(now=lambda _: NOW))
    [said] = [text for name, text in notices(workspace).items() if name.startswith("invitation/bounced/")]
    assert "/beta came back for 1 of 1 recipients" in said and "replies ask funder" in said and "@" not in said
    assert [one.state for one in invite(workspace, NOW)] == [NO_CONTACT], "it is not sent again by itself"
