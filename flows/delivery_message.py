"""The message with an edition: its words, its files or links, and an id that stays the same at every attempt."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from datetime import date
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from melflow.core.errors import TerminalError
from melflow.core.mail import written
from melflow.reports.approval import approval
from melflow.reports.edition_files import FILES
from melflow.reports.site import place_of

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace
    from melflow.core.workspace.report_delivery import Group

_WORDS = Path(__file__).parent / "delivery_words.yml"
_MEGABYTE = 1_000_000


@cache
def words(language: str) -> dict[str, str]:
    """Return the words of a language; the English ones where it has none."""
    known: dict[str, dict[str, str]] = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    return known.get(language[:2], known["en"])


def message_id(workspace: Workspace, key: str) -> str:
    """Return the id of a message: the same for the same edition and group, so that a mail system knows it again."""
    sender = workspace.mail.sender if workspace.mail else "melflow@localhost"
    name = hashlib.sha256(f"{workspace.alliance.id} {key}".encode()).hexdigest()[:32]
    return f"<melflow.{name}@{sender.rpartition('@')[2]}>"


def compose(
    workspace: Workspace,
    folder: Path,
    said: dict[str, Any],
    key: str,
    group: Group,
    *,
    is_again: bool,
    withdrawn: str = "",
    has_pages: bool = True,
) -> EmailMessage:
    """Return the message with an edition for a group.

    Args:
        workspace: For server, sizes and names; mail is set up.
        folder: Of the edition.
        said: Its manifest.
        key: Of the message in the ledger.
        group: Who gets it, and what of it.
        is_again: An edition of the period from an earlier release was sent before.
        withdrawn: Periods of which an edition was sent before and withdrawn since.
        has_pages: Links lead somewhere: the published folder is up to date.

    Raises:
        TerminalError: The files are too large to be attached, and nothing says where they are published, or they are
            not.
    """
    assert workspace.mail is not None  # the caller sends nothing without
    names = [FILES[kind] for kind in group.formats or said["frozen"]["formats"] if FILES.get(kind) in said["files"]]
    has_links = _as_links(workspace, folder, names, group)
    if has_links and not has_pages:
        rule, fix = "links in messages lead to var/published as it is now", "What keeps it back is said beside this."
        raise TerminalError.of(folder.as_posix(), rule, "a folder that could not be brought up to date", fix)
    partner = workspace.partners.get(said["frozen"]["partner"] or "")
    language = (partner and partner.language) or said["frozen"]["language"]
    text = words(language)
    facts = {
        "alliance": workspace.alliance.name,
        "title": title_in(said["frozen"]["title"], language, said["frozen"]["language"]),
        "period": said["period_id"],
        "release": said["release_id"],
        "as_of": said["as_of"],
        "files": ", ".join(filename(said, name) for name in names),
        "withdrawn": withdrawn,
    }
    lines = [text["opening"]]
    lines += [text["again"]] if is_again else []
    lines += [text["replaces_withdrawn"]] if withdrawn else []
    links = "".join(f"\n{link_to(workspace, folder, said, name)}" for name in names)
    lines += [text["linked"] + links if has_links else text["attached"]]
    said_of_it = [*(line.format_map(facts) for line in lines), *_approved(folder, text)]
    body = "\n\n".join([*said_of_it, facts["alliance"]])
    to = group.to[0] if partner and len(group.to) == 1 else "Recipients:;"
    message = written(workspace.mail, to, text["subject"].format_map(facts), f"{body}\n")
    message["Message-ID"] = message_id(workspace, key)
    for name in () if has_links else names:
        attach(message, folder / name, filename(said, name))
    return message


def attach(message: EmailMessage, path: Path, name: str) -> None:
    """Lay a file into a message."""
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    main, _, sub = kind.partition("/")
    message.add_attachment(path.read_bytes(), maintype=main, subtype=sub, filename=name)


def title_in(title: Mapping[str, str], *languages: str) -> str:
    """Return a report's title in the first of some languages that has one."""
    return next((title[key] for one in languages for key in (one, one[:2]) if key in title), next(iter(title.values())))


def filename(said: dict[str, Any], name: str) -> str:
    """Return a name that is told from others in a folder of downloads."""
    return f"{said['report']}_{said['period_id']}{Path(name).suffix}"


def _as_links(workspace: Workspace, folder: Path, names: list[str], group: Group) -> bool:
    """Decide between attachments and links."""
    size, too_large = _megabytes(folder, names), is_large(workspace, folder, names)
    if group.send == "attachments" and too_large:
        rule = f"attachments have at most {workspace.delivery.max_attachment_mb:g} MB together"
        fix = "Send fewer formats, write 'send: links', or raise 'max_attachment_mb' in melflow.toml [delivery]."
        raise TerminalError.of(folder.as_posix(), rule, f"{size:.1f} MB", fix)
    has_links = group.send == "links" or too_large
    if has_links and workspace.delivery.address is None:
        rule = "links begin with the address at which var/published is served"
        fix = "Add 'address' to melflow.toml [delivery], or raise 'max_attachment_mb' there."
        raise TerminalError.of(folder.as_posix(), rule, f"no address, for {size:.1f} MB of files", fix)
    return has_links


def is_large(workspace: Workspace, folder: Path, names: list[str]) -> bool:
    """Say whether files of an edition are too large to be attached."""
    return _megabytes(folder, names) > workspace.delivery.max_attachment_mb


def _megabytes(folder: Path, names: list[str]) -> float:
    return sum((folder / name).stat().st_size for name in names) / _MEGABYTE


def link_to(workspace: Workspace, folder: Path, said: dict[str, Any], name: str) -> str:
    """Return where a file of an edition is published."""
    place = place_of(said["frozen"]["audience"], said["frozen"]["partner"])
    inside = folder.relative_to(workspace.editions_dir).as_posix()
    return f"{workspace.delivery.address}/{place}/editions/{inside}/{name}"


def _approved(folder: Path, text: dict[str, str]) -> list[str]:
    """Return why a held edition goes out all the same; who decided it stays in the house."""
    given = approval(folder)
    if given is None:
        return []
    reasons = "".join(f"\n- {reason}" for reason in given.reasons)
    day = date.fromisoformat(given.approved_at[:10]).isoformat()
    return [text["approved"] + reasons, text["reason"].format(day=day, why=given.why)]
