"""Arms that share seeds: paired differences, their interval and a paired test of equivalence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from gpu_experiments.judge import Run


def paired(first: Sequence[Run], second: Sequence[Run]) -> list[tuple[Run, Run]]:
    """Runs of the two arms with equal seeds."""
    other = {run.about["seed"]: run for run in second}
    return [(run, other[run.about["seed"]]) for run in first if run.about["seed"] in other]


def equivalent(differences: Sequence[float], margin: float) -> Mapping[str, float | int | list[float] | None]:
    """Two one-sided t-tests on paired differences: `p` small is evidence that |mean| < margin; `low`, `high` bound the
    mean with 90 % confidence, so that equivalence at 5 % is the interval inside (-margin, margin)."""
    from statsmodels.stats.weightstats import DescrStatsW

    values = np.asarray(differences, dtype=float)
    numbers = {"differences": values.tolist(), "mean": float(values.mean()), "n": len(values), "margin": margin}
    if len(values) < 2:
        return numbers | {"low": None, "high": None, "p": None}
    if np.ptp(values) == 0:
        return numbers | {"low": numbers["mean"], "high": numbers["mean"], "p": float(abs(values[0]) >= margin)}
    described = DescrStatsW(values)
    low, high = described.tconfint_mean(alpha=0.1)
    return numbers | {"low": float(low), "high": float(high), "p": float(described.ttost_mean(-margin, margin)[0])}


def margin_of(numbers: Mapping[str, float | int | list[float] | None]) -> float | None:
    """Signed distance of the 90 % interval to the margin, positive where it lies inside."""
    if numbers["low"] is None:
        return None
    return float(numbers["margin"] - max(abs(numbers["low"]), abs(numbers["high"]), 0.0))


def decided(numbers: Mapping[str, float | int | list[float] | None]) -> str:
    """ "RESPECTED" with the interval inside the margin, "VIOLATED" with it wholly outside, else "INCONCLUSIVE"."""
    low, high, margin = numbers["low"], numbers["high"], numbers["margin"]
    if low is None or not (math.isfinite(low) and math.isfinite(high)):
        return "INCONCLUSIVE"
    if -margin < low and high < margin:
        return "RESPECTED"
    return "VIOLATED" if low >= margin or high <= -margin else "INCONCLUSIVE"
