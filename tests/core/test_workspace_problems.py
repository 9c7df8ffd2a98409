"""Every mistake is named with file, line, what was seen and what to write instead."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from melflow.core.errors import Problem, WorkspaceError
from melflow.core.workspace import load_workspace

Change = Callable[[str, str, str], Path]


def _problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(WorkspaceError) as caught:
        load_workspace(folder)
    return caught.value.problems


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "fix"),
    [
        # spelling of keys and of closed sets
        ("melflow.toml", "time_zone", "timezone", 5, "'time_zone'"),
        ("melflow.toml", 'kind = "half-year"', 'kind = "halfyear"', 9, "'half-year'"),
        ("melflow.toml", "America/Bogota", "America/Bogata", 5, "'America/Bogota'"),
        ("partners.csv", "research", "reserch", 2, "'research'"),
        ("partnerships.yml", "role: learner", "role: lerner", 10, "'learner'"),
        ("sources/survey.yml", "connector: kobo", "connector: cobo", 1, "'kobo'"),
        ("sources/survey.yml", "versions:", "version:", 5, "'versions'"),
        ("sources/results.yml", "partner: Org", "parner: Org", 7, "'partner'"),
        ("reports/funder.yml", "audience: funder", "audience: funders", 2, "'funder'"),
        # references from file to file
        ("partnerships.yml", "partner: city", "partner: ctiy", 10, "'city'"),
        ("sources/survey.yml", "title: Survey", "title: Survey\npartner: laab", 3, "'lab'"),
        ("reports/funder.yml", "language: en", "language: en\npublish_level: partners", 4, "'funder'"),
        ("reports/funder.yml", "language: en", "partners: [city]\nlanguage: en", 3, "'audience: partner'"),
        ("reports/funder.yml", "trust:", "trsut:", 4, "'trust'"),
        ("reports/funder.yml", "language: en\n", "", 1, "Write 'language: …'"),
        ("reports/funder.yml", "language: en", "language: fr", 3, "en, es"),
        ("reports/funder.yml", "language: en", "language: es", 3, "'es: …'"),
        ("reports/funder.yml", "language: en", "language: en\nperiod: 2024H2", 4, "'2024-H2'"),
        ("reports/funder.yml", "language: en", "language: en\nperiods: {shown: [2024H2]}", 4, "'2024-H2'"),
        ("reports/funder.yml", "language: en", "language: en\nperiods: {}", 4, "fiscal_year_starts: 7"),
        ("reports/funder.yml", "language: en", "language: en\ncurrency: euro", 4, "EUR"),
        ("reports/funder.yml", "language: en", "language: en\nalso_in: [es]", 4, "'es: …'"),
        ("reports/funder.yml", "language: en", "language: en\nindicators: [WC-1]", 4, "Nothing is declared"),
        ("reports/funder.yml", "language: en", "language: en\nsections: [held]", 4, "'audience: officer'"),
        ("reports/funder.yml", "language: en", "language: en\nformats: [iati]", 1, "[iati] to melflow.toml"),
        ("sources/results.yml", '"{sheet}-H{half}"', "2029-H1", 4, "move 'last' on"),
        ("sources/results.yml", "{half}", "{haf}", 5, "'half'"),
        # how editions leave
        ("reports/funder.yml", "language: en", "recipients: [a@b.example, a b@c]\nlanguage: en", 3, "one address"),
        ("reports/funder.yml", "language: en", "recipients: [josé@b.example]\nlanguage: en", 3, "without accents"),
        ("reports/funder.yml", "language: en", "groups: {x: {to: [a@b.c, a@b.c]}}\nlanguage: en", 3, "repetition"),
        ("reports/funder.yml", "language: en", "groups: {recipients: {to: [a@b.c]}}\nlanguage: en", 3, "another name"),
        (
            "reports/funder.yml",
            "language: en",
            "schedule: 0 7 1 * *\ndue: {days_after_period_end: 9}\nlanguage: en",
            4,
            "Remove the line 'schedule'",
        ),
        ("reports/funder.yml", "audience: funder", "audience: partner\nrecipients: [a@b.c]", 1, "Remove 'recipients'"),
        (
            "reports/funder.yml",
            "audience: funder",
            "audience: officer\nrecipients: [a@b.c]",
            1,
            "the data officer only",
        ),
        ("melflow.toml", "[calendar]", '[delivery]\naddress = "http://far.example"\n[calendar]', 9, "https://reports"),
        (
            "melflow.toml",
            "[calendar]",
            '[delivery.upload.public]\npath = "https://far.example/x"\n[calendar]',
            9,
            "s3://bucket/reports",
        ),
        # types, bounds, dates, schedules, paths
        ("melflow.toml", "[calendar]", "[gates]\nmax_held_share = 2\n[calendar]", 9, "Write 1 or less"),
        ("melflow.toml", 'last = "2026-H1"', 'last = "2023-H1"', 11, "'2024-H2' or a later"),
        ("melflow.toml", '["en", "es"]', '"en"', 6, "Write a list"),
        ("melflow.toml", 'last = "2026-H1"', 'last = "9999-H2"', 11, "Write '2024-H2'"),
        ("sources/survey.yml", "connector: kobo", "connector: [kobo]", 1, "'kobo'"),
        ("melflow.toml", "[calendar]", '[privacy]\nhash_key = "abc"\n[calendar]', 9, "put the secret in the env"),
        ("partners.csv", "2025-12-31", "2023-12-31", 4, "Correct one of the two dates"),
        ("partners.csv", "2024-07-01,,ana", "01/07/2024,,ana", 2, "year-month-day"),
        ("partners.csv", "lab,Water", "Water Lab,Water", 2, "'water_lab'"),
        ("sources/survey.yml", "0 6 * * 1", "0 6 * *", 7, "five fields"),
        ("sources/survey.yml", "0 6 * * 1", "0 25 * * 1", 7, "five fields"),
        ("sources/survey.yml", "inbox/kobo", "../kobo", 3, "inbox folder"),
        ("sources/survey.yml", "inbox/kobo", "C:/kobo", 3, "inbox folder"),
        ("sources/survey.yml", "inbox/kobo/", "inbox\\kobo\\", 3, "'inbox/kobo/*.csv'"),
        ("sources/results.yml", "title: Results", "title: Results\ndue_days_after_period: soon", 3, "whole number"),
        ("sources/results.yml", "  actual: Actual\n", "", 5, "'actual: <header"),
        # what may stand only once
        ("partners.csv", "city,C", "lab,C", 3, "partners.csv:2"),
        ("partners.csv", "Ciudad Ámbar", "WATER  LAB", 3, "partners.csv:2"),
        ("partnerships.yml", "id: seeds", "id: water", 11, "its own id"),
        ("partnerships.yml", "partner: city, role: learner", "partner: lab, role: learner", 10, "repetition"),
        ("partnerships.yml", "name: Seeds", "name: Seeds\n    name: Grain", 13, "the first is on line 12"),
        ("sources/survey.yml", "inbox/kobo/*.csv", "inbox/*/*.xlsx", 1, "different folders"),
        # syntax
        ("melflow.toml", 'name = "R', "name = R", 4, "Correct line 4"),
        ("partnerships.yml", "  - id: seeds", "\t- id: seeds", 11, "not tabs"),
        ("partnerships.yml", "agenda: Meters", "agenda: Meters: all", 4, "double quotes"),
        ("partners.csv", '"Farmers, United"', "Farmers, United", 4, "double quotes"),
        ("partners.csv", '"Farmers, United"', '"Farmers, United', 4, "not closed"),
        ("partners.csv", "country", "contry", 1, "'country'"),
    ],
)
def test_problems__place_and_remedy(change: Change, file: str, old: str, new: str, line: int, fix: str) -> None:
    """Should name the line of the mistake and the way out of it."""
    found = _problems(change(file, old, new))
    assert any(problem.where == f"{file}:{line}" and fix in problem.fix for problem in found), found


def test_problems__all_at_once_in_order(change: Change) -> None:
    """Should report every mistake of every file together, sorted by file and line."""
    change("melflow.toml", "America/Bogota", "Bogota")
    change("partners.csv", "research", "reserch")
    change("partnerships.yml", "role: learner", "role: lerner")
    change("partnerships.yml", "partner: farm", "partner: farms")
    change("sources/survey.yml", "0 6 * * 1", "weekly")
    folder = change("reports/funder.yml", "language: en", "language: en\nformats: [PDF]\nsections: [flow, flow]")
    assert [problem.where for problem in _problems(folder)] == [
        "melflow.toml:5",
        "partners.csv:2",
        "partnerships.yml:10",
        "partnerships.yml:20",
        "reports/funder.yml:4",
        "reports/funder.yml:5",
        "sources/survey.yml:7",
    ]


def test_problems__no_echo_of_an_unreadable_register(change: Change) -> None:
    """Should not call every partner unknown because one line of partners.csv is broken."""
    folder = change("partners.csv", '"Farmers, United"', "Farmers, United")
    assert [problem.where for problem in _problems(folder)] == ["partners.csv:4"]


def test_problems__personal_values_and_secrets_are_not_repeated(change: Change) -> None:
    """Should not print what may be personal or secret."""
    change("sources/survey.yml", "title: Survey", "title: Survey\napi_token: s3cr3t")
    folder = change("reports/funder.yml", "language: en", "language: en\nrecipients: [Ana Pérez]")
    text = "\n".join(map(str, _problems(folder)))
    assert "s3cr3t" not in text
    assert "Ana" not in text


@pytest.mark.parametrize("file", ["melflow.toml", "partners.csv", "partnerships.yml"])
def test_problems__missing_file(workspace_folder: Path, file: str) -> None:
    """Should say which file is missing, and which one was probably meant."""
    (workspace_folder / file).rename(workspace_folder / f"{file[:-1]}")
    problems = _problems(workspace_folder)
    assert problems[0].where.startswith(file)
    assert file == "melflow.toml" or f"Rename '{file[:-1]}'" in problems[0].fix


def test_problems__survey_without_form(workspace_folder: Path) -> None:
    """Should ask for the form when instruments has none; a temporary file of Excel is none."""
    form = workspace_folder / "instruments" / "capability.xlsx"
    form.rename(form.with_name("~$capability.xlsx"))
    assert [problem.where for problem in _problems(workspace_folder)] == ["sources/survey.yml:4"]


def test_problems__file_names(workspace_folder: Path) -> None:
    """Should not overlook a source because of its file's name."""
    (workspace_folder / "sources" / "survey.yml").rename(workspace_folder / "sources" / "Kobo Survey.yaml")
    (problem,) = _problems(workspace_folder)
    assert "'kobo_survey.yml'" in problem.fix


