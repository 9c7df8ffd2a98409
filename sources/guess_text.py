"""A proposed source as YAML: one line per guess, with its reason beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

_BESIDE = 44  # column where reasons start, so that they are read as a column of their own


@dataclass(frozen=True)
class Line:
    """One line of the proposal.

    Attributes:
        key: What is set, indented as it will stand; empty: a remark on a line of its own.
        value: What it is set to.
        comment: Why.
        is_open: Whether somebody has to fill it in; the line is then a remark itself, and `melflow check` asks for it.
    """

    key: str
    value: str | Sequence[Any] | Mapping[str, Any] = ""
    comment: str = ""
    is_open: bool = False


def todo(key: str, value: str, comment: str) -> Line:
    """Return a line that somebody has to fill in."""
    return Line(key, value, comment, is_open=True)


def render(lines: Iterable[Line]) -> str:
    """Return the lines as the text of a file."""
    return "\n".join(_line(one) for one in lines) + "\n"


def _line(line: Line) -> str:
    if not line.key:
        indent = line.comment[: len(line.comment) - len(line.comment.lstrip())]
        return f"{indent}# {line.comment.lstrip()}"
    if line.is_open:
        indent, key = line.key[: len(line.key) - len(line.key.lstrip())], line.key.lstrip()
        return f"{indent}# TODO {key}: {line.value}   # {line.comment}; take the first # and TODO away"
    text = f"{line.key}: {_scalar(line.value)}".rstrip()
    return f"{text:<{_BESIDE}}  # {line.comment}" if line.comment else text


def _scalar(value: str | Sequence[Any] | Mapping[str, Any]) -> str:
    if value == "":
        return ""
    plain = value if isinstance(value, str | Mapping) else list(value)
    written: str = yaml.safe_dump(plain, allow_unicode=True, default_flow_style=True, width=10**6, sort_keys=False)
    return written.removesuffix("\n").removesuffix("\n...")
