"""The alliance as a network: reciprocity, concentration, centralisation, homophily (F17, F19-F24b), for every cell."""

from __future__ import annotations

import os
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl

from melflow.core.statistics.concentration import with_concentration
from melflow.core.statistics.null_model import N_DRAWS, NULL_MODEL, SEED, reciprocity_draws
from melflow.core.statistics.reciprocity import reciprocities

#: What names a network: the alliance in a period, by what is counted and how it came.
CELL = ("period_id", "measure", "channel")
ALL_CHANNELS = "all"
_ONE = 1e-9  # an expectation this close to 1, or draws this close together, leave nothing to compare


def with_networks(
    pairs: pl.DataFrame, members: pl.DataFrame, exchanges: pl.DataFrame, n_draws: int = N_DRAWS, seed: int = SEED
) -> pl.DataFrame:
    """Return one row per network with F17 and F19-F24b.

    Args:
        pairs: One row per cell (``CELL``) and pair with ``partner_a``, ``partner_b``, ``flow_ab`` and ``flow_ba``,
            in one unit per measure; the channel ``all`` holds the sums.
        members: One row per ``period_id`` and ``partner_id`` with its ``type`` (null: not known), partners without any
            flow included.
        exchanges: What the pairs add up: one row per exchange with ``CELL``, ``from_partner_id``, ``to_partner_id``,
            ``amount``; no self-loops, no channel ``all``.
        n_draws: Draws of the null model.
        seed: Of the draws. Each cell has a stream of its own, whatever other cells there are.

    Returns:
        ``CELL``, ``n_partners``, ``edges``, ``flow_total``, the columns of ``reciprocities``,
        ``weighted_reciprocity_expected`` and ``weighted_reciprocity_rho`` (F20, at most 1), ``null_model``,
        ``n_draws``, ``seed``, ``gini_out``, ``gini_in`` (F21), ``evenness_out``, ``evenness_in`` (F22), ``hhi_out``
        (F23), ``centralisation_out``, ``centralisation_in`` (F24), ``ei_index`` (F24b) and ``reason`` (why something
        is null).
    """
    cells = pairs.select(CELL).unique().sort(CELL)
    sizes = cells.join(
        members.group_by("period_id").agg(pl.len().cast(pl.Int64).alias("n_partners")), on="period_id", how="left"
    )
    edges = _edges(pairs)
    found = reciprocities(pairs, sizes, CELL)
    found = found.join(_chances(cells, exchanges, n_draws, seed), on=CELL, how="left")
    for added in (_degrees(cells, members, edges), _homophily(members, edges)):
        found = found.join(added, on=CELL, how="left")
    r, expected = pl.col("weighted_reciprocity"), pl.col("weighted_reciprocity_expected")
    is_open = pl.col("is_free") & (expected < 1 - _ONE)
    return found.with_columns(
        pl.when(is_open).then((r - expected) / (1 - expected)).alias("weighted_reciprocity_rho"),
        pl.lit(NULL_MODEL).alias("null_model"),
        pl.lit(n_draws, pl.Int64).alias("n_draws"),
        pl.lit(seed, pl.Int64).alias("seed"),
        pl.when(pl.col("edges") == 0)
        .then(pl.lit("nothing flowed"))
        .when(~is_open)
        .then(pl.lit("the totals of the partners leave no other weighted reciprocity"))
        .when(pl.col("density") == 1)
        .then(pl.lit("every partner gave to every other: reciprocity_rho has nothing to compare with"))
        .when(pl.col("ei_index").is_null())
        .then(pl.lit("types of partners are not known"))
        .alias("reason"),
    ).drop("is_free")


def _edges(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the directed edges: CELL, giver, receiver, amount > 0."""
    one_way = [("partner_a", "partner_b", "flow_ab"), ("partner_b", "partner_a", "flow_ba")]
    directed = [
        pairs.select(*CELL, giver=giver, receiver=receiver, amount=amount) for giver, receiver, amount in one_way
    ]
    return pl.concat(directed).filter(pl.col("amount") > 0)


def _degrees(cells: pl.DataFrame, members: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """F21-F24 of what partners give (out) and receive (in), members with nothing included."""
    everyone = cells.join(members.select("period_id", "partner_id"), on="period_id")
    found = cells
    for side, end in (("out", "giver"), ("in", "receiver")):
        of_partner = edges.group_by(*CELL, pl.col(end).alias("partner_id")).agg(
            pl.len().cast(pl.Int64).alias("degree"), pl.col("amount").sum().alias("amount")
        )
        filled = everyone.join(of_partner, on=[*CELL, "partner_id"], how="left").with_columns(
            pl.col("degree", "amount").fill_null(0)
        )
        spread = with_concentration(filled, list(CELL), "amount").select(
            *CELL,
            pl.col("gini").alias(f"gini_{side}"),
            pl.col("evenness").alias(f"evenness_{side}"),
            pl.col("hhi").alias(f"hhi_{side}"),
        )
        degree, n = pl.col("degree"), pl.len().cast(pl.Float64)
        central = filled.group_by(CELL).agg(
            pl.when(n > 1).then((degree.max() - degree).sum() / (n - 1) ** 2).alias(f"centralisation_{side}")
        )
        found = found.join(spread, on=CELL, how="left").join(central, on=CELL, how="left")
    return found.drop("hhi_in")


def _homophily(members: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """F24b by type of partner; edges that touch a partner of unknown type are left out."""
    types = members.select("period_id", "partner_id", "type")
    ends = edges.join(types, left_on=["period_id", "giver"], right_on=["period_id", "partner_id"]).join(
        types, left_on=["period_id", "receiver"], right_on=["period_id", "partner_id"], suffix="_receiver"
    )
    is_external = pl.col("type") != pl.col("type_receiver")
    return ends.group_by(CELL).agg((2 * is_external.mean() - 1).alias("ei_index"))


def _chances(cells: pl.DataFrame, exchanges: pl.DataFrame, n_draws: int, seed: int) -> pl.DataFrame:
    """Return the mean of the null model's draws per cell, and whether they differ at all."""
    together = exchanges.with_columns(pl.lit(ALL_CHANNELS).alias("channel"))
    several = pl.concat([exchanges, together]).filter(pl.col("amount") > 0)
    # The order of the files must not change the draws
    several = several.sort("from_partner_id", "to_partner_id", "amount")

    def drawn(cell: tuple[tuple[object, ...], pl.DataFrame]) -> tuple[object, ...]:
        key, rows = cell
        ends = pl.Enum(pl.concat([rows["from_partner_id"], rows["to_partner_id"]]).unique().sort())
        giver, receiver = (rows[end].cast(ends).to_physical() for end in ("from_partner_id", "to_partner_id"))
        stream = np.random.default_rng([seed, zlib.crc32("|".join(map(str, key)).encode())])
        draws = reciprocity_draws(giver, receiver, rows["amount"], n_draws, stream)
        return (*key, float(draws.mean()), bool(np.ptp(draws) > _ONE))

    # numpy works outside the interpreter's lock
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as workers:
        rows = list(workers.map(drawn, several.group_by(CELL, maintain_order=True)))
    schema = dict.fromkeys(CELL, pl.String) | {"weighted_reciprocity_expected": pl.Float64, "is_free": pl.Boolean}
    return cells.join(pl.DataFrame(rows, schema=schema, orient="row"), on=CELL, how="left")
