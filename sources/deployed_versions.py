"""Versions of a form as a server deployed them, beside those under ``instruments/``: data name them as the server does.

KoboToolbox names a version by a uid, ODK Central by the form's own version. A deployed version that asks what a form
under ``instruments/`` asks is that form under one more name. One that asks otherwise is a version of its own; what it
does not say itself (the ``mel_`` columns, lists kept in files) it takes from the workspace's forms of the same id, by
the question's key or name and the choice's code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from melflow.core.errors import Problem, SourceError
from melflow.sources import form_unfolded, form_versions, xlsform
from melflow.sources.formrows import Content, Row, question_type
from melflow.sources.payload import Origin
from melflow.sources.xlsform import Form, Instruments

if TYPE_CHECKING:
    from melflow.core.workspace.framework import Framework

_ASKED = ("item_path", "repeat_path", "type", "is_required", "relevant_expr", "constraint_expr")


@dataclass(frozen=True)
class Deployed:
    """One deployed version as it landed.

    Attributes:
        form_id: The form under ``instruments/`` that the source names.
        uid: The server's name of the version: ``__version__`` in the data of Kobo, ``formVersion`` in Central's.
        address: Where it came from.
        content: The server's JSON, or the XLSForm or XForm it was published from.
        kind: Ending of a file with such content.
        since: When it was deployed, ISO 8601; empty where the content says it, or nobody does.
    """

    form_id: str
    uid: str
    address: str
    content: bytes
    kind: str = ".json"
    since: str = ""


@dataclass(frozen=True)
class Joined:
    """All versions of all forms.

    Attributes:
        instruments: Those under ``instruments/`` and the deployed ones.
        strange: The deployed ones without a counterpart under ``instruments/``.
        unread: Why a deployed version could not be read.
    """

    instruments: Instruments
    strange: tuple[Form, ...]
    unread: tuple[Problem, ...]


def join(instruments: Instruments, deployed: Iterable[Deployed], framework: Framework) -> Joined:
    """Return the forms with the deployed versions among them; without any, the forms as they are.

    Args:
        instruments: The forms under ``instruments/``.
        deployed: Versions that landed; those that a form names already (a JSON file of it) are passed over.
        framework: Says which construct is a capability and which a health dimension.
    """
    forms = list(instruments.forms)
    since: dict[int, str] = {}  # place of a form under instruments -> when it was first deployed
    unread: list[Problem] = []
    for one in deployed:
        own = [(place, form) for place, form in enumerate(forms) if form.form_id == one.form_id]
        named = next((place for place, form in own if one.uid in (form.version, *form.also)), None)
        if named is not None:
            if one.since:
                since[named] = min(since.get(named, one.since), one.since)
            continue
        try:
            form = _read(one, instruments.versions(one.form_id), framework)
        except SourceError as error:
            unread += error.problems
            continue
        twin = next((place for place, other in reversed(own) if _asks_the_same(other, form)), None)
        if twin is not None:
            forms[twin] = replace(forms[twin], also=(*forms[twin].also, one.uid))
            since[twin] = min(since.get(twin, form.since), form.since)
        elif form.items.height:
            forms.append(form)
    count = len(instruments.forms)
    # days order versions only where all of a form's have one: 2024's would come after an undated one of 2025
    undated = {form.form_id for place, form in enumerate(forms[:count]) if not (form.since or since.get(place))}
    for place, day in since.items():
        if place < count and forms[place].form_id not in undated:
            forms[place] = replace(forms[place], since=forms[place].since or day)
    return Joined(Instruments(forms), tuple(forms[count:]), tuple(unread))


def contradictions(instruments: Instruments, one: Deployed, framework: Framework) -> list[str]:
    """Return what a deployed version asks otherwise than the form under ``instruments/`` that has its name."""
    own = next((form for form in instruments.versions(one.form_id) if one.uid in (form.version, *form.also)), None)
    if own is None:
        return []
    published = _read(replace(one, uid=f"{one.uid} as published", since=""), [own], framework)
    return form_versions.changes(Instruments([replace(own, since=""), replace(published, since="")]))


def _read(one: Deployed, lenders: Sequence[Form], framework: Framework) -> Form:
    said = xlsform.READERS[one.kind](Origin("instruments", one.address, "", datetime.now(UTC)), one.content)
    choices = [*said.choices, *_absent(said, lenders)]
    rows = form_unfolded.unfold(said.survey, choices)
    settings = said.settings | {"version": one.uid}
    since = said.since or one.since
    whole = Content(_lent_questions(rows, lenders), _lent_choices(choices, rows, lenders), settings, (), since)
    mark = hashlib.sha256(one.content).hexdigest()[:16]
    return xlsform.made(whole, one.form_id, one.address, mark, framework)


def _asks_the_same(left: Form, right: Form) -> bool:
    """Return whether answers to two versions read alike: the same questions, conditions and choices, in any order."""
    return _asked(left) == _asked(right)


def _asked(form: Form) -> list[tuple[object, ...]]:
    codes = dict(form.choices.group_by("list").agg(pl.col("code").sort()).iter_rows())
    rows = form.items.sort("item_path").select(*_ASKED, "list").iter_rows()
    return [(*row[:-1], tuple(codes.get(row[-1], ()))) for row in rows]


def _lent_questions(rows: list[Row], lenders: Sequence[Form]) -> list[Row]:
    lent: dict[str, Row] = {}
    for form in lenders:  # the newest has the last word
        for row in form.survey_rows:
            mel = _mel(row)
            if mel:
                lent |= {row.get("name", ""): mel, mel.get("mel_key", row.get("name", "")): mel}
    return [_with(row, lent.get(row.get("mel_key", ""), lent.get(row.get("name", ""), {}))) for row in rows]


def _lent_choices(choices: list[Row], rows: list[Row], lenders: Sequence[Form]) -> list[Row]:
    """Return choices with the scores of the same code in the same list, or in the list of the same question."""
    lent: dict[tuple[str, str], Row] = {}
    lists: dict[str, str] = {}
    for form in lenders:
        of_question = {row.get("name", ""): question_type(row.get("type", ""))[1] for row in form.survey_rows}
        named = ((question_type(row.get("type", ""))[1], of_question.get(row.get("name", ""), "")) for row in rows)
        lists |= {mine: theirs for mine, theirs in named if mine and theirs}
        lent |= {(row.get("list_name", ""), row.get("name", "")): mel for row in form.choice_rows if (mel := _mel(row))}
    return [
        _with(row, lent.get((mine, code)) or lent.get((lists.get(mine, mine), code), {}))
        for row in choices
        for mine, code in [(row.get("list_name", ""), row.get("name", ""))]
    ]


def _absent(said: Content, lenders: Sequence[Form]) -> list[Row]:
    """Return the choices of lists that the server keeps in files."""
    named = {question_type(row.get("type", ""))[1] for row in said.survey}
    missing = named - {row.get("list_name", "") for row in said.choices}
    found = {name: [row for row in form.choice_rows if row.get("list_name") == name]
             for form in lenders for name in sorted(missing)}  # fmt: skip
    return [row for rows in found.values() for row in rows]


def _mel(row: Row) -> Row:
    return {key: cell for key, cell in row.items() if key.startswith("mel_")}


def _with(row: Row, lent: Row) -> Row:
    """Return the row with what is lent, unless it says something of its own beside its key."""
    return {**row, **lent, **_mel(row)} if _mel(row).keys() <= {"mel_key"} else row
