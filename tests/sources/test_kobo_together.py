import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from melflow.core.errors import SourceError
from melflow.core.names import PartnerNames
from melflow.core.workspace.corrections import Correction
from melflow.core.workspace.source import KoboSource
from melflow.sources.corrections import Corrector
from melflow.sources.parse import parse, parse_each
from melflow.sources.payload import Context, Origin, Parsed
from melflow.sources.xlsform import Instruments

CORRECTIONS = (
    Correction.model_validate(
        {"file": "*", "submission": "u2", "item": "years", "expected": "4", "action": "replace", "value": "5",
         "reason": "a slip", "who": "A", "on": "2025-02-02"}
    ),
    Correction.model_validate(
        {"file": "*", "submission": "u3", "action": "drop", "reason": "a trial", "who": "A", "on": "2025-02-02"}
    ),
)  # fmt: skip
_PRACTICE = {"learned/practice": st.text(max_size=3), "learned/adapted": st.just("no")}
_RECORD = st.fixed_dictionaries(
    {"_id": st.integers(1, 4), "_uuid": st.sampled_from(["u1", "u2", "u3", "u4"]), "trust_1": st.just("yes")},
    optional={
        "__version__": st.sampled_from(["vA", "vB", "unknown"]),
        "meta/deprecatedID": st.sampled_from(["uuid:u1", "uuid:u2"]),
        "meta/rootUuid": st.sampled_from(["uuid:u1", "uuid:r"]),
        "_submission_time": st.sampled_from(["2025-02-01T14:11:00", "2025-02-02T14:11:00"]),
        "about/partner": st.sampled_from(["north", " north ", ""]),
        "how": st.sampled_from(["visit call", "call", "other", "", "visit unheard"]),
        "years": st.sampled_from(["4", "4,5", "x", "999", 4, [1]]),
        "share": st.sampled_from(["0.5", " 1 "]),
        "learned": st.lists(st.fixed_dictionaries({}, optional=_PRACTICE), max_size=2),
        "new": st.just("x"),
    },
)
_PAGE = st.lists(_RECORD, max_size=4).map(lambda some: json.dumps({"results": some}).encode()) | st.sampled_from(
    [b'{"results": [{"_id"', b'[{"_id": 1, "room": "A", "guests": "4"}]', b"_id,_uuid\n1,u1\n"]
)


def _origins(n_pages: int, *, corrects: bool) -> list[Origin]:
    landed = datetime(2025, 3, 1, tzinfo=UTC)
    files = [f"page {number}" for number in range(n_pages)]
    return [
        Origin("north_survey", file, f"north_survey-{file}", landed, Corrector(file, CORRECTIONS) if corrects else None)
        for file in files
    ]


def _told(found: Parsed | SourceError) -> Any:
    if isinstance(found, SourceError):
        return str(found)
    met = [] if found.met is None else found.met.rows()
    frames = {name: (frame.schema, frame.rows()) for name, frame in found.frames.items()}
    return frames, found.notes, found.conflicts, sorted(met, key=str)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pages=st.lists(_PAGE, min_size=2, max_size=5), corrects=st.booleans())
def test_parse_each__as_each_alone(
    kobo_source: KoboSource, instruments: Instruments, pages: Sequence[bytes], corrects: bool
) -> None:
    """Should say of each page what it says of that page alone: links, twins, versions and errors stay inside a page."""
    alone: list[Parsed | SourceError] = []
    for origin, page in zip(_origins(len(pages), corrects=corrects), pages, strict=True):
        try:
            alone.append(parse(origin, page, kobo_source, instruments))
        except SourceError as error:
            alone.append(error)
    payloads = zip(_origins(len(pages), corrects=corrects), pages, strict=True)
    together = list(parse_each(payloads, kobo_source, instruments, Context(PartnerNames({}, []))))
    assert [_told(one) for one in together] == [_told(one) for one in alone]
