"""One sentence at the head of each section that shows numbers, made from them by rules.

What a sentence may claim follows the intervals: a direction only when the interval leaves out the value that means "no
difference". ``CLAIMS`` says for each phrase what it claims, so that a test can hold it against the numbers.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from melflow.reports import findings_score, rounding
from melflow.reports.context import Context, Row
from melflow.reports.findings_flow import EVEN, main_flow, rows_held, share
from melflow.reports.findings_learning import use
from melflow.reports.findings_needs import latest
from melflow.reports.intervals import Interval
from melflow.reports.phrases import Said
from melflow.reports.restated import SHOWN
from melflow.reports.section_coverage import forms
from melflow.reports.section_dual import ASSOCIATIONS, clear_lags
from melflow.reports.section_network import now as network_now
from melflow.reports.section_network import possible
from melflow.reports.section_power import felt

#: Directions a phrase claims; one that is not here claims none.
CLAIMS: dict[str, frozenset[str]] = {
    "head.capability.higher": frozenset({"higher"}),
    "head.capability.lower": frozenset({"lower"}),
    "head.capability.both": frozenset({"higher", "lower"}),
    "head.health.apart": frozenset({"apart"}),
    "head.flow.one_way": frozenset({"apart"}),
    "head.learning.most": frozenset({"higher"}),
    "head.learning.few": frozenset({"lower"}),
    "head.dual.between.positive": frozenset({"higher"}),
    "head.dual.between.negative": frozenset({"lower"}),
    "head.dual.between.both": frozenset({"higher", "lower"}),
    "head.dual.within.positive": frozenset({"rises"}),
    "head.dual.within.negative": frozenset({"falls"}),
    "head.dual.within.both": frozenset({"rises", "falls"}),
    "head.power.apart": frozenset({"apart"}),
    "head.expectations.apart": frozenset({"apart"}),
    "head.cycles.most": frozenset({"higher"}),
    "head.cycles.few": frozenset({"lower"}),
    "head.needs.first": frozenset({"higher"}),
}
#: On which side of one half an interval lies -> how the phrase is called.
_HALF = {"higher": "most", "lower": "few", "unclear": "unclear"}


def claimed(said: Said) -> frozenset[str]:
    """Return the directions a headline claims; one of two sentences has the keys of both."""
    return frozenset().union(*(CLAIMS.get(key, frozenset()) for key in said.key.split()))


def headline(context: Context, section: str) -> Said | None:
    """Return the sentence at the head of a section; None for a section without numbers of its own."""
    maker = _MAKERS.get(section)
    return None if maker is None else maker(context)


def _head(context: Context, key: str, **facts: object) -> Said:
    said = context.say(f"head.{key}", **({"period": context.period} | facts))
    assert isinstance(said, Said)
    return said


def results_met(context: Context) -> tuple[int, int]:
    """Return how many partners' results of the period met their target, and how many can be judged (F34)."""
    rows = context.data.table("pub_indicator_progress")
    mine = rows.filter(pl.col("scope") == "partner", pl.col("disaggregation") == "total").drop_nulls("result_index")
    return mine.filter(pl.col("status") == "met").height, mine.height


def _results(context: Context) -> Said:
    met, n = results_met(context)
    if not n:
        return _head(context, "results.none")
    return _head(context, "results.met", met=context.count(met), n=context.count(n))


def _capability(context: Context) -> Said:
    if context.data.table("pub_capability_score")["score"].drop_nulls().is_empty():
        return _head(context, "capability.none")
    found = findings_score.compared(context.data)
    if found is None:
        return _head(context, "capability.first")
    first, rows = found
    ways = [findings_score.movement(row) for row in rows.to_dicts()]
    up, down = ways.count("higher"), ways.count("lower")
    key = "both" if up and down else "higher" if up else "lower" if down else "unclear"
    counts = {"up": context.count(up), "down": context.count(down), "n": context.count(len(ways))}
    return _head(context, f"capability.{key}", first=first, **counts)


def _health(context: Context) -> Said:
    both = findings_score.both_sides(context.data).height
    if not both:
        return _head(context, "health.none")
    apart = len({row["dyad_id"] for row in findings_score.apart(context.data)})
    return _of(context, "health", "apart", apart, both)


def _flow(context: Context) -> Said:
    now = main_flow(context.data).filter(pl.col("flow_total") > 0)
    if now.is_empty():
        return _head(context, "flow.none")
    known = now.drop_nulls("share_ci_low").to_dicts()
    if not known:
        return _head(context, "flow.uncounted")
    one_way = sum(share(row).leans(EVEN) != "unclear" for row in known)
    return _of(context, "flow", "one_way", one_way, len(known))


def _network(context: Context) -> Said:
    row = network_now(context)
    if row is None:
        return _head(context, "network.none")
    return _head(context, "network.reach", n=context.count(row["edges"]), of=context.count(possible(row)))


def _learning(context: Context) -> Said:
    row = use(context)
    if row is None:
        return _head(context, "learning.none")
    if not row["n_used"]:
        return _head(context, "learning.unused", n=context.count(row["claims"]))
    way = _HALF[Interval(row["adapted_ci_low"], row["adapted_ci_high"]).leans(EVEN)]
    return _head(context, f"learning.{way}", n=context.count(row["n_adapted"]), of=context.count(row["n_used"]))


