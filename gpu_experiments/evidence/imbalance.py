"""What the imbalanced runs say: does the head end nearer to SELI than to the simplex frame?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpu_experiments import statistics
from gpu_experiments.evidence import by_setting
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.judge import Run

COLLAPSED = 0.1  # the geometry is one of collapsed features


def findings(runs: Sequence[Run]) -> list[Finding]:
    groups = by_setting(runs)
    return [_nearer(label, group, part) for label, group in groups.items() for part in ("head", "means")]


def _nearer(label: str, group: Sequence[Run], part: str) -> Finding:
    """RESPECTED where on most seeds the distance to SELI ends as the smaller one; OUT_OF_SCOPE for equal classes."""
    bound, claim = f"nearer_to_seli_{part}[{label}]", "imbalanced_geometry"
    ends = [
        (run.trajectory[f"seli_distance_{part}"][-1], run.trajectory[f"simplex_distance_{part}"][-1]) for run in group
    ]
    gaps = [float(simplex - seli) for seli, simplex in ends]
    numbers = {"seli": [float(a) for a, _ in ends], "simplex": [float(b) for _, b in ends]}
    numbers["gap"] = statistics.as_dict(statistics.mean_interval(gaps))
    numbers["minority_cosine"] = [float(run.trajectory["minority_cosine"][-1]) for run in group]
    means = np.mean(numbers["seli"]), np.mean(numbers["simplex"])
    reason = f"distance to SELI {means[0]:.3f}, to the simplex {means[1]:.3f} (n={len(ends)})"
    loose = float(np.median([run.trajectory["nc1_trace_ratio"][-1] for run in group]))
    numbers["nc1_trace_ratio"] = loose
    if loose > COLLAPSED:
        reason += f": features are not collapsed, nc1_trace_ratio is {loose:.3g}"
        return Finding(bound, claim, Agreement.OUT_OF_SCOPE, None, reason, numbers)
    if max(abs(gap) for gap in gaps) < 0.01:
        return Finding(
            bound, claim, Agreement.OUT_OF_SCOPE, None, reason + ": the two frames do not differ here", numbers
        )
    nearer = sum(gap > 0 for gap in gaps) * 2 > len(gaps)
    return Finding(bound, claim, Agreement.RESPECTED if nearer else Agreement.VIOLATED, min(gaps), reason, numbers)
