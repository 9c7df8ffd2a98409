"""Expressions of forms (``relevant``, ``constraint``): XPath as XForms use it, compiled to Polars over many answers.

What is supported is evaluated as the survey tools do it; anything else is refused by name, never guessed. An
expression is null where it needs what is not known, such as the day it was asked on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.sources.xpath_values import (
    FUNCTIONS,
    UnsupportedError,
    Value,
    as_number,
    as_truth,
    days_of,
    moments_of,
)

if TYPE_CHECKING:
    from lark import Lark, Tree

_GRAMMAR = r"""
?start: either
?either: both | either "or" both -> or_
?both: equality | both "and" equality -> and_
?equality: relation | equality "=" relation -> eq | equality "!=" relation -> ne
?relation: sum | relation "<" sum -> lt | relation "<=" sum -> le | relation ">" sum -> gt | relation ">=" sum -> ge
?sum: product | sum "+" product -> add | sum "-" product -> sub
?product: minus | product "*" minus -> mul | product "div" minus -> div | product "mod" minus -> mod
?minus: atom | "-" minus -> neg
?atom: NUMBER -> number
     | STRING -> string
     | "." -> itself
     | REFERENCE -> named
     | PATH -> path
     | "(" either ")"
     | CALL [either ("," either)*] ")" -> call
NUMBER: /\d+(\.\d*)?|\.\d+/
STRING: /"[^"]*"|'[^']*'/
REFERENCE: /\$\{\s*[^}\s]+\s*\}/
PATH: /((current\(\)\/)?(\.\.?\/)*\.\.?\/|\/)?[^\W\d][\w.-]*(\/[^\W\d][\w.-]*)*(?![\w.:-]*\s*\()/
CALL: /[^\W\d][\w:.-]*\s*\(/
%import common.WS
%ignore WS
"""

#: Finds the answer an expression names: ``${name}``, a path, or "." for the question itself.
Resolve = Callable[[str], Value]


def compile_truth(text: str, resolve: Resolve, today: pl.Expr, now: pl.Expr) -> pl.Expr:
    """Return the expression as a column of truths.

    Args:
        text: The expression as the form has it.
        resolve: Finds the answers it names; raises ``UnsupportedError`` for one it cannot give.
        today: Date on which a row was filled in.
        now: UTC time at which a row was filled in.

    Raises:
        UnsupportedError: It does not parse, or uses what is not supported.
    """
    from lark.exceptions import LarkError

    try:
        tree = _parser().parse(text)
    except LarkError as error:
        raise UnsupportedError("it does not read as an expression") from error
    compiler = _Compiler(resolve, today, now)
    found = as_truth(compiler.value(tree))
    return pl.when(pl.all_horizontal(*compiler.needed)).then(found) if compiler.needed else found


@cache
def _parser() -> Lark:
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr")


class _Compiler:
    """Turns a parsed expression into columns."""

    def __init__(self, resolve: Resolve, today: pl.Expr, now: pl.Expr) -> None:
        self._resolve = resolve
        self._today = Value("day", days_of(today))
        self._now = Value("day", moments_of(now))
        #: What must be known for the expression to say anything: the day or time it was asked at.
        self.needed: list[pl.Expr] = []

    def value(self, tree: Tree[Any]) -> Value:
        found: Value = getattr(self, f"_{tree.data.strip('_')}")(tree.children)
        return found

    def _number(self, parts: Sequence[Any]) -> Value:
        return Value("number", pl.lit(float(parts[0])))

    def _string(self, parts: Sequence[Any]) -> Value:
        return Value("text", pl.lit(str(parts[0])[1:-1]))

    def _itself(self, _: Sequence[Any]) -> Value:
        return self._resolve(".")

    def _named(self, parts: Sequence[Any]) -> Value:
        return self._resolve("".join(str(parts[0]).split()))

    def _path(self, parts: Sequence[Any]) -> Value:
        return self._resolve(str(parts[0]))

    def _or(self, parts: Sequence[Any]) -> Value:
        one, other = (as_truth(self.value(part)) for part in parts)
        return Value("truth", one | other)

    def _and(self, parts: Sequence[Any]) -> Value:
        one, other = (as_truth(self.value(part)) for part in parts)
        return Value("truth", one & other)

    def _eq(self, parts: Sequence[Any]) -> Value:
        one, other = (self.value(part) for part in parts)
        if "truth" in (one.kind, other.kind):
            return Value("truth", as_truth(one) == as_truth(other))
        if "number" in (one.kind, other.kind) or one.kind == other.kind == "day":
            return Value("truth", (as_number(one) == as_number(other)).fill_null(False))
        if "day" in (one.kind, other.kind):
            raise UnsupportedError("a date is compared with text")
        return Value("truth", one.expr == other.expr)

    def _ne(self, parts: Sequence[Any]) -> Value:
        return Value("truth", ~self._eq(parts).expr)

    def _lt(self, parts: Sequence[Any]) -> Value:
        return self._ordered(parts, lambda one, other: one < other)

    def _le(self, parts: Sequence[Any]) -> Value:
        return self._ordered(parts, lambda one, other: one <= other)

    def _gt(self, parts: Sequence[Any]) -> Value:
        return self._ordered(parts, lambda one, other: one > other)

    def _ge(self, parts: Sequence[Any]) -> Value:
        return self._ordered(parts, lambda one, other: one >= other)

    def _ordered(self, parts: Sequence[Any], compare: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Value:
        one, other = (self.value(part) for part in parts)
        if {one.kind, other.kind} == {"day", "text"}:
            raise UnsupportedError("a date is compared with text")
        return Value(
            "truth", compare(as_number(one), as_number(other)).fill_null(False)
        )  # NaN is not less and not more

    def _add(self, parts: Sequence[Any]) -> Value:
        one, other = self._numbers(parts)
        return Value("number", one + other)

    def _sub(self, parts: Sequence[Any]) -> Value:
        one, other = self._numbers(parts)
        return Value("number", one - other)

    def _mul(self, parts: Sequence[Any]) -> Value:
        one, other = self._numbers(parts)
        return Value("number", one * other)

    def _div(self, parts: Sequence[Any]) -> Value:
        one, other = self._numbers(parts)
        return Value("number", (one / other).fill_nan(None))

    def _mod(self, parts: Sequence[Any]) -> Value:
        one, other = self._numbers(parts)
        left = one - other * (one / other).fill_nan(None).truncate()  # the sign of the first, as XPath has it
        return Value("number", left.fill_nan(None))

    def _neg(self, parts: Sequence[Any]) -> Value:
        return Value("number", -as_number(self.value(parts[0])))

    def _numbers(self, parts: Sequence[Any]) -> list[pl.Expr]:
        return [as_number(self.value(part)) for part in parts]

    def _call(self, parts: Sequence[Any]) -> Value:
        name = str(parts[0]).rstrip("( \t\r\n")
        given = [part for part in parts[1:] if part is not None]
        if name in ("today", "now") and not given:
            found = self._today if name == "today" else self._now
            self.needed.append(found.expr.is_not_null())
            return found
        known = FUNCTIONS.get(name)
        if known is None:
            raise UnsupportedError(f"the function {name}()")
        least, most, function = known
        if not least <= len(given) <= most:
            raise UnsupportedError(f"{name}() with {len(given)} arguments")
        return function(*(self.value(part) for part in given))
