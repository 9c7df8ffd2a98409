"""Whether a file is an export of a survey server, and of which form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from melflow.core.names import fold
from melflow.sources import labels
from melflow.sources.tables import Tables

if TYPE_CHECKING:
    from melflow.sources.xlsform import Form

#: Connector -> fields the server adds; two of them are enough.
_FIELDS = {
    "kobo": ("_uuid", "_id", "_submission_time", "__version__", "_index", "_xform_id_string", "formhub/uuid"),
    "odk": ("__id", "__system", "KEY", "SubmissionDate", "meta-instanceID", "SubmitterID", "instanceID"),
}
_ENOUGH = 2
_SHARE = 0.3  # of a form's questions, from which the file may be of it


@dataclass(frozen=True)
class Survey:
    """An export of a survey server.

    Attributes:
        connector: ``kobo`` or ``odk``.
        seen: The server's own fields in it.
        fields: All its fields.
    """

    connector: str
    seen: list[str]
    fields: list[str]


def from_table(tables: Tables) -> Survey | None:
    """Return the survey a table holds; None for any other table."""
    return _survey(text for text in tables.sheets[0].row(tables.sheets[0].first_row()) if text)


def from_json(content: bytes) -> Survey | None:
    """Return the survey a JSON document holds; None for any other."""
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    rows = document
    if isinstance(document, dict):
        rows = next((document[key] for key in ("value", "results") if isinstance(document.get(key), list)), [])
    first = rows[0] if isinstance(rows, list) and rows else None
    return _survey(_keys(first)) if isinstance(first, dict) else None


def _keys(record: dict[str, Any]) -> list[str]:
    """Return the keys of a record and of the groups in it."""
    inner = [key for value in record.values() if isinstance(value, dict) for key in _keys(value)]
    return [*record, *inner]


def likeliest(survey: Survey, forms: Sequence[Form]) -> tuple[str | None, float]:
    """Return the form with the largest share of its questions in the file, and that share."""
    present = {
        fold(part) for field in survey.fields for part in (field, field.rpartition("/")[2], field.rpartition("-")[2])
    }

    def share(form: Form) -> float:
        names = {fold(name) for name in form.items["item_id"].drop_nulls()}
        by_name = len(names & present) / len(names) if names else 0.0
        return by_name if by_name >= _SHARE else max(by_name, _by_label(survey, form))

    best = max(forms, key=share, default=None)
    return (best.form_id, share(best)) if best is not None and share(best) >= _SHARE else (None, 0.0)


def _by_label(survey: Survey, form: Form) -> float:
    """Return the share of a form's questions whose labels are in the file, in the language that fits best."""
    paths = frozenset(form.items["item_path"])
    found = labels.match(survey.fields, form, labels.languages([form], None), paths)
    return len(found.paths) / len(paths) if paths else 0.0


def _survey(fields: Iterable[str]) -> Survey | None:
    every = list(fields)
    for connector, marks in _FIELDS.items():
        seen = [field for field in every if field in marks]
        if len(seen) >= _ENOUGH:
            return Survey(connector, seen, every)
    return None
