"""A mail server on loopback that takes nothing without TLS, and what the workspace needs to trust it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

MAIL = """
[mail]
server = "localhost"
port = %d
sender = "mel@alliance.example"
ca_file = "%s"
"""


class Inbox:
    """Keeps what a mail server is handed.

    Attributes:
        answer: To every message.
        refusals: Address -> the server's answer to it.
        silent_seconds: How long it says nothing after it took a message.
    """

    def __init__(self) -> None:
        self.received: list[tuple[list[str], bytes]] = []
        self.answer = "250 OK"
        self.refusals: dict[str, str] = {}
        self.silent_seconds = 0.0

    @property
    def messages(self) -> list[tuple[list[str], EmailMessage]]:
        """Recipients and message, in the order they came."""
        return [(to, message_from_bytes(content, policy=policy.default)) for to, content in self.received]  # type: ignore[misc]  # the policy's

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802  # aiosmtpd's name
        """Take or refuse a recipient."""
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        """Take a message."""
        self.received.append((list(envelope.rcpt_tos), envelope.content))
        await asyncio.sleep(self.silent_seconds)
        return self.answer


@contextmanager
def serve(folder: Path) -> Iterator[tuple[Inbox, str]]:
    """Run a server with a certificate of its own; give what it got, and the lines for ``melflow.toml``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    inbox = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(inbox, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True)
    server.start()
    try:
        yield inbox, MAIL % (port, folder / "ca.pem")
    finally:
        server.stop()
