"""What the runs with and without the collapse penalty say: does generalisation follow collapse?

Equivalence margin 0.02 of test accuracy, paired over seeds; the penalty must have moved the collapse it acts on.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpu_experiments.evidence import _pairs
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.judge import Run

MARGIN, MOVED = 0.02, 1.2


def findings(runs: Sequence[Run]) -> list[Finding]:
    arms: dict[float, list[Run]] = {}
    for run in runs:
        arms.setdefault(run.about["config"]["strength"], []).append(run)
    control = arms.pop(0.0, [])
    return [_arm(strength, arm, control) for strength, arm in sorted(arms.items())]


def _arm(strength: float, arm: Sequence[Run], control: Sequence[Run]) -> Finding:
    bound, claim = f"accuracy_at_strength_{strength:g}", "collapse_not_needed"
    pairs = _pairs.paired(arm, control)
    if not pairs:
        return Finding(bound, claim, Agreement.INCONCLUSIVE, None, "no seed is shared with strength 0")
    last = [(a.trajectory, b.trajectory) for a, b in pairs]
    numbers = dict(_pairs.equivalent([a["test_accuracy"][-1] - b["test_accuracy"][-1] for a, b in last], MARGIN))
    moved = [float(a["cdnv"][-1] / b["cdnv"][-1]) for a, b in last]
    numbers |= {"cdnv_ratio": moved, "train_accuracy": [float(a["train_accuracy"][-1]) for a, _ in last]}
    ratio = float(np.exp(np.mean(np.log(moved))))
    reason = f"test accuracy differs by {numbers['mean']:+.4f} ({len(pairs)} seeds), cdnv by the factor {ratio:.2f}"
    if not (ratio > MOVED or ratio < 1 / MOVED):
        return Finding(
            bound, claim, Agreement.OUT_OF_SCOPE, None, reason + ": the penalty did not move collapse", numbers
        )
    if min(numbers["train_accuracy"]) < 0.99:
        return Finding(bound, claim, Agreement.OUT_OF_SCOPE, None, reason + ": it does not fit its data", numbers)
    return Finding(bound, claim, Agreement(_pairs.decided(numbers)), _pairs.margin_of(numbers), reason, numbers)
