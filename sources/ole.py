"""Streams inside an OLE compound file, the container of XLS workbooks."""

from __future__ import annotations

import struct

_NO_SECTOR = 0xFFFFFFFA  # this number and those above it mark ends and gaps
_ENTRY_BYTES = 128


def stream(content: bytes, *names: str) -> bytes | None:
    """Return the first stream with one of these names; None when there is none.

    Raises:
        ValueError: The container is damaged.
    """
    try:
        return _Container(content).stream(names)
    except (struct.error, IndexError) as error:
        raise ValueError("a damaged container") from error


class _Container:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._size = 1 << struct.unpack_from("<H", content, 30)[0]
        self._small_size = 1 << struct.unpack_from("<H", content, 32)[0]
        directory, self._cutoff, small_table = struct.unpack_from("<I4xII", content, 48)
        self._next = self._table(self._table_sectors())
        self._small_next = self._table(self._chain(small_table, self._next))
        self._directory = b"".join(self._sector(one) for one in self._chain(directory, self._next))

    def stream(self, names: tuple[str, ...]) -> bytes | None:
        for place in range(0, len(self._directory), _ENTRY_BYTES):
            entry = self._directory[place : place + _ENTRY_BYTES]
            length = struct.unpack_from("<H", entry, 64)[0]
            if entry[66] == 2 and entry[: max(length - 2, 0)].decode("utf-16-le", errors="replace") in names:
                return self._read(*struct.unpack_from("<II", entry, 116))
        return None

    def _read(self, start: int, size: int) -> bytes:
        if size >= self._cutoff:
            return b"".join(self._sector(one) for one in self._chain(start, self._next))[:size]
        root = struct.unpack_from("<I", self._directory, 116)[0]
        small = b"".join(self._sector(one) for one in self._chain(root, self._next))
        places = (one * self._small_size for one in self._chain(start, self._small_next))
        return b"".join(small[place : place + self._small_size] for place in places)[:size]

    def _table_sectors(self) -> list[int]:
        """Return the sectors of the table that links sectors; the first 109 stand in the header."""
        sectors = list(struct.unpack_from("<109I", self._content, 76))
        more = struct.unpack_from("<I", self._content, 68)[0]
        seen: set[int] = set()
        while more < _NO_SECTOR and more not in seen:
            seen.add(more)
            *some, more = struct.unpack(f"<{self._size // 4}I", self._sector(more))
            sectors += some
        return [one for one in sectors if one < _NO_SECTOR]

    def _table(self, sectors: list[int]) -> tuple[int, ...]:
        joined = b"".join(self._sector(one) for one in sectors)
        return struct.unpack(f"<{len(joined) // 4}I", joined[: len(joined) // 4 * 4])

    def _chain(self, start: int, following: tuple[int, ...]) -> list[int]:
        found: list[int] = []
        while start < _NO_SECTOR and len(found) <= len(following):
            found.append(start)
            start = following[start]
        return found

    def _sector(self, number: int) -> bytes:
        place = (number + 1) * self._size
        return self._content[place : place + self._size]
