from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

import pytest

from melflow.core.errors import Problem
from melflow.flows.cli import COMMANDS, DONE, FAILED, HELD, USAGE, run
from melflow.flows.intake import Intake
from melflow.flows.reconcile import Account
from melflow.flows.reference_docs import reference
from melflow.flows.summary import exit_code

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("name", COMMANDS)
def test_commands__listed_help_is_their_own(name: str) -> None:
    """Should list each command with the first sentence of its own docstring."""
    command = getattr(import_module(f"melflow.flows.commands.{name}"), name)
    assert (inspect.getdoc(command) or "").splitlines()[0] == COMMANDS[name]


def test_reference__current() -> None:
    """Should have docs/cli.md as `make docs` writes it."""
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == reference()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nonsense"], USAGE, "nonsense"),
        (["run", "--nonsense"], USAGE, "--nonsense"),
        (["-C", "{folder}/nowhere", "status"], USAGE, "melflow init"),
        (["-C", "{folder}", "status"], FAILED, "melflow run"),
        (["-C", "{folder}", "sql", "select 1"], FAILED, "no release yet"),
        (["-C", "{folder}", "run", "kobbo"], USAGE, "'kobbo'"),
        (["init", "{folder}"], USAGE, "empty folder"),
    ],
)
def test_run__exit_codes(
    arguments: list[str], code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Should leave with the code that says what kind of failure it was, and say what to do."""
    folder = tmp_path / "w"
    assert run(["init", str(folder)]) == 0
    assert run([argument.format(folder=folder) for argument in arguments]) == code
    captured = capsys.readouterr()
    assert words in captured.err
    assert "Traceback" not in captured.err
    assert "\x1b[" not in captured.out + captured.err


def test_exit_code__of_sources() -> None:
    """Should be the same in every run in which a file stays broken: 3 where rows of its source stand, else 1."""
    stands = Account(4, 0, "{}", 0, 4, 4, 0, 0, 0, 0, 1, '["inbox/b.csv"]', 0)
    broken = (Problem("inbox/b.csv", "a file has content", "an empty file", "Export it again."),)
    fine, partly, none = (
        Intake("a", "A", account=stands),
        Intake("b", "B", failures=broken, account=stands),
        Intake("c", "C", failures=broken),
    )
    codes = [exit_code(intakes, []) for intakes in ([fine], [partly], [none], [fine, none], [partly, none])]
    assert codes == [DONE, HELD, FAILED, HELD, HELD]


def test_verify__an_edition_as_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should find an edition from here, from the workspace or below var/editions, as every run names it."""
    folder, name = tmp_path / "w", "funder/2026-H1/0001-1a2b3c4d"
    assert run(["init", str(folder)]) == 0
    place = folder / "var" / "editions" / name
    place.mkdir(parents=True)
    asked: list[Path] = []
    monkeypatch.setattr("melflow.flows.editions.verify_edition", lambda _, edition: asked.append(edition) or [])
    for said in (str(place), f"var/editions/{name}", name):
        assert run(["-C", str(folder), "report", "verify", said]) == 0
    assert {one.resolve() for one in asked} == {place.resolve()} and len(asked) == 3


def test_init__blank_workspace_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Should make a workspace whose files are right and whose key only its owner can read."""
    folder = tmp_path / "w"
    assert run(["init", str(folder)]) == 0
    assert run(["-C", str(folder), "check"]) == 0
    assert "are right" in capsys.readouterr().out
    assert (folder / "var" / "secrets" / "hash_key").stat().st_mode & 0o777 == 0o600
    assert (folder / ".melflow" / "schemas" / "source.schema.json").exists()


@pytest.mark.parametrize("command", ["run", "ingest"])
def test_run__without_the_secret(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Should say once, before anything is started, that personal values cannot be hashed."""
    monkeypatch.delenv("MELFLOW_HASH_KEY", raising=False)
    assert run(["init", str(tmp_path / "w")]) == 0
    (tmp_path / "w" / "var" / "secrets" / "hash_key").unlink()
    assert run(["-C", str(tmp_path / "w"), command]) == USAGE
    said = " ".join(capsys.readouterr().err.split())
    assert said.count("Set MELFLOW_HASH_KEY") == 1
