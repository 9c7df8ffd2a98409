import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melflow.core.errors import SourceError
from melflow.sources import json_rows
from melflow.sources.payload import Origin

ORIGIN = Origin("log", "inbox/log.jsonl", "log-0123456789ab", datetime(2025, 7, 1, tzinfo=UTC))
MAPPED = {"who": "Quién", "what": "Tema"}
_VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
)
_RECORDS = st.lists(
    st.dictionaries(
        st.sampled_from(["Quién", "tema", "other", ""]), _VALUES | st.lists(_VALUES, max_size=2), max_size=4
    ),
    max_size=8,
)


def _text(value: Any) -> str | None:
    text = value if value is None or isinstance(value, str) else json.dumps(value)
    found: str | None = pl.Series([text], dtype=pl.String).str.strip_chars().item()  # what counts as white space
    return found


@settings(max_examples=150, deadline=None)
@given(
    records=_RECORDS,
    ascii_only=st.booleans(),
    ends=st.sampled_from(["\n", "\r\n", "\n\n", "\n  \n"]),
    bom=st.booleans(),
)
def test_lines_and_lists__say_the_same(records: list[dict[str, Any]], ascii_only: bool, ends: str, bom: bool) -> None:
    """Should read JSON Lines and a list alike, whatever the line ends, the mark at the start, padding and escapes."""
    lines = [json.dumps(record, ensure_ascii=ascii_only) for record in records]
    start = b"\xef\xbb\xbf" * bom
    by_line = json_rows.read_json(ORIGIN, start + ends.join(lines).encode(), MAPPED)
    listed = json_rows.read_json(ORIGIN, start + json.dumps(records, ensure_ascii=ascii_only).encode(), MAPPED)
    wanted = [tuple(_text(record.get(key)) for key in ("Quién", "tema")) for record in records]
    scalars = [n for n, record in enumerate(records) if not any(isinstance(value, list) for value in record.values())]
    for found in (by_line, listed):
        rows = found.cells.select("who", "what").rows()
        assert len(rows) == len(records)
        assert [rows[n] for n in scalars] == [wanted[n] for n in scalars]
        assert found.unmapped == sorted({key for record in records for key in record} - {"Quién", "tema"})
    step = 2 if ends.count("\n") == 2 else 1
    assert by_line.cells["__row"].to_list() == [n * step + 1 for n in range(len(records))]


def test_keys__that_come_late_are_found() -> None:
    """Should find a mapped key that stands only after the lines looked at first."""
    lines = ['{"Quién": "a"}'] * 1500 + ['{"Quién": "b", "Tema": 1.5}']
    found = json_rows.read_json(ORIGIN, "\n".join(lines).encode(), MAPPED)
    assert (found.missing, found.cells["what"].drop_nulls().to_list()) == ([], ["1.5"])


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b'{"Tema": 1}\n\n{"Tema": ', "row 3"),
        (b'{"Tema": 1}\n{"Tema": NaN}\n', "row 2"),
        (b'{"Tema": 1}\n7\n', "row 2"),
        (b'{"Tema": 1} {"Tema": 2}\n', "row 1"),
        (b'[{"Tema": 1},\n{"Tema": ]', "line 2"),
    ],
)
def test_broken_line__named(content: bytes, place: str) -> None:
    """Should name the line that is broken, and lose none in silence."""
    with pytest.raises(SourceError) as caught:
        json_rows.read_json(ORIGIN, content, MAPPED)
    assert caught.value.problems[0].where == f"inbox/log.jsonl!{place}"
