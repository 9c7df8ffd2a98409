"""An edition with the name or answers of somebody who took a consent back leaves the published folders."""

from __future__ import annotations

import json
import shutil
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from asked_partners import PERIOD, RELEASE_ID, asked_workspace
from delivered import text_of
from fake_release import HOSTILE, make_release
from mail_server import serve

from melflow.core.warehouse import RELEASE_FILE, connect
from melflow.core.workspace.mail import Mail
from melflow.core.workspace.reply import Reply
from melflow.core.workspace.report_delivery import Delivery as Sizes
from melflow.flows.delivery import deliver
from melflow.flows.delivery_ledger import Ledger
from melflow.flows.delivery_notices import notices
from melflow.flows.editions import publish_editions
from melflow.flows.pages import publish_pages
from melflow.flows.readers import received
from melflow.flows.release import Release
from melflow.flows.reply_inviting import return_report
from melflow.flows.reply_ledger import Round
from melflow.flows.upload import LIST, upload_pages
from melflow.flows.withdrawn_editions import fit, withdrawn
from melflow.reports.taken_back import _shown

NEW = "20260801T060000-b"
NOW = datetime(2026, 8, 2, tzinfo=UTC)
MADE = {RELEASE_ID: "2026-07-01T06:00:00+00:00", NEW: "2026-08-01T06:00:00+00:00"}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_release(tmp_path_factory.mktemp("withdrawn") / "r1", HOSTILE, n_dyads=4)


@pytest.fixture
def workspace(release: Path, tmp_path: Path) -> Any:
    """A workspace with an edition that was sent, and a newer release."""
    found = asked_workspace(tmp_path / "w", release)
    found.alliance.id = "rivers"
    found.delivery = Sizes.model_validate({"upload": {"funder": {"path": "served/funder"}}})
    newer = found.releases_dir / NEW
    newer.mkdir()
    shutil.copy(release / RELEASE_FILE, newer)
    pointer = found.releases_dir / "current"
    pointer.unlink()
    pointer.symlink_to(newer)
    found.partners = {key: SimpleNamespace(language=None, name=key) for key in ("alpha", "beta")}
    found.periods = [
        SimpleNamespace(period_id="2025-H2", ends_on=date(2025, 12, 31)),
        SimpleNamespace(period_id=PERIOD, ends_on=date(2026, 6, 30)),
    ]
    found.reports["return"] = SimpleNamespace(name="return", audience="partner", schedule=None, due=None, also_in=())
    return found


def edition(workspace: Any, place: str, *, sent: bool = True, asked: bool = True) -> str:
    """Write an edition as a small file, and that somebody has it, or asked for it."""
    report, *partner, period, release = place.split("/")
    folder = workspace.editions_dir / place
    folder.mkdir(parents=True)
    audience, level = ("partner", "partners") if partner else ("funder", "funder")
    frozen = {"partner": partner[0] if partner else None, "language": "en", "title": {"en": "Learning"},
              "audience": audience, "publish_level": level}  # fmt: skip
    said = {"report": report, "period_id": period, "release_id": release, "as_of": "2026-06-30", "frozen": frozen,
            "files": {"edition.html": "hash"}, "created_at": MADE[release], "gate": {"verdict": "passed"}}  # fmt: skip
    (folder / "edition.html").write_text("alpha said 73")
    (folder / "edition.json").write_text(json.dumps(said))
    if sent:
        Ledger(workspace.landing_dir).begin(f"{place}/recipients", 1, ["a@b.example"], [], [])
    elif asked:
        Ledger(workspace.landing_dir).note_asked([place])
    return place


def manifests(workspace: Any, *places: str) -> dict[str, dict[str, Any]]:
    return {place: json.loads((workspace.editions_dir / place / "edition.json").read_text()) for place in places}


def change(workspace: Any, *statements: str) -> None:
    """Let the newer release say otherwise, which no release does once it is there."""
    with connect(workspace.releases_dir / NEW / RELEASE_FILE) as con:
        for statement in statements:
            con.execute(statement)
    _shown.cache_clear()


