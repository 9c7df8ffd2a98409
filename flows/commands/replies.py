"""``melflow report replies``: the right of reply, from the question to the answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from cyclopts import App

from melflow.flows.commands.folder import Folder, opened

app = App(name="replies", help="What partners say of figures about them, before these go out.")


@app.command(name="ask")
def ask(*names: str, folder: Folder) -> int:
    """Write a workbook for each partner, and say its link, for every report whose figures partners may answer now.

    Args:
        names: Names of files in reports/; all when none is named.
    """
    from melflow.flows.console import complain, say
    from melflow.flows.reply_asking import ask_partners
    from melflow.flows.reply_opening import by_the_clock

    workspace = opened(folder)
    asked, problems = ask_partners(workspace, names, datetime.now(UTC))
    for one in asked:
        day, hour = by_the_clock(workspace, one.until)
        say(f"{one.report} {one.period_id}, {one.partner_id}: {one.figures} figures, until {day}, {hour}", "green")
        say(f"  {one.workbook.relative_to(workspace.root)}")
        if one.link:
            say(f"  {one.link}")
    complain(problems)
    if not asked and not problems:
        say("No partner is asked now: no edition waits for replies.")
    return 1 if problems else 0


@app.command(name="import")
def take(*files: Path, folder: Folder) -> int:
    """Take in reply workbooks that came back; the same one twice changes nothing.

    Args:
        files: Workbooks.
    """
    from melflow.flows.console import say
    from melflow.flows.reply_book import take as taken

    workspace = opened(folder)
    for file in files:
        partner, count, is_late = taken(workspace, file, datetime.now(UTC))
        say(f"{file.name}: {count} new from {partner}", "green" if count else "")
        if count and is_late:
            say("  Their edition is made already and stays as it is; they are kept for the next one.", "yellow")
    return 0


@app.command(name="list")
def listed(*names: str, folder: Folder) -> int:
    """Say what came: when, from whom, about which figure, objection or comment.

    Args:
        names: Names of files in reports/; all when none is named.
    """
    from melflow.flows.console import say
    from melflow.flows.reply_asking import received
    from melflow.flows.reply_opening import by_the_clock

    workspace = opened(folder)
    lines = received(workspace, names)
    for one in lines:
        said, day = one.said, by_the_clock(workspace, one.received_at)[0]
        about = ", ".join(value for value in json.loads(said.keys).values() if value)
        say(f"{day} {one.report} {one.period_id} {one.partner_id}, {said.kind}: {said.table} {about}")
        say(f"  {said.words}")
    if not lines:
        say("No reply has come.")
    return 0
