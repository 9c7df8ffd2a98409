"""Copy the published folders to where they are served: only what changed, and what is gone is taken away.

What was uploaded stands beside it, in a list of hashes. A file is in the list before it is there, so that none is
forgotten by a run that is cut; the index page comes last, so that it leads nowhere empty.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melflow.core.errors import MelflowError, Problem, TerminalError
from melflow.core.workspace.place import Access, scheme
from melflow.sources.file_systems import Patience, close_store, open_at, told

if TYPE_CHECKING:
    from melflow.core.workspace import Workspace

LIST = ".melflow-uploaded.json"
_WHERE = "melflow.toml [delivery.upload]"
#: In place of the hash of a file that may be there, half or whole, old or new.
_UNDER_WAY = ""


def upload_pages(workspace: Workspace) -> tuple[Problem, ...]:
    """Bring the copies up to date; return what kept one from it. A run that is cut goes on the next time."""
    problems: list[Problem] = []
    for audience, place in workspace.delivery.upload.items():
        folder = workspace.published_dir / audience
        names = {""}
        if audience == "partner":
            names = {one.name for one in folder.glob("[!.]*")}
            try:  # a partner that is shown nothing any more has no folder here
                names |= _folders(place.path, place.access, workspace.root)
            except MelflowError as error:
                problems += error.problems
                continue
        for name in sorted(names):
            try:
                upload(folder / name, f"{place.path}/{name}".rstrip("/"), place.access, workspace.root)
            except MelflowError as error:
                problems += error.problems
    return tuple(problems)


def upload(folder: Path, path: str, access: Access | None, root: Path) -> int:
    """Copy a folder; return how many files were written or removed there.

    Raises:
        TerminalError: A secret is not set, the list is broken, or the place refuses us; or it has everything, and does
            not let us remove what is gone: that is tried again the next time.
        TransientError: The place is out of reach.
    """
    files = {one.relative_to(folder).as_posix(): one for one in sorted(folder.rglob("*")) if _is_shown(one, folder)}
    hashes = {name: hashlib.sha256(one.read_bytes()).hexdigest() for name, one in files.items()}
    with closing(_Place(path, access, root)) as place:
        before = place.uploaded()
        changed = sorted((name for name in files if before.get(name) != hashes[name]), key=_index_last)
        gone = sorted(set(before) - set(files))
        if not (changed or gone):
            return 0
        if changed:
            place.keep(before | dict.fromkeys(changed, _UNDER_WAY))
        for name in changed:
            place.write(name, files[name].read_bytes())
        left = {name: before[name] for name in gone if not place.removed(name)}
        place.keep(hashes | left)
    if left:
        rule, fix = (
            "what is published no more is removed from the copy",
            f"Let melflow delete in {path}, or do it there.",
        )
        raise TerminalError.of(_WHERE, rule, f"{len(left)} files that stay, such as {min(left)}", fix)
    return len(changed) + len(gone)


def _folders(path: str, access: Access | None, root: Path) -> set[str]:
    """Return the names of the folders below a place; those without a list of ours are left as they are."""
    with closing(_Place(path, access, root)) as place:
        return place.folders()


def _is_shown(one: Path, folder: Path) -> bool:
    return one.is_file() and not any(part.startswith(".") for part in one.relative_to(folder).parts)


def _index_last(name: str) -> tuple[bool, str]:
    return name.rpartition("/")[2] == "index.html", name


class _Place:
    """A folder at an address, or of the workspace."""

    def __init__(self, path: str, access: Access | None, root: Path) -> None:
        kind = scheme(path)
        self._path = path
        if kind:
            self._store: Any = open_at(path, access, _WHERE, root, Patience())
            self._head = f"/{path.split('/', 3)[3]}" if kind == "sftp" else path.split("//", 1)[1]
        else:
            from fsspec.implementations.local import LocalFileSystem

            self._store = LocalFileSystem(auto_mkdir=True)
            self._head = (root / path).as_posix()

    def close(self) -> None:
        """Give the connection back."""
        if scheme(self._path):
            close_store(self._store)

    def uploaded(self) -> dict[str, str]:
        """Return what was uploaded before: file -> hash.

        Raises:
            TerminalError: The list cannot be read: what is gone since could not be taken away.
        """
        with told(self._path):
            try:
                content = self._store.cat_file(f"{self._head}/{LIST}")
            except FileNotFoundError:
                return {}
        try:
            return dict(json.loads(content))
        except (ValueError, TypeError) as error:
            rule, fix = "the list of what was uploaded is whole", f"Empty {self._path}: the next run copies everything."
            raise TerminalError.of(_WHERE, rule, f"{LIST} of {len(content)} bytes, cut short", fix) from error

    def folders(self) -> set[str]:
        """Return the names of the folders there."""
        with told(self._path):
            try:
                there = self._store.ls(self._head, detail=True)
            except FileNotFoundError:
                return set()
        return {one["name"].rstrip("/").rpartition("/")[2] for one in there if one["type"] == "directory"}

    def keep(self, hashes: dict[str, str]) -> None:
        """Write down what is there: file -> hash."""
        self.write(LIST, json.dumps(hashes, indent=1, sort_keys=True).encode())

    def write(self, name: str, content: bytes) -> None:
        """Write a file, with the folders above it."""
        with told(self._path):
            if scheme(self._path) == "sftp":
                self._store.makedirs(f"{self._head}/{name}".rpartition("/")[0], exist_ok=True)
            self._store.pipe_file(f"{self._head}/{name}", content)

    def removed(self, name: str) -> bool:
        """Take a file away, and say whether it is gone; a place may let us write and not delete."""
        with told(self._path):
            try:
                self._store.rm_file(f"{self._head}/{name}")
            except FileNotFoundError:
                return True
            except (PermissionError, NotImplementedError):
                return False
        return True