def answers(workspace: Any, *rows: tuple[str, str, bool, str | None, str]) -> None:
    """Let the warehouse know versions of submissions, the current one last: id, landed, consent, deleted, period."""
    with connect(workspace.warehouse_path) as con:
        con.execute("create schema raw; create schema staging")
        con.execute("create table raw.src_submission (row_id text, ingested_at timestamptz, deleted_at timestamptz)")
        con.execute(
            "create table staging.stg_submissions (row_id text, source text, submission_id text, partner_id text, "
            "about_partner_id text, about_partner_2_id text, period_id text, is_current bool, is_deleted bool, "
            "has_consent bool)"
        )
        last = {row[0]: number for number, row in enumerate(rows)}
        for number, (name, landed, consent, deleted, period) in enumerate(rows):
            con.execute("insert into raw.src_submission values (?, ?, ?)", [str(number), landed, deleted])
            con.execute(
                "insert into staging.stg_submissions values (?, 'survey', ?, 'alpha', null, null, ?, ?, ?, ?)",
                [str(number), name, period, last[name] == number, deleted is not None, consent],
            )


def test_publish_pages__lowered_level(workspace: Any) -> None:
    """Should take the edition away from folder and copy, say why and what stands in its place, and keep it at home."""
    old = edition(workspace, f"funder/{PERIOD}/{RELEASE_ID}")
    publish_pages(workspace, NOW)
    assert upload_pages(workspace) == () and withdrawn(workspace, manifests(workspace, old)) == {}
    folder, copy = workspace.published_dir / "funder", workspace.root / "served/funder"
    for place in (folder, copy):
        assert (place / "editions" / old / "edition.html").is_file()
    change(workspace, "update dim_dyad set publish_level = 'internal' where dyad_id = 'alpha--beta'")
    publish_pages(workspace, NOW)
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "Withdrawn." in page and "agreed to show less" in page and "The next edition takes its place." in page
    assert "alpha" not in page and "beta" not in page and "There is no edition yet" not in page
    new = edition(workspace, f"funder/{PERIOD}/{NEW}", sent=False)
    publish_pages(workspace, NOW)
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert f'In its place: <a href="editions/{new}/edition.html"' in page
    assert upload_pages(workspace) == ()
    for place in (folder, copy):
        assert [one.name for one in (place / "editions" / old).iterdir()] == ["withdrawn.json"]
        assert (place / "editions" / new / "edition.html").is_file()
    told = json.loads((copy / "editions" / old / "withdrawn.json").read_text())
    assert told == {"why": "level", "replaced_by": new}
    assert not [one for one in workspace.published_dir.rglob("edition.html") if RELEASE_ID in one.as_posix()]
    assert (workspace.editions_dir / old / "edition.html").is_file()
    [said] = [text for name, text in notices(workspace).items() if name == f"withdrawn/{old}"]
    assert "sent to nobody any more" in said and "sent it: 1." in said and "agreed to show less" in said
    config = SimpleNamespace(name="funder", audience="funder", recipients=(), groups={}, also_in=())
    assert received(workspace, config, None, None, ()) == {old, new}  # what it changes is told against it  # type: ignore[arg-type]  # the part that is read
    assert fit(workspace, [workspace.editions_dir / old, workspace.editions_dir / new]) == [
        workspace.editions_dir / new
    ]


def test_publish_editions__another_takes_its_place(workspace: Any) -> None:
    """Should make an edition of the newest release where the one that was sent was withdrawn; keep it where not."""
    config = workspace.reports["funder"]
    workspace.reply, config.late_data, config.formats = Reply(), "next", ("xlsx",)
    old = edition(workspace, f"funder/{PERIOD}/{RELEASE_ID}")
    manifest = workspace.editions_dir / old / "edition.json"
    manifest.write_text(manifest.read_text().replace('"verdict": "passed"', '"verdict": "passed", "reasons": []'))
    newest = Release(NEW, workspace.releases_dir / NEW, is_new=False)

    def made() -> list[tuple[str, bool]]:
        found = publish_editions(workspace, newest, "funder", PERIOD, NOW)
        assert [str(problem) for one in found for problem in one.problems] == []
        return [(one.folder.name, one.is_new) for one in found]

    assert made() == [(RELEASE_ID, False)]
    change(
        workspace,
        *(
            f"update {table} set publish_level = 'internal' where dyad_id = 'alpha--beta'"
            for table in ("dim_dyad", "pub_partnership_health", "pub_health_dyad", "pub_mutuality_dyad")
        ),
        f"update release_info set release_id = '{NEW}'",
    )
    assert made() == [(NEW, True)] and made() == [(NEW, False)]


