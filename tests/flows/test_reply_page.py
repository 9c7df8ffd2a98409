"""A partner objects through its signed link in a real browser; a forged, expired or replayed link does nothing."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from asked_partners import NOW, PERIOD, asked_workspace, current
from browser import CHROMIUM, MISSING, started
from fake_release import HOSTILE, make_release
from starlette.applications import Starlette

from melflow.core.workspace.reply import Reply
from melflow.flows import reply_page, reply_rounds
from melflow.flows.reply_ledger import Ledger, Round
from melflow.flows.reply_links import key, link_for, signed
from melflow.reports.edition import render

RELEASE = "20260701T060000-1a2b3c4d"


class Place:
    """A workspace whose page answers on loopback, with a clock of its own."""

    def __init__(self, workspace: Any) -> None:
        self.workspace, self.now = workspace, NOW
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"http://127.0.0.1:{probe.getsockname()[1]}"
        workspace.reply = Reply(days_before=14, objection="hold", public_url=self.address)
        app = Starlette(routes=reply_page.routes(workspace, lambda: self.now))
        port = int(self.address.rpartition(":")[2])
        self.server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
        self.config = workspace.reports["funder"]
        reply_rounds.turn(workspace, self.config, PERIOD, current(workspace), NOW)

    def link(self, partner: str) -> str:
        made = reply_rounds.reply_link(self.workspace, "funder", PERIOD, RELEASE, partner, NOW)
        assert made is not None
        return made

    @property
    def words(self) -> list[str]:
        return [one.said.words for one in Ledger(self.workspace.landing_dir).replies("funder", PERIOD)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("page")
    made = Place(asked_workspace(folder / "w", make_release(folder / "r1", HOSTILE, n_dyads=4)))
    thread = threading.Thread(target=made.server.run, daemon=True)
    thread.start()
    while not made.server.started:
        assert thread.is_alive()
    yield made
    made.server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(autouse=True)
def _today(place: Place) -> None:
    place.now = NOW


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
def test_page__a_partner_objects_in_a_browser(place: Place, tmp_path: Path) -> None:
    """Should take the objection once, show what was taken, and hold the figure in the edition, as agreed."""
    from axe_playwright_python.sync_playwright import Axe

    link, words = place.link("alpha"), "<b>Three</b> of us & the rest"
    with started() as browser:
        context = browser.new_context(java_script_enabled=True)
        page, trouble = context.new_page(), []
        page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
        page.on("request", lambda asked: trouble.append(asked.url) if not asked.url.startswith(place.address) else None)
        page.goto(link)
        assert page.locator("script").count() == 0
        assert HOSTILE["alpha"] in page.inner_text("h1") and page.locator("b").count() == 0
        judged = Axe().run(page)
        assert [one["id"] for one in judged.response["violations"] if one["impact"] in ("serious", "critical")] == []
        page.keyboard.press("Tab")  # the first thing the keyboard reaches is an answer
        assert page.evaluate("document.activeElement.name").startswith("kind-")
        first = page.locator("fieldset").first
        figure = first.locator("legend").inner_text()
        first.get_by_label("objection", exact=True).check()
        first.get_by_label("Your words").fill(words)
        page.get_by_role("button", name="Send the answers").click()
        assert page.inner_text("h1") == "Your answers have arrived" and words in page.inner_text("main")
        assert figure.split(",")[0] in page.inner_text("main")
        page.goto(link)
        assert page.inner_text("h1") == "Your answers have arrived" and page.locator("form").count() == 0
        context.close()
    assert place.words == [words] and not trouble
    turn = reply_rounds.turn(place.workspace, place.config, PERIOD, current(place.workspace), NOW + timedelta(days=15))
    (answer,) = turn.answers
    assert answer.is_held and answer.partner_id == "alpha"
    made = render(turn.release.folder, place.config, place.workspace, PERIOD, tmp_path, replies=turn.answers)
    text = made.files["html"].read_text(encoding="utf-8")
    assert "&lt;b&gt;Three&lt;/b&gt; of us &amp; the rest" in text and "figure held" in text
    assert json.loads((made.folder / "edition.json").read_text())["n_suppressed"] > 0


def form(place: Place, link: str) -> dict[str, str]:
    """Return the fields of a link's form, as a browser would send them."""
    import re

    page = httpx.get(link).text
    fields = dict(re.findall(r'type="hidden" name="(form)" value="([^"]+)"', page))
    figure = re.findall(r'name="words-([0-9a-f]{12})"', page)[0]
    return fields | {f"kind-{figure}": "objection", f"words-{figure}": "Not so."}


