"""Evidently at work: the score of each comparison, and a page with charts of those that matter."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

import polars as pl

CHARTED = 12  # comparisons a page shows at least, the most different first; a chart of each of hundreds hides the few
ANSWERED = " (answered)"
ALPHA, DISTANCE = 0.05, 0.1
DISTANCES = ("wasserstein", "jensenshannon")
_POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline' "
    "'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:\">"
)


def scores(before: pl.DataFrame, after: pl.DataFrame, methods: dict[str, str]) -> list[tuple[str, str, float]]:
    """Return (column, method, score) of each comparison, by Evidently's tests."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    from evidently.legacy.calculations.stattests import get_stattest  # type: ignore[import-untyped]
    from evidently.legacy.core import ColumnType  # type: ignore[import-untyped]

    found: list[tuple[str, str, float]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, method in methods.items():
            kind = ColumnType.Numerical if before[name].dtype == pl.Float64 else ColumnType.Categorical
            pair = (before[name].drop_nulls().to_pandas(), after[name].drop_nulls().to_pandas())
            outcome = get_stattest(*pair, kind, method)(*pair, kind, _threshold(method, len(methods)))
            found.append((name, method, float(outcome.drift_score)))
    return found


def charted(scores: list[tuple[str, str, float]]) -> list[str]:
    """Return the columns the page has a chart of: those that drifted, and the nearest to it up to ``CHARTED``."""
    ordered = sorted(scores, key=lambda one: -one[2] if one[1] in DISTANCES else one[2] - 1)
    sure = [name for name, method, score in ordered if _is_sure(method, score, len(scores))]
    return list(dict.fromkeys([*sure, *(name for name, _, _ in ordered[:CHARTED])]))


def _is_sure(method: str, score: float, n_compared: int) -> bool:
    threshold = _threshold(method, n_compared)
    return score >= threshold if method in DISTANCES else score < threshold


def _threshold(method: str, n_compared: int) -> float:
    return DISTANCE if method in DISTANCES else ALPHA / n_compared


def report(
    instrument_id: str, before: pl.DataFrame, after: pl.DataFrame, methods: dict[str, str], n_compared: int
) -> Any:
    """Return Evidently's report on some columns, each with its chart."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from evidently import DataDefinition, Dataset, Report  # type: ignore[import-untyped]
        from evidently.metrics import MissingValueCount, ValueDrift  # type: ignore[import-untyped]

        numeric = [name for name in methods if before[name].dtype == pl.Float64]
        definition = DataDefinition(
            numerical_columns=numeric, categorical_columns=[name for name in methods if name not in numeric]
        )
        metrics: list[Any] = []
        for name, method in methods.items():
            metrics.append(ValueDrift(column=name, method=method, threshold=_threshold(method, n_compared)))
            if not name.endswith(ANSWERED) and before[name].null_count() + after[name].null_count():
                metrics.append(MissingValueCount(column=name))
        sides = (frame.select(*methods).to_pandas() for frame in (after, before))
        return Report(metrics, metadata={"instrument": instrument_id}).run(
            *(Dataset.from_pandas(side, definition) for side in sides)
        )


def page(run: Any) -> str:
    """Return the report as a page that loads nothing from elsewhere."""
    with tempfile.TemporaryDirectory(prefix="melflow-drift-") as folder:
        file = Path(folder) / "drift.html"
        run.save_html(str(file))
        return file.read_text(encoding="utf-8").replace("<head>", f"<head>{_POLICY}", 1)
