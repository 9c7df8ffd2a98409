"""IATI activity files (XML 2.03) as plain objects: only what this pipeline uses, read without trusting the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from melflow.core.errors import MelflowError
from melflow.sources.xlsx_package import scan

if TYPE_CHECKING:
    from lxml.etree import _Element

    from melflow.sources.payload import Origin

MAX_BYTES = 512 * 1024**2  # IATI publishers split their files long before
#: IATI code list OrganisationRole.
_ROLES = {"1": "funding", "2": "accountable", "3": "extending", "4": "implementing"}
_ACTUAL_START = "2"  # code list ActivityDateType
_FIX = "Download the publisher's activity file again, from its own site or the IATI registry."


@dataclass(frozen=True)
class Organisation:
    """An organisation as a file names it: its identifier and its name."""

    ref: str | None
    name: str | None


@dataclass(frozen=True)
class Transaction:
    """Money that moved, or was spent; ``on`` is the day it did."""

    ref: str | None
    type_code: str
    on: date | None
    value: float | None
    value_raw: str
    currency: str | None
    receiver: Organisation | None
    row: int


@dataclass(frozen=True)
class Document:
    """A document an activity links to, with the codes of its categories and the day it was published."""

    categories: tuple[str, ...]
    on: date | None
    row: int


@dataclass(frozen=True)
class Activity:
    """One activity; ``began_on`` is its actual start, None while it is planned."""

    identifier: str
    reporter: Organisation
    participants: tuple[tuple[str, Organisation], ...]
    began_on: date | None
    aid_types: tuple[str, ...]
    transactions: tuple[Transaction, ...]
    documents: tuple[Document, ...]
    row: int


def read_activities(origin: Origin, content: bytes) -> Iterator[Activity]:
    """Yield the activities of a file.

    Entities, document types and addresses in the file are never followed.

    Raises:
        SourceError: It is not XML, carries a document type, is too large, or is not an activity file of version 2.
    """
    root = _root(origin, content)
    for element in root.iterchildren("iati-activity"):
        yield _activity(origin, element, root.get("default-currency"))


def n_begun(content: bytes) -> int:
    """Return how many activities a file has, by another parser, and without a look inside them."""
    names: list[str] = []
    scan(content, lambda name, _: names.append(name) if name == "iati-activity" else None)
    return len(names)


def _root(origin: Origin, content: bytes) -> _Element:
    from lxml import etree

    if len(content) > MAX_BYTES:
        seen = f"{len(content) // 1024**2} MB"
        raise origin.error(f"an activity file has at most {MAX_BYTES // 1024**2} MB", seen, "Split it by year.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise origin.error(
            "an activity file is complete XML", "text that is not", _FIX, f"line {line}" if line else ""
        ) from error
    if root.getroottree().docinfo.doctype:
        seen = "a document type, which can make a file unfold without end"
        raise origin.error("an activity file has no document type", seen, "Remove the line <!DOCTYPE …>.")
    if root.tag != "iati-activities" or not (root.get("version") or "").startswith("2."):
        raise _other_file(origin, root)
    return root


def _other_file(origin: Origin, root: _Element) -> MelflowError:
    version = root.get("version")
    seen = f"<{root.tag}>" + (f" of version {version}" if version else " without a version")
    return origin.error("the file is <iati-activities> of version 2, such as 2.03", seen, _FIX)


def _activity(origin: Origin, element: _Element, currency: str | None) -> Activity:
    identifier = _text(element.find("iati-identifier"))
    if identifier is None:
        rule, fix = "an activity has an iati-identifier", "Ask the publisher to correct it; the standard demands it."
        raise origin.error(rule, "an activity without", fix, f"line {element.sourceline}")
    currency = element.get("default-currency") or currency
    dates = (_day(one.get("iso-date")) for one in element.findall("activity-date") if one.get("type") == _ACTUAL_START)
    kinds = [one.get("code") for one in element.findall("default-aid-type")]
    kinds += [one.get("code") for one in element.findall("transaction/aid-type")]
    return Activity(
        identifier=identifier,
        reporter=_organisation(element.find("reporting-org")) or Organisation(None, None),
        participants=tuple(_participants(element)),
        began_on=next((day for day in dates if day), None),
        aid_types=tuple(dict.fromkeys(code for code in kinds if code)),
        transactions=tuple(_transaction(one, currency) for one in element.findall("transaction")),
        documents=tuple(_document(one) for one in element.findall("document-link")),
        row=int(element.sourceline or 0),
    )


def _participants(element: _Element) -> Iterator[tuple[str, Organisation]]:
    for one in element.findall("participating-org"):
        organisation, role = _organisation(one), _ROLES.get(one.get("role") or "")
        if organisation is not None and role is not None:
            yield role, organisation


def _organisation(element: _Element | None) -> Organisation | None:
    if element is None:
        return None
    ref, name = (element.get("ref") or "").strip(), _text(element.find("narrative"))
    return Organisation(ref or None, name) if ref or name else None


def _transaction(element: _Element, currency: str | None) -> Transaction:
    kind, day, value = (element.find(name) for name in ("transaction-type", "transaction-date", "value"))
    raw = _text(value) or ""
    return Transaction(
        ref=(element.get("ref") or "").strip() or None,
        type_code=(kind.get("code") or "") if kind is not None else "",
        on=_day(day.get("iso-date") if day is not None else None),
        value=_number(raw),
        value_raw=raw,
        currency=(value.get("currency") if value is not None else None) or currency,
        receiver=_organisation(element.find("receiver-org")),
        row=int(element.sourceline or 0),
    )


def _document(element: _Element) -> Document:
    day = element.find("document-date")
    codes = tuple(code for one in element.findall("category") if (code := one.get("code")))
    return Document(codes, _day(day.get("iso-date") if day is not None else None), int(element.sourceline or 0))


def _text(element: _Element | None) -> str | None:
    return " ".join("".join(element.itertext()).split()) or None if element is not None else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "").strip()[:10])
    except ValueError:
        return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
