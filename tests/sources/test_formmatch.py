from collections.abc import Callable

import polars as pl
import pytest

from melflow.core.errors import SourceError
from melflow.sources.formmatch import forms_of, versions_of
from melflow.sources.payload import Origin
from melflow.sources.xlsform import Form, Instruments

Make = Callable[..., Origin]


def _all(form: Form) -> frozenset[str]:
    return frozenset(form.items["item_path"])


def test_forms_of__instrument_that_is_not_there(origin: Make, instruments: Instruments) -> None:
    """Should name the file, the source's word and the nearest form."""
    with pytest.raises(SourceError, match=r"inbox/file\.csv.*'helth'.*Did you mean 'health'"):
        forms_of(origin(), "helth", instruments)


def _said(*texts: str | None) -> pl.Series:
    return pl.Series("version", texts, dtype=pl.String)


def test_versions_of__declared_version_without_form(origin: Make, instruments: Instruments) -> None:
    """Should refuse a version map that leads nowhere, and list the versions there are."""
    with pytest.raises(SourceError, match=r"inbox/file\.csv.*'9'.*Choose one of: 1, 2"):
        versions_of(origin(), _said("vA"), instruments.versions("health"), {"vA": "9"}, _all)


def test_versions_of__map_own_text_and_guess(origin: Make, instruments: Instruments) -> None:
    """Should follow the map, then the version's own text, then guess, say so, and count the rows of each."""
    forms = instruments.versions("health")
    found = versions_of(origin(), _said("vA", "2", None, "new", "new"), forms, {"vA": "1"}, _all)
    assert [found.of[text].version for text in ("vA", "2", None, "new")] == ["1", "2", "2", "2"]
    assert [found.are(form).to_list() for form in forms] == [[True, *[False] * 4], [False, *[True] * 4]]
    assert found.notes() == {
        "versions": {"vA": 1, "2": 1, "none": 1, "new": 2}, "versions_unknown": {"none": "2", "new": "2"}
    }  # fmt: skip
    assert found.notes(pl.Series([0, 1, 2, 3, 3]))["versions"] == {"vA": 1, "2": 1, "none": 1, "new": 1}


def test_versions_of__single_version(origin: Make, instruments: Instruments) -> None:
    """Should not doubt rows without a version where there is one form, but a version that is not the form's."""
    found = versions_of(origin(), _said(None, "9"), instruments.versions("meeting"), {}, _all)
    assert found.unknown == {"9": instruments.versions("meeting")[0].version}
    assert found.notes()["versions"] == {"none": 1, "9": 1}
