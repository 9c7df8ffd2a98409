"""``melflow init``: make a workspace."""

from __future__ import annotations

import secrets
from pathlib import Path

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


def init(folder: Path, /, *, example: bool = False) -> int:
    """Make a workspace.

    Args:
        folder: Where; made when absent, must be empty.
        example: Fill it with the demonstration alliance: invented partners, forms in three languages.
    """
    from melflow.flows.console import say

    if folder.exists() and any(folder.iterdir()):
        raise WorkspaceError.of(
            str(folder), "a new workspace starts in an empty folder", "files", "Name another folder, or empty this one."
        )
    folder.mkdir(parents=True, exist_ok=True)
    if example:
        from melflow.examples.generate import write_example

        write_example(folder)
    else:
        _write_blank(folder)
    write_schemas(folder / ".melflow" / "schemas")
    _write_key(folder)
    say(f"Workspace made in {folder}.", "green")
    say(f"Next: melflow -C {folder} {'run' if example else 'check'}")
    return 0


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
