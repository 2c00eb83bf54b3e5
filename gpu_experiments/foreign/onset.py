"""Onset of collapse in a log: the first logged time at which NC1 is below a threshold (arXiv 2604.00230: 0.01 strict,
0.05 relaxed), and the feature norm there, fn* = fn(T_NC).

Two rules are in use and they disagree: the first time at all, and the first time in the second loss phase (squared
error after cross-entropy). Both are reported. Features that are all zero have NC1 = 0/0 and are no collapse.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from gpu_experiments.foreign.errors import LogError
from gpu_experiments.foreign.logs import Log

STRICT, RELAXED = 0.01, 0.05


@dataclass(frozen=True, slots=True)
class Onset:
    """`epoch` in the log's own time unit; `phase` is None where the log tells none, `feature_norm` where it was not
    logged there."""

    epoch: float
    phase: int | None
    threshold: float
    feature_norm: float | None


def as_dict(found: Onset | None) -> dict | None:
    return None if found is None else asdict(found)


def check_threshold(threshold: float) -> float:
    if not (np.isfinite(threshold) and threshold > 0):
        raise LogError(f"onset threshold is {threshold}, must be > 0 and finite; 0.01 is strict, 0.05 relaxed")
    return float(threshold)


def find_onset(log: Log, threshold: float, second_phase: bool = False) -> Onset | None:
    """First logged time with NC1 < threshold, in loss phase 2 or later where `second_phase` is set; None where it never
    comes (or where the log has no NC1, or `second_phase` is asked of a log that tells no phases)."""
    below = _below(log, threshold)
    phase = phases(log)
    if second_phase:
        below &= np.nan_to_num(phase, nan=0.0) >= 2
    if not below.any():
        return None
    at = int(np.argmax(below))
    norm = log.trajectory["feature_norm"][at] if "feature_norm" in log.trajectory else np.nan
    return Onset(
        float(log.trajectory.time[at]),
        int(phase[at]) if np.isfinite(phase[at]) else None,
        threshold,
        float(norm) if np.isfinite(norm) else None,
    )


def unreadable_before(log: Log, found: Onset | None) -> float | None:
    """The first time before the onset (or at all) whose NC1 could not be read: the onset may in truth be that early."""
    times = log.trajectory.time[log.unreadable]
    if found is not None:
        times = times[times < found.epoch]
    return float(times[0]) if len(times) else None


def phases(log: Log) -> np.ndarray:
    """The loss phase at each time, shape (T,), NaN where the log does not tell it."""
    if "loss_phase" in log.trajectory:
        return log.trajectory["loss_phase"]
    return np.full(len(log.trajectory), np.nan)


def up_to_onset(log: Log, found: Onset) -> np.ndarray:
    """Mask of the times in the phase of the onset, up to and with it, at which the feature norm is logged."""
    phase = phases(log)
    same = phase == found.phase if found.phase is not None else np.ones(len(phase), dtype=bool)
    return same & (log.trajectory.time <= found.epoch) & np.isfinite(log.trajectory["feature_norm"])


def _below(log: Log, threshold: float) -> np.ndarray:
    if log.nc1 is None:
        return np.zeros(len(log.trajectory), dtype=bool)
    with np.errstate(invalid="ignore"):
        below = log.trajectory[log.nc1] < threshold
    if "feature_norm" in log.trajectory:
        below &= log.trajectory["feature_norm"] != 0
    return below
