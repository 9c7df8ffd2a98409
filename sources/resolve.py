"""Names to partner ids, dates to periods, persons to pseudonyms: after this nothing personal is left in the frames."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from melflow.core.calendar import Period, period_of
from melflow.core.names import PartnerNames, domain_of, fold
from melflow.core.privacy import pseudonym
from melflow.core.registers import REGISTERS
from melflow.sources.answers import ANSWERED
from melflow.sources.identity import MADE
from melflow.sources.payload import Parsed
from melflow.sources.xlsform import Instruments

_PARTNERS = (
    *("partner", "about_partner", "about_partner_2", "from_partner", "to_partner"),
    *("agenda_setter", "host", "payer"),
    *dict.fromkeys(
        name for register in REGISTERS.values() for name in register.of_kind("partner", "partners") if name != "partner"
    ),
)
#: The day that decides a row's period. An adaptation has the day of its insight beside that of a decision.
_DAYS = ("collected_on", "occurred_on", "insight_date",
         *(register.day for register in REGISTERS.values() if register.day))  # fmt: skip
_PERSONS = ("respondent_raw_hash", "device_hash", "from_person", "to_person", "person", "successor_person")
_IDS = (
    *("submission_id", "version_id", "supersedes_version_id", "exchange_id", "result_id"),
    *(register.key for register in REGISTERS.values()),
)
_PERSONAL_TEXTS = ("value_raw", "value_text", "option")
_REPORTERS = ("reported_by", "confirmed_by")


def resolve(
    parsed: Parsed, names: PartnerNames, periods: Sequence[Period], hash_key: bytes, instruments: Instruments
) -> Parsed:
    """Return the frames with ids of partners and periods, and pseudonyms for persons.

    Args:
        parsed: As ``parse`` gave it.
        names: The registry and its aliases.
        periods: The calendar.
        hash_key: The workspace's secret.
        instruments: Says which items are personal, and the labels of partners in forms.
    """
    frames = {}
    for table, given in parsed.frames.items():
        frame = given
        if table == "src_response":
            frame = _without_persons(_alike(frame, hash_key), instruments, hash_key)
        else:
            frame = _periods(frame, periods)
            frame = _partners(frame, names, _labels(instruments), periods)
            frame = _persons(frame, names, hash_key)
            # somebody who knows the other answers could guess the personal one from a plain hash of all
            frame = frame.with_columns(content_hash=pseudonym(frame["content_hash"], hash_key))
        frames[table] = _keyed(frame, hash_key)
    return replace(parsed, frames=frames)


def _labels(instruments: Instruments) -> dict[tuple[str, str], list[str]]:
    """Return (form, code) -> labels of the choices of items that name a partner: codes need not be partner ids."""
    found: dict[tuple[str, str], list[str]] = {}
    for form in instruments.forms:
        lists = form.items.filter(pl.col("role").is_in(_PARTNERS))["list"].drop_nulls()
        for code, label in (
            form.choices.filter(pl.col("list").is_in(lists.to_list())).select("code", "label").iter_rows()
        ):
            found.setdefault((form.form_id, code), []).extend(json.loads(label).values())
    return found


def _partners(
    frame: pl.DataFrame, names: PartnerNames, labels: dict[tuple[str, str], list[str]], periods: Sequence[Period]
) -> pl.DataFrame:
    on = _days(frame, periods)
    for name in _PARTNERS:
        raw = f"{name}_raw"
        if raw in frame.columns:
            ids = names.resolve(frame[raw], on)
            if "form_id" in frame.columns and ids.null_count() > frame[raw].null_count():
                said = _first_label(frame.select("form_id", raw, day=on), names, labels)
                ids = pl.select(pl.coalesce(ids, said)).to_series()
            frame = frame.with_columns(ids.alias(f"{name}_id"), _without_address(frame[raw]))
    return frame


def _days(frame: pl.DataFrame, periods: Sequence[Period]) -> pl.Series:
    """Return the day on which each row's names are read: its own, else the last of its period."""
    for day in _DAYS:
        if day in frame.columns:
            return frame[day]
    ends = {period.period_id: period.ends_on for period in periods}
    return frame["period_id"].replace_strict(ends, default=None, return_dtype=pl.Date)


