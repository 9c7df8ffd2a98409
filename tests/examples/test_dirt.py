"""The README lists the dirt; here it is counted in the files, without asking the generator."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Row = dict[str, Any]


def read_csv(path: Path) -> list[Row]:
    text = path.read_text("utf-8-sig")
    separator = ";" if text.split("\n", 1)[0].count('";"') else ","
    return list(csv.DictReader(text.splitlines(), delimiter=separator))


@pytest.fixture(scope="module")
def kobo(alliance: Path) -> dict[str, list[Row]]:
    """Every Kobo export but the French workbooks, by file name; headers without their groups."""
    exports = [path for folder in ("kobo", "kobo_es") for path in (alliance / "inbox" / folder).glob("*.csv")]
    return {
        path.stem: [{key.split("/", 1)[-1]: value for key, value in row.items()} for row in read_csv(path)]
        for path in exports
    }


@pytest.fixture(scope="module")
def odk(alliance: Path) -> dict[str, list[Row]]:
    """Every OData file, by file name."""
    return {
        path.stem: json.loads(path.read_text("utf-8"))["value"]
        for path in (alliance / "inbox" / "odk").glob("*.json")
    }  # fmt: skip


@pytest.fixture(scope="module")
def logs(alliance: Path) -> dict[str, list[Row]]:
    """The rows of each log, by its folder."""
    folder = alliance / "inbox" / "logs"
    lines = [line for path in sorted(folder.glob("platform/*")) for line in path.read_text("utf-8").splitlines()]
    found = {"platform": [json.loads(line) for line in lines]}
    for name in ("valle", "kiserua"):
        found[name] = [row for path in sorted((folder / name).glob("*.csv")) for row in read_csv(path)]
    return found


@pytest.fixture(scope="module")
def results(alliance: Path) -> list[tuple[Any, ...]]:
    """The data rows of the alliance's results workbook."""
    book = openpyxl.load_workbook(alliance / "inbox" / "results" / "alliance_results.xlsx")
    rows = [row for sheet in book for row in sheet.iter_rows(values_only=True)]
    return [row for row in rows if row[0] and re.fullmatch(r"[A-Z]{2}-\d\d", str(row[0]))]


@pytest.fixture(scope="module")
def written(alliance: Path) -> dict[str, int]:
    """What the README says: fault -> rows."""
    text = (alliance / "README.md").read_text("utf-8")
    table = text[text.index("| fault | rows |") :]
    return {fault: int(rows) for fault, rows in re.findall(r"^\| (.+?) \| (\d+) \|", table, re.MULTILINE)}


def test_readme__counts_what_came_twice(kobo: dict[str, list[Row]], odk: dict[str, list[Row]],
                                        logs: dict[str, list[Row]], written: dict[str, int]) -> None:  # fmt: skip
    """Should list as many edits and repeats as the files hold."""
    seen = {row["_id"]: row["_uuid"] for name, rows in kobo.items() if "second" not in name for row in rows}
    again = [row for name, rows in kobo.items() if "second" in name for row in rows]
    same = [seen[row["_id"]] == row["_uuid"] for row in again]
    assert written["edited in Kobo, same `_id` and a new `_uuid`"] == same.count(False)
    assert written["exported twice, unchanged, from Kobo"] == same.count(True)

    first = {doc["__id"]: doc for name, docs in odk.items() if "corrected" not in name for doc in docs}
    corrected = odk["health_2025-H1_corrected"]
    repeats = [doc for doc in corrected if doc == first[doc["__id"]]]
    edits = [doc for doc in corrected if doc["meta"]["deprecatedID"] == doc["__id"] != doc["meta"]["instanceID"]]
    assert written["edited in ODK, same `__id` and a new instance"] == len(edits)
    assert written["exported twice, unchanged, from ODK"] == len(repeats) == len(corrected) - len(edits)

    ids = Counter(row["id"] for row in logs["platform"])
    assert written["exchange that comes twice"] == sum(times - 1 for times in ids.values())


def test_readme__counts_faulty_answers(kobo: dict[str, list[Row]], odk: dict[str, list[Row]],
                                       written: dict[str, int]) -> None:  # fmt: skip
    """Should list as many unknown choices, numbers out of range and missing answers as the files hold."""
    sent = [row for name, rows in kobo.items() if "second" not in name for row in rows]
    rated = [doc["partnership"].values() for name, docs in odk.items() if "corrected" not in name for doc in docs]
    codes = {"strongly_disagree", "disagree", "neither", "agree", "strongly_agree", "dont_know"}
    labels = {"Totalmente en desacuerdo", "En desacuerdo", "Ni de acuerdo ni en desacuerdo", "De acuerdo",
              "Totalmente de acuerdo", "No sabe"}  # fmt: skip
    items = re.compile(r"(commit|deliver|relate|balance|renew)_(ind|inst|ctx)_|.+\.$")
    answers = [(name, value) for row in sent for name, value in row.items() if items.match(name)]
    unknown = [value for _, value in answers if value and value not in codes | labels]
    unknown += [value for values in rated for value in values if value and value not in codes]
    assert written["choice that does not exist"] == len(unknown)
    assert set(unknown) == {"agre", "Muy de acuerdo", "agree_somewhat"}

    years = [row.get("years_in_role", row.get("Años en su función")) for row in sent]
    assert written["number out of range"] == sum(not 0 <= int(year) <= 50 for year in years)

    old = [row for row in sent if row.get("renew_ind_2") and "renew_ind_feedback" in row]
    assert written["filled in on the old version of the form"] == len(old)
    # The two names of the renamed question: one of them is rightly empty.
    empty = [name for name, value in answers if not value and not name.startswith(("renew_ind_2", "renew_ind_feed"))]
    missing = len(empty) + sum(value is None for values in rated for value in values)
    assert written["required answer missing"] == missing


def test_readme__counts_faulty_exchanges_and_results(
    logs: dict[str, list[Row]], results: list[tuple[Any, ...]], written: dict[str, int]
) -> None:
    """Should list as many loops, serial dates, commas, strangers and words as the logs and results hold."""
    assert written["partner that gives to itself"] == sum(row["giver"] == row["receiver"] for row in logs["platform"])
    assert written["date as an Excel serial"] == sum(row["Date"].isdigit() for row in logs["kiserua"])
    assert written["decimal comma where a point is agreed"] == sum("," in row["Qty"] for row in logs["kiserua"])
    named = [value for name in ("valle", "kiserua") for row in logs[name] for value in row.values()]
    strangers = named.count("Comité Río Hondo") + sum(row[2] == "Comité Río Hondo" for row in results)
    assert written["organisation nobody knows"] == strangers
    assert written["word where a number belongs"] == sum(isinstance(row[8], str) for row in results)


def test_readme__sizes(kobo: dict[str, list[Row]], odk: dict[str, list[Row]], logs: dict[str, list[Row]],
                       alliance: Path) -> None:  # fmt: skip
    """Should make about 2,000 submissions and 1,500 exchanges, as the README says."""
    ids = {row["_id"] for rows in kobo.values() for row in rows} | {
        doc["__id"] for docs in odk.values() for doc in docs
    }
    books = (alliance / "inbox" / "kobo_fr").glob("*.xlsx")
    french = sum(openpyxl.load_workbook(path).active.max_row - 1 for path in books)
    assert abs(len(ids) + french - 2000) < 100
    assert abs(sum(len(rows) for rows in logs.values()) - 1500) < 75
