"""An edition with the name or answers of somebody who took a consent back leaves the published folders."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from asked_partners import PERIOD, RELEASE_ID
from withdrawing import NEW, NOW, change, edition, manifests, workspace_with_a_newer_release

from melflow.core.warehouse import RELEASE_FILE, connect
from melflow.core.workspace.reply import Reply
from melflow.flows.delivery_notices import notices
from melflow.flows.editions import publish_editions
from melflow.flows.pages import publish_pages
from melflow.flows.readers import received
from melflow.flows.release import Release
from melflow.flows.reply_inviting import return_report
from melflow.flows.reply_ledger import Round
from melflow.flows.upload import LIST, upload_pages
from melflow.flows.withdrawn_editions import fit, withdrawn


@pytest.fixture
def workspace(asked_release: Path, tmp_path: Path) -> Any:
    return workspace_with_a_newer_release(tmp_path / "w", asked_release)


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
