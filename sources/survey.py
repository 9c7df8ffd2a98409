"""Submissions and their answers to src_submission and src_response: shared by all survey tools."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from melflow.sources import answers, canonical, formlogic, values
from melflow.sources.answers import REPEAT, SHEET, SUB, Filled, Said
from melflow.sources.content import content
from melflow.sources.identity import identify
from melflow.sources.payload import Notes, Origin, Parsed
from melflow.sources.tables import ROW

#: What a survey tool knows about a submission besides the answers: text as it came, blank is null.
META = {
    SUB: pl.UInt32,
    ROW: pl.Int64,
    SHEET: pl.String,
    **dict.fromkeys(("uuid", "root_uuid", "deprecated_uuid", "native_id"), pl.String),
    **dict.fromkeys(("submitted_raw", "edited_raw", "started_raw", "ended_raw", "deleted_raw"), pl.String),
    **dict.fromkeys(("review_state", "device"), pl.String),
}
_REVIEW = {
    "validation_status_approved": "approved",
    "validation_status_not_approved": "rejected",
    "not approved": "rejected",
    "validation_status_on_hold": "on_hold",
    "on hold": "on_hold",
    "hasissues": "has_issues",
}


@dataclass(frozen=True)
class Rules:
    """What a tool and its source say about all submissions of a payload.

    Attributes:
        root_rule: Name of the rule when a root identifier is there.
        gives_root: The file has a column of root identifiers.
        partner: The partner all submissions are of, if the source is one partner's.
    """

    root_rule: str
    gives_root: bool
    partner: str | None


def assemble(origin: Origin, rules: Rules, filled: list[Filled], meta: pl.DataFrame, notes: Notes) -> Parsed:
    """Return the canonical frames of a survey payload.

    Args:
        origin: The payload.
        rules: Of the tool and the source.
        filled: Answers, by form version.
        meta: Columns ``META``, one row per submission.
        notes: What the reader noted; counts are added.
    """
    n_read = meta.height
    if origin.corrector is not None:
        filled, meta = origin.corrector.filled(filled, meta)
    read = [answers.said(one) for one in filled]
    submissions = _submissions(meta, read, rules)
    identity = identify(submissions, origin.source, rules.root_rule, gives_root=rules.gives_root)
    kept = submissions.join(identity, on="sub").filter(~pl.col("is_duplicate")).sort("sub")
    kept = stamped(kept, origin).with_columns(row_id=pl.format("{}#s{}", pl.lit(origin.load_id), pl.col("sub") + 1))
    rows, unjudged = _rows(read, kept, _filled_on(meta))
    counted: Notes = {
        "rows_read": n_read,
        "rows_dropped_corrections": n_read - meta.height,
        "duplicates": int(identity["is_duplicate"].sum()),
        "decimal_commas": _decimal_commas(read),
        "logic_not_judged": unjudged,
    }
    frames = {
        "src_submission": canonical.conform("src_submission", known("src_submission", kept)),
        "src_response": _responses(rows, origin),
    }
    return Parsed(frames, notes | counted, kept.filter("is_conflict")["row_id"].to_list())


def complete(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with exactly the columns of ``META``; absent ones are null."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in META.items()
    )


def review(state: pl.Expr) -> pl.Expr:
    """Return our word for a tool's review or validation state."""
    return state.str.to_lowercase().replace(_REVIEW)


def stamped(frame: pl.DataFrame, origin: Origin) -> pl.DataFrame:
    """Return the frame with the provenance that is the same for a whole payload."""
    return frame.with_columns(
        source_system=pl.lit(origin.source),
        source_file=pl.lit(origin.file),
        ingested_at=pl.lit(origin.landed_at).cast(canonical.TIME),
        load_id=pl.lit(origin.load_id),
    )


