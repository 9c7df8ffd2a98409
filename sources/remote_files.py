"""One address with files: listed, looked at and read whole or not at all; opened anew after every cut.

A file is taken when it has the length that was announced and looks after reading as it did before; so neither a cut
download nor half of an upload lands. Where the place announces nothing to hold it against, it is read twice.
"""

from __future__ import annotations

import hashlib
import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from melflow.core.errors import TerminalError, TransientError
from melflow.core.workspace.place import scheme
from melflow.sources.file_systems import Patience, address, close_store, open_store, stays_safe, told

if TYPE_CHECKING:
    from melflow.core.workspace import SourceConfig

MAX_BYTES = 1024**3
PATIENCE = Patience()
_MD5 = re.compile(r'"?([0-9a-f]{32})"?')
T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """A file as a place describes it.

    Attributes:
        path: As the file system names it.
        size: In bytes; None where the place does not say.
        version: ETag, or time of the last change; empty where the place says neither.
    """

    path: str
    size: int | None
    version: str

    @property
    def stamp(self) -> str:
        """What changes when the file does; empty where that cannot be known."""
        return f"{self.size} {self.version}" if self.version else ""


class Place:
    """The address of a source; opened when first asked.

    Args:
        config: The source.
        root: The workspace.
    """

    def __init__(self, config: SourceConfig, root: Path) -> None:
        self._config, self._root = config, root
        self._path = config.path or ""
        self._kind = scheme(self._path)
        self._store: Any = None
        self._listed_at = 0.0

    def close(self) -> None:
        """Give the connection back."""
        if self._store is not None:
            close_store(self._store)
        self._store = None

    def entries(self) -> list[Entry]:
        """Return the files that the pattern finds, sorted; hidden files and lock files are passed over."""
        found = self._again(self._entries)
        self._listed_at = time.monotonic()
        return sorted(found, key=lambda entry: entry.path)

    def origin(self, entry: Entry) -> str:
        """Return the address of a file, without query."""
        if self._kind.startswith("http"):
            return address(entry.path)
        head = "/".join(self._path.split("/")[:3]) if self._kind == "sftp" else f"{self._kind}:/"
        return f"{head}/{entry.path.lstrip('/')}"

    def read(self, entry: Entry) -> tuple[bytes, Entry]:
        """Return the bytes of a file, and how it looked before and after they were read.

        Raises:
            TransientError: It was cut, or is being written, at every try.
            TerminalError: It is refused, gone, or too large.
        """
        seen = [entry]

        def once() -> bytes:
            content, is_sure = self._read(seen[-1])
            if not is_sure and self._read(seen[-1])[0] != content:
                raise self._cut(entry, "two readings that differ")
            after = self._look(seen[-1].path)
            if after.stamp != seen[-1].stamp:
                seen.append(after)
                raise self._cut(entry, "a file that is being written")
            return content

        if self._kind != "s3":  # an object of a store appears when it is whole; other uploads are seen growing
            time.sleep(max(0.0, self._listed_at + PATIENCE.settle - time.monotonic()))
        return self._again(once), seen[-1]

    def _again(self, action: Callable[[], T]) -> T:
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

        retrying = Retrying(
            stop=stop_after_attempt(PATIENCE.attempts),
            wait=wait_random_exponential(PATIENCE.first_wait, max=60, min=PATIENCE.first_wait / 2),
            retry=retry_if_exception_type(TransientError),
            before_sleep=lambda _: self.close(),
            reraise=True,
        )
        return retrying(action)

    def _open(self) -> Any:
        if self._store is None:
            self._store = open_store(self._config, self._root, PATIENCE)
        return self._store

    def _entries(self) -> list[Entry]:
        """Walk down the pattern folder by folder: the libraries' own globbing hides errors."""
        *folders, last = self._inside(self._path).split("/")
        literal = next((n for n, part in enumerate(folders) if _is_pattern(part)), len(folders))
        level = ["/".join(folders[:literal])]
        for part in folders[literal:]:
            level = [one["name"] for folder in level for one in self._ls(folder, part) if one["type"] == "directory"]
        if literal == len(folders) and not _is_pattern(last):
            return [self._look("/".join((*level, last)))]
        found = [one for folder in level for one in self._ls(folder, last) if one["type"] != "directory"]
        if self._kind == "s3":
            return [_entry(one["name"], one) for one in found]
        return [self._look(one["name"]) for one in found]  # a link of sftp, or a page of links, says little

    def _inside(self, path: str) -> str:
        """Return the path as the file system wants it."""
        if self._kind.startswith("http"):
            return path
        parts = path.split("/", 3)
        return f"/{parts[3]}" if self._kind == "sftp" else "/".join(parts[2:])

    def _ls(self, folder: str, pattern: str) -> list[dict[str, Any]]:
        store = self._open()
        where = self.origin(Entry(folder, None, ""))
        with told(where):
            try:
                listed = store.ls(f"{folder}/" if self._kind.startswith("http") else folder, detail=True)
            except FileNotFoundError as error:
                if self._kind == "s3" and "/" in folder and "bucket" not in str(error):
                    return []  # a folder of an object store is there once something is in it
                raise
        return [one for one in listed if _meant(one["name"], pattern)]

    def _look(self, path: str) -> Entry:
        store = self._open()
        with told(self.origin(Entry(path, None, ""))):
            return _entry(path, store.info(self._signed(path)))

    def _signed(self, path: str) -> str:
        signature = getattr(self._store, "signature", "") if self._kind.startswith("http") else ""
        return f"{path}{'&' if '?' in path else '?'}{signature}" if signature else path

    def _read(self, entry: Entry) -> tuple[bytes, bool]:
        """Return the bytes, and whether the place announced enough to be sure that they are all."""
        if (entry.size or 0) > MAX_BYTES:
            raise self._too_large(entry)
        store = self._open()
        with told(self.origin(entry)):
            if self._kind == "s3":
                content, ended = store.cat_file(entry.path), True
            elif self._kind == "sftp":
                content, ended = self._over_sftp(store, entry), True
            else:
                content, ended = self._over_http(store, entry)
        if entry.size is not None and len(content) != entry.size:
            raise self._cut(entry, f"{len(content)} of {entry.size} bytes")
        told_md5 = _MD5.fullmatch(entry.version)
        if told_md5:  # stores that encrypt give an ETag of this shape that is none: then the second reading decides
            return content, hashlib.md5(content, usedforsecurity=False).hexdigest() == told_md5[1]
        return content, ended

    def _over_sftp(self, store: Any, entry: Entry) -> bytes:
        kept, deadline = io.BytesIO(), time.monotonic() + PATIENCE.whole

        def watch(done: int, _: int) -> None:
            if done > MAX_BYTES:
                raise self._too_large(entry)
            if time.monotonic() > deadline:
                raise TimeoutError

        store.ftp.getfo(entry.path, kept, callback=watch)
        return kept.getvalue()

    def _over_http(self, store: Any, entry: Entry) -> tuple[bytes, bool]:
        """Read to the limit; an answer without length and without chunks may end anywhere."""
        kept = bytearray()
        with store.open(self._signed(entry.path), "rb", block_size=0, size=1) as answer:
            stays_safe(answer.r.url, self.origin(entry))
            while part := answer.read(1024**2):
                kept += part
                if len(kept) > MAX_BYTES:
                    raise self._too_large(entry)
            headers = answer.r.headers
        return bytes(kept), "Content-Length" in headers or "chunked" in headers.get("Transfer-Encoding", "")

    def _cut(self, entry: Entry, seen: str) -> TransientError:
        fix = "It is tried again by itself; upload under another name and rename, if this happens often."
        return TransientError.of(self.origin(entry), "a file is taken when all of it is there", seen, fix)

    def _too_large(self, entry: Entry) -> TerminalError:
        rule, fix = f"a file has at most {MAX_BYTES // 1024**2} MB", "Split it, by year or by partner."
        return TerminalError.of(self.origin(entry), rule, "a larger one", fix)


def _is_pattern(part: str) -> bool:
    return any(sign in part for sign in "*[")


def _meant(path: str, pattern: str) -> bool:
    name = unquote(path.rstrip("/").rpartition("/")[2])
    return fnmatchcase(name, pattern) and not name.startswith((".", "~$"))


def _entry(path: str, info: dict[str, Any]) -> Entry:
    version = next((info[name] for name in ("ETag", "mtime", "Last-Modified", "LastModified") if info.get(name)), "")
    size = info.get("size")
    return Entry(path, int(size) if size is not None else None, str(version))
