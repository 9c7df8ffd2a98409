"""Is this file of the form its source names, and which version is each row of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from melflow.core.names import choose
from melflow.sources.formitems import number_or_none
from melflow.sources.payload import Notes, Origin
from melflow.sources.xlsform import Form, Instruments

Paths = frozenset[str]
#: What notes call the version of rows that name none.
NO_VERSION = "none"


def forms_of(origin: Origin, form_id: str, instruments: Instruments) -> tuple[Form, ...]:
    """Return the versions of the source's form.

    Raises:
        SourceError: There is no such form.
    """
    forms = instruments.versions(form_id)
    if not forms:
        raise origin.error(
            "the source's instrument is a form in the folder instruments",
            f"'{form_id}'",
            choose(form_id, {form.form_id for form in instruments.forms}),
        )
    return forms


def refuse_other_form(
    origin: Origin, forms: tuple[Form, ...], instruments: Instruments, present: Callable[[Form], Paths]
) -> None:
    """Refuse a file that has fewer than half of the required questions of every version (of all, if none is required).

    Args:
        origin: The file.
        forms: The versions of the source's form.
        instruments: All forms, to name the one it looks like.
        present: The items of a form that the file has.

    Raises:
        SourceError: The file is of another form.
    """
    best = max(_share(form, present(form)) for form in forms)
    if best >= 0.5:
        return
    others = {
        form.form_id: _share(form, present(form)) for form in instruments.forms if form.form_id != forms[0].form_id
    }
    like = max(others, key=lambda form_id: others[form_id], default=None)
    seen = f"{best:.0%} of its questions"
    if like is not None and others[like] >= 0.5:
        seen, fix = f"the form '{like}'", f"Move the file to the folder of the source that reads '{like}'."
    else:
        fix = "Export the right form, with names or labels of its questions in the first row."
    raise origin.error(f"the file holds answers to the form '{forms[0].form_id}'", seen, fix)


def _share(form: Form, paths: Paths) -> float:
    # repeats need not be in a file: a CSV export has none
    top = form.items.filter(pl.col("repeat_path") == "")
    asked = form.items if top.is_empty() else top
    required = set(asked.filter("is_required")["item_path"]) or set(asked["item_path"])
    return len(required & paths) / len(required) if required else 0.0


@dataclass(frozen=True)
class Versions:
    """Which form version each row of a file is of.

    Attributes:
        said: The version text of each row; null where it has none.
        of: Version text -> form version it is read by.
        unknown: Version texts that no form has -> version they are read as.
    """

    said: pl.Series
    of: dict[str | None, Form]
    unknown: dict[str, str]

    def are(self, form: Form) -> pl.Series:
        """Return which rows are of a form version."""
        return self.said.is_in([text for text, other in self.of.items() if other is form], nulls_equal=True)

    def notes(self, subs: pl.Series | None = None) -> Notes:
        """Return how many submissions name each version, and which versions no form has.

        Args:
            subs: Number of the submission of each row, where one may have several.
        """
        once = self.said if subs is None else self.said.filter(subs.is_first_distinct())
        counted = once.fill_null(NO_VERSION).value_counts().sort(once.name)
        return {"versions": dict(counted.iter_rows()), "versions_unknown": self.unknown}


def versions_of(
    origin: Origin,
    said: pl.Series,
    forms: tuple[Form, ...],
    declared: Mapping[str, str],
    present: Callable[[Form], Paths],
) -> Versions:
    """Return the form version of each row of a file.

    A text that is neither declared by the source nor a version of a form gets the version with most items in the file.

    Args:
        origin: The file.
        said: Version text of each row; null where it has none, which names the version without a name if there is one.
        forms: The versions of the form.
        declared: The source's map from version text to form version.
        present: The items of a form that the file has.

    Raises:
        SourceError: The source declares a version that no form has.
    """
    raw = said.unique(maintain_order=True).to_list()
    by_version = {name: form for form in forms for name in (*form.also, form.version)}
    wrong = sorted({declared[text] for text in raw if text and text in declared} - by_version.keys())
    if wrong:
        raise origin.error(
            f"the versions of source '{origin.source}' are versions of the form '{forms[0].form_id}'",
            f"'{wrong[0]}'",
            choose(wrong[0], by_version),
        )
    likely = max(reversed(forms), key=lambda form: len(present(form)))  # the newest of equals
    names = {text: declared.get(text, text) for text in raw if text}
    known = {text: form for text, name in names.items() if (form := by_version.get(name) or _same_number(name, forms))}
    if "" in by_version:  # a version without a name is a version
        known[""] = by_version[""]
    # one form and no word of a version: there is nothing to mistake
    doubted = [text or "" for text in raw if text or len(forms) > 1]
    unknown = {text or NO_VERSION: likely.version for text in doubted if text not in known}
    return Versions(said, {text: known.get(text or "", likely) for text in raw}, unknown)


def _same_number(name: str, forms: tuple[Form, ...]) -> Form | None:
    """Return the one version that is the same number written otherwise: 2024.1 is what Excel makes of 2024.10."""
    number = number_or_none(name)
    same = [form for form in forms if number is not None and number_or_none(form.version) == number]
    return same[0] if len(same) == 1 else None
