"""Opening the places files come from: one fsspec file system per address, with time-outs and pinned hosts.

What a library raises becomes an error in our words, without the secrets that stand in an address.
"""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from melflow.core.errors import MelflowError, TerminalError, TransientError
from melflow.core.secrets import secret
from melflow.core.workspace.place import LOOPBACK, Access, scheme
from melflow.sources.ssh_hosts import host_key_policy

if TYPE_CHECKING:
    from melflow.core.workspace import SourceConfig


@dataclass(frozen=True)
class Patience:
    """How long a place is waited for.

    Attributes:
        connect: Seconds until a connection stands.
        silence: Seconds without a byte.
        whole: Seconds a file may take.
        attempts: How often the same thing is tried.
        first_wait: Seconds before the second try; doubled for each further one.
        settle: Seconds after which a file must look the same as when it was listed, where uploads are seen growing.
    """

    connect: float = 30
    silence: float = 60
    whole: float = 900
    attempts: int = 4
    first_wait: float = 1
    settle: float = 2


def open_store(config: SourceConfig, root: Path, patience: Patience) -> Any:
    """Open the file system of a source's address.

    Args:
        config: The source; its path is an address.
        root: The workspace, from which relative key files are meant.
        patience: How long to wait.

    Raises:
        TerminalError: A secret is not set, or the place refuses us.
        TransientError: The place is out of reach.
    """
    return open_at(config.path or "", config.access, f"sources/{config.name}.yml", root, patience)


def open_at(path: str, access: Access | None, where: str, root: Path, patience: Patience) -> Any:
    """Open the file system of an address.

    Args:
        path: The address.
        access: What opens it.
        where: The file that declares it.
        root: The workspace, from which relative key files are meant.
        patience: How long to wait.

    Raises:
        TerminalError: A secret is not set, or the place refuses us.
        TransientError: The place is out of reach.
    """
    access = access or Access()
    secrets = {
        name: secret(variable, where)
        for name in ("key", "secret", "session", "user", "password", "passphrase", "token", "query")
        if (variable := getattr(access, name))
    }
    with told(address(path)):
        return _OPEN[scheme(path)](path, access, secrets, root, patience)


def address(path: str) -> str:
    """Return an address without its query: what is shown and stored."""
    return path.partition("?")[0] if scheme(path).startswith("http") else path


