"""The fonts of a Word document inside it, only the letters it has: a name prints where nobody installed its script.

Each run of text asks by name for the face that has its letters; the faces are embedded as ECMA-376 says (part 1,
17.8.1), their first 32 bytes turned with a key that stands beside them.
"""

from __future__ import annotations

import hashlib
import uuid
from copy import deepcopy
from itertools import groupby
from typing import TYPE_CHECKING, Any

from melflow.reports.truetype import truetype
from melflow.reports.typefaces import SEMIBOLD, Typeface, Typefaces, is_formless
from melflow.reports.webfonts import LATIN

if TYPE_CHECKING:
    from docx.document import Document as Word

_TYPE = "application/vnd.openxmlformats-officedocument.obfuscatedFont"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/font"
#: Word has a font for each kind of writing; here it is the same.
_KINDS = ("ascii", "hAnsi", "eastAsia", "cs")


def embed(word: Word, typefaces: Typefaces) -> None:
    """Give each piece of text its font, and bring the fonts along; the last thing done to a document."""
    wanted: dict[Typeface, set[int]] = {typefaces.latin: {code for code in LATIN if code in typefaces.latin.letters}}
    for run in [*word.element.body.xpath(".//w:r"), *word.sections[0].footer._element.xpath(".//w:r")]:
        _set(run, typefaces, wanted)
    latin = typefaces.latin
    semibold = Typeface(SEMIBOLD)
    bold = truetype(semibold, tuple(sorted(wanted[latin] & semibold.letters)), latin.family)
    faces = sorted(wanted, key=lambda face: face.family)  # on every machine the same
    found = [(face.family, "embedRegular", truetype(face, tuple(sorted(wanted[face])))) for face in faces]
    _bring(word, [*found, (latin.family, "embedBold", bold)])


def _set(run: Any, typefaces: Typefaces, wanted: dict[Typeface, set[int]]) -> None:
    """Split a run where another face begins, and name each face that is not the edition's own."""
    from docx.oxml.ns import qn

    letters = "".join(text.text or "" for text in run.iter(qn("w:t")))
    if all(is_formless(letter) or ord(letter) in typefaces.latin.letters for letter in letters):
        wanted[typefaces.latin] |= {ord(letter) for letter in letters if ord(letter) in typefaces.latin.letters}
        return
    for child in [one for one in run if one.tag != qn("w:rPr")]:
        is_text = child.tag == qn("w:t")
        pieces: list[tuple[Typeface | None, str]] = [*_pieces(child.text or "", typefaces)] if is_text else [(None, "")]
        for face, text in pieces:
            part = deepcopy(run)
            for one in [one for one in part if one.tag != qn("w:rPr")]:
                part.remove(one)
            part.append(deepcopy(child))
            if face is not None:
                part[-1].text = text
                part[-1].set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
                wanted.setdefault(face, set()).update(ord(one) for one in text if ord(one) in face.letters)
                if face != typefaces.latin:
                    in_font(part.get_or_add_rPr().get_or_add_rFonts(), face.family)
            run.addprevious(part)
    run.getparent().remove(run)


def _pieces(text: str, typefaces: Typefaces) -> list[tuple[Typeface, str]]:
    """Return a text in pieces of one face; spaces and joiners stay with what is before them."""
    faces: list[Typeface] = []
    for letter in text:
        found = (faces[-1] if faces else None) if is_formless(letter) else typefaces.of(letter)
        faces.append(found or typefaces.latin)
    found_pieces = groupby(zip(faces, text, strict=True), key=lambda pair: pair[0])
    return [(face, "".join(letter for _, letter in pairs)) for face, pairs in found_pieces]


def in_font(fonts: Any, family: str) -> None:
    """Name a font for every kind of writing in an element ``w:rFonts``."""
    from docx.oxml.ns import qn

    for kind in _KINDS:
        fonts.set(qn(f"w:{kind}"), family)


def _bring(word: Word, fonts: list[tuple[str, str, bytes]]) -> None:
    """Put fonts (family, which of its faces, bytes) into the package, and into the table of fonts with their keys."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import OxmlElement, parse_xml
    from docx.oxml.ns import qn
    from lxml import etree

    table = word.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    listed = parse_xml(table.blob)
    listed_by: dict[str, Any] = {}
    for number, (family, which, content) in enumerate(fonts, start=1):
        key = uuid.UUID(bytes=hashlib.sha256(content).digest()[:16])
        name = PackURI(f"/word/fonts/font{number}.odttf")
        reference = table.relate_to(Part(name, _TYPE, _turned(content, key), word.part.package), _RELATION)
        inside = OxmlElement(f"w:{which}")
        inside.set(qn("r:id"), reference)
        inside.set(qn("w:fontKey"), f"{{{str(key).upper()}}}")
        if family not in listed_by:
            listed_by[family] = OxmlElement("w:font")
            listed_by[family].set(qn("w:name"), family)
            listed.append(listed_by[family])
        listed_by[family].append(inside)
    table._blob = etree.tostring(listed, xml_declaration=True, encoding="UTF-8", standalone=True)


def _turned(content: bytes, key: uuid.UUID) -> bytes:
    """Return a font with its first 32 bytes turned by the key, read from its end; turned twice it is itself again."""
    mask = key.bytes[::-1] * 2
    return bytes(one ^ other for one, other in zip(content, mask, strict=False)) + content[len(mask) :]
