"""Approval of an edition that the gate holds: who answers for it and why, in a file beside the edition's own.

The edition's files never change. The approval names the manifest it was given for by its hash, so that it holds for
this edition and no other.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from melflow.core.errors import TerminalError

APPROVAL = "approval.json"
MANIFEST = "edition.json"
_SHORTEST = 10
#: What must not stand in a text that is mailed and published: addresses and telephone numbers.
_PERSONAL = re.compile(r"\S+@\S+|\+?\d[\d ()/-]{7,}\d")
_YEAR, _DAY = r"(?:19|20)\d\d", r"-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
#: What looks like a number and is none: a day, two days, two years.
_DAYS = re.compile(
    rf"(?<![\d+(/-])(?:{_YEAR}{_DAY}(?: ?[/-] ?{_YEAR}{_DAY})?|(?<!\d ){_YEAR} ?[/-] ?{_YEAR}(?! \d))(?![\d/-])"
)


@dataclass(frozen=True)
class Approval:
    """A held edition that may go out.

    Attributes:
        by: Who approved it; stays in the house.
        why: In a sentence; goes out with the edition.
        approved_at: ISO 8601, UTC.
        reasons: What the gate had said.
        edition_sha256: Hash of the manifest it was given for.
    """

    by: str
    why: str
    approved_at: str
    reasons: tuple[str, ...]
    edition_sha256: str


def approve(folder: Path, by: str, why: str, now: datetime) -> Approval:
    """Record that a held edition may go out.

    Args:
        folder: Of the edition.
        by: Name of the person who answers for it.
        why: Goes out with the edition.
        now: The moment.

    Raises:
        TerminalError: It is not held, or approved already; or name or reason are missing or unfit to be published.
    """
    said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    by, why = " ".join(by.split()), " ".join(why.split())
    _refuse_unfit(by, why)
    where, reasons = str(folder), tuple(said["gate"]["reasons"])
    if not reasons:
        fix = "Nothing is to be approved: it goes out by itself."
        raise TerminalError.of(where, "an approval is for an edition that the gate holds", "one that passed", fix)
    given = Approval(by, why, now.isoformat(timespec="seconds"), reasons, _hash(folder))
    aside = folder / f".{APPROVAL}.{os.getpid()}"
    aside.write_text(json.dumps(asdict(given), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    try:
        os.link(aside, folder / APPROVAL)  # at once and never over another one
    except FileExistsError as error:
        fix = "Nothing is to be done; `melflow report deliveries` says whether it was sent."
        raise TerminalError.of(where, "an edition is approved once", f"{APPROVAL} of an earlier day", fix) from error
    finally:
        aside.unlink()
    return given


def approval(folder: Path) -> Approval | None:
    """Return the approval of an edition; None without one, and for one that was given for other bytes."""
    try:
        kept: dict[str, Any] = json.loads((folder / APPROVAL).read_text(encoding="utf-8"))
        given = Approval(**{**kept, "reasons": tuple(kept["reasons"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return given if given.edition_sha256 == _hash(folder) else None


def may_go_out(folder: Path, said: dict[str, Any]) -> bool:
    """Say whether an edition passed its gate, or was approved by somebody."""
    return said["gate"]["verdict"] == "passed" or approval(folder) is not None


def _refuse_unfit(by: str, why: str) -> None:
    if len(by) < 2:
        fix = "Write --by 'First and last name'."
        raise TerminalError.of("--by", "an approval names the person who answers for it", "no name", fix)
    if len(why) < _SHORTEST:
        rule, fix = "an approval says why the edition goes out all the same", "Write --why and a sentence."
        raise TerminalError.of("--why", rule, f"{len(why)} characters", fix)
    if _PERSONAL.search(_DAYS.sub("day", why)):
        rule = "the reason goes out with the edition, and holds no address or telephone number"
        raise TerminalError.of("--why", rule, "one of the two", "Write the reason without it.")


def _hash(folder: Path) -> str:
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
