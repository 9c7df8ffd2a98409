from collections.abc import Callable
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from melflow.core.calendar import make_periods
from melflow.core.names import PartnerNames
from melflow.core.workspace.registry import Alias, Partner
from melflow.core.workspace.source import KoboSource, SpreadsheetSource
from melflow.core.workspace.source_log import ActivityLogSource
from melflow.sources import activity_log, canonical, kobo, spreadsheet
from melflow.sources.payload import Context, Origin, Parsed
from melflow.sources.resolve import resolve
from melflow.sources.xlsform import Instruments

Make = Callable[..., Origin]
KEY = b"k" * 32


@pytest.fixture
def run(instruments: Instruments) -> Callable[..., Parsed]:
    partners = {
        name: Partner(
            partner_id=name, name=full, type="municipality", country="CO", joined_on=date(2024, 1, 1), language="en"
        )
        for name, full in (("town_n", "Villa Norte"), ("south", "South Town"))
    }
    aliases = [Alias(raw_name="Norteños", partner_id="town_n", decided_by="board")]
    names = PartnerNames(partners, aliases)
    periods = make_periods("half-year", "2024-H2", "2025-H1")

    def resolved(parsed: Parsed, key: bytes = KEY) -> Parsed:
        return resolve(parsed, names, periods, key, instruments)

    return resolved


CSV = "about/partner;about/who;about/day;about/phone;trust_1;trust_2;how;_id\n{};N-7;{};555 123;yes;no;call;1\n"


@pytest.mark.parametrize(
    ("said", "day", "expected"),
    [
        ("south", "2025-01-31", ("south", "2025-H1")),
        ("north", "2024-07-01", ("town_n", "2024-H2")),  # a code; its Spanish label is the registered name
        ("Nortenos", "2024-06-30", ("town_n", None)),
        ("nobody", "2025-07-01", (None, None)),
    ],
)
def test_resolve__partner_and_period(
    run: Callable[..., Parsed],
    origin: Make,
    kobo_source: KoboSource,
    instruments: Instruments,
    said: str,
    day: str,
    expected: tuple[str, str],
) -> None:
    """Should find the partner by id, alias or the label of its code, and the period of the day of collection."""
    frame = run(kobo.parse(origin(), CSV.format(said, day).encode(), kobo_source, instruments)).frames["src_submission"]
    assert frame.select("partner_id", "period_id").row(0) == expected
    assert frame["partner_raw"].to_list() == [said]


def test_resolve__nothing_personal_is_left(
    run: Callable[..., Parsed], origin: Make, kobo_source: KoboSource, instruments: Instruments
) -> None:
    """Should replace respondents and personal answers by pseudonyms, everywhere, and leave the rest alone."""
    parsed = kobo.parse(origin(), CSV.format("south", "2025-01-31").encode(), kobo_source, instruments)
    found = run(parsed)
    for table, frame in found.frames.items():
        assert dict(frame.schema) == canonical.TABLES[table]
        text = str(frame.to_dicts())
        assert "N-7" not in text and "555 123" not in text
    submission = found.frames["src_submission"].row(0, named=True)
    assert submission["respondent_id"] == submission["respondent_raw_hash"] != None  # noqa: E711  # one chain
    phone = found.frames["src_response"].row(by_predicate=pl.col("item_id") == "phone", named=True)
    assert len(phone["value_raw"]) == 16 and phone["value_text"] == phone["value_raw"] and phone["missing_code"] is None
    before, after = parsed.frames["src_response"], found.frames["src_response"]
    others = ~pl.col("item_id").is_in(["who", "phone"])
    keyed = ("version_id", "content_hash")
    assert after.filter(others).drop(keyed).equals(before.filter(others).drop(keyed))
    # an answer carries the hash of its submission, keyed as there
    assert set(after["content_hash"]) == set(found.frames["src_submission"]["content_hash"])
    assert not set(after["content_hash"]) & set(before["content_hash"])


def test_resolve__personal_choices_keep_their_key(
    run: Callable[..., Parsed], origin: Make, kobo_source: KoboSource, instruments: Instruments
) -> None:
    """Should hide which options were chosen, and still keep one row apart from the other."""
    personal = [form for form in instruments.forms if form.form_id == "health"]
    items = [form.items.with_columns(is_personal=pl.col("item_id") == "how") for form in personal]
    hidden = Instruments([replace(form, items=frame) for form, frame in zip(personal, items, strict=True)])
    content = CSV.format("south", "2025-01-31").replace("call", "call visit").encode()
    parsed = kobo.parse(origin(), content, kobo_source, hidden)
    names, periods = PartnerNames({}, []), make_periods("half-year", "2024-H2", "2025-H1")
    frame = resolve(parsed, names, periods, KEY, hidden).frames["src_response"]
    options = frame.filter(item_id="how")["option"].to_list()
    assert "__answered" in options and len(set(options)) == 3
    assert "visit" not in str(frame.to_dicts())


