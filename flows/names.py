"""Names nobody has resolved: how often each came, where, and whom it may mean. Nothing is applied by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from melflow.core.names import PartnerNames, Suggestion
from melflow.core.workspace import Workspace
from melflow.sources.canonical import FACTS
from melflow.sources.payload import UNPLACED

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class UnresolvedName:
    """A spelling without a partner.

    Attributes:
        source: Where it came.
        raw_name: As it was written; of a person only the domain of the address, or where to look.
        n_rows: Rows that name it.
        is_left_out: Its rows were left out: people and organisations outside the alliance; else they are held.
        places: Some of the files and rows.
        suggestions: The partners it may mean, likeliest first.
    """

    source: str
    raw_name: str
    n_rows: int
    is_left_out: bool
    places: tuple[str, ...]
    suggestions: tuple[Suggestion, ...]

    @property
    def alias_line(self) -> str:
        """The line to add to aliases.csv if the likeliest is right."""
        name = self.raw_name.replace('"', '""')
        quoted = f'"{name}"' if any(sign in name for sign in ',"\n') else name
        return f"{quoted},{self.suggestions[0].partner_id if self.suggestions else 'PARTNER_ID'},,,YOUR_NAME"


def _columns(table: str) -> list[str]:
    schema = FACTS[table]
    return [name for name in schema if name.endswith("_raw") and f"{name.removesuffix('_raw')}_id" in schema]


def _held(name: str) -> str:
    return f"json_extract_string(row_json, '$.{name}')"


def _named() -> Iterator[str]:
    """Yield a query for each column of partner names: rows of loaded tables, and rows that are held."""
    for table in FACTS:
        for raw in _columns(table):
            partner = f"{raw.removesuffix('_raw')}_id"
            yield (
                f"select source_system as source, {raw} as raw_name, row_id, source_file as file, "
                f"source_row as line from raw.{table} where {raw} is not null and {partner} is null"
            )
            yield (
                f"select source, {_held(raw)} as raw_name, row_id, {_held('source_file')} as file, "
                f"cast({_held('source_row')} as bigint) as line from raw.held where table_name = '{table}' "
                f"and {_held(raw)} is not null and {_held(partner)} is null"
            )


#: Query of the status copy: one row per source and name. Names of organisations are no answers of people.
UNRESOLVED = f"""(
    select
        source, raw_name, count(distinct row_id) as n_rows, false as is_left_out,
        list(distinct concat_ws('!row ', file, line) order by concat_ws('!row ', file, line))[:3] as places
    from ({" union all ".join(_named())})
    group by source, raw_name
    union all
    select
        source, name.key as raw_name, cast(sum(cast(name.value as bigint)) as bigint) as n_rows, true as is_left_out,
        list(distinct origin order by origin)[:3] as places
    from raw.load, json_each(notes, '$.{UNPLACED}') as name
    where state = 'loaded'
    group by source, name.key
)"""


def unresolved_names(workspace: Workspace, source: str | None = None) -> list[UnresolvedName]:
    """Return the names without a partner, the most frequent first.

    Raises:
        TerminalError: Nothing was ingested yet.
    """
    from melflow.flows.status import read_status

    known = PartnerNames(workspace.partners, workspace.aliases)
    rows = read_status(workspace, "unresolved").sort(["n_rows", "source", "raw_name"], descending=[True, False, False])
    return [
        UnresolvedName(name, raw, n_rows, is_left_out, tuple(places), tuple(known.suggest(raw)))
        for name, raw, n_rows, is_left_out, places in rows.iter_rows()
        if source in (None, name)
    ]
