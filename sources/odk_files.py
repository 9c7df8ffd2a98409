"""Files of ODK Central that only make sense together: a table of submissions and the tables of its repeats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

import orjson

from melflow.sources import archive, odk_tables
from melflow.sources.odk_export import KEY, PARENT_KEY
from melflow.sources.payload import Payload
from melflow.sources.tables import decode, separator

_HEAD = 64 * 1024  # bytes in which the header of a CSV file is looked for


def gather(payloads: Iterable[Payload]) -> Iterator[tuple[Payload, list[str]]]:
    """Yield the payloads, those of one export as one archive with the bytes of its files as they are.

    Beside each stand the origins of its files. JSON tables in one folder belong together as soon as one of them is of a
    repeat. The CSV table of a repeat belongs to the table of submissions in its folder, of several to the one whose
    name its own begins with.
    """
    folders: dict[str, list[Payload]] = defaultdict(list)
    for payload in payloads:
        folders[payload.origin.rpartition("/")[0]].append(payload)
    for files in folders.values():
        kinds = {payload.origin: _kind(payload.content) for payload in files}
        groups: dict[str, list[Payload]] = {}
        for payload in files:
            groups.setdefault(_leader(payload, kinds), []).append(payload)
        for leader, members in groups.items():
            whole = members[0] if len(members) == 1 else _together(leader, members)
            yield whole, [member.origin for member in members]


def _leader(payload: Payload, kinds: dict[str, str]) -> str:
    """Return the origin of the table of submissions that a file belongs to; its own when it stands alone."""
    kind = kinds[payload.origin]
    if kind.startswith("json") and "json repeat" in kinds.values():
        return next((name for name, other in kinds.items() if other == "json"), payload.origin)
    mains = [name for name, other in kinds.items() if other == "csv"]
    if kind != "csv repeat" or not mains:
        return payload.origin
    stem = PurePosixPath(payload.origin).stem
    named = [name for name in mains if stem.startswith(f"{PurePosixPath(name).stem}-")]
    if named:
        return max(named, key=len)
    return mains[0] if len(mains) == 1 else payload.origin


def _together(leader: str, members: list[Payload]) -> Payload:
    files = sorted(members, key=lambda one: one.origin != leader)
    content = archive.pack((PurePosixPath(one.origin).name, one.content) for one in files)
    return replace(members[0], origin=leader, content=content)


def _kind(content: bytes) -> str:
    """Return which table a file is, as far as its first bytes say; whether it can be read is the parser's to say."""
    if content.startswith(archive.MAGIC):
        return "archive"
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return _kind_of_json(content)
    header = decode(content[:_HEAD])[0].lstrip().partition("\n")[0]
    names = {name.strip('" \r') for name in header.split(separator(header))}
    if KEY not in names:
        return "other"
    return "csv repeat" if PARENT_KEY in names else "csv"


def _kind_of_json(content: bytes) -> str:
    try:
        table = odk_tables.table_of(orjson.loads(content))
    except orjson.JSONDecodeError:
        table = None
    if table is None:
        return "other"
    return "json" if table == odk_tables.MAIN else "json repeat"