def test_resolve__hashes_depend_on_the_key(
    run: Callable[..., Parsed], origin: Make, kobo_source: KoboSource, instruments: Instruments
) -> None:
    """Should give another hash with another key, also inside ids made from content: or a person could be guessed."""
    content = CSV.format("south", "2025-01-31").replace(";_id", ";x").encode()
    parsed = kobo.parse(origin(), content, kobo_source, instruments)
    one, same, other = (run(parsed, key).frames for key in (KEY, KEY, b"z" * 32))
    for column in ("submission_id", "version_id", "respondent_id", "content_hash"):
        assert (
            one["src_submission"][column][0] == same["src_submission"][column][0] != other["src_submission"][column][0]
        )
    assert one["src_submission"]["submission_id"][0] != parsed.frames["src_submission"]["submission_id"][0]
    assert (
        one["src_response"].join(one["src_submission"], on=["submission_id", "version_id"]).height
        == one["src_response"].height
    )


def test_resolve__exchanges(
    run: Callable[..., Parsed], origin: Make, log_source: ActivityLogSource, context: Context
) -> None:
    """Should resolve both sides, hash persons, and keep a partner as reporter but no person."""
    columns = dict(log_source.columns) | {"reported_by": "Reporter", "confirmed_by": "Confirmed"}
    config = log_source.model_copy(update={"columns": columns})
    header = "Ref;Fecha;Quién da;Quién recibe;Actividad;Horas;Unidad;Persona;Reporter;Confirmed"
    content = f"{header}\n1;05/03/2025;Norteños;South Town;Visita;1;h;Ana;Villa Norte;Pedro\n"
    row = run(activity_log.parse(origin(), content.encode(), config, context)).frames["src_exchange"].row(0, named=True)
    assert (row["from_partner_id"], row["to_partner_id"], row["period_id"], row["reported_by"]) == (
        "town_n",
        "south",
        "2025-H1",
        "town_n",
    )
    assert "Ana" not in str(row) and "Pedro" not in str(row)
    assert row["from_person"] and row["confirmed_by"]


def test_resolve__results(
    run: Callable[..., Parsed], origin: Make, results_source: SpreadsheetSource, make_workbook: Callable[..., bytes]
) -> None:
    """Should find the period by id, whatever its capitals, and leave one outside the calendar null."""
    rows = [
        ["Indicator", "Organisation", "Semester", "Baseline", "Target", "Actual"],
        ["A", "South Town", 1, 0, 1, 1],
        ["A", "South Town", 2, 0, 1, 1],
    ]
    config = results_source.model_copy(update={"period": "{sheet}-h{semester}"})
    frame = run(spreadsheet.parse(origin(), make_workbook(**{"2025": rows}), config)).frames["src_result"]
    assert frame.select("partner_id", "period_raw", "period_id").rows() == [
        ("south", "2025-h1", "2025-H1"),
        ("south", "2025-h2", None),
    ]


def test_resolve__no_address_of_a_person_stays(
    run: Callable[..., Parsed], origin: Make, log_source: ActivityLogSource, context: Context
) -> None:
    """Should leave only the domain of an e-mail address in a column of partners."""
    header = "Ref;Fecha;Quién da;Quién recibe;Actividad;Horas;Unidad;Persona"
    content = f"{header}\n1;05/03/2025;Ana <ana@town.example>;South Town;Visita;1;h;Ana\n"
    frames = run(activity_log.parse(origin(), content.encode(), log_source, context)).frames
    assert frames["src_exchange"].select("from_partner_raw", "to_partner_raw").row(0) == ("@town.example", "South Town")


def test_resolve__results_by_the_last_day_of_their_period(
    origin: Make, results_source: SpreadsheetSource, make_workbook: Callable[..., bytes], instruments: Instruments
) -> None:
    """Should take a name in a results sheet for what it meant at the end of the row's period."""
    said = {"type": "ngo", "country": "CO", "joined_on": date(2024, 1, 1)}
    partners = {name: Partner(partner_id=name, name=name.title(), **said) for name in ("old", "new")}
    names = PartnerNames(
        partners, [Alias(raw_name="old", partner_id="new", valid_from=date(2025, 1, 1), succession="rename")]
    )
    sheet = [["Indicator", "Organisation", "Semester", "Baseline", "Target", "Actual"],
             ["A", "Old", 1, 0, 1, 1], ["A", "Old", 2, 0, 1, 1]]  # fmt: skip
    content = make_workbook(**{"2024": sheet, "2025": sheet})
    parsed = spreadsheet.parse(origin("inbox/r.xlsx"), content, results_source)
    periods = make_periods("half-year", "2024-H1", "2025-H2")
    found = resolve(parsed, names, periods, KEY, instruments).frames["src_result"]
    assert dict(found.select("period_id", "partner_id").iter_rows()) == {
        "2024-H1": "old", "2024-H2": "old", "2025-H1": "new", "2025-H2": "new",
    }  # fmt: skip
