"""``melflow init --likert``: a workspace out of any wide table of Likert answers and the key of its items."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from melflow.core.errors import Problem, WorkspaceError
from melflow.core.names import choose, fold
from melflow.core.workspace.framework import ROLES, SHIPPED
from melflow.examples.xlsx import Book
from melflow.flows import start

FORM = "survey"
_CONSTRUCT = ("construct", "scale", "capability")
_OPTIONAL = ("reverse", "level", "label")
_TAKEN = ("_id", "collected_on", "partner", "respondent")  # columns of the export besides the items
_YES = ("1", "yes", "true", "y", "-1")  # psychometric keys write -1 for a reversed item
_Row = list[str | int | None]


@dataclass(frozen=True)
class Answers:
    """Which columns of a wide table mean what.

    Attributes:
        key: Table of the items: item, construct (or scale), min, max; optional reverse, level, label.
        partner: Whose view an answer is; without it all answers are of one partner.
        respondent: Who answered; replaced by a keyed code before it is stored.
        date: When, year-month-day.
        day: When, for all answers, where the table has no dates.
    """

    key: Path
    partner: str | None = None
    respondent: str | None = None
    date: str | None = None
    day: str | None = None


@dataclass(frozen=True)
class _Item:
    header: str
    name: str
    construct: str
    level: str
    reverse: bool
    low: str
    high: str
    label: str


def write_likert(folder: Path, file: Path, answers: Answers) -> list[str]:
    """Write the workspace: a form made from the key, and the answers as an export of that form.

    Only the columns of the key, the partner, the respondent and the date are copied.

    Returns:
        What the person should know about the data, in sentences.

    Raises:
        WorkspaceError: A column is not there, or the key makes no sense; all problems of the key together.
    """
    table = start.read_table(file)
    shipped = yaml.load(SHIPPED.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506  # everything as text
    items = _items(table, start.read_table(answers.key), [level["id"] for level in shipped["levels"]])
    when = start.days(table, answers.date, answers.day)
    roles = {
        role: table.columns[table.header(column, f"--{role}")]
        for role, column in (("partner", answers.partner), ("respondent", answers.respondent))
        if column
    }
    sample = file.stem.replace("_", " ")
    partners = start.identifiers(roles["partner"].drop_nulls().unique(maintain_order=True)) if answers.partner else None

    start.write_common(folder, sample, when, partners or start.identifiers([sample]))
    said = "A survey alone says nothing of pairs; add partnerships when partners rate each other."
    start.write_yaml(folder / "partnerships.yml", "partnerships", said, {"partnerships": []})
    said = "The constructs of the key stand where the five capabilities stood; the rest is as shipped."
    framework = _framework(shipped | {"valid_from": f"{when[0].year}-01-01"}, items)
    start.write_yaml(folder / "framework.yml", "framework", said, framework)
    _write_form(folder / "instruments" / f"{FORM}.xlsx", sample, items, list(roles))
    inbox = f"inbox/{start.identifier(file.stem)}.csv"
    source = {"connector": "kobo", "title": f"Answers of {file.name}", "path": inbox, "instrument": FORM}
    if partners is None:
        source["partner"] = start.identifier(sample)
    said = "Each row is one filled-in form, with the columns an export of KoboToolbox has."
    start.write_yaml(folder / "sources" / "answers.yml", "source", said, source)
    collected = table.columns[table.header(answers.date, "--date")] if answers.date else None
    start.write(folder / inbox, _export(table, items, roles, collected, when))
    constructs = {item.construct for item in items}
    height = len(next(iter(table.columns.values())))
    return [f"{height} filled-in forms, {len(items)} items of {len(constructs)} constructs."]


def _items(table: start.Table, key: start.Table, levels: list[str]) -> list[_Item]:
    construct = next((name for text in _CONSTRUCT for name in key.columns if fold(name) == text), "construct")
    needed = {name: key.columns[key.header(name, "the key")] for name in ("item", construct, "min", "max")}
    more = {name: next((key.columns[text] for text in key.columns if fold(text) == name), None) for name in _OPTIONAL}
    items: list[_Item] = []
    names = set(_TAKEN)
    problems: list[Problem] = []
    for row in range(len(needed["item"])):
        said = {name: column[row] for name, column in needed.items()}
        extra = {name: None if column is None else column[row] for name, column in more.items()}
        where = f"{key.path.name}!row {row + 2}"
        problems += _wrong(where, table, said, said[construct], extra["level"], levels)
        if None in said.values():
            continue
        name = _name(said["item"], names)
        names.add(name)
        items.append(
            _Item(
                header=next((text for text in table.columns if fold(text) == fold(said["item"])), said["item"]),
                name=name,
                construct=start.identifier(said[construct]),
                level=extra["level"] or levels[0],
                reverse=fold(extra["reverse"] or "") in _YES,
                low=said["min"],
                high=said["max"],
                label=extra["label"] or said["item"],
            )
        )
    if problems:
        raise WorkspaceError(*problems)
    return items


def _wrong(
    where: str, table: start.Table, said: dict[str, Any], construct: str | None, level: str | None, levels: list[str]
) -> list[Problem]:
    """Find what is wrong with one row of the key."""
    for name, text in said.items():
        if text is None:
            return [Problem(where, f"each item has its {name}", "an empty cell", "Fill it in, or delete the row.")]
    problems = []
    if fold(said["item"]) not in {fold(text) for text in table.columns}:
        seen, fix = f"no column '{said['item']}'", choose(said["item"], table.columns)
        problems.append(Problem(where, f"an item is a column of {table.path.name}", seen, fix))
    if not (_is_number(said["min"]) and _is_number(said["max"])) or float(said["min"]) >= float(said["max"]):
        seen = f"min {said['min']}, max {said['max']}"
        problems.append(Problem(where, "min and max are numbers, min the lower", seen, "Write such as 1 and 5."))
    if construct and start.identifier(construct) in (*levels, *ROLES):
        rule, fix = (
            "a construct is not called like a level or a role",
            f"Name it otherwise, such as '{construct} scale'.",
        )
        problems.append(Problem(where, rule, f"'{construct}'", fix))
    if level is not None and level not in levels:
        problems.append(Problem(where, f"a level is one of {', '.join(levels)}", f"'{level}'", choose(level, levels)))
    return problems


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


def _name(header: str, taken: set[str]) -> str:
    """Return the header as the name of a question, which XLSForm restricts; numbered where it is taken."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", header).strip("_") or "item"
    name = plain if not plain[0].isdigit() else f"q_{plain}"
    numbered = (f"{name}_{number}" for number in range(2, len(taken) + 3))
    return next(text for text in (name, *numbered) if text not in taken)


