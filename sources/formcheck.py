"""Mistakes in instruments, with file, sheet and row: what ``melflow check`` says about forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from melflow.core.errors import Problem
from melflow.core.names import choose, nearest
from melflow.sources import formrows
from melflow.sources.formitems import MISSING_WORDS, number_or_none
from melflow.sources.formrows import Row
from melflow.sources.xlsform import Form, Instruments

if TYPE_CHECKING:
    from melflow.core.workspace.framework import Framework

_SIDES = ("self", "peer", "external", "importance", "current")
_NEED_SIDES = ("importance", "current")
_YES_NO = ("yes", "no")


def check_instruments(instruments: Instruments, framework: Framework) -> list[Problem]:
    """Return everything that is wrong with the forms of a workspace, sorted by place."""
    problems = [problem for form in instruments.forms for problem in _form(form, framework)]
    seen: dict[tuple[str, str], Form] = {}
    for form in instruments.forms:
        other = seen.setdefault((form.form_id, form.version), form)
        if other is not form:
            problems.append(
                Problem(
                    f"{form.source_file}!settings",
                    "each version of a form has its own version text",
                    f"form_id '{form.form_id}' with version '{form.version}', as in {other.source_file}",
                    "Write another version in the settings sheet, or remove one of the two files.",
                )
            )
    return sorted(problems)


def _form(form: Form, framework: Framework) -> Iterator[Problem]:
    survey = formrows.survey(form.survey_rows)
    lists: dict[str, list[Row]] = {}
    for row in form.choice_rows:
        lists.setdefault(row.get("list_name", ""), []).append(row)
    paths: set[str] = set()
    keys: dict[str, str] = {}
    for entry in survey.entries:
        where = f"{form.source_file}!survey!row {entry.row['row']}"
        if entry.path in paths:
            yield Problem(
                where, "each question of a group has its own name", f"'{entry.name}' again", "Give it another name."
            )
        paths.add(entry.path)
        key = entry.row.get("mel_key") or entry.path
        other = keys.setdefault(key, entry.path)
        if other != entry.path:
            fix = "Give each question the key of the one question it was in earlier versions."
            yield Problem(where, "a mel_key names one question of a version", f"'{key}', as of '{other}'", fix)
        if entry.list_name and entry.list_name not in lists and "_from_file" not in entry.row.get("type", ""):
            yield Problem(
                where, "a choice list is on the choices sheet", f"'{entry.list_name}'", choose(entry.list_name, lists)
            )
        yield from _mel_cells(where, entry.row, framework)
        yield from _scale(where, entry, lists.get(entry.list_name, []), framework)
    for name, rows in lists.items():
        yield from _choices(form, name, rows)


def _mel_cells(where: str, row: Row, framework: Framework) -> Iterator[Problem]:
    from melflow.core.workspace.framework import ANSWER_ROLES, ROLES

    constructs = [one.id for kind, one in framework.constructs() if kind != "level"]
    allowed = {
        "mel_construct": [*constructs, *ROLES, *ANSWER_ROLES],
        "mel_level": [one.id for kind, one in framework.constructs() if kind == "level"],
        "mel_side": list(_SIDES),
        "mel_reverse": list(_YES_NO),
        "mel_pii": list(_YES_NO),
    }
    for column, words in allowed.items():
        cell = row.get(column)
        if cell is not None and cell not in words and not (words == list(_YES_NO) and cell.lower() in words):
            yield Problem(
                where, f"{column} is one of the words of framework.yml or of melflow", f"'{cell}'", choose(cell, words)
            )
    needs = [one.id for kind, one in framework.constructs() if kind == "need"]
    if row.get("mel_construct") in needs and row.get("mel_side") not in _NEED_SIDES:
        rule = "a question about a need says in mel_side whether it asks for importance or for the current level"
        yield Problem(where, rule, f"'{row.get('mel_side') or ''}'", "Write 'importance' or 'current'.")
    known = {*allowed, "mel_key", "mel_score"}
    for column in sorted(name for name in row if name.startswith("mel_") and name not in known):
        yield Problem(where, "a mel_ column is one that melflow knows", f"'{column}'", choose(column, known))


def _scale(where: str, entry: formrows.Entry, options: list[Row], framework: Framework) -> Iterator[Problem]:
    measured = {one.id for kind, one in framework.constructs() if kind != "level"}
    if entry.row.get("mel_construct") not in measured or entry.type != formrows.SELECT_ONE or not options:
        return
    scores = {number_or_none(row.get("mel_score", "")) for row in options} - {None}
    if len(scores) < 2:
        yield Problem(
            where,
            "the choices of a measured question have scores",
            f"list '{entry.list_name}' with {len(scores) or 'no'} score{'' if len(scores) == 1 else 's'}",
            "Fill the column mel_score on the choices sheet, or in the form's .map.csv, with a number for each choice.",
        )


def _choices(form: Form, name: str, rows: list[Row]) -> Iterator[Problem]:
    codes: set[str] = set()
    for row in rows:
        where = f"{form.source_file}!choices!row {row['row']}"
        code, score = row.get("name", ""), row.get("mel_score")
        if code in codes:
            yield Problem(where, "each choice of a list has its own name", f"'{code}' again in '{name}'", "Rename one.")
        codes.add(code)
        if score is not None and number_or_none(score) is None and score.lower() not in MISSING_WORDS:
            close = nearest(score, MISSING_WORDS)
            fix = f"Did you mean '{close}'?" if close else f"Write a number, or one of {', '.join(MISSING_WORDS)}."
            yield Problem(where, "mel_score is a number or the reason of a missing answer", f"'{score}'", fix)
