"""Asking a server, politely and stubbornly: waits when told to, tries again what may pass, keeps the token at home."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from melflow.core.errors import SourceError, TransientError
from melflow.sources.certificates import certificates

if TYPE_CHECKING:
    import httpx
    import tenacity

T = TypeVar("T")

#: A page of 1,000 long submissions has some 20 MB; more than this is not an answer but a flood.
LARGEST_ANSWER = 512 * 2**20
_AGAIN = (408, 425, 429)
_NOT_IMPLEMENTED = 501  # a server of an older version says so to what it does not know; it will say it again
_REDIRECTS = 5
#: A server that wants more time than this is left alone until the next run.
_LONGEST_WAIT_S = 300.0
_HELP = {
    401: ("the server accepts the token", "token refused (HTTP 401)", "Make a new token on the server and put it into"
          " the environment variable the source names."),
    403: ("the server lets the token's user read this", "token refused (HTTP 403)", "Give the user of the token the"
          " right to see this project's data, or use the token of one who has it."),
    404: ("the address is one the server knows", "nothing there (HTTP 404)", "Compare the ids in the source's file with"
          " the address the browser shows; a user without rights also sees nothing there."),
}  # fmt: skip


class Client:
    """One server, asked with the same headers; a context manager.

    Args:
        base: Address everything asked is below, such as ``https://kf.kobotoolbox.org``.
        headers: Sent to this server only, never where it redirects to; they hold the token.
        timeout: Seconds until a silent server counts as out of reach.
        attempts: How often one thing is asked for.
        sleep: How to wait.
        renew: Gives new headers when the server refuses the old ones (HTTP 401), once for each thing asked for.
    """

    def __init__(
        self,
        base: str,
        headers: Mapping[str, str],
        *,
        timeout: float = 60.0,
        attempts: int = 5,
        sleep: Callable[[float], None] = time.sleep,
        renew: Callable[[], Mapping[str, str]] | None = None,
    ) -> None:
        import httpx

        self._base = httpx.URL(base.rstrip("/") + "/")
        self._headers = dict(headers)
        self._attempts = attempts
        self._sleep = sleep
        self._renew = renew
        self._http = httpx.Client(timeout=timeout, verify=certificates())

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._http.close()

    def address(self, path: str) -> str:
        """Return the whole address of a path, without query: for origins and messages."""
        return str(self._url(path).copy_with(query=None, fragment=None))

    def get(self, path: str, params: Mapping[str, str] | None = None) -> httpx.Response:
        """Return the server's answer, read to its end.

        Args:
            path: Below the base, or a whole address the server gave (``next``), which must be of the same server.
            params: The query.

        Raises:
            TransientError: Out of reach, busy or cut off at every attempt.
            TerminalError: Refused, not there, or another server's address.
        """
        return self._stubborn(self._url(path), _Asked(params), lambda answer: answer)

    def get_json(self, path: str, params: Mapping[str, str] | None = None) -> tuple[bytes, Any]:
        """Return the bytes of the answer and the JSON in them; half an answer is asked for again.

        Raises:
            TransientError, TerminalError: As ``get``; half an answer at every attempt is transient.
        """
        return self._stubborn(self._url(path), _Asked(params), _whole_json)

    def get_changed(self, path: str, params: Mapping[str, str], etag: str) -> tuple[Any, str] | None:
        """Return the JSON of the answer and its ETag ("" without one); None while it is what it was (HTTP 304).

        Raises:
            TransientError, TerminalError: As ``get_json``.
        """
        asked = _Asked(params, {"If-None-Match": etag} if etag else {})

        def read(answer: httpx.Response) -> tuple[Any, str] | None:
            return None if answer.status_code == 304 else (_whole_json(answer)[1], answer.headers.get("ETag", ""))

        return self._stubborn(self._url(path), asked, read)

    def post_json(self, path: str, document: Mapping[str, str]) -> Any:
        """Return the JSON a server answers to a small document, such as a sign-in.

        Raises:
            TransientError, TerminalError: As ``get_json``.
        """
        return self._stubborn(self._url(path), _Asked(None, document=document), _whole_json)[1]

    def _stubborn(self, url: httpx.URL, asked: _Asked, read: Callable[[httpx.Response], T]) -> T:
        import tenacity

        stubborn = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_PassingError),
            stop=lambda state: state.attempt_number >= self._attempts or _asks_for_too_long(state),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return stubborn(lambda: read(self._renewed(url, asked)))
        except _PassingError as error:
            raise TransientError.of(
                self.address(str(url)),
                "the server answers, and to the end",
                f"{error.seen}, {stubborn.statistics['attempt_number']} times",
                "Nothing is lost: run again later. If it stays so, ask who runs the server.",
            ) from error

    def _renewed(self, url: httpx.URL, asked: _Asked) -> httpx.Response:
        try:
            return self._once(url, asked)
        except RefusedError as error:
            if self._renew is None or error.code != 401:
                raise
        self._headers = dict(self._renew())
        return self._once(url, asked)

    def _once(self, url: httpx.URL, asked: _Asked) -> httpx.Response:
        import httpx

        headers, params, document = {**self._headers, **asked.headers}, asked.params, asked.document
        try:
            for _ in range(_REDIRECTS):
                method = "GET" if document is None else "POST"
                answer = self._read(
                    self._http.build_request(method, url, params=params, headers=headers, json=document)
                )
                if answer.next_request is None:
                    return self._judged(answer)
                url, params, document = answer.next_request.url, None, None
                if not self._is_home(url):  # stored files may lie elsewhere; the token is not for them
                    headers = {}
                    self._refuse_open(url)
        except httpx.TransportError as error:
            raise _PassingError(f"no complete answer ({type(error).__name__})") from error
        except (httpx.DecodingError, httpx.InvalidURL) as error:
            raise _PassingError(f"an answer that makes no sense ({type(error).__name__})") from error
        raise self._error("the server says at once where something is", "one redirection after the other",
                          "Check the server's address in the source's file.", url)  # fmt: skip

    def _read(self, request: httpx.Request) -> httpx.Response:
        import httpx

        answer = self._http.send(request, stream=True)
        try:
            parts: list[bytes] = []
            size = 0
            for part in answer.iter_bytes():
                size += len(part)
                if size > LARGEST_ANSWER:
                    rule = f"an answer has at most {LARGEST_ANSWER // 2**20} MB"
                    fix = "Check that the address is the one of the survey server."
                    raise self._error(rule, "more than that", fix, request.url)
                parts.append(part)
        finally:
            answer.close()
        headers = [(name, value) for name, value in answer.headers.multi_items() if name != "content-encoding"]
        whole = httpx.Response(answer.status_code, headers=headers, content=b"".join(parts), request=request)
        whole.next_request = answer.next_request
        return whole

    def _judged(self, answer: httpx.Response) -> httpx.Response:
        code = answer.status_code
        if code in _AGAIN or (code >= 500 and code != _NOT_IMPLEMENTED):
            raise _PassingError(f"HTTP {code}", _retry_after(answer.headers.get("Retry-After", "")))
        if code >= 400:
            rule, seen, fix = _HELP.get(
                code,
                ("the server understands what it is asked", f"HTTP {code}", "Check the source's file; if it is right, "
                 "the server may be of a version melflow does not know: report it."),
            )  # fmt: skip
            raise RefusedError.by(code, self._error(rule, seen, fix, answer.request.url))
        return answer

    def _url(self, path: str) -> httpx.URL:
        url = self._base.join(path.lstrip("/") if "://" not in path else path)
        if not self._is_home(url):
            raise self._error("a server's list goes on at the same server", f"an address at {url.host}",
                              "Check the server's address in the source's file: it must be the one the server "
                              "itself gives.", self._base)  # fmt: skip
        return url

    def _is_home(self, url: httpx.URL) -> bool:
        return (url.scheme, url.host, url.port) == (self._base.scheme, self._base.host, self._base.port)

    def _refuse_open(self, url: httpx.URL) -> None:
        if url.scheme != "https" and self._base.scheme == "https":
            raise self._error("what a server keeps elsewhere comes over https", f"an address at {url.host} without it",
                              "Ask who runs the server to serve its files over https.", self._base)  # fmt: skip

    def _error(self, rule: str, seen: str, fix: str, url: httpx.URL) -> SourceError:
        where = str(url.copy_with(query=None, fragment=None, username=None, password=None))
        return SourceError.of(where, rule, seen, fix)


class RefusedError(SourceError):
    """The server answered, and the answer is no; ``code`` is its HTTP status."""

    code: int = 0

    @classmethod
    def by(cls, code: int, error: SourceError) -> Self:
        """Return the error with its status."""
        refused = cls(*error.problems)
        refused.code = code
        return refused


@dataclass(frozen=True)
class _Asked:
    """What is asked for: the query, headers besides the client's own, and a document to be posted."""

    params: Mapping[str, str] | None
    headers: Mapping[str, str] = field(default_factory=dict)
    document: Mapping[str, str] | None = None


def _whole_json(answer: httpx.Response) -> tuple[bytes, Any]:
    import orjson

    try:
        return answer.content, orjson.loads(answer.content)
    except orjson.JSONDecodeError as error:
        raise _PassingError("an answer that is not complete JSON") from error


class _PassingError(Exception):
    """What may pass by itself; ``after``: seconds the server asks to wait, None when it does not say."""

    def __init__(self, seen: str, after: float | None = None) -> None:
        super().__init__(seen)
        self.seen = seen
        self.after = after


def _wait(state: tenacity.RetryCallState) -> float:
    """Return the seconds to wait: what the server asks for, else twice as long each time, with some chance in it."""
    after = _passing(state).after
    if after is not None:
        return after
    return min(2.0 ** (state.attempt_number - 1), 60.0) * random.uniform(0.75, 1.25)  # noqa: S311  # no secret in it


def _asks_for_too_long(state: tenacity.RetryCallState) -> bool:
    return (_passing(state).after or 0.0) > _LONGEST_WAIT_S


def _passing(state: tenacity.RetryCallState) -> _PassingError:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, _PassingError) else _PassingError("")


def _retry_after(text: str) -> float | None:
    """Return the seconds of a Retry-After header, which is a number or a date; None for anything else."""
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)
