"""Workspaces made out of data sets: what is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from started import LIKERT, NETWORKS, SURVEY, TOWNS, made

from melflow.core.names import PartnerNames, fold
from melflow.core.workspace import load_workspace
from melflow.core.workspace.registry import Partner
from melflow.flows.cli import FAILED, USAGE, run
from melflow.flows.start import identifiers


def content(path: Path) -> object:
    """Return what a file says; of a workbook its cells, for compression differs between machines."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in openpyxl.load_workbook(path)}


@pytest.mark.parametrize(("shown", "arguments"), [(NETWORKS, TOWNS), (LIKERT, SURVEY)], ids=["networks", "likert"])
def test_init__example_folder_is_what_it_writes(shown: Path, arguments: list[str], tmp_path: Path) -> None:
    """Should write, from the data in the example folder, every file of that folder."""
    folder = made(tmp_path / "w", *arguments)
    own = {"README.md", "town_survey.csv", "town_survey_key.csv"}
    names = {path.relative_to(shown) for path in shown.rglob("*") if path.is_file()} - set(map(Path, own))
    assert {Path("melflow.toml"), Path("partners.csv"), Path("partnerships.yml")} < names
    for name in names:
        assert content(folder / name) == content(shown / name), f"write {name} again with melflow init"
    assert run(["-C", str(folder), "check"]) == 0


def test_write_network__columns_dates_and_names(tmp_path: Path) -> None:
    """Should find columns by name whatever the capitals, take dates from theirs, and join spellings of one name."""
    lines = ["When;Asks;Asked", "2023-03-01;Río;Lab 1", "2024-03-01;LAB  1;rio", "2024-05-01;Lab-1;Río"]
    (tmp_path / "asks.csv").write_text("\n".join(lines), encoding="utf-8")
    asked = ["--giver", "asked", "--receiver", "ASKS", "--date", "when"]
    folder = made(tmp_path / "w", "--network", str(tmp_path / "asks.csv"), *asked)
    workspace = load_workspace(folder)
    assert {key: partner.name for key, partner in workspace.partners.items()} == {
        "rio": "rio", "lab_1": "Lab 1", "lab_1_2": "Lab-1",
    }  # fmt: skip
    assert [period.period_id for period in workspace.periods] == ["2023", "2024"]
    assert {dyad.dyad_id: dyad.publish_level for dyad in workspace.dyads} == {
        "lab_1--rio": "internal", "lab_1_2--rio": "internal",
    }  # fmt: skip
    source: Any = workspace.sources["ties"]
    assert source.columns == {"from_partner": "Asked", "to_partner": "Asks", "occurred_on": "When"}
    assert source.constants == {"kind": "advice"}