def _framework(shipped: dict[str, Any], items: list[_Item]) -> dict[str, Any]:
    """Return the shipped framework with the key's constructs as its capabilities.

    A shipped one keeps its label; what the framework calls by a name of the key otherwise gives way.
    """
    labels = {one["id"]: one["label"] for one in shipped["capabilities"]}
    used = list(dict.fromkeys(item.construct for item in items))
    own = [{"id": one, "label": labels.get(one, {"en": one.replace("_", " ")})} for one in used]
    rest = {
        name: [one for one in shipped[name] if one["id"] not in used] for name in ("health_dimensions", "expectations")
    }
    framework = shipped | {"capabilities": own} | rest
    if framework["influence_dimension"] in used:
        del framework["influence_dimension"]
    return framework


def _write_form(path: Path, title: str, items: list[_Item], roles: list[str]) -> None:
    header: _Row = ["type", "name", "label", "constraint", "mel_construct", "mel_level", "mel_reverse"]
    rows: list[_Row] = [["date", "collected_on", "Date", None, "collected_on", None, None]]
    rows += [["text", role, role.capitalize(), None, role, None, None] for role in roles]
    rows += [
        [
            "integer" if item.low.isdigit() and item.high.isdigit() else "decimal", item.name, item.label,
            f". >= {item.low} and . <= {item.high}", item.construct, item.level, "yes" if item.reverse else None,
        ]
        for item in items
    ]  # fmt: skip
    book = Book()
    book.table("survey", [header, *rows])
    book.table("choices", [["list_name", "name", "label"]])
    book.table("settings", [["form_title", "form_id", "version"], [title, FORM, "1"]])
    book.save(path)


def _export(
    table: start.Table, items: list[_Item], roles: dict[str, pl.Series], collected: pl.Series | None, when: list[date]
) -> str:
    """Return the answers as KoboToolbox would export them; each row keeps its number as its id."""
    height = len(next(iter(table.columns.values())))
    columns = {
        "_id": pl.Series(range(1, height + 1)).cast(pl.String),
        "collected_on": collected if collected is not None else pl.Series([when[0].isoformat()] * height),
        **roles,
        **{item.name: table.columns[item.header] for item in items},
    }
    return pl.DataFrame(columns).write_csv()
