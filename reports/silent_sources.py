"""Sources of which nothing came for longer than they are declared to be silent (the release's ``source_landing``)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from melflow.reports.edition_data import Silent

if TYPE_CHECKING:
    import duckdb

#: Of each source the periods whose due day was over on the as-of date, newest first, up to the edition's.
_DUE = """
with due as (
    select source, period_id, starts_on, max(due_on) as due_on,
        row_number() over (partition by source order by starts_on desc) as nth
    from expected_delivery join dim_period using (period_id)
    where due_on < $as_of and starts_on <= (select starts_on from dim_period where period_id = $period)
    group by source, period_id, starts_on
)
select source, last_landed_on, (select due_on from due as newest where newest.source = due.source and nth = 1)
from due join source_landing using (source)
where nth = every_periods and (last_landed_on is null or last_landed_on < starts_on)
order by source
"""
_KNOWN = "select count(*) from duckdb_tables() where table_name in ('expected_delivery', 'source_landing')"


def silent(con: duckdb.DuckDBPyConnection, as_of: dt.date, period_id: str) -> tuple[Silent, ...]:
    """Return the sources that were silent through all the periods they may be at most, by name.

    A source that came at any time since the first day of these periods is not silent, whatever it brought. Age is
    judged on the release's as-of date, so that an edition of it stays what it is.

    Args:
        con: A release; one from before it said what landed when has no silent source.
        as_of: Its date.
        period_id: The edition's period: what was owed for later ones is not looked at.
    """
    if con.execute(_KNOWN).fetchall()[0][0] < 2:
        return ()
    rows = con.execute(_DUE, {"as_of": as_of, "period": period_id}).fetchall()
    return tuple(Silent(*row) for row in rows)