@given(st.lists(st.text(min_size=1).filter(fold), max_size=12))
def test_identifiers__each_name_resolves_to_its_own(names: list[str]) -> None:
    """Should give ids that the registry accepts and that lead every name back to its own partner."""
    ids = identifiers(names)
    same = {(fold(one), fold(other)): ids[one] == ids[other] for one in names for other in names}
    assert all(together == (one == other) for (one, other), together in same.items())
    partners = {
        ids[name]: Partner(partner_id=ids[name], name=name, type="other", country="x", joined_on="2024-01-01")  # type: ignore[arg-type]
        for name in names
        if name.strip()
    }
    known = [name for name in names if name.strip()]
    assert PartnerNames(partners, ()).resolve(pl.Series(known, dtype=pl.String)).to_list() == [ids[n] for n in known]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--network", "{data}/nowhere.csv"], USAGE, "no such file"),
        (["--network", "{data}/ties.csv", "--giver", "givr"], USAGE, "Did you mean 'giver'?"),
        (["--network", "{data}/ties.csv", "--weight", "giver", "--example"], USAGE, "more than one"),
        (["--network", "{data}/ties.csv", "--date", "receiver"], USAGE, "year-month-day"),
        (["--network", "{data}/ties.csv", "--day", "1.1.2025"], USAGE, "--day"),
        (["--network", "{data}/gap.csv"], USAGE, "row 3"),
        (["--network", "{data}/one.csv"], USAGE, "1 columns"),
        (["--network", "{data}/picture.csv"], FAILED, "picture.csv"),
        (["--likert", "{data}/answers.csv"], USAGE, "--key"),
        (["--likert", "{data}/answers.csv", "--key", "{data}/ties.csv"], USAGE, "the key names a column"),
        (["--likert", "{data}/answers.csv", "--key", "{data}/key.csv"], USAGE, "Did you mean 'plan_1'?"),
        (["--likert", "{data}/answers.csv", "--key", "{data}/key.csv"], USAGE, "min the lower"),
        (["--likert", "{data}/answers.csv", "--key", "{data}/key.csv"], USAGE, "'institutional'"),
        (["--likert", "{data}/answers.csv", "--key", "{data}/key.csv"], USAGE, "'Partner scale'"),
    ],
)
def test_init__mistakes(
    arguments: list[str], code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Should say what is wrong with the data set and leave nothing behind, so that the command can be repeated."""
    (tmp_path / "ties.csv").write_text("giver,receiver\nA,B\n")
    (tmp_path / "gap.csv").write_text("giver,receiver\nA,B\nA,\n")
    (tmp_path / "one.csv").write_text("giver\nA\n")
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    (tmp_path / "answers.csv").write_text("plan_1,plan_2\n1,2\n")
    key = "item,scale,min,max,level\nplan1,plan,1,5,\nplan_2,plan,5,1,\nplan_1,plan,1,5,instituional\n"
    key += "plan_2,Partner,1,5,\n"
    (tmp_path / "key.csv").write_text(key)
    assert run(["init", str(tmp_path / "w"), *(argument.format(data=tmp_path) for argument in arguments)]) == code
    said = capsys.readouterr().err
    assert words in " ".join(said.split())
    assert "Traceback" not in said
    assert not list((tmp_path / "w").glob("*"))


def test_write_likert__only_what_the_key_names(tmp_path: Path) -> None:
    """Should copy no column that is neither of the key nor asked for, and skip what stands for nothing."""
    (tmp_path / "a.csv").write_text("phone,Q 1,2nd\n0123,1,NA\n0456,5,2.5\n")
    (tmp_path / "k.csv").write_text("item,construct,min,max,reverse\nq 1,Trust,1,5,-1\n2nd,Other,0,10,\n")
    folder = made(tmp_path / "w", "--likert", str(tmp_path / "a.csv"), "--key", str(tmp_path / "k.csv"),
                  "--day", "2020-02-01")  # fmt: skip
    assert (
        folder / "inbox" / "a.csv"
    ).read_text() == "_id,collected_on,q_1,q_2nd\n1,2020-02-01,1,\n2,2020-02-01,5,2.5\n"
    framework = load_workspace(folder).framework
    assert [one.id for one in framework.capabilities] == ["trust", "other"]
    assert "trust" not in {one.id for one in framework.health_dimensions}


def test_write_likert__names_that_are_taken(tmp_path: Path) -> None:
    """Should keep apart items of like names and one item of two scales, and let the key's words win."""
    (tmp_path / "a.csv").write_text("x,partner,a b,a-b\n1,2,3,4\n")
    key = "Item,Scale,Min,Max,Reverse\npartner,learn,1,5,\na b,learn,1,5,1\na-b,learn,1,5,\na b,power_shared,1,5,\n"
    (tmp_path / "k.csv").write_text(key)
    folder = made(tmp_path / "w", "--likert", str(tmp_path / "a.csv"), "--key", str(tmp_path / "k.csv"),
                  "--day", "2020-02-01")  # fmt: skip
    header, row = (folder / "inbox" / "a.csv").read_text().splitlines()
    assert header == "_id,collected_on,partner_2,a_b,a_b_2,a_b_3"
    assert row == "1,2020-02-01,2,3,4,3"
    assert run(["-C", str(folder), "check"]) == 0
    workbook = openpyxl.load_workbook(folder / "instruments" / "survey.xlsx")
    reverse = {str(one[1]): one[6] for one in workbook["survey"].iter_rows(min_row=3, values_only=True)}
    assert reverse == {"partner_2": None, "a_b": "yes", "a_b_2": None, "a_b_3": None}
