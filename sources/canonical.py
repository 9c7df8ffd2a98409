"""The canonical tables every source must produce (measures C1): names, types, keys.

Keys are text. Times are UTC, beside the original string and offset. A parser fills every column of a
table it yields (null where the source says nothing); ``conform`` puts columns in order and casts.
"""

from __future__ import annotations

import polars as pl
from polars.datatypes import DataTypeClass

from melflow.core.registers import REGISTERS, Kind, Register

TEXT, INT, NUM, BOOL, DATE = pl.String, pl.Int64, pl.Float64, pl.Boolean, pl.Date
TIME = pl.Datetime("us", "UTC")
Schema = dict[str, pl.DataType | DataTypeClass]

#: Where a row came from. ``row_id`` is ``<load_id>#<n>``: unique in the warehouse, the handle of a held row.
PROVENANCE: Schema = {
    "row_id": TEXT,
    "source_system": TEXT,  # name of the source in the workspace
    "source_file": TEXT,  # relative to the workspace
    "source_sheet": TEXT,
    "source_row": INT,  # as a person counts it in the file: the header is row 1
    "ingested_at": TIME,  # when the payload landed
    "load_id": TEXT,  # <source>-<first 12 of sha256>
    "content_hash": TEXT,  # of the row's meaning, without provenance
}

SUBMISSION: Schema = {
    "submission_id": TEXT,  # the root: stays when the submission is edited
    "version_id": TEXT,
    "root_rule": TEXT,  # rootUuid / __id / deprecatedID chain / _id / instanceID alone / content hash
    "supersedes_version_id": TEXT,
    "native_id": TEXT,  # the server's own: _id of Kobo, __id of Central; unique within the source
    "is_current": BOOL,
    "instrument_id": TEXT,
    "form_id": TEXT,
    "form_version": TEXT,  # text, never a number
    "partner_raw": TEXT,
    "partner_id": TEXT,
    "respondent_raw_hash": TEXT,  # HMAC; the raw value stays in landing only
    "respondent_id": TEXT,
    "respondent_role": TEXT,  # commissioner, partner, learning_partner: for expectation items
    "about_partner_raw": TEXT,
    "about_partner_id": TEXT,  # the partner that is rated, for dyad instruments
    "about_partner_2_raw": TEXT,
    "about_partner_2_id": TEXT,  # the other side of the dyad, when a third party rates it
    "period_id": TEXT,  # of the date collected, not uploaded
    "collected_on": DATE,
    "started_at": TIME,
    "ended_at": TIME,
    "submitted_at": TIME,
    "submitted_at_raw": TEXT,
    "edited_at": TIME,
    "review_state": TEXT,
    "deleted_at": TIME,
    "duration_s": NUM,
    "language": TEXT,
    "device_hash": TEXT,
    "consent_level": TEXT,
}

RESPONSE: Schema = {
    "submission_id": TEXT,
    "version_id": TEXT,
    "instrument_id": TEXT,
    "form_version": TEXT,
    "repeat_path": TEXT,  # "children[2]/vaccines[1]", "" at the top
    "item_id": TEXT,
    "item_path_raw": TEXT,
    "value_raw": TEXT,
    "value_num": NUM,
    "value_text": TEXT,
    "value_date": DATE,
    "option": TEXT,  # one row per chosen option of a select_multiple, plus one row "__answered"
    "missing_code": TEXT,  # null / not_relevant / dont_know / refused / skipped / not_in_version / parse_error
    "unit": TEXT,
    "is_relevant": BOOL,  # the form's conditions let the question be asked; null where there are none, or unjudged
    "is_allowed": BOOL,  # the form's constraint lets the answer in; null as above
}

