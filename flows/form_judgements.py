"""The judge's word on each form, asked once: kept under var/forms by the hash of the form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from melflow.core.errors import Problem
from melflow.core.workspace import Workspace
from melflow.sources.formjudge import judge
from melflow.sources.xlsform import Form, Instruments


def judgements(workspace: Workspace, instruments: Instruments) -> Iterator[tuple[Form, list[Problem], bool]]:
    """Yield each form, what is wrong with it, and whether it was judged only now: new or changed."""
    folder = workspace.var / "forms"
    for form in instruments.forms:
        path = folder / f"{form.content_hash}-{Path(form.source_file).name}.json"
        if path.is_file():
            yield form, [Problem(**one) for one in json.loads(path.read_text(encoding="utf-8"))], False
            continue
        problems = judge(workspace.root, form)
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([vars(one) for one in problems], ensure_ascii=False), encoding="utf-8")
        yield form, problems, True


def is_binding(form: Form, instruments: Instruments) -> bool:
    """Whether the form must be mended: an XLSForm that will be deployed; what was deployed before is history."""
    is_workbook = Path(form.source_file).suffix.lower() in (".xlsx", ".xls")
    return is_workbook and instruments.versions(form.form_id)[-1] is form
