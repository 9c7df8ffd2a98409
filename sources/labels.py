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
    keys = [key_of(header or "", language) for header in headers]
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
    options: tuple[tuple[str, str], ...]  # what a header says for it, code

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def _items(form: Form, language: str, within: frozenset[str]) -> list[_Item]:
    choices: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, code, label in form.choices.select("list", "code", "label").iter_rows():
        said = [code] if language == XML else [json.loads(label).get(language, code)]
        choices[name] += [(key_of(text, language), code) for text in said]
    found = []
    for path, kind, list_name, label in form.items.select("item_path", "type", "list", "label").iter_rows():
        if path not in within:
            continue
        options = choices.get(list_name, []) if kind == SELECT_MULTIPLE else []
        if language == XML:
            words = path.split("/")
            options = [*options, *_labelled(form, list_name, options)]
        else:
            own = json.loads(label).get(language, path.rpartition("/")[2])
            words = [key_of(text, language) for text in (*_group_labels(form, path, language), own)]
        found.append(_Item(path, tuple(words), tuple(options)))
    return found


def _labelled(form: Form, list_name: str, options: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the labels of options in any language, for exports that have names of questions with labels of options."""
    if not options:
        return []
    listed = form.choices.filter(pl.col("list") == list_name).select("code", "label")
    said = dict.fromkeys((text, code) for code, label in listed.iter_rows() for text in json.loads(label).values())
    codes = dict(options)
    return [(text, code) for text, code in said if text not in codes]


def _signs(keys: list[str], items: list[_Item]) -> list[str]:
    """Return what may stand between groups, questions and options instead of ``/``, the commonest first.

    It is what headers have between the words of a question: any text without letters and digits.
    """
    votes: Counter[str] = Counter()
    ordered = sorted(set(keys))
    for item in items:
        for words in (item.words, *((item.words[-1], option) for option, _ in item.options)):
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
def key_of(text: str, language: str) -> str:
    """Return what is compared of a header or label: names as they are, labels without capitals and accents."""
    return text.strip() if language == XML else fold(text.translate(STRAIGHT))


def _targets(keys: list[str], items: list[_Item], language: str, sign: str) -> dict[str, list[Target]]:
    """Return what each header may mean: group/question, question, and the same with /option for select_multiple."""
    targets: dict[str, list[Target]] = defaultdict(list)
    names = Counter(item.words[-1] for item in items)
    owned = Counter(item.name for item in items)
    columns = Counter(keys)
    for item in items:
        name = item.words[-1]
        # without groups a name that several questions have can only be told by the order of columns
        plain = language != XML or names[name] == 1 or columns[name] == names[name]
        # options of one label are told by the order of columns; fewer columns than options could be any of them
        said = Counter(option for option, _ in item.options)
        headers = dict.fromkeys((sign.join(item.words), *([name] if plain else [])))
        for header in headers:
            targets[header].append(Target(item.path))
        if language != XML:  # exports with labels may keep the question's name before those of its options
            own = [item.path, *([item.name] if owned[item.name] == 1 else [])]
            headers |= dict.fromkeys(key_of(text, language) for text in own)
        for header in headers:
            for option, code in item.options:
                if columns[f"{header}{sign}{option}"] in (0, said[option]):
                    targets[f"{header}{sign}{option}"].append(Target(item.path, code, option))
    return targets


def _group_labels(form: Form, path: str, language: str) -> list[str]:
    names = path.split("/")[:-1]
    paths = ["/".join(names[: length + 1]) for length in range(len(names))]
    return [form.groups.get(group, {}).get(language, group.rpartition("/")[2]) for group in paths]
