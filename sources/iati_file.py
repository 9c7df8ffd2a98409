"""Exchanges out of IATI activity files (XML 2.03): organisations that give to others in an activity, and documents.

Money is neither an event nor hours nor documents: transactions never become exchanges. Funders of an activity are its
payers; expenditures or disbursements go to the budget register when the source says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.core.names import fold
from melflow.core.registers import REGISTERS
from melflow.sources import canonical, facts, values
from melflow.sources.iati_xml import Activity, Organisation, n_begun, read_activities
from melflow.sources.payload import UNPLACED, Context, Notes, Origin, Parsed

if TYPE_CHECKING:
    from melflow.core.workspace import ActivityLogSource

#: IATI code list TransactionType: the two that may become lines of the budget register.
_TRANSACTIONS = {"3": "disbursement", "4": "expenditure"}
_BUDGETS = REGISTERS["budgets"]
COUNTS = (
    "activities_not_begun",
    "activities_outside_calendar",
    "activities_of_no_kind",
    "activities_without_two_partners",
    "documents_outside_calendar",
    "documents_without_date",
    "documents_without_partners",
    "documents_of_no_kind",
    "money_of_nobody",
    "money_outside_calendar",
    "money_given_back",
)
_TEXTS = (
    *("exchange_id", "occurred_on_raw", "date_precision", "from_partner_raw", "to_partner_raw", "kind", "channel"),
    *("unit", "topic_id", "cycle_id", "agenda_setter_raw", "host_raw", "payer_raw"),
)
_EXCHANGE: canonical.Schema = {
    **dict.fromkeys(_TEXTS, pl.String),
    "occurred_on": pl.Date,
    "quantity": pl.Float64,
    "source_row": pl.Int64,
}
_MONEY: canonical.Schema = {
    **dict.fromkeys(
        ("budget_line_id", "partner_raw", "period_raw", "line", "kind", "amount_raw", "currency"), pl.String
    ),
    "amount": pl.Float64,
    "source_row": pl.Int64,
}


@dataclass(frozen=True)
class Activities:
    """What a file says.

    Attributes:
        exchanges: As ``activity_log`` finishes them.
        money: Lines of the budget register, not yet canonical.
        notes: What was seen and left out.
    """

    exchanges: pl.DataFrame
    money: pl.DataFrame
    notes: Notes


def read(origin: Origin, content: bytes, config: ActivityLogSource, context: Context) -> Activities:
    """Return the exchanges and the money of an activity file.

    Raises:
        SourceError: It is not an IATI activity file of version 2, or is not safe to read.
    """
    reader = _Reader(config, context)
    exchanges: list[dict[str, Any]] = []
    money: list[dict[str, Any]] = []
    n_activities = n_that_made = 0
    for activity in read_activities(origin, content):
        n_activities += 1
        before = len(exchanges) + len(money)
        exchanges += reader.exchanges(activity)
        money += reader.money(activity)
        n_that_made += len(exchanges) + len(money) > before
    counts: Notes = {name: reader.counts[name] for name in COUNTS}
    notes: Notes = {"reader": "iati", "rows_at_source": n_begun(content), "activities": n_activities}
    notes |= facts.made_of(n_activities, n_that_made, len(exchanges) + len(money))
    unplaced: Notes = {UNPLACED: dict(sorted(reader.unplaced.items()))}
    return Activities(
        pl.DataFrame(exchanges, schema=dict(_EXCHANGE)),
        pl.DataFrame(money, schema=dict(_MONEY)),
        notes | counts | unplaced,
    )


def with_money(origin: Origin, exchanges: Parsed, activities: Activities) -> Parsed:
    """Return the exchanges together with the budget lines of the same file."""
    if activities.money.is_empty():
        return exchanges
    schema = canonical.FACTS[_BUDGETS.table]
    rows = activities.money.select(
        (pl.col(name) if name in activities.money.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
    )
    says = values.joined("partner_raw", "period_raw", "line", "kind", "amount_raw", "currency")
    rows = rows.with_columns(content_hash=says, is_current=pl.lit(True))
    made = facts.assemble(origin, _BUDGETS.table, _BUDGETS.key, "b", rows, says, exchanges.notes)
    n_same = int(str(made.notes["duplicates"])) + int(str(exchanges.notes["duplicates"]))
    notes = exchanges.notes | {"duplicates": n_same}
    return Parsed(exchanges.frames | made.frames, notes, exchanges.conflicts + made.conflicts)


class _Reader:
    """Makes exchanges and budget lines of activities, and counts what it leaves out."""

    def __init__(self, config: ActivityLogSource, context: Context) -> None:
        self.counts: Counter[str] = Counter()
        self.unplaced: Counter[str] = Counter()
        self._rules, self._context = config.iati, context
        self._kinds = {fold(theirs): ours for theirs, ours in config.kinds.items()}
        self._kind = config.constants.get("kind")
        said = {str(meaning): text for meaning, text in config.constants.items() if meaning != "kind"}
        self._said = {(f"{name}_raw" if f"{name}_raw" in _EXCHANGE else name): text for name, text in said.items()}

    def exchanges(self, activity: Activity) -> Iterator[dict[str, Any]]:
        """Yield an event from each giver to each receiver of an activity that began, and the documents it shared."""
        partners = self._partners(activity)
        yield from self._events(activity, partners)
        yield from self._documents(activity, partners)

    def money(self, activity: Activity) -> Iterator[dict[str, Any]]:
        """Yield the transactions of the chosen kind: what the reporting partner spent, or what a partner was handed."""
        for number, transaction in enumerate(activity.transactions, 1):
            if self._rules.money is None or _TRANSACTIONS.get(transaction.type_code) != self._rules.money:
                continue
            holder = activity.reporter if self._rules.money == "expenditure" else transaction.receiver
            partner = self._partner(holder, transaction.on)
            period = None if transaction.on is None else self._period(transaction.on)
            if partner is None:
                self.counts["money_of_nobody"] += 1
            elif transaction.on is not None and period is None:
                self.counts["money_outside_calendar"] += 1
            elif transaction.value is not None and transaction.value < 0:
                self.counts["money_given_back"] += 1  # the register holds what was spent; look at it by hand
            else:
                yield {
                    "budget_line_id": f"{activity.identifier}/{transaction.ref or number}",
                    "partner_raw": partner,
                    "period_raw": period,
                    "line": f"{activity.identifier} {self._rules.money}",
                    "kind": "actual",
                    "amount": transaction.value,
                    "amount_raw": transaction.value_raw,
                    "currency": transaction.currency,
                    "source_row": transaction.row,
                }

    def _partners(self, activity: Activity) -> dict[str, list[str]]:
        """Return the partners by role, each once."""
        found: dict[str, list[str]] = {}
        for role, organisation in activity.participants:
            partner = self._partner(organisation, activity.began_on)
            if partner is not None and partner not in found.setdefault(role, []):
                found[role].append(partner)
        return found

    def _events(self, activity: Activity, partners: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
        kind = self._kinds_of(activity.aid_types) or self._kind
        if kind is None:
            self.counts["activities_of_no_kind"] += 1
            return
        if activity.began_on is None:
            self.counts["activities_not_begun"] += 1
            return
        if not self._context.covers(activity.began_on):
            self.counts["activities_outside_calendar"] += 1
            return
        givers = [one for role in self._rules.givers for one in partners.get(role, [])]
        receivers = [one for role in self._rules.receivers for one in partners.get(role, [])]
        payers = partners.get("funding", [])
        pairs = {(giver, receiver) for giver in givers for receiver in receivers if giver != receiver}
        if not pairs:
            self.counts["activities_without_two_partners"] += 1
        for giver, receiver in sorted(pairs):
            yield self._row(activity.began_on, giver, receiver, kind) | {
                "exchange_id": f"{activity.identifier}/{giver}/{receiver}",
                "unit": "events",
                "payer_raw": payers[0] if len(payers) == 1 else None,  # of several nobody is the payer
                "source_row": activity.row,
            }

    def _documents(self, activity: Activity, partners: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
        """Yield what the reporting partner shared with the others of the activity, where its kind is mapped."""
        reporter = self._partner(activity.reporter, activity.began_on)
        others = sorted({one for named in partners.values() for one in named} - {reporter})
        for number, document in enumerate(activity.documents, 1):
            kind = self._kinds_of(document.categories)
            if kind is None:
                self.counts["documents_of_no_kind"] += 1
            elif document.on is None:
                self.counts["documents_without_date"] += 1
            elif not self._context.covers(document.on):
                self.counts["documents_outside_calendar"] += 1
            elif reporter is None or not others:
                self.counts["documents_without_partners"] += 1
            else:
                for other in others:
                    yield self._row(document.on, reporter, other, kind) | {
                        "exchange_id": f"{activity.identifier}/document {number}/{other}",
                        "unit": "documents",
                        "source_row": document.row,
                    }

    def _row(self, on: date, giver: str, receiver: str, kind: str) -> dict[str, Any]:
        return {
            "occurred_on": on,
            "occurred_on_raw": on.isoformat(),
            "date_precision": "day",
            "from_partner_raw": giver,
            "to_partner_raw": receiver,
            "kind": kind,
            "quantity": 1.0,
        } | self._said

    def _kinds_of(self, codes: tuple[str, ...]) -> str | None:
        return next((self._kinds[fold(code)] for code in codes if fold(code) in self._kinds), None)

    def _period(self, on: date) -> str | None:
        return next((one.period_id for one in self._context.periods if one.starts_on <= on <= one.ends_on), None)

    def _partner(self, organisation: Organisation | None, on: date | None) -> str | None:
        if organisation is None:
            return None
        partner = self._context.names.find_person(organisation.ref, organisation.name, on)
        if partner is None:
            self.unplaced[organisation.name or organisation.ref or "an organisation without name"] += 1
        return partner
