"""``melflow init``: make a workspace."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

from melflow.core.errors import WorkspaceError
from melflow.core.workspace.schemas import write_schemas

_TOML = """#:schema ./.melflow/schemas/melflow.schema.json
[alliance]
id = "my_alliance"
name = "My learning alliance"
time_zone = "UTC"
languages = ["en"]

[calendar]
kind = "half-year"
first = "2026-H1"
last = "2026-H2"
"""
_PARTNERSHIPS = """# yaml-language-server: $schema=./.melflow/schemas/partnerships.schema.json
partnerships: []
"""
_PARTNERS = "partner_id,name,type,country,joined_on,left_on,contact,language\n"


_NETWORK, _LIKERT, _BOTH = Group("A network"), Group("Likert answers"), Group("A network or Likert answers")


def init(
    folder: Path,
    /,
    *,
    example: bool = False,
    network: Annotated[Path | None, Parameter(group=_NETWORK)] = None,
    giver: Annotated[str | None, Parameter(group=_NETWORK)] = None,
    receiver: Annotated[str | None, Parameter(group=_NETWORK)] = None,
    weight: Annotated[str | None, Parameter(group=_NETWORK)] = None,
    unit: Annotated[Literal["hours", "documents"], Parameter(group=_NETWORK)] = "hours",
    likert: Annotated[Path | None, Parameter(group=_LIKERT)] = None,
    key: Annotated[Path | None, Parameter(group=_LIKERT)] = None,
    partner: Annotated[str | None, Parameter(group=_LIKERT)] = None,
    respondent: Annotated[str | None, Parameter(group=_LIKERT)] = None,
    date: Annotated[str | None, Parameter(group=_BOTH)] = None,
    day: Annotated[str | None, Parameter(group=_BOTH)] = None,
) -> int:
    """Make a workspace.

    Args:
        folder: Where; made when absent, must be empty.
        example: Fill it with the demonstration alliance: invented partners, forms in three languages.
        network: A directed edge list (CSV or workbook) to make the workspace from, ready to run.
        giver: Column of who gives; else the first.
        receiver: Column of who receives; else the second.
        weight: Column of how much, a number.
        unit: What the weight is counted in; the nearest of the two.
        likert: A table of answers (CSV or workbook), one row a respondent, to make the workspace from, ready to run.
        key: The items of that table: columns item, construct, min, max; optional reverse, level, label.
        partner: Column of whose answer it is; else all are one partner's.
        respondent: Column of who answered; stored as a keyed code only.
        date: Column of dates, year-month-day.
        day: The day of all rows where there is no such column; else the first of this year.
    """
    from melflow.flows.console import say

    _refuse_mixtures(example, network, likert, key)
    if folder.exists() and any(folder.iterdir()):
        raise WorkspaceError.of(
            str(folder), "a new workspace starts in an empty folder", "files", "Name another folder, or empty this one."
        )
    folder.mkdir(parents=True, exist_ok=True)
    remarks: list[str] = []
    if example:
        from melflow.examples.generate import write_example

        write_example(folder)
    elif network is not None:
        from melflow.flows.start_network import Ties, write_network

        remarks = write_network(folder, network, Ties(giver, receiver, weight, unit, date, day))
    elif likert is not None and key is not None:
        from melflow.flows.start_likert import Answers, write_likert

        remarks = write_likert(folder, likert, Answers(key, partner, respondent, date, day))
    else:
        _write_blank(folder)
    write_schemas(folder / ".melflow" / "schemas")
    _write_key(folder)
    say(f"Workspace made in {folder}.", "green")
    for remark in remarks:
        say(remark)
    say(f"Next: melflow -C {folder} {'run' if example or network or likert else 'check'}")
    return 0


def _refuse_mixtures(example: bool, network: Path | None, likert: Path | None, key: Path | None) -> None:
    if example + (network is not None) + (likert is not None) > 1:
        rule = "a workspace starts from one of --example, --network and --likert"
        raise WorkspaceError.of("melflow init", rule, "more than one", "Leave one of them.")
    if (likert is None) != (key is None):
        fix = "Give the answers with --likert and the table of their items with --key."
        raise WorkspaceError.of("melflow init", "Likert answers need the key of their items", "one of the two", fix)


def _write_blank(folder: Path) -> None:
    for name in ("instruments", "sources", "reports", "narrative", "inbox"):
        (folder / name).mkdir()
    (folder / "melflow.toml").write_text(_TOML, encoding="utf-8")
    (folder / "partnerships.yml").write_text(_PARTNERSHIPS, encoding="utf-8")
    (folder / "partners.csv").write_text(_PARTNERS, encoding="utf-8")
    (folder / ".gitignore").write_text("var/\n", encoding="utf-8")


def _write_key(folder: Path) -> None:
    """Give the workspace its own key for pseudonyms; the environment's key goes before it."""
    path = folder / "var" / "secrets" / "hash_key"
    path.parent.mkdir(parents=True)
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
