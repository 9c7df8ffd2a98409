"""Exports with labels: which header is which question, which label which choice, in which of the form's languages."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import polars as pl

from melflow.core.names import fold
from melflow.sources.formrows import SELECT_MULTIPLE, STRAIGHT
from melflow.sources.xlsform import Form

XML = ""  # the "language" of exports with names and codes
_LONGEST_SIGN = 5  # between groups
_NUMBERED = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True)
class Target:
    """What a column holds: the answers to an item, or whether one of its options was chosen.

    Attributes:
        path: The item.
        option: Code of the option; None for the answer itself.
        said: What the header says for the option.
        place: Repetition a flattened column is of, such as ``children[2]/toys[1]``.
    """

    path: str
    option: str | None = None
    said: str = ""
    place: str = ""


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


def match(headers: Sequence[str | None], form: Form, tried: Sequence[str], within: frozenset[str]) -> Match:
    """Return the reading of the headers that finds most items, then most columns; the earlier language wins a draw.

    Args:
        headers: The header row.
        form: The form version.
        tried: Languages, ``XML`` included.
        within: Paths of the items that can be in this sheet.
    """
    found = [_read(headers, form, language, within) for language in tried]
    return max(found, key=lambda one: (len(one.paths), len(one.columns)))


def _read(headers: Sequence[str | None], form: Form, language: str, within: frozenset[str]) -> Match:
    """Match the headers in one language, with the sign between groups that the file uses."""
    keys = [_key(header or "", language) for header in headers]
    items = _items(form, language, within)
    best = _match(keys, form, language, items, "/")
    rest = [key for number, key in enumerate(keys) if key and number not in best.columns]
    for sign in _signs(rest, items) if rest else ():
        best = max(best, _match(keys, form, language, items, sign), key=lambda one: len(one.columns))
    return best


@dataclass(frozen=True)
class _Item:
    """An item as headers may name it: the words of its groups and its own, and of its options if it has columns."""

    path: str
    words: tuple[str, ...]
    options: dict[str, str]


def _items(form: Form, language: str, within: frozenset[str]) -> list[_Item]:
    choices = _choices(form, language)
    found = []
    for path, kind, list_name, label in form.items.select("item_path", "type", "list", "label").iter_rows():
        if path not in within:
            continue
        options = choices.get(list_name, {}) if kind == SELECT_MULTIPLE else {}
        if language == XML:
            words = path.split("/")
            options = options | _labelled(form, list_name, options)
        else:
            own = json.loads(label).get(language, path.rpartition("/")[2])
            words = [_key(text, language) for text in (*_group_labels(form, path, language), own)]
        found.append(_Item(path, tuple(words), options))
    return found


def _labelled(form: Form, list_name: str, options: dict[str, str]) -> dict[str, str]:
    """Return the labels of options in any language, for exports that have names of questions with labels of options."""
    if not options:
        return {}
    listed = form.choices.filter(pl.col("list") == list_name).select("code", "label")
    said = {text: code for code, label in listed.iter_rows() for text in json.loads(label).values()}
    return {text: code for text, code in said.items() if text not in options}


def _signs(keys: list[str], items: list[_Item]) -> list[str]:
    """Return what may stand between groups, questions and options instead of ``/``, the commonest first.

    It is what headers have between the words of a question: any text without letters and digits.
    """
    votes: Counter[str] = Counter()
    ordered = sorted(set(keys))
    for item in items:
        for words in (item.words, *((item.words[-1], option) for option in item.options)):
            if len(words) > 1:
                votes.update({sign for key in _starting(ordered, words[0]) if (sign := _between(key, words))})
    return [sign for sign, _ in votes.most_common(2)]


def _starting(ordered: list[str], text: str) -> Iterator[str]:
    """Yield the keys that start with a text; in order they stand together."""
    for place in range(bisect_left(ordered, text), len(ordered)):
        if not ordered[place].startswith(text):
            return
        yield ordered[place]


def _between(key: str, words: Sequence[str]) -> str:
    """Return the sign that makes these words this header, which starts with them; empty when none does."""
    length, rest = divmod(len(key) - sum(map(len, words)), len(words) - 1)
    if rest or not 0 < length <= _LONGEST_SIGN:
        return ""
    sign = key[len(words[0]) : len(words[0]) + length]
    return sign if sign.join(words) == key and not any(letter.isalnum() for letter in sign) else ""


def _match(keys: list[str], form: Form, language: str, items: list[_Item], sign: str) -> Match:
    """Match headers one by one; of items with the same words the first column is the first item."""
    targets = _targets(keys, items, language, sign)
    used: Counter[str] = Counter()
    columns: dict[int, Target] = {}
    for number, key in enumerate(keys):
        if key in targets:
            meant = targets[key]
            if used[key] < len(meant):
                columns[number] = meant[used[key]]
            elif len(meant) == 1 and len(around(meant[0].path, form)) == 1:  # repetitions whose numbers were cut off
                first = next(column for column in columns if keys[column] == key)
                columns[first] = replace(meant[0], place=_place(meant[0].path, form, [1]))
                columns[number] = replace(meant[0], place=_place(meant[0].path, form, [used[key] + 1]))
            used[key] += 1
        elif "[" in key and (bare := _NUMBERED.sub("", key)) in targets:
            meant = targets[bare]
            places = [int(found) for found in _NUMBERED.findall(key)]
            columns[number] = replace(meant[0], place=_place(meant[0].path, form, places))
    return Match(language, columns)


def around(path: str, form: Form) -> list[str]:
    """Return the repeats around an item, outer before inner."""
    return [repeat for repeat in form.repeats if path.startswith(f"{repeat}/")]


def _place(path: str, form: Form, numbers: list[int]) -> str:
    """Return a repetition as ``repeat_path`` says it: ``children[2]/toys[1]``."""
    place, done = "", ""
    for repeat, number in zip(around(path, form), numbers, strict=False):
        place += f"{'/' * bool(place)}{repeat.removeprefix(done).strip('/')}[{number}]"
        done = repeat
    return place


@lru_cache(maxsize=16_384)  # every sheet of every file asks for the labels of every version again
def _key(text: str, language: str) -> str:
    return text.strip() if language == XML else fold(text.translate(STRAIGHT))


def _targets(keys: list[str], items: list[_Item], language: str, sign: str) -> dict[str, list[Target]]:
    """Return what each header may mean: group/question, question, and the same with /option for select_multiple."""
    targets: dict[str, list[Target]] = defaultdict(list)
    names = Counter(item.words[-1] for item in items)
    columns = Counter(keys)
    for item in items:
        name = item.words[-1]
        # without groups a name that several questions have can only be told by the order of columns
        plain = language != XML or names[name] == 1 or columns[name] == names[name]
        for header in dict.fromkeys((sign.join(item.words), *([name] if plain else []))):
            targets[header].append(Target(item.path))
            for option, code in item.options.items():
                targets[f"{header}{sign}{option}"].append(Target(item.path, code, option))
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
