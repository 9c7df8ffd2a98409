from collections.abc import Callable

import pytest

from melflow.core.errors import SourceError
from melflow.sources.formmatch import forms_of, version_of
from melflow.sources.payload import Origin
from melflow.sources.xlsform import Form, Instruments

Make = Callable[..., Origin]


def _all(form: Form) -> frozenset[str]:
    return frozenset(form.items["item_path"])


def test_forms_of__instrument_that_is_not_there(origin: Make, instruments: Instruments) -> None:
    """Should name the file, the source's word and the nearest form."""
    with pytest.raises(SourceError, match=r"inbox/file\.csv.*'helth'.*Did you mean 'health'"):
        forms_of(origin(), "helth", instruments)


def test_version_of__declared_version_without_form(origin: Make, instruments: Instruments) -> None:
    """Should refuse a version map that leads nowhere, and list the versions there are."""
    with pytest.raises(SourceError, match=r"inbox/file\.csv.*'9'.*Choose one of: 1, 2"):
        version_of(origin(), ["vA"], instruments.versions("health"), {"vA": "9"}, _all)


def test_version_of__map_own_text_and_guess(origin: Make, instruments: Instruments) -> None:
    """Should follow the map, then the version's own text, then guess and say so."""
    forms = instruments.versions("health")
    of, guessed = version_of(origin(), ["vA", "2", None, "new"], forms, {"vA": "1"}, _all)
    assert [of[text].version for text in ("vA", "2", None, "new")] == ["1", "2", "2", "2"]
    assert guessed == ["none", "new"]


def test_version_of__single_version_needs_no_guess(origin: Make, instruments: Instruments) -> None:
    """Should not call it a guess when there is one version only."""
    _, guessed = version_of(origin(), [None], instruments.versions("meeting"), {}, _all)
    assert guessed == []
