"""Conditions an alliance writes in its own rules, turned into SQL without letting any SQL of theirs in.

A condition is read by a grammar of its own; what comes out is put together from our own words, from columns that
exist, and from quoted values. There is no way to name a table, call a function that is not listed, or end a statement.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING, Any

from melflow.core.names import choose

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

_GRAMMAR = r"""
?start: either
?either: both | either "or"i both -> or_
?both: negation | both "and"i negation -> and_
?negation: test | "not"i negation -> not_
?test: sum
     | sum COMPARE sum -> compare
     | sum "is"i "empty"i -> empty
     | sum "is"i "not"i "empty"i -> filled
     | sum "in"i "(" value ("," value)* ")" -> among
     | sum "not"i "in"i "(" value ("," value)* ")" -> not_among
     | sum "between"i sum "and"i sum -> between
     | sum "matches"i STRING -> matches
?sum: product | sum "+" product -> add | sum "-" product -> sub
?product: minus | product "*" minus -> mul | product "/" minus -> div
?minus: atom | "-" minus -> neg
?atom: value | NAME -> column | NAME "(" sum ")" -> call | "(" either ")"
?value: NUMBER -> number | DATE -> date | STRING -> string | TRUTH -> truth
COMPARE: "<=" | ">=" | "<>" | "!=" | "<" | ">" | "="
NUMBER: /\d+(\.\d+)?/
DATE.2: /\d{4}-\d{2}-\d{2}/
STRING: /'[^'\x00]*'|"[^"\x00]*"/
TRUTH.3: /(true|false)\b/i
NAME: /[a-z_][a-z0-9_]*/
%import common.WS
%ignore WS
"""
#: What may be called, with the SQL it stands for.
_FUNCTIONS = {
    "length": "length(cast({} as varchar))",
    "lower": "lower(cast({} as varchar))",
    "trim": "trim(cast({} as varchar))",
    "abs": "abs({})",
    "round": "round({})",
    "year": "year({})",
    "month": "month({})",
}
_LEAVES = ("number", "truth", "date", "string", "column")
_SHAPES = {
    "add": "({} + {})",
    "sub": "({} - {})",
    "mul": "({} * {})",
    "div": "({} / nullif({}, 0))",
    "neg": "(-{})",
    "and_": "({} and {})",
    "or_": "({} or {})",
    "not_": "(not {})",
    "empty": "({} is null)",
    "filled": "({} is not null)",
    "between": "({} between {} and {})",
}


class PredicateError(ValueError):
    """A condition that cannot be read; ``args`` are what was seen and how to fix it."""


def to_sql(text: str, columns: Collection[str] | None = None) -> str:
    """Return the condition as an SQL expression that is true, false or, where something is empty, null.

    Args:
        text: The condition, such as ``quantity <= 24 or unit <> 'hours'``.
        columns: Columns it may name; None: any name of lower-case letters, digits and _.

    Raises:
        PredicateError: It does not read as a condition, or names what does not exist.
    """
    from lark.exceptions import LarkError

    try:
        tree = _parser().parse(text)
    except LarkError as error:
        found = getattr(error, "column", None)
        place = f", from character {found} on" if isinstance(found, int) and found > 0 else ""
        fix = "Write a condition such as quantity <= 24 and unit = 'hours'; docs/data-officer.md lists what is known."
        raise PredicateError(f"'{text}'{place}", fix) from error
    return _sql(tree, columns)


@cache
def _parser() -> Lark:
    from lark import Lark

    return Lark(_GRAMMAR, parser="earley", maybe_placeholders=False)


def _sql(node: Tree[Token] | Token, columns: Collection[str] | None) -> str:
    kind = str(getattr(node, "data", ""))
    parts: list[Any] = list(getattr(node, "children", []))
    if kind in _LEAVES:
        return _leaf(kind, str(parts[0]), columns)
    if kind == "call":
        if str(parts[0]) not in _FUNCTIONS:
            raise PredicateError(f"the function '{parts[0]}'", choose(str(parts[0]), _FUNCTIONS))
        return _FUNCTIONS[str(parts[0])].format(_sql(parts[1], columns))
    if kind == "compare":
        return f"({_sql(parts[0], columns)} {parts[1]} {_sql(parts[2], columns)})"
    if kind == "matches":
        return f"regexp_full_match(cast({_sql(parts[0], columns)} as varchar), {_quoted(str(parts[1])[1:-1])})"
    made = [_sql(part, columns) for part in parts]
    if kind in ("among", "not_among"):
        return f"({made[0]} {'not ' * (kind == 'not_among')}in ({', '.join(made[1:])}))"
    return _SHAPES[kind].format(*made)


def _leaf(kind: str, text: str, columns: Collection[str] | None) -> str:
    if kind == "column":
        return _column(text, columns)
    if kind == "string":
        return _quoted(text[1:-1])
    return f"date '{text}'" if kind == "date" else text.lower()


def _column(name: str, columns: Collection[str] | None) -> str:
    if columns is not None and name not in columns:
        raise PredicateError(f"the column '{name}'", choose(name, columns))
    return f'"{name}"'


def _quoted(text: str) -> str:
    """Return the text as an SQL value; braces, which a later step would read as places to fill, go as characters."""
    whole = "'" + text.replace("'", "''") + "'"
    return whole.replace("{", "' || chr(123) || '").replace("}", "' || chr(125) || '")
