"""The glossary has the words the edition uses, and no others."""

from __future__ import annotations

from published import LAST, context

from melflow.reports import compose
from melflow.reports.document import Section, Table
from melflow.reports.phrases import english, languages
from melflow.reports.section_glossary import TERMS, section, used
from melflow.reports.sections import SECTIONS

ROW = {"dyad_id": "ana--bo", "measure": "events", "channel": "all", "flow_ab": 5, "flow_ba": 5, "flow_total": 10}


def test_section__only_what_is_used() -> None:
    """Should leave out the words of sections that are not there or blank, and "suppressed" where nothing is."""
    given = context({"pub_mutuality_dyad": [ROW | {"period_id": LAST.period_id, "share_a": 0.5}]})
    parts = compose.sections(given, ("glossary", "flow", "needs"))
    assert [part.key for part in parts] == ["glossary", "flow", "needs", "annex"] and parts[2].is_blank
    table = parts[0].blocks[-1]
    assert isinstance(table, Table) and not parts[0].is_blank
    words = {row[0] for row in table.rows}
    assert {"Mutuality", "Turning point", "95\N{NO-BREAK SPACE}% interval", "Learning alliance"} <= words
    assert not {"Need", "Suppressed", "Restated figure", "Ladder of use"} & words


def test_terms__defined_in_every_language() -> None:
    """Should define each word of each section, none that is never used, and differently in each language."""
    keys = {key.removeprefix("term.") for key in english() if key.startswith("term.")}
    assert keys == set(TERMS) and set().union(*TERMS.values()) <= set(SECTIONS)
    every = [Section(key, key, ()) for key in SECTIONS]
    texts = set()
    for language in languages():
        given = context({}, language)
        table = section(given, every).blocks[1]
        assert isinstance(table, Table) and len(table.rows) == len(used(given, set(SECTIONS)))
        texts |= {row[1] for row in table.rows}
    assert len(texts) == 3 * (len(TERMS) - 2)
