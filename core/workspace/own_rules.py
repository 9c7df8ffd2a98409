"""expectations/*.yml: rules the alliance adds to those that ship with melflow."""

from __future__ import annotations

from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from melflow.core.predicate import PredicateError, to_sql
from melflow.core.workspace.fields import Declared, Finding, Identifier, Text, refuse, refuse_repeats

#: What a sentence may have filled in.
_PLACES = ("seen", "first_day", "last_day")
#: Types of Great Expectations that judge row by row, with the arguments they take besides the column.
TYPES: dict[str, frozenset[str]] = {
    "expect_column_values_to_not_be_null": frozenset(),
    "expect_column_values_to_be_null": frozenset(),
    "expect_column_values_to_be_in_set": frozenset({"value_set"}),
    "expect_column_values_to_not_be_in_set": frozenset({"value_set"}),
    "expect_column_values_to_be_between": frozenset({"min_value", "max_value", "strict_min", "strict_max"}),
    "expect_column_value_lengths_to_be_between": frozenset({"min_value", "max_value"}),
}


def _condition(value: str) -> str:
    try:
        to_sql(value)
    except PredicateError as error:
        raise refuse(Finding("a condition can be read", *error.args)) from error
    return value


def _sentence(value: str) -> str:
    try:
        names = [name for _, name, _, _ in Formatter().parse(value) if name is not None]
    except ValueError:
        names = ["{"]
    if unknown := [name for name in names if name not in _PLACES]:
        rule = "a sentence has no places to fill but {" + "}, {".join(_PLACES) + "}"
        raise refuse(Finding(rule, "'{" + unknown[0] + "}'", "Write the sentence without it."))
    return value


Condition = Annotated[Text, AfterValidator(_condition)]
Sentence = Annotated[Text, AfterValidator(_sentence)]


class OwnRule(Declared):
    """One rule: a condition that holds for a good row, or a type of Great Expectations."""

    id: Identifier = Field(description="Name of the rule, unique in the file.", examples=["hours_of_a_day"])
    severity: Literal["warn", "error", "gate"] = Field(
        default="warn",
        description="warn: the row passes and is counted; error: it is held; gate: the whole batch stops.",
    )
    holds: Condition | None = Field(
        default=None, description="Condition of a good row; where something it needs is empty, the row is not judged.",
        examples=["quantity <= 24"],
    )  # fmt: skip
    among: Condition | None = Field(
        default=None, description="Condition of the rows it is about; empty: all.", examples=["unit = 'hours'"]
    )
    expect: Literal[tuple(TYPES)] | None = Field(  # type: ignore[valid-type]  # the table's keys are the choices
        default=None, description="A type of Great Expectations, in the place of a condition."
    )
    kwargs: dict[str, Any] = Field(default={}, description="Its arguments; 'column' is always one.")
    max_share: float | None = Field(
        default=None, ge=0, lt=1, description="gate: largest share of rows that may break it."
    )
    at_least: int = Field(default=10, ge=1, description="gate: a batch with fewer rows is not stopped.")
    seen: Identifier | None = Field(default=None, description="Column that is quoted as {seen}.", examples=["quantity"])
    reason: Text = Field(description="Why the rule exists.")
    message: Sentence = Field(description="What is wrong, one sentence for the partner.")
    remedy: Sentence = Field(description="What the partner does about it.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> OwnRule:
        if (self.holds is None) == (self.expect is None):
            seen = "both" if self.holds else "neither"
            raise refuse(Finding("a rule has either 'holds' or 'expect'", seen, "Keep the one that is meant."))
        if self.expect:
            known = TYPES[self.expect] | {"column"}
            odd = sorted(set(self.kwargs) - known) or ["no column"] * ("column" not in self.kwargs)
            if odd or self.among or self.severity == "gate":
                rule = f"'{self.expect}' takes {', '.join(sorted(known))}; conditions and gates need 'holds'"
                raise refuse(Finding(rule, odd[0] if odd else "'among' or a gate", "Write it as 'holds'."))
        if (self.severity == "gate") != (self.max_share is not None):
            raise refuse(Finding("a gate, and only a gate, has 'max_share'", self.severity, "Write max_share: 0.5."))
        if "{seen}" in self.message + self.remedy and self.seen is None:
            raise refuse(Finding("{seen} is a column's value", "no 'seen'", "Name the column under 'seen'."))
        return self


class OwnRulesFile(Declared):
    """expectations/<table>.yml: rules for the rows of one canonical table, such as src_exchange."""

    rules: tuple[OwnRule, ...] = Field(min_length=1, description="The rules.")

    @model_validator(mode="after")
    def _ids_once(self) -> OwnRulesFile:
        refuse_repeats((rule.id for rule in self.rules), "rule", "id")
        return self
