"""The file's own words for what has a closed set of words: kinds of exchange, channels, units, states, roles."""

from __future__ import annotations

from collections.abc import Mapping

from melflow.core.names import fold
from melflow.core.registers import REGISTERS
from melflow.sources.guess_columns import Match, Reading, meanings, texts
from melflow.sources.guess_text import Line, todo

_MOST_WORDS = 15  # more different texts than that are no closed set
_BLOCKS = {"kind": "kinds", "channel": "channels", "unit": "units"}


def word_lines(best: Reading, matches: Mapping[str, Match]) -> list[Line]:
    """Return the lines that map the file's words to ours; words nobody knows are remarks, to be mapped by hand."""
    if best.use.connector == "activity_log":
        return [
            line
            for meaning, block in _BLOCKS.items()
            if meaning in matches
            for line in _block(block, meaning, best, matches[meaning], "")
        ]
    if best.use.connector != "register":
        return []
    lines = [
        line
        for meaning in ("status", "role")
        if meaning in matches and best.use.kinds.get(meaning) == "word"
        for line in _block(meaning, meaning, best, matches[meaning], "  ")
    ]
    scale = _scale(best, matches) if best.use.records and REGISTERS[best.use.records].scaled else []
    return [*([Line("words")] if lines else []), *lines, *scale]


def _block(block: str, meaning: str, best: Reading, match: Match, indent: str) -> list[Line]:
    known = {fold(word): ours for ours, some in meanings()["words"][meaning].items() for word in some}
    ours_already = set(meanings()["words"][meaning])
    seen = texts(best.body, match.place).unique(maintain_order=True).to_list()
    if len(seen) > _MOST_WORDS:
        return [
            Line("", comment=f"{indent}{block}: column {match.text} has too many different texts to be one of words")
        ]
    mapped = {text: known[fold(text)] for text in seen if fold(text) in known}
    odd = [text for text in seen if text not in mapped and text not in ours_already]
    lines = [Line(f"{indent}{block}", mapped, "the file's word: ours")] if mapped else []
    if odd:
        choices = ", ".join(meanings()["words"][meaning])
        lines.append(Line("", comment=f"{indent}{block}: to be mapped by hand to {choices}: {', '.join(odd)}"))
    return lines


def _scale(best: Reading, matches: Mapping[str, Match]) -> list[Line]:
    import polars as pl

    from melflow.sources import values

    scored = next((meaning for meaning in ("peer_score", "score") if meaning in matches), None)
    if scored is None:
        return []
    cells = texts(best.body, matches[scored].place).rename("text").to_frame()
    scores = cells.select(values.number(pl.col("text"))).to_series().drop_nulls()
    if scores.is_empty():
        return []
    remark = "lowest and highest score seen: write those of the rubric"
    low, high = float(scores.min()), float(scores.max())  # type: ignore[arg-type]  # not empty
    return [Line("scale", [low, high], remark) if low < high else todo("scale", "[1, 4]", remark)]
