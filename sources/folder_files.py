"""Files in a folder of the workspace: one that cannot be had is named, and stops no other one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from melflow.core.errors import Problem, SourceError, TransientError
from melflow.sources import odk_files
from melflow.sources.payload import Payload

if TYPE_CHECKING:
    from melflow.core.workspace import SourceConfig


def fetch_files(config: SourceConfig, root: Path) -> Iterator[Payload]:
    """Yield the files of a source, sorted by path.

    Raises:
        TransientError: A file was being written, or went away, while it was read; all others were yielded.
        SourceError: A file or folder may not be read; all others were yielded.
    """
    reader = _Reader(config, root)
    yield from reader.files()
    reader.complain()


def fetch_exports(config: SourceConfig, root: Path) -> Iterator[Payload]:
    """Yield the exports of ODK Central, each of one file or more; one that cannot be had keeps its folder back.

    Raises:
        TransientError: As ``fetch_files``.
        SourceError: As ``fetch_files``.
    """
    reader = _Reader(config, root)
    files = list(reader.files())
    torn = {PurePosixPath(one.where).parent for one in (*reader.passing, *reader.refused)}
    whole = (one for one in files if PurePosixPath(one.origin).parent not in torn)
    yield from (payload for payload, _ in odk_files.gather(whole))
    reader.complain()


def found(pattern: str, root: Path) -> Iterator[Path]:
    """Yield the files a pattern finds below the workspace, sorted by path.

    Hidden files and the lock files of office programs (``~$report.xlsx``) are passed over.
    """
    for path in sorted(root.glob(pattern)):
        if not any(part.startswith((".", "~$")) for part in path.relative_to(root).parts) and _may_be_file(path):
            yield path


class _Reader:
    """Reads the files of a source and remembers which could not be had.

    Attributes:
        passing: What the next try may find otherwise.
        refused: What somebody has to change.
    """

    def __init__(self, config: SourceConfig, root: Path) -> None:
        self.passing: list[Problem] = []
        self.refused: list[Problem] = []
        self._config, self._root = config, root

    def files(self) -> Iterator[Payload]:
        """Yield the files that can be read whole."""
        pattern = self._config.path or ""
        for folder in _closed(pattern, self._root):
            fix = "Let the account that runs melflow list and enter it."
            self.refused.append(
                Problem(self._place(folder), "a folder of a source can be listed", "no permission", fix)
            )
        for path in found(pattern, self._root):
            content = self._read(path)
            if content is not None:
                yield Payload(self._config.name, self._place(path), content)

    def complain(self) -> None:
        """Raise what could not be had, if anything."""
        if self.passing:
            raise TransientError.all([*self.passing, *self.refused])
        if self.refused:
            raise SourceError.all(self.refused)

    def _read(self, path: Path) -> bytes | None:
        place = self._place(path)
        try:
            before = path.stat()
            content = path.read_bytes()
            after = path.stat()
        except FileNotFoundError:
            rule, fix = (
                "a file stays while it is read",
                "If it was moved on purpose, nothing is to be done.",
            )
            self.passing.append(Problem(place, rule, "a file that went away", fix))
            return None
        except OSError as error:
            fix = "Let the account that runs melflow read it, copy it there again, or take it out of the folder."
            seen = error.strerror or type(error).__name__
            self.refused.append(Problem(place, "every file of a source can be read", seen, fix))
            return None
        if (before.st_size, before.st_mtime_ns) == (len(content), after.st_mtime_ns):
            return content
        rule, fix = "a file is taken when all of it is there", "Wait until it is copied; the next run takes it."
        self.passing.append(Problem(place, rule, "a file that is being written", fix))
        return None

    def _place(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()


def _may_be_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # reading it will say why
        return True


def _closed(pattern: str, root: Path) -> Iterator[Path]:
    """Yield the folders on the way to a source's files that may not be listed: a pattern finds nothing in them."""
    folders = PurePosixPath(pattern).parts[:-1]
    for depth in range(1, len(folders) + 1):
        for folder in sorted(root.glob("/".join(folders[:depth]))):
            if folder.is_dir() and not os.access(folder, os.R_OK | os.X_OK):
                yield folder
