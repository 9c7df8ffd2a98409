import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import melflow
from melflow.core.workspace.framework import SHIPPED
from melflow.core.workspace.schemas import schemas, write_schemas

REPOSITORY = Path(str(melflow.__file__)).parent


def test_write_schemas__docs_are_current(tmp_path: Path) -> None:
    """Should find docs/schemas as `python -m melflow.core.workspace.schemas` would write it."""
    written = write_schemas(tmp_path / "new" / "folder")
    assert len(written) == 7
    for path in written:
        kept = REPOSITORY / "docs" / "schemas" / path.name
        assert kept.read_text(encoding="utf-8") == path.read_text(encoding="utf-8"), "run the command again"


def test_schemas__every_key_is_explained() -> None:
    """Should describe every key, so that an editor can show what it means."""
    bare = []
    for name, schema in schemas().items():
        for title, model in {"top": schema, **schema["$defs"]}.items():
            for key, field in model.get("properties", {}).items():
                target = schema["$defs"].get(str(field.get("$ref", "")).rpartition("/")[2], {})
                if "description" not in field and "description" not in target and "const" not in field:
                    bare.append(f"{name} {title}.{key}")
    assert bare == []


def test_schemas__file_names_are_not_keys() -> None:
    """Should not offer `name` for sources and reports: the file's name is the name."""
    made = schemas()
    assert "name" not in made["report.schema.json"]["properties"]
    sources = made["source.schema.json"]["$defs"]
    assert {"KoboSource", "OdkSource", "SpreadsheetSource", "ActivityLogSource"} <= set(sources)
    assert all("name" not in source["properties"] for source in sources.values() if "connector" in source["properties"])


def _check(schema: str, text: str) -> list[str]:
    jsonschema: Any = pytest.importorskip("jsonschema")
    rules = json.loads((REPOSITORY / "docs" / "schemas" / schema).read_text(encoding="utf-8"))
    data = yaml.load(text, yaml.BaseLoader)
    return [error.message for error in jsonschema.Draft202012Validator(rules).iter_errors(data)]


def test_schemas__an_editor_would_see_mistakes() -> None:
    """Should accept a source as written, and refuse an unknown column and a missing one."""
    good = "connector: activity_log\ntitle: Log\npath: inbox/log.csv\n"
    columns = "columns: {occurred_on: Date, from_partner: From, to_partner: To, kind: What}\n"
    assert _check("source.schema.json", good + columns) == []
    assert _check("source.schema.json", good + columns.replace("kind: What", "kin: What")) != []


def test_framework__shipped_says_its_schema() -> None:
    """Should name the schema in the first line, as editors want it."""
    first = SHIPPED.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=.melflow/schemas/framework.schema.json"
