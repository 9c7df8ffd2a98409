"""Exports with labels: which header is which question, which label which choice, in which of the form's languages."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from melflow.core.names import fold
from melflow.sources.formrows import SELECT_MULTIPLE
from melflow.sources.xlsform import Form

XML = ""  # the "language" of exports with names and codes


@dataclass(frozen=True)
class Target:
    """What a column holds: the answers to an item, or whether one of its options was chosen."""

    path: str
    option: str | None = None


@dataclass(frozen=True)
class Match:
    """The columns of a file, read in one language.

    Attributes:
        language: A language of the form, or ``XML``.
        columns: Number of the column -> what it holds.
    """

    language: str
    columns: dict[int, Target]

    @property
    def paths(self) -> frozenset[str]:
        """The items that have a column."""
        return frozenset(target.path for target in self.columns.values())


def languages(forms: Iterable[Form], preferred: str | None) -> list[str]:
    """Return the languages to try, ``XML`` first, then the preferred one."""
    spoken = dict.fromkeys(language for form in forms for language in form.languages)
    return [XML, *sorted(spoken, key=lambda language: language != preferred)]


def match(headers: Sequence[str | None], form: Form, tried: Sequence[str]) -> Match:
    """Return the reading of the headers that finds most items; the earlier language wins a draw."""
    found = [_match(headers, form, language) for language in tried]
    return max(found, key=lambda one: len(one.paths))


def _match(headers: Sequence[str | None], form: Form, language: str) -> Match:
    """Match headers one by one; of items with the same label the first column is the first item."""
    targets = _targets(form, language)
    used: Counter[str] = Counter()
    columns: dict[int, Target] = {}
    for number, header in enumerate(headers):
        key = _key(header or "", language)
        if used[key] < len(targets.get(key, ())):
            columns[number] = targets[key][used[key]]
            used[key] += 1
    return Match(language, columns)


def _key(text: str, language: str) -> str:
    return text.strip() if language == XML else fold(text)


def _targets(form: Form, language: str) -> dict[str, list[Target]]:
    """Return what each header may mean: group/question, question, and the same with /option for select_multiple."""
    choices = _choices(form, language)
    targets: dict[str, list[Target]] = defaultdict(list)
    names = Counter(path.rpartition("/")[2] for path in form.items["item_path"])
    for path, kind, list_name, label in form.items.select("item_path", "type", "list", "label").iter_rows():
        name = path.rpartition("/")[2]
        if language == XML:
            headers = {path} | ({name} if names[name] == 1 else set())
        else:
            text = json.loads(label).get(language, name)
            headers = {_key(text, language), _key("/".join([*_group_labels(form, path, language), text]), language)}
        options = choices.get(list_name, {}) if kind == SELECT_MULTIPLE else {}
        for header in headers:
            targets[header].append(Target(path))
            for option, code in options.items():
                targets[f"{header}/{option}"].append(Target(path, code))
    return targets


def _group_labels(form: Form, path: str, language: str) -> list[str]:
    names = path.split("/")[:-1]
    paths = ["/".join(names[: length + 1]) for length in range(len(names))]
    return [form.groups.get(group, {}).get(language, group.rpartition("/")[2]) for group in paths]


def _choices(form: Form, language: str) -> dict[str, dict[str, str]]:
    """Return list -> what the file says for a choice -> code."""
    lists: dict[str, dict[str, str]] = defaultdict(dict)
    for name, code, label in form.choices.select("list", "code", "label").iter_rows():
        said = code if language == XML else json.loads(label).get(language, code)
        lists[name].setdefault(_key(said, language), code)
    return lists


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
    rows = list(said.select("item_path", "type", "list", "value_raw").iter_rows())
    explained = {
        language: [_code(value, kind, lists.get(name, {}), language) for _, kind, name, value in rows]
        for language, lists in known.items()
    }
    order = sorted(tried, key=lambda language: -sum(code is not None for code in explained[language]))
    translated = []
    for number, (path, kind, name, value) in enumerate(rows):
        code = next((explained[language][number] for language in order if explained[language][number]), None)
        if code is None and kind == SELECT_MULTIPLE:
            partly = (_some(_key(value, language), value, known[language].get(name, {})) for language in order)
            code = next((codes for codes in partly if codes not in (None, value)), None)
        translated.append((path, value, code))
    schema = {"item_path": pl.String, "value_raw": pl.String, "code": pl.String}
    frame = pl.DataFrame(translated, schema=schema, orient="row")
    return frame.filter(pl.col("code").is_not_null() & (pl.col("code") != pl.col("value_raw")))


def _code(value: str, kind: str, options: dict[str, str], language: str) -> str | None:
    text = _key(value, language)
    if kind != SELECT_MULTIPLE:
        return options.get(text)
    return _several(text, options)


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
