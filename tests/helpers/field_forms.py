"""Forms that servers keep as JSON, written as the XLSForms they were."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl

from melflow.core.workspace.framework import Framework
from melflow.sources.xlsform import Instruments, read_xlsform


def form_of_json(folder: Path, contents: Iterable[dict[str, Any]], framework: Framework) -> Instruments:
    """Write forms that formpack keeps as JSON as XLSForms, and read them back."""
    forms = []
    for number, content in enumerate(contents):
        book = openpyxl.Workbook()
        book.remove(book.active)
        languages = [name or "default" for name in content.get("translations", ["default"])]
        for sheet, keys in (("survey", ("type", "name")), ("choices", ("list_name", "name"))):
            page = book.create_sheet(sheet)
            page.append([*keys, *(f"label::{language}" for language in languages)])
            for row in content.get(sheet, []):
                label = row.get("label", [])
                kind = " ".join(filter(None, (row.get("type"), row.get("select_from_list_name"))))
                cells = {**row, "type": kind}
                page.append([*(cells.get(key) for key in keys), *(label if isinstance(label, list) else [label])])
        settings = book.create_sheet("settings")
        settings.append(["form_id", "version"])
        settings.append(["form", str(number)])
        book.save(folder / f"v{number}.xlsx")
        forms.append(read_xlsform(folder / f"v{number}.xlsx", framework))
    return Instruments(forms)
