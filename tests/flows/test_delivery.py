"""Each recipient gets an edition once, or the data officer is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from delivered import ALL, BOUNCE, DUE, REPORT, Alliance, text_of

from melflow.flows import cli, delivery
from melflow.flows.bounces import read_bounces
from melflow.flows.delivery import deliver
from melflow.flows.delivery_handing import WOULD, Delivery
from melflow.flows.delivery_ledger import Ledger
from melflow.flows.delivery_notices import notices
from melflow.flows.delivery_summary import print_reported
from melflow.flows.edition_job import Published
from melflow.flows.report import Reported


def test_deliver__once(alliance: Alliance) -> None:
    """Should wait for the day, send one message to each group, and nothing in the runs after it."""
    edition = alliance.edition()
    early = DUE - timedelta(hours=1)
    assert alliance.run(edition, now=early) == [("recipients", "waits"), ("board", "waits")]
    assert alliance.run(edition, dry_run=True) == [("recipients", "would be sent"), ("board", "would be sent")]
    assert alliance.inbox.received == []
    assert alliance.run(edition) == [("recipients", "accepted"), ("board", "accepted")]
    for _ in range(2):
        assert alliance.run(edition) == []
    assert alliance.got() == ALL
    (_, whole), (_, linked) = alliance.inbox.messages
    assert [part.get_filename() for part in whole.iter_attachments()] == ["funder_2025-H1.pdf", "funder_2025-H1.html"]
    address = "https://reports.alliance.example/funder/editions/funder/2025-H1/0001-a/edition.pdf"
    assert address in text_of(linked) and not list(linked.iter_attachments())
    everything = b"".join(content for _, content in alliance.inbox.received)
    assert b"@funder.example" not in everything  # neither do recipients see each other


def test_deliver__crash_between_send_and_record(alliance: Alliance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should never send again what may have arrived, tell the data officer, and do what he decides."""
    edition = alliance.edition()
    note = Ledger.note

    def crash(self: Ledger, key: str, kind: str, **told: Any) -> bool:
        if kind == "outcome":
            raise KeyboardInterrupt
        return note(self, key, kind, **told)

    with monkeypatch.context() as broken:
        broken.setattr(Ledger, "note", crash)
        with pytest.raises(KeyboardInterrupt):
            alliance.run(edition)
    assert alliance.got() == ALL[1:]
    for _ in range(2):
        assert alliance.run(edition)[0] == ("recipients", "unknown")
    assert alliance.got() == sorted(ALL)  # the board, which was not reached before the crash; nobody twice
    [told] = alliance.told()
    assert "is not known" in told and "recipients: 2" in told and "@funder" not in told
    key = "funder/2025-H1/0001-a"
    assert str(alliance.inbox.messages[0][1]["Message-ID"]) in told
    folder = ("-C", str(alliance.folder))
    assert cli.run([*folder, "report", "arrived", key, "--group", "recipients", "--by", "Ana"]) == cli.DONE
    assert alliance.run(edition) == [] and alliance.got() == sorted(ALL)


def test_send__again(alliance: Alliance, capsys: pytest.CaptureFixture[str]) -> None:
    """Should send again under the same id when somebody answers for it by name."""
    edition = alliance.edition()
    alliance.inbox.answer = "554 no"
    assert alliance.run(edition)[0] == ("recipients", "refused")
    alliance.inbox.answer = "250 OK"
    assert alliance.run(edition) == []
    told = alliance.told()[-1]  # the server did not take the first one either
    assert "refused for 2 of 2 recipients" in told and "554" in told
    command = ["-C", str(alliance.folder), "report", "send", "funder/2025-H1/0001-a", "--group", "board", "--again"]
    assert cli.run(command) == cli.FAILED
    assert "--by NAME" in capsys.readouterr().err
    assert cli.run([*command, "--by", "Ana", "--why", "the server was set up"]) == cli.DONE
    ids = [message["Message-ID"] for to, message in alliance.inbox.messages if to == ["board@funder.example"]]
    assert len(ids) == 2 and len(set(ids)) == 1


