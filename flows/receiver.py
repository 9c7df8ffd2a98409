"""The receiver of pushes, POST /push/<source>: a push lands first, on the disk, and is answered only then.

It judges who sends and how much, never what: the body is any bytes, read later like a file that was fetched. The same
bytes land once, however often they are sent, so that a sender who got no answer can send again.

    201  landed now                  401  no valid signature or token, or a timestamp off by over five minutes
    200  had landed before           404  no such source, or it takes no pushes
    400  an empty body               408  the body did not come to its end in a minute
    413  larger than max_bytes       415  compressed (the signature is over the bytes as they land)
    503  the ledger or the disk is not ready: send again after the seconds in Retry-After
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from melflow.core.errors import WorkspaceError
from melflow.core.landing import LandingStore
from melflow.core.secrets import secret
from melflow.core.workspace import Workspace
from melflow.core.workspace.workspace import SHORTEST_KEY
from melflow.flows import reply_page
from melflow.flows.ingest_requests import IngestRequests
from melflow.sources.fetch import PUSHED

if TYPE_CHECKING:
    from melflow.core.workspace.source_base import Push

TIMESTAMP, SIGNATURE, TOKEN = "x-melflow-timestamp", "x-melflow-signature", "x-melflow-token"
WINDOW_SECONDS = 300
BODY_SECONDS = 60
#: A sender waits so long for the ledger at most, and is asked to come again after as long.
BUSY_SECONDS = 5
#: Connections at once; the others are answered 503.
MOST_AT_ONCE = 128
_LOG = logging.getLogger("melflow.receiver")


@dataclass(frozen=True)
class Door:
    """One source that takes pushes: how, the secret of its sender, and whether rows stand as long as their payload."""

    push: Push
    secret: bytes
    by_origin: bool


def doors(workspace: Workspace) -> dict[str, Door]:
    """Return the sources that take pushes.

    Raises:
        TerminalError: A secret is not set.
        WorkspaceError: A secret is short enough to be found by trying.
    """
    found = {}
    for name, source in workspace.sources.items():
        if source.push:
            value = secret(source.push.secret, f"sources/{name}.yml")
            if len(value) < SHORTEST_KEY:
                rule, fix = f"the secret of pushes has at least {SHORTEST_KEY} characters", "Make a long random text."
                raise WorkspaceError.of(f"sources/{name}.yml", rule, f"{len(value)} in {source.push.secret}", fix)
            found[name] = Door(source.push, value.encode(), source.by_origin)
    return found


class Receiver:
    """Lands what is pushed.

    Args:
        doors: Sources that take pushes.
        store: Where pushes land.
        landed: Told the source after each new push.
    """

    def __init__(self, doors: Mapping[str, Door], store: LandingStore, landed: Callable[[str], None]) -> None:
        self._doors, self._store, self._landed = doors, store, landed

    async def push(self, request: Request) -> Response:
        """Answer POST /push/<source>."""
        source = request.path_params["source"]
        door = self._doors.get(source)
        if door is None:
            raise HTTPException(404, "no source of this name takes pushes")
        body = await _body(request, door)
        origin = f"{PUSHED}{hashlib.sha256(body).hexdigest()[:12]}"
        try:
            # the same bytes may have come as a file, which can be taken away; pushed twice they are one payload
            landing, is_new = await asyncio.to_thread(self._store.land, source, origin, body, by_origin=door.by_origin)
        except (sqlite3.Error, OSError) as error:
            _LOG.error("not landed: %s, %s", source, type(error).__name__)
            raise HTTPException(503, "not landed, send it again", {"Retry-After": str(BUSY_SECONDS)}) from error
        if is_new:
            self._landed(source)
        _LOG.info("%s %s, %d bytes", "landed" if is_new else "had landed", landing.load_id, landing.size_bytes)
        return JSONResponse({"landed": landing.load_id, "new": is_new}, 201 if is_new else 200)

    async def refuse(self, request: Request, error: Exception) -> Response:
        """Answer with the status and a reason that repeats nothing of the request."""
        if not isinstance(error, HTTPException):
            raise error
        _LOG.warning("refused: %d, %s", error.status_code, error.detail)
        headers = {**(error.headers or {}), "Connection": "close"}
        return JSONResponse({"error": error.detail}, error.status_code, headers)


async def _body(request: Request, door: Door) -> bytes:
    """Return the body of a sender we know, no longer than allowed.

    What the headers decide is decided before the body is read.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPException(415, "send the body as it is, without Content-Encoding")
    if door.push.sender == "token":
        _refuse_unless(hmac.compare_digest(request.headers.get(TOKEN, "").encode("latin-1"), door.secret), "the token")
    else:
        _refuse_unless(_is_recent(request.headers.get(TIMESTAMP, "")), "the timestamp")
    body = await _read(request, door.push.max_bytes)
    if door.push.sender == "signs":
        given = request.headers.get(SIGNATURE, "").removeprefix("sha256=").lower()
        told = signature(door.secret, request.headers[TIMESTAMP], body)
        _refuse_unless(hmac.compare_digest(given.encode("latin-1"), told.encode()), "the signature")
    if not body:
        raise HTTPException(400, "an empty body")
    return body


async def _read(request: Request, limit: int) -> bytes:
    too_large = HTTPException(413, f"a push has at most {limit} bytes")
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > limit:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > limit:
                    raise too_large
    except TimeoutError as error:
        raise HTTPException(408, "the body did not come to its end") from error
    except ClientDisconnect as error:  # nobody is there to be answered
        raise HTTPException(400, "the sender hung up") from error
    return bytes(body)


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the HMAC-SHA256 of "<timestamp>.<body>", hexadecimal: what a sender that signs sends."""
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _is_recent(timestamp: str) -> bool:
    return timestamp.isdecimal() and len(timestamp) < 12 and abs(time.time() - int(timestamp)) <= WINDOW_SECONDS


def _refuse_unless(is_right: bool, what: str) -> None:
    if not is_right:
        raise HTTPException(401, f"{what} is missing or wrong")


async def _health(request: Request) -> Response:
    return JSONResponse({"melflow": "receiver"})


def app(
    doors: Mapping[str, Door], store: LandingStore, requests: IngestRequests, pages: Sequence[Route] = ()
) -> Starlette:
    """Return the application; ``requests`` are sent for each new push, and at the start for what came before.

    ``pages`` are shown beside it.
    """
    receiver = Receiver(doors, store, requests.send)

    @asynccontextmanager
    async def life(_: Any) -> Any:
        for source in doors:
            if any(landing.origin.startswith(PUSHED) for landing in store.of_source(source)):
                requests.send(source)
        yield

    routes = [Route("/push/{source}", receiver.push, methods=["POST"]), Route("/health", _health), *pages]
    return Starlette(routes=routes, exception_handlers={HTTPException: receiver.refuse}, lifespan=life)


def receive(workspace: Workspace, host: str, port: int) -> None:
    """Take pushes until told to stop; those that are being taken are landed and answered first.

    Raises:
        TerminalError: A secret is not set.
    """
    import uvicorn

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    application = app(
        doors(workspace),
        LandingStore(workspace.landing_dir, BUSY_SECONDS),
        IngestRequests(workspace.var),
        reply_page.routes(workspace),
    )
    uvicorn.run(
        application,
        host=host,
        port=port,
        limit_concurrency=MOST_AT_ONCE,
        timeout_graceful_shutdown=BODY_SECONDS,
        access_log=False,
        server_header=False,
        log_level="warning",
    )
