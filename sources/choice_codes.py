"""What an export says for choices, by label in any of the form's languages, to codes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from melflow.sources.formrows import SELECT_MULTIPLE
from melflow.sources.labels import XML, key_of
from melflow.sources.xlsform import Form


@dataclass
class _Choices:
    """A list in one language: what stands for one choice only. An answer that could be two stays as it is.

    Attributes:
        exact: Label -> code.
        folded: Label without capitals and accents -> code.
    """

    exact: dict[str, str] = field(default_factory=dict)
    folded: dict[str, str] = field(default_factory=dict)


def codes(said: pl.DataFrame, form: Form, tried: Sequence[str]) -> pl.DataFrame:
    """Translate what a file says for choices into codes.

    The language that explains most answers comes first, the others help out; what none explains stays as it is, for
    the checks to hold.

    Args:
        said: Distinct item_path, type, list, value_raw of the select questions.
        form: The form version.
        tried: Languages, ``XML`` included.

    Returns:
        item_path, value_raw, code; only rows whose code differs from what the file says.
    """
    known = {language: _choices(form, language) for language in tried}
    none = _Choices()
    rows = list(said.select("item_path", "type", "list", "value_raw").iter_rows())
    explained = {
        language: [_code(value, kind, lists.get(name, none), language) for _, kind, name, value in rows]
        for language, lists in known.items()
    }
    order = sorted(tried, key=lambda language: -sum(code is not None for code in explained[language]))
    translated = []
    for number, (path, kind, name, value) in enumerate(rows):
        code = next((explained[language][number] for language in order if explained[language][number]), None)
        if code is None and kind == SELECT_MULTIPLE:
            partly = (
                _some(key_of(value, language), value, known[language].get(name, none).folded) for language in order
            )
            code = next((codes for codes in partly if codes not in (None, value)), None)
        translated.append((path, value, code))
    schema = {"item_path": pl.String, "value_raw": pl.String, "code": pl.String}
    frame = pl.DataFrame(translated, schema=schema, orient="row")
    return frame.filter(pl.col("code").is_not_null() & (pl.col("code") != pl.col("value_raw")))


def _choices(form: Form, language: str) -> dict[str, _Choices]:
    said: dict[str, dict[str, dict[str, list[str]]]] = defaultdict(lambda: {"exact": {}, "folded": {}})
    for name, code, label in form.choices.select("list", "code", "label").iter_rows():
        text = code if language == XML else json.loads(label).get(language, code)
        for kind, word in (("exact", text.strip()), ("folded", key_of(text, language))):
            said[name][kind].setdefault(word, []).append(code)
    return {
        name: _Choices(*({word: codes[0] for word, codes in kind.items() if len(set(codes)) == 1}
                         for kind in kinds.values()))
        for name, kinds in said.items()
    }  # fmt: skip


def _code(value: str, kind: str, options: _Choices, language: str) -> str | None:
    """Return the code, of a label as it is written first: "si" and "Sí" may be two choices."""
    for text, codes in ((value.strip(), options.exact), (key_of(value, language), options.folded)):
        code = codes.get(text) if kind != SELECT_MULTIPLE else _several(text, codes)
        if code is not None:
            return code
    return None


def _several(text: str, options: dict[str, str]) -> str | None:
    """Return the codes of choices written one after the other with spaces; longer labels are tried first.

    A label may contain spaces itself, so the text is cut where every piece is a label; None when it cannot be.
    """
    if not text:
        return ""
    for said in sorted(options, key=len, reverse=True):
        if said and (text == said or text.startswith(f"{said} ")):
            rest = _several(text[len(said) :].lstrip(), options)
            if rest is not None:
                return f"{options[said]} {rest}".strip()
    return None


def _some(text: str, value: str, options: dict[str, str]) -> str | None:
    """Return the codes of the known choices among words nobody knows, which stay as they are.

    Gives None where keying changed the number of words, so that the words cannot be put back as they were.
    """
    words, said = text.split(), value.split()
    if len(words) != len(said):
        return None
    found: list[str] = []
    while words:
        length = next((n for n in range(len(words), 0, -1) if " ".join(words[:n]) in options), 0)
        found.append(options[" ".join(words[:length])] if length else said[0])
        del words[: length or 1], said[: length or 1]
    return " ".join(found)
