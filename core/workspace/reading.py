"""Workspace files to plain data with line numbers. Types are the models' business: every YAML and CSV value is text.

So ``version: 1``, ``language: no`` and ``2024-07-01`` mean what they say, whatever YAML would make of them.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from melflow.core.errors import Problem
from melflow.core.workspace.positions import Place, Positions, toml_positions

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is ten times as quick where it is built
_NULL = {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True)
class Document:
    """One file as read; ``data`` is None when it could not be."""

    file: str
    data: Any
    positions: Positions
    problems: tuple[Problem, ...] = ()

    def where(self, path: Place) -> str:
        """Return file:line of a value."""
        return f"{self.file}:{self.positions.line(path)}"


@dataclass(frozen=True)
class Table:
    """One CSV file as read: rows as dictionaries without their empty cells."""

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]  # line, cells
    problems: tuple[Problem, ...] = ()


def read_toml(path: Path, file: str) -> Document:
    """Read a TOML file."""
    text, problems = _text(path, file)
    try:
        return Document(file, tomllib.loads(text), toml_positions(text), problems)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found[1]) if found else max(1, len(text.splitlines()))
        seen = re.sub(r" \(at .*\)", "", str(error)).lower()
        fix = f'Correct line {line}: keys look like name = "text", and a table starts with [name].'
        return Document(file, None, Positions({}), (Problem(f"{file}:{line}", "the file is valid TOML", seen, fix),))


def read_yaml(path: Path, file: str) -> Document:
    """Read a YAML file; values stay text, lists and mappings become lists and dictionaries."""
    text, problems = _text(path, file)
    if problems:
        return Document(file, None, Positions({}), problems)
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Document(file, None, Positions({}), (_yaml_problem(file, mark.line + 1 if mark else 1, error),))
    except yaml.YAMLError as error:  # a sign that YAML does not allow, such as a control character
        seen = str(error).splitlines()[0]
        fix = "Retype the line in a plain text editor."
        return Document(file, None, Positions({}), (Problem(f"{file}:1", "the file is valid YAML", seen, fix),))
    building = _Building(file)
    try:
        data = {} if node is None else building.value(node, ())
    except RecursionError:
        fix = "Look for brackets that are opened again and again."
        deep = Problem(f"{file}:1", "the file is valid YAML", "hundreds of brackets inside each other", fix)
        return Document(file, None, Positions({}), (deep,))
    if data is None and not building.problems:  # the whole file is "null"
        data = {}
    return Document(file, data, Positions(building.lines), tuple(building.problems))


def read_table(path: Path, file: str, known: tuple[str, ...]) -> Table:
    """Read a CSV file with a header; the separator is the one that finds most known columns.

    Args:
        path: The file.
        file: Its name in problems.
        known: Columns the file may have.
    """
    text, problems = _text(path, file)
    first = text.split("\n", 1)[0]
    sign = max(",;\t", key=lambda s: len({part.strip(' "\r') for part in first.split(s)} & set(known)))
    found = list(problems)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    header: tuple[str, ...] = ()
    rows: list[tuple[int, dict[str, str]]] = []
    line = 1
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if not header:
                header = tuple(cells)
            elif len(cells) != len(header) and any(cells):
                seen = f"{len(cells)} cells under {len(header)} columns"
                fix = "Add the missing separators, or put text that contains the separator in double quotes."
                found.append(Problem(f"{file}:{line}", "each line has as many cells as the header", seen, fix))
            elif any(cells):
                rows.append((line, {name: cell for name, cell in zip(header, cells, strict=True) if cell}))
            line = reader.line_num + 1
    except csv.Error as error:
        fix = "Look for a double quote that is not closed on this line or before it."
        found.append(Problem(f"{file}:{line}", "the file is valid CSV", str(error), fix))
    return Table(file, header, tuple(rows), tuple(found))


def _text(path: Path, file: str) -> tuple[str, tuple[Problem, ...]]:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        fix = "Save the file as UTF-8 (in Excel: 'CSV UTF-8'; in a text editor: encoding UTF-8)."
        seen = "a letter in another encoding"
        return "", (Problem(f"{file}:{line}", "the file is saved as UTF-8", seen, fix),)


def _yaml_problem(file: str, line: int, error: yaml.MarkedYAMLError) -> Problem:
    seen = error.problem or "something else"
    fix = f"Look at line {line} and the one before it: indentation, a missing ':' or an unclosed quote."
    if "mapping values are not allowed" in seen:
        fix = "Put text that contains ': ' in double quotes, and check the indentation."
    elif "'\\t'" in seen or "tab" in seen or "cannot start any token" in seen:
        fix = "Indent with spaces, not tabs, and put text that starts with a sign such as % or @ in double quotes."
    return Problem(f"{file}:{line}", "the file is valid YAML", seen, fix)


@dataclass
class _Building:
    """Turns YAML nodes into data and remembers lines."""

    file: str
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    visited: set[int] = field(default_factory=set)

    def value(self, node: yaml.Node, path: Place) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return None if not node.style and node.value in _NULL else str(node.value)
        if id(node) in self.visited:  # an alias: refused, because it can refer to itself without end
            fix = "Write the lines out again instead of using & and *."
            self._problem(node, "a file has no anchors and aliases", "an alias (*)", fix)
            return None
        self.visited.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, number)) for number, item in enumerate(node.value)]
        return self._mapping(node, path)

    def _mapping(self, node: yaml.Node, path: Place) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(key_node, "a key is one word", "a list or mapping as key", "Write 'key: value'.")
                continue
            key = str(key_node.value)
            if key in data:
                fix = f"Keep one of the two; the first is on line {self.lines[(*path, key)]}."
                self._problem(key_node, "a key stands only once", f"'{key}' again", fix)
                continue
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            data[key] = self.value(value_node, (*path, key))
        return data

    def _problem(self, node: yaml.Node, rule: str, seen: str, fix: str) -> None:
        self.problems.append(Problem(f"{self.file}:{node.start_mark.line + 1}", rule, seen, fix))
