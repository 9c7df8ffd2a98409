"""Send one message through the alliance's mail server, over TLS and never in clear."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from typing import TYPE_CHECKING

from melflow.core.errors import TerminalError, TransientError
from melflow.core.secrets import secret

if TYPE_CHECKING:
    from melflow.core.workspace.mail import Mail

_SECONDS = 30
_WHERE = "melflow.toml [mail]"


def send(mail: Mail, to: str, subject: str, text: str) -> None:
    """Hand a message to the mail server.

    Args:
        mail: The server.
        to: One address.
        subject: One line.
        text: Plain text.

    Raises:
        TransientError: The server is out of reach, or asks to try again later.
        TerminalError: It refuses the message, the address or the password, or has no trusted certificate.
    """
    message = EmailMessage()
    message["From"], message["To"] = mail.sender, to
    message["Subject"] = " ".join(subject.split())
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    rule = "the mail server takes a message"
    try:
        trusted = ssl.create_default_context(cafile=mail.ca_file)
        with _opened(mail, trusted) as server:
            if mail.user and mail.password:
                server.login(secret(mail.user, _WHERE), secret(mail.password, _WHERE))
            server.send_message(message)
    except (ssl.SSLError, FileNotFoundError) as error:
        fix = "Correct the host, or name the authority's certificates under 'ca_file'."
        raise TerminalError.of(_WHERE, "the mail server proves who it is", type(error).__name__, fix) from error
    except smtplib.SMTPResponseException as error:
        kind = TransientError if 400 <= error.smtp_code < 500 else TerminalError  # RFC 5321, 4.2.1
        fix = "Check 'sender', 'user' and 'password' with whoever runs the server."
        raise kind.of(_WHERE, rule, f"its answer {error.smtp_code}", fix) from error
    except smtplib.SMTPRecipientsRefused as error:
        fix = "Correct the contact in partners.csv."
        raise TerminalError.of("partners.csv", "a contact is an address that takes mail", "a refusal", fix) from error
    except (smtplib.SMTPException, OSError) as error:
        fix = "Look whether the server can be reached from this machine; it is tried again in the next run."
        raise TransientError.of(_WHERE, rule, type(error).__name__, fix) from error


def _opened(mail: Mail, trusted: ssl.SSLContext) -> smtplib.SMTP:
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.server, mail.port, timeout=_SECONDS, context=trusted)
    server = smtplib.SMTP(mail.server, mail.port, timeout=_SECONDS)
    try:
        server.starttls(context=trusted)
    except BaseException:
        server.close()
        raise
    return server
