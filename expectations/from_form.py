"""Rules every form brings along: type, choice, range and required of its own questions.

One expectation per kind of rule and form version, however many questions the form has: the responses are put
beside what the form says about the question (the relation ``answer``), so choice codes and limits stay data and
no text of a form enters a statement. One expectation per question was measured at 30 ms each, this at 3 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from melflow.expectations.rules import Rule, read

if TYPE_CHECKING:
    import duckdb

_ANSWERS = """
create table answer as
with item as (
    select
        instrument_id, form_version, item_id, list, range_min, range_max,
        coalesce(is_personal, false) as is_personal,
        coalesce(is_required, false) as is_required,
        case
            when type = 'integer' then 'integer'
            when type in ('decimal', 'range') then 'decimal'
            when type in ('date', 'today', 'dateTime', 'start', 'end') then 'date'
            -- choices kept in a file beside the form are not known here
            when type in ('select_one', 'select_multiple') and (instrument_id, form_version, list) in (
                select (instrument_id, form_version, list) from src_choice
            ) then 'choice'
            else 'other'
        end as kind,
    from src_item
),
listed as (
    select distinct instrument_id, form_version, list, code as option, true as is_listed from src_choice
)
select
    src_response.*,
    ref_form.form_no,
    item.* exclude (instrument_id, form_version, item_id),
    coalesce(listed.is_listed, false) as is_listed,
from src_response
join item using (instrument_id, form_version, item_id)
join ref_form using (instrument_id, form_version)
left join listed using (instrument_id, form_version, list, option)
"""


def form_versions(forms: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return one row per form version that has questions: form_no, instrument_id, form_version."""
    key = ["instrument_id", "form_version"]
    return forms["src_item"].select(key).unique().sort(key).with_row_index("form_no")


def form_rules(forms: Mapping[str, pl.DataFrame]) -> tuple[Rule, ...]:
    """Return the rules of every form version.

    Args:
        forms: The canonical tables src_item and src_choice.

    Returns:
        Rules on ``answer``, named ``<kind>:<instrument>@<version>``.
    """
    return tuple(
        Rule(
            **{
                **kind,
                "table": "src_response",
                "relation": "answer",
                "id": f"{kind['id']}:{instrument}@{version}",
                "among": f"form_no = {number} and {kind['among']}",
                "of": (instrument, version),
            }
        )
        for number, instrument, version in form_versions(forms).iter_rows()
        for kind in read("from_form")
    )


#: What the relation is made of.
ANSWERS_READ = ("src_response", "src_item", "src_choice", "ref_form")


def build_answers(con: duckdb.DuckDBPyConnection) -> int:
    """Make the relation ``answer`` from src_response, src_item, src_choice and ref_form; return its rows."""
    con.execute(_ANSWERS)
    return int((con.execute("select count(*) from answer").fetchone() or (0,))[0])
