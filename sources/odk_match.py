"""Is a Central export of the form its source names: judged by the tables that are at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from melflow.sources import formmatch
from melflow.sources.formmatch import Paths
from melflow.sources.payload import Origin
from melflow.sources.xlsform import Form, Instruments


def refuse_other_form(
    origin: Origin, form_id: str, instruments: Instruments, present: Callable[[Form], Paths], at_hand: Paths
) -> None:
    """Refuse an export of another form; questions in repeats whose tables are not there are not held against it.

    Args:
        origin: The payload.
        form_id: The form the source names.
        instruments: All forms.
        present: The items of a form that the export has.
        at_hand: Paths of the repeats that have rows.

    Raises:
        SourceError: It is of another form.
    """
    found = {(form.form_id, form.version): present(form) for form in instruments.forms}
    told = Instruments(
        [
            replace(form, items=form.items.filter(pl.col("repeat_path").is_in(["", *at_hand])))
            for form in instruments.forms
        ]
    )
    formmatch.refuse_other_form(origin, told.versions(form_id), told, lambda form: found[(form.form_id, form.version)])
