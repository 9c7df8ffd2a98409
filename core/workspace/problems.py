"""What pydantic refused, as problems with file, line, rule, what was seen and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from melflow.core.errors import Problem
from melflow.core.names import choose
from melflow.core.workspace.fields import Declared, Finding
from melflow.core.workspace.positions import Place
from melflow.core.workspace.reading import Document

#: Keys whose values are personal, or may be a secret in the place of its name: never repeated in a message.
PRIVATE = {"contact", "recipients", "decided_by", "access", "push", "corrections", "token"}
_SECRET = re.compile(r"password|passwd|secret|token|credential|key$", re.IGNORECASE)

_NUMBER = "Write a number with a point as decimal sign and without a unit, such as 0.2."
_LIST = 'Write a list: in YAML one \'- entry\' per line, in TOML ["entry", "entry"].'
_KEYS = "Write 'key: value' lines below it, indented by two spaces."
#: Error type of pydantic: rule after the key's name, and remedy. {…} are filled from pydantic's context.
_RULES: Mapping[str, tuple[str, str]] = {
    "int_parsing": ("is a whole number", "Write a whole number without a unit, such as 30."),
    "int_type": ("is a whole number", "Write a whole number without a unit, such as 30."),
    "int_from_float": ("is a whole number", "Write a whole number without a unit, such as 30."),
    "float_parsing": ("is a number", _NUMBER),
    "float_type": ("is a number", _NUMBER),
    "finite_number": ("is a number", _NUMBER),
    "greater_than": ("is more than {gt}", "Write a number above {gt}."),
    "greater_than_equal": ("is {ge} or more", "Write {ge} or more."),
    "less_than": ("is less than {lt}", "Write a number below {lt}."),
    "less_than_equal": ("is {le} or less", "Write {le} or less."),
    "string_type": ("is text", "Write one piece of text, in quotes if in doubt."),
    "string_too_short": ("is not empty", "Write some text, or remove the key."),
    "tuple_type": ("is a list", _LIST),
    "dict_type": ("has keys and values below it", _KEYS),
    "model_type": ("has keys and values below it", _KEYS),
    "date_type": ("is a date", "Write year-month-day, such as 2024-07-01."),
    "too_short": ("has at least {min_length} entries", "Add what is missing."),
}


def explain(error: ValidationError, model: type[Declared], document: Document) -> Iterator[Problem]:
    """Yield one problem for each thing wrong in a document.

    Args:
        error: What pydantic raised.
        model: The model the whole document was validated against.
        document: The document, for lines.
    """
    for detail in error.errors(include_url=False):
        loc = tuple(part for part in detail["loc"] if part != "[key]")
        if detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]:
            continue  # entries enough, but some are wrong: those are named already
        if detail["type"] == "melflow":
            for finding in detail["ctx"]["found"]:
                yield _of_finding(finding, loc, document)
        elif detail["type"] == "extra_forbidden":
            yield _unknown_key(loc, model, document)
        elif detail["type"] == "missing":
            fix = f"Add '{loc[-1]}' here."
            yield Problem(document.where(loc[:-1]), f"'{loc[-1]}' is required", "no such key or no value", fix)
        else:
            yield _of_pydantic(detail, loc, document)


def _of_finding(finding: Finding, loc: Place, document: Document) -> Problem:
    return Problem(document.where(loc + finding.path), finding.rule, finding.seen, finding.fix)


def _unknown_key(loc: Place, model: type[Declared], document: Document) -> Problem:
    key = str(loc[-1])
    if _SECRET.search(key):
        rule, fix = "secrets never stand in workspace files", "Remove the line, and put the secret in the environment."
        return Problem(document.where(loc), rule, f"the key '{key}'", fix)
    fix = choose(key, _keys_at(model, loc[:-1]))
    return Problem(document.where(loc), "only known keys are used", f"the key '{key}'", fix)


def _of_pydantic(detail: ErrorDetails, loc: Place, document: Document) -> Problem:
    key = next((part for part in reversed(loc) if isinstance(part, str)), "the file")
    context = {
        name: f"{given:g}" if isinstance(given, float) else given for name, given in detail.get("ctx", {}).items()
    }
    value = detail["input"]
    if detail["type"] == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"])
        rule, fix = f"'{key}' is one of {', '.join(choices)}", choose(str(value), choices)
        if detail["loc"][-1] == "[key]":
            rule, fix = "only known keys are used", choose(str(value), choices)
    elif detail["type"] == "string_pattern_mismatch":
        rule, fix = _pattern(key, context["pattern"])
    else:
        rule, fix = _RULES.get(detail["type"], (f"is valid ({detail['msg']})", "Correct the value."))
        rule, fix = f"'{key}' {rule.format(**context)}", fix.format(**context)
    seen = "something else" if PRIVATE & set(loc) else _seen(value)
    return Problem(document.where(loc), rule, seen, fix)


def _pattern(key: str | int, pattern: str) -> tuple[str, str]:
    if "[a-z]{2,3}" in pattern:
        return "a language is a code of two or three letters", "Write a code such as en, es, fr or pt-BR."
    if "[A-Z]{1,3}" in pattern:
        return "a cell is named by its column and row", "Write a cell such as D7."
    if "SHA256" in pattern:
        return "a host key is a fingerprint", "Write SHA256: and 43 signs, as `melflow check` or `ssh-keyscan` says it."
    return f"'{key}' is the name of an environment variable", "Write capitals, digits and _, such as MELFLOW_KEY."


def _seen(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "keys and values"
    text = str(value)
    return f"'{text[:60]}…'" if len(text) > 60 else f"'{text}'"


def _keys_at(model: type[Declared], loc: Place) -> list[str]:
    """Return the keys allowed at a place of a document."""
    for part in loc:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return [key for key in model.model_fields if key != "name" or not model.named_by_file]


def _model_in(annotation: Any) -> type[Declared] | None:
    if isinstance(annotation, type) and issubclass(annotation, Declared):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _model_in(arg)) is not None), None)
