"""The command line. Commands are named here and imported when called, so that help stays quick."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Group, Parameter

from melflow.core.errors import MelflowError, WorkspaceError

#: Exit codes: what a scheduler or a script may decide on.
DONE, FAILED, USAGE, HELD = 0, 1, 2, 3

_EPILOGUE = """
Exit codes: 0 done; 1 failed: a step broke, or no source asked for has a row; 2 usage or configuration; 3 done, but a
report was held by its gate or a source needs a hand.
"""

app = App(
    name="melflow",
    help="Monitoring, evaluation and learning for peer-learning partnerships.",
    help_epilogue=_EPILOGUE,
    version=lambda: version("melflow"),
    group_commands=Group("Commands", sort_key=0),
    default_parameter=Parameter(negative=()),
    result_action="return_value",
)
#: First sentence of each command's own help, here so that listing them imports none of them.
COMMANDS = {
    "init": "Make a workspace.",
    "check": "Validate workspace files, instruments and secrets, and see whether every place answers. Moves no data.",
    "run": "Do everything due: ingest, build, release, reports.",
    "ingest": "Land, check and load sources.",
    "build": "Build the marts, test them and publish a release.",
    "report": "Render editions from the current release, and send those that are due.",
    "status": "Say what came, what is due, what is held and what failed.",
    "due": "Say who owes what by when: missing and not due yet, or all.",
    "names": "List names of partners nobody knows, and whom they may mean.",
    "sql": "Query a release with SQL, read-only; answers while a run is under way.",
    "catalog": "List the tables of the current release, or one's columns: what they mean, and what holds in every row.",
    "serve": "Start Prefect's server, the workspace's schedules and the receiver of pushes, until stopped with Ctrl-C.",
    "doctor": "Look at the machine: versions, paths, disk, locks, clock, Prefect.",
}
#: Commands with commands of their own besides: the module holds an application.
_WITH_OWN = ("report",)
for name, text in COMMANDS.items():
    app.command(f"melflow.flows.commands.{name}:{'app' if name in _WITH_OWN else name}", name=name, help=text)
held = App(name="held", help="Rows that wait for a fix.")
HELD_COMMANDS = {
    "list": ("list_held", "List held rows: place, rule, what to do, state and age."),
    "accept": ("accept", "Load a held row as it is, flagged: somebody answers for it by name."),
    "reject": ("reject", "Keep a held row out for good; it is not waited for any more."),
    "export": ("export", "Write the correction workbook of a partner: one line per problem, in its language."),
    "import": ("take_back", "Take a filled-in correction workbook back: checked whole, applied once."),
    "history": ("history", "Tell what became of a held row: every state, when, by whom and why."),
}
for name, (function, text) in HELD_COMMANDS.items():
    held.command(f"melflow.flows.commands.held:{function}", name=name, help=text)
app.command(held)
coding = App(name="coding", help="Open answers and stories, coded by hand.")
coding.command(
    "melflow.flows.commands.coding:export",
    name="export",
    help="Write a sheet of the open answers and stories a coder has not coded, with the codes to choose from.",
)
app.command(coding)
sources = App(name="sources", help="Help with describing where data comes from.")
sources.command(
    "melflow.flows.commands.sources:guess",
    name="guess",
    help="Propose a sources/*.yml for a file, to be edited: connector, sheets, columns, dates, numbers, partners.",
)
sources.command(
    "melflow.flows.commands.sources:accept",
    name="accept",
    help="Let in the files of a source that wait because they look otherwise than those before.",
)
app.command(sources)


@app.meta.default
def launch(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    workspace: Annotated[
        Path, Parameter(name=["--workspace", "-C"], env_var="MELFLOW_WORKSPACE", help="Folder of the workspace.")
    ] = Path(),
) -> int:
    """Run one command in a workspace."""
    command, bound, ignored = app.parse_args(tokens, print_error=True, exit_on_error=False)
    extra = {"folder": workspace.resolve()} if "folder" in ignored else {}
    return int(command(*bound.args, **bound.kwargs, **extra) or DONE)


def main(arguments: list[str] | None = None) -> None:
    """Start the program and leave with its exit code."""
    # what libraries make at their import lasts to the end; looked through at the usual pace it costs a second
    gc.set_threshold(50_000)
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; errors are printed here and nowhere else."""
    try:
        return int(app.meta(arguments, print_error=True, exit_on_error=False) or DONE)
    except CycloptsError:
        return USAGE
    except MelflowError as error:
        import_module("melflow.flows.console").complain(error.problems)
        return USAGE if isinstance(error, WorkspaceError) else FAILED
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        import_module("melflow.flows.crash").report(error)
        return FAILED


if __name__ == "__main__":
    main()
