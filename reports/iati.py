"""The results of an edition as an IATI activity file, version 2.03: what funders hand in to the registry.

Standard: https://iatistandard.org/en/iati-standard/203/activity-standard/ (elements in the order of its schema). A
figure that is withheld or missing has no value, and a comment that says why. A registry is open to everybody: the file
shows what was agreed for the report's audience, and says for whom at its head.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from melflow.core.errors import TerminalError
from melflow.core.names import fold
from melflow.reports import rounding
from melflow.reports.clean import clean
from melflow.reports.context import Context
from melflow.reports.frozen import Frozen
from melflow.reports.own_periods import Series, Value, Window, series, value, windows

if TYPE_CHECKING:
    from lxml.etree import _Element

_LANGUAGE, _NARRATIVE = "{http://www.w3.org/XML/1998/namespace}lang", "narrative"
#: Codelist ResultType.
_TYPES = {"output": "1", "outcome": "2", "impact": "3", "other": "9"}
#: Codelist IndicatorMeasure: 1 unit, 2 percentage. Words for the second, folded.
_PERCENT = {"%", "percent", "per cent", "percentage", "por ciento", "porcentaje", "pour cent", "pourcentage"}
#: Codelists ActivityDateType (2 actual start, 3 planned end) and OrganisationRole (4 implementing).
_START, _END, _IMPLEMENTING = "2", "3", "4"


def iati(context: Context, frozen: Frozen, *others: tuple[Context, Frozen]) -> bytes:
    """Return the file; the same release and report give the same bytes.

    Args:
        context: The edition's.
        frozen: What it was made with.
        others: The same in each of the report's further languages: an activity is published once, so that these
            editions have no file of their own, and their words stand in this one.

    Raises:
        TerminalError: The settings of the standard are missing.
    """
    from lxml import etree

    root = _activities(context, frozen)
    for other, other_frozen in others:
        _put_in_words(root, _activities(other, other_frozen), other.language)
    etree.indent(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8")) + b"\n"


def _put_in_words(element: _Element, other: _Element, language: str) -> None:
    """Put the narratives of the same activity in another language beside those that are there; names stay one."""
    own = [child for child in element if child.tag != _NARRATIVE]
    for child, its in zip(own, (one for one in other if one.tag != _NARRATIVE), strict=True):
        _put_in_words(child, its, language)
    said = element.findall(_NARRATIVE)
    for narrative in other.findall(_NARRATIVE):
        if narrative.text not in [one.text for one in said]:
            narrative.set(_LANGUAGE, language)
            element.insert(element.index(said[-1]) + 1, narrative)


def _activities(context: Context, frozen: Frozen) -> _Element:
    from lxml import etree

    if frozen.iati is None:
        rule, fix = "the format iati needs the settings of the standard", "Add the table [iati] to melflow.toml."
        raise TerminalError.of(f"reports/{frozen.report}.yml", rule, "no [iati]", fix)
    created = context.data.info.created_at.isoformat(timespec="seconds")
    root = etree.Element("iati-activities", {"version": "2.03", "generated-datetime": created})
    root.append(etree.Comment(f" {clean(context.say('iati.agreed', audience=_agreed(context, frozen)))} "))
    activity = _add(
        root,
        "iati-activity",
        {
            "last-updated-datetime": created,
            _LANGUAGE: context.language,
            "default-currency": frozen.iati["default_currency"],
            "humanitarian": "1" if frozen.iati["humanitarian"] else "0",
        },
    )
    _about(context, frozen, frozen.iati, activity)
    _results(context, frozen.iati, activity)
    return root


def _agreed(context: Context, frozen: Frozen) -> str:
    return context.say(f"audience.{frozen.publish_level}")


def _about(context: Context, frozen: Frozen, settings: dict[str, Any], activity: _Element) -> None:
    info = context.data.info
    prefix = settings["activity_prefix"] or settings["reporting_org_ref"]
    _add(activity, "iati-identifier").text = f"{prefix}-{settings['alliance_id']}"
    publisher = {"ref": settings["reporting_org_ref"], "type": settings["reporting_org_type"]}
    _say(_add(activity, "reporting-org", publisher), settings["reporting_org_name"] or info.alliance_name)
    _say(_add(activity, "title"), info.alliance_name)
    date = rounding.date(info.as_of, context.language)
    described = context.say("iati.description", alliance=info.alliance_name, date=date)
    _say(_add(activity, "description", {"type": "1"}), f"{frozen.description} {described}".strip())
    for name in _shown_partners(context) or [settings["reporting_org_name"] or info.alliance_name]:
        _say(_add(activity, "participating-org", {"role": _IMPLEMENTING}), name)
    _add(activity, "activity-status", {"code": settings["activity_status"]})
    _add(activity, "activity-date", {"type": _START, "iso-date": settings["starts_on"]})
    if settings["ends_on"]:
        _add(activity, "activity-date", {"type": _END, "iso-date": settings["ends_on"]})
    for code, percentage in _countries(context, settings["countries"]):
        country = _add(activity, "recipient-country", {"code": code, "percentage": percentage})
        _say(country, context.say("iati.country"))
    _add(activity, "sector", {"vocabulary": "1", "code": settings["sector"], "percentage": "100"})


def _shown_partners(context: Context) -> list[str]:
    """Return the names of members that the edition's rows and pairs name; of others nobody agreed to tell."""
    data = context.data
    named = {partner for dyad in data.dyads.values() for partner in (dyad.partner_a, dyad.partner_b)}
    for table in data.tables.values():
        named |= set(table["partner_id"]) if "partner_id" in table.columns else set()
    return sorted(data.partner(key) for key in data.countries if key in named)