def known(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return only the columns a canonical table has."""
    return frame.select([name for name in frame.columns if name in canonical.TABLES[table]])


def _rows(read: list[Said], kept: pl.DataFrame, filled_on: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Return the answers of all versions with what the forms' logic says of them, and what it could not say."""
    beside = ("submission_id", "version_id", "instrument_id", "form_version", "content_hash")
    names = kept.select(pl.col("sub").alias(SUB), *beside)
    told = [formlogic.told(one, answers.long(one, names), filled_on) for one in read]
    schema = {**answers.LONG, **dict.fromkeys(beside, pl.String), **formlogic.SAYS}
    rows = pl.concat([rows for rows, _ in told]) if told else pl.DataFrame(schema=schema)
    return rows, sorted({name for _, unjudged in told for name in unjudged})


def _filled_on(meta: pl.DataFrame) -> pl.DataFrame:
    """Return the day and the time at which each submission was filled in, as far as it says."""
    said = ("ended_raw", "started_raw", "submitted_raw")
    return meta.select(
        SUB,
        pl.coalesce(*(values.local_date(pl.col(name)) for name in said)).alias(formlogic.TODAY),
        pl.coalesce(*(values.moment(pl.col(name)) for name in said)).alias(formlogic.NOW),
    )


def _decimal_commas(read: list[Said]) -> int:
    """Return how many numbers are written with a decimal comma."""
    numbers = [
        one.answers[repeat][item["item_path"]]
        for one in read
        for repeat, items in one.items.items()
        for item in items
        if item["type"] in answers.NUMBERS
    ]
    commas = [texts.filter(texts.str.contains(",", literal=True)) for texts in numbers]
    return sum(int(texts.to_frame("text").select(values.has_decimal_comma(pl.col("text")).sum()).item())
               for texts in commas if len(texts))  # fmt: skip


def _submissions(meta: pl.DataFrame, read: list[Said], rules: Rules) -> pl.DataFrame:
    filled = [one.filled for one in read]
    versions = pl.concat(
        [
            pl.DataFrame(schema={SUB: pl.UInt32, "form_id": pl.String, "form_version": pl.String}),
            *(
                one.tables[""].select(SUB, form_id=pl.lit(one.form.form_id), form_version=pl.lit(one.form.version))
                for one in filled
            ),
        ]
    )
    asked = {role for one in filled for role in one.form.items["role"].drop_nulls()}
    frame = (
        meta.join(versions, on=SUB)
        .join(content(read), on=SUB, how="left")
        .join(_roles(read, meta), on=SUB, how="left")
        .rename({SUB: "sub", ROW: "source_row", SHEET: "source_sheet"})
    )
    partner = pl.col("partner") if "partner" in asked else pl.lit(rules.partner, pl.String)
    started, ended = values.moment(pl.col("started_raw")), values.moment(pl.col("ended_raw"))
    days = [values.local_date(pl.col(name)) for name in ("ended_raw", "started_raw", "submitted_raw")]
    return frame.with_columns(
        instrument_id="form_id",
        content_hash=pl.col("content_hash").fill_null(values.digest(pl.Series(["0"])).item()),
        partner_raw=partner,
        respondent_raw_hash="respondent",
        respondent_role="respondent_role",
        about_partner_raw="about_partner",
        about_partner_2_raw="about_partner_2",
        consent_level="consent",
        collected_on=pl.coalesce(values.local_date(pl.col("collected_on")), *days),
        started_at=started,
        ended_at=ended,
        duration_s=(ended - started).dt.total_milliseconds() / 1000,
        submitted_at=values.moment(pl.col("submitted_raw")),
        submitted_at_raw="submitted_raw",
        edited_at=values.moment(pl.col("edited_raw")),
        deleted_at=values.moment(pl.col("deleted_raw")),
        review_state=review(pl.col("review_state")),
        device_hash="device",
    )


def _roles(read: list[Said], meta: pl.DataFrame) -> pl.DataFrame:
    """Return one column per role with the first answer of each submission to an item of that role."""
    from melflow.core.workspace.framework import ROLES

    told: dict[str, list[tuple[int, pl.DataFrame]]] = {role: [] for role in ROLES}
    for one in read:
        for repeat, items in one.items.items():
            for item in items:
                if item["role"] in told:
                    answered = one.answers[repeat].select(SUB, answer=item["item_path"]).drop_nulls()
                    told[item["role"]].append((item["order_no"], answered))
    frame = meta.select(SUB)
    for role, found in told.items():
        if found:
            first = pl.concat([answered for _, answered in sorted(found, key=lambda one: one[0])])
            first = first.unique(SUB, keep="first", maintain_order=True).rename({"answer": role})
            frame = frame.join(first, on=SUB, how="left", maintain_order="left")
    return frame.with_columns(pl.lit(None, pl.String).alias(role) for role, found in told.items() if not found)


def _responses(rows: pl.DataFrame, origin: Origin) -> pl.DataFrame:
    number = pl.int_range(1, pl.len() + 1).cast(pl.String)
    frame = rows.drop("answer", SUB).with_columns(row_id=pl.lit(f"{origin.load_id}#r") + number)
    frame = stamped(frame, origin).rename({REPEAT: "repeat_path", ROW: "source_row", SHEET: "source_sheet"})
    return canonical.conform("src_response", frame)
