"""Writing in charts that the drawing program cannot set: as outlines, set by Typst as in the text around the charts.

The drawing program looks for one font a text and takes each letter for one form. Arabic, Mongolian and Indian scripts
are not so: dots get lost, and the text of the PDF has letters without meaning. What a chart shows is told in its text
alternative too, so that outlines take nothing from readers who do not see it.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

from melflow.reports.typefaces import Typefaces, is_formless

#: Not one without writing, which ends in itself.
_TEXT = re.compile(r"<text([^>]*[^>/])>(.*?)</text>", re.DOTALL)
_LINE = re.compile(r"<tspan([^>]*)>([^<]*)</tspan>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_KEPT = re.compile(r"transform|opacity|class|data-.*")
_USE = re.compile(r'<use xlink:href="#(\w+)" x="([^"]*)"[^>]*/>')
_SYMBOL = re.compile(r'<symbol id="(\w+)"[^>]*><path d="([^"]*)"')
_LONG = re.compile(r"(\.\d{3})\d+")
#: From the top of what Typst sets to the line the letters stand on, in pixels; room for the tallest.
_RISE = 60
_SETTING = """#let given = json("lines.json")
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#set text(font: given.fonts, lang: "en", hyphenate: false, bottom-edge: 0pt)
#for line in given.lines {
  page(box(text(size: line.size * 1pt, weight: line.weight, top-edge: RISEpt, line.text)))
}
""".replace("RISE", str(_RISE))


class Line(NamedTuple):
    """One line of writing: letters, pixels high, heavy as a style sheet says."""

    text: str
    size: float
    weight: int


def outlined(svg: str, typefaces: Typefaces, *, wholly: bool = False) -> str:
    """Return a drawing in which texts with letters beyond the edition's font are outlines; wholly, all texts."""

    def is_outline(match: re.Match[str]) -> bool:
        return wholly or _is_beyond(match[2], typefaces)

    found = [match for match in _TEXT.finditer(svg) if is_outline(match)]
    if not found:
        return svg
    lines = dict.fromkeys(line for match in found for line, _, _ in _lines(match))
    letters = {letter for line in lines for letter in line.text}
    drawn = dict(zip(lines, _set(tuple(lines), typefaces.families(letters), typefaces.folders), strict=True))
    return _TEXT.sub(lambda match: _group(match, drawn) if is_outline(match) else match[0], svg)


def _is_beyond(inner: str, typefaces: Typefaces) -> bool:
    text = unescape(re.sub(r"<[^>]*>", "", inner))
    return any(typefaces.of(letter) not in (typefaces.latin, None) for letter in set(text) if not is_formless(letter))


def _lines(match: re.Match[str]) -> list[tuple[Line, float, float]]:
    """Return the lines of a text, each with how far right and down it stands."""
    about = dict(_ATTRIBUTE.findall(match[1]))
    size = float(about.get("font-size", "11px").removesuffix("px"))
    weight = {"normal": 400, "bold": 700}.get(about.get("font-weight", "normal")) or int(about["font-weight"])
    parts = _LINE.findall(match[2]) or [("", match[2])]
    found, down = [], 0.0
    for attributes, text in parts:
        own = dict(_ATTRIBUTE.findall(attributes))
        down += float(own.get("dy", 0))
        found.append((Line(unescape(text), size, weight), float(own.get("x", 0)), down))
    return found


def _group(match: re.Match[str], drawn: dict[Line, tuple[float, str]]) -> str:
    about = dict(_ATTRIBUTE.findall(match[1]))
    kept = "".join(f' {name}="{value}"' for name, value in about.items() if _KEPT.fullmatch(name))
    parts = []
    for line, right, down in _lines(match):
        width, paths = drawn[line]
        start = right - width * {"middle": 0.5, "end": 1.0}.get(about.get("text-anchor", "start"), 0.0)
        parts.append(f'<g transform="translate({start:.2f},{down - _RISE:.2f})">{paths}</g>')
    return f'<g fill="{about.get("fill", "#000")}"{kept}>{"".join(parts)}</g>'


@lru_cache(maxsize=256)
def _set(lines: Sequence[Line], families: tuple[str, ...], folders: tuple[Path, ...]) -> list[tuple[float, str]]:
    """Return each line's width in pixels and its outlines."""
    import typst

    with tempfile.TemporaryDirectory(prefix="melflow-outlines-") as name:
        folder = Path(name)
        given = {"fonts": families, "lines": [line._asdict() for line in lines]}
        (folder / "lines.json").write_text(json.dumps(given, ensure_ascii=False), encoding="utf-8")
        (folder / "lines.typ").write_text(_SETTING, encoding="utf-8")
        compiler = typst.Compiler(str(folder / "lines.typ"), root=name, font_paths=fonts_in(folders))
        made: Any = compiler.compile(format="svg")
    return [_paths(page.decode()) for page in (made if isinstance(made, list) else [made])]


def _paths(page: str) -> tuple[float, str]:
    """Return width and forms of a page, each form where it stands: ids would be repeated from chart to chart."""
    size = re.match(r'<svg viewBox="0 0 ([\d.]+)', page)
    assert size is not None, "Typst tells how wide a page is"
    forms = {name: _LONG.sub(r"\1", path) for name, path in _SYMBOL.findall(page)}
    inner = page[page.index(">") + 1 : page.index("<defs")] if "<defs" in page else ""
    return float(size[1]), _USE.sub(lambda use: f'<path transform="translate({use[2]})" d="{forms[use[1]]}"/>', inner)


@lru_cache(maxsize=4)
def fonts_in(folders: tuple[Path, ...]) -> Any:
    """Return the fonts of folders, and those Typst brings, as Typst wants them; none of the system's."""
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=list(folders))
