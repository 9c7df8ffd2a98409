from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from melflow.core.errors import SourceError
from melflow.core.workspace.framework import Framework
from melflow.core.workspace.source import KoboSource
from melflow.sources import kobo
from melflow.sources.payload import Origin, Parsed
from melflow.sources.xlsform import Form, Instruments, read_instruments

Make = Callable[..., Origin]
Book = Callable[..., bytes]
SURVEY = [
    ["type", "name", "label::English (en)", "label::Español (es)"],
    ["text", "name", "Name", "Nombre"],
    ["begin_group", "home", "Your home", "Su casa"],
    ["select_multiple ways", "how", "How did you learn?", "¿Cómo aprendió?"],
    ["integer", "rooms", "Rooms", "Cuartos"],
    ["end_group"],
    ["begin_repeat", "child", "Child", "Niño"],
    ["text", "name", "Name", "Nombre"],
    ["begin_group", "play", "Play", "Juego"],
    ["select_multiple ways", "games", "Games", "Juegos"],
    ["begin_repeat", "toy", "Toy", "Juguete"],
    ["text", "toy_name", "What toy?", "¿Qué juguete?"],
    ["end_repeat"],
    ["end_group"],
    ["end_repeat"],
]
CHOICES = [
    ["list_name", "name", "label::English (en)", "label::Español (es)"],
    ["ways", "visit", "Field visit", "Visita"],
    ["ways", "long", "Field visit of a week", "Visita de una semana"],
    ["ways", "call", "A call", "Llamada"],
]
CODES = st.lists(st.sampled_from(["visit", "long", "call"]), unique=True).map(" ".join)
NAMES = st.text("abc n/1é", max_size=4).map(str.strip)
TOYS = st.lists(NAMES.filter(bool).map(lambda name: {"child/play/toy/toy_name": name}), max_size=2)
CHILD = st.builds(
    lambda name, games, toys: {"child/name": f"c{name}", "child/play/games": games, "child/play/toy": toys},
    NAMES, CODES, TOYS,
)  # fmt: skip
SUBMISSIONS = st.lists(
    st.builds(
        lambda name, how, rooms, children: {"name": name, "home/how": how, "home/rooms": rooms, "child": children},
        NAMES, CODES, st.integers(0, 99), st.lists(CHILD, max_size=3),
    ),
    min_size=1, max_size=4,
).map(lambda rows: [{**row, "_id": number, "_uuid": f"u{number}"} for number, row in enumerate(rows)])  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, make_workbook: Book, framework: Framework) -> Instruments:
    folder = tmp_path_factory.mktemp("home") / "instruments"
    folder.mkdir()
    sheets = {"survey": SURVEY, "choices": CHOICES, "settings": [["form_id", "version"], ["home", "1"]]}
    (folder / "home.xlsx").write_bytes(make_workbook(**sheets))
    return read_instruments(folder, framework)


@pytest.fixture
def parse(origin: Make, home: Instruments) -> Callable[[bytes], Parsed]:
    source = KoboSource(name="s", title="x", path="x", connector="kobo", instrument="home")
    return lambda content: kobo.parse(origin("inbox/home.xlsx", "s"), content, source, home)


def _said(parsed: Parsed) -> pl.DataFrame:
    """Return what was answered, whatever the file looked like."""
    columns = ["submission_id", "repeat_path", "item_id", "option", "value_num", "value_text"]
    frame = parsed.frames["src_response"].filter(pl.col("missing_code").is_null())
    return frame.select(columns).sort(columns)


MAIN = ["name", "home/rooms"]


def _form(home: Instruments) -> Form:
    return home.forms[0]


@given(SUBMISSIONS, st.sampled_from(["", "en", "es"]), st.sampled_from(["/", "-", ".", " > ", "::", "__"]))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_layouts__say_the_same(
    parse: Callable[[bytes], Parsed], home: Instruments, kobo_writer: Any, make_workbook: Book,
    submissions: list[dict[str, Any]], language: str, sign: str,
) -> None:  # fmt: skip
    """Should give the same answers for one, many or both columns, any language and sign, sheets or numbered columns."""
    form = _form(home)
    plain = parse(make_workbook(**kobo_writer(form).sheets(submissions)))
    assert plain.frames["src_submission"].height + int(str(plain.notes["duplicates"])) == len(submissions)
    for multiple in ("one", "many", "both"):
        other = parse(make_workbook(**kobo_writer(form, language, sign, multiple=multiple).sheets(submissions)))
        assert _said(other).equals(_said(plain))
        assert other.frames["src_submission"]["content_hash"].equals(plain.frames["src_submission"]["content_hash"])
        flat = parse(make_workbook(data=kobo_writer(form, multiple=multiple).flat(submissions)))
        assert _said(flat).equals(_said(plain))


