"""What an edition waits for while partners may answer about its figures, and what was said by then."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import permutations
from typing import TYPE_CHECKING, Literal

from melflow.core.release_ids import age
from melflow.core.workspace import Workspace
from melflow.flows.release import Release, find
from melflow.flows.reply_ledger import Ledger, Reply, Round
from melflow.flows.reply_links import key, link_for, signed
from melflow.flows.reply_opening import applies, by_the_clock, closes_at, opens_at
from melflow.flows.withdrawn_editions import fit

if TYPE_CHECKING:
    from melflow.core.workspace.partnerships import Dyad
    from melflow.core.workspace.report import ReportConfig
    from melflow.reports.answer import Answer
    from melflow.reports.edition_data import EditionData
    from melflow.reports.replies import About

#: What an edition waits for: that partners answer, the day they are asked, or that somebody asks for its report; in a
#: trial, that they are asked, which a run would do now.
Wait = Literal["answers", "day", "name", "asking"]


@dataclass(frozen=True)
class Turn:
    """What is to be done about an edition now.

    Attributes:
        release: The one to make it from: the one partners were asked about.
        answers: What partners said, frozen into the edition.
        waits_for: None when it may be made.
        waits_until: Partners may answer until then, or are asked then.
        is_new: The round was opened now.
    """

    release: Release
    answers: tuple[Answer, ...] = ()
    waits_for: Wait | None = None
    waits_until: datetime | None = None
    is_new: bool = False


def turn(
    workspace: Workspace,
    config: ReportConfig,
    period_id: str,
    release: Release,
    now: datetime,
    received: Collection[str] = (),
    *,
    by_name: bool = True,
    is_trial: bool = False,
) -> Turn:
    """Say what is to be done about a report's editions of a period; opens a round when partners have to be asked.

    That is some days before the report goes out; of a report that goes out when asked for, when it is asked for.

    Editions whose round is open, or over without an edition, are made from the release partners were asked about. A
    release with the same figures about partners needs no other round. One that would need it does not take the place
    of an edition that waits to be sent, so that this goes out on its day.

    Args:
        workspace: The alliance's workspace.
        config: The report.
        period_id: The period.
        release: The newest.
        now: The moment.
        received: Folders below ``var/editions`` of the editions that readers have, in whatever language.
        by_name: Somebody asked for the report by its name.
        is_trial: Say what a run would do: no round opens.
    """
    ledger = Ledger(workspace.landing_dir)
    rounds = ledger.rounds(config.name, period_id)
    standing = _standing(workspace, config, period_id, received)
    if standing and standing.is_received and config.late_data == "next":
        return standing.turn
    if standing is None or standing.is_received:
        since = standing.turn.release.release_id if standing else ""
        for one in reversed(rounds):
            made = workspace.editions_dir / config.name / period_id / one.release_id / "edition.json"
            if age(one.release_id) <= age(since) or made.exists() or not _is_there(workspace, one.release_id):
                continue
            asked = find(workspace, one.release_id)
            if now < one.closes_at:
                return Turn(asked, waits_for="answers", waits_until=one.closes_at)
            return Turn(asked, _answers(workspace, ledger, config, period_id, asked))
    numbers = _numbers(workspace, config, period_id, release)
    figures_hash = hashlib.sha256(repr(sorted(numbers.items())).encode()).hexdigest()[:16]
    same = [one for one in rounds if one.figures_hash == figures_hash]
    if not numbers or same:
        return _asked_before(workspace, same, now, release) or Turn(
            release, _answers(workspace, ledger, config, period_id, release)
        )
    if standing and not standing.is_received:
        return standing.turn
    opens = opens_at(workspace, config, period_id)
    if opens is None and not by_name:
        return Turn(release, waits_for="name")
    if opens is not None and now < opens:
        return Turn(release, waits_for="day", waits_until=opens)
    closes = closes_at(workspace, config, period_id, now)
    one = Round(config.name, period_id, release.release_id, figures_hash, now, closes)
    return _asked(ledger, one, release, is_trial=is_trial)


def _asked_before(workspace: Workspace, same: Iterable[Round], now: datetime, release: Release) -> Turn | None:
    """Wait for the end of a round about the same figures whose release is gone: its days are the partners'."""
    open_ = [one.closes_at for one in same if now < one.closes_at and not _is_there(workspace, one.release_id)]
    return Turn(release, waits_for="answers", waits_until=max(open_)) if open_ else None


