"""The sheet for coders: open answers and stories not coded yet, with an id each and the codes to choose from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from melflow.core.errors import TerminalError
from melflow.core.warehouse import connect
from melflow.core.workspace import Workspace

if TYPE_CHECKING:
    from xlsxwriter import Workbook

#: Meanings of the register of codings, as the sheet's headers: it comes back as a source without a mapping of its own.
HEADERS = ("text_id", "question", "period", "text", "coder", "coded_on", "code", "is_quotable")
_WIDTHS = (18, 28, 10, 80, 10, 12, 24, 12)
_TO_FILL = HEADERS.index("coder")
NONE = "none"
Row = tuple[Any, ...]


def export(workspace: Workspace, coder: str, target: Path, *, again: bool = False) -> int:
    """Write the sheet for one coder.

    Args:
        workspace: The alliance, built at least once.
        coder: Who will code; stands in each row, and texts this coder has coded are left out.
        target: The workbook to write.
        again: Only texts another coder has coded, for the agreement of the two (F29).

    Returns:
        How many texts it holds.

    Raises:
        TerminalError: Nothing was built yet, the codebook is empty, or the file exists already.
    """
    if target.exists():
        raise TerminalError.of(
            str(target), "a sheet for coders is a new file", "it exists already",
            "Name another file, or move this one away: it may hold codes.",
        )  # fmt: skip
    codes, texts = _read(workspace, coder.strip().lower(), again=again)
    if not codes:
        raise TerminalError.of(
            "the codebook", "texts are coded with the codes of a codebook", "no code in force",
            "Add a source with 'records: codebook' (code, decided_on, label, definition), then ingest and build.",
        )  # fmt: skip
    _write(target, coder, codes, texts)
    return len(texts)


def _read(workspace: Workspace, coder: str, *, again: bool) -> tuple[list[Row], list[Row]]:
    path = workspace.warehouse_path
    built = False
    if path.exists():
        with connect(path, read_only=True) as con:
            built = bool(con.execute("select 1 from duckdb_tables() where table_name = 'int_texts_listed'").fetchall())
            if built:
                codes = con.execute(
                    "select code, any_value(label), any_value(definition) from staging.stg_codes "
                    "where is_current and code != ? group by code order by code",
                    [NONE],
                ).fetchall()
                texts = con.execute(
                    """
                    with coded as (
                        select text_id, bool_or(coder = ?) as is_own, bool_or(coder != ?) as is_others
                        from staging.stg_codings where is_current and code is not null group by text_id
                    )
                    select text_id, coalesce(question ->> '$.en', question, question_id), period_id, words
                    from intermediate.int_texts_listed left join coded using (text_id)
                    where not coalesce(is_own, false) and (not ? or coalesce(is_others, false))
                    order by question_id, period_id, text_id
                    """,
                    [coder, coder, again],
                ).fetchall()
                return codes, texts
    raise TerminalError.of(
        str(path), "texts to code come from a built warehouse", "nothing was built yet", "Run 'melflow build' first."
    )


def _write(target: Path, coder: str, codes: list[Row], texts: list[Row]) -> None:
    from xlsxwriter import Workbook

    # A text somebody wrote is never a formula or a link
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(str(target), options) as book:
        _sheet_of_texts(book, coder, texts, [code for code, *_ in codes])
        book_of_codes = book.add_worksheet("codebook")
        head = book.add_format({"bold": True})
        plain = book.add_format({"quote_prefix": True, "text_wrap": True, "valign": "top"})
        for place, (header, width) in enumerate((("code", 24), ("label", 28), ("definition", 80))):
            book_of_codes.set_column(place, place, width)
            book_of_codes.write_string(0, place, header, head)
        for line, row in enumerate([*codes, (NONE, None, "No code of the codebook fits.")], start=1):
            for place, value in enumerate(row):
                book_of_codes.write_string(line, place, value or "", plain)


def _sheet_of_texts(book: Workbook, coder: str, texts: list[Row], codes: list[str]) -> None:
    sheet = book.add_worksheet("texts")
    head = book.add_format({"bold": True, "bottom": 1})
    plain = book.add_format({"quote_prefix": True, "text_wrap": True, "valign": "top"})
    empty = book.add_format({"bg_color": "#EEF1F4", "valign": "top"})
    for place, (header, width) in enumerate(zip(HEADERS, _WIDTHS, strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, header, head)
    sheet.freeze_panes(1, 1)
    for line, row in enumerate(texts, start=1):
        for place, value in enumerate(row):
            sheet.write_string(line, place, value or "", plain)
        sheet.write_string(line, _TO_FILL, coder, plain)
        for place in range(_TO_FILL + 1, len(HEADERS)):
            sheet.write_blank(line, place, None, empty)
    if texts:
        place = HEADERS.index("code")
        # The list is long in a workbook's own terms: it stands on the other sheet. Several codes go "trust; means"
        choices = {"validate": "list", "source": f"=codebook!$A$2:$A${len(codes) + 2}", "show_error": False}
        sheet.data_validation(1, place, len(texts), place, choices)
        yes_no = {"validate": "list", "source": ["yes", "no"]}
        sheet.data_validation(1, place + 1, len(texts), place + 1, yes_no)