def _countries(context: Context, codes: dict[str, str]) -> list[tuple[str, str]]:
    """Return code and percentage of each country by its number of partners; hundredths that add up to 100."""
    found = Counter(codes.get(country, country) for country in context.data.countries.values())
    total, order = sum(found.values()), sorted(found)
    parts = {code: divmod(found[code] * 10_000, total) for code in order}
    left = 10_000 - sum(whole for whole, _ in parts.values())
    first = sorted(order, key=lambda code: (-parts[code][1], code))[:left]
    return [(code, f"{(parts[code][0] + (code in first)) / 100:.2f}") for code in order]


def _results(context: Context, settings: dict[str, Any], activity: _Element) -> None:
    spans = windows(context)
    found: dict[str, dict[str, list[Series]]] = {}
    for one in series(context):
        kind = settings["results"].get(one.indicator_id, "other")
        found.setdefault(kind, {}).setdefault(one.indicator_id, []).append(one)
    for kind in (key for key in _TYPES if key in found):
        can_add = all(_adds(one) for many in found[kind].values() for one in many)
        result = _add(activity, "result", {"type": _TYPES[kind], "aggregation-status": "1" if can_add else "0"})
        _say(_add(result, "title"), context.say(f"iati.result.{kind}"))
        for indicator_id, groups in found[kind].items():
            _indicator(context, settings, _head(result, context, indicator_id, groups[0]), groups, spans)


def _head(result: _Element, context: Context, indicator_id: str, one: Series) -> _Element:
    unit = one.head["unit"] or rounding.NOTHING
    said = {"measure": "2" if fold(unit) in _PERCENT else "1"}
    if one.head["direction"] is not None:
        said["ascending"] = "1" if one.head["direction"] == "rise" else "0"
    said["aggregation-status"] = "1" if _adds(one) else "0"
    indicator = _add(result, "indicator", said)
    _say(_add(indicator, "title"), one.head["indicator_name"] or indicator_id)
    rule = context.say(f"iati.kind.{one.head['kind'] or 'unknown'}")
    _say(_add(indicator, "description"), context.say("iati.indicator", unit=unit, kind=rule))
    _add(indicator, "reference", {"vocabulary": "99", "code": indicator_id})
    return indicator


def _adds(one: Series) -> bool:
    return one.head["kind"] in ("cumulative", "non_cumulative")


def _indicator(
    context: Context, settings: dict[str, Any], indicator: _Element, groups: list[Series], spans: Iterable[Window]
) -> None:
    told = {(place, span): value(context, one, span) for place, one in enumerate(groups) for span in spans}
    for place, one in enumerate(groups):
        known = [(span, found, found.baseline) for span in spans for found in [told[place, span]]]
        for span, found, baseline in reversed(known):  # the latest there is: that of the partners who are in now
            if baseline is None:
                continue
            year = {"year": str(settings["baseline_year"]), "value": _number(baseline)}
            comment = context.say("iati.baseline", period=span.label, behind=_behind(context, one, found)).strip()
            _figure(context, indicator, "baseline", year, one, comment)
            break
    for span in spans:
        period = _add(indicator, "period")
        _add(period, "period-start", {"iso-date": span.starts_on.isoformat()})
        _add(period, "period-end", {"iso-date": span.ends_on.isoformat()})
        for kind in ("target", "actual"):
            for place, one in enumerate(groups):
                found = told[place, span]
                number = getattr(found, kind)
                said = {} if number is None else {"value": _number(number)}
                _figure(context, period, kind, said, one, _comment(context, one, found, number is None))


def _figure(context: Context, parent: _Element, kind: str, said: dict[str, str], one: Series, comment: str) -> None:
    element = _add(parent, kind, said)
    if one.who:
        _add(element, "dimension", {"name": context.say("iati.partner"), "value": one.who})
    if one.group:
        _add(element, "dimension", {"name": one.dimension, "value": one.group})
    if comment:
        _say(_add(element, "comment"), comment)


def _behind(context: Context, one: Series, found: Value) -> str:
    """Return what a sum rests on; one partner's figure is no sum."""
    return "" if one.who or found.of is None else context.say("iati.behind", n=found.n, of=found.of)


def _comment(context: Context, one: Series, found: Value, is_missing: bool) -> str:
    reason = found.reason
    if is_missing:
        reason = context.say("iati.missing", reason=found.reason or context.say("own.nothing"))
    return "; ".join(part for part in (reason, _behind(context, one, found)) if part)


def _number(number: float) -> str:
    """Return a number as the release has it: shortest text that reads back as the same number."""
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(float(number))


def _add(parent: _Element, name: str, said: dict[str, str] | None = None) -> _Element:
    from lxml import etree

    return etree.SubElement(parent, name, {key: clean(value) for key, value in (said or {}).items()})


def _say(element: _Element, text: str) -> None:
    _add(element, _NARRATIVE).text = clean(text)
