"""Text out of bytes: by the mark at their start, by what the source declares, else by what the bytes look like."""

from __future__ import annotations

import codecs
import re
import unicodedata

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the start of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LATIN = ("cp1252", "mac_roman", "cp850")  # Excel on Windows, Excel on a Mac, DOS
_OTHERS = [
    "cp1251",
    "cp1250",
    "koi8_r",
    "cp866",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "shift_jis",
    "gb18030",
    "big5",
]
_SAMPLE_BYTES = 64 * 1024
_LETTERS = frozenset("áéíóúàèìòùâêîôûäëïöüãõñçåøæœßºª")
_SIGNS = frozenset("\u2019\u2018“”«»\u2013—…€°£§·\u00a0")
_OPENING = frozenset("¿¡")
_SURE = 0.5


def decode(content: bytes, declared: str | None = None) -> tuple[str, str]:
    """Return text and encoding: by its mark, as declared, as UTF-8, else as it was most likely written.

    Args:
        content: The bytes.
        declared: Encoding the source declares; a mark at the start goes before it.

    Raises:
        UnicodeDecodeError: The bytes are not in the encoding of their mark, or not in the declared one.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content.decode("utf-8-sig" if name == "utf-8" else name), name
    if declared is not None:
        return content.decode(declared), codecs.lookup(declared).name
    wide = wide_encoding(content)
    if wide is not None:
        return content.decode(wide, errors="replace"), wide
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _guessed(content)


def wide_encoding(content: bytes) -> str | None:
    """Return ``utf-16-le`` or ``utf-16-be`` for UTF-16 without a mark: every second byte of its separators is zero."""
    start = content[:4096]
    half = len(start) // 2
    if half < 2 or len(content) % 2:
        return None
    even, odd = start[::2].count(0), start[1::2].count(0)
    if odd >= 0.2 * half and even <= 0.02 * half:
        return "utf-16-le"
    return "utf-16-be" if even >= 0.2 * half and odd <= 0.02 * half else None


def _guessed(content: bytes) -> tuple[str, str]:
    lines = (line for line in re.split(rb"[\r\n]+", content[: 64 * _SAMPLE_BYTES]) if not line.isascii())
    sample = b"\n".join(lines)[:_SAMPLE_BYTES]
    scores = {name: _latin(sample, name) for name in _LATIN}
    best = max(_LATIN, key=lambda name: scores[name])
    others = [] if scores[best] >= _SURE else _likely(sample)
    for name in (*others, best, "cp1252"):
        try:
            return content.decode(name), name
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1"), "latin-1"  # it has a sign for every byte: nothing is lost


def _likely(sample: bytes) -> list[str]:
    from charset_normalizer import from_bytes

    found = from_bytes(sample, cp_isolation=_OTHERS, enable_fallback=False).best()
    return [] if found is None else [found.encoding]


def _latin(sample: bytes, name: str) -> float:
    """Return how much the text looks like a Latin script, from -1 to 1: accented letters alone among plain ones."""
    text = sample.decode(name, errors="replace")
    told = [_look(text[place - 1 : place], sign, text[place + 1 : place + 2]) for place, sign in _foreign(text)]
    return sum(told) / len(told) if told else 0.0


def _foreign(text: str) -> list[tuple[int, str]]:
    return [(place, sign) for place, sign in enumerate(text) if not sign.isascii()]


def _look(before: str, sign: str, after: str) -> float:
    if sign in _OPENING:
        return -1.0 if before.isalnum() else 1.0
    if sign in _SIGNS:
        return 0.5
    if sign.lower() not in _LETTERS:
        return -0.2 if unicodedata.category(sign).startswith("L") else -1.0
    crowded = not before.isascii() and not after.isascii() and bool(before and after)
    shouted = sign.isupper() and before.islower()
    return -1.0 if crowded or shouted else 1.0
