"""The edition's fonts inside its page: only the letters it has, so that it looks the same on every machine."""

from __future__ import annotations

import base64
import io
from functools import lru_cache

from melflow.reports.typefaces import SEMIBOLD, Typeface, Typefaces, is_formless

#: The names the page asks for: a browser takes all weights of a name from faces of the same weights.
FAMILY, SCRIPTS = "Edition", "Edition Scripts"
#: Latin letters and the signs of charts, the same in every edition: cut out once.
LATIN = (*range(0x20, 0x180), *range(0x2010, 0x2027), *range(0x2190, 0x2194), 0x2212, 0x2264, 0x2265, 0x25A0, 0x25CF)
#: Figures that stand under each other, besides what scripts need to be joined; fractions no text of an edition has.
_MORE, _LESS = {"tnum"}, {"frac", "numr", "dnom"}
_REGULAR, _SEMIBOLD, _EVERY = "400", "600", "100 900"


def font_faces(text: str, typefaces: Typefaces) -> str:
    """Return the rules of a style sheet that bring the fonts of a page.

    Args:
        text: Everything the page says.
        typefaces: What it may be set in.
    """
    wanted: dict[Typeface, set[int]] = {}
    for letter in sorted(set(text)):
        face = typefaces.of(letter)
        if face and not is_formless(letter) and not (face == typefaces.latin and ord(letter) in LATIN):
            wanted.setdefault(face, set()).add(ord(letter))
    joining = {ord(letter) for letter in set(text) if is_formless(letter)} - set(LATIN)
    rules = [_rule(typefaces.latin, LATIN, _REGULAR), _rule(Typeface(SEMIBOLD), LATIN, _SEMIBOLD)]
    rules += [_rule(face, tuple(sorted(codes | joining)), _EVERY) for face, codes in sorted(wanted.items())]
    return "\n".join(rules)


@lru_cache(maxsize=256)
def _rule(face: Typeface, codes: tuple[int, ...], weight: str) -> str:
    there = [code for code in codes if code in face.letters]
    family = SCRIPTS if weight == _EVERY else FAMILY
    data = base64.b64encode(cut_out(face, there, "woff")).decode()
    return (
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; unicode-range: {_ranges(there)}; '
        f'src: url("data:font/woff;base64,{data}") format("woff"); }}'
    )


def cut_out(face: Typeface, codes: list[int], flavor: str | None) -> bytes:
    """Return a font with these letters and the forms they take together, as a page loads it or (None) as a file."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(flavor=flavor, hinting=False)
    options.layout_features = sorted({*options.layout_features, *_MORE} - _LESS)
    with TTFont(face.path, fontNumber=face.number, lazy=True, recalcTimestamp=False) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=codes)
        cutter.subset(font)
        font.flavor = flavor
        made = io.BytesIO()
        font.save(made)
    return made.getvalue()


def _ranges(codes: list[int]) -> str:
    """Return code points as a style sheet says them, those that follow each other as one range."""
    parts: list[list[int]] = []
    for code in codes:
        if parts and parts[-1][1] == code - 1:
            parts[-1][1] = code
        else:
            parts.append([code, code])
    return ", ".join(f"U+{first:X}" if first == last else f"U+{first:X}-{last:X}" for first, last in parts)
