"""Write the command-line reference from the commands' own help: ``python -m melflow.flows.reference_docs FILE``."""

from __future__ import annotations

import sys
from pathlib import Path

from melflow.flows.cli import app

_NOTE = "<!-- Generated from the commands' own help by `make docs`; a test checks that it is current. -->\n\n"


def reference() -> str:
    """Return the reference of every command as Markdown."""
    # of a command within one that is imported late, its path stands twice, or how this was started stands in it
    text = app.generate_docs().replace("melflow report verify report verify", "melflow report verify")
    text = text.replace(" -m melflow.flows.reference_docs", "")
    return _NOTE + text.rstrip() + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference(), encoding="utf-8")
