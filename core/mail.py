"""Hand a message to the alliance's mail server, over TLS and never in clear."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

from melflow.core.errors import MelflowError, TerminalError, TransientError
from melflow.core.secrets import secret

if TYPE_CHECKING:
    from melflow.core.workspace.mail import Mail

_WHERE = "melflow.toml [mail]"
_RULE = "the mail server takes a message"
_REFUSED = 400  # RFC 5321, 4.2.1: 4xx later perhaps, 5xx never


class UncertainError(MelflowError):
    """The server had the text and did not say what became of it: sending again may bring it twice."""


def send(mail: Mail, to: str, subject: str, text: str) -> None:
    """Hand a plain message to the mail server.

    Args:
        mail: The server.
        to: One address.
        subject: One line.
        text: Plain text.

    Raises:
        TransientError: The server is out of reach, or asks to try again later.
        TerminalError: It refuses the message, the address or the password, or has no trusted certificate.
        UncertainError: It may have it.
    """
    message = written(mail, to, subject, text)
    code = hand_over(mail, message, [to])[to]
    if code >= _REFUSED:
        kind = TransientError if code < _REFUSED + 100 else TerminalError
        fix = "Correct the contact in partners.csv, or check 'sender' with whoever runs the server."
        raise kind.of(_WHERE, _RULE, f"its answer {code}", fix)


def written(mail: Mail, to: str, subject: str, text: str) -> EmailMessage:
    """Return a plain message; ``to`` is what its readers see."""
    message = EmailMessage()
    message["From"], message["To"] = mail.sender, to
    message["Subject"] = " ".join(subject.split())
    message["Date"] = datetime.now(UTC)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def hand_over(mail: Mail, message: EmailMessage, to: Sequence[str]) -> dict[str, int]:
    """Hand a message to the server for several recipients, in one transaction.

    Args:
        mail: The server.
        message: As it is to be read.
        to: Addresses.

    Returns:
        Address -> the server's answer: below 400 it has the message for that recipient, from 400 on it has not.

    Raises:
        TransientError: Nobody got it; the server is out of reach, or asks to try again later.
        TerminalError: Nobody got it; the server refuses sender or password, or has no trusted certificate; or it
            cannot be told an address.
        UncertainError: The connection broke, or time was over, after the text was handed over.
    """
    content = message.as_bytes(policy=SMTP)
    with _told(), _session(mail) as server:
        code, _ = server.mail(mail.sender, [f"size={len(content)}"] if server.has_extn("size") else [])
        if code >= _REFUSED:
            raise smtplib.SMTPResponseException(code, b"")
        answers = {address: server.rcpt(address)[0] for address in to}
        taken = [address for address, answer in answers.items() if answer < _REFUSED]
        if not taken:
            return answers
        try:
            code, _ = server.data(content)
        except smtplib.SMTPDataError as error:
            code = error.smtp_code
        except (smtplib.SMTPException, OSError) as error:
            fix = "Look into the server's log for the message's id."
            raise UncertainError.of(
                _WHERE, "the server says whether it took a message", type(error.__context__ or error).__name__, fix
            ) from error
    return answers | dict.fromkeys(taken, code)


@contextmanager
def _told() -> Iterator[None]:
    """Say in our words what the library raises while nobody has the message yet."""
    try:
        yield
    except (ssl.SSLError, FileNotFoundError) as error:
        fix = "Correct the host, or name the authority's certificates under 'ca_file'."
        raise TerminalError.of(_WHERE, "the mail server proves who it is", type(error).__name__, fix) from error
    except smtplib.SMTPResponseException as error:
        kind = TransientError if _REFUSED <= error.smtp_code < _REFUSED + 100 else TerminalError
        fix = "Check 'sender', 'user' and 'password' with whoever runs the server."
        raise kind.of(_WHERE, _RULE, f"its answer {error.smtp_code}", fix) from error
    except ValueError as error:  # an address the library cannot write down
        fix = "Write addresses in plain letters: recipients, contacts in partners.csv, 'sender'."
        raise TerminalError.of(
            _WHERE, "an address is one the mail server can be told", type(error).__name__, fix
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        fix = "Look whether the server can be reached from this machine; it is tried again in the next run."
        raise TransientError.of(_WHERE, _RULE, type(error).__name__, fix) from error


@contextmanager
def _session(mail: Mail) -> Iterator[smtplib.SMTP]:
    """Open the server and greet it; what goes wrong at the farewell changes nothing."""
    trusted = ssl.create_default_context(cafile=mail.ca_file)
    server = _opened(mail, trusted)
    try:
        if mail.user and mail.password:
            server.login(secret(mail.user, _WHERE), secret(mail.password, _WHERE))
        server.ehlo_or_helo_if_needed()
        yield server
    except BaseException:
        server.close()
        raise
    with suppress(smtplib.SMTPException, OSError):
        server.quit()


def _opened(mail: Mail, trusted: ssl.SSLContext) -> smtplib.SMTP:
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.server, mail.port, timeout=mail.seconds, context=trusted)
    server = smtplib.SMTP(mail.server, mail.port, timeout=mail.seconds)
    try:
        server.starttls(context=trusted)
    except BaseException:
        server.close()
        raise
    return server