def _without_address(raw: pl.Series) -> pl.Series:
    """Return the names with nothing left of an e-mail address but its domain: the rest of it is a person."""
    domains = {text: f"@{domain}" for text in raw.drop_nulls().unique() if "@" in text and (domain := domain_of(text))}
    return raw.replace(domains) if domains else raw


def _first_label(said: pl.DataFrame, names: PartnerNames, labels: dict[tuple[str, str], list[str]]) -> pl.Series:
    """Return the partner that a label of the chosen code names."""
    found: dict[tuple[str, str, date | None], str | None] = {}
    for form, code, day in said.unique().iter_rows():
        ids = (names.find(label, day) for label in labels.get((form, code), ()))
        found[form, code, day] = next(filter(None, ids), None)
    return pl.Series([found[key] for key in said.iter_rows()], dtype=pl.String)


def _periods(frame: pl.DataFrame, periods: Sequence[Period]) -> pl.DataFrame:
    if "period_raw" in frame.columns:
        ids = {fold(text): one.period_id for one in periods for text in (one.label, one.period_id)}
        raw = frame["period_raw"]
        known = {text: ids.get(fold(text)) for text in raw.drop_nulls().unique()}
        return frame.with_columns(period_id=raw.replace_strict(known, default=None, return_dtype=pl.String))
    day = next(day for day in _DAYS if day in frame.columns)
    return frame.with_columns(period_id=period_of(frame[day], periods))


def _persons(frame: pl.DataFrame, names: PartnerNames, hash_key: bytes) -> pl.DataFrame:
    frame = frame.with_columns(pseudonym(frame[name], hash_key) for name in _PERSONS if name in frame.columns)
    for name in _REPORTERS:  # a partner's id, or a person who is none of our business
        if name in frame.columns:
            ids = names.resolve(frame[name], _days(frame, ()))
            frame = frame.with_columns(
                pl.select(pl.coalesce(ids, pseudonym(frame[name], hash_key))).to_series().alias(name)
            )
    if "respondent_id" in frame.columns:
        frame = frame.with_columns(respondent_id=pl.col("respondent_raw_hash"))
    return frame


def _without_persons(frame: pl.DataFrame, instruments: Instruments, hash_key: bytes) -> pl.DataFrame:
    """Replace the answers to personal items by pseudonyms, and what was read from them by null."""
    key = ["instrument_id", "form_version", "item_id"]
    personal = instruments.frames["src_item"].filter("is_personal").select(key).unique()
    marked = frame.join(personal.with_columns(personal=True), on=key, how="left", maintain_order="left")
    is_personal = marked["personal"].fill_null(False)
    if not is_personal.any():
        return frame
    hidden = {name: pseudonym(frame[name].set(~is_personal, None), hash_key) for name in _PERSONAL_TEXTS}
    marker = pl.col("option") == ANSWERED  # says that there is an answer, not which
    return frame.with_columns(
        **{name: pl.when(is_personal).then(hidden[name]).otherwise(name) for name in ("value_raw", "value_text")},
        option=pl.when(is_personal & ~marker).then(hidden["option"]).otherwise("option"),
        **{name: pl.when(~is_personal).then(name) for name in ("value_num", "value_date")},
    )


def _alike(responses: pl.DataFrame, hash_key: bytes) -> pl.DataFrame:
    """Return the answers with the hash that their submission gets, each distinct one keyed once."""
    plain = responses["content_hash"].unique().drop_nulls()
    keyed = responses["content_hash"].replace_strict(plain, pseudonym(plain, hash_key), default=None)
    return responses.with_columns(content_hash=keyed)


def _keyed(frame: pl.DataFrame, hash_key: bytes) -> pl.DataFrame:
    """Replace the hashes of content inside ids by keyed ones."""
    for name in _IDS:
        if name in frame.columns:
            made = frame[name].str.extract(rf"{MADE}([0-9a-f]{{16}})$")
            if made.null_count() < frame.height:
                stem = pl.col(name).str.head(-16)
                frame = frame.with_columns(pl.coalesce(stem + pseudonym(made, hash_key), name).alias(name))
    return frame
