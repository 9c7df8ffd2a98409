import io
import json
from collections.abc import Callable
from datetime import datetime, time
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from melflow.core.errors import SourceError
from melflow.core.workspace.source import SpreadsheetSource
from melflow.sources import canonical, spreadsheet, xlsx_package
from melflow.sources.payload import Origin, Parsed

Make = Callable[..., Origin]
HEADER = ["Indicator", "Organisation", "Semester", "Baseline", "Target", "Actual"]


@pytest.fixture
def parse(
    origin: Make, results_source: SpreadsheetSource, make_workbook: Callable[..., bytes]
) -> Callable[..., Parsed]:
    def run(*, config: dict[str, Any] | None = None, content: bytes | None = None, **sheets: Any) -> Parsed:
        source = results_source.model_copy(update=config or {})
        return spreadsheet.parse(origin("inbox/r.xlsx", "results"), content or make_workbook(**sheets), source)

    return run


def test_parse__titles_totals_notes_and_years(parse: Callable[..., Parsed]) -> None:
    """Should find the header below titles, a sheet per year, and drop totals and notes, counted."""
    sheet = [
        ["Learning alliance"],
        [],
        [" INDICATOR", "organisation ", "Semester", "Báseline", "Target", "Actual", "Remark"],
        ["Outcome 1"],
        ["IND-1", "North", 1, 0, 10, 7, "fine"],
        ["IND-2", "South", 2, None, None, None],
        ["Total:", None, None, 0, 10, 7],
        [],
        ["Note: figures are provisional"],
    ]
    parsed = parse(**{"2024": sheet, "2025": [HEADER, ["IND-1", "North", 1, 5, 6, 7]], "Codes": [["x"]]})
    frame = parsed.frames["src_result"]
    assert dict(frame.schema) == canonical.TABLES["src_result"]
    assert frame.select("indicator_id", "partner_raw", "period_raw", "actual", "cell_ref", "source_row").rows() == [
        ("IND-1", "North", "2024-H1", 7.0, "2024!F5", 5),
        ("IND-2", "South", "2024-H2", None, "2024!F6", 6),
        ("IND-1", "North", "2025-H1", 7.0, "2025!F2", 2),
    ]
    expected = {
        "rows_dropped_totals": 1,
        "rows_dropped_notes": 2,
        "sheets_read": ["2024", "2025"],
        "sheets_skipped": ["Codes"],
    }
    assert parsed.notes | expected == parsed.notes
    assert parsed.notes["unmapped_columns"] == ["Remark"] and parsed.notes["rows_read"] == 6


def test_parse__numbers_as_cells_and_as_text(parse: Callable[..., Parsed]) -> None:
    """Should take a number cell as stored and a text cell by the decimal sign of the source."""
    rows = [
        HEADER,
        ["A", "N", 1, "1.234,5", "1.234", 1.234],
        ["B", "N", 1, "12 %", "pending", 1 / 3],
        ["C", "N", 1, "1 234", "3,5", 1234567.125],
    ]
    frame = parse(config={"decimal": ","}, **{"2024": rows}).frames["src_result"]
    assert frame.select("baseline", "target", "actual").rows() == [
        (1234.5, 1234.0, 1.234),
        (0.12, None, 1 / 3),
        (1234.0, 3.5, 1234567.125),
    ]
    assert frame["target_raw"].to_list() == ["1.234", "pending", "3,5"]


