"""JSON Schemas of the workspace files, so that editors complete and check them while they are written.

``python -m melflow.core.workspace.schemas [FOLDER]`` writes them, by default to docs/schemas of the repository.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from melflow.core.workspace.alliance import AllianceFile
from melflow.core.workspace.corrections import CorrectionsFile
from melflow.core.workspace.framework import Framework
from melflow.core.workspace.own_rules import OwnRulesFile
from melflow.core.workspace.partnerships import PartnershipsFile
from melflow.core.workspace.report import ReportConfig
from melflow.core.workspace.source import SourceConfig

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each kind of file, by file name."""
    adapters: dict[str, TypeAdapter[Any]] = {
        "melflow": TypeAdapter(AllianceFile),
        "framework": TypeAdapter(Framework),
        "partnerships": TypeAdapter(PartnershipsFile),
        "source": TypeAdapter(SourceConfig),
        "corrections": TypeAdapter(CorrectionsFile),
        "expectations": TypeAdapter(OwnRulesFile),
        "report": TypeAdapter(ReportConfig),
    }
    return {f"{name}.schema.json": {"$schema": DIALECT, **adapter.json_schema()} for name, adapter in adapters.items()}


def write_schemas(folder: Path) -> list[Path]:
    """Write the schemas into a folder, making it if needed, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in schemas().items():
        path = folder / name
        path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "docs" / "schemas")
