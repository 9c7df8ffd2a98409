"""What all workspace files share: the base model, the kinds of values, and references from file to file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator
from pydantic.types import StringConstraints
from pydantic_core import PydanticCustomError

from melflow.core.names import choose

PublishLevel = Literal["internal", "partners", "funder", "public"]
PUBLISH_ORDER: tuple[PublishLevel, ...] = ("internal", "partners", "funder", "public")
DecimalSign = Literal[".", ","]


@dataclass(frozen=True)
class Finding:
    """A broken rule inside one file, before the file and line are known.

    Attributes:
        rule: The rule, as a sentence without a full stop.
        seen: What was found.
        fix: What to do, as a sentence.
        path: Keys and list positions from the validated value down to the place.
    """

    rule: str
    seen: str
    fix: str
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True)
class Known:
    """What the other files declare; None means that file could not be read, so nothing is held against it."""

    partners: frozenset[str] | None = None
    periods: tuple[str, ...] | None = None
    constructs: frozenset[str] | None = None
    languages: tuple[str, ...] | None = None
    indicators: frozenset[str] | None = None
    has_instruments: bool = True


class Declared(BaseModel):
    """Base of everything declared in a workspace file: frozen, and unknown keys are refused."""

    #: The file's name is the thing's name: the loader sets ``name``, and the file may not.
    named_by_file: ClassVar[bool] = False

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_absent(cls, data: Any) -> Any:
        """Let ``key:`` without a value mean the key's default."""
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value is not None or key not in cls.model_fields}


def refuse(*findings: Finding) -> PydanticCustomError:
    """Return the error that carries findings through pydantic to ``problems.explain``."""
    return PydanticCustomError("melflow", "{rules}", {"rules": "; ".join(f.rule for f in findings), "found": findings})


def known(info: ValidationInfo) -> Known:
    """Return what the other files declare, as far as the caller knows it."""
    return info.context if isinstance(info.context, Known) else Known()


def refuse_repeats(values: Iterable[str], what: str, *below: str) -> None:
    """Refuse a list that names the same thing twice.

    Args:
        values: The ids, in the order of the list.
        what: The word for one of them.
        below: Keys from a list entry down to its id.

    Raises:
        PydanticCustomError: An id is repeated; placed on each repetition.
    """
    seen: set[str] = set()
    found: list[Finding] = []
    for number, value in enumerate(values):
        if value in seen:
            rule, fix = f"each {what} stands only once", "Remove the repetition, or give it its own id."
            found.append(Finding(rule, f"'{value}' again", fix, (number, *below)))
        seen.add(value)
    if found:
        raise refuse(*found)


def refuse_earlier(end: date | None, start: date | None, end_name: str, start_name: str) -> None:
    """Refuse an end before its start.

    Raises:
        PydanticCustomError: The end is earlier than the start.
    """
    if end is not None and start is not None and end < start:
        rule = f"'{end_name}' is on or after '{start_name}'"
        raise refuse(Finding(rule, f"{end_name} {end}, {start_name} {start}", f"Correct one of the two dates ({end})."))


def refuse_foreign_period(value: str, info: ValidationInfo, *also: str) -> None:
    """Refuse a period id that the calendar does not have.

    Args:
        value: The period id.
        info: Carries what melflow.toml declares.
        also: Words that may stand instead.

    Raises:
        PydanticCustomError: The calendar is known and has no such period.
    """
    periods = known(info).periods
    if periods is not None and value not in (*periods, *also):
        fix = f"{choose(value, (*periods, *also))} Or move 'last' on in melflow.toml."
        raise refuse(Finding("a period is one of the calendar in melflow.toml", f"'{value}'", fix))


def _identifier(value: str) -> str:
    if re.fullmatch(r"[a-z0-9]+(?:[_-][a-z0-9]+)*", value):
        return value
    words = re.sub(r"[^a-z0-9]+", "_", value.casefold()).strip("_")
    rule = "an id has only a-z, 0-9 and single _ or - between them"
    raise refuse(Finding(rule, f"'{value}'", f"Write '{words}'." if words else "Write a short id such as 'city_lab'."))


def _iso_date(value: Any) -> Any:
    if isinstance(value, datetime):
        value = value.isoformat()
    if not isinstance(value, str):
        return value
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip()):
            return date.fromisoformat(value.strip())
    except ValueError:
        pass
    fix = "Write year-month-day with numbers, such as 2024-07-01."
    raise refuse(Finding("a date is a day of the calendar written year-month-day", f"'{value}'", fix))


def _cron(value: str) -> str:
    from cronsim import CronSim, CronSimError

    fix = "Write five fields: minute, hour, day, month, weekday. '0 6 * * 1' is Mondays at 06:00."
    fields = value.upper().split()
    rule = "a schedule is a cron expression of five fields"
    if len(fields) != 5:
        raise refuse(Finding(rule, f"{len(fields)} fields in '{value}'", fix))
    if "L" in fields[2] or re.search(r"L|#", fields[4]):  # Prefect's scheduler reads these differently
        raise refuse(Finding("a schedule uses only numbers, names and the signs * , - /", f"'{value}'", fix))
    try:
        CronSim(value, datetime(2024, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise refuse(Finding(rule, f"'{value}' ({str(error).casefold()})", fix)) from error
    return " ".join(value.split())


def inside(value: str) -> str:
    """Return a path that stays inside the workspace.

    Raises:
        PydanticCustomError: It leads out, or is not written with /.
    """
    parts = PurePosixPath(value).parts
    outside = PureWindowsPath(value).drive or value.startswith(("/", "~")) or ".." in parts
    if not outside and "\\" not in value:
        return value
    rule = "a path stays inside the workspace, with / between folders"
    fix = f"Write '{value.replace(chr(92), '/')}'."
    if outside:
        fix = "Put the files in the workspace's inbox folder, and write a path such as 'inbox/kobo/*.csv'."
    raise refuse(Finding(rule, f"'{value}'", fix))


def _reference(pick: Callable[[Known], Iterable[str] | None], rule: str) -> AfterValidator:
    def check(value: str, info: ValidationInfo) -> str:
        choices = pick(known(info))
        if choices is not None and value not in choices:
            raise refuse(Finding(rule, f"'{value}'", choose(value, choices)))
        return value

    return AfterValidator(check)


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Identifier = Annotated[Text, AfterValidator(_identifier)]
IsoDate = Annotated[date, BeforeValidator(_iso_date)]
Cron = Annotated[Text, AfterValidator(_cron), Field(examples=["0 6 * * 1", "0 5 1 1,7 *"])]
InsidePath = Annotated[Text, AfterValidator(inside)]
Language = Annotated[Text, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$"), Field(examples=["en", "es", "fr"])]
Labels = Annotated[dict[Language, Text], Field(min_length=1, examples=[{"en": "Trust", "es": "Confianza"}])]
Share = Annotated[float, Field(ge=0, le=1)]

PartnerRef = Annotated[Text, _reference(lambda k: k.partners, "a partner is one of partners.csv")]
ConstructRef = Annotated[Text, _reference(lambda k: k.constructs, "a construct is one of framework.yml")]
IndicatorRef = Annotated[Text, _reference(lambda k: k.indicators, "an indicator is one of indicators.csv")]
NamedRef = Annotated[
    Text,
    _reference(
        lambda k: None if k.constructs is None or k.indicators is None else {*k.constructs, *k.indicators},
        "a name is of a construct of framework.yml or of an indicator of indicators.csv",
    ),
]
LanguageRef = Annotated[Language, _reference(lambda k: k.languages, "a language is one of melflow.toml")]
