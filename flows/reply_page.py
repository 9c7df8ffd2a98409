"""The page on which a partner answers: GET shows the figures and a form, POST takes the answers, once a link.

    200  the form; or, when the link was used, what was sent with it
    303  the answers were written down          410  the time to answer is over
    403  no link of ours, or changed            413  larger than a form of ours can be
    409  the link was used before               415  no form
    422  no answer, or one without a choice or words

Opening a link changes nothing: mail programs open links before people do. Nobody is logged in and no cookie is set, so
that another site has nothing to send a form with; a form carries a sign of its own all the same.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from melflow.core.workspace import Workspace
from melflow.flows.reply_book import asked, checked, words_of
from melflow.flows.reply_ledger import Ledger, Round, Said, UsedError
from melflow.flows.reply_links import Link, LinkError, form_mac, key, opened
from melflow.flows.reply_opening import by_the_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

LARGEST = 1_000_000
_BODY_SECONDS = 60
_STATUS = {"forged": 403, "expired": 410}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
_LOG = logging.getLogger("melflow.receiver")


class _RefusedError(Exception):
    """An answer that cannot be taken: the part of the page's words that says why, and the status."""

    def __init__(self, part: str, status: int) -> None:
        super().__init__(part)
        self.part, self.status = part, status


def routes(workspace: Workspace, clock: Callable[[], datetime] | None = None) -> list[Route]:
    """Return the page's address for the receiver; none when partners have no right of reply."""
    if not workspace.reply.days_before:
        return []
    page = ReplyPage(workspace, clock or (lambda: datetime.now(UTC)))
    return [Route("/reply/{token}", page.answer, methods=["GET", "POST"])]


class ReplyPage:
    """Shows what a link is for, and takes what its holder says."""

    def __init__(self, workspace: Workspace, clock: Callable[[], datetime]) -> None:
        self._workspace, self._clock = workspace, clock
        self._ledger = Ledger(workspace.landing_dir)
        self._asked = lru_cache(maxsize=32)(self._read)

    async def answer(self, request: Request) -> Response:
        """Answer GET and POST /reply/<token>."""
        token = request.path_params["token"]
        try:
            opened(token, key(self._workspace), self._clock())
            body = await _form(request) if request.method == "POST" else None
            return await asyncio.to_thread(self._answered, request, token, body)
        except LinkError as error:
            _LOG.warning("reply refused: %s", error)
            return _shown(str(error), _STATUS[str(error)])
        except _RefusedError as error:
            _LOG.warning("reply refused: %s", error)
            return _shown(error.part, error.status)

    def _answered(self, request: Request, token: str, body: dict[str, list[str]] | None) -> Response:
        link = opened(token, key(self._workspace), self._clock())  # its time may have run out while the body came
        lines, phrases, facts = self._asked(link.about)
        used_at = self._ledger.used_at(link.nonce)
        if body is not None:
            if used_at:
                return self._receipt(link, used_at, 409)
            sign = form_mac(token, key(self._workspace))
            if not hmac.compare_digest((body.get("form") or [""])[0].encode("utf-8", "replace"), sign.encode()):
                raise _RefusedError("forged", 403)
            said = _said(lines, body)
            if not said:  # the link is for one answer: one that says nothing does not use it up
                raise _RefusedError("wrong", 422)
            try:
                count = self._ledger.add(link.about, said, "link", self._clock(), link.nonce)
            except UsedError:
                return self._receipt(link, self._ledger.used_at(link.nonce) or self._clock(), 409)
            _LOG.info("reply written down: %s, %d", link.partner, count)
            return RedirectResponse(request.url.path, 303, _HEADERS)
        if used_at:
            return self._receipt(link, used_at, 200)
        return _page(
            "form", 200, words=phrases, facts=facts, lines=lines, form=form_mac(token, key(self._workspace)),
        )  # fmt: skip

    def _receipt(self, link: Link, used_at: datetime, status: int) -> Response:
        from melflow.reports import rounding

        lines, phrases, facts = self._asked(link.about)
        names = {(one.table, one.keys): name for one, name, _ in lines}
        said = [
            (names.get((one.said.table, one.said.keys), ""), phrases[f"kind.{one.said.kind}"], one.said.words)
            for one in self._ledger.replies(link.report, link.period)
            if (one.partner_id, one.release_id, one.via) == (link.partner, link.release, "link")
            and one.received_at == used_at.replace(microsecond=0)
        ]
        facts = facts | {"date": rounding.date(by_the_clock(self._workspace, used_at)[0], facts["language"])}
        return _page("receipt", status, words=phrases, facts=facts, said=said, is_again=status == 409)

    def _read(self, about: tuple[str, str, str, str]) -> tuple[list[tuple[Any, str, str]], Any, dict[str, str]]:
        partner, report, period_id, release_id = about
        rounds: list[Round] = self._ledger.rounds(report, period_id) if report in self._workspace.reports else []
        one = next((one for one in rounds if one.release_id == release_id), None)
        if one is None or not (self._workspace.releases_dir / release_id).is_dir():  # signed by us, for what is gone
            raise _RefusedError("expired", 410)
        return asked(self._workspace, one, partner)


async def _form(request: Request) -> dict[str, list[str]]:
    """Return the fields of a form, no larger than allowed."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise _RefusedError("wrong", 415)
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise _RefusedError("forged", 403)
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > LARGEST:
                    raise _RefusedError("wrong", 413)
        return parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20_000)
    except (TimeoutError, ValueError) as error:
        raise _RefusedError("wrong", 422) from error


def _said(lines: list[tuple[Any, str, str]], body: dict[str, list[str]]) -> list[Said]:
    said = []
    for one, _, _ in lines:
        kind, words = ((body.get(f"{name}-{one.figure}") or [""])[0].strip() for name in ("kind", "words"))
        if not kind and not words:
            continue
        try:
            said.append(checked(one, kind, words))
        except ValueError as error:
            raise _RefusedError("wrong", 422) from error
    return said


def _shown(part: str, status: int) -> Response:
    """Return a page that says why nothing was done, in every language it has words for: nobody knows the reader's."""
    from melflow.reports.answer import LONGEST
    from melflow.reports.phrases import languages

    told = []
    for language in languages():
        words = words_of(language)
        told.append((language, words[f"{part}.title"], words[f"{part}.lead"].format_map({"longest": str(LONGEST)})))
    return _page("refused", status, told=told)


def _page(part: str, status: int, **content: Any) -> Response:
    return HTMLResponse(_template().render(part=part, **content), status, _HEADERS)


@lru_cache(maxsize=1)
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from melflow import reports
    from melflow.reports.answer import LONGEST

    folder = Path(str(reports.__file__)).parent / "templates"
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    environment.globals["longest"] = LONGEST
    environment.filters["fill"] = lambda text, facts: str(text).format_map(facts)
    return environment.get_template("reply.html.j2")