def test_deliver__refusals(alliance: Alliance) -> None:
    """Should note each refusal, try again only whom the server told to wait, and send nobody anything twice."""
    edition = alliance.edition()
    alliance.inbox.refusals = {"one@funder.example": "550 unknown", "board@funder.example": "451 later"}
    assert alliance.run(edition) == [("recipients", "refused"), ("board", "deferred")]
    alliance.inbox.refusals = {}
    assert alliance.run(edition) == [("board", "accepted")]
    assert alliance.run(edition) == []
    assert alliance.got() == ["board@funder.example", "two@funder.example"]
    [told] = alliance.told()
    assert "refused for 1 of 2 recipients (the server's answer 550)" in told
    states = Ledger(alliance.workspace.landing_dir).messages()["funder/2025-H1/0001-a/recipients"].recipients
    assert states == {"one@funder.example": "refused", "two@funder.example": "accepted"}
    (alliance.folder / "reports/funder.yml").write_text(REPORT.replace("one@", "uno@"), encoding="utf-8")
    command = ["report", "send", "funder/2025-H1/0001-a", "--group", "recipients", "--again", "--by", "Ana"]
    assert cli.run(["-C", str(alliance.folder), *command, "--why", "a wrong address"]) == cli.DONE
    assert alliance.got() == ["board@funder.example", "two@funder.example", "uno@funder.example"]
    assert alliance.run(edition) == []


def test_deliver__refused_beside_put_off(alliance: Alliance) -> None:
    """Should say of each recipient its own answer, also when another of the group was reached later."""
    edition = alliance.edition()
    alliance.inbox.refusals = {"one@funder.example": "550 unknown", "two@funder.example": "451 later"}
    alliance.run(edition)
    told = "\n".join(notices(alliance.workspace).values())
    refused = "refused for 1 of 2 recipients (the server's answer 550)"
    assert refused in told and "not taken yet for 1 of 2 recipients (the server's answer 451)" in told
    alliance.inbox.refusals = {}
    assert alliance.run(edition) == [("recipients", "refused")]
    told = "\n".join(notices(alliance.workspace).values())
    assert refused in told and "not taken yet" not in told


def test_deliver__time_out(alliance: Alliance) -> None:
    """Should take a silence after the text as not known, and a server that is not there as not sent."""
    edition = alliance.edition()
    settings = (alliance.folder / "melflow.toml").read_text(encoding="utf-8")
    alliance.inbox.silent_seconds = 2
    (alliance.folder / "melflow.toml").write_text(settings.replace("seconds = 10", "seconds = 0.5"), encoding="utf-8")
    [one] = deliver(alliance.workspace, [edition], DUE, at_once=True)[:1]
    assert one.state == "unknown" and "TimeoutError" in one.problems[0].seen
    alliance.inbox.silent_seconds = 0
    port = settings.partition("port = ")[2].partition("\n")[0]
    (alliance.folder / "melflow.toml").write_text(settings.replace(f"port = {port}", "port = 1"), encoding="utf-8")
    other = alliance.edition("funder/2025-H1/0002-b", figures="2")
    assert alliance.run(other, at_once=True) == [("recipients", "deferred"), ("board", "deferred")]
    (alliance.folder / "melflow.toml").write_text(settings, encoding="utf-8")
    assert alliance.run(other, at_once=True) == [("recipients", "accepted"), ("board", "accepted")]


def test_deliver__bounce(alliance: Alliance) -> None:
    """Should read from a report of the mail system who was not reached, once, and tell without the address."""
    edition = alliance.edition()
    alliance.run(edition)
    sent = alliance.inbox.messages[0][1]["Message-ID"]
    folder = alliance.folder / "inbox/bounces"
    folder.mkdir(parents=True)
    (folder / "1.eml").write_text(BOUNCE % ("Two@funder.example", sent), encoding="utf-8")
    (folder / "2.eml").write_text("Subject: out of office\n\nBack on Monday.\n", encoding="utf-8")
    assert read_bounces(alliance.workspace) == 1
    assert alliance.run(edition) == []
    [told] = alliance.told()
    assert "came back for 1 of 2 recipients (came back with 5.1.1)" in told and "two@" not in told
    assert read_bounces(alliance.workspace) == 0


