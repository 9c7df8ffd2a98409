"""A small valid workspace that tests break in one place at a time."""

from collections.abc import Callable
from pathlib import Path

import pytest

FILES = {
    "melflow.toml": """\
#:schema ./.melflow/schemas/melflow.schema.json
[alliance]
id = "rio_alto"
name = "Río Alto"
time_zone = "America/Bogota"
languages = ["en", "es"]

[calendar]
kind = "half-year"
first = "2024-H2"
last = "2026-H1"
""",
    "partners.csv": """\
partner_id,name,type,country,joined_on,left_on,contact,language
lab,Water Lab,research,CO,2024-07-01,,ana@lab.example,es
city,Ciudad Ámbar,municipality,PE,2024-07-01,,,es
farm,"Farmers, United",farmer_organisation,EC,2024-07-01,2025-12-31,,es
""",
    "partnerships.yml": """\
partnerships:
  - id: water
    name: Water twinning
    agenda: Meters that are read
    set_up: emergent
    started_on: 2024-09-01
    publish_level: funder
    members:
      - {partner: lab, role: resource}
      - {partner: city, role: learner}
  - id: seeds
    name: Seeds
    agenda: Seeds that grow
    set_up: facilitated
    started_on: 2024-07-01
    publish_level: partners
    members:
      - {partner: lab, role: peer}
      - {partner: city, role: peer}
      - {partner: farm, role: peer}
""",
    "sources/results.yml": """\
connector: spreadsheet
title: Results
path: inbox/results/*.xlsx
period: "{sheet}-H{half}"
columns:
  indicator_id: Code
  partner: Organisation
  actual: Actual
  half: Half
""",
    "sources/survey.yml": """\
connector: kobo
title: Survey
path: inbox/kobo/*.csv
instrument: capability
versions:
  20240701: 1
schedule: 0 6 * * 1
""",
    "reports/funder.yml": """\
title: {en: Does it deliver?}
audience: funder
language: en
names: {trust: Relational capital}
""",
    "instruments/capability.xlsx": "only its presence matters here",
}


@pytest.fixture
def workspace_folder(tmp_path: Path) -> Path:
    """Write the valid workspace."""
    for file, text in FILES.items():
        path = tmp_path / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def change(workspace_folder: Path) -> Callable[[str, str, str], Path]:
    """Return a function that replaces text in a file of the workspace and returns the workspace."""

    def replace(file: str, old: str, new: str) -> Path:
        path = workspace_folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return workspace_folder

    return replace
