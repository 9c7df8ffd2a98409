"""The sections a report can name: one file each, with the question it answers."""

from __future__ import annotations

from types import ModuleType
from typing import get_args

import pytest

from melflow.core.workspace import report
from melflow.reports import columns, section_glossary
from melflow.reports.compose import GLOSSARY
from melflow.reports.phrases import languages, say
from melflow.reports.sections import SECTIONS

FILES = SECTIONS | {GLOSSARY: section_glossary}


def test_sections__every_one_a_report_can_name() -> None:
    """Should have a file of its name for each section of a report, and no section that no report can name."""
    assert sorted(FILES) == sorted(get_args(report.Section))
    for key, file in FILES.items():
        assert isinstance(file, ModuleType) and file.__name__ == f"melflow.reports.section_{key}"


def test_sections__read_published_tables() -> None:
    """Should read published tables only, and leave none that no section reads."""
    read = {table for file in SECTIONS.values() for table in file.TABLES}
    assert read == set(columns.TABLES)


@pytest.mark.parametrize("language", languages())
def test_sections__ask_a_question_each(language: str) -> None:
    """Should ask a question of its own in each language, in whose words it ends."""
    asked = [say(language, f"question.{key}") for key in FILES]
    assert len(set(asked)) == len(FILES) and all(one.endswith("?") for one in asked)
