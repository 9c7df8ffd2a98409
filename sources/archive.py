"""Several files that only make sense together, as one payload: a zip archive, a server's own or one made here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from melflow.sources.tables import MAX_UNZIPPED_BYTES

if TYPE_CHECKING:
    from melflow.sources.payload import Origin

MAGIC = b"PK\x03\x04"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first day a zip archive knows


def pack(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return the files as an archive, byte for byte inside it; the same files give the same archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, file in files:
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), file)
    return content.getvalue()


def files(content: bytes) -> dict[str, bytes]:
    """Return the files of an archive that ``pack`` made, by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def unpack(origin: Origin, content: bytes, wanted: Callable[[str], bool]) -> tuple[dict[str, bytes], list[str]]:
    """Return the wanted files by name, in the archive's order, and the names of all others.

    Args:
        origin: The archive.
        content: Its bytes.
        wanted: Which names to read; the others stay packed.

    Raises:
        SourceError: It is cut off, locked by a password, or too large when unfolded.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            chosen = [member for member in members if wanted(member.filename)]
            _refuse_too_large(origin, sum(member.file_size for member in chosen))
            found = {member.filename: archive.read(member) for member in chosen}
    except RuntimeError as error:  # zipfile's way to say that there is a password
        raise origin.error(
            "an archive opens without a password",
            "an archive locked by a password",
            "Make it again without a password, or take the files out of it.",
        ) from error
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError) as error:
        raise origin.error(
            "an archive is complete",
            f"an archive cut off or damaged, of {len(content)} bytes",
            "The copy was interrupted: send or download the file again.",
        ) from error
    return found, [member.filename for member in members if member.filename not in found]


def _refuse_too_large(origin: Origin, size: int) -> None:
    if size > MAX_UNZIPPED_BYTES:
        raise origin.error(
            f"an archive unfolds to at most {MAX_UNZIPPED_BYTES // 1024**2} MB",
            f"{size // 1024**2} MB",
            "Export fewer submissions at a time.",
        )
