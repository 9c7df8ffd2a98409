"""A form as the XLSForm workbook partners deploy, with the columns that map its items to measures."""

from __future__ import annotations

from pathlib import Path

from melflow.examples.forms import LANGUAGES, Form, Question, tri
from melflow.examples.xlsx import Book

MEL = ("mel_construct", "mel_level", "mel_reverse", "mel_pii", "mel_key", "mel_side")
_OUT_OF_RANGE = tri("Between 0 and 50 years.", "Entre 0 y 50 años.", "Entre 0 et 50 ans.")
Row = list[str | int | None]


def write(form: Form, path: Path) -> None:
    """Write a form as an XLSForm workbook: survey, choices and settings."""
    settings: list[Row] = [
        ["form_title", "form_id", "version", "default_language"],
        [form.title, form.form_id, form.version, LANGUAGES["en"]],
    ]
    book = Book()
    for name, rows in (("survey", _survey(form)), ("choices", _choices(form)), ("settings", settings)):
        book.table(name, rows)
    book.save(path)


def _survey(form: Form) -> list[Row]:
    """Return the survey sheet; a group opens before its first question and closes after its last."""
    label = [f"label::{language}" for language in LANGUAGES.values()]
    message = [f"constraint_message::{language}" for language in LANGUAGES.values()]
    rows: list[Row] = [["type", "name", *label, "required", "relevant", "constraint", *message, *MEL]]
    inside: tuple[str, ...] = ()
    for question in form.questions:
        if question.path != inside:
            rows += [[f"end_{_kind(form, group)}"] for group in reversed(inside)]
            for group in question.path:
                texts = [form.groups[group][code] for code in LANGUAGES]
                rows.append([f"begin_{_kind(form, group)}", group, *texts])
            inside = question.path
        rows.append(_question(question))
    return rows + [[f"end_{_kind(form, group)}"] for group in reversed(inside)]


def _question(question: Question) -> Row:
    messages = [_OUT_OF_RANGE[code] if question.constraint else None for code in LANGUAGES]
    return [
        question.kind,
        question.name,
        *(question.labels.get(code) for code in LANGUAGES),
        "yes" if question.required else None,
        question.relevant or None,
        question.constraint or None,
        *messages,
        *(question.mel.get(column) or None for column in MEL),
    ]


def _choices(form: Form) -> list[Row]:
    """Return the choices sheet; scores are numbers, as a person would type them."""
    rows: list[Row] = [["list_name", "name", *(f"label::{name}" for name in LANGUAGES.values()), "mel_score"]]
    for list_name, options in form.choices.items():
        for code, (labels, score) in options.items():
            texts = [labels[language] for language in LANGUAGES]
            rows.append([list_name, code, *texts, int(score) if score.isdigit() else score or None])
    return rows


def _kind(form: Form, group: str) -> str:
    return "repeat" if group in form.repeats else "group"
