"""What the team writes, in Markdown, as a block of an edition: paragraphs, headings, lists, emphasis; nothing else.

Raw HTML is text, a link is its words with the address behind them, a picture is its description. The parser is
markdown-it-py (CommonMark); its tokens become plain runs of text, so that no renderer gets markup of the team's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from melflow.reports.clean import clean
from melflow.reports.context import Context
from melflow.reports.document import Paragraph, Passage, Prose, Run, Section

if TYPE_CHECKING:
    from markdown_it.token import Token

#: The section of what is written for the whole edition.
WHOLE = "narrative"
_STYLES = {"strong_open": "strong", "em_open": "emphasis"}


def merged(context: Context, sections: Sequence[Section], narrative: dict[str, str]) -> tuple[Section, ...]:
    """Return the sections with the team's words: behind a headline, or in a section of their own for the whole edition.

    Args:
        context: Words.
        sections: As they were made.
        narrative: Section -> Markdown; the empty section is the whole edition.
    """
    parts = [_with(context, section, narrative.get(section.key, "")) for section in sections]
    if WHOLE not in {section.key for section in sections} and narrative.get(""):
        first = 1 if parts and parts[0].key == "headlines" else 0
        parts.insert(first, Section(WHOLE, context.say("section.narrative"), _blocks(context, narrative[""])))
    return tuple(parts)


def _with(context: Context, section: Section, text: str) -> Section:
    if not text:
        return section
    at = sum(isinstance(block, Paragraph) and block.style in ("question", "headline") for block in section.blocks[:2])
    return replace(section, blocks=(*section.blocks[:at], *_blocks(context, text), *section.blocks[at:]))


def _blocks(context: Context, text: str) -> tuple[Prose]:
    return (Prose(prose(text, context.say("narrative.image", text="{text}")), context.say("narrative.note")),)


def prose(text: str, picture: str = "[{text}]") -> tuple[Passage, ...]:
    """Return Markdown as passages.

    Args:
        text: What the team wrote.
        picture: Printed in the place of a picture; ``{text}`` is its description.
    """
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark", {"html": False}).parse(clean(text))
    return tuple(_passages(tokens, picture))


def _passages(tokens: list[Token], picture: str) -> Iterator[Passage]:
    """Go through the blocks; a nested list follows its item, in the same list."""
    lists: list[str] = []
    items: list[tuple[Run, ...]] = []
    kind = "paragraph"
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append("bullets" if token.type.startswith("bullet") else "numbers")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            told = lists.pop()
            if not lists and items:
                yield Passage(told, tuple(items))
                items = []
        elif token.type == "heading_open":
            kind = "heading"
        elif token.type in ("inline", "fence", "code_block"):
            runs = _runs(token, picture)
            if lists and runs:
                items.append(runs)
            elif runs:
                yield Passage(kind, (runs,))
            kind = "paragraph"


def _runs(token: Token, picture: str) -> tuple[Run, ...]:
    if token.children is None:
        return (Run(token.content.strip()),) if token.content.strip() else ()
    runs: list[Run] = []
    styles: list[str] = []
    links: list[str] = []
    for child in token.children:
        if child.type in _STYLES:
            styles.append(_STYLES[child.type])
        elif child.type in ("strong_close", "em_close"):
            styles.pop()
        elif child.type == "link_open":
            links.append(str(child.attrGet("href") or ""))
        elif child.type == "link_close":
            runs += _address(links.pop(), runs)
        elif child.type == "image":
            runs.append(Run(picture.replace("{text}", child.content)))
        elif text := " " if child.type in ("softbreak", "hardbreak") else child.content:
            runs.append(Run(text, styles[-1] if styles else ""))
    return tuple(runs) if "".join(run.text for run in runs).strip() else ()


def _address(address: str, runs: list[Run]) -> list[Run]:
    """Return the address of a link in brackets, unless its words are the address."""
    said = "".join(run.text for run in runs)
    return [] if not address or said.endswith(address.removeprefix("mailto:")) else [Run(f" ({address})")]
