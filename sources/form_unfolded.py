"""Rows of a form that stand for several questions: loops, and KoboToolbox's own scores, ranks and matrices.

What is deployed, and what the data are called by, are the questions they unfold to; see the names in each function.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from melflow.sources.formrows import Row, question_type

Choices = dict[str, list[Row]]  # list -> its rows
_BEGIN = re.compile(r"begin[ _](?P<kind>loop|score|rank|kobomatrix)(?: over (?P<list>\S+))?", re.IGNORECASE)
_OTHER_END = re.compile(r"end[ _](?P<kind>loop|score|rank|kobomatrix|matrix)", re.IGNORECASE)


def unfold(survey: list[Row], choice_rows: list[Row]) -> list[Row]:
    """Return the survey with every loop, score, rank and matrix unfolded to groups of plain questions."""
    if not any(_BEGIN.fullmatch(row.get("type", "").strip()) for row in survey):
        return survey
    choices: Choices = {}
    for row in choice_rows:
        choices.setdefault(row.get("list_name", ""), []).append(row)
    for _, name, other in (question_type(row.get("type", "")) for row in survey):
        if other:
            choices[name] = [*choices.get(name, []), {"list_name": name, "name": "other", "label::": "Other"}]
    rows, _ = _block(iter(survey), choices, "")
    return rows


def _block(rows: Iterable[Row], choices: Choices, kind: str) -> tuple[list[Row], bool]:
    """Return the rows up to the end of a block of this kind, inner blocks unfolded."""
    found: list[Row] = []
    for row in rows:
        said = row.get("type", "").strip()
        begin, end = _BEGIN.fullmatch(said), _OTHER_END.fullmatch(said)
        if begin:
            inner, _ = _block(rows, choices, begin["kind"].lower())
            found += _UNFOLD[begin["kind"].lower()](row, inner, choices, begin["list"] or "")
        elif end and kind:
            return found, True
        else:
            found.append(row)
    return found, False


def _grouped(row: Row, name: str, rows: list[Row]) -> list[Row]:
    group = {key: cell for key, cell in row.items() if key not in ("name", "type") and not key.startswith("mel_")}
    return [{**group, "type": "begin_group", "name": name}, *rows, {"type": "end_group", "row": row["row"]}]


def _score(row: Row, inner: list[Row], choices: Choices, name: str) -> list[Row]:
    """Return ``score/question`` for each row; the scale is the same list."""
    kind = f"select_one {row.get('kobo--score-choices', '')}"
    required = {"required": row["required"]} if "required" in row else {}
    return _grouped(row, row.get("name", ""), [{**one, **required, "type": kind} for one in inner])


def _rank(row: Row, inner: list[Row], choices: Choices, name: str) -> list[Row]:
    """Return ``rank/level`` for each level, the thing ranked there being the answer."""
    kind = f"select_one {row.get('kobo--rank-items', '')}"
    return _grouped(row, row.get("name", ""), [{**one, "type": kind, "required": "true"} for one in inner])


def _matrix(row: Row, inner: list[Row], choices: Choices, name: str) -> list[Row]:
    """Return ``matrix_line/matrix_line_column`` for each line and column."""
    found: list[Row] = []
    for line in choices.get(row.get("kobo--matrix_list", ""), []):
        base = f"{row.get('name', '')}_{line.get('name', '')}"
        renamed = {f"${{{one.get('name', '')}}}": f"${{{base}_{one.get('name', '')}}}" for one in inner}
        columns = [
            {
                **{
                    key: _replaced(cell, renamed) if key in ("relevant", "constraint") else cell
                    for key, cell in one.items()
                },
                **_beside(line, one, " - "),
                "name": f"{base}_{one.get('name', '')}",
            }
            for one in inner
        ]
        found += _grouped({**row, **_labels(line)}, base, columns)
    return found


def _loop(row: Row, inner: list[Row], choices: Choices, name: str) -> list[Row]:
    """Return ``loop/choice/question`` for each choice of the list; %(name)s and %(label)s stand for the choice."""
    found: list[Row] = []
    for line in choices.get(name, []):
        words = {"%(name)s": line.get("name", ""), "%(label)s": next(iter(_labels(line).values()), "")}
        rows = [
            {
                key: cell
                if key == "row"
                else _replaced(_replaced(cell, {"%(label)s": line.get(key, "")} if key in line else {}), words)
                for key, cell in one.items()
            }
            for one in inner
        ]
        found += _grouped({**_labels(line), "row": row["row"]}, line.get("name", ""), rows)
    return _grouped(row, row.get("name", ""), found)


_UNFOLD: dict[str, Callable[[Row, list[Row], Choices, str], list[Row]]] = {
    "score": _score,
    "rank": _rank,
    "kobomatrix": _matrix,
    "loop": _loop,
}


def _labels(row: Row) -> Row:
    return {key: cell for key, cell in row.items() if key.startswith("label::")}


def _beside(left: Row, right: Row, sign: str) -> Row:
    """Return labels in which what the line says stands before what the column says."""
    return {key: f"{left[key]}{sign}{cell}" if key in left else cell for key, cell in _labels(right).items()}


def _replaced(text: str, words: dict[str, str]) -> str:
    for word, by in words.items():
        text = text.replace(word, by)
    return text
