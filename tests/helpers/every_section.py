"""Rows for every published table, so that each section of an edition has figures, tables and something withheld."""

from __future__ import annotations

import random

from rows_of_learning import cycles, learning, needs
from rows_of_partnership import dual, members, power, results
from section_rows import HIDDEN, NOW, Rows

#: Rules of the checks that were broken.
BROKEN = """
create or replace table check_summary as
select 'src_response' as table_name, rule_id, severity, false as success, 'kobo' as source, n_failed, n_checked
from (values ('required', 'error', 31, 4021), ('range', 'warn', 7, 977)) as t (rule_id, severity, n_failed, n_checked)
"""


def _coverage(partners: list[str]) -> Rows:
    rows: Rows = [
        {"partner_id": partners[0], "source": "kobo_needs", "rows_received": 211, "rows_held": 3, "cells_held": 12,
         "submissions": 19, "expected": 25, "received": 17, "completeness": 0.68, "on_time_share": 0.59},
        {"partner_id": partners[1], "source": "kobo_needs", "rows_received": 180, "rows_held": 0, "submissions": 14},
        {"partner_id": partners[2], "source": "kobo_needs", "rows_received": 90, "rows_held": 0} | HIDDEN,
    ]  # fmt: skip
    return [row | NOW for row in rows]


def every_section(partners: list[str], dyads: list[str]) -> dict[str, Rows]:
    """Return rows of all published tables but those of scores, health and flow; more rows of data quality."""
    dice = random.Random(11)
    made = results(dice, partners) | dual(dice, dyads) | members(dice, partners) | power(dice, dyads)
    made |= learning(dice, partners) | cycles(dice, partners) | needs(dice, partners)
    return made | {"pub_data_quality": _coverage(partners)}