def test_problems__name_in_file(change: Change) -> None:
    """Should not let a source name itself."""
    (problem,) = _problems(change("sources/survey.yml", "title: Survey", "title: Survey\nname: other"))
    assert (problem.where, problem.seen) == ("sources/survey.yml:3", "the key 'name'")


def test_problems__encoding(workspace_folder: Path) -> None:
    """Should say how to save a register that Excel wrote in an old encoding."""
    path = workspace_folder / "partners.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1252"))
    (problem,) = _problems(workspace_folder)
    assert problem.where == "partners.csv:3"
    assert "CSV UTF-8" in problem.fix


def test_partners__written_by_excel(workspace_folder: Path) -> None:
    """Should read a register with semicolons, a byte-order mark, Windows line ends and empty lines."""
    path = workspace_folder / "partners.csv"
    text = path.read_text(encoding="utf-8").replace('"Farmers, United"', "Farmers").replace(",", ";")
    path.write_bytes(b"\xef\xbb\xbf" + (text + ";;;;;;;\n\n").replace("\n", "\r\n").encode())
    assert list(load_workspace(workspace_folder).partners) == ["lab", "city", "farm"]


@pytest.mark.parametrize(
    ("rows", "place", "fix"),
    [
        ("Laboratory,labb,,,\n", "aliases.csv:2", "'lab'"),
        ("Ciudad Ambar,lab,,,\n", "aliases.csv:2", "'city'"),
        ("Twin,lab,,2024-12-31,\nTwin,city,2024-12-31,,\n", "aliases.csv:3", "do not overlap"),
        ("Twin,lab,2025-01-01,2024-01-01,\n", "aliases.csv:2", "Correct one of the two dates"),
    ],
)
def test_aliases__problems(workspace_folder: Path, rows: str, place: str, fix: str) -> None:
    """Should refuse an alias of nobody, of somebody else's name, and of two partners on one day."""
    header = "raw_name,partner_id,valid_from,valid_to,decided_by\n"
    (workspace_folder / "aliases.csv").write_text(header + rows, encoding="utf-8")
    (problem,) = _problems(workspace_folder)
    assert problem.where == place
    assert fix in problem.fix


