"""How sharp the flatness bound of nearly collapsed networks is along real runs, and where it is vacuous.

The bound over kappa is 1 at exact collapse. It is vacuous where it equals its ceiling, (1 - 1/K) D_+ E||phi||^2/2: that
is where every p_y is 1/K, and nowhere else (near_collapse_flatness).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.judge import Run
from numerics.trajectory import Trajectory

BOUND, CLAIM, ROUNDING = "near_collapse_sharpness", "near_collapse_flatness", 1e-9
NEEDED = {"flatness_collapse_upper", "relative_flatness", "feature_norm_rms", "head_diameter", "classes"}


def sharpness(runs: Sequence[Run]) -> list[Finding]:
    """Bound over kappa at the start, over all times and at the end, and the bound's largest share of its ceiling.

    Times at which kappa underflows are left out; no finding where no run logs what is needed."""
    logged = [run.trajectory for run in runs if set(run.trajectory.observables) >= NEEDED]
    ratios = [ratio for ratio in map(_ratio, logged) if len(ratio)]
    if not ratios:
        return []
    together = np.concatenate(ratios)
    share = max(float(_share_of_ceiling(one).max()) for one in logged)
    numbers = {
        "start": float(np.median([ratio[0] for ratio in ratios])),
        "median": float(np.median(together)),
        "end": float(np.median([ratio[-1] for ratio in ratios])),
        "least": float(together.min()),
        "most": float(together.max()),
        "share_of_ceiling": share,
        "runs": len(ratios),
    }
    reason = (
        "upper bound over kappa: {start:.3g} at the start, {median:.3g} over all times, {end:.3g} at the end (medians "
        "over {runs} runs), from {least:.3g} to {most:.3g}; it reaches at most {share_of_ceiling:.2%} of its ceiling"
    ).format(**numbers)
    inside = together.min() >= 1 - ROUNDING and share <= 1 + ROUNDING
    margin = min(float(np.log(together.min())), 1 - share)
    return [Finding(BOUND, CLAIM, Agreement.RESPECTED if inside else Agreement.VIOLATED, margin, reason, numbers)]


def _ratio(run: Trajectory) -> np.ndarray:
    known = run["relative_flatness"] > np.finfo(float).tiny
    return run["flatness_collapse_upper"][known] / run["relative_flatness"][known]


def _share_of_ceiling(run: Trajectory) -> np.ndarray:
    ceiling = (run["feature_norm_rms"] * run["head_diameter"]) ** 2 * (1 - 1 / run["classes"]) / 2
    return np.divide(run["flatness_collapse_upper"], ceiling, out=np.zeros(len(ceiling)), where=ceiling > 0)