EXCHANGE: Schema = {
    "exchange_id": TEXT,
    "occurred_on": DATE,
    "occurred_on_raw": TEXT,
    "date_precision": TEXT,  # day / month / year
    "period_id": TEXT,
    "from_partner_raw": TEXT,
    "from_partner_id": TEXT,
    "to_partner_raw": TEXT,
    "to_partner_id": TEXT,
    "from_person": TEXT,
    "to_person": TEXT,
    "kind": TEXT,  # advice, document, visit, mentoring, data, co-design
    "channel": TEXT,  # in_person / online
    "quantity": NUM,
    "quantity_raw": TEXT,
    "unit": TEXT,  # events / hours / documents
    "topic_id": TEXT,
    "cycle_id": TEXT,
    "meeting_id": TEXT,
    "agenda_setter_raw": TEXT,
    "agenda_setter_id": TEXT,
    "host_raw": TEXT,
    "host_id": TEXT,
    "payer_raw": TEXT,
    "payer_id": TEXT,
    "reply_to": TEXT,
    "reported_by": TEXT,
    "confirmed_by": TEXT,
    "is_current": BOOL,
}

RESULT: Schema = {
    "result_id": TEXT,
    "dyad_id": TEXT,
    "partner_raw": TEXT,
    "partner_id": TEXT,
    "other_partner_raw": TEXT,
    "other_partner_id": TEXT,  # of a result that two partners agreed on
    "period_id": TEXT,
    "period_raw": TEXT,
    "indicator_id": TEXT,
    "baseline": NUM,
    "baseline_raw": TEXT,
    "target": NUM,
    "target_raw": TEXT,
    "actual": NUM,
    "actual_raw": TEXT,
    "unit": TEXT,
    "disaggregation": TEXT,
    "status": TEXT,
    "evidence_class": TEXT,
    "cell_ref": TEXT,  # sheet!A1 of the actual
    "formula_flag": BOOL,
    "number_format": TEXT,
    "is_current": BOOL,
}

INSTRUMENT: Schema = {
    "instrument_id": TEXT,
    "form_version": TEXT,
    "title": TEXT,
    "default_language": TEXT,
    "languages": TEXT,  # JSON list
    "source_file": TEXT,
    "content_hash": TEXT,
}

ITEM: Schema = {
    "instrument_id": TEXT,
    "form_version": TEXT,
    "item_id": TEXT,
    "stable_item_key": TEXT,  # mel_key, else item_id: links versions
    "item_path": TEXT,  # group/question
    "repeat_path": TEXT,  # enclosing repeat groups, "" outside
    "type": TEXT,  # select_one, select_multiple, integer, decimal, date, text, ...
    "list": TEXT,
    "range_min": NUM,  # lowest and highest score of the list, or of a numeric constraint
    "range_max": NUM,
    "reverse": BOOL,
    "capability": TEXT,
    "level": TEXT,
    "domain": TEXT,
    "health_dimension": TEXT,
    "expectation": TEXT,  # what the work is for (measures A2, 16)
    "need": TEXT,  # topic of the needs survey (measures A3, 33)
    "feedback": TEXT,  # what participants say of an event (measures A3, 32)
    "direction": TEXT,
    "rater": TEXT,  # mel_side: self / peer / external; of a need: importance / current
    "role": TEXT,  # see ROLES of core/workspace/framework.py
    "is_personal": BOOL,  # mel_pii
    "is_required": BOOL,
    "relevant_expr": TEXT,
    "constraint_expr": TEXT,
    "constraint_message": TEXT,
    "label": TEXT,  # JSON object, language -> text
    "order_no": INT,
    "series_id": TEXT,  # of all versions of the question whose answers may be compared
}

ITEM_ALIGNMENT: Schema = {
    "instrument_id": TEXT,
    "form_version": TEXT,
    "series_id": TEXT,  # stable_item_key, with the version it starts in where the key had a series before
    "item_id": TEXT,  # of a removed question: as it was called last
    "stable_item_key": TEXT,
    "decision": TEXT,  # same / renamed / moved / new series / removed
    "compared_with": TEXT,  # the version before that has the series or the key; null for the first
    "reason": TEXT,  # in words for the data officer
}

