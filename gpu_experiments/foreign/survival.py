"""Lead times with the runs that never cross, and those without onset, kept as censored: lifelines and scipy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from gpu_experiments.foreign.prediction import Lead


def lead_summary(found: Sequence[Lead]) -> dict[str, Any]:
    """What the leads say with and without the censored runs, in the log's time unit.

    `mean_of_crossers` drops them (as published); `mean_at_most` counts a run that never crossed with the largest
    lead it can have; `median_with_censored` is Kaplan-Meier; `mean_censored_normal` and `sd_censored_normal` fit a
    normal law."""
    exact = [lead.lead for lead in found if lead.lead is not None]
    left = [lead.onset - lead.end for lead in found if lead.onset is not None and lead.crossed is None]
    right = [lead.end - lead.crossed for lead in found if lead.onset is None and lead.crossed is not None]
    neither = sum(lead.onset is None and lead.crossed is None for lead in found)
    mean, sd = censored_normal(exact, left, right)
    return {
        "exact": len(exact),
        "never_crossed": len(left),
        "crossed_without_onset": len(right),
        "neither": neither,
        "mean_of_crossers": float(np.mean(exact)) if exact else math.nan,
        "sd_of_crossers": float(np.std(exact, ddof=1)) if len(exact) > 1 else math.nan,
        "mean_at_most": float(np.mean(exact + left)) if exact and not right else math.nan,
        "median_with_censored": median_lead(exact, left, right),
        "mean_censored_normal": mean,
        "sd_censored_normal": sd,
    }


def median_lead(exact: Sequence[float], left: Sequence[float], right: Sequence[float]) -> float:
    """Kaplan-Meier median with left- or right-censored leads; with both kinds Turnbull's interval-censored estimate.
    NaN where the median is not identified, such as when half the runs or more never crossed."""
    from lifelines import KaplanMeierFitter

    if not exact or len(left) >= len(exact) + len(right):
        return math.nan
    # Kaplan-Meier wants times >= 0: shifted by the smallest value, which changes no rank.
    shift = min([0.0, *exact, *left, *right])
    values = np.array([*exact, *left, *right]) - shift
    observed = np.array([True] * len(exact) + [False] * (len(left) + len(right)))
    fitter = KaplanMeierFitter()
    if left and right:
        low = np.array([*exact, *([shift] * len(left)), *right]) - shift
        high = np.array([*exact, *left, *([math.inf] * len(right))]) - shift
        fitter.fit_interval_censoring(low, high)
    elif left:
        fitter.fit_left_censoring(values, observed)
    else:
        fitter.fit(values, observed)
    median = float(np.squeeze(fitter.median_survival_time_)) if not (left and right) else _turnbull_median(fitter)
    return median + shift if math.isfinite(median) else math.nan


def _turnbull_median(fitter) -> float:
    curve = fitter.survival_function_.iloc[:, 0]
    below = curve[curve <= 0.5]
    return float(below.index[0]) if len(below) else math.nan


def censored_normal(exact: Sequence[float], left: Sequence[float], right: Sequence[float]) -> tuple[float, float]:
    """Maximum-likelihood (mean, sd) of a normal law under censoring; NaN where fewer than two leads are known."""
    from scipy import stats

    if len(exact) < 2 or np.ptp(exact) == 0:
        return math.nan, math.nan
    data = stats.CensoredData(uncensored=list(exact), left=list(left), right=list(right))
    mean, sd = stats.norm.fit(data)
    return float(mean), float(sd)
