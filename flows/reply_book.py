"""The reply workbook: the figures about a partner, each with a place for an objection or a comment; and back again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from melflow.core.errors import Problem, TerminalError
from melflow.core.workspace import Workspace
from melflow.flows.reply_ledger import Ledger, Round, Said
from melflow.flows.reply_links import LinkError, key, link_for, opened, signed
from melflow.flows.reply_opening import by_the_clock
from melflow.flows.reply_rounds import about, figures
from melflow.reports.answer import KINDS, LONGEST

if TYPE_CHECKING:
    from melflow.reports.edition_data import EditionData

_SHEET = "reply"
#: Where the workbook says whose it is, and where its lines begin; rows and columns count from 0.
_SIGNATURE, _HEAD = (1, 1), 6
_COLUMNS = (("id", 15), ("figure", 62), ("value", 40), ("kind", 20), ("words", 70))
_LARGEST = 5_000_000


def write(workspace: Workspace, one: Round, partner_id: str, target: Path, data: EditionData | None = None) -> int:
    """Write a partner's workbook; return how many figures it asks about.

    Args:
        workspace: The workspace.
        one: The round.
        partner_id: The partner.
        target: The file.
        data: What the edition will show, where it is known.
    """
    from xlsxwriter import Workbook

    lines, phrases, facts = asked(workspace, one, partner_id, data)
    token = signed(
        link_for((partner_id, one.report, one.period_id, one.release_id), one.closes_at), key(workspace, make=True),
        "workbook",
    )  # fmt: skip
    target.parent.mkdir(parents=True, exist_ok=True)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(str(target), options) as book:
        sheet = book.add_worksheet(_SHEET)
        sheet.protect("", {"format_columns": True, "format_rows": True})
        plain = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        yellow = book.add_format({"text_wrap": True, "valign": "top", "bg_color": "#FFF4CC", "border": 1, "locked": 0})
        sheet.write_string(0, 0, phrases["title"].format_map(facts), book.add_format({"bold": True, "font_size": 14}))
        sheet.write_string(_SIGNATURE[0], _SIGNATURE[1], token, book.add_format({"font_color": "#FFFFFF"}))
        for line, text in enumerate(("lead", "effect", "how"), start=2):
            sheet.write_string(line, 0, phrases[text].format_map(facts))
        for place, (name, width) in enumerate(_COLUMNS):
            sheet.set_column(place, place, width)
            sheet.write_string(_HEAD - 1, place, phrases[f"col.{name}"], head)
        for line, (figure, name, value) in enumerate(lines, start=_HEAD):
            for place, text in enumerate((figure.figure, name, value)):
                sheet.write_string(line, place, text, plain)
            for place in (3, 4):
                sheet.write_blank(line, place, None, yellow)
        if lines:
            last = _HEAD + len(lines) - 1
            choices = {"validate": "list", "source": [phrases[f"kind.{kind}"] for kind in KINDS]}
            sheet.data_validation(_HEAD, 3, last, 3, choices)
            limit = {"validate": "length", "criteria": "<=", "value": LONGEST}
            sheet.data_validation(_HEAD, 4, last, 4, limit)
        sheet.freeze_panes(_HEAD, 0)
    return len(lines)


def asked(
    workspace: Workspace, one: Round, partner_id: str, data: EditionData | None = None
) -> tuple[list[tuple[Any, str, str]], Any, dict[str, str]]:
    """Return each figure with its name and value in words, the phrases of the partner's language, and their facts."""
    from melflow.flows.release import find
    from melflow.reports import rounding
    from melflow.reports.context import Context
    from melflow.reports.phrases import languages
    from melflow.reports.read import in_language
    from melflow.reports.replies import named, values
    from melflow.reports.words import Findings

    config = workspace.reports[one.report]
    partner = workspace.partners.get(partner_id)
    spoken = [partner.language if partner and partner.language else "", config.language, "en"]
    language = next(code for code in spoken if code in languages())
    release = find(workspace, one.release_id)
    data = data or figures(workspace, config, one.period_id, release)
    if language != config.language:
        data = in_language(release.folder, data, config.names, language)
    day, hour = by_the_clock(workspace, one.closes_at)
    context = Context(data, Findings((), (), (), ()), language, 0)
    lines = [
        (figure, named(context, figure.table, figure.keys), values(context, figure))
        for figure in about(data, config, partner_id)
    ]
    phrases = words_of(language)
    facts = {
        "alliance": data.info.alliance_name,
        "partner": data.partner(partner_id),
        "report": config.title.get(language) or next(iter(config.title.values())),
        "period": data.period.label,
        "until": f"{rounding.date(day, language)}, {hour}",
        "longest": str(LONGEST),
        "language": language,
    }
    return lines, phrases, facts


