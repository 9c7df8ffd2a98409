"""What a source looks like, and what changed when a payload looks otherwise: told, or waited with until accepted.

The shape is learned from payload to payload, in the order in which they landed, the last ones that gave way to another
file in their place included; so a rebuild from landing comes to the same verdicts. What somebody accepted is kept
beside it, by payload.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from melflow.core.errors import Problem

if TYPE_CHECKING:
    from melflow.core.landing import Landing
    from melflow.core.workspace import Workspace
    from melflow.sources.payload import Parsed

FEW = 5  # values that say nothing about a column's kind
ROWS = 10  # rows of a payload that say nothing about a column that is gone
READ, UNREAD = 0.8, 0.5  # shares of readable values: of a column of numbers or dates, of one that is none
FILLED = 0.95  # share of filled cells of a column that is always there


@dataclass
class Shape:
    """What payloads of a source had so far.

    Attributes:
        n_payloads: How many were looked at.
        readable: Column or question of numbers or dates -> smallest share that could be read (0-1).
        filled: Column -> smallest share of rows that had something in it (0-1).
        unmapped: Columns that nothing reads.
        choices: Choice list of a form version -> its codes.
        sheets: File -> its sheets that gave results.
    """

    n_payloads: int = 0
    readable: dict[str, float] = field(default_factory=dict)
    filled: dict[str, float] = field(default_factory=dict)
    unmapped: list[str] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    sheets: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One difference, as a sentence; a breaking one keeps its payload waiting."""

    sentence: str
    is_breaking: bool


def shape_of(parsed: Parsed, choices: pl.DataFrame, file: str = "") -> Shape:
    """Return the shape of one payload.

    Args:
        parsed: What was read of it.
        choices: The canonical table src_choice of the workspace.
        file: Where it came from.
    """
    made = Shape(1)
    unmapped = parsed.notes.get("unmapped_columns", [])
    made.unmapped = sorted(map(str, unmapped)) if isinstance(unmapped, list) else []
    for table, frame in parsed.frames.items():
        if table == "src_response":
            made.readable |= _questions(frame)
            made.choices = _choices(frame, choices)
            continue
        if table == "src_result":
            made.sheets = {file: sorted(frame["source_sheet"].drop_nulls().unique())}
        for name in frame.columns:
            typed = name.removesuffix("_raw")
            if not name.endswith("_raw") or typed not in frame.columns or frame.height < ROWS:
                continue
            n_raw = frame.height - frame[name].null_count()
            made.filled[typed] = n_raw / frame.height
            if n_raw >= FEW:
                n_read = frame.filter(pl.col(name).is_not_null() & pl.col(typed).is_not_null()).height
                made.readable[typed] = n_read / n_raw
    return made


def _choices(frame: pl.DataFrame, choices: pl.DataFrame) -> dict[str, list[str]]:
    """Return the codes of every list of the form versions that were answered."""
    answered = frame.select("instrument_id", "form_version").unique()
    lists = choices.join(answered, on=["instrument_id", "form_version"]).group_by(
        "instrument_id", "form_version", "list"
    ).agg(pl.col("code").unique().sort())  # fmt: skip
    return {
        f"{instrument} {version}, list {name}": codes
        for instrument, version, name, codes in lists.sort("instrument_id", "form_version", "list").iter_rows()
    }


def _questions(frame: pl.DataFrame) -> dict[str, float]:
    """Return the share of answers that could be read, of questions that ask for a number or a date."""
    asked = frame.filter(pl.col("value_raw").is_not_null() & pl.col("option").is_null()).group_by(
        "instrument_id", "form_version", "item_id"
    ).agg(
        n=pl.len(),
        typed=(pl.col("value_num").is_not_null() | pl.col("value_date").is_not_null()).sum(),
        lost=(pl.col("missing_code") == "parse_error").fill_null(value=False).sum(),
    ).filter((pl.col("n") >= FEW) & (pl.col("typed") + pl.col("lost") > 0))  # fmt: skip
    return {
        f"{item} ({instrument} {version})": 1 - lost / n
        for instrument, version, item, n, _, lost in asked.sort("instrument_id", "form_version", "item_id").iter_rows()
    }


