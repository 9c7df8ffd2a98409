"""The ledger of the right of reply: which figures partners were asked about, which links were used, what they said.

It lies beside the landed files: like them it cannot be made again. Nothing in it is ever changed or deleted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from melflow.reports.answer import Kind

FILE = "replies.sqlite"
_BUSY_SECONDS = 5
_TABLES = {
    "round": "report text not null, period_id text not null, release_id text not null, figures_hash text not null, "
    "opened_at text not null, closes_at text not null, primary key (report, period_id, release_id)",
    "used": "nonce text primary key, partner_id text not null, used_at text not null",
    "reply": "reply_id integer primary key, partner_id text not null, report text not null, period_id text not null, "
    "release_id text not null, table_name text not null, keys text not null, "
    "kind text not null check (kind in ('objection', 'comment')), words text not null, via text not null, "
    "received_at text not null",
}
_DDL = "".join(
    f"create table if not exists {name} ({columns}) strict;"
    + "".join(
        f"create trigger if not exists {name}_{act} before {act} on {name} "
        f"begin select raise(abort, 'the ledger of replies is only added to'); end;"
        for act in ("update", "delete")
    )
    for name, columns in _TABLES.items()
)
_LAST = (
    "select kind, words from reply where partner_id = ? and report = ? and period_id = ? and release_id = ? "
    "and table_name = ? and keys = ? order by reply_id desc limit 1"
)


@dataclass(frozen=True)
class Round:
    """Partners were asked about one report's figures of one period, as one release has them.

    Attributes:
        figures_hash: Of all figures that name a partner: the same figures need no other round.
        closes_at: When the edition may be made.
    """

    report: str
    period_id: str
    release_id: str
    figures_hash: str
    opened_at: datetime
    closes_at: datetime


class Said(NamedTuple):
    """What was said of one figure."""

    table: str
    keys: str
    kind: Kind
    words: str


@dataclass(frozen=True)
class Reply:
    """What a partner said of one figure, and when it came."""

    partner_id: str
    report: str
    period_id: str
    release_id: str
    said: Said
    via: str
    received_at: datetime


class UsedError(Exception):
    """A link was used before."""


class Ledger:
    """The ledger in one folder.

    Args:
        folder: Where landed files lie.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)) as con:
            con.executescript(_DDL)
            con.execute("begin immediate")
            try:
                yield con
            except BaseException:
                con.rollback()
                raise
            con.commit()

    def open_round(self, one: Round) -> None:
        """Write down that partners are asked; a round that stands stays as it is."""
        row = (one.report, one.period_id, one.release_id, one.figures_hash, _text(one.opened_at), _text(one.closes_at))
        with self._open() as con:
            con.execute("insert or ignore into round values (?, ?, ?, ?, ?, ?)", row)

    def rounds(self, report: str, period_id: str) -> list[Round]:
        """Return the rounds of a report and period, oldest first."""
        if not self._path.exists():
            return []
        query = "select * from round where report = ? and period_id = ? order by opened_at, release_id"
        with self._open() as con:
            rows = con.execute(query, (report, period_id)).fetchall()
        return [
            Round(name, period, release, figures_hash, _moment(opened), _moment(closes))
            for name, period, release, figures_hash, opened, closes in rows
        ]

    def add(
        self, about: tuple[str, str, str, str], said: Iterable[Said], via: str, at: datetime, nonce: str = ""
    ) -> int:
        """Write down what a partner said, all of it or nothing.

        Args:
            about: Partner, report, period and release.
            said: Of which figures and what; what it said before in the same words is not repeated.
            via: link or workbook.
            at: The moment.
            nonce: Of the link; empty for a workbook.

        Returns:
            How many are new.

        Raises:
            UsedError: The link was used before; nothing is written.
        """
        with self._open() as con:
            if nonce:
                try:
                    con.execute("insert into used values (?, ?, ?)", (nonce, about[0], _text(at)))
                except sqlite3.IntegrityError as error:
                    raise UsedError from error
            new = [one for one in said if con.execute(_LAST, (*about, one.table, one.keys)).fetchone() != one[2:]]
            rows = [(*about, *one, via, _text(at)) for one in new]
            con.executemany("insert into reply values (null, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            return len(new)

    def used_at(self, nonce: str) -> datetime | None:
        """Return when a link was used; None when it was not."""
        if not self._path.exists():
            return None
        with self._open() as con:
            row = con.execute("select used_at from used where nonce = ?", (nonce,)).fetchone()
        return _moment(row[0]) if row else None

    def replies(self, report: str, period_id: str) -> list[Reply]:
        """Return what partners said of a report's figures of a period, in the order it came."""
        if not self._path.exists():
            return []
        query = (
            "select partner_id, report, period_id, release_id, table_name, keys, kind, words, via, received_at "
            "from reply where report = ? and period_id = ? order by reply_id"
        )
        with self._open() as con:
            rows = con.execute(query, (report, period_id)).fetchall()
        return [
            Reply(partner, name, period, release, Said(table, keys, kind, words), via, _moment(at))
            for partner, name, period, release, table, keys, kind, words, via, at in rows
        ]


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
