"""The reply workbook says all that was measured, in the partner's words and by the alliance's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import polars as pl
import pytest
from asked_partners import ABOUT, LATER, NOW, PERIOD, ask, asked_workspace, current

from melflow.core.errors import TerminalError
from melflow.flows.delivery_message import words
from melflow.flows.delivery_notices import _replied
from melflow.flows.reply_asking import ask_partners
from melflow.flows.reply_book import asked, take
from melflow.flows.reply_ledger import Ledger, Round, Said
from melflow.flows.reply_opening import by_the_clock
from melflow.flows.reply_rounds import figures
from melflow.reports import columns
from melflow.reports.context import Context
from melflow.reports.replies import About, values
from melflow.reports.words import Findings

#: Ends of the names of what says how sure a number is.
BESIDE = ("_low", "_high", "sd", "_p")


@pytest.fixture
def workspace(asked_release: Path, tmp_path: Path) -> Any:
    made = asked_workspace(tmp_path / "w", asked_release)
    made.partners["alpha"].language = "es"
    ask(made)
    return made


def test_values__all_that_was_measured(workspace: Any) -> None:
    """Should leave no measured number out, whatever the table: what is not said cannot be objected to."""
    data = figures(workspace, workspace.reports["funder"], PERIOD, current(workspace))
    context = Context(data, Findings((), (), (), ()), "es", 0)
    for table, spec in columns.TABLES.items():
        names = [one.name for one in spec if one.is_value and one.dtype in (pl.Int64, pl.Float64)]
        measured = [one for one in names if not one.startswith("n_") and not one.endswith(BESIDE)]
        row: dict[str, Any] = dict.fromkeys([one.name for one in spec]) | dict.fromkeys(names, 7)
        said = values(context, About("", table, "{}", row))
        assert said.count(": 7") >= len(measured) and "_" not in said and "(F" not in said, table
        bare = values(context, About("", table, "{}", row | dict.fromkeys(measured)))
        assert not measured or bare.count(": 7") == min(3, sum(one.startswith("n_") for one in names)), table
    gap = dict.fromkeys([one.name for one in columns.TABLES["pub_needs_baseline"]]) | {"gap": 20.8}
    assert values(context, About("", "pub_needs_baseline", "{}", gap)) == "importancia menos nivel actual: 20,8"


def test_workbook__in_the_partner_s_language(workspace: Any) -> None:
    """Should name periods, constructs and choices in the partner's words, and take those words back."""
    partners, _ = ask_partners(workspace, ["funder"], NOW)
    path = next(one.workbook for one in partners if one.partner_id == "alpha")
    book = openpyxl.load_workbook(path)
    sheet = book["reply"]
    assert "enero–junio de 2026" in str(sheet["A1"].value)  # noqa: RUF001
    assert next(one.formula1 for one in sheet.data_validations.dataValidation) == '"objeción,comentario"'
    sheet["D7"], sheet["E7"], sheet["D8"], sheet["E8"] = "Objeción", "No es así.", "comment", "Vean el acta."
    book.save(path)
    assert take(workspace, path, NOW) == ("alpha", 2, False)
    said = [one.said for one in Ledger(workspace.landing_dir).replies(*ABOUT[1:3])]
    assert [(one.kind, one.words) for one in said] == [("objection", "No es así."), ("comment", "Vean el acta.")]
    sheet["D8"] = "quizás"
    book.save(path)
    with pytest.raises(TerminalError, match=r"saw 'quizás'.\s+Write one of: .*objeción, comentario"):
        take(workspace, path, NOW)


def test_replied__told_as_they_come(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should tell the data officer what partners sent, again when there is more, and nothing when the time is over."""
    monkeypatch.setattr("melflow.flows.delivery_notices.datetime", SimpleNamespace(now=lambda zone: NOW))
    figure, ledger = Said("pub_mutuality_dyad", "{}", "objection", "No."), Ledger(workspace.landing_dir)
    assert not _replied(workspace, words("en"))
    ledger.add(ABOUT, [figure], "link", NOW)
    [(first, said)] = _replied(workspace, words("en")).items()
    assert "objections 1, comments 0" in said and "replies list funder" in said and "No." not in said
    ledger.add(ABOUT, [figure._replace(kind="comment", words="Well.")], "workbook", NOW)
    [(second, said)] = _replied(workspace, words("en")).items()
    assert "objections 1, comments 1" in said and first != second
    monkeypatch.setattr("melflow.flows.delivery_notices.datetime", SimpleNamespace(now=lambda zone: LATER))
    assert not _replied(workspace, words("en"))


def test_until__by_the_alliance_s_clock(workspace: Any) -> None:
    """Should say the last hour by the alliance's clock, so that nobody is refused on the day that was read."""
    late = datetime(2026, 7, 16, 2, 30, tzinfo=UTC)  # still the 15th in Bogotá
    workspace.alliance.time_zone = "America/Bogota"
    assert by_the_clock(workspace, late) == (late.date().replace(day=15), "21:30 (UTC-05:00)")
    one = Round("funder", PERIOD, ABOUT[3], "", NOW, late)
    assert asked(workspace, one, "alpha")[2]["until"] == "15 de julio de 2026, 21:30 (UTC-05:00)"
