"""Which rows are the same submission, which are its versions, and which contradict each other (measures C1).

KoBo gives an edited submission a new ``_uuid``; ``meta/deprecatedID`` names only the version before; ``_id`` stays; and
recent servers send ``meta/rootUuid``. Central's ``__id`` is the root itself. So rows that share any of these are one
submission, named by the first of: rootUuid (``__id``), the start of the deprecatedID chain, ``_id`` with its source.
``_uuid`` names the version only. Where a file has nothing else, its row is a submission of which no edit can be known:
``root_rule`` says so, the load's notes count it; where there is not even that, the content has to do.

An export holds only the newest version of each submission, so its chain starts one edit back and an older export names
it otherwise: ``adopt`` finds the name it has, by any version and by ``_id``.
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

#: Rules that name a submission where no root identifier is there.
CHAIN, NATIVE, ALONE, CONTENT = "deprecatedID chain", "_id", "instanceID alone", "content hash"
#: Marks the part of an id that is a hash of content: ``resolve`` keys it, or a person could be guessed from it.
MADE = "~"

#: What ``identify`` reads: row number, identifiers without "uuid:", content_hash, and a time that orders versions.
READS = ("sub", "uuid", "root_uuid", "deprecated_uuid", "native_id", "content_hash", "submitted_at", "edited_at")
#: Number of the payload of each row, where rows of several are read: what stands in different ones is not linked.
PAYLOAD = "payload"
#: What ``adopt`` has to know of a version in the warehouse.
KNOWN = ("submission_id", "version_id", "supersedes_version_id", "native_id", "root_rule")
#: Rules by which a name is the same whoever exports it, so that two names are two submissions.
_ROOTS = ("rootUuid", "__id")
#: Columns of a submission that name one of its versions.
_CHAINED = ("version_id", "supersedes_version_id", "submission_id")
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


def identify(rows: pl.DataFrame, server: str, root_rule: str) -> pl.DataFrame:
    """Decide identity for every row of a payload, or of several, each by itself.

    Args:
        rows: The columns of ``READS``; of several payloads also ``PAYLOAD``.
        server: Prefix of ``_id``, which is unique only on its server: the name of the source.
        root_rule: Name of the rule when a root identifier is there: ``rootUuid`` or ``__id``.

    Returns:
        One row per row of ``rows``, columns ``DECIDES``.
    """
    linked = _linked_rows(rows)
    alone = _alone(rows.filter(~linked), server, root_rule)
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
            decided += _versions(members, server, root_rule)
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


def _alone(rows: pl.DataFrame, server: str, root_rule: str) -> pl.DataFrame:
    """Decide identity for rows that share no identifier: what ``_versions`` says of a group of one."""
    root, uuid, before, native = (
        pl.when(pl.col(name) != "").then(name) for name in ("root_uuid", "uuid", "deprecated_uuid", "native_id")
    )
    made = pl.format("{}:{}{}", pl.lit(server), pl.lit(MADE), "content_hash")
    names = (root, before, pl.lit(f"{server}:") + native, uuid, made)
    rules = (root_rule, CHAIN, NATIVE, ALONE, CONTENT)
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


def _versions(members: list[Row], server: str, root_rule: str) -> list[Row]:
    depths = _depths(members)
    members = sorted(members, key=lambda row: (_time(row), depths[row["sub"]], row["sub"]))
    submission_id, rule = _name(members, server, root_rule)
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


def _name(members: list[Row], server: str, root_rule: str) -> tuple[str, str]:
    """Return the name of a submission and the rule it follows; ``members`` are its versions, oldest first."""
    if roots := [row["root_uuid"] for row in members if row["root_uuid"]]:
        return min(roots), root_rule
    if edits := [row for row in members if row["deprecated_uuid"]]:
        return _start(edits[0], members), CHAIN
    if native_ids := [row["native_id"] for row in members if row["native_id"]]:
        return f"{server}:{min(native_ids)}", NATIVE
    if uuids := [row["uuid"] for row in members if row["uuid"]]:
        return uuids[0], ALONE
    return f"{server}:{MADE}{members[0]['content_hash']}", CONTENT


def _start(edit: Row, members: list[Row]) -> str:
    """Return the first version of a chain as far as it can be walked: the one that names none before it."""
    before = {row["uuid"]: row["deprecated_uuid"] for row in members if row["uuid"] and row["deprecated_uuid"]}
    uuid, seen = edit["deprecated_uuid"], {edit["uuid"]}
    while uuid in before and uuid not in seen:
        seen.add(uuid)
        uuid = before[uuid]
    return str(uuid)


def adopt(parsed: Parsed, known: pl.DataFrame, *, one_server: bool = False) -> Parsed:
    """Give submissions the name the warehouse already knows them by.

    An export may lack a column an earlier one had (rootUuid came late to Kobo, JSON has what exports leave out), and
    then name the same submission another way. A row whose version, predecessor, root or ``_id`` is known belongs to
    that submission, and ``root_rule`` is that of the name it takes.

    Args:
        parsed: Of a survey source; others are returned as they are.
        known: Columns ``KNOWN`` of what is loaded.
        one_server: All rows are of one project on one server, where an ``_id`` never comes twice. Files may come from
            several: there two roots are two submissions, though the servers gave them the same ``_id``.
    """
    submissions = parsed.frames.get("src_submission")
    if submissions is None or submissions.is_empty() or known.is_empty():
        return parsed
    links = [_linked(submissions, known, key, *_CHAINED) for key in ("version_id", "supersedes_version_id")]
    native = _linked(submissions, known, "native_id", "native_id")
    roots = pl.col("root_rule").is_in(_ROOTS) & pl.col("old_rule").is_in(_ROOTS)
    found = pl.concat([*links, native if one_server else native.filter(~roots.fill_null(False))])
    if found.is_empty():
        return parsed
    first = found.sort("old").unique("submission_id", keep="first").select("submission_id", "old", "old_rule")
    frames = {
        name: _renamed(frame, first) if "submission_id" in frame.columns else frame
        for name, frame in parsed.frames.items()
    }
    return replace(parsed, frames=frames)


def naming(submissions: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the known versions that submissions may be named by, for ``adopt``; all others could be left out."""
    if known.is_empty():
        return known
    said = pl.concat([submissions[name].rename("said") for name in (*_CHAINED, "native_id")])
    among = said.drop_nulls().unique().implode()
    return known.filter(pl.any_horizontal(pl.col("version_id", "supersedes_version_id", "native_id").is_in(among)))


def _linked(submissions: pl.DataFrame, known: pl.DataFrame, key: str, *named_by: str) -> pl.DataFrame:
    """Return submission_id and ``old`` name, with their rules, of submissions that a column links to a known key."""
    names = known.select(key, old="submission_id", old_rule="root_rule").drop_nulls(key).unique()
    links = submissions.select("submission_id", "root_rule", pl.concat_list(named_by).alias(key)).explode(key)
    joined = links.join(names, on=key).filter(pl.col("old") != pl.col("submission_id"))
    return joined.select("submission_id", "root_rule", "old", "old_rule")


def _renamed(frame: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    old = names["submission_id"]
    renamed = {"submission_id": pl.col("submission_id").replace(old, names["old"])}
    if "root_rule" in frame.columns:
        rules = pl.col("submission_id").replace_strict(old, names["old_rule"], default=None, return_dtype=pl.String)
        renamed["root_rule"] = pl.coalesce(rules, "root_rule")
    return frame.with_columns(**renamed)
