"""Which editions are shown where, and what is said where no mail server is declared."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from delivered import DUE, Alliance

from melflow.core.errors import TerminalError
from melflow.core.workspace.report_delivery import Group
from melflow.flows.delivery import _is_theirs
from melflow.flows.delivery_handing import NO_MAIL
from melflow.flows.delivery_ledger import Ledger
from melflow.flows.pages import publish_pages
from melflow.flows.readers import received
from melflow.reports import site as sites_of
from melflow.reports.approval import approve


def test_deliver__no_mail_server(alliance: Alliance) -> None:
    """Should say that messages wait for a server, and send them once there is one."""
    edition = alliance.edition()
    settings = alliance.folder / "melflow.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.partition("[mail]")[0], encoding="utf-8")
    assert {state for _, state in alliance.run(edition)} == {NO_MAIL}
    settings.write_text(text, encoding="utf-8")
    assert {state for _, state in alliance.run(edition)} == {"accepted"}


@pytest.mark.parametrize(
    ("group", "in_english", "in_spanish"), [(None, True, False), ("es", False, True), ("fr", True, False)]
)
def test_is_theirs(group: str | None, in_english: bool, in_spanish: bool) -> None:
    """Should give each group one edition: in its language where the report is made in it, else in the report's own."""
    config: Any = SimpleNamespace(language="en", also_in=("es",))
    theirs = Group(to=("a@b.example",), language=group)
    own, further = ({"frozen": {"language": name, "is_translation": name == "es"}} for name in ("en", "es"))
    assert (_is_theirs(config, own, theirs), _is_theirs(config, further, theirs)) == (in_english, in_spanish)


def test_publish_pages__which_editions(alliance: Alliance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should show the newest of a period and what was sent, when its day has come or it was asked for; nothing held."""
    sites: dict[str, sites_of.Site] = {}
    monkeypatch.setattr(sites_of, "publish", lambda site, *_, **__: sites.update({site.place: site}))
    alliance.run(alliance.edition("funder/2025-H1/0001-a"))
    for place in (
        "funder/2025-H1/0002-b",
        "funder/2025-H1/0003-c",
        "funder/2025-H2/0003-c",
        "return/city/2025-H1/0003-c",
    ):
        alliance.edition(place)
    alliance.edition("funder/2024-H2/0003-c", reasons=("Old data.",))
    alliance.edition("funder/2024-H2/.0004-d")
    assert publish_pages(alliance.workspace, DUE)[1] == ()
    assert "partner/city" not in sites  # it has no day of its own, and nobody asked for it
    Ledger(alliance.workspace.landing_dir).note_asked(["return/city/2025-H1/0003-c", "funder/2025-H2/0003-c"])
    assert publish_pages(alliance.workspace, DUE)[1] == ()
    assert sites["funder"].editions == ("funder/2025-H1/0003-c", "funder/2025-H1/0001-a")
    city = sites["partner/city"]
    assert (city.partner, city.language, city.editions) == ("Ciudad Ámbar", "es", ("return/city/2025-H1/0003-c",))
    approve(alliance.folder / "var/editions/funder/2024-H2/0003-c", "Ana Ruiz", "It is what there is.", DUE)
    publish_pages(alliance.workspace, DUE + timedelta(days=365))
    assert sites["funder"].editions[0] == "funder/2025-H2/0003-c"
    assert sites["funder"].editions[-1] == "funder/2024-H2/0003-c"


def test_publish_pages__one_fails(alliance: Alliance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should publish the editions without open tables whose release is gone, and the others, and say so."""

    def publish(site: sites_of.Site, *_: Any, has_tables: bool) -> Path:
        if site.place == "funder" and has_tables:
            raise TerminalError.of("var/releases/0001-a", "releases stay", "no such folder", "Put it back.")
        if site.place == "partner/farm":
            raise ZeroDivisionError("somebody's answer")
        return Path(site.place)

    monkeypatch.setattr(sites_of, "publish", publish)
    places = ("funder/2025-H1/0002-b", "return/city/2025-H1/0002-b", "return/farm/2025-H1/0002-b")
    for place in places:
        alliance.edition(place)
    Ledger(alliance.workspace.landing_dir).note_asked(places)
    folders, problems = publish_pages(alliance.workspace, DUE)
    assert folders == [Path("funder"), Path("partner/city")]
    assert [one.where.partition(",")[0] for one in problems] == ["var/releases/0001-a", "published/partner/farm"]
    assert "ZeroDivisionError" in problems[1].seen and "somebody" not in str(problems)


@pytest.mark.parametrize(("mailed", "language", "has"), [
    ("all", None, ["funder/2025-H1/0001-a"]),
    ("all", "es", ["funder.es/2025-H1/0003-c"]),
    ("none", None, ["funder/2025-H1/0002-b"]),
    ("officer", None, None),
])  # fmt: skip
def test_received(tmp_path: Path, mailed: str, language: str | None, has: list[str] | None) -> None:
    """Should be what was sent; what stands in the published folder where nobody is mailed the edition."""
    for place in ("funder/2025-H1/0002-b", "funder.es/2025-H1/0003-c"):
        folder = tmp_path / "funder/editions" / place
        folder.mkdir(parents=True)
        (folder / "edition.json").write_text("{}")
    workspace: Any = SimpleNamespace(mail=mailed == "all" or None, published_dir=tmp_path)
    config: Any = SimpleNamespace(
        name="funder", audience="officer" if mailed == "officer" else "funder", also_in=("es",),
        recipients=("a@b.example",), groups={},
    )  # fmt: skip
    found = received(workspace, config, None, language, ["funder/2025-H1/0001-a"])
    assert (found if found is None else list(found)) == has
