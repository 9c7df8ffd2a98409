"""A few letters of a font as a plain TrueType font, which is what a Word document can bring along.

Curves of the third degree become ones of the second (cu2qu, within a thousandth of the size), and a font of many
weights its ordinary one. The same letters give the same bytes.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

from melflow.reports.typefaces import Typeface
from melflow.reports.webfonts import cut_out

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

#: What a font without instructions says of its instructions.
_UNUSED = ("maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
           "maxSizeOfInstructions", "maxPoints", "maxContours", "maxCompositePoints", "maxCompositeContours",
           "maxComponentElements", "maxComponentDepth")  # fmt: skip


@lru_cache(maxsize=64)
def truetype(face: Typeface, codes: tuple[int, ...], bold_of: str = "") -> bytes:
    """Return a TrueType font with these letters and the forms they take together.

    Args:
        face: The font they are cut out of.
        codes: Code points the font has.
        bold_of: The family whose bold face it is, as word processors ask for one; empty for what it is itself.
    """
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    with TTFont(io.BytesIO(cut_out(face, list(codes), None)), recalcTimestamp=False) as font:
        if "fvar" in font:
            ordinary = {axis.axisTag: axis.defaultValue for axis in font["fvar"].axes}
            instancer.instantiateVariableFont(font, ordinary, inplace=True)
        if "CFF " in font:
            _quadratic(font)
        if bold_of:
            _as_bold(font, bold_of)
        made = io.BytesIO()
        font.save(made)
    return made.getvalue()


def _quadratic(font: TTFont) -> None:
    """Replace the outlines of an OpenType font of cubic curves."""
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from fontTools.ttLib import newTable

    order, shapes = font.getGlyphOrder(), font.getGlyphSet()
    drawn = {}
    for name in order:
        pen = TTGlyphPen(shapes)
        shapes[name].draw(Cu2QuPen(pen, font["head"].unitsPerEm / 1000, reverse_direction=True))
        drawn[name] = pen.glyph()
    for table in ("CFF ", "VORG"):
        if table in font:
            del font[table]
    font["loca"], font["glyf"] = newTable("loca"), newTable("glyf")
    font["glyf"].glyphOrder, font["glyf"].glyphs = order, drawn
    for name, (width, _) in list(font["hmtx"].metrics.items()):
        drawn[name].recalcBounds(font["glyf"])
        font["hmtx"].metrics[name] = (width, getattr(drawn[name], "xMin", 0))
    most = font["maxp"]
    most.tableVersion, most.maxZones = 0x00010000, 1
    for name in _UNUSED:
        setattr(most, name, 0)
    font["post"].formatType, font["post"].extraNames, font["post"].mapping = 2.0, [], {}
    font.sfntVersion = "\x00\x01\x00\x00"


def _as_bold(font: TTFont, family: str) -> None:
    """Let a font say that it is the bold one of a family of four."""
    said = {1: family, 2: "Bold", 4: f"{family} Bold", 6: f"{family.replace(' ', '')}-Bold"}
    names = font["name"]
    names.names = [one for one in names.names if one.nameID in said]
    for key, text in said.items():
        names.setName(text, key, 3, 1, 0x409)
    font["head"].macStyle = 1
    font["OS/2"].usWeightClass, font["OS/2"].fsSelection = 700, 1 << 5