def _dual(context: Context) -> Said:
    if context.data.table("pub_dual_tracking").drop_nulls("quadrant").is_empty():
        return _head(context, "dual.none")
    both = [_head(context, f"dual.{kind}.{clear_lags(context, kind)[0]}") for kind in ASSOCIATIONS]
    said = Said(" ".join(both))
    said.key = " ".join(part.key for part in both)
    return said


def _power(context: Context) -> Said:
    rows = context.data.table("pub_power_balance")
    pairs = felt(context, rows).to_dicts()
    if not pairs:
        is_logged = not rows.filter(pl.col("scope") == "alliance").drop_nulls("total").is_empty()
        return _head(context, "power.logged" if is_logged else "power.none")
    return _of(context, "power", "apart", _clear(pairs), len(pairs))


def _expectations(context: Context) -> Said:
    rows = context.data.table("pub_expectation_gap").drop_nulls("gap").to_dicts()
    if not rows:
        return _head(context, "expectations.none")
    return _of(context, "expectations", "apart", _clear(rows), len(rows))


def _cycles(context: Context) -> Said:
    rows = context.data.table("pub_cycle_summary").filter(pl.col("scope") == "alliance").to_dicts()
    if not rows or not rows[0]["n_cycles"]:
        return _head(context, "cycles.none")
    row = rows[0]
    if not row["n_due"]:
        return _head(context, "cycles.early", n=context.count(row["n_cycles"]))
    way = _HALF[Interval(row["on_time_ci_low"], row["on_time_ci_high"]).leans(EVEN)]
    return _head(context, f"cycles.{way}", n=context.count(row["n_on_time"]), of=context.count(row["n_due"]))


def _needs(context: Context) -> Said:
    rows = latest(context)
    if not rows:
        return _head(context, "needs.none")
    first, others = rows[0], rows[1:]
    is_sure = first["rank_high"] == 1 and all((row["rank_low"] or 1) > 1 for row in others)
    return _head(context, "needs.first" if is_sure else "needs.unclear", topic=context.construct(first["topic"]))


def _map(context: Context) -> Said:
    versions = context.data.table("pub_toc", all_periods=True).sort("reviewed_on", "version").to_dicts()
    if not versions:
        return _head(context, "map.none")
    counts = {name: context.count(versions[-1][f"edges_{name}"]) for name in ("supported", "contradicted")}
    return _head(context, "map.judged", n=context.count(versions[-1]["n_edges"]), **counts)


def _members(context: Context) -> Said:
    whole = context.data.table("pub_membership").filter(pl.col("type") == "all").to_dicts()
    if not whole:
        return _head(context, "members.none")
    moved = context.data.table("pub_turnover").filter(
        pl.col("entity_kind") == "partner", pl.col("grouped_by") == "all"
    ).drop_nulls("n_joined").to_dicts()  # fmt: skip
    n = context.count(whole[0]["n_partners"])
    if not moved:
        return _head(context, "members.known", n=n, kinds=context.count(whole[0]["n_types"]))
    came, left = (context.count(moved[0][name]) for name in ("n_joined", "n_left"))
    return _head(context, "members.moved", n=n, came=came, left=left)


def _quality(context: Context) -> Said:
    held, received = rows_held(context.data)
    if not received:
        return _head(context, "quality.none")
    key = "quality.held" if held else "quality.clean"
    return _head(context, key, share=rounding.small_percent(held / received, context.language))


def _coverage(context: Context) -> Said:
    rows = forms(context)
    if rows.is_empty():
        return _head(context, "coverage.none")
    known = rows.drop_nulls("expected")
    if known.is_empty():
        return _head(context, "coverage.unknown")
    short = known.filter(pl.col("received").fill_null(0) < pl.col("expected")).height
    return _head(context, "coverage.short", n=context.count(short), of=context.count(known.height))


def _changes(context: Context) -> Said | None:
    if context.before is None:
        return None
    rows = context.restated.filter(~pl.col("why").is_in(SHOWN))
    if rows.is_empty():
        return _head(context, "changes.none")
    return _head(context, "changes.some", count=int(rows["count"].sum()))


def _of(context: Context, section: str, key: str, n: int, of: int) -> Said:
    """Return how many of some are clearly so; that none is clearly so claims nothing."""
    return _head(context, f"{section}.{key if n else 'unclear'}", n=context.count(n), of=context.count(of))


def _clear(rows: list[Row]) -> int:
    """Return how many gaps have an interval that leaves out zero."""
    return sum(Interval(row["gap_ci_low"], row["gap_ci_high"]).leans(0) != "unclear" for row in rows)


_MAKERS: dict[str, Callable[[Context], Said | None]] = {
    "results": _results,
    "capability": _capability,
    "health": _health,
    "flow": _flow,
    "network": _network,
    "learning": _learning,
    "dual": _dual,
    "power": _power,
    "expectations": _expectations,
    "cycles": _cycles,
    "needs": _needs,
    "map": _map,
    "members": _members,
    "quality": _quality,
    "held": _quality,
    "coverage": _coverage,
    "changes": _changes,
}