def test_aliases__handed_on(workspace_folder: Path) -> None:
    """Should accept a name that passed from one partner to another."""
    text = "raw_name,partner_id,valid_from,valid_to\nTwin,lab,,2024-12-31\nTwin,city,2025-01-01,\n"
    (workspace_folder / "aliases.csv").write_text(text, encoding="utf-8")
    assert len(load_workspace(workspace_folder).aliases) == 2


def test_framework__clash_of_ids(workspace_folder: Path) -> None:
    """Should refuse a construct whose id is taken, also by a role that items can have."""
    (workspace_folder / "framework.yml").write_text(
        "version: 1\nvalid_from: 2024-07-01\n"
        "capabilities:\n  - {id: trust, label: {en: Trust}}\n"
        "levels:\n  - {id: consent, label: {en: Consent}}\n"
        "health_dimensions:\n  - {id: clarity, label: {en: C}}\n  - {id: clarity, label: {en: C}}\n",
        encoding="utf-8",
    )
    places = {problem.where for problem in _problems(workspace_folder)}
    assert {"framework.yml:6", "framework.yml:9", "reports/funder.yml:4"} - places == {"reports/funder.yml:4"}


def test_sources__two_layouts_in_one_workbook(workspace_folder: Path) -> None:
    """Should let two sources read different sheets of the same workbook, but not the same sheets."""
    text = (workspace_folder / "sources" / "results.yml").read_text(encoding="utf-8")
    second = workspace_folder / "sources" / "results_old.yml"
    second.write_text(text + 'sheets: ["2019"]\n', encoding="utf-8")
    assert len(load_workspace(workspace_folder).sources) == 3
    second.write_text(text, encoding="utf-8")
    assert [problem.where for problem in _problems(workspace_folder)] == ["sources/results_old.yml:1"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file=st.sampled_from(["melflow.toml", "partners.csv", "partnerships.yml", "sources/survey.yml", "framework.yml"]),
    content=st.one_of(st.binary(max_size=60), st.text(alphabet='ab:-[]{}"&*,|>#\n\t =1', max_size=60).map(str.encode)),
)
def test_load_workspace__any_bytes(workspace_folder: Path, file: str, content: bytes) -> None:
    """Should answer any content with problems, never with another error."""
    path = workspace_folder / file
    before = path.read_bytes() if path.exists() else None
    path.write_bytes(content)
    problems: tuple[Problem, ...] | None = None
    try:
        load_workspace(workspace_folder)
    except WorkspaceError as error:
        problems = error.problems
    finally:
        path.unlink() if before is None else path.write_bytes(before)
    assert problems != ()