def test_deliver__bounce_of_two(alliance: Alliance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should note the second recipient of a report when a crash came after the first, and neither when sent again."""
    edition = alliance.edition()
    alliance.run(edition)
    folder = alliance.folder / "inbox/bounces"
    folder.mkdir(parents=True)
    both = BOUNCE.replace("delayed", "failed") % ("two@funder.example", alliance.inbox.messages[0][1]["Message-ID"])
    (folder / "1.eml").write_text(both, encoding="utf-8")
    note = Ledger.note

    def crash(self: Ledger, key: str, kind: str, **told: Any) -> None:
        note(self, key, kind, **told)
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(Ledger, "note", crash)
        with pytest.raises(KeyboardInterrupt):
            read_bounces(alliance.workspace)
    ledger, key = Ledger(alliance.workspace.landing_dir), "funder/2025-H1/0001-a/recipients"
    assert len(ledger.messages()[key].of("bounced")) == 1 and read_bounces(alliance.workspace) == 1
    assert ledger.messages()[key].of("bounced") == ["one@funder.example", "two@funder.example"]
    ledger.note(key, "again", by="Ana", why="they mended it")
    assert alliance.run(edition) == [("recipients", "accepted")] and read_bounces(alliance.workspace) == 0


def test_deliver__letters_of_an_address(alliance: Alliance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should take a contact that no server can be told for none; were it one, nobody got it and the others do."""
    partners = alliance.folder / "partners.csv"
    partners.write_text(partners.read_text("utf-8").replace("luz@city", "josé@city"), encoding="utf-8")
    odd, other = alliance.edition("return/city/2025-H1/0001-a"), alliance.edition()
    assert [group for group, _ in alliance.run(odd, asked=["return"])] == []
    for module in ("flows.delivery", "core.workspace.report_delivery"):
        monkeypatch.setattr(f"melflow.{module}.ADDRESS", r".+@.+")
    assert [state for _, state in alliance.run(odd, other, asked=["return"])] == ["deferred", "accepted", "accepted"]
    message = Ledger(alliance.workspace.landing_dir).messages()["return/city/2025-H1/0001-a/recipients"]
    assert message.of("deferred") == ["josé@city.example"] and "UnicodeEncodeError" in message.why


def test_deliver__return_report(alliance: Alliance) -> None:
    """Should go to the partner's contact, in its language; to nobody without a contact."""
    editions = [alliance.edition(f"return/{partner}/2025-H1/0001-a") for partner in ("city", "farm")]
    editions.append(alliance.edition("return/city/2025-H2/0001-a"))
    assert alliance.run(*editions) == []
    assert alliance.run(*editions, asked=["return"]) == [("recipients", "accepted")] * 2
    [(to, message), _] = alliance.inbox.messages
    assert (
        to == ["luz@city.example"] and "Adjuntos" in text_of(message) and "Aprender juntas" in str(message["Subject"])
    )


def test_deliver__return_report_without_an_address(alliance: Alliance) -> None:
    """Should tell the data officer and the status once whose report has no address, and send it when it has one."""
    registry = alliance.folder / "partners.csv"
    known = registry.read_text(encoding="utf-8")
    registry.write_text(known.replace("luz@city.example", "ask Luz Prado by phone"), encoding="utf-8")
    edition = alliance.edition("return/city/2025-H1/0001-a")
    assert alliance.run(edition) == [] and alliance.told() == [], "nobody asked for it yet"
    Ledger(alliance.workspace.landing_dir).note_asked(["return/city/2025-H1/0001-a"])
    for _ in range(2):
        assert alliance.run(edition) == []
    [told] = alliance.told()
    assert "return for 2025-H1" in told and "partners.csv" in told and ": city." in told and "Luz" not in told
    [name] = notices(alliance.workspace)
    assert name.startswith("unaddressed/return/2025-H1/")
    registry.write_text(known, encoding="utf-8")
    assert notices(alliance.workspace) == {}
    assert alliance.run(edition) == [("recipients", "accepted")]
    assert alliance.got() == ["luz@city.example"] and notices(alliance.workspace) == {}


def test_deliver__late_data(alliance: Alliance, capsys: pytest.CaptureFixture[str]) -> None:
    """Should send another edition of a period when its numbers changed, at the next day's hour, naming changes."""
    alliance.run(alliance.edition())
    same, other = (alliance.edition(f"funder/2025-H1/000{n}-b", figures=str(n - 1)) for n in (2, 3))
    assert alliance.run(same) == []
    report = alliance.folder / "reports/funder.yml"
    report.write_text(REPORT.replace("two@", "three@") + "late_data: restate\n", encoding="utf-8")
    now = datetime.now(UTC)
    assert alliance.run(same, now=now + timedelta(days=1)) == [], "nothing of it is new"
    assert alliance.run(other, now=now)[0] == ("recipients", "waits")
    assert alliance.run(other, now=now + timedelta(days=1))[0] == ("recipients", "accepted")
    assert "takes the place" in text_of(alliance.inbox.messages[2][1])
    message = Ledger(alliance.workspace.landing_dir).messages()["funder/2025-H1/0003-b/recipients"]
    assert (message.added, message.removed) == (("three@funder.example",), ("two@funder.example",))
    assert "1 more, 1 fewer" in alliance.told()[-1] and "@funder" not in alliance.told()[-1]
    zone = ZoneInfo(alliance.workspace.alliance.time_zone)
    for more, is_named in ((), False), (("--addresses",), True):
        assert cli.run(["-C", str(alliance.folder), "report", "deliveries", *more]) == cli.DONE
        listed = capsys.readouterr().out
        assert message.first_at and f"{message.first_at.astimezone(zone):%H:%M}" in listed
        assert ("three@funder.example: accepted (new in the group)" in listed) == is_named
        assert ("two@funder.example: not in the group any more" in listed) == is_named


def test_deliver__too_large(alliance: Alliance) -> None:
    """Should send links for what is too large, and say so where no address is declared."""
    settings = (alliance.folder / "melflow.toml").read_text(encoding="utf-8")
    small = settings.replace("[delivery]", "[delivery]\nmax_attachment_mb = 0.00001")
    (alliance.folder / "melflow.toml").write_text(small, encoding="utf-8")
    edition = alliance.edition()
    assert alliance.run(edition)[0] == ("recipients", "accepted")
    assert not list(alliance.inbox.messages[0][1].iter_attachments())
    address = 'address = "https://reports.alliance.example"'
    (alliance.folder / "melflow.toml").write_text(small.replace(address, ""), encoding="utf-8")
    other = alliance.edition("funder/2025-H1/0002-b", figures="2")
    assert alliance.run(other, at_once=True)[0] == ("recipients", "not sent")
    assert "max_attachment_mb" in alliance.told()[-1]


def test_deliver__two_at_once(alliance: Alliance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should send nothing when another process wrote down the same intent first."""
    edition = alliance.edition()
    quick = Ledger(alliance.workspace.landing_dir)
    made = delivery.compose

    def overtaken(*arguments: Any, **more: Any) -> EmailMessage:
        assert quick.begin(str(arguments[3]), 1, sorted(arguments[4].to), [], [])
        return made(*arguments, **more)

    monkeypatch.setattr(delivery, "compose", overtaken)
    deliver(alliance.workspace, [edition], DUE)
    assert alliance.inbox.received == []


def test_print_reported__would_be_sent(alliance: Alliance, capsys: pytest.CaptureFixture[str]) -> None:
    """Should not say that nothing was sent of an edition whose message is named below, and say it of others."""
    said = Delivery("funder/2025-H1/0001-a/recipients", ("one@funder.example",), WOULD)
    made = [Published("funder", "2025-H1", alliance.edition(), False, ())]
    for deliveries, is_silent in (([said], False), ([], True)):
        print_reported(alliance.workspace, Reported(made, deliveries))
        assert ("nothing was made or sent again" in capsys.readouterr().out) == is_silent