def words_of(language: str) -> dict[str, str]:
    """Return the phrases of the page and the workbook."""
    from melflow.reports.phrases import phrases

    prefix = "replypage."
    return {key.removeprefix(prefix): text for key, text in phrases(language).items() if key.startswith(prefix)}


class Taken(NamedTuple):
    """What a workbook brought: of whom, how many answers are new, and whether their edition is made already."""

    partner_id: str
    n_new: int
    is_late: bool


def take(workspace: Workspace, path: Path, now: datetime) -> Taken:
    """Read a workbook that came back into the ledger; the same workbook twice changes nothing.

    Raises:
        TerminalError: It is no reply workbook of this alliance, too large, or has lines that cannot be read; then
            nothing of it is taken.
    """
    cells = _cells(path)
    try:
        link = opened(_text(cells, *_SIGNATURE), key(workspace), datetime.fromtimestamp(0, now.tzinfo), "workbook")
    except LinkError as error:
        raise TerminalError.of(
            f"{path.name}!{_SHEET}", "a reply workbook carries the alliance's own signature", "none, or another one",
            "Take the workbook as melflow wrote it; fill in its yellow cells only.",
        ) from error  # fmt: skip
    rounds = Ledger(workspace.landing_dir).rounds(link.report, link.period)
    one = next((one for one in rounds if one.release_id == link.release), None)
    if one is None or link.report not in workspace.reports:
        raise TerminalError.of(
            f"{path.name}!{_SHEET}", "partners were asked what a reply workbook answers", f"'{link.report}'",
            "Keep the report's file, and var/landing/, while replies are under way.",
        )  # fmt: skip
    known = {figure.figure: figure for figure, _, _ in asked(workspace, one, link.partner)[0]}
    said, problems = _said(path.name, cells, known)
    if problems:
        raise TerminalError.all(problems)
    n_new = Ledger(workspace.landing_dir).add(link.about, said, "workbook", now)
    made = workspace.editions_dir / one.report / one.period_id / one.release_id / "edition.json"
    return Taken(link.partner, n_new, made.exists())


def _said(name: str, cells: list[tuple[Any, ...]], known: dict[str, Any]) -> tuple[list[Said], list[Problem]]:
    said, problems, choices = [], [], _choices()
    for line in range(_HEAD, len(cells)):
        figure, choice, words = (_text(cells, line, place) for place in (0, 3, 4))
        where = f"{name}!{_SHEET}!row {line + 1}"
        if not choice and not words:
            continue
        one, kind = known.get(figure), choices.get(choice.casefold())
        if one is None:
            problems.append(Problem(where, "a line is one of those asked about", f"'{figure[:20]}'", "Add no lines."))
        elif kind is None:
            fix = f"Write one of: {', '.join(choices)}."
            problems.append(Problem(where, "an answer is an objection or a comment", f"'{choice[:20]}'", fix))
        else:
            try:
                said.append(checked(one, kind, words))
            except ValueError as error:
                problems.append(Problem(where, str(error), f"{len(words)} characters", "Correct 'words' of the line."))
    return said, problems


def _choices() -> dict[str, str]:
    """Return objection and comment by their words in every language, for a workbook may be filled in with any."""
    from melflow.reports.phrases import languages

    return {words_of(language)[f"kind.{kind}"].casefold(): kind for language in languages() for kind in KINDS}


def checked(one: Any, kind: str, words: str) -> Said:
    """Return what was said of a figure.

    Raises:
        ValueError: It is neither objection nor comment, has no words, or too many; says which rule.
    """
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())
    if kind not in KINDS:
        raise ValueError("an answer is an objection or a comment")
    if not 0 < len(words) <= LONGEST:
        raise ValueError(f"an answer has words, at most {LONGEST} characters")
    return Said(one.table, one.keys, "objection" if kind == "objection" else "comment", words)


def _cells(path: Path) -> list[tuple[Any, ...]]:
    import openpyxl

    rule = "a reply workbook is an .xlsx file of at most 5 MB"
    fix = "Take the workbook as it came from the partner; save it as .xlsx."
    if not path.is_file() or path.stat().st_size > _LARGEST:
        raise TerminalError.of(str(path), rule, "no such file" if not path.is_file() else "a larger one", fix)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        rows: Iterable[tuple[Any, ...]] = book[_SHEET].iter_rows(values_only=True, max_row=20_000, max_col=5)
        return list(rows)
    except Exception as error:  # whatever a broken file makes the library say
        raise TerminalError.of(
            str(path), rule, f"a file that cannot be read as one ({type(error).__name__})", fix
        ) from error


def _text(cells: list[tuple[Any, ...]], line: int, place: int) -> str:
    value = cells[line][place] if line < len(cells) and place < len(cells[line]) else None
    return "" if value is None else str(value).strip()
