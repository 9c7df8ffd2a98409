"""Tables in text files, however they were written: the same cells come out."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from melflow.core.errors import SourceError
from melflow.core.names import PartnerNames
from melflow.core.workspace.source_log import ActivityLogSource
from melflow.sources import activity_log
from melflow.sources.columns import find_header
from melflow.sources.filled_rows import Filled, Read, of_text
from melflow.sources.payload import Context, Notes, Origin
from melflow.sources.tables import read_tables

Make = Callable[..., Origin]
HEADER = ["Fecha de\nvisita", "Organización", "Número; total"]
MAPPED = {"occurred_on": "fecha de visita", "partner": "ORGANIZACION", "quantity": "Número; total"}
TEXTS = st.text("aéñ ,;|\t\"\n'1.-", max_size=8).map(str.strip)
ROWS = st.lists(st.tuples(TEXTS, TEXTS, st.sampled_from(["1,5", "1.250,75", "3"])), max_size=5)


@given(rows=ROWS, sign=st.sampled_from([",", ";", "\t", "|"]), end=st.sampled_from(["\n", "\r\n", "\r"]),
       encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]), above=st.integers(0, 3))  # fmt: skip
@example(rows=[("a\nb", "x", "1,5")], sign=";", end="\r", encoding="utf-8", above=2)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
def test_read_tables__however_written(
    origin: Make, rows: list[tuple[str, str, str]], sign: str, end: str, encoding: str, above: int
) -> None:
    """Should bring out header and cells whatever separates cells and lines, in every encoding, with breaks inside."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sign, lineterminator="\n")
    writer.writerows([["Titulo"]] * above + [HEADER, *rows])
    content = out.getvalue().replace("\n", end).encode(encoding)
    sheet = read_tables(origin(), content, expected=MAPPED.values()).sheets[0]
    header = find_header(sheet, MAPPED)
    assert not header.missing and header.columns == {"occurred_on": 0, "partner": 1, "quantity": 2}
    found = sheet.below(header.row).select("c0", "c1", "c2").rows()
    assert [tuple((cell or "").strip() for cell in row) for row in found] == rows


@pytest.mark.parametrize("text", ["a;b\r1;2\r3;4\r", "a;b\r\r1;2\r3;4"])
def test_read_tables__lines_that_end_in_cr_alone(origin: Make, text: str) -> None:
    """Should end lines where old Macs end them, and count them so."""
    sheet = read_tables(origin(), text.encode()).sheets[0]
    assert [row for row in sheet.cells.rows() if any(row)] == [("a", "b"), ("1", "2"), ("3", "4")]


def test_parse__rows_longer_than_the_header(origin: Make, log_source: ActivityLogSource) -> None:
    """Should name rows that a separator in a text may have moved; refuse those longer than all that were seen."""
    columns = {"occurred_on": "on", "from_partner": "from", "to_partner": "to", "kind": "kind"}
    config = log_source.model_copy(update={"columns": columns})
    row, moved = "2025-03-05;North;South;visit\n", "2025-03-05;North; the town;South;visit\n"

    def notes(*lines: str) -> Notes:
        text = "".join(["A title\non;from;to;kind\n", *lines])
        return activity_log.parse(origin(), text.encode(), config, Context(PartnerNames({}, []))).notes

    found = notes(row, ";;;;a remark beside\n", row, moved)
    assert (found["rows_longer"], found["rows_longer_at"], found["rows_dropped_blank"]) == (1, ["row 6"], 1)
    assert notes(row, row)["rows_longer"] == 0
    with pytest.raises(SourceError, match=r"row 303: every row has as many cells.*5 cells.* has 4"):
        notes(*[row] * 300, moved)


def test_delimiter__declared(origin: Make, log_source: ActivityLogSource) -> None:
    """Should split at the declared sign though another one splits more, and refuse what is no sign."""
    config = log_source.model_copy(update={"delimiter": "~"})
    assert read_tables(origin(), b"a~b\n1,2~3,4\n", config).sheets[0].cells.rows() == [("a", "b"), ("1,2", "3,4")]
    lines = b"a~b~c\n1~2~3\n\n~~~a remark, to the right\n"
    filled = read_tables(origin(), lines, config).sheets[0].source.filled(Read(1, 1, 1, last=2))
    assert filled == Filled(within=1, beyond=1)  # the count beside the reader splits alike
    raw = log_source.model_dump(exclude_unset=True)
    assert ActivityLogSource.model_validate(raw | {"delimiter": "tab"}).delimiter == "\t"
    for wrong in (";;", "x", '"', "é"):
        with pytest.raises(ValueError, match="one sign between cells"):
            ActivityLogSource.model_validate(raw | {"delimiter": wrong})


@given(lines=st.lists(st.sampled_from(["", "a", "b;c", ";", '"x\n\ny";z']), max_size=12), is_ended=st.booleans())
def test_filled__with_empty_lines(lines: list[str], is_ended: bool) -> None:
    """Should count the rows that hold something, whichever lines are empty, by the short way and by the long one."""
    content = ("\n".join(lines) + "\n" * is_ended).encode()
    n_filled = sum(line not in ("", ";") for line in lines)
    for found in (n_filled, -1):  # what the reader found, and what no file has: every row is looked at then
        assert of_text(content, ";", Read(0, 0, found)) == Filled(n_filled)
