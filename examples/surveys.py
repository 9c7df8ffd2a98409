"""Files of the capability survey: one export per partner and wave, as real life delivers them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from melflow.examples import capability, dirt, forms, kobo, people, story

#: How each partner exports; those with a language send labels.
STYLES = {
    "arrayanza": kobo.Style(separator=","),
    "brisas": kobo.Style(language="es", multiple="both"),
    "cumbral": kobo.Style(),
    "kiserua": kobo.Style(multiple="both", root_uuid=True),
    "labo": kobo.Style(multiple="both"),
    "ndamar": kobo.Style(language="fr", multiple="both"),
    "orilla": kobo.Style(multiple="details"),
    "tululi": kobo.Style(),
    "valle": kobo.Style(language="es", multiple="both"),
}


def write(inbox: Path, rng: np.random.Generator, staff: dict[str, list[list[people.Person]]]) -> None:
    """Write every capability export into the inbox."""
    waves = capability.submissions(rng, staff)
    dirt.spoil(waves)
    for rows in waves.values():
        for row in rows:
            row["meta/rootUuid"] = f"uuid:{row['_uuid']}"  # of the first version; an edit keeps it
    for (partner, wave), rows in waves.items():
        _write_export(inbox, partner, wave, rows, "")
    for (partner, wave), positions in dirt.EDITED.items():
        uuids = [people.new_uuid(rng) for _ in positions]
        _write_export(inbox, partner, wave, dirt.edited(waves[partner, wave], positions, uuids), "_second_export")


def _write_export(inbox: Path, partner: str, wave: int, rows: list[capability.Row], suffix: str) -> None:
    form = forms.capability(capability.version_of(wave))
    if (partner, wave) in dirt.OLD_VERSION:
        form = _with_old_question(form)
    style = STYLES[partner]
    name = f"capability_{partner}_{story.PERIODS[wave]}{suffix}"
    table = kobo.table(form, rows, style)
    if style.language == "fr":
        kobo.write_workbook(inbox / "kobo_fr" / f"{name}.xlsx", table, form.title.replace(":", ""))
    else:
        folder = "kobo_es" if style.language else "kobo"
        kobo.write_csv(inbox / folder / f"{name}.csv", table, style.separator, bom=style.separator == ";")


def _with_old_question(form: forms.Form) -> forms.Form:
    """Return the form as an export of all versions shows it: the renamed question under both names."""
    old, new = forms.RENAMED
    questions: list[forms.Question] = []
    for question in form.questions:
        questions += [question, replace(question, name=old)] if question.name == new else [question]
    return replace(form, questions=tuple(questions))
