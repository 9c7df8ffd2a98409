"""Charts as SVG: one visual language, drawn without a browser, with a text alternative and stable ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import altair as alt
from altair.utils.schemapi import disable_debug_mode

from melflow.reports.document import Figure
from melflow.reports.outlines import outlined
from melflow.reports.typefaces import Typefaces, packaged

#: Okabe-Ito colours, told apart with every common colour blindness; ink and greys for the rest.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#8A5A83"
INK, MUTED, RULE, PALE = "#1F2A37", "#5B6573", "#DDE1E6", "#EEF1F4"
SERIES = (BLUE, ORANGE, GREEN, PURPLE)
SHAPES = ("circle", "square", "triangle-up", "diamond")
FONT = "Source Sans 3"
#: A page brings the edition's font along under its own name; where it does not, these are close to it in width.
FONT_STACK = "'Source Sans 3', Edition, 'Edition Scripts', 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
#: A withheld number is drawn as a hatch, never as a gap somebody could read as zero.
HATCH = "//////"
_NO_SPACES = "\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
#: A word with the space after it; where writing has no spaces, a letter.
_WORDS = re.compile(rf"[{_NO_SPACES}]\s*|[^\s{_NO_SPACES}]+\s*")
#: Pixels of a chart across the page.
WIDTH = 640

#: Altair would check every part of every chart as it is made; the drawing program refuses what it does not understand.
disable_debug_mode()

_CONFIG: dict[str, Any] = {
    "aria": False,  # Vega's own labels would carry unrounded numbers; the figure has its text alternative
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "labelFontSize": 10.5,
        "titleColor": MUTED,
        "titleFontSize": 10.5,
        "titleFontWeight": "normal",
        "gridColor": RULE,
        "domainColor": RULE,
        "tickColor": RULE,
        "labelPadding": 6,
        "ticks": False,
    },
    "axisY": {"domain": False, "grid": False},
    "header": {
        "labelColor": INK,
        "labelFontSize": 11,
        "labelFontWeight": 600,
        "labelPadding": 6,
        "title": None,
    },
    "legend": {
        "orient": "top",
        "labelColor": INK,
        "labelFontSize": 10.5,
        "title": None,
        "symbolSize": 60,
        "symbolStrokeWidth": 0,
        "offset": 8,
        "padding": 0,
    },
    "facet": {"spacing": 12},
}


@cache
def register(folders: tuple[Path, ...]) -> None:
    """Let charts be measured and drawn with the fonts of these folders."""
    import vl_convert

    for folder in folders:
        vl_convert.register_font_directory(str(folder))


def inline(rows: Sequence[dict[str, Any]]) -> alt.Data:
    """Return rows as the data of a chart; charts never load data from an address."""
    return alt.Data(values=list(rows))  # type: ignore[no-untyped-call]


def told(rows: Sequence[dict[str, Any]] | None = None) -> alt.Chart:
    """Return the base of marks that stand for a row each, for layers of one point; a line through rows is no such mark.

    A row's ``tells`` is what a page tells of it, rounded: who, a line break, and the values. Without rows the data come
    from the panels.
    """
    base = alt.Chart() if rows is None else alt.Chart(inline(rows))
    chart: alt.Chart = base.encode(description=alt.Description("tells:N"))
    return chart


def draw(chart: alt.TopLevelMixin, key: str, title: str, text: str, note: str = "") -> Figure:
    """Draw a chart.

    Args:
        chart: An Altair chart whose data are values, never addresses.
        key: Unique in the document.
        title: What it shows.
        text: The text alternative.
        note: How to read it.
    """
    import vl_convert

    register(packaged().folders)
    spec = chart.to_dict(validate=False) | {"config": _CONFIG}
    _number(spec, {})
    svg = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return Figure(key, title, text, _named(_told_apart(_stable(svg, key)), key, title, text), note)


def _number(part: Any, places: dict[str, int]) -> None:
    """Put before what each row tells its place in the order of reading: that of the data, the same in all layers."""
    if isinstance(part, list):
        for one in part:
            _number(one, places)
    elif isinstance(part, dict):
        if isinstance(part.get("tells"), str):
            part["tells"] = f"{places.setdefault(part['tells'], len(places) + 1)}|{part['tells']}"
        for one in part.values():
            _number(one, places)


def _told_apart(svg: str) -> str:
    """Keep of Vega's labels what the rows tell, as ``data-at`` and ``data-tells``, and nothing that has a role."""
    svg = re.sub(r' aria-label="(\d+)\|([^"]*)"', r' data-at="\1" data-tells="\2"', svg)
    return re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", svg)


def png(svg: str, typefaces: Typefaces) -> bytes:
    """Return a drawn chart as a picture of dots, for formats that know no vectors; 2 dots a pixel.

    Its writing is outlines: the drawing program would take a font of the machine that has the same name.
    """
    import vl_convert

    made: bytes = vl_convert.svg_to_png(outlined(svg, typefaces, wholly=True), scale=2)
    return made


def _stable(svg: str, key: str) -> str:
    """Number the clip paths from one in every figure: Vega counts on through the whole process."""
    for number, old in enumerate(dict.fromkeys(re.findall(r'id="(clip\d+)"', svg)), start=1):
        svg = re.sub(rf'(id="|url\(#){old}(?=["\)])', rf"\g<1>{key}-part{number}", svg)
    return svg


def _named(svg: str, key: str, title: str, text: str) -> str:
    """Give the picture its role, title and description."""
    match = re.match(r"<svg[^>]*viewBox=\"([^\"]+)\"[^>]*>", svg)
    if match is None:
        raise ValueError("the drawing is not an SVG with a view box")
    width, height = match[1].split()[2:]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{key}-title {key}-text" '
        f'width="{width}" height="{height}" viewBox="{match[1]}">'
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-text">{escape(text)}</desc>'
    )
    return head + svg[match.end() :].replace(f'font-family="{FONT}"', f'font-family="{escape(FONT_STACK)}"')


def wrapped(name: str, width: int = 26, lines: int = 2) -> str:
    """Return a name on at most so many lines for an axis; what is cut ends with an ellipsis.

    Letters as wide as high (Chinese, Japanese, Korean) count twice, and a line may end after any of them.
    """
    rows: list[str] = []
    for word in _WORDS.findall(" ".join(name.split())):
        if rows and _width(rows[-1] + word.rstrip()) <= width:
            rows[-1] += word
        else:
            rows.append(word)
    whole = [row.rstrip() for row in rows[:lines]]
    shown = [row if _width(row) <= width else _start(row, width - 1) + "…" for row in whole]
    if len(rows) > lines:
        shown[-1] = _start(shown[-1], width - 1).rstrip(" …") + "…"
    return "\n".join(shown)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _start(text: str, width: int) -> str:
    while _width(text) > width:
        text = text[:-1]
    return text
