"""What a file really is, whatever its name says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from melflow.sources.encodings import wide_encoding

if TYPE_CHECKING:
    from melflow.sources.payload import Origin

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"{\\rtf", "an RTF document"),
    (b"PK\x03\x04", "workbook"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old workbook"),
)
#: What JSON begins like; a header of a text file may begin with a bracket, "[Code],[Target]", and is none.
_JSON = re.compile(rb'\{\s*(["}]|$)|\[[\s\[]*(["{\]]|(-?[\d.]+(e[+-]?\d+)?|true|false|null)\s*[,\]]|$)')
_ELEMENT = re.compile(rb"<[a-z_][\w:.-]*[\s/>]")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
#: White space and the marks of encodings: all there is in an empty sheet that was saved as text.
_NOTHING = b" \t\r\n\v\f\xef\xbb\xbf\xff\xfe\x00"
_PROTECTED = "EncryptedPackage".encode("utf-16-le")


def kind(origin: Origin, content: bytes, *expected: str) -> str:
    """Return what the payload is: ``text``, ``json``, ``workbook`` (zipped) or ``old workbook`` (xls).

    Args:
        origin: The file, for the message.
        content: Its bytes.
        expected: Kinds the caller can read.

    Raises:
        SourceError: The file is empty, or is something else than expected.
    """
    if not (content[:4096].strip(_NOTHING) or content.strip(_NOTHING)):
        raise origin.error(
            "a file has content", "an empty file", "Export it again, look at it, and put it back in its folder."
        )
    seen = _kind(content)
    if seen == "old workbook" and _PROTECTED in content:
        raise origin.error(
            "a workbook opens without a password",
            "a workbook protected by a password",
            "Open it, remove the password, save it and send it again.",
        )
    if seen not in expected:
        raise origin.error(
            f"this source reads {' or '.join(_WORDS[one] for one in expected)}",
            _WORDS.get(seen, seen),
            _REMEDIES.get(seen, "Export the data again in the right format; renaming a file does not convert it."),
        )
    return seen


def is_json(content: bytes) -> bool:
    """Return whether the payload begins like JSON; it may still be cut off."""
    return _kind(content) == "json"


_WORDS = {
    "text": "a CSV text file",
    "json": "a JSON file",
    "workbook": "an XLSX, XLSB or ODS workbook",
    "old workbook": "an XLS workbook",
}
_REMEDIES = {
    "a web page": "The download met a login page: sign in, export again, and put the new file in its place.",
    "text": "Export the data as JSON again, and put the new file in its place.",
    "json": "Export the data as CSV or XLSX again, and put the new file in its place.",
    "an XML file": "A form belongs into instruments/; submissions as a device sent them are read from the server, or "
    "from its export as CSV or XLSX.",
}


def _kind(content: bytes) -> str:
    for magic, name in _MAGIC:
        if content.startswith(magic):
            return name
    if content.startswith(_UTF16) or wide_encoding(content):
        return "text"
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1024].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    # a form or a submission may come without the first line of XML
    if start.startswith(b"<?xml") or (_ELEMENT.match(start) and content.rstrip().endswith(b">")):
        return "an XML file"
    if b"\x00" in content[:4096]:
        return "a binary file"
    return "json" if _JSON.match(start) else "text"
