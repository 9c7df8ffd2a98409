"""Submissions and their answers to src_submission and src_response: shared by all survey tools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from melflow.sources import answer_rows, answers, canonical, formlogic, values
from melflow.sources.answer_rows import Stack
from melflow.sources.answers import REPEAT, SHEET, SUB, Filled, Said
from melflow.sources.content_hash import content
from melflow.sources.identity import ALONE, CONTENT, PAYLOAD, identify
from melflow.sources.payload import DROPPED, Notes, Origin, Parsed
from melflow.sources.payloads_together import Together
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
#: What stands beside each answer of a submission.
_BESIDE = ("submission_id", "version_id", "instrument_id", "form_version", "content_hash")
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
        partner: The partner all submissions are of, if the source is one partner's.
    """

    root_rule: str
    partner: str | None


@dataclass(frozen=True)
class Read:
    """What a reader found in one payload.

    Attributes:
        origin: The payload.
        filled: Answers, by form version.
        meta: Columns ``META``, one row per submission.
        notes: What the reader noted, what it left out of ``meta`` included; counts are added.
    """

    origin: Origin
    filled: list[Filled]
    meta: pl.DataFrame
    notes: Notes


def assemble(origin: Origin, rules: Rules, filled: list[Filled], meta: pl.DataFrame, notes: Notes) -> Parsed:
    """Return the canonical frames of a survey payload; see ``Read``."""
    return together(rules, [Read(origin, filled, meta, notes)])[0]


def together(rules: Rules, read: Sequence[Read]) -> list[Parsed]:
    """Return the canonical frames of survey payloads, each as if it had been alone.

    Args:
        rules: Of the tool and the source, the same for all.
        read: The payloads: of one source, and of several only where they answer the same form versions, have the same
            headers, and are numbered from 0 without a gap.
    """
    corrected = [_corrected(one) for one in read]
    whole = Together([one.meta.height for one in read])
    meta = whole.below([one.meta for one in corrected])
    said = [answers.said(whole.filled(list(same))) for same in zip(*(one.filled for one in corrected), strict=True)]
    submissions = _submissions(meta, said, rules)
    submissions = submissions.with_columns(pl.Series(PAYLOAD, whole.payloads(submissions["sub"])))
    identity = identify(submissions, read[0].origin.source, rules.root_rule)
    decided = submissions.join(identity, on="sub").sort("sub")
    kept = _named(decided.filter(~pl.col("is_duplicate")), [one.origin for one in read], whole)
    stacks, unjudged = _stacks(said, kept, _filled_on(meta))
    cuts = [whole.cuts(stack.subs) for stack in stacks]
    stacks, same = answer_rows.without_same(stacks)
    alone = kept.filter(pl.col("root_rule").is_in((ALONE, CONTENT)))
    counted_subs = (_decimal_commas(said), decided.filter("is_duplicate")["sub"], alone["sub"])
    n_commas, n_twice, n_alone = (whole.counts(subs) for subs in counted_subs)
    table, places = canonical.conform("src_submission", known("src_submission", kept)), whole.cuts(kept["sub"])
    rows = [answer_rows.rows(stacks, cuts, number) for number in range(len(read))]
    numbers = pl.int_range(1, max(one.height for one in rows) + 1, eager=True).cast(pl.String)
    parsed = []
    for number, one in enumerate(read):
        mine = slice(places[number], places[number + 1])
        frames = {"src_submission": table[mine], "src_response": _responses(rows[number], one.origin, same, numbers)}
        dropped = {name: int(str(n)) for name, n in one.notes.items() if name.startswith(DROPPED)}
        blanked = dropped.get(f"{DROPPED}corrections", 0)
        counted: Notes = {
            "rows_read": one.meta.height + sum(dropped.values()),
            f"{DROPPED}corrections": one.meta.height - corrected[number].meta.height + blanked,
            "duplicates": n_twice[number],
            "decimal_commas": n_commas[number],
            "submissions_without_lasting_id": n_alone[number],
            "logic_not_judged": unjudged,
        }
        parsed.append(Parsed(frames, one.notes | counted, kept[mine].filter("is_conflict")["row_id"].to_list()))
    return parsed


def _corrected(read: Read) -> Read:
    if read.origin.corrector is None:
        return read
    filled, meta = read.origin.corrector.filled(read.filled, read.meta)
    return replace(read, filled=filled, meta=meta)


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


def _named(kept: pl.DataFrame, origins: list[Origin], whole: Together) -> pl.DataFrame:
    """Return the submissions with where each came from, numbered in its payload."""
    number = kept[PAYLOAD]
    first = pl.Series(whole.starts[:-1], dtype=pl.UInt32)[number]
    load_ids, files, landed = (
        pl.Series(told, dtype=dtype)[number]
        for told, dtype in (
            ([one.load_id for one in origins], pl.String),
            ([one.file for one in origins], pl.String),
            ([one.landed_at for one in origins], canonical.TIME),
        )
    )
    return kept.with_columns(
        source_system=pl.lit(origins[0].source), source_file=files, ingested_at=landed, load_id=load_ids
    ).with_columns(row_id=pl.format("{}#s{}", "load_id", pl.col("sub") - first + 1))


def _stacks(said: list[Said], kept: pl.DataFrame, filled_on: pl.DataFrame) -> tuple[list[Stack], list[str]]:
    """Return the answers of all versions with what the forms' logic says of them, and what it could not say."""
    names = kept.select(pl.col("sub").alias(SUB), *_BESIDE)
    found: list[Stack] = []
    unjudged: set[str] = set()
    for one in said:
        mine = answers.only(one, names[SUB])
        judged, unsaid = formlogic.judge(mine, filled_on)
        found += answer_rows.stacks(mine, names, judged)
        unjudged |= set(unsaid)
    return found, sorted(unjudged)


def _filled_on(meta: pl.DataFrame) -> pl.DataFrame:
    """Return the day and the time at which each submission was filled in, as far as it says."""
    said = ("ended_raw", "started_raw", "submitted_raw")
    return meta.select(
        SUB,
        pl.coalesce(*(values.local_date(pl.col(name)) for name in said)).alias(formlogic.TODAY),
        pl.coalesce(*(values.moment(pl.col(name)) for name in said)).alias(formlogic.NOW),
    )


def _decimal_commas(read: list[Said]) -> pl.Series:
    """Return the number of the submission of each number that is written with a decimal comma."""
    found = [pl.Series([], dtype=pl.UInt32)]
    for one in read:
        for repeat, items in one.items.items():
            for item in items:
                if item["type"] in answers.NUMBERS:
                    said = one.answers[repeat].select(SUB, text=item["item_path"])
                    commas = said.filter(said["text"].str.contains(",", literal=True))
                    found += [commas.filter(values.has_decimal_comma(pl.col("text")))[SUB]] if commas.height else []
    return pl.concat(found)


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


def _responses(rows: pl.DataFrame, origin: Origin, same: dict[str, str | None], numbers: pl.Series) -> pl.DataFrame:
    frame = rows.with_columns(
        *(pl.lit(told, pl.String).alias(name) for name, told in same.items()),
        row_id=pl.lit(f"{origin.load_id}#r") + numbers.head(rows.height),
    )
    names = {REPEAT: "repeat_path", ROW: "source_row", SHEET: "source_sheet"}
    return canonical.conform("src_response", stamped(frame, origin).rename(names, strict=False))
