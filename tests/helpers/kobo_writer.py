"""Exports as KoboToolbox writes them, from submissions as its API gives them."""

import json
from collections.abc import Sequence
from typing import Any

from melflow.sources.xlsform import Form


class KoboWriter:
    """Writes exports as KoboToolbox does: in any language, sign between groups and layout of choices and repeats."""

    def __init__(
        self, form: Form, language: str = "", sign: str = "/", groups: bool = True, multiple: str = "one"
    ) -> None:
        self.form, self.language, self.sign, self.groups, self.multiple = form, language, sign, groups, multiple
        self.types = {
            path: (kind, name) for path, kind, name in form.items.select("item_path", "type", "list").iter_rows()
        }
        self.labels = dict(form.items.select("item_path", "label").iter_rows())
        self.choices: dict[str, dict[str, str]] = {}
        for name, code, label in form.choices.select("list", "code", "label").iter_rows():
            self.choices.setdefault(name, {})[code] = json.loads(label).get(language, code)

    def header(self, path: str) -> str:
        names = path.split("/")
        groups = ["/".join(names[: length + 1]) for length in range(len(names) - 1)]
        words = [
            self.form.groups.get(group, {}).get(self.language, name) for group, name in zip(groups, names, strict=False)
        ]
        own = json.loads(self.labels[path]).get(self.language, names[-1])
        return self.sign.join([*words, own] if self.groups else [own])

    def cells(self, path: str, value: str, header: str = "") -> dict[str, str]:
        kind, name = self.types[path]
        header = header or self.header(path)
        said = self.choices.get(name, {})
        if kind == "select_one":
            return {header: said.get(value, value)}
        if kind != "select_multiple":
            return {header: value}
        chosen = value.split()
        whole = {header: " ".join(said.get(code, code) for code in chosen)}
        parts = {f"{header}{self.sign}{label}": "1" if code in chosen else "0" for code, label in said.items()}
        return (whole if self.multiple != "many" else {}) | (parts if self.multiple != "one" else {})

    def sheets(self, submissions: Sequence[dict[str, Any]], main: str = "data") -> dict[str, list[list[Any]]]:
        """Return a sheet with the submissions and one for each repeat, joined on _index and _parent_index."""
        rows: dict[str, list[dict[str, Any]]] = {main: []}
        for submission in submissions:
            self._add(rows, main, submission, {})
        named: dict[str, list[list[Any]]] = {}
        for name, found in rows.items():
            named[f"{name[:29]}_1" if name[:31] in named else name[:31]] = _table(found)
        return named

    def _add(
        self, rows: dict[str, list[dict[str, Any]]], name: str, record: dict[str, Any], links: dict[str, Any]
    ) -> None:
        row: dict[str, Any] = {}
        rows.setdefault(name, []).append(row)
        index = len(rows[name])
        for key, value in record.items():
            if isinstance(value, list):
                for inner in value:
                    if isinstance(inner, dict):
                        self._add(
                            rows, key.rpartition("/")[2], inner, {"_parent_table_name": name, "_parent_index": index}
                        )
            else:
                row |= self.cells(key, str(value)) if key in self.types else {key: value}
        row |= {"_index": index, **links}

    def flat(self, submissions: Sequence[dict[str, Any]]) -> list[list[Any]]:
        """Return one table with the number of the repetition in the header."""
        found = []
        for submission in submissions:
            row: dict[str, Any] = {}
            self._flatten(submission, "", "", row)
            found.append(row)
        return _table(found)

    def _flatten(self, record: dict[str, Any], path: str, place: str, row: dict[str, Any]) -> None:
        for key, value in record.items():
            below = key.removeprefix(path).strip("/")
            here = f"{place}/{below}".strip("/")
            if isinstance(value, list):
                for number, inner in enumerate(value, 1):
                    self._flatten(inner, key, f"{here}[{number}]", row)
            else:
                row |= self.cells(key, str(value), here) if key in self.types else {key: value}


def _table(rows: list[dict[str, Any]]) -> list[list[Any]]:
    headers = list(dict.fromkeys(key for row in rows for key in row))
    return [headers, *([row.get(header, "") for header in headers] for row in rows)]