ONE = {
    "name": "a", "home/how": "visit", "home/rooms": 3, "_id": 7, "_uuid": "u7",
    "child": [{"child/name": "x", "child/play/games": "call", "child/play/toy": [{"child/play/toy/toy_name": "ball"}]}],
}  # fmt: skip


def test_layout__without_groups_in_headers(
    parse: Callable[[bytes], Parsed], home: Instruments, kobo_writer: Any, make_workbook: Book
) -> None:
    """Should tell questions of the same name apart by the sheet they stand in."""
    plain = parse(make_workbook(**kobo_writer(_form(home)).sheets([ONE])))
    for language in ("", "es"):
        other = parse(make_workbook(**kobo_writer(_form(home), language, groups=False).sheets([ONE])))
        assert _said(other).equals(_said(plain)) and _said(plain).height == 8


@pytest.mark.parametrize(
    ("headers", "cells"),
    [
        (["meta-instanceID", "meta-rootUuid"], ["uuid:u1", "uuid:r1"]),
        (["meta.instanceID", "meta.rootUuid"], ["uuid:u1", "uuid:r1"]),
        (["instanceID", "rootUuid"], ["u1", "r1"]),
        (["_uuid", "meta/rootUuid"], ["u1", "uuid:r1"]),
    ],
)
def test_header__spellings_of_identity(
    parse: Callable[[bytes], Parsed], make_workbook: Book, headers: list[str], cells: list[str]
) -> None:
    """Should know the identifiers under every spelling of their headers."""
    parsed = parse(make_workbook(data=[["name", "home-rooms", *headers], ["a", 1, *cells]]))
    row = parsed.frames["src_submission"].row(0, named=True)
    assert (row["submission_id"], row["version_id"], row["root_rule"]) == ("r1", "u1", "rootUuid")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Approved", "approved"),
        ("validation_status_not_approved", "rejected"),
        ("{'uid': 'validation_status_on_hold', 'label': 'On Hold'}", "on_hold"),
        ("", None),
    ],
)
def test_header__validation_status(
    parse: Callable[[bytes], Parsed], make_workbook: Book, status: str, expected: str | None
) -> None:
    """Should read the review state as a word, a code or the JSON of the server."""
    parsed = parse(make_workbook(data=[["name", "home/rooms", "_validation_status", "_id"], ["a", 1, status, 1]]))
    assert parsed.frames["src_submission"]["review_state"].to_list() == [expected]


def test_version__the_newest_of_copied_fields(origin: Make, kobo_source: KoboSource, instruments: Instruments) -> None:
    """Should believe the server's field before copies that came with an uploaded form."""
    headers = ["about/partner", "trust_1", "trust_2", "how", "_version_", "_version__001", "_version__002", "_id"]
    content = ",".join(headers) + "\nnorth,yes,no,call,vOld,vOlder,vB,1\n"
    parsed = kobo.parse(origin(), content.encode(), kobo_source, instruments)
    assert parsed.frames["src_submission"]["form_version"].to_list() == ["2"] and not parsed.notes["versions_unknown"]


def test_version__number_that_lost_its_zero(
    tmp_path: Path, make_workbook: Book, framework: Framework, origin: Make
) -> None:
    """Should know that Excel's 2024.1 is the form's 2024.10, and read the version as its cell shows it."""
    import openpyxl

    for name, version in (("a.xlsx", 2024.1), ("b.xlsx", 2024.2)):
        sheets = {"survey": [["type", "name"], ["text", "q"]], "settings": [["form_id", "version"], ["f", version]]}
        (tmp_path / name).write_bytes(make_workbook(**sheets))
        book = openpyxl.load_workbook(tmp_path / name)
        book["settings"]["B2"].number_format = "0.00"
        book.save(tmp_path / name)
    forms = read_instruments(tmp_path, framework)
    assert [form.version for form in forms.versions("f")] == ["2024.10", "2024.20"]
    source = KoboSource(name="s", title="x", path="x", connector="kobo", instrument="f")
    parsed = kobo.parse(origin(), b"q,__version__,_id\nx,2024.1,1\n", source, forms)
    assert parsed.frames["src_submission"]["form_version"].to_list() == ["2024.10"]
    assert parsed.notes["versions_unknown"] == {}


