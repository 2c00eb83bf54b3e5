"""Where collapsed networks end, measured over predicted; only runs that meet the assumptions are judged.

norm        collapsed_norm over sqrt(u*(c) b/a), c = weight decay x head_scale a/b, the measured balance of head and
            features; u* the logit of the unconstrained-features model for the loss (gpu_experiments.equilibrium)
flatness    relative_flatness over its value at that equilibrium
kappa       relative_flatness over its exact value at collapse with the measured head scale and norms, no equilibrium

A defect d of an assumption moves a prediction by a share of order d; limits of 0.05 go with a tolerance of 10 %.
Flatness goes like the square of the norms, so its tolerance is 20 %, and it needs equal angles too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gpu_experiments import equilibrium, statistics
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.judge import Run

COLLAPSED = {"nc1_trace_ratio": 0.05, "nc3": 0.05}
STATIONARY = COLLAPSED | {"head_stationarity": 0.1}


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """A prediction: measured over predicted from the last row of a run, what has to be small there, how near."""

    bound: str
    claim: str
    ratio: Callable[[Mapping[str, float]], float]
    limits: Mapping[str, float]
    tolerance: float


def measured_logit(end: Mapping[str, float]) -> float:
    """a b: head scale times squared norm of the centred class means."""
    return end["head_scale"] * end["collapsed_norm"] ** 2


FORMS = (
    ClosedForm(
        "norm_at_equilibrium",
        "feature_norm_equilibrium",
        lambda end: end["norm_over_equilibrium"],
        STATIONARY,
        0.1,
    ),
    ClosedForm(
        "flatness_at_equilibrium",
        "flatness_at_equilibrium",
        lambda end: end["flatness_over_equilibrium"],
        STATIONARY | {"nc2": 0.2},
        0.2,
    ),
    ClosedForm(
        "kappa_at_collapse",
        "flatness_at_collapse",
        lambda end: end["relative_flatness"] / equilibrium.flatness(end, measured_logit(end)),
        COLLAPSED | {"nc2": 0.2},
        0.2,
    ),
)


def judge(form: ClosedForm, groups: Mapping[str, Sequence[Run]]) -> Finding:
    """RESPECTED where every run in scope ends within the tolerance, VIOLATED where the 95 % interval of the mean of
    some setting's runs lies outside it, INCONCLUSIVE between; OUT_OF_SCOPE with the smallest defects else."""
    inside: dict[str, list[float]] = {}
    nearest: dict[str, float] = {}
    total = 0
    for label, group in groups.items():
        for run in group:
            total += 1
            end = {name: float(values[-1]) for name, values in run.trajectory.observables.items()}
            defects = {name: end.get(name, np.nan) for name in form.limits}
            if all(defects[name] <= limit for name, limit in form.limits.items()):
                if np.isfinite(value := form.ratio(end)):
                    inside.setdefault(label, []).append(value)
            elif not nearest or _excess(defects, form.limits) < _excess(nearest, form.limits):
                nearest = defects
    if not inside:
        shown = ", ".join(f"{name} is {nearest[name]:.3g}, must be <= {limit}" for name, limit in form.limits.items())
        return Finding(form.bound, form.claim, Agreement.OUT_OF_SCOPE, None, f"no run is in scope; nearest: {shown}")
    worst = max(abs(np.log(value)) for values in inside.values() for value in values)
    beyond = [label for label, values in inside.items() if _outside(values, np.log1p(form.tolerance))]
    shown = ", ".join(f"{label}: {np.mean(values):.3f} (n={len(values)})" for label, values in inside.items())
    count = sum(map(len, inside.values()))
    reason = f"measured over predicted at the end, {count} of {total} runs in scope: {shown}"
    margin = float(np.log1p(form.tolerance) - worst)
    agreement = Agreement.RESPECTED if margin >= 0 else Agreement.VIOLATED if beyond else Agreement.INCONCLUSIVE
    return Finding(form.bound, form.claim, agreement, margin, reason, {"ratios": inside, "limits": dict(form.limits)})


def _excess(defects: Mapping[str, float], limits: Mapping[str, float]) -> float:
    return max(float(np.nan_to_num(defects[name] / limit, nan=np.inf)) for name, limit in limits.items())


def _outside(ratios: Sequence[float], tolerance: float) -> bool:
    if len(ratios) < 2:
        return False
    found = statistics.mean_interval(np.log(ratios))
    return bool(found.low > tolerance or found.high < -tolerance)
