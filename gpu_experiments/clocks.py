"""Observations that no bound predicts: when a network fits, when its within-class variance drops, when it generalises,
and how far the published flatness surrogate is from exact flatness.

    fit          first logged time with train_accuracy >= 0.99
    rnc1_drop    first time from the fit on at which rnc1 is at most half way between its value at the fit and its
                 smallest value later; none where it falls by less than half
    half_way     first time from the fit on at which test_accuracy has made half of its way from the fit to the end
    generalise   first time at which test_accuracy reaches 0.9 of its value at the end, never before the fit
    delay        generalise - fit;  delay_ratio = generalise / fit

"The end" is the mean of the last five logged values, so that one lucky batch decides nothing.
"""

from __future__ import annotations

import numpy as np

from numerics.trajectory import Trajectory

FITTED, GENERALISED, LAST = 0.99, 0.9, 5


def two_clocks(run: Trajectory) -> dict[str, float | str | None]:
    """The times above in the run's own unit; None where one never comes or was not logged."""
    fit = run.first_time("train_accuracy", FITTED, "above") if "train_accuracy" in run else None
    half_way, generalise = _accuracy_times(run, fit)
    known = fit is not None and generalise is not None
    return {
        "unit": run.time_unit,
        "fit": fit,
        "rnc1_drop": _drop_time(run, fit),
        "half_way": half_way,
        "generalise": generalise,
        "delay": generalise - fit if known else None,
        "delay_ratio": generalise / fit if known and fit > 0 else None,
    }


def surrogate_ratio(run: Trajectory) -> dict[str, list[float | None]] | None:
    """relative_flatness_surrogate / relative_flatness over time, where both were logged and flatness is not zero."""
    names = ("relative_flatness_surrogate", "relative_flatness")
    if not all(name in run for name in names):
        return None
    surrogate, exact = (run[name] for name in names)
    known = np.isfinite(surrogate) & np.isfinite(exact) & (exact > 0)
    if not known.any():
        return None
    return {"time": run.time[known].tolist(), "ratio": (surrogate[known] / exact[known]).tolist()}


def _accuracy_times(run: Trajectory, fit: float | None) -> tuple[float | None, float | None]:
    time, accuracy = _logged(run, "test_accuracy")
    if fit is None or not np.any(time >= fit):
        return None, None
    later = time >= fit
    end = accuracy[-LAST:].mean()
    half_way = (accuracy[later][0] + end) / 2
    return _first(time, later & (accuracy >= half_way)), _first(time, later & (accuracy >= GENERALISED * end))


def _drop_time(run: Trajectory, fit: float | None) -> float | None:
    time, rnc1 = _logged(run, "rnc1")
    if fit is None or not np.any(time >= fit):
        return None
    later = time >= fit
    start, bottom = rnc1[later][0], rnc1[later].min()
    if bottom > start / 2:
        return None
    return _first(time, later & (rnc1 <= (start + bottom) / 2))


def _logged(run: Trajectory, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Times and values where the observable was logged; both empty where it never was."""
    values = run[name] if name in run else np.full(len(run), np.nan)
    known = np.isfinite(values)
    return run.time[known], values[known]


def _first(time: np.ndarray, hit: np.ndarray) -> float | None:
    return float(time[np.argmax(hit)]) if hit.any() else None
