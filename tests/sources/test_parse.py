import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from melflow.core.errors import SourceError
from melflow.core.workspace.source import KoboSource, OdkSource, SourceConfig, SpreadsheetSource
from melflow.core.workspace.source_log import ActivityLogSource
from melflow.sources import canonical
from melflow.sources.parse import parse
from melflow.sources.payload import Origin, Parsed
from melflow.sources.xlsform import Instruments

ORIGIN = Origin("s", "inbox/file", "s-0123456789ab", datetime(2025, 3, 1, tzinfo=UTC))
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["about", "partner", "learned", "trust_1", "meta", "__system", "edits", "instanceID", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.fixture
def sources(
    kobo_source: KoboSource, odk_source: OdkSource, results_source: SpreadsheetSource, log_source: ActivityLogSource
) -> list[SourceConfig]:
    return [kobo_source, odk_source, results_source, log_source]


def _held(content: bytes, config: SourceConfig, instruments: Instruments) -> Parsed | None:
    """Parse; the only error that may escape names the file and a remedy."""
    parsed, problems = None, ()
    try:
        parsed = parse(ORIGIN, content, config, instruments)
    except SourceError as error:
        problems = error.problems
    assert parsed is not None or problems
    for problem in problems:
        assert problem.where.startswith("inbox/file") and problem.fix.endswith((".", "?")) and problem.seen
    for table, frame in parsed.frames.items() if parsed else ():
        assert dict(frame.schema) == canonical.TABLES[table]
    return parsed


@QUICK
@given(content=st.binary(max_size=300))
@example(content=b"PK\x03\x04")
@example(content=b"[")
@example(content=b"[1]")
@example(content=b"null")
@example(content=b'{"value": 3}')
@example(content=b'"')
@example(content=b"\xff\xfe\x00")
def test_parse__any_bytes(content: bytes, sources: list[SourceConfig], instruments: Instruments) -> None:
    """Should let nothing but a SourceError that names the file escape, whatever the bytes."""
    for config in sources:
        _held(content, config, instruments)


@QUICK
@given(
    submissions=st.lists(
        st.dictionaries(st.sampled_from(["about", "learned", "trust_1", "meta", "__system", "y"]), _JSON), max_size=3
    )
)
@example(submissions=[{"about": "text", "learned": {"practice": 1}, "meta": [], "__system": 3}])
def test_parse__any_json(submissions: list[dict[str, Any]], odk_source: OdkSource, instruments: Instruments) -> None:
    """Should read or refuse a submission whose values are of the wrong shape, and not break."""
    full = [
        {"trust_1": "yes", "trust_2": "no", "how": "call", "__id": f"uuid:{n}", **one}
        for n, one in enumerate(submissions)
    ]
    _held(json.dumps({"value": full}).encode(), odk_source, instruments)


@QUICK
@given(rows=st.lists(st.lists(st.text(max_size=8), min_size=6, max_size=6), max_size=6))
def test_parse__any_cells(rows: list[list[str]], sources: list[SourceConfig], instruments: Instruments) -> None:
    """Should keep every row of a readable file, whatever is in its cells: a bad cell never raises."""
    import csv
    import io

    kobo_source, _, results_source, log_source = sources
    headers = {
        0: ["about/partner", "about/day", "trust_1", "trust_2", "how", "years"],
        2: ["Indicator", "Organisation", "Semester", "Baseline", "Target", "Actual"],
    }
    for number, config in ((0, kobo_source), (2, results_source)):
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL).writerows([headers[number], *rows])
        parsed = _held(text.getvalue().encode("utf-8", "replace"), config, instruments)
        if parsed is not None and "\x00" not in text.getvalue():
            dropped = sum(
                int(parsed.notes.get(name, 0)) for name in ("duplicates", "rows_dropped_totals", "rows_dropped_notes")
            )  # type: ignore[arg-type]  # these notes are counts
            kept = next(iter(parsed.frames.values())).height
            assert kept + dropped == parsed.notes["rows_read"]
    assert log_source.connector == "activity_log"


def test_parse__dispatches_on_the_connector(
    sources: list[SourceConfig],
    instruments: Instruments,
    make_workbook: Callable[..., bytes],
    make_odata: Callable[..., bytes],
) -> None:
    """Should give each connector's tables."""
    contents = [
        b"about/partner,trust_1,trust_2,how\nnorth,yes,no,call\n",
        make_odata(),
        make_workbook(**{"2024": [["Indicator", "Organisation", "Semester", "Baseline", "Target", "Actual"]]}),
        "Ref,Fecha,Quién da,Quién recibe,Actividad,Horas,Unidad,Persona\n".encode(),
    ]
    tables = [
        set(parse(ORIGIN, content, config, instruments).frames)
        for content, config in zip(contents, sources, strict=True)
    ]
    assert tables == [
        {"src_submission", "src_response"},
        {"src_submission", "src_response"},
        {"src_result"},
        {"src_exchange"},
    ]


def test_parse__unforeseen_errors_become_one_that_helps(
    kobo_source: KoboSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should turn any error of a reader into one that names the file and what to do."""
    with pytest.raises(SourceError) as caught:
        parse(ORIGIN, b"a,b\n", kobo_source, None)  # type: ignore[arg-type]  # provokes an AttributeError inside
    (problem,) = caught.value.problems
    assert problem.where == "inbox/file" and "AttributeError" in problem.seen and "export it again" in problem.fix
    assert isinstance(caught.value.__cause__, AttributeError)
