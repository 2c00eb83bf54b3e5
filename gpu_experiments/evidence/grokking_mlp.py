"""What the grokking runs say: does the variance fall when the accuracy rises, and does weight decay set the clock?

Judged for each data set and network by itself, over its weight decays.

T                  first time at which the test accuracy is half way from chance to its end
ratio of times     t(half fall of a collapse metric, in its logarithm) / T
delay              from the fit to nine tenths of the test accuracy at the end; 0 where that comes first
clock              delay eta lambda = const,    against the logarithmic competitor
                   delay eta lambda = const log(||theta_0||^2 / ||theta_T||^2);    both also with T for the delay
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gpu_experiments import statistics
from gpu_experiments.clocks import two_clocks
from gpu_experiments.evidence import apart, by_setting, named
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.judge import Run
from numerics.trajectory import Trajectory

FACTOR = 2.0
METRICS = ("rnc1", "rnc1_mean_norm", "nc1_trace_ratio", "nc1", "superfluous_information")


def findings(runs: Sequence[Run]) -> list[Finding]:
    found = []
    for suffix, grid in apart(runs, "weight_decay").items():
        groups = by_setting(sorted(grid, key=lambda run: (-run.about["config"]["weight_decay"], run.about["seed"])))
        told = [synchrony(groups, metric) for metric in METRICS]
        found += named([*told, *(delay_law(groups, kind) for kind in ("delay", "half_rise"))], suffix)
    return found


def half_rise(run: Trajectory) -> float | None:
    """First time at which the test accuracy is half way from chance to its mean over the last five rows."""
    end, chance = float(run["test_accuracy"][-5:].mean()), 1 / run["classes"][-1]
    return run.first_time("test_accuracy", (chance + end) / 2, "above") if end > 2 * chance else None


def half_fall(run: Trajectory, metric: str, since: float | None) -> float | None:
    """First time from `since` on (None: from its peak) at which the metric is half way down, in its logarithm, from
    there to its least value."""
    later = run.time >= (run.time[np.nanargmax(run[metric])] if since is None else since)
    values = np.log(run[metric][later])
    if len(values) < 3 or not np.isfinite(values).all() or values.min() > values[0] - math.log(2):
        return None
    return float(run.time[later][np.argmax(values <= (values[0] + values.min()) / 2)])


def synchrony(groups: dict[str, list[Run]], metric: str) -> Finding:
    """RESPECTED where on most seeds of every weight decay the two times are within a factor 2 of each other."""
    bound, claim = f"synchronous_{metric}", "variance_drop_is_synchronous"
    ratios: dict[str, list[float]] = {}
    for label, group in groups.items():
        for run in group:
            fit, rise = two_clocks(run.trajectory)["fit"], half_rise(run.trajectory)
            if fit is None or not rise or metric not in run.trajectory.observables:
                continue
            fall = half_fall(run.trajectory, metric, min(fit, rise))
            if fall is not None:
                ratios.setdefault(label, []).append(fall / rise)
    if not ratios:
        return Finding(bound, claim, Agreement.INCONCLUSIVE, None, "no run has both times")
    most = {label: sum(1 / FACTOR <= r <= FACTOR for r in found) * 2 > len(found) for label, found in ratios.items()}
    worst = max(abs(math.log(r)) for found in ratios.values() for r in found)
    agreement = Agreement.RESPECTED if all(most.values()) else Agreement.VIOLATED
    words = ", ".join(f"{label}: {np.median(found):.2f} (n={len(found)})" for label, found in ratios.items())
    reason = f"median time of the half fall over time of the half rise of test accuracy, {words}"
    return Finding(bound, claim, agreement, math.log(FACTOR) - worst, reason, {"ratios": ratios})


def delay_law(groups: dict[str, list[Run]], kind: str = "delay") -> Finding:
    """The exponent in the clock 1/(eta lambda), by least squares, of the delay from the fit to the generalisation (the
    claim) or of the half rise T ("half_rise", which needs no fit); 1 is the claim. Needs three weight decays.

    The competitor's constant is 1/2 for weights that do nothing but decay, whatever T is: a small variation of it is an
    identity, not evidence. What it predicts beyond that is one norm at T for every weight decay, which is listed.
    """
    from scipy import stats

    bound, claim = f"{kind}_exponent", "grokking_delay_law"
    points = [point for group in groups.values() for run in group if (point := _point(run, kind)) is not None]
    delayed = [point for point in points if point[1] > 0]
    numbers: dict[str, Any] = {"points": points}
    none = f"; no delay at all in {len(points) - len(delayed)} runs" if len(delayed) < len(points) else ""
    if len({clock for clock, *_ in delayed}) < 3:
        reason = f"fewer than three weight decays whose runs generalise late{none}"
        return Finding(bound, claim, Agreement.INCONCLUSIVE, None, reason, numbers)
    clock, time, norms = (np.array(column) for column in zip(*delayed, strict=True))
    line = stats.linregress(np.log(clock), np.log(time))
    half = float(stats.t.ppf(0.975, len(time) - 2) * line.stderr)
    constants = {
        "proportional": statistics.coefficient_of_variation(time / clock).value,
        "logarithmic": statistics.coefficient_of_variation(time / (clock * norms)).value if norms.min() > 0 else None,
    }
    inside = line.slope - half <= 1 <= line.slope + half
    reason = (
        f"{kind.replace('_', ' ')} ~ clock^{line.slope:.3f} +- {half:.3f} (95 %, {len(time)} runs){none}; variation of "
        "the constant: " + ", ".join(f"{law} {value:.2f}" for law, value in constants.items() if value is not None)
        + f"; log of the squared norm lost until then runs from {norms.min():.2f} to {norms.max():.2f}"
    )  # fmt: skip
    numbers |= {"exponent": line.slope, "half_width": half, "r_squared": line.rvalue**2, "variation": constants}
    agreement = Agreement.RESPECTED if inside and not none else Agreement.VIOLATED
    return Finding(bound, claim, agreement, half - abs(line.slope - 1), reason, numbers)


def _point(run: Run, kind: str) -> tuple[float, float, float] | None:
    """(clock, time of `kind`, log of the ratio of squared norms at the start and at the half rise or generalisation);
    None where the run does not fit and generalise."""
    config, rise, clocks = run.about["config"], half_rise(run.trajectory), two_clocks(run.trajectory)
    if not rise or run.trajectory["test_accuracy"][-1] < 0.5 or clocks["delay"] is None:
        return None
    at, time = (rise, rise) if kind == "half_rise" else (clocks["generalise"], clocks["delay"])
    norm = np.interp([0, at], run.trajectory.time, run.trajectory["parameter_norm"])
    return 1 / (config["learning_rate"] * config["weight_decay"]), time, float(2 * np.log(norm[0] / norm[1]))