def test_parse__cells_that_start_away_from_the_corner(parse: Callable[..., Parsed]) -> None:
    """Should give the reference a person sees when the table does not start in A1, with formulas and formats marked."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "2024"
    for column, text in enumerate(HEADER):
        sheet.cell(7, 3 + column, text)
    for column, value in enumerate(["IND-1", "North", 1, 0, 1, 0.85]):
        sheet.cell(8, 3 + column, value)
    sheet["H8"].number_format = "0%"
    for column, value in enumerate(["IND-2", "North", 1, 0, 1, "=1+2"]):
        sheet.cell(9, 3 + column, value)
    content = io.BytesIO()
    book.save(content)
    parsed = parse(content=content.getvalue())
    assert parsed.frames["src_result"].select("cell_ref", "number_format", "formula_flag", "actual").rows() == [
        ("2024!H8", "0%", False, 0.85),
        ("2024!H9", None, True, None),
    ]
    assert parsed.notes["formulas"] == 1 and parsed.notes["formulas_without_value"] == 1


def test_parse__row_with_figures_but_no_indicator_is_kept(parse: Callable[..., Parsed]) -> None:
    """Should not lose figures because a name is missing: the checks hold such a row."""
    frame = parse(**{"2024": [HEADER, [None, "North", 1, 1, 2, 3]]}).frames["src_result"]
    assert frame.select("indicator_id", "actual").rows() == [(None, 3.0)]


def test_parse__repetitions_and_contradictions(parse: Callable[..., Parsed]) -> None:
    """Should drop a repeated row and mark two different figures for the same thing."""
    rows = [HEADER, ["A", "N", 1, 0, 1, 1], ["A", "N", 1, 0, 1, 1], ["B", "N", 1, 0, 1, 1], ["B", "N", 1, 0, 1, 2]]
    parsed = parse(**{"2024": rows})
    frame = parsed.frames["src_result"]
    assert parsed.notes["duplicates"] == 1 and frame.height == 3
    assert frame.filter(frame["row_id"].is_in(parsed.conflicts))["indicator_id"].to_list() == ["B", "B"]


def test_parse__result_id_survives_a_new_figure(parse: Callable[..., Parsed]) -> None:
    """Should name the same result alike in a later workbook, so that the new figure supersedes the old."""
    first, second = (parse(**{"2024": [HEADER, ["A", "N", 1, 0, 1, actual]]}).frames["src_result"] for actual in (1, 2))
    assert first["result_id"].to_list() == second["result_id"].to_list()
    assert first["content_hash"].to_list() != second["content_hash"].to_list()


def test_parse__csv_counts_as_one_sheet(parse: Callable[..., Parsed]) -> None:
    """Should read the same table from a CSV file."""
    content = b"Results\nIndicator;Organisation;Semester;Baseline;Target;Actual\nA;N;1;0;1;0,5\n"
    row = (
        parse(content=content, config={"period": "2024-H{semester}", "decimal": ","})
        .frames["src_result"]
        .row(0, named=True)
    )
    assert (row["period_raw"], row["actual"], row["cell_ref"], row["formula_flag"]) == ("2024-H1", 0.5, "F3", None)


def test_parse__fixed_partner(parse: Callable[..., Parsed], results_source: SpreadsheetSource) -> None:
    """Should give every row the source's partner when no column names one."""
    columns = {key: text for key, text in results_source.columns.items() if key != "partner"}
    frame = parse(config={"partner": "north", "columns": columns}, **{"2024": [HEADER, ["A", "x", 1, 0, 1, 1]]}).frames[
        "src_result"
    ]
    assert frame["partner_raw"].to_list() == ["north"]


def test_parse__missing_columns(parse: Callable[..., Parsed]) -> None:
    """Should name sheet, column and nearest header for every missing column of every sheet."""
    broken = [
        ["Title"],
        ["Indicator", "Organisation", "Semester", "Baseline", "Targets", "Reached"],
        ["A", "N", 1, 0, 1, 1],
    ]
    with pytest.raises(SourceError) as caught:
        parse(**{"2024": broken, "2025": [HEADER, ["A", "N", 1, 0, 1, 1]]})
    actual, target = caught.value.problems
    assert (actual.where, actual.seen) == ("inbox/r.xlsx!2024", "no 'Actual'")
    assert (
        target.seen == "no 'Target'" and "Did you mean 'Targets'?" in target.fix and "sources/results.yml" in target.fix
    )


def test_parse__no_sheet_fits(parse: Callable[..., Parsed]) -> None:
    """Should list the sheets that are there."""
    with pytest.raises(SourceError, match=r"inbox/r\.xlsx: .*the sheets Notes, Codes.*20\*.*sources/results\.yml"):
        parse(Notes=[["x"]], Codes=[["y"]])


