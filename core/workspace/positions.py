"""Where a value stands: from the path of keys to the line of the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: Keys and list positions from the top of a file down to a value.
Place = tuple[str | int, ...]

_TABLE = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*([A-Za-z0-9_-]+|"[^"]*"|'[^']*')\s*(?:\.|=)""")


@dataclass(frozen=True)
class Positions:
    """Lines of one file, counted from 1."""

    lines: Mapping[Place, int]

    def line(self, path: Place) -> int:
        """Return the line of the value, or of the nearest thing around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def toml_positions(text: str) -> Positions:
    """Find the lines of tables and of the keys directly in them; tomllib keeps none."""
    lines: dict[Place, int] = {(): 1}
    table: Place = ()
    quoted = False  # inside a text of many lines
    for number, line in enumerate(text.splitlines(), start=1):
        was_quoted = quoted
        if (line.count('"""') + line.count("'''")) % 2:
            quoted = not quoted
        if was_quoted:
            continue
        if header := _TABLE.match(line):
            table = tuple(part.strip(" \t\"'") for part in header[1].split("."))
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, key[1].strip("\"'")), number)
    return Positions(lines)
