"""Signed links: whoever holds one may answer once for one partner, about one release, until a day.

A link carries all it is for; nothing of it is believed before its HMAC-SHA256 is right. The ledger uses it up.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime

from melflow.core.errors import TerminalError
from melflow.core.workspace import Workspace
from melflow.core.workspace.workspace import SHORTEST_KEY

KEY_NAME = "MELFLOW_REPLY_KEY"
#: No link is longer; what is, is not looked at.
LONGEST_LINK = 2000
_PURPOSES = {"link": b"melflow reply link 1\n", "workbook": b"melflow reply workbook 1\n"}


class LinkError(Exception):
    """A link that is not ours, or is over; says which in a word: forged, expired."""


@dataclass(frozen=True)
class Link:
    """What a link is for.

    Attributes:
        expires: Seconds since 1970.
        nonce: Told apart from every other link by this; the ledger takes each once.
    """

    partner: str
    report: str
    period: str
    release: str
    expires: int
    nonce: str

    @property
    def about(self) -> tuple[str, str, str, str]:
        """Partner, report, period and release, as the ledger wants them."""
        return self.partner, self.report, self.period, self.release


def key(workspace: Workspace, *, make: bool = False) -> bytes:
    """Return the secret links are signed with: the variable ``MELFLOW_REPLY_KEY``, or a file only this user can read.

    Args:
        workspace: The workspace.
        make: Make the file when there is neither.

    Returns:
        The secret; empty when there is none long enough: then no link is right.

    Raises:
        TerminalError: One is to be made, and there is one that could be found by trying.
    """
    path = workspace.var / "secrets" / "reply_key"
    found = os.environ.get(KEY_NAME, "").strip().encode() or (path.read_bytes().strip() if path.is_file() else b"")
    if not found and make:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32) + "\n")
        except FileExistsError:
            pass  # another process was first
        found = path.read_bytes().strip()
    if len(found) >= SHORTEST_KEY:
        return found
    if make:
        rule, fix = f"the key of reply links has at least {SHORTEST_KEY} characters", "Make a long random text."
        raise TerminalError.of(f"{KEY_NAME} or var/secrets/reply_key", rule, f"{len(found)} characters", fix)
    return b""


def link_for(about: tuple[str, str, str, str], expires: datetime) -> Link:
    """Return a link that was never used.

    Args:
        about: Partner, report, period and release.
        expires: Until when it may be used.
    """
    return Link(*about, int(expires.timestamp()), secrets.token_urlsafe(16))


def signed(link: Link, secret: bytes, purpose: str = "link") -> str:
    """Return a link as text for an address."""
    payload = _encoded(json.dumps(list(asdict(link).values()), ensure_ascii=False, separators=(",", ":")).encode())
    return f"{payload}.{_encoded(_mac(payload, secret, purpose))}"


def opened(text: str, secret: bytes, now: datetime, purpose: str = "link") -> Link:
    """Return what a link is for.

    Raises:
        LinkError: It is forged, or expired.
    """
    payload, _, mac = text.partition(".")
    if (
        not secret
        or len(text) > LONGEST_LINK
        or not hmac.compare_digest(mac.encode(), _encoded(_mac(payload, secret, purpose)).encode())
    ):
        raise LinkError("forged")
    try:
        link = Link(*json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
    except (ValueError, TypeError, binascii.Error) as error:
        raise LinkError("forged") from error
    if now.timestamp() > link.expires:
        raise LinkError("expired")
    return link


def form_mac(text: str, secret: bytes) -> str:
    """Return what the form of a link carries, so that only a page of ours can send it."""
    return _encoded(hmac.new(secret, b"melflow reply form 1\n" + text.encode(), hashlib.sha256).digest())


def _mac(payload: str, secret: bytes, purpose: str) -> bytes:
    return hmac.new(secret, _PURPOSES[purpose] + payload.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