def sendable(workspace: Any, place: str, figures: str) -> Path:
    """Let an edition of this file be one that is sent."""
    path: Path = workspace.editions_dir / place / "edition.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    said["frozen"]["formats"], said["figures"], said["gate"]["reasons"] = ["html"], figures, []
    path.write_text(json.dumps(said), encoding="utf-8")
    return path.parent


def test_deliver__what_takes_the_place_of_a_withdrawn_edition(workspace: Any, tmp_path: Path) -> None:
    """Should mail it once to those who had got the other, saying that that was withdrawn, though late data wait."""
    config = workspace.reports["funder"]
    config.late_data, config.recipients, config.groups = "next", ("a@b.example",), {}
    asked = {"schedule": None, "due": None, "also_in": ()}
    for name, value in asked.items():
        setattr(config, name, value)
    old = edition(workspace, f"funder/{PERIOD}/{RELEASE_ID}")
    Ledger(workspace.landing_dir).note(f"{old}/recipients", "outcome", answers={"a@b.example": 250})
    with serve(tmp_path) as (inbox, settings):
        workspace.mail = Mail.model_validate(tomllib.loads(settings)["mail"] | {"seconds": 10})
        new = sendable(workspace, edition(workspace, f"funder/{PERIOD}/{NEW}", sent=False, asked=False), "2")

        def sent(**more: Any) -> list[str]:
            return [one.state for one in deliver(workspace, [new], NOW, **more)]

        assert sent() == [], "data that came late wait for the next period"
        change(workspace, "update dim_dyad set publish_level = 'internal' where dyad_id = 'alpha--beta'")
        assert sent(dry_run=True) == ["would be sent"] and not inbox.received
        inbox.refusals = {"a@b.example": "451 later"}
        assert sent() == ["deferred"]
        inbox.refusals = {}
        assert sent() == ["accepted"] and sent() == []
        [(to, message)] = inbox.messages
        text = text_of(message)
        assert to == ["a@b.example"] and f"for {PERIOD} was withdrawn" in text and "takes the place" in text
        assert not any(word in text for word in ("alpha", "beta", "a@b", HOSTILE["alpha"]))
        assert Ledger(workspace.landing_dir).messages()[f"funder/{PERIOD}/{NEW}/recipients"].replaces == (old,)


def test_deliver__an_edition_after_a_withdrawn_one_of_another_period(workspace: Any, tmp_path: Path) -> None:
    """Should say in the next edition that one of an earlier period was withdrawn when no other took its place."""
    config = workspace.reports["funder"]
    config.recipients, config.groups, config.late_data = ("a@b.example",), {}, "next"
    config.schedule, config.due, config.also_in = None, None, ()
    edition(workspace, f"funder/2025-H2/{RELEASE_ID}")
    change(workspace, "update dim_dyad set publish_level = 'internal' where dyad_id = 'alpha--beta'")
    new = sendable(workspace, edition(workspace, f"funder/{PERIOD}/{NEW}", sent=False), "2")
    with serve(tmp_path) as (inbox, settings):
        workspace.mail = Mail.model_validate(tomllib.loads(settings)["mail"] | {"seconds": 10})
        assert [one.state for one in deliver(workspace, [new], NOW, at_once=True)] == ["accepted"]
        text = text_of(inbox.messages[0][1])
        assert "for 2025-H2 was withdrawn" in text and "takes the place" not in text
        later = sendable(workspace, edition(workspace, f"funder/2026-H2/{NEW}", sent=False), "3")
        assert [one.state for one in deliver(workspace, [later], NOW, at_once=True)] == ["accepted"]
        assert "withdrawn" not in text_of(inbox.messages[1][1]), "it was said already"


def test_withdrawn__words(workspace: Any) -> None:
    """Should find an edition that quotes what is not to be quoted any more, and no other."""
    row = (
        "insert into {} by name select '{}' as {}, '2026-H1' as period_id, 'funder' as publish_level, "
        "false as is_suppressed"
    )
    for name in (RELEASE_ID, NEW):
        with connect(workspace.releases_dir / name / RELEASE_FILE) as con:
            con.execute(row.format("pub_quote", "t1", "text_id"))
            con.execute(row.format("pub_story", "s1", "story_id"))
    old, early = (edition(workspace, f"funder/{period}/{RELEASE_ID}") for period in (PERIOD, "2025-H2"))
    assert withdrawn(workspace, manifests(workspace, old, early)) == {}
    change(workspace, "delete from pub_quote")
    assert withdrawn(workspace, manifests(workspace, old, early)) == {old: "words"}