def _asked(ledger: Ledger, one: Round, release: Release, *, is_trial: bool) -> Turn:
    if is_trial:
        return Turn(release, waits_for="asking", waits_until=one.closes_at)
    ledger.open_round(one)
    return Turn(release, waits_for="answers", waits_until=one.closes_at, is_new=True)


def unfinished(workspace: Workspace, config: ReportConfig) -> list[str]:
    """Return the periods partners were asked about last and of which there is no edition since, oldest first.

    It is made when their time is over, though a report is of a newer period by then.
    """
    if not applies(workspace, config):
        return []
    ledger, found = Ledger(workspace.landing_dir), []
    for period in workspace.periods:
        rounds = [one for one in ledger.rounds(config.name, period.period_id) if _is_there(workspace, one.release_id)]
        folder = workspace.editions_dir / config.name / period.period_id
        made = [age(path.parent.name) for path in folder.glob("*/edition.json")]
        if rounds and max(made, default=age("")) < age(rounds[-1].release_id):
            found.append(period.period_id)
    return found


@dataclass(frozen=True)
class _Standing:
    """An edition that could go out, and whether readers have it."""

    turn: Turn
    is_received: bool


def _standing(
    workspace: Workspace, config: ReportConfig, period_id: str, received: Collection[str]
) -> _Standing | None:
    """Return the newest edition of a period that may go out; one that readers have when no other is to follow it."""
    from melflow.reports.answer import Answer
    from melflow.reports.approval import may_go_out
    from melflow.reports.frozen import place_of

    places = [place_of(config.name, None, language) for language in (None, *config.also_in)]
    manifests = (workspace.editions_dir / config.name / period_id).glob("*/edition.json")
    made = {path.parent: json.loads(path.read_text(encoding="utf-8")) for path in manifests}
    ready = [folder for folder, said in made.items() if may_go_out(folder, said) and _is_there(workspace, folder.name)]
    found = []
    for folder in fit(workspace, ready):
        replies = Answer.read(made[folder]["frozen"].get("replies", ()))
        is_received = any(f"{place}/{period_id}/{folder.name}" in received for place in places)
        found.append(_Standing(Turn(find(workspace, folder.name), replies), is_received))
    is_last = config.late_data == "next"
    return max(found, key=lambda one: (is_last and one.is_received, age(one.turn.release.release_id)), default=None)


def _is_there(workspace: Workspace, release_id: str) -> bool:
    return (workspace.releases_dir / release_id).is_dir()


def figures(workspace: Workspace, config: ReportConfig, period_id: str, release: Release) -> EditionData:
    """Return what the edition will show."""
    from melflow.reports.edition import data_kept, prepared

    frozen = prepared(release.folder, config, workspace, period_id, workspace.editions_dir)
    return data_kept(release.folder, period_id, frozen)


def about(data: EditionData, config: ReportConfig, partner_id: str) -> list[About]:
    """Return the figures about a partner that the edition will show."""
    from melflow.reports.replies import about as found
    from melflow.reports.sections import tables_of

    return found(data, partner_id, tables_of(tuple(config.sections)))


def partners(data: EditionData, config: ReportConfig) -> list[str]:
    """Return the partners the edition has a figure about."""
    return [partner for partner in sorted(data.partners) if about(data, config, partner)]


def reply_link(
    workspace: Workspace, report: str, period_id: str, release_id: str, partner_id: str, now: datetime
) -> str | None:
    """Return a signed link for a partner, for its mail: the address of the page where it may answer, once.

    Returns:
        The address; None without ``public_url`` in melflow.toml [reply], and when no round is open.
    """
    rounds = Ledger(workspace.landing_dir).rounds(report, period_id)
    one = next((one for one in rounds if one.release_id == release_id and now < one.closes_at), None)
    if one is None or workspace.reply.public_url is None:
        return None
    link = link_for((partner_id, report, period_id, release_id), one.closes_at)
    return f"{workspace.reply.public_url.rstrip('/')}/reply/{signed(link, key(workspace, make=True))}"


