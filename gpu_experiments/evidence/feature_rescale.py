"""What the rescaled runs say: the same feature norm at collapse, whatever the factor? An equivalence test on log fn*.

fn* is the mean feature norm at the first row of the squared-error phase with nc1_trace_ratio below a level, and beside
it the norm at the end of the schedule, which says whether the features came back at all in the time they had.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gpu_experiments.evidence import _pairs, apart, named
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.judge import Run
from numerics.trajectory import Trajectory

MARGIN = math.log(1.1)
LEVELS = (0.01, 0.05, math.inf)  # the last one: the end of the run


def onset(run: Trajectory, level: float) -> tuple[float, float] | None:
    """(epoch, fn*) at the first second-phase row with nc1_trace_ratio below `level` (inf: the last row), or None."""
    if level == math.inf:
        return float(run["epoch"][-1]), float(run["feature_norm"][-1])
    hit = (run["phase"] == 2) & (run["nc1_trace_ratio"] < level)
    at = int(np.argmax(hit))
    return (float(run["epoch"][at]), float(run["feature_norm"][at])) if hit.any() else None


def findings(runs: Sequence[Run]) -> list[Finding]:
    return [one for suffix, group in apart(runs, "factor").items() for one in named(_returns(group), suffix)]


def _returns(runs: Sequence[Run]) -> list[Finding]:
    arms: dict[float, list[Run]] = {}
    for run in runs:
        arms.setdefault(run.about["config"]["factor"], []).append(run)
    control = arms.pop(1.0, [])
    return [_arm(factor, arm, control, level) for factor, arm in sorted(arms.items()) for level in LEVELS]


def _place(level: float) -> str:
    return "the_end" if level == math.inf else f"nc1_{level:g}"


def _arm(factor: float, arm: Sequence[Run], control: Sequence[Run], level: float) -> Finding:
    bound, claim = f"return_from_{factor:g}_at_{_place(level)}", "feature_norm_attractor"
    found = [(onset(a.trajectory, level), onset(b.trajectory, level)) for a, b in _pairs.paired(arm, control)]
    both = [(a, b) for a, b in found if a and b]
    if len(both) < 2:
        reason = f"{len(both)} seeds reach nc1_trace_ratio < {level:g} in both arms, two are needed"
        return Finding(bound, claim, Agreement.INCONCLUSIVE, None, reason)
    numbers = dict(_pairs.equivalent([math.log(a[1] / b[1]) for a, b in both], MARGIN))
    numbers |= {"norms": [[a[1], b[1]] for a, b in both], "epochs": [[a[0], b[0]] for a, b in both]}
    reason = f"log fn* differs by {numbers['mean']:+.3f} from the control on {len(both)} of {len(found)} seeds"
    return Finding(bound, claim, Agreement(_pairs.decided(numbers)), _pairs.margin_of(numbers), reason, numbers)