def test_page__forged_expired_replayed(place: Place) -> None:
    """Should say plainly that nothing was written down, and write nothing down."""
    link, before = place.link("beta"), place.words
    fields = form(place, link)
    forged = link[:-4] + ("AAAA" if link[-4:] != "AAAA" else "BBBB")
    for send in (lambda: httpx.get(forged), lambda: httpx.post(forged, data=fields)):
        answered = send()
        assert answered.status_code == 403 and "not valid" in answered.text and "no es válido" in answered.text
    place.now = datetime.fromtimestamp(NOW.timestamp() + 15 * 86400, NOW.tzinfo)
    for send in (lambda: httpx.get(link), lambda: httpx.post(link, data=fields)):
        assert send().status_code == 410
    place.now = NOW
    assert place.words == before
    assert httpx.post(link, data=fields).status_code == 303 and place.words == [*before, "Not so."]
    replayed = httpx.post(link, data=fields | {"words-ffffffffffff": "More."})
    assert replayed.status_code == 409 and "nothing was written down now" in replayed.text
    assert place.words == [*before, "Not so."]


def test_page__another_page_s_form(place: Place) -> None:
    """Should refuse a form without its sign, from another site, of another kind, too large, or without words."""
    link, before = place.link("gamma"), place.words
    fields = form(place, link)
    figure = next(name for name in fields if name.startswith("words-"))
    assert httpx.post(link, data=fields | {"form": "x"}).status_code == 403
    assert httpx.post(link, data=fields, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert httpx.post(link, json=fields).status_code == 415
    assert httpx.post(link, data=fields | {"more": "x" * reply_page.LARGEST}).status_code == 413
    assert httpx.post(link, data=fields | {figure: ""}).status_code == 422
    empty = httpx.post(link, data={"form": fields["form"]})
    assert empty.status_code == 422 and "Nothing was written down" in empty.text
    assert httpx.post(link, data=fields | {figure: "", figure.replace("words", "kind"): ""}).status_code == 422
    assert httpx.post(link, data=fields | {figure: "x" * 2001}).status_code == 422
    assert place.words == before
    headers = httpx.get(link).headers
    assert headers["cache-control"] == "no-store" and "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "set-cookie" not in headers and headers["referrer-policy"] == "no-referrer"
    assert httpx.post(link, data=fields).status_code == 303, "the link was not used up"


def test_page__expired_meanwhile(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should take nothing when the time to answer ran out while the form was on its way."""
    link, before, form_of = place.link("beta"), place.words, reply_page._form
    fields = form(place, link)

    async def slow(request: Any) -> dict[str, list[str]]:
        body = await form_of(request)
        place.now = NOW + timedelta(days=15)
        return body

    monkeypatch.setattr(reply_page, "_form", slow)
    assert httpx.post(link, data=fields).status_code == 410 and place.words == before


def test_page__what_is_gone(place: Place) -> None:
    """Should take nothing for a release nobody was asked about, and have no page without the right of reply."""
    told = ("alpha", "funder", PERIOD, "20990101T000000-ffffffff")
    token = signed(link_for(told, NOW + timedelta(days=1)), key(place.workspace))
    assert httpx.get(f"{place.address}/reply/{token}").status_code == 410
    pruned = "20260601T000000-1a2b3c4d"
    closes = NOW + timedelta(days=1)
    Ledger(place.workspace.landing_dir).open_round(Round("funder", PERIOD, pruned, "hash", NOW, closes))
    token = signed(link_for(("alpha", "funder", PERIOD, pruned), closes), key(place.workspace))
    assert httpx.get(f"{place.address}/reply/{token}").status_code == 410
    other = type(place.workspace)(**vars(place.workspace) | {"reply": Reply()})
    assert reply_page.routes(other) == []
