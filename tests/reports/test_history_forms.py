"""How many forms came stands, or is withheld, with the figures that are made of these forms, and with no others."""

from __future__ import annotations

import polars as pl
import pytest

from melflow.core.statistics.history import Settled
from melflow.reports import columns, linked
from melflow.reports.edition_data import Dyad
from melflow.reports.history_forms import counted

#: Source -> what its forms ask; None: a release from before this was said.
ASKS = {
    "skills": "capability", "needs": "need", "pairs": "health_dimension", "events": "feedback",
    "roles": "expectation", "both": "expectation, need", "old": None,
}  # fmt: skip
PAIRS = [Dyad("alpha--beta", "alpha", "beta")]


def _rows(more: int, **changes: str | None) -> pl.DataFrame:
    """Return forms of three partners in two periods, so many more than twenty, and a register without forms."""
    schema = {column.name: column.dtype for column in columns.TABLES[linked.FORMS]}
    kinds = [*(ASKS | changes).items(), ("register", None)]
    rows = [
        {
            "partner_id": partner, "source": source, "period_id": period, "form_kinds": asks, "is_suppressed": False,
            "submissions": 0 if source == "register" else 20 + more, "rows_received": 20 + more,
        }
        for partner in ("alpha", "beta", "gamma")
        for source, asks in kinds
        for period in ("2025-H1", "2025-H2")
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def _settled(family: str, unit: str, cell: str | None = None) -> Settled:
    kept = pl.DataFrame({"family": [family], "unit": [unit]})
    schema = dict.fromkeys(("family", "unit", "cell"), pl.String)
    withheld = [(family, unit, cell)] if cell else []
    return Settled(kept, pl.DataFrame(withheld, schema=schema, orient="row"))


def _that(found: pl.DataFrame, submissions: int | None) -> set[tuple[str, str]]:
    """Return partners and sources with so many forms in the later period; nothing moves in the earlier one."""
    earlier = found.filter(pl.col("source") != "register", period_id="2025-H1")
    assert set(earlier["submissions"]) == {23}
    assert set(found.filter(source="register")["rows_received"]) == {23}
    later = found.filter(pl.col("submissions").eq_missing(submissions), period_id="2025-H2")
    return set(later.filter(pl.col("source") != "register").select("partner_id", "source").rows())


@pytest.mark.parametrize(
    ("family", "unit", "partners", "source"),
    [
        ("capability", "alpha|adapt|individual|self|2025-H2", {"alpha"}, "skills"),
        ("health", "alpha--beta|2025-H2", {"alpha", "beta"}, "pairs"),
        ("needs", "2025-H2", {"alpha", "beta", "gamma"}, "needs"),
        ("feedback", "2025-H2", {"alpha", "beta", "gamma"}, "events"),
        ("expectations", "learn|2025-H2", {"alpha", "beta", "gamma"}, "roles"),
    ],
)
def test_counted__forms_of_figures_that_stand(family: str, unit: str, partners: set[str], source: str) -> None:
    """Should show forms as they were where figures made of them stand, and all others as they are."""
    found = counted(_rows(3), [_rows(0)], _settled(family, unit), PAIRS)
    wanted = {source, "old"} | ({"both"} if source in ("needs", "roles") else set())
    assert _that(found, 20) == {(partner, name) for partner in partners for name in wanted}
    assert found.select("partner_id", "source", "period_id").equals(
        _rows(0).select("partner_id", "source", "period_id").sort(pl.all())
    )


@pytest.mark.parametrize(
    ("family", "unit", "cell", "partners", "source"),
    [
        ("needs", "2025-H2", "partner alpha", {"alpha"}, "needs"),
        ("feedback", "2025-H2", "event-1", {"alpha", "beta", "gamma"}, "events"),
        ("health", "alpha--beta|2025-H2", "A_of_B", {"alpha", "beta"}, "pairs"),
    ],
)
def test_counted__forms_of_figures_that_are_withheld(
    family: str, unit: str, cell: str, partners: set[str], source: str
) -> None:
    """Should withhold the forms of those whose figures are withheld, with everything said of them."""
    found = counted(_rows(3), [_rows(0)], _settled(family, unit, cell), PAIRS)
    wanted = {source, "old"} | ({"both"} if source == "needs" else set())
    hidden = {(partner, name) for partner in partners for name in wanted}
    assert _that(found, None) == hidden
    gone = found.filter("is_suppressed")
    assert gone["rows_received"].null_count() == gone.height == len(hidden)
    assert set(gone["n_suppressed_reason"]) == {linked.REASON}


def test_counted__forms_never_shown_before() -> None:
    """Should withhold forms of figures that stand where they were not shown with them; the newest showing counts."""
    settled = _settled("expectations", "learn|2025-H2")
    never = _rows(0).filter(pl.col("source") != "roles")
    found = counted(_rows(3), [never, _rows(-1)], settled, PAIRS)
    assert ("alpha", "roles") in _that(found, 19)
    assert ("alpha", "both") in _that(found, 20)
    assert ("alpha", "roles") in _that(counted(_rows(3), [never], settled, PAIRS), None)