@pytest.mark.parametrize(("rows", "is_gone"), [
    ([("s", "2026-06-01", True, None, PERIOD), ("s", "2026-07-20", False, None, PERIOD)], True),
    ([("s", "2026-06-01", True, "2026-07-20", PERIOD)], True),
    ([("s", "2026-06-01", True, None, PERIOD), ("s", "2026-07-20", True, None, PERIOD)], False),
    ([("s", "2026-06-01", False, None, PERIOD)], False),
    ([("s", "2026-05-01", True, None, PERIOD), ("s", "2026-06-20", False, None, PERIOD)], False),  # before it was made
    ([("s", "2026-07-10", True, None, PERIOD), ("s", "2026-07-20", False, None, PERIOD)], False),  # came after it
    ([("s", "2026-06-01", True, "2026-07-20", "2026-H2")], False),  # of a period the edition does not show
])  # fmt: skip
def test_withdrawn__answers(workspace: Any, rows: list[Any], is_gone: bool) -> None:
    """Should find the editions made while the answers counted: of all partners together, and of the partner's own."""
    answers(workspace, *rows)
    places = [edition(workspace, f"{name}/{PERIOD}/{RELEASE_ID}") for name in ("funder", "return/alpha", "return/beta")]
    places.append(edition(workspace, f"funder/{PERIOD}/{NEW}"))
    found = withdrawn(workspace, manifests(workspace, *places))
    assert found == (dict.fromkeys(places[:2], "answers") if is_gone else {})


def test_withdrawn__of_the_newest_release(workspace: Any) -> None:
    """Should find an edition of the newest release, when answers were taken back and no release was made since."""
    answers(workspace, ("s", "2026-06-01", True, None, PERIOD), ("s", "2026-08-05", False, None, PERIOD))
    new = edition(workspace, f"funder/{PERIOD}/{NEW}")
    assert withdrawn(workspace, manifests(workspace, new)) == {new: "answers"}


def test_return_report__taken_back(workspace: Any) -> None:
    """Should bring no return report with answers taken back since, though the round asks about its release."""
    workspace.partners["alpha"].contact = "a@alpha.example"
    workspace.reports["return"].partners = ()
    one = Round("funder", PERIOD, RELEASE_ID, "", NOW, NOW)
    old = edition(workspace, f"return/alpha/{PERIOD}/{RELEASE_ID}", sent=False)
    assert return_report(workspace, one, "alpha") == workspace.editions_dir / old
    answers(workspace, ("s", "2026-06-01", True, None, PERIOD), ("s", "2026-07-20", False, None, PERIOD))
    assert return_report(workspace, one, "alpha") is None
    new = edition(workspace, f"return/alpha/{PERIOD}/{NEW}", sent=False)
    assert return_report(workspace, one, "alpha") == workspace.editions_dir / new


def test_upload__place_that_does_not_delete(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should bring everything else, and say what stays where melflow may write and not delete, until it is gone."""
    from fsspec.implementations.local import LocalFileSystem

    old = edition(workspace, f"funder/{PERIOD}/{RELEASE_ID}")
    publish_pages(workspace, NOW)
    upload_pages(workspace)
    change(workspace, "update dim_dyad set publish_level = 'internal' where dyad_id = 'alpha--beta'")
    publish_pages(workspace, NOW)
    copy = workspace.root / "served/funder"
    with monkeypatch.context() as kept:

        def refuse(*_: Any) -> None:
            raise PermissionError

        kept.setattr(LocalFileSystem, "rm_file", refuse)
        for _ in range(2):
            [problem] = upload_pages(workspace)
            assert "2 files that stay" in problem.seen and old in problem.seen
    assert "Withdrawn." in (copy / "index.html").read_text() and (copy / "editions" / old / "edition.html").is_file()
    assert upload_pages(workspace) == () and not (copy / "editions" / old / "edition.html").exists()
    assert old not in "".join(name for name in json.loads((copy / LIST).read_text()) if name.endswith("edition.html"))