def test_parse__named_sheet_without_the_table(parse: Callable[..., Parsed]) -> None:
    """Should insist on a sheet that the source names."""
    with pytest.raises(SourceError, match=r"inbox/r\.xlsx!2024: .*Indicator"):
        parse(config={"sheets": ("2024",)}, **{"2024": [["nothing"]], "2025": [HEADER]})


def test_parse__truncated(parse: Callable[..., Parsed], make_workbook: Callable[..., bytes]) -> None:
    """Should say that the workbook is cut off."""
    content = make_workbook(**{"2024": [HEADER]})
    with pytest.raises(SourceError, match=r"inbox/r\.xlsx.*cut off.*again"):
        parse(content=content[: len(content) * 2 // 3])


def test_parse__lone_cells_never_vanish(parse: Callable[..., Parsed]) -> None:
    """Should hold a figure that stands alone, and say where each row is that was taken for a note."""
    rows = [HEADER, ["A", "N", 1, 0, 1, 1], [None, None, None, None, None, 28.5], ["IND-9"], [None, "South"],
            [None] * 5 + ["approx. 12"], [None] * 5 + ["3 400"]]  # fmt: skip
    parsed = parse(**{"2024": rows})
    assert parsed.frames["src_result"].select("indicator_id", "actual", "cell_ref").rows() == [
        ("A", 1.0, "2024!F2"), (None, 28.5, "2024!F3"), (None, 3400.0, "2024!F7"),
    ]  # fmt: skip
    assert (parsed.notes["rows_dropped_notes"], parsed.notes["notes_at"]) == (
        3, ["2024!A4", "2024!B5", "2024!F6"],
    )  # fmt: skip


def test_parse__sheet_of_a_pattern_that_drifted(parse: Callable[..., Parsed]) -> None:
    """Should refuse a sheet under a pattern whose header changed, and say it of one that only * catches."""
    sheets = {"2024": [HEADER, ["A", "N", 1, 0, 1, 1]], "2025": [["Ind.", "Org.", "Sem."], ["A", "N", 1]], "2026": []}
    with pytest.raises(SourceError) as caught:
        parse(**sheets)
    assert {problem.where for problem in caught.value.problems} == {"inbox/r.xlsx!2025"}
    parsed = parse(config={"sheets": ("*",)}, **sheets)
    assert parsed.frames["src_result"].height == 1 and parsed.notes["sheets_without_header"] == ["2025", "2026"]


@pytest.mark.parametrize("is_long", [False, True])
def test_parse__header_below_hundreds_of_rows(
    parse: Callable[..., Parsed], monkeypatch: pytest.MonkeyPatch, is_long: bool
) -> None:
    """Should find the header wherever it is, of two rows and with tags too, also where a piece is looked at first."""
    if is_long:
        monkeypatch.setattr(xlsx_package, "_LONG_PART_BYTES", 20_000)
    above = [[f"Remark {number}", "Actual", None, number] for number in range(300)]
    frame = parse(**{"2024": [*above, HEADER, ["A", "N", 1, 0, 1, 7]]}).frames["src_result"]
    assert frame.select("indicator_id", "actual", "cell_ref").rows() == [("A", 7.0, "2024!F302")]
    two = [["Indicator", "Organisation", "Semester", "2024", None], [None, None, None, "goal", "reached"]]
    columns = {"indicator_id": "Indicator", "partner": "#org", "semester": "Semester", "actual": "2024 reached"}
    tags = ["#indicator", "#org", "#date", "#target", "#value"]
    frame = parse(config={"columns": columns}, **{"2024": [*above, *two, tags, ["A", "N", 1, 9, 7]]})
    assert frame.frames["src_result"].select("partner_raw", "actual", "cell_ref").rows() == [("N", 7.0, "2024!E304")]


def test_parse__day_in_a_column_of_figures(parse: Callable[..., Parsed]) -> None:
    """Should take no day or time for a figure, though a workbook stores it as a number: the checks hold the row."""
    frame = parse(**{"2024": [HEADER, ["A", "N", 1, datetime(2024, 5, 1), time(13, 5), datetime(2024, 5, 1, 13)]]})
    row = frame.frames["src_result"].row(0, named=True)
    assert (row["baseline"], row["target"], row["actual"]) == (None, None, None)
    assert (row["baseline_raw"], row["actual_raw"]) == ("2024-05-01 00:00:00", "2024-05-01 13:00:00")


def test_parse__json_list_of_rows(parse: Callable[..., Parsed]) -> None:
    """Should read results written as a JSON list of rows: its numbers by their point, its texts by the source."""
    rows = [["Results"], HEADER, ["A", "N", 1, "1.234,5", 1.234, 0.5], ["B", "N", 1, "x", None, "0,25"]]
    config = {"period": "2024-H{semester}", "decimal": ","}
    parsed = parse(content=json.dumps(rows).encode(), config=config)
    assert parsed.frames["src_result"].select("baseline", "target", "actual", "cell_ref").rows() == [
        (1234.5, 1.234, 0.5, "F3"), (None, None, 0.25, "F4"),
    ]  # fmt: skip
    with pytest.raises(SourceError, match="list of rows"):
        parse(content=b'[{"Indicator": "A"}]', config=config)


def test_parse__header_in_brackets(parse: Callable[..., Parsed]) -> None:
    """Should know a text file whose header begins with a bracket for what it is."""
    columns = {"indicator_id": "[Indicator]", "partner": "Organisation", "actual": "{Actual}"}
    for header in ("[Indicator],Organisation,{Actual}", "{Actual},Organisation,[Indicator]"):
        content = f"{header}\n7,N,7\n".encode()
        frame = parse(content=content, config={"period": "2024-H1", "columns": columns}).frames["src_result"]
        assert frame.select("indicator_id", "actual").rows() == [("7", 7.0)]


def test_parse__cell_of_a_long_text(parse: Callable[..., Parsed]) -> None:
    """Should read a text file with a cell of any length, also where the quick reader gives up."""
    for last in ("", ',,""'):
        content = f'Indicator,Organisation,Semester,Baseline,Target,Actual\nA,"{"x" * 200_000}",1,0,1,7{last}\n'
        frame = parse(content=content.encode(), config={"period": "2024-H{semester}"}).frames["src_result"]
        assert frame["actual"].to_list() == [7.0] and frame["partner_raw"].str.len_chars().to_list() == [200_000]


SIGNS = {";": ";", "tab": "\t", "|": "|", ",": ","}


@given(
    sign=st.sampled_from(list(SIGNS)),
    figures=st.lists(st.tuples(*[st.decimals(-999, 999, places=2)] * 3), min_size=1, max_size=4),
    title=st.sampled_from(["", "Results, draft; of 2024 | all", "1,5;2,5;3,5,4,5"]),
    is_declared=st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_parse__separators_beside_decimal_commas(
    parse: Callable[..., Parsed], sign: str, figures: list[tuple[Any, ...]], title: str, is_declared: bool
) -> None:
    """Should split at the sign that brings out the mapped columns, or is declared, whatever else cells hold."""
    between = SIGNS[sign]
    rows = [(f"I{number}", "North, and South; both", "1", *(str(one).replace(".", ",") for one in three))
            for number, three in enumerate(figures)]  # fmt: skip
    text = title + "\n" + "\n".join(
        between.join(f'"{cell}"' if between in cell else cell for cell in row) for row in (HEADER, *rows)
    )  # fmt: skip
    config = {"period": "2024-H1", "decimal": ",", "delimiter": between if is_declared else None}
    frame = parse(content=text.encode(), config=config).frames["src_result"]
    assert frame.select("baseline", "target", "actual").rows() == [tuple(map(float, three)) for three in figures]
    assert frame["partner_raw"].unique().to_list() == ["North, and South; both"]
