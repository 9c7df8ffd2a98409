"""An alliance whose editions are small files, and what its recipients and its data officer were sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from mail_server import Inbox

from melflow.core.workspace import Workspace, load_workspace
from melflow.flows.bounces import read_bounces
from melflow.flows.delivery import deliver
from melflow.flows.delivery_notices import tell

REPORT = """\
title: {en: Learning together, es: Aprender juntas}
audience: funder
language: en
formats: [pdf, html]
due: {days_after_period_end: 45}
recipients: [one@funder.example, two@funder.example]
groups:
  board: {to: [board@funder.example], formats: [pdf], send: links}
"""
RETURN = """\
title: {en: What you told us, es: Lo que nos dijeron}
audience: partner
language: en
formats: [pdf]
"""
MORE = """data_officer = "data@alliance.example"
seconds = 10
[delivery]
address = "https://reports.alliance.example"
"""
#: A report of a mail system: whom it gave up, and the id of the message.
BOUNCE = """\
From: MAILER-DAEMON@mx.example
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

It did not arrive.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; %s
Action: failed
Status: 5.1.1

Final-Recipient: rfc822; one@funder.example
Action: delayed
Status: 4.2.2
--x
Content-Type: text/rfc822-headers

Message-ID: %s
Subject: Learning together
--x--
"""
DUE = datetime(2025, 8, 14, 12, 0, tzinfo=UTC)  # 45 days after 2025-H1, 07:00 in Bogotá
ALL = ["board@funder.example", "one@funder.example", "two@funder.example"]


class Alliance:
    """A workspace with editions as files, and a mail server that keeps what it gets."""

    def __init__(self, folder: Path, inbox: Inbox) -> None:
        self.folder, self.inbox = folder, inbox

    @property
    def workspace(self) -> Workspace:
        return load_workspace(self.folder)

    def edition(self, place: str = "funder/2025-H1/0001-a", reasons: tuple[str, ...] = (), figures: str = "1") -> Path:
        """Write an edition as ``melflow.reports.edition`` does, with small files."""
        folder = self.folder / "var/editions" / place
        folder.mkdir(parents=True)
        report, *partner, period, release = place.split("/")
        files = {"edition.pdf": "hash", "edition.html": "hash"} if not partner else {"edition.pdf": "hash"}
        for name in files:
            (folder / name).write_bytes(b"%PDF an edition")
        frozen = {"partner": partner[0] if partner else None, "formats": ["pdf", "html"], "language": "en",
                  "audience": "partner" if partner else "funder",
                  "title": {"en": "Learning together", "es": "Aprender juntas"}}  # fmt: skip
        said = {"report": report, "period_id": period, "release_id": release, "as_of": "2025-08-01", "files": files,
                "frozen": frozen, "figures": figures,
                "gate": {"verdict": "held" if reasons else "passed", "reasons": list(reasons)}}  # fmt: skip
        (folder / "edition.json").write_text(json.dumps(said), encoding="utf-8")
        return folder

    def run(self, *editions: Path, now: datetime = DUE, **more: Any) -> list[tuple[str, str]]:
        """Deliver as a run does; return group and state of each message."""
        workspace = self.workspace
        read_bounces(workspace)
        done = deliver(workspace, editions, now, **more)
        tell(workspace, done)
        return [(one.key.rpartition("/")[2], one.state) for one in done]

    def got(self) -> list[str]:
        """Return every recipient of an edition, as often as it was handed over."""
        return sorted(to for all_, _ in self.inbox.received for to in all_ if to != "data@alliance.example")

    def told(self) -> list[str]:
        """Return what the data officer was written."""
        return [text_of(message) for to, message in self.inbox.messages if to == ["data@alliance.example"]]


def text_of(message: EmailMessage) -> str:
    """Return the words of a message."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())