@pytest.mark.parametrize(
    ("rows", "place", "fix"),
    [
        ("farm,lab,2026-01-01,,,merger\n", None, ""),
        ("farmers united,lab,2026-01-01,,,merger\n", 2, "'Farmers, United'"),
        ("farm,lab,,,,merger\n", 2, "first day of the new partner"),
        ("farm,lab,2025-06-01,,,merger\n", 2, "left_on of 'farm'"),
        ("city,lab,2026-01-01,,,rename\n", 2, "left_on of 'city'"),
        ("farm,lab,2026-01-01,,,merger\nfarm,city,2026-01-01,,,merger\n", 3, "Keep one line"),
        ("farm,farm,2026-01-01,,,rename\n", 2, "Remove the line"),
        ("farm,lab,2026-01-01,,,takeover\n", 2, "merger"),
    ],
)
def test_successions__problems(workspace_folder: Path, rows: str, place: int | None, fix: str) -> None:
    """Should take a partner that became another from a day on, and name what no row could be resolved by."""
    header = "raw_name,partner_id,valid_from,valid_to,decided_by,succession\n"
    (workspace_folder / "aliases.csv").write_text(header + rows, encoding="utf-8")
    if place is None:
        assert load_workspace(workspace_folder).aliases[0].succession == "merger"
        return
    problems = _problems(workspace_folder)
    assert f"aliases.csv:{place}" in [problem.where for problem in problems]
    assert fix in " ".join(problem.fix for problem in problems)
