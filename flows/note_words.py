"""The words for what readers note (``raw.load.notes``), and the notes that need none."""

from __future__ import annotations

from dataclasses import dataclass

_MAP = "If it holds data, map it in sources/{source}.yml."


@dataclass(frozen=True)
class Words:
    """How a note is told.

    Attributes:
        sentence: With {n}, {names} and {source}.
        fix: What to do about it, with {source}.
        at: The note that names the places, if there is one.
        names: The note that names what is counted, if it is another one.
        are_places: The names are places in the file: sheets, columns.
        is_info: Good to know, and nothing to be looked at.
        is_loss: Answers that came are in no figure: said in every run.
    """

    sentence: str
    fix: str
    at: str = ""
    names: str = ""
    are_places: bool = False
    is_info: bool = False
    is_loss: bool = False


_NOTHING = "Look at one of them; if it is right, there is nothing to do."
_LEFT_OUT = "Nothing, if it is so; else correct it at the source."
#: Note -> how it is told; what weighs most first.
WORDS: dict[str, Words] = {
    "rows_dropped_encrypted": Words(
        "{n} submissions are encrypted: nobody can read their answers, and they are in no figure: {names}",
        "Download the form's data from Central again with its passphrase, and put the ZIP file in the place of this "
        "one.",
        names="encrypted",
        is_loss=True,
    ),
    "repeat_rows_without_parent": Words(
        "{n} rows on the sheets of repeats name a submission that is not in the file; their answers were left out",
        "Export again, whole and with all sheets; no row may be deleted from one sheet only.",
        is_loss=True,
    ),
    "repeats_without_submission": Words(
        "{n} rows of repeats are of a submission that is not in the export; their answers were left out",
        "Export again, whole and with all tables; no row may be deleted from one table only.",
        is_loss=True,
    ),
    "repeats_not_expanded": Words(
        "{n} repeats are only linked to and not in the file; their answers are missing",
        "Export .../Submissions?$expand=*, or put the tables of the repeats into the same folder.",
        is_loss=True,
    ),
    "answers_nested": Words(
        "{n} answers are lists or objects where the form asks one question; they were kept as text: {names}",
        "The form that was deployed has a group or a repeat there: put its own XLSForm into instruments/.",
    ),
    "values_unmapped": Words(
        "{n} answers stand where no form asks for them, and nothing reads them: {names}",
        "Put the XLSForm that was deployed into instruments/.",
    ),
    "sheets_without_header": Words(
        "The sheets {names} were taken for something else, for they lack most of the mapped columns",
        "If one holds data, name it under 'sheets' in sources/{source}.yml.",
        are_places=True,
    ),
    "submissions_without_lasting_id": Words(
        "{n} submissions have no identifier that outlasts an edit; an edited one would count as another",
        "Export again with the columns _id and meta/rootUuid (ODK: KEY), or let melflow ask the server.",
    ),
    "error_cells": Words(
        "{n} cells show an error, such as #DIV/0!; their rows are held", "Correct the formula in the cell.",
        at="error_cells_at",
    ),
    "formulas_without_value": Words(
        "{n} formulas were saved without their value; their rows are held",
        "Open the file in Excel or LibreOffice, save it, and put it back.",
        at="formulas_without_value_at",
    ),
    "rows_dropped_notes": Words(
        "{n} rows were taken for remarks among or below the data, and left out",
        "If one of them is data, fill in its other columns.",
        at="notes_at",
    ),
    "rows_dropped_totals": Words(
        "{n} rows were taken for totals, and left out",
        "If one of them is data, correct 'totals' in sources/{source}.yml.",
        at="totals_at",
    ),
    "rows_dropped_hidden": Words(
        "{n} hidden rows were left out, as the source says",
        "If they count, show them in the workbook, or write 'hidden: read' in sources/{source}.yml.",
        at="hidden_at",
    ),
    "rows_dropped_blank": Words(
        "{n} rows have something only in columns that nothing reads, and were left out", _MAP
    ),
    "rows_dropped_made_nothing": Words(
        "{n} meetings, messages or activities became no row", "The notes below say why; correct it at the source."
    ),
    "rows_hidden": Words(
        "{n} rows are hidden in the workbook",
        "They are read unless sources/{source}.yml says 'hidden: skip'.",
        at="hidden_at",
    ),
    "rows_longer": Words(
        "{n} rows go on to the right of the header: a separator inside a text may have moved their cells",
        "Put quotation marks around such a text; if it is another column, write a header above it.",
        at="rows_longer_at",
    ),
    "sheets_hidden": Words(
        "The hidden sheets {names} were read",
        "If they should not count, write 'hidden: skip' in sources/{source}.yml.",
        are_places=True,
    ),
    "columns_hidden": Words(
        "Hidden columns were read: {names}", "If they should not count, map other columns.", are_places=True
    ),
    "sheets_skipped": Words(
        "The sheets {names} were not read", "If one holds data, name it under 'sheets' in sources/{source}.yml.",
        are_places=True,
    ),
    "sheets_passed_over": Words(
        "The sheets {names} were not read: they are of no repeat of the form",
        "If one holds answers, put the XLSForm that was deployed into instruments/.",
        are_places=True,
    ),
    "unmapped_columns": Words("Nothing reads the columns {names}", _MAP),
    "logic_not_judged": Words(
        "Conditions of the form that could not be judged: {names}",
        "Look at these answers yourself; `melflow check` says why for each.",
    ),
    "rows_uncounted": Words(
        "{n} rows could only be counted by who read them", "Save the workbook as XLSX, so that they are counted twice."
    ),
    "merged_cells_filled": Words(
        "{n} cells got the text of the merged cell they are part of", "Look whether it belongs to each of these rows.",
        at="merged_cells_filled_at",
    ),
    "blanked_not_available": Words(
        "{n} answers 'n/a' were taken for blank, as the exporter writes them", _NOTHING
    ),
    "decimal_commas": Words("{n} submissions have numbers with a decimal comma; they were read so", _NOTHING),
    "excel_serial_dates": Words("{n} dates were bare day numbers of a spreadsheet; they were read so", _NOTHING),
    "dates_from_1904": Words("Dates count from 1904, as on old Macs", _NOTHING, is_info=True),
    "attachments": Words("{n} media files are in the archive; melflow does not read them", _NOTHING, is_info=True),
    "meetings_cancelled": Words("{n} meetings were cancelled", _NOTHING),
    "meetings_not_yet": Words("{n} meetings had not taken place when the file came", _NOTHING, is_info=True),
    "meetings_outside_calendar": Words(
        "{n} meetings lie outside the alliance's calendar", "If they count, correct [calendar] in melflow.toml."
    ),
    "meetings_without_host": Words(
        "{n} meetings were called by somebody of no partner", "`melflow names` lists whom nobody knows."
    ),
    "meetings_without_other_partner": Words(
        "{n} meetings were attended by no other partner", "`melflow names` lists whom nobody knows."
    ),
    "attendees_not_there": Words("{n} people who had been asked to meetings were not there", _NOTHING, is_info=True),
    "exchanges_of_others": Words(
        "{n} exchanges are between other partners than the one whose calendar it is", _LEFT_OUT
    ),
    "messages_to_nobody": Words("{n} messages answer and address nobody", _NOTHING, is_info=True),
    "messages_outside_calendar": Words(
        "{n} messages lie outside the alliance's calendar", "If they count, correct [calendar] in melflow.toml."
    ),
    "replies_to_unknown_messages": Words(
        "{n} messages answer one that is not in the file", "Export the chat whole, from its beginning."
    ),
    "activities_not_begun": Words("{n} activities have no actual start", _LEFT_OUT),
    "activities_outside_calendar": Words(
        "{n} activities began outside the alliance's calendar", "If they count, correct [calendar] in melflow.toml."
    ),
    "activities_without_two_partners": Words(
        "{n} activities have no giver and receiver among the partners", "`melflow names` lists whom nobody knows."
    ),
    "activities_of_no_kind": Words(
        "{n} activities are of a kind of help nobody mapped", "Map it under 'kinds' in sources/{source}.yml."
    ),
    "documents_outside_calendar": Words(
        "{n} documents lie outside the alliance's calendar", "If they count, correct [calendar] in melflow.toml."
    ),
    "documents_without_partners": Words(
        "{n} documents are not from one partner to another", "`melflow names` lists whom nobody knows."
    ),
    "documents_without_date": Words("{n} documents have no date", _LEFT_OUT),
    "documents_of_no_kind": Words(
        "{n} documents are of a kind nobody mapped", "Map their category under 'kinds' in sources/{source}.yml."
    ),
    "money_of_nobody": Words("{n} transactions are of no partner", "`melflow names` lists whom nobody knows."),
    "money_outside_calendar": Words(
        "{n} transactions lie outside the alliance's calendar", "If they count, correct [calendar] in melflow.toml."
    ),
    "money_given_back": Words("{n} transactions are negative: money that was given back", "Look at them by hand."),
    "rows_dropped_corrections": Words(
        "{n} rows were left out because a correction says so",
        "Nothing, as long as sources/{source}.corrections.yml is right.",
        is_info=True,
    ),
    "rows_dropped_repetitions": Words(
        "{n} rows are further repetitions of a submission; their answers were read", _NOTHING, is_info=True
    ),
    "rows_dropped_same": Words("{n} rows came on two pages of one answer", _NOTHING, is_info=True),
    "duplicates": Words("{n} rows say the same as another of their file", _NOTHING, is_info=True),
    "encoding": Words("Text is written in {names}", "Look whether accented letters are right.", is_info=True),
    "reader": Words(
        "Read by {names}", "Nothing; openpyxl reads the workbooks that calamine cannot.", is_info=True
    ),
}  # fmt: skip
#: Notes that are told elsewhere, or are part of another one.
SILENT: dict[str, str] = {
    "rows_read": "the account of the source",
    "rows_at_source": "the account of the source",
    "rows_split": "the account of the source",
    "activities": "the account: rows at the source",
    "messages": "the account: rows at the source",
    "encrypted": "rows_dropped_encrypted",
    "versions": "versions_unknown",
    "versions_unknown": "the list of unknown form versions of melflow check and melflow status",
    "error_cells_at": "error_cells",
    "formulas_without_value_at": "formulas_without_value",
    "merged_cells_filled_at": "merged_cells_filled",
    "notes_at": "rows_dropped_notes",
    "totals_at": "rows_dropped_totals",
    "rows_longer_at": "rows_longer",
    "hidden_at": "rows_hidden, rows_dropped_hidden",
    "formulas": "formula_flag of each result",
    "names_unplaced": "melflow names",
    "columns_read": "the place of each held row",
    "sheets_read": "the place of each row",
    "archive_member": "the place of each row",
    "language": "the form's own words",
}
