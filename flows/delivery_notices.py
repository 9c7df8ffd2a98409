"""What the data officer is told by mail: editions held or waiting, messages in doubt, what broke.

Each thing is told until the mail server took it once; `melflow status` says the same at any time. No name or address
of a person stands in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melflow.core.errors import MelflowError, Problem
from melflow.core.landing import LandingStore
from melflow.core.mail import send
from melflow.core.release_ids import age
from melflow.flows.delivery_handing import NO_CONTACT, NO_MAIL, NOT_SENT
from melflow.flows.delivery_ledger import BOUNCED, DEFERRED, INVITATIONS, REFUSED, UNKNOWN, Ledger, still_open
from melflow.flows.delivery_message import message_id, words
from melflow.flows.delivery_unaddressed import unaddressed
from melflow.flows.editions import made_editions
from melflow.flows.failures import problems_of
from melflow.flows.pages import withdrawn_from
from melflow.flows.release import current
from melflow.flows.reply_asking import open_rounds, received

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace
    from melflow.flows.delivery_handing import Delivery
    from melflow.flows.delivery_ledger import Message
    from melflow.flows.edition_job import Published
    from melflow.flows.intake import Intake


@dataclass(frozen=True)
class Held:
    """The newest edition of a report and period, held by its gate and not approved.

    Attributes:
        edition: Its folder below ``var/editions``.
        reasons: As the gate says them.
        report: Its report.
        narrative: Where the team's words that it lacks go; None where it lacks none.
    """

    edition: str
    reasons: tuple[str, ...]
    report: str
    narrative: str | None


def held_editions(workspace: Workspace) -> list[Held]:
    """Return the editions that are held, of each report, partner and period the newest one only."""
    from melflow.reports.approval import may_go_out

    newest: dict[Path, tuple[str, dict[str, Any]]] = {}
    for place, said in sorted(made_editions(workspace), key=lambda one: age(one[0].name)):
        newest[place.parent] = (place.as_posix(), said)
    return [
        Held(place, tuple(said["gate"]["reasons"]), said["report"], _unwritten(said))
        for place, said in sorted(newest.values(), key=lambda one: one[0])
        if said["report"] in workspace.reports and not may_go_out(workspace.editions_dir / place, said)
    ]


def _unwritten(said: dict[str, Any]) -> str | None:
    frozen = said["frozen"]
    is_missing = frozen.get("needs_narrative") and not frozen.get("narrative")
    return f"narrative/{said['report']}/{said['period_id']}.md" if is_missing else None


def notices(
    workspace: Workspace,
    deliveries: Sequence[Delivery] = (),
    failures: Sequence[Problem] = (),
    editions: Sequence[Published] = (),
) -> dict[str, str]:
    """Return what waits for the data officer: a name for each thing, and the words.

    Args:
        workspace: The workspace.
        deliveries: What this run could not send though it should.
        failures: What broke in this run.
        editions: What this run made, or waits with.
    """
    text = words(workspace.alliance.languages[0])
    found: dict[str, str] = {}
    for held in held_editions(workspace):
        lines = [text["held"], *(f"- {reason}" for reason in held.reasons)]
        lines += [text["narrative_fix"]] if held.narrative else []
        facts = {"edition": held.edition, "report": held.report, "file": held.narrative}
        found[f"held/{held.edition}"] = "\n".join(_filled(line, **facts) for line in [*lines, text["held_fix"]])
    known = Ledger(workspace.landing_dir).messages()
    for one in known.values():
        facts = _facts(one) | {"message_id": (one.ids or (message_id(workspace, one.key),))[-1]}
        for state, fix in ((UNKNOWN, "unknown_fix"), (REFUSED, "address_fix"), (BOUNCED, "address_fix")):
            if who := one.of(state):
                said = f"{text[state]}\n{text[fix]}"
                facts["why"] = one.why_not(who)
                found[f"{state}/{one.key}/{one.attempts}/{_hash(who)}"] = _filled(said, n=len(who), **facts)
        if who := [address for address in still_open(known, one) if one.recipients[address] == DEFERRED]:
            facts["why"] = one.why_not(who)
            found[f"deferred/{one.key}/{_hash(who)}"] = _filled(text["deferred"], n=len(who), **facts)
        if one.added or one.removed:
            found[f"changed/{one.key}"] = _filled(text["changed"], **facts)
    for place, why in withdrawn_from(workspace.published_dir):
        n = sum(len(one.recipients) for one in known.values() if one.edition == place and one.has_gone)
        said = f"{text['withdrawn']} {text['withdrawn_' + why]}"
        found[f"withdrawn/{place}"] = _filled(said, edition=place, n=n)
    for (report, period), who in unaddressed(workspace, datetime.now(UTC)).items():
        facts = {"report": report, "period": period, "partners": ", ".join(who)}
        found[f"unaddressed/{report}/{period}/{_hash(who)}"] = _filled(text["unaddressed"], **facts)
    invited = _invitations(workspace, text) | _replied(workspace, text)
    return found | invited | _of_run(workspace, text, deliveries, failures, editions)


def _facts(one: Message) -> dict[str, Any]:
    return {
        "message": one.key, "edition": one.edition, "group": one.group, "why": one.why, "m": len(one.recipients),
        "added": len(one.added), "removed": len(one.removed),
    }  # fmt: skip


def _invitations(workspace: Workspace, text: dict[str, str]) -> dict[str, str]:
    """Return which partners do not have, or may not have, what they may answer to; nothing once the time is over."""
    is_open = {
        f"{one.report}/{one.period_id}/{one.release_id}" for one in open_rounds(workspace, (), datetime.now(UTC))
    }
    found = {}
    for one in Ledger(workspace.landing_dir, INVITATIONS).messages().values() if is_open else ():
        for state in (UNKNOWN, REFUSED, BOUNCED, DEFERRED):
            if one.edition in is_open and (who := one.of(state)):
                said = text[state] if state == DEFERRED else f"{text[state]}\n{text['reply_fix']}"
                facts = _facts(one) | {"n": len(who), "report": one.edition.partition("/")[0]}
                found[f"invitation/{state}/{one.key}/{_hash(who)}"] = _filled(said, **facts)
    return found


def _replied(workspace: Workspace, text: dict[str, str]) -> dict[str, str]:
    """Return what partners said while they may answer; more of it is told again."""
    found = {}
    for one in open_rounds(workspace, (), datetime.now(UTC)):
        about = one.report, one.period_id, one.release_id
        replies = received(workspace, [one.report])
        said = [its.said.kind for its in replies if (its.report, its.period_id, its.release_id) == about]
        if said:
            facts = {"edition": "/".join(about), "report": one.report}
            counts = {"n": said.count("objection"), "m": said.count("comment")}
            found[f"replied/{'/'.join(about)}/{len(said)}"] = _filled(text["replied"], **facts, **counts)
    return found


def _of_run(
    workspace: Workspace,
    text: dict[str, str],
    deliveries: Sequence[Delivery],
    failures: Sequence[Problem],
    editions: Sequence[Published],
) -> dict[str, str]:
    """Return what is known while a run lasts only."""
    found: dict[str, str] = {}
    for job in deliveries:
        if job.state == NOT_SENT:
            why = "; ".join(map(str, job.problems))
            found[f"stuck/{job.key}/{_hash([why])}"] = _filled(text["stuck"], message=job.key, why=why)
    for state, why in ((NO_CONTACT, "no_contact"), (NO_MAIL, "no_mail")):
        for edition, jobs in groupby(_uninvited(deliveries, state), lambda one: one.key.rpartition("/")[0]):
            who = sorted(one.key.rpartition("/")[2] for one in jobs)
            facts = {"edition": edition, "report": edition.partition("/")[0], "partners": ", ".join(who)}
            found[f"uninvited/{edition}/{_hash(who)}"] = _filled(text["uninvited"], why=text[why], **facts)
    standing = current(workspace) if failures else None
    for problem in failures:  # a cause that comes back after a new release is told again
        name = f"failed/{standing.release_id if standing else 'none'}/{_hash([problem.where, problem.rule])}"
        found[name] = _failed(text, problem)
    for one in editions:
        if one.waits_for == "answers":
            place, day = one.folder.relative_to(workspace.editions_dir), f"{one.waits_until:%Y-%m-%d}"
            until = f"{one.waits_until:%Y-%m-%d %H:%M}"
            words = _filled(text["waits"], edition=place.as_posix(), report=one.report, day=until)
            found[f"waits/{place.parent.as_posix()}/{day}"] = words
    return found


def _failing(workspace: Workspace, intakes: Sequence[Intake]) -> dict[str, str]:
    """Return what keeps sources from being taken in: again when something of the source came since it was told."""
    text, store = words(workspace.alliance.languages[0]), LandingStore(workspace.landing_dir)
    return {
        f"source/{one.source}/{len(store.of_source(one.source))}/{_hash([problem.where, problem.rule])}": _failed(
            text, problem
        )
        for one in intakes
        for problem in one.problems
    }


def _failed(text: dict[str, str], problem: Problem) -> str:
    """Say what broke; what was seen stays out."""
    return _filled(text["failed"], where=problem.where, rule=problem.rule, fix=problem.fix)


def tell(
    workspace: Workspace,
    deliveries: Sequence[Delivery] = (),
    failures: Sequence[Problem] = (),
    editions: Sequence[Published] = (),
    intakes: Sequence[Intake] = (),
) -> tuple[Problem, ...]:
    """Write the data officer one message with what is new; return what kept it from being sent."""
    mail = workspace.mail
    if mail is None or mail.data_officer is None:
        return ()
    ledger = Ledger(workspace.landing_dir)
    told = ledger.told()
    found = notices(workspace, deliveries, failures, editions) | _failing(workspace, intakes)
    new = {name: said for name, said in found.items() if name not in told}
    if not new:
        return ()
    text = words(workspace.alliance.languages[0])
    facts = {"alliance": workspace.alliance.name, "n": len(new)}
    body = "\n\n".join([text["officer_opening"], *new.values(), workspace.alliance.name])
    try:
        send(mail, mail.data_officer, text["officer_subject"].format_map(facts), f"{body}\n")
    except MelflowError as error:
        return error.problems
    ledger.note_told(new)
    return ()


def _uninvited(deliveries: Sequence[Delivery], state: str) -> Iterator[Delivery]:
    return (one for one in deliveries if one.state == state and one.is_invitation)


@contextmanager
def telling(workspace: Workspace, where: str, *, when: bool = True) -> Iterator[None]:
    """Tell the data officer what ends a run, once for each cause, and let it end."""
    try:
        yield
    except Exception as error:
        if when:
            with suppress(MelflowError, OSError):  # the run's own error is the one to be seen
                tell(workspace, failures=problems_of(error, where))
        raise


def _filled(words: str, **facts: object) -> str:
    """Fill a phrase; a reason may have braces of its own."""
    for name, value in facts.items():
        words = words.replace(f"{{{name}}}", str(value))
    return words


def _hash(texts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]
