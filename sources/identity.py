"""Which rows are the same submission, which are its versions, and which contradict each other (measures C1).

KoBo gives an edited submission a new ``_uuid``; ``meta/deprecatedID`` names only the version before; ``_id`` stays; and
recent servers send ``meta/rootUuid``. Central's ``__id`` is the root itself. So rows that share any of these are one
submission, named by the first of: rootUuid (``__id``), ``_id`` with its source, the start of the deprecatedID chain,
its content. An export holds only the newest version of each submission, so a chain can seldom be walked to its start;
``_id`` is preferred because it names the submission the same way in every export.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import polars as pl

from melflow.sources import canonical
from melflow.sources.payload import Parsed

Row = dict[str, Any]

#: Marks the part of an id that is a hash of content: ``resolve`` keys it, or a person could be guessed from it.
MADE = "~"

#: What ``identify`` reads: row number, identifiers without "uuid:", content_hash, and a time that orders versions.
READS = ("sub", "uuid", "root_uuid", "deprecated_uuid", "native_id", "content_hash", "submitted_at", "edited_at")
#: Number of the payload of each row, where rows of several are read: what stands in different ones is not linked.
PAYLOAD = "payload"
DECIDES: canonical.Schema = {
    "sub": pl.UInt32,
    "submission_id": pl.String,
    "version_id": pl.String,
    "root_rule": pl.String,
    "supersedes_version_id": pl.String,
    "is_current": pl.Boolean,
    "is_duplicate": pl.Boolean,
    "is_conflict": pl.Boolean,
}


def identify(rows: pl.DataFrame, server: str, root_rule: str, *, gives_root: bool) -> pl.DataFrame:
    """Decide identity for every row of a payload, or of several, each by itself.

    Args:
        rows: The columns of ``READS``; of several payloads also ``PAYLOAD``.
        server: Prefix of ``_id``, which is unique only on its server: the name of the source.
        root_rule: Name of the rule when a root identifier is there: ``rootUuid`` or ``__id``.
        gives_root: The file has a root column; a row without a value in it was never edited, it is its own root.

    Returns:
        One row per row of ``rows``, columns ``DECIDES``.
    """
    linked = _linked_rows(rows)
    alone = _alone(rows.filter(~linked), server, root_rule, gives_root=gives_root)
    if not linked.any():
        return alone
    decided: list[Row] = []
    several = rows.filter(linked)
    for part in several.partition_by(PAYLOAD) if PAYLOAD in rows.columns else [several]:
        groups: dict[int, list[Row]] = defaultdict(list)
        records = part.select(READS).to_dicts()
        for record, root in zip(records, _components(records), strict=True):
            groups[root].append(record)
        for members in groups.values():
            decided += _versions(members, server, root_rule, gives_root=gives_root)
    return pl.concat([alone, pl.DataFrame(decided, schema=DECIDES)])


def _linked_rows(rows: pl.DataFrame) -> pl.Series:
    """Return which rows share an identifier with another; most share none, and need no walk along chains."""
    uuids = pl.concat_list("uuid", "root_uuid", "deprecated_uuid").list.unique()
    without = pl.all_horizontal(pl.col("uuid", "root_uuid", "deprecated_uuid", "native_id").is_null())
    tokens = rows.select("sub", uuids=uuids, native="native_id", content=pl.when(without).then("content_hash"))
    shared = [
        frame.drop_nulls().filter(pl.col(frame.columns[1]).is_duplicated())["sub"]
        for frame in (
            tokens.select("sub", "uuids").explode("uuids"), tokens.select("sub", "native"),
            tokens.select("sub", "content"),
        )
    ]  # fmt: skip
    return rows["sub"].is_in(pl.concat(shared).implode())


def _alone(rows: pl.DataFrame, server: str, root_rule: str, *, gives_root: bool) -> pl.DataFrame:
    """Decide identity for rows that share no identifier: what ``_versions`` says of a group of one."""
    root, uuid, before, native = (
        pl.when(pl.col(name) != "").then(name) for name in ("root_uuid", "uuid", "deprecated_uuid", "native_id")
    )
    start = pl.when(uuid.is_not_null()).then(pl.coalesce(before, uuid))
    by_root = start if gives_root else pl.lit(None, pl.String)
    made = pl.format("{}:{}{}", pl.lit(server), pl.lit(MADE), "content_hash")
    names = (root, by_root, pl.lit(f"{server}:") + native, start, made)
    rules = (root_rule, root_rule, "_id", "deprecatedID chain", "content hash")
    rule = pl.coalesce(pl.when(name.is_not_null()).then(pl.lit(word)) for name, word in zip(names, rules, strict=True))
    rows = rows.with_columns(submission_id=pl.coalesce(names), root_rule=rule)
    return rows.select(
        "sub",
        "submission_id",
        pl.coalesce(uuid, pl.format("{}@{}{}", "submission_id", pl.lit(MADE), "content_hash")).alias("version_id"),
        "root_rule",
        before.alias("supersedes_version_id"),
        is_current=pl.lit(True),
        is_duplicate=pl.lit(False),
        is_conflict=pl.lit(False),
    ).select(pl.col(name).cast(dtype) for name, dtype in DECIDES.items())


def _components(records: list[Row]) -> list[int]:
    """Return for each row the number of the first row it is linked to, directly or over others (union-find)."""
    parent = list(range(len(records)))

    def find(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    first: dict[tuple[str, str], int] = {}
    for number, record in enumerate(records):
        for token in _tokens(record):
            other = first.setdefault(token, number)
            low, high = sorted((find(other), find(number)))
            parent[high] = low
    return [find(number) for number in range(len(records))]


def _tokens(record: Row) -> Iterable[tuple[str, str]]:
    uuids = {record["uuid"], record["root_uuid"], record["deprecated_uuid"]} - {None}
    tokens = [("uuid", uuid) for uuid in uuids]
    if record["native_id"] is not None:
        tokens.append(("id", record["native_id"]))
    return tokens or [("content", record["content_hash"])]


def _versions(members: list[Row], server: str, root_rule: str, *, gives_root: bool) -> list[Row]:
    depths = _depths(members)
    members = sorted(members, key=lambda row: (_time(row), depths[row["sub"]], row["sub"]))
    submission_id, rule = _name(members, server, root_rule, gives_root=gives_root)
    kept: list[Row] = []
    decided: list[Row] = []
    for row in members:
        # an edit of a version that is there is a version, also when it goes back to what an older one said
        edited = row["deprecated_uuid"] is not None and row["deprecated_uuid"] in {other["uuid"] for other in kept}
        twin = not edited and any(row["content_hash"] == other["content_hash"] for other in kept)
        if not twin:
            kept.append(row)
        decided.append(
            {
                "sub": row["sub"],
                "submission_id": submission_id,
                "version_id": row["uuid"] or f"{submission_id}@{MADE}{row['content_hash']}",
                "root_rule": rule,
                "supersedes_version_id": None,
                "is_current": False,
                "is_duplicate": twin,
                "is_conflict": False,
            }
        )
    by_sub = {one["sub"]: one for one in decided}
    for before, row in zip([None, *kept], kept, strict=False):
        previous = by_sub[before["sub"]]["version_id"] if before else None
        one = by_sub[row["sub"]]
        one["supersedes_version_id"] = row["deprecated_uuid"] or (previous if previous != one["version_id"] else None)
        one["is_conflict"] = any(_contradicts(row, other) for other in kept if other is not row)
    by_sub[kept[-1]["sub"]]["is_current"] = True
    return decided


def _contradicts(row: Row, other: Row) -> bool:
    """Return whether two rows claim the same key, say different things, and no edit explains it."""
    return row["uuid"] == other["uuid"] or row["uuid"] is None or other["uuid"] is None


def _time(row: Row) -> str:
    return str(row["edited_at"] or row["submitted_at"] or "")


def _depths(members: list[Row]) -> dict[int, int]:
    """Return how many edits lie behind each row, as far as the chain can be walked."""
    before = {row["uuid"]: row["deprecated_uuid"] for row in members if row["uuid"]}
    depths = {}
    for row in members:
        depth, uuid, seen = 0, row["deprecated_uuid"], {row["uuid"]}
        while uuid is not None and uuid not in seen:
            seen.add(uuid)
            depth, uuid = depth + 1, before.get(uuid)
        depths[row["sub"]] = depth
    return depths


def _name(members: list[Row], server: str, root_rule: str, *, gives_root: bool) -> tuple[str, str]:
    roots = [row["root_uuid"] for row in members if row["root_uuid"]]
    if roots:
        return min(roots), root_rule
    native_ids = [row["native_id"] for row in members if row["native_id"]]
    starts = [row["deprecated_uuid"] or row["uuid"] for row in members if row["uuid"]]  # members are in order
    if starts and gives_root:
        return starts[0], root_rule
    if native_ids:
        return f"{server}:{min(native_ids)}", "_id"
    if starts:
        return starts[0], "deprecatedID chain"
    return f"{server}:{MADE}{members[0]['content_hash']}", "content hash"


def adopt(parsed: Parsed, known: pl.DataFrame, *, by_native_id: bool = False) -> Parsed:
    """Give submissions the name the warehouse already knows them by.

    An export may lack a column an earlier one had (rootUuid came late to Kobo), and then name the same submission
    another way. A row whose version, predecessor or root is a known version belongs to that version's submission.

    Args:
        parsed: Of a survey source; others are returned as they are.
        known: Columns submission_id, version_id and native_id of what is loaded.
        by_native_id: The server's own id names a submission too: all rows are of one project on one server.
    """
    submissions = parsed.frames.get("src_submission")
    if submissions is None or submissions.is_empty() or known.is_empty():
        return parsed
    found = _linked(submissions, known, "version_id", "version_id", "supersedes_version_id", "submission_id")
    if by_native_id:
        found = pl.concat([found, _linked(submissions, known, "native_id", "native_id")])
    if found.is_empty():
        return parsed
    renamed = dict(found.group_by("submission_id").agg(pl.min("old")).iter_rows())
    frames = {
        name: frame.with_columns(pl.col("submission_id").replace(renamed))
        if "submission_id" in frame.columns
        else frame
        for name, frame in parsed.frames.items()
    }
    return replace(parsed, frames=frames)


def naming(submissions: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the known versions that submissions may be named by, for ``adopt``; all others could be left out."""
    if known.is_empty():
        return known
    tokens = ("version_id", "supersedes_version_id", "submission_id", "native_id")
    said = pl.concat([submissions[name].rename("said") for name in tokens]).drop_nulls().unique().implode()
    return known.filter(pl.col("version_id").is_in(said) | pl.col("native_id").is_in(said))


def _linked(submissions: pl.DataFrame, known: pl.DataFrame, key: str, *named_by: str) -> pl.DataFrame:
    """Return submission_id and the ``old`` name of submissions of which a column names a known key."""
    names = known.select(key, old="submission_id").drop_nulls(key).unique(key, keep="first", maintain_order=True)
    links = submissions.select("submission_id", pl.concat_list(named_by).alias(key)).explode(key)
    return links.join(names, on=key).filter(pl.col("old") != pl.col("submission_id")).select("submission_id", "old")
