"""``melflow coding``: open answers out to coders; the sheet comes back as a source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from melflow.flows.commands.folder import Folder, opened


def export(
    coder: str,
    /,
    *,
    out: Path | None = None,
    again: Annotated[bool, Parameter(help="Only texts another coder has coded, for the agreement of the two.")] = False,
    folder: Folder,
) -> int:
    """Write a sheet of the open answers and stories this coder has not coded, with the codes to choose from.

    Args:
        coder: Who will code: a short name, the same every time.
        out: The workbook to write; coding-CODER.xlsx when absent.
    """
    from melflow.flows import coding
    from melflow.flows.console import say

    target = out or Path(f"coding-{coder}.xlsx")
    n_texts = coding.export(opened(folder), coder, target, again=again)
    say(f"{n_texts} texts for {coder} in {target}. They are people's own words: keep the sheet as safe as the answers.")
    return 0
