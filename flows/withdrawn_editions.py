"""Editions that show what may not be shown any more: a consent was taken back, or partners agreed to less since.

They stay in ``var/editions``, leave the published folders, and are sent to nobody any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from melflow.core.errors import TerminalError
from melflow.core.release_ids import age
from melflow.core.warehouse import connect
from melflow.flows.release import current
from melflow.reports.approval import MANIFEST
from melflow.reports.taken_back import Why, taken_back

if TYPE_CHECKING:
    from collections.abc import Mapping

    from melflow.core.workspace import Workspace

#: Answers that counted once and count no more: since when they were here, since when they do not count, and of whom.
_GONE = """
with versions as (
    select submission.*, source.ingested_at, source.deleted_at
    from staging.stg_submissions as submission join raw.src_submission as source using (row_id)
)
select min(ingested_at) filter (has_consent), max(greatest(ingested_at, deleted_at)) filter (is_current),
    list_distinct(list(period_id)), list_distinct(flatten(list([partner_id, about_partner_id, about_partner_2_id])))
from versions
group by source, submission_id
having bool_or(has_consent) and not bool_or(is_current and has_consent and not is_deleted)
"""
_BUILT = "select 1 from information_schema.tables where table_schema = 'staging' and table_name = 'stg_submissions'"


class _Gone(NamedTuple):
    """One person's answers to a form that count no more."""

    since: datetime
    until: datetime
    periods: frozenset[str]
    partners: frozenset[str]


def withdrawn(workspace: Workspace, editions: Mapping[str, dict[str, Any]]) -> dict[str, Why]:
    """Return which editions show what may not be shown any more, and why in a word.

    An edition shows the answers of its period and of those before it; a return report those of its partner's people and
    those about it. One of the newest release may, too: what was taken back after it was made, and is in no release yet.

    Args:
        workspace: The workspace.
        editions: Folder below ``var/editions`` -> manifest.
    """
    newest = current(workspace)
    if newest is None:
        return {}
    gone = _gone_answers(workspace) if editions else []
    found: dict[str, Why] = {}
    for place, said in editions.items():
        release = workspace.releases_dir / Path(place).name
        is_older = age(release.name) < age(newest.release_id) and release.is_dir()
        if any(_shows(workspace, said, one) for one in gone):
            found[place] = "answers"
        elif is_older and (why := _taken_back(release, newest.folder, said)) is not None:
            found[place] = why
    return found


def fit(workspace: Workspace, folders: Iterable[Path]) -> list[Path]:
    """Return the editions that may still be sent, of some that may be of earlier releases."""
    places = {folder: folder.relative_to(workspace.editions_dir).as_posix() for folder in folders}
    said = {place: json.loads((folder / MANIFEST).read_text(encoding="utf-8")) for folder, place in places.items()}
    unfit = withdrawn(workspace, said)
    return [folder for folder, place in places.items() if place not in unfit]


def _taken_back(then: Path, now: Path, said: dict[str, Any]) -> Why | None:
    try:
        return taken_back(then, now, said)
    except TerminalError:  # the calendar has no such period any more: there is nothing to compare
        return None


def _shows(workspace: Workspace, said: dict[str, Any], one: _Gone) -> bool:
    """Say whether somebody's answers were in the release of an edition, in a period and about a partner it shows."""
    made, partner = datetime.fromisoformat(said["created_at"]), said["frozen"]["partner"]
    known = [period.period_id for period in workspace.periods]
    shown = known[: known.index(said["period_id"]) + 1] if said["period_id"] in known else known
    return one.since <= made < one.until and not one.periods.isdisjoint(shown) and partner in (None, *one.partners)


def _gone_answers(workspace: Workspace) -> list[_Gone]:
    if not Path(workspace.warehouse_path).exists():
        return []
    with connect(workspace.warehouse_path, read_only=True) as con:
        rows = con.execute(_GONE).fetchall() if con.execute(_BUILT).fetchone() else []
    return [_Gone(since, until, frozenset(periods), frozenset(partners)) for since, until, periods, partners in rows]