CHOICE: Schema = {
    "instrument_id": TEXT,
    "form_version": TEXT,
    "list": TEXT,
    "code": TEXT,
    "order": INT,
    "score": NUM,
    "missing_code": TEXT,  # when mel_score is dont_know / refused / not_relevant
    "label": TEXT,  # JSON object, language -> text
}

#: Canonical columns of a register's column, by how its cells are read; {} stands for its name.
_READ_AS: dict[Kind, Schema] = {
    "key": {"{}": TEXT},
    "link": {"{}": TEXT},
    "partner": {"{}_raw": TEXT, "{}_id": TEXT},
    "partners": {"{}_raw": TEXT, "{}_id": TEXT},  # one row each
    "date": {"{}": DATE, "{}_raw": TEXT},
    "period": {"{}_raw": TEXT},
    "number": {"{}": NUM, "{}_raw": TEXT},
    "truth": {"{}": BOOL, "{}_raw": TEXT},
    "word": {"{}": TEXT},
    "text": {"{}": TEXT},
    "texts": {"{}": TEXT},  # one row each
}


def _register(register: Register) -> Schema:
    """Return the columns of a register's table; what they mean stands in core/registers/."""
    own = {
        name.format(column): dtype
        for column, kind in register.columns.items()
        for name, dtype in _READ_AS[kind].items()
    }
    scale: Schema = {"scale_min": NUM, "scale_max": NUM} if register.scaled else {}
    return own | scale | {"period_id": TEXT, "is_current": BOOL}


#: Tables with one row per fact, checked at the door; each carries PROVENANCE after its own columns.
FACTS: dict[str, Schema] = {
    "src_submission": SUBMISSION | PROVENANCE,
    "src_response": RESPONSE | PROVENANCE,
    "src_exchange": EXCHANGE | PROVENANCE,
    "src_result": RESULT | PROVENANCE,
    **{register.table: _register(register) | PROVENANCE for register in REGISTERS.values()},
}
#: What was asked: read from the workspace's instruments, replaced whole.
FORMS: dict[str, Schema] = {
    "src_instrument": INSTRUMENT,
    "src_item": ITEM,
    "src_choice": CHOICE,
    "src_item_alignment": ITEM_ALIGNMENT,
}
#: What survey servers say they have (see inventory.py), one row per submission and inventory; replaced whole.
SIGHTING: Schema = {
    "source_system": TEXT,
    "native_id": TEXT,
    "version_id": TEXT,
    "review_state": TEXT,
    "deleted_at": TIME,
    "seen_at": TIME,
    "is_complete": BOOL,  # of an inventory of all submissions: what it does not name is gone
    "load_id": TEXT,
}
TABLES = FACTS | FORMS | {"src_sighting": SIGHTING}

#: The columns that say which real-world thing a row is about.
KEYS = {
    "src_submission": ("submission_id",),
    "src_response": ("version_id", "repeat_path", "item_id", "option"),
    "src_exchange": ("exchange_id",),
    "src_result": ("result_id",),
    **{register.table: (register.key,) for register in REGISTERS.values()},
    "src_instrument": ("instrument_id", "form_version"),
    "src_item": ("instrument_id", "form_version", "item_id"),
    "src_choice": ("instrument_id", "form_version", "list", "code"),
    "src_sighting": ("source_system", "native_id", "load_id"),
    "src_item_alignment": ("instrument_id", "form_version", "series_id", "item_id"),
}


def empty(table: str) -> pl.DataFrame:
    """Return a canonical table without rows."""
    return pl.DataFrame(schema=TABLES[table])


def conform(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with exactly the table's columns, in order and typed; absent ones are null.

    Raises:
        ValueError: The frame has a column the table does not know (a mistake in a parser).
    """
    schema = TABLES[table]
    unknown = sorted(set(frame.columns) - set(schema))
    if unknown:
        raise ValueError(f"{table} has no column {', '.join(unknown)}")
    if frame.is_empty():
        return empty(table)
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
    )