def _answers(
    workspace: Workspace, ledger: Ledger, config: ReportConfig, period_id: str, release: Release
) -> tuple[Answer, ...]:
    """Return what was said, about this release or an earlier one, of figures that are still the same.

    What is held of earlier periods stands, whatever its numbers are now: nobody was asked about them again.
    """
    replies = ledger.replies(config.name, period_id)
    now = _numbers(workspace, config, period_id, release) if replies else {}
    standing: list[Reply] = []
    for release_id in dict.fromkeys(one.release_id for one in replies):
        if not _is_there(workspace, release_id):
            continue
        asked = find(workspace, release_id)
        then = now if release_id == release.release_id else _numbers(workspace, config, period_id, asked)
        for one in replies:
            place = (one.said.table, one.said.keys)
            if one.release_id == release_id and place in now and now[place] == then.get(place):
                standing.append(one)
    periods = [period.period_id for period in workspace.periods]
    earlier = periods[: periods.index(period_id)]
    before = [one for period in earlier for one in ledger.replies(config.name, period)]
    said = [_answer(workspace, reply) for reply in _last([*before, *standing])]
    return tuple(one for one in said if one.period_id == period_id or one.is_held)


def _numbers(
    workspace: Workspace, config: ReportConfig, period_id: str, release: Release
) -> dict[tuple[str, str], tuple[object, ...]]:
    """Return table and keys -> the numbers, of every figure about a partner."""
    from melflow.reports.replies import values_of

    data = figures(workspace, config, period_id, release)
    return {
        (one.table, one.keys): values_of(one)
        for partner in sorted(data.partners)
        for one in about(data, config, partner)
    }


def _last(replies: Iterable[Reply]) -> list[Reply]:
    """Return the last word of each partner on each figure, in the order it came."""
    in_order = sorted(replies, key=lambda one: one.received_at)
    last = {(one.partner_id, one.said.table, one.said.keys, _period(one)): one for one in in_order}
    return sorted(last.values(), key=lambda one: (one.said.table, one.said.keys, one.received_at, one.partner_id))


def _period(reply: Reply) -> str:
    """Return the period of a figure; empty where the table has none, and the next period's word is on the same."""
    from melflow.reports.columns import TABLES

    return reply.period_id if any(one.name == "period_id" for one in TABLES.get(reply.said.table, ())) else ""


def _answer(workspace: Workspace, reply: Reply) -> Answer:
    from melflow.reports.answer import Answer

    said = reply.said
    is_held = said.kind == "objection" and _agreed(workspace, said.keys) == "hold"
    given = by_the_clock(workspace, reply.received_at)[0].isoformat()
    return Answer(reply.partner_id, said.table, said.keys, said.kind, said.words, given, is_held, reply.period_id)


def _agreed(workspace: Workspace, keys: str) -> str:
    """Return what an objection to a figure does: hold when one partnership of its pair, or pairs, says so."""
    shared = {name for dyad in _pairs(workspace, json.loads(keys)) for name in dyad.partnership_ids}
    own = [one.objection for one in workspace.partnerships if one.id in shared and one.objection]
    return ("hold" if "hold" in own else own[0]) if own else workspace.reply.objection


def _pairs(workspace: Workspace, keys: dict[str, str | None]) -> list[Dyad]:
    """Return the pairs a figure is of: by its key or its scope, or all that it names on two sides."""
    from melflow.reports.partner_view import WHOSE

    named = keys.get("dyad_id") or (keys.get("scope_id") if keys.get("scope") == "dyad" else None)
    if named is not None:
        return [one for one in workspace.dyads if one.dyad_id == named]
    sides = [set(str(keys[name]).split(", ")) for name in WHOSE if keys.get(name)]
    return [
        one
        for one in workspace.dyads
        if any(one.partner_a in first and one.partner_b in second for first, second in permutations(sides, 2))
    ]
