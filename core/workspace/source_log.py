"""sources/<name>.yml of exchanges between partners: rows of a log, meetings, messages, activities of IATI."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from pydantic import Field, TypeAdapter, ValidationError, ValidationInfo, field_validator

from melflow.core.names import choose
from melflow.core.workspace.fields import DecimalSign, Declared, Finding, IsoDate, Text, refuse
from melflow.core.workspace.source_base import DateFormats, TableSource, absent

ExchangeKind = Literal["advice", "document", "visit", "mentoring", "data", "co-design"]
Channel = Literal["in_person", "online"]
ExchangeUnit = Literal["events", "hours", "documents"]
ExchangeColumn = Literal[
    "exchange_id",
    "occurred_on",
    "from_partner",
    "to_partner",
    "kind",
    "channel",
    "quantity",
    "unit",
    "topic_id",
    "cycle_id",
    "meeting_id",
    "reply_to",
    "from_person",
    "to_person",
    "agenda_setter",
    "host",
    "payer",
    "reported_by",
    "confirmed_by",
]
ChatColumn = Literal["message_id", "author", "sent_at", "reply_to", "mentions", "room"]
LogColumn = Literal[ExchangeColumn, ChatColumn]
LogFormat = Literal["rows", "calendar", "chat", "iati"]
IatiRole = Literal["funding", "accountable", "extending", "implementing"]

_ROWS, _CHAT = get_args(ExchangeColumn), get_args(ChatColumn)
_NEEDED = ("occurred_on", "from_partner", "to_partner", "kind")
#: What a file of another format does not say, and the source may therefore say for all of it.
_OPEN: Mapping[str, tuple[str, ...]] = {
    "rows": _ROWS,
    "calendar": ("kind", "channel", "topic_id", "cycle_id", "agenda_setter", "payer"),
    "chat": ("kind", "channel", "topic_id", "cycle_id"),
    "iati": ("kind", "channel", "topic_id", "cycle_id", "agenda_setter", "host"),
}
_DAY = TypeAdapter(IsoDate)
_OR_CONSTANT = " (what every row has in common stands in 'constants' instead)"


class IatiRules(Declared):
    """How organisations of an activity become givers and receivers, and which money goes to the budget register."""

    givers: tuple[IatiRole, ...] = Field(
        default=("extending",), min_length=1, description="Roles of the participating organisations that give."
    )
    receivers: tuple[IatiRole, ...] = Field(
        default=("implementing",), min_length=1, description="Roles of those that receive."
    )
    money: Literal["expenditure", "disbursement"] | None = Field(
        default=None,
        description="Transactions that become lines of the budget register: what reporting partners spent themselves, "
        "or what partners were handed. Never both: the same money would count twice. Empty: none.",
    )


class ActivityLogSource(TableSource):
    """Exchanges between partners: a log, one exchange a row; a calendar; a chat or forum; IATI activities."""

    connector: Literal["activity_log"]
    format: LogFormat = Field(
        default="rows",
        description="What the files are. rows: CSV, workbook, JSON Lines or a JSON list; calendar: iCalendar (.ics); "
        "chat: messages of a chat or forum, one a row; iati: IATI activities (XML 2.03).",
    )
    columns: dict[LogColumn, Text] = Field(
        default={},
        description="Meaning: header text (or key) in the file. rows need here or in 'constants': occurred_on, "
        "from_partner, to_partner, kind. chat: only what is not called message_id, author, sent_at, reply_to, "
        "mentions or room. A calendar and IATI have none.",
        json_schema_extra={"properties": {name: {"type": "string"} for name in get_args(LogColumn)}},
    )
    constants: dict[ExchangeColumn, Text] = Field(
        default={},
        validate_default=True,  # what 'columns' needs may stand here
        description="Meaning: what every row says, where the log has no column for it. A date is year-month-day. In a "
        "calendar, chat or IATI file 'kind' is that of everything 'kinds' does not know.",
        json_schema_extra={
            "properties": {
                "occurred_on": {"type": "string", "format": "date"},
                "kind": {"enum": list(get_args(ExchangeKind))},
                "channel": {"enum": list(get_args(Channel))},
                "unit": {"enum": list(get_args(ExchangeUnit))},
            }
        },
        examples=[{"occurred_on": "2025-01-15", "kind": "advice", "unit": "hours"}],
    )
    date_formats: DateFormats = ("%Y-%m-%d",)
    decimal: DecimalSign = Field(default=".", description="Decimal sign of quantities.")
    kinds: dict[Text, ExchangeKind] = Field(
        default={},
        validate_default=True,
        description="The log's word: kind of exchange. In a calendar the words are categories, in a chat rooms, in "
        "IATI codes of aid types (of activities) and of document categories (of documents).",
    )
    channels: dict[Text, Channel] = Field(default={}, description="The log's word: channel.")
    units: dict[Text, ExchangeUnit] = Field(default={}, description="The log's word: unit of the quantity.")
    one_sided: bool | None = Field(
        default=None,
        description="Whether each row is the word of the partner that reports it, so that the other side's report of "
        "the same exchange, in this or another log, confirms it and is not counted again. Empty: yes where 'partner' "
        "is given, no in a log kept for all.",
    )
    iati: IatiRules = Field(default=IatiRules(), description="How IATI activities are read.")

    @property
    def is_one_sided(self) -> bool:
        """Whether reports of this log are matched with those of the other side."""
        return self.partner is not None if self.one_sided is None else self.one_sided

    @field_validator("columns", mode="after")
    @classmethod
    def _columns_fit(cls, value: dict[LogColumn, str], info: ValidationInfo) -> dict[LogColumn, str]:
        meant = {"rows": _ROWS, "chat": _CHAT}.get(info.data.get("format", ""), ())
        rule = f"a key of 'columns' is a meaning of format {info.data.get('format')}"
        found = [
            Finding(rule, f"'{key}'", choose(key, meant) if meant else "Remove it.", (key,))
            for key in value
            if key not in meant and "format" in info.data
        ]
        if found:
            raise refuse(*found)
        return value

    @field_validator("constants", mode="after")
    @classmethod
    def _constants_fit(cls, value: dict[ExchangeColumn, str], info: ValidationInfo) -> dict[ExchangeColumn, str]:
        columns, form = info.data.get("columns"), info.data.get("format")
        found = list(_misfits(value))
        if columns is not None and form is not None:  # else a problem of its own
            rule, fix = "a meaning has a column or a constant, not both", "Remove one of the two."
            found += [Finding(rule, f"'{key}' in both", fix, (key,)) for key in value if key in columns]
            rule = f"a constant of format {form} is one of {', '.join(_OPEN[form])}"
            found += [Finding(rule, f"'{key}'", "Remove it.", (key,)) for key in value if key not in _OPEN[form]]
            if form == "rows":
                found += absent([*columns, *value], _NEEDED, _OR_CONSTANT)
        if found:
            raise refuse(*found)
        return value

    @field_validator("kinds", mode="after")
    @classmethod
    def _has_kind(cls, value: dict[str, ExchangeKind], info: ValidationInfo) -> dict[str, ExchangeKind]:
        constants = info.data.get("constants")
        if (
            info.data.get("format", "rows") != "rows"
            and constants is not None
            and not value
            and "kind" not in constants
        ):
            rule = f"'kinds' or the constant 'kind' says what is exchanged in a {info.data['format']} file"
            raise refuse(Finding(rule, "neither", "Write 'constants: {kind: advice}', or map the file's words."))
        return value


def _misfits(constants: Mapping[ExchangeColumn, str]) -> Iterable[Finding]:
    """Find constants that no row could have."""
    sets = {"kind": get_args(ExchangeKind), "channel": get_args(Channel), "unit": get_args(ExchangeUnit)}
    for key, text in constants.items():
        if key in sets and text not in sets[key]:
            yield Finding(f"the constant '{key}' is one of {', '.join(sets[key])}", f"'{text}'",
                          choose(text, sets[key]), (key,))  # fmt: skip
    if "occurred_on" in constants:
        try:
            _DAY.validate_python(constants["occurred_on"])
        except ValidationError:
            rule, fix = "a date is a day of the calendar written year-month-day", "Write a day such as 2025-01-15."
            yield Finding(rule, f"'{constants['occurred_on']}'", fix, ("occurred_on",))
