"""Which editions each audience is shown, and the published folders made from them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melflow.core.errors import Problem
from melflow.core.release_ids import age
from melflow.flows.delivery_due import has_come
from melflow.flows.delivery_ledger import Ledger
from melflow.flows.editions import made_editions
from melflow.flows.failures import problems_of
from melflow.flows.withdrawn_editions import withdrawn
from melflow.reports.taken_back import Withdrawn

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace
    from melflow.reports.site import Site


#: Audiences that share a folder; what is made for the house itself has none.
_WITH_A_PAGE = ("funder", "steering", "public")


def publish_pages(
    workspace: Workspace, now: datetime, at_once: Collection[Path] = ()
) -> tuple[list[Path], tuple[Problem, ...]]:
    """Bring ``var/published`` up to date: a folder for each audience, and one for each partner.

    An edition is shown when it may go out and its moment has come, or, without a moment, when somebody asked for it: of
    each report and period the newest one, and those that were sent. One that shows what was taken back since gives its
    place to a line that says so.

    Args:
        workspace: The workspace.
        now: The moment.
        at_once: Folders of editions, below ``var/editions``, that do not wait for their moment.

    Returns:
        The folders, and what kept one from being made or from having its open tables; it keeps no other from it.
    """
    from melflow.reports.site import Site, place_of

    shown: dict[str, list[tuple[str, str, int, str]]] = {}
    editions = _editions(workspace, now, at_once)
    unfit = withdrawn(workspace, dict(editions))
    languages: dict[str, str] = {}
    names: dict[str, str] = {}
    for report in workspace.reports.values():
        if report.audience in _WITH_A_PAGE:
            shown.setdefault(place_of(report.audience, None), [])
    for place, said in editions:
        audience, partner = said["frozen"]["audience"], said["frozen"]["partner"]
        if partner is None and audience not in _WITH_A_PAGE:
            continue
        site = place_of(audience, partner)
        shown.setdefault(site, []).append((said["period_id"], said["report"], age(said["release_id"])[0], place))
        known = workspace.partners.get(partner or "")
        names[site] = known.name if known else partner or ""
        languages[site] = (known and known.language) or said["frozen"]["language"]
    _clear(workspace.published_dir, set(shown))
    order = {period.period_id: number for number, period in enumerate(workspace.periods)}
    folders: list[Path] = []
    problems: list[Problem] = []
    for place, found in sorted(shown.items()):
        newest_first = sorted(found, key=lambda one: (-order.get(one[0], -1), one[1], -one[2], one[3]))
        made = Site(
            place=place,
            alliance=workspace.alliance.name,
            description=workspace.alliance.description,
            language=languages.get(place, workspace.alliance.languages[0]),
            partner=names.get(place, ""),
            editions=tuple(edition for *_, edition in newest_first if edition not in unfit),
            withdrawn=tuple(
                Withdrawn(edition, unfit[edition], _replacement(edition, unfit, newest_first))
                for *_, edition in newest_first
                if edition in unfit
            ),
        )
        for has_tables in (True, False):  # editions are shown all the same: messages lead there
            try:
                folders.append(_published(workspace, made, has_tables=has_tables))
                break
            except Exception as error:
                problems += [one for one in problems_of(error, f"published/{place}") if one not in problems]
    return folders, tuple(problems)


def _replacement(place: str, unfit: Collection[str], shown: list[tuple[str, str, int, str]]) -> str | None:
    """Return the edition that stands in the place of one that was withdrawn: of its period, or of the newest one."""
    gone = Path(place)
    later = [
        Path(one)
        for *_, one in shown
        if one not in unfit and Path(one).parents[1] == gone.parents[1] and age(Path(one).name) > age(gone.name)
    ]
    found = [one for one in later if one.parent == gone.parent] or later
    return found[0].as_posix() if found else None


def _published(workspace: Workspace, site: Site, *, has_tables: bool) -> Path:
    from melflow.reports.site import publish

    return publish(site, workspace.editions_dir, workspace.releases_dir, workspace.published_dir, has_tables=has_tables)


def withdrawn_from(published: Path) -> list[tuple[str, str]]:
    """Return the editions that left the published folders because of what was taken back: their place, and why."""
    from melflow.reports.site import WITHDRAWN

    found = set()
    for pointer in [*published.glob("*"), *published.glob("*/*")]:
        editions = pointer.resolve() / "editions"
        for path in editions.rglob(WITHDRAWN) if pointer.is_symlink() else ():
            found.add((path.parent.relative_to(editions).as_posix(), json.loads(path.read_text("utf-8"))["why"]))
    return sorted(found)


def _clear(published: Path, shown: set[str]) -> None:
    """Take away the folders of audiences and partners that have nothing any more."""
    for pointer in [*published.glob("*"), *published.glob("*/*")]:
        if pointer.is_symlink() and pointer.relative_to(published).as_posix() not in shown:
            shutil.rmtree(pointer.resolve(), ignore_errors=True)
            pointer.unlink()


def _editions(workspace: Workspace, now: datetime, at_once: Collection[Path]) -> list[tuple[str, dict[str, Any]]]:
    """Return the editions that are shown, by their folder below ``var/editions``, with their manifests."""
    from melflow.reports.approval import may_go_out

    ledger = Ledger(workspace.landing_dir)
    asked, sent = ledger.asked(), {one.edition for one in ledger.messages().values() if one.has_gone}
    newest: dict[Path, tuple[str, dict[str, Any]]] = {}
    found: dict[str, dict[str, Any]] = {}
    for place, said in made_editions(workspace):
        if said["report"] not in workspace.reports or not may_go_out(workspace.editions_dir / place, said):
            continue
        if place.as_posix() in sent or place in at_once:
            found[place.as_posix()] = said
        elif has_come(workspace, said, now, is_asked=place.as_posix() in asked):
            standing = newest.get(place.parent)
            if standing is None or age(standing[1]["release_id"]) < age(said["release_id"]):
                newest[place.parent] = (place.as_posix(), said)
    return sorted((found | dict(newest.values())).items(), key=lambda one: one[0])
