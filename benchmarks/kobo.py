"""How long 100,000 submissions of 50 questions take from pages of KoboToolbox's API, to two ends.

*read* ends where the bare libraries end: a wide table of every page, its keys matched to questions, its versions and
what is known of each submission told. *parsed* ends with the canonical tables, as ``flows`` reads what landed: checked
types, hashes, identity, a row for each answer.

Bare is orjson into a wide Polars table, page by page, in two ways. Without a schema Polars looks at all values to find
the columns and their types, which somebody who does not know the form has to let it do. With a schema of texts, made
beforehand from the form, it looks at nothing and leaves out what it was not told of; that is half the work.
All sides run in turns in one process; the best of five counts.

    .venv/bin/python benchmarks/kobo.py [--submissions 100000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import polars as pl
import yaml
from race import HEAD, Seconds, compared, race

from melflow.core.errors import SourceError
from melflow.core.names import PartnerNames
from melflow.core.workspace.framework import SHIPPED, Framework
from melflow.core.workspace.source import KoboSource
from melflow.sources import kobo_json
from melflow.sources.parse import parse_each
from melflow.sources.payload import Context, Origin
from melflow.sources.xlsform import Instruments, read_instruments

PAGE = 1000
#: Type of question -> how many of the 50 are of it, as in the surveys of alliances: mostly scales.
KINDS = {"select_one agree": 28, "select_multiple ways": 4, "integer": 8, "decimal": 3, "date": 3, "text": 4}

SOURCE = KoboSource(name="bench", title="Bench", path="x/*.json", connector="kobo", instrument="bench")
_KNOWN = ("_id", "_uuid", "meta/rootUuid", "_submission_time", "__version__")
SCHEMA: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(_KNOWN, pl.String), **{f"q{number}": pl.String for number in range(sum(KINDS.values()))}
}  # fmt: skip


def ratios(submissions: int = 100_000, rounds: int = 5) -> dict[str, Seconds]:
    """Return the seconds of each end and of the bare libraries in both ways."""
    with tempfile.TemporaryDirectory() as scratch:
        instruments = _instruments(Path(scratch))
    pages = _pages(submissions)
    sides: dict[str, Callable[[], None]] = {
        "without a schema": lambda: _bare(pages, None),
        "with a schema": lambda: _bare(pages, SCHEMA),
        "read": lambda: _read(pages, instruments),
        "parsed": lambda: _parse(pages, instruments),
    }
    return race(sides, rounds)


def _read(pages: list[bytes], instruments: Instruments) -> None:
    for origin, page in _payloads(pages):
        kobo_json.read(origin, page, SOURCE, instruments)


def _parse(pages: list[bytes], instruments: Instruments) -> None:
    context = Context(PartnerNames({}, []))
    for parsed in parse_each(_payloads(pages), SOURCE, instruments, context):
        if isinstance(parsed, SourceError):
            raise parsed


def _payloads(pages: list[bytes]) -> list[tuple[Origin, bytes]]:
    landed = datetime(2026, 1, 1, tzinfo=UTC)
    origins = [Origin("bench", f"page {number}", f"bench-{number:012d}", landed) for number in range(len(pages))]
    return list(zip(origins, pages, strict=True))


def _bare(pages: list[bytes], schema: dict[str, type[pl.DataType]] | None) -> None:
    for page in pages:
        pl.DataFrame(orjson.loads(page)["results"], schema=schema, infer_schema_length=None)


def _instruments(folder: Path) -> Instruments:
    survey: list[list[Any]] = [["type", "name", "label"]]
    survey += [[kind, f"q{number}", f"Question {number}"] for number, kind in enumerate(_kinds())]
    codes = [["agree", f"a{score}", f"Step {score}"] for score in range(1, 6)]
    codes += [["ways", way, way] for way in ("visit", "call", "letter")]
    book = openpyxl.Workbook()
    for name, rows in {
        "survey": survey,
        "choices": [["list_name", "name", "label"], *codes],
        "settings": [["form_title", "form_id"], ["Bench", "bench"]],
    }.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.remove(book.active)
    book.save(folder / "bench.xlsx")
    return read_instruments(folder, Framework.model_validate(yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))))


def _kinds() -> list[str]:
    return [kind for kind, count in KINDS.items() for _ in range(count)]


def _pages(submissions: int) -> list[bytes]:
    chance = random.Random(7)  # noqa: S311  # the same submissions every time
    pages = []
    for first in range(1, submissions + 1, PAGE):
        records = [_record(key, chance) for key in range(first, min(first + PAGE, submissions + 1))]
        pages.append(orjson.dumps({"count": submissions, "next": None, "previous": None, "results": records}))
    return pages


def _record(key: int, chance: random.Random) -> dict[str, Any]:
    version = f"{chance.getrandbits(64):016x}"
    answers = {f"q{number}": _answer(kind, chance) for number, kind in enumerate(_kinds()) if chance.random() > 0.05}
    return {
        "_id": key, "formhub/uuid": "f", **answers, "__version__": "vA", "meta/instanceID": f"uuid:{version}",
        "meta/rootUuid": f"uuid:{version}", "_xform_id_string": "aBench", "_uuid": version, "_attachments": [],
        "_status": "submitted_via_web", "_geolocation": [None, None], "_submission_time": "2026-01-01T10:00:00",
        "_tags": [], "_notes": [], "_validation_status": {}, "_submitted_by": None,
    }  # fmt: skip


def _answer(kind: str, chance: random.Random) -> str:
    match kind.split()[0]:
        case "select_one":
            return f"a{chance.randint(1, 5)}"
        case "select_multiple":
            return " ".join(chance.sample(("visit", "call", "letter"), chance.randint(1, 3)))
        case "integer":
            return str(chance.randrange(100))
        case "decimal":
            return f"{chance.random():.3f}"
        case "date":
            return (date(2025, 1, 1) + timedelta(days=chance.randrange(700))).isoformat()
    return f"what person {chance.randrange(10**6)} had to say about it"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    best = ratios(chosen.submissions, chosen.rounds)
    print(HEAD)
    for end in ("read", "parsed"):
        for way in ("without a schema", "with a schema"):
            print(compared(f"{end}, against bare {way}", best[end], best[way]))