def test_not_available__is_blank_where_words_cannot_stand(
    parse: Callable[[bytes], Parsed], make_workbook: Book
) -> None:
    """Should read Ona's n/a as blank once a number has it, and keep it where only texts have it."""
    rows = [["name", "home/how", "home/rooms", "_id"], ["n/a", "visit", "n/a", 1], ["b", "call", 2, 2]]
    parsed = parse(make_workbook(data=rows))
    names = parsed.frames["src_response"].filter(item_id="name")
    assert names["value_text"].to_list() == [None, "b"] and parsed.notes["blanked_not_available"] == 2
    kept = parse(make_workbook(data=[rows[0], ["n/a", "visit", 1, 1]]))
    assert kept.frames["src_response"].filter(item_id="name")["value_text"].to_list() == ["n/a"]


def test_repeats__rows_without_a_parent_are_counted(parse: Callable[[bytes], Parsed], make_workbook: Book) -> None:
    """Should leave out and count rows of a repeat whose submission is not in the file."""
    main = [["name", "home/rooms", "_id", "_index"], ["a", 1, 1, 1]]
    child = [["child/name", "_parent_index"], ["x", 1], ["y", 9]]
    parsed = parse(make_workbook(main=main, child=child))
    assert parsed.notes["repeat_rows_without_parent"] == 1
    kept = parsed.frames["src_response"].filter(pl.col("item_id") == "child/name", pl.col("value_text").is_not_null())
    assert kept.select("repeat_path", "value_text").rows() == [("child[1]", "x")]


def test_repeats__linked_by_submission_when_the_index_is_gone(
    parse: Callable[[bytes], Parsed], make_workbook: Book
) -> None:
    """Should find the submission by _submission__id where no _parent_index is."""
    main = [["name", "home/rooms", "_id"], ["a", 1, 11], ["b", 2, 12]]
    child = [["child/name", "_submission__id"], ["x", 12], ["y", 12]]
    parsed = parse(make_workbook(main=main, child=child))
    found = parsed.frames["src_response"].filter(pl.col("item_id") == "child/name", pl.col("value_text").is_not_null())
    assert found.select("submission_id", "repeat_path", "value_text").rows() == [
        ("s:12", "child[1]", "x"), ("s:12", "child[2]", "y"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sheets", "seen"),
    [
        ({"main": [[*MAIN, "_index"], ["a", 1, 1]], "toy": [["child/play/toy/toy_name", "_parent_index"], ["x", 1]]},
         "the sheet of 'child/play/toy' without one of 'child'"),
        ({"main": [[*MAIN, "_index"], ["a", 1, 1], ["b", 2, 1]], "child": [["child/name", "_parent_index"], ["x", 1]]},
         "an _index twice"),
        ({"child": [["child/name", "_index", "_parent_table_name", "_parent_index"], ["x", 1, "home", 1]]},
         "the table of the repeat 'child' alone"),
    ],
)  # fmt: skip
def test_repeats__refused(parse: Callable[[bytes], Parsed], make_workbook: Book, sheets: Any, seen: str) -> None:
    """Should say what is missing instead of linking rows to the wrong parent."""
    with pytest.raises(SourceError, match=seen):
        parse(make_workbook(**sheets))


def test_sheets__others_are_passed_over(parse: Callable[[bytes], Parsed], make_workbook: Book) -> None:
    """Should find the submissions behind a sheet somebody put before them, and name what was not read."""
    main = [["name", "home/rooms", "_id"], ["a", 1, 1]]
    parsed = parse(make_workbook(**{"Read me": [["Dear all"], ["text"]], "main": main}))
    assert parsed.notes["sheets_read"] == ["main"] and parsed.notes["sheets_passed_over"] == ["Read me"]
    assert parsed.frames["src_submission"]["submission_id"].to_list() == ["s:1"]


def test_form__without_mel_columns(parse: Callable[[bytes], Parsed], make_workbook: Book) -> None:
    """Should read a form that measures nothing like any other."""
    parsed = parse(make_workbook(data=[["name", "home/rooms", "end", "_id"], ["a", "many", "2025-02-01T10:00:00Z", 1]]))
    rooms = parsed.frames["src_response"].filter(item_id="rooms").row(0, named=True)
    assert rooms["missing_code"] == "parse_error" and rooms["value_raw"] == "many"
    assert parsed.frames["src_submission"]["collected_on"].to_list() == [date(2025, 2, 1)]