def _s3(path: str, access: Access, secrets: dict[str, str], root: Path, patience: Patience) -> Any:
    from s3fs import S3FileSystem

    store = S3FileSystem(
        key=secrets.get("key"),
        secret=secrets.get("secret"),
        token=secrets.get("session"),
        endpoint_url=access.endpoint,
        client_kwargs={"region_name": access.region} if access.region else {},
        config_kwargs={
            "connect_timeout": patience.connect,
            "read_timeout": patience.silence,
            "retries": {"total_max_attempts": 1},  # we try again ourselves, with the file looked at anew
        },
        max_concurrency=1,  # a file in one answer: parts could be of two versions
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    store.retries = 1
    return store


def _sftp(path: str, access: Access, secrets: dict[str, str], root: Path, patience: Patience) -> Any:
    from fsspec.implementations.sftp import SFTPFileSystem

    parts = urlsplit(path)
    store = SFTPFileSystem(
        parts.hostname,
        port=parts.port or 22,
        username=secrets.get("user"),
        password=secrets.get("password"),
        key_filename=str(root / Path(access.key_file).expanduser()) if access.key_file else None,
        passphrase=secrets.get("passphrase"),
        allow_agent=False,
        look_for_keys=False,
        timeout=patience.connect,
        banner_timeout=patience.connect,
        auth_timeout=patience.connect,
        host_key_policy=host_key_policy(access, root),
        skip_instance_cache=True,
    )
    store.ftp.get_channel().settimeout(patience.silence)
    return store


def _http(path: str, access: Access, secrets: dict[str, str], root: Path, patience: Patience) -> Any:
    import aiohttp
    from fsspec.implementations.http import HTTPFileSystem

    headers = {"Accept-Encoding": "identity"}  # so that the length is the file's
    if "token" in secrets:
        headers["Authorization"] = f"Bearer {secrets['token']}"
    elif "user" in secrets:
        headers["Authorization"] = aiohttp.BasicAuth(secrets["user"], secrets.get("password", ""), "utf-8").encode()
    times = aiohttp.ClientTimeout(patience.whole, sock_connect=patience.connect, sock_read=patience.silence)
    store = HTTPFileSystem(
        client_kwargs={"headers": headers, "timeout": times}, simple_links=False, skip_instance_cache=True
    )
    store.signature = secrets.get("query", "")
    return store


_OPEN: dict[str, Callable[[str, Access, dict[str, str], Path, Patience], Any]] = {
    "s3": _s3,
    "sftp": _sftp,
    "http": _http,
    "https": _http,
}


def close_store(store: Any) -> None:
    """Give the connection back; a place that is gone already is no error."""
    try:
        if hasattr(store, "client"):
            store.client.close()
        elif (session := getattr(store, "_session", None)) is not None:
            store.close_session(store.loop, session)
        elif (client := getattr(store, "_s3", None)) is not None:
            store.close_session(store.loop, client)
    except Exception:  # noqa: S110 - what was read is read
        pass


@contextmanager
def told(where: str) -> Iterator[None]:
    """Turn what a library raises inside into an error of ours.

    Args:
        where: The address, without its query.

    Raises:
        TransientError: Asking again may help.
        TerminalError: The place refuses.
    """
    try:
        yield
    except MelflowError:
        raise
    except Exception as error:
        # fsspec calls whatever a web server answers a file not found
        hidden = error.__cause__ if isinstance(error, FileNotFoundError) else None
        web = hidden if hidden is not None and not hasattr(hidden, "response") else error
        raise _ours(where, web) from None  # the library's text may hold the whole address


def _ours(where: str, error: BaseException) -> MelflowError:
    status = _status(error)
    name = type(error).__name__
    if isinstance(error, FileNotFoundError) or status in (404, 410):
        fix = "Correct 'path' in the source's file, or ask whoever keeps the place where the files went."
        return TerminalError.of(where, "the place has what 'path' names", "nothing there", fix)
    if _is_refusal(error, status):
        fix = "Check the secrets that 'access' names, and ask whoever keeps the place whether they may read it."
        seen = f"a refusal ({status or name})"
        return TerminalError.of(where, "the place lets us read", seen, fix)
    if isinstance(error, ssl.SSLError) or "Certificate" in name or "SSL" in name:
        fix = "Ask whoever keeps the place to renew its certificate; check this machine's clock."
        return TerminalError.of(where, "an https place proves who it is", f"a certificate that fails ({name})", fix)
    if status is not None and 400 <= status < 500 and status not in (408, 425, 429):
        fix = "Correct 'path' in the source's file; does the link open in a browser?"
        return TerminalError.of(where, "the place understands what is asked", f"answer {status}", fix)
    slow = isinstance(error, (TimeoutError, asyncio.TimeoutError)) or "Timeout" in name
    seen = "no answer in time" if slow else f"answer {status}" if status is not None else f"a cut ({name})"
    fix = "It is tried again by itself; if it stays so, ask whoever keeps the place."
    return TransientError.of(where, "the place answers, and to the end", seen, fix)


def _status(error: BaseException) -> int | None:
    """Return the status of an answer of HTTP, as aiohttp or botocore keep it."""
    response = getattr(error, "response", None)
    told_by_store = response.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(response, dict) else None
    status = getattr(error, "status", told_by_store)
    return status if isinstance(status, int) else None


def _is_refusal(error: BaseException, status: int | None) -> bool:
    """Return whether the place knows us and says no, or cannot be asked with what we have."""
    if status in (401, 403, 407) or isinstance(error, PermissionError):
        return True
    if isinstance(error, OSError) and error.errno in (errno.EINVAL, errno.ENAMETOOLONG, errno.EPERM, errno.ENOSYS):
        return True
    return type(error).__name__ in {
        *("NoCredentialsError", "PartialCredentialsError", "AuthenticationException", "BadAuthenticationType"),
        *("PasswordRequiredException", "ParamValidationError"),
    }


def stays_safe(url: Any, where: str) -> None:
    """Refuse an answer that came over plain http from elsewhere after a redirect.

    Raises:
        TerminalError: It did.
    """
    if url.scheme != "https" and not LOOPBACK.fullmatch(url.host or ""):
        fix = "Write the address it leads to, with https://, as 'path'."
        raise TerminalError.of(where, "what travels over a network is encrypted", "a redirect to http://", fix)