def changes(known: Shape, new: Shape) -> list[Change]:
    """Return what a payload has otherwise than those before it; nothing for the first."""
    if not known.n_payloads:
        return []
    found = [
        Change(f"'{name}' could be read as numbers or dates until now, and {1 - share:.0%} of it cannot any more", True)
        for name, share in new.readable.items()
        if known.readable.get(name, 0) >= READ and share < UNREAD
    ]
    found += [
        Change(f"the column of '{name}' was always filled, and is empty or missing now", known.n_payloads > 1)
        for name, share in new.filled.items()
        if known.filled.get(name, 0) >= FILLED and share == 0
    ]
    found += [
        Change(f"a new column '{name}' has come, and nothing reads it", False)
        for name in new.unmapped
        if name not in known.unmapped
    ]
    found += [
        Change(f"the sheet '{name}' gave figures until now, and is gone or not read any more", False)
        for file, names in new.sheets.items()
        for name in known.sheets.get(file, ())
        if name not in names
    ]
    for name, codes in new.choices.items():
        before = known.choices.get(name, codes)
        gone, come = (sorted(set(one) - set(other)) for one, other in ((before, codes), (codes, before)))
        if gone:
            found.append(Change(f"the form's {name} lost the choices {', '.join(gone)} without a new version", True))
        if come:
            found.append(Change(f"the form's {name} has the new choices {', '.join(come)}", False))
    return found


def joined(known: Shape, new: Shape) -> Shape:
    """Return the shape of all payloads, the new one included."""
    return Shape(
        known.n_payloads + new.n_payloads,
        _least(known.readable, new.readable),
        _least(known.filled, new.filled),
        sorted({*known.unmapped, *new.unmapped}),
        known.choices | new.choices,
        known.sheets | new.sheets,
    )


def _least(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    return {name: min(one.get(name, 1.0), other.get(name, 1.0)) for name in sorted({*one, *other})}


class Watch:
    """The shape of one source while its payloads are read, and what is written down of it."""

    def __init__(self, workspace: Workspace, source: str, *, anew: bool) -> None:
        """Open what is known.

        Args:
            workspace: The alliance's workspace.
            source: The source.
            anew: All of its payloads are read again: what is known is learned again.
        """
        self.source = source
        self._path = folder(workspace) / f"{source}.json"
        kept = _read(self._path)
        self._shape = Shape() if anew else Shape(**kept.get("shape", {}))
        self._told: list[dict[str, Any]] = [] if anew else kept.get("told", [])
        self._accepted = set(accepted(workspace, source))

    def look(
        self, landing: Landing, parsed: Parsed, choices: pl.DataFrame, *, is_replaced: bool = False
    ) -> Problem | None:
        """Learn the shape of a payload; return why it has to wait, if it has.

        Args:
            landing: The payload.
            parsed: What was read of it.
            choices: The canonical table src_choice of the workspace.
            is_replaced: Another file is in its place: only what it was like counts.
        """
        new = shape_of(parsed, choices, landing.origin)
        found = changes(self._shape, new)
        breaking = [change.sentence for change in found if change.is_breaking]
        waits = bool(breaking) and landing.load_id not in self._accepted
        self._told = [told for told in self._told if told["load_id"] != landing.load_id]
        self._told += [
            {"load_id": landing.load_id, "file": landing.origin, "waits": waits and change.is_breaking,
             "sentence": change.sentence}
            for change in found
            if not is_replaced
        ]  # fmt: skip
        if not waits:
            self._shape = joined(self._shape, new)
            return None
        return Problem(
            where=landing.origin,
            rule="a file looks as those of its source did before",
            seen="; ".join(breaking),
            fix=f"Is it meant? `melflow sources accept {self.source}`, then run again. Else correct the file, or the "
            f"mapping in sources/{self.source}.yml.",
        )

    def keep(self) -> None:
        """Write down what was learned; call it when the rows are loaded."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        content = {"shape": asdict(self._shape), "told": self._told}
        self._path.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")


def folder(workspace: Workspace) -> Path:
    """Return where shapes are kept."""
    return workspace.var / "shapes"


def told(workspace: Workspace, source: str) -> list[dict[str, Any]]:
    """Return the changes that were seen: load_id, file, sentence, and whether the file waits for it."""
    found: list[dict[str, Any]] = _read(folder(workspace) / f"{source}.json").get("told", [])
    return found


def accepted(workspace: Workspace, source: str) -> list[str]:
    """Return the load_id of payloads that were let in although they look otherwise."""
    found: list[str] = _read(folder(workspace) / f"{source}.accepted.json").get("load_ids", [])
    return found


def accept(workspace: Workspace, source: str) -> list[dict[str, Any]]:
    """Let in what waits, from the next run on; return what that was."""
    waiting = [one for one in told(workspace, source) if one["waits"]]
    if waiting:
        ids = sorted({*accepted(workspace, source), *(one["load_id"] for one in waiting)})
        path = folder(workspace) / f"{source}.accepted.json"
        path.write_text(json.dumps({"load_ids": ids}, indent=1) + "\n", "utf-8")
    return waiting


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return content
