"""Feature norm under cross-entropy against squared error, beside the closed form of the unconstrained-features model,

    (fn_CE / fn_MSE)^2 = log(1/c - K + 1) / (1 - K c)      simplex frames, c = sqrt(n decay_W decay_H)

and beside the depth law fn_CE/fn_MSE = alpha^((L-1)/L) for L balanced linear layers with cross-entropy margin alpha.
Both are inverted: logs do not tell c, so the margin alpha that a measured ratio would need is what can be judged. In
float32 a margin beyond 103 gives no gradient at all (exp(-104) is below the smallest subnormal number).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np

from gpu_experiments import statistics
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.foreign.onset import phases
from gpu_experiments.foreign.runs import Run

RATIO, DEPTH = "loss_ratio_of_feature_norm", "depth_law"
# A softmax probability exp(-alpha) in float32 is exactly zero beyond this margin.
LARGEST_MARGIN = -float(np.log(np.nextafter(np.float32(0), np.float32(1)).astype(np.float64)))


@cache
def _ratio_squared(classes: int, weight: str) -> Callable[[float], complex]:
    """(fn_CE/fn_MSE)^2 as a function of c, from the expressions of theory.objects.ufm at equal decays."""
    from sympy import lambdify, sqrt

    from theory.objects import ufm
    from theory.symbols import K, c, decay_H, decay_W, n

    squared = ufm.optimal_feature_norm_squared / ufm.mse_feature_norm_squared(True, ufm.mse_weights[weight])
    squared = squared.subs({decay_W: c / sqrt(n), decay_H: c / sqrt(n)}).subs({K: classes, n: 1})
    return lambdify(c, squared, modules="cmath")


def closed_form_ratio(c: float, classes: int, weight: str = "paper") -> float:
    """fn_CE/fn_MSE at the optimum of the unconstrained-features model with equal decays; `weight` is the
    normalisation of the squared error ("paper" 1/N, "mean" over all entries).

    NaN beyond the collapse threshold of either loss. Source: arXiv 2105.02375 and 2203.01238, closed forms.
    """
    if not 0 < c < 1 / classes:
        return float("nan")
    value = complex(_ratio_squared(classes, weight)(c))
    return float(np.sqrt(value.real)) if value.real > 0 else float("nan")


def implied_c(ratio: float, classes: int) -> float | None:
    """The c at which the closed form gives `ratio`; None where no c in (1e-300, 1/(2K)) does."""
    from scipy.optimize import brentq

    def excess(log_c: float) -> float:
        return closed_form_ratio(float(np.exp(log_c)), classes) - ratio

    low, high = np.log(1e-300), np.log(0.5 / classes)
    if excess(low) < 0 or excess(high) > 0:
        return None
    return float(np.exp(brentq(excess, low, high)))


def norms(run: Run) -> tuple[float, float] | None:
    """(norm at the last logged time of phase 1, norm at the onset in phase 2 or else at the end of it)."""
    log = run.log
    if "feature_norm" not in log.trajectory:
        return None
    phase, norm = phases(log), log.trajectory["feature_norm"]
    first = np.flatnonzero((phase == 1) & np.isfinite(norm) & (norm > 0))
    second = np.flatnonzero((phase >= 2) & np.isfinite(norm) & (norm > 0))
    if not len(first) or not len(second):
        return None
    at_onset = run.second.feature_norm if run.second is not None else None
    return float(norm[first[-1]]), float(at_onset if at_onset else norm[second[-1]])


def judge_ratio(run: Run) -> Finding:
    """Whether two free factors (head and features) can explain the ratio of one run. Margin: 103 - alpha."""
    bound = "two_factor_loss_ratio"
    pair = norms(run)
    if pair is None:
        return Finding(bound, RATIO, Agreement.OUT_OF_SCOPE, None, "feature norms of both loss phases are not logged")
    ratio = pair[0] / pair[1]
    classes = int(np.nanmax(run.log.trajectory["classes"])) if "classes" in run.log.trajectory else 10
    c = implied_c(ratio, classes)
    numbers = {"norm_cross_entropy": pair[0], "norm_squared_error": pair[1], "ratio": ratio, "implied_margin": ratio**2,
               "implied_c": c, "classes": classes}  # fmt: skip
    words = f"ratio {ratio:.3g} needs a margin of {ratio**2:.3g}"
    if ratio**2 > LARGEST_MARGIN:
        words += (
            f", beyond {LARGEST_MARGIN:.0f} where float32 softmax has no gradient: two free factors do not explain it"
        )
        return Finding(bound, RATIO, Agreement.VIOLATED, LARGEST_MARGIN - ratio**2, words, numbers)
    words += f" or c = {c:.2g}" if c is not None else " and no c in range gives it"
    return Finding(
        bound, RATIO, Agreement.INCONCLUSIVE, LARGEST_MARGIN - ratio**2, f"{words}; c is not logged", numbers
    )


def judge_families(grouped: Mapping[str, Sequence[Run]]) -> Finding:
    """Two free factors over families of seeds: VIOLATED where every seed of some family needs a margin out of reach.
    Margin: the number of families in reach minus those out of it."""
    bound = "two_factor_loss_ratio_everywhere"
    told: dict[str, list[Finding]] = {}
    for family, runs in grouped.items():
        found = [one for one in map(judge_ratio, runs) if one.agreement is not Agreement.OUT_OF_SCOPE]
        if found:
            told[family] = found
    if not told:
        return Finding(bound, RATIO, Agreement.OUT_OF_SCOPE, None, "no run logs the norm in both loss phases")
    out = [family for family, found in told.items() if all(one.agreement is Agreement.VIOLATED for one in found)]
    ratios = {family: [one.numbers["ratio"] for one in found] for family, found in told.items()}
    inside = {family: values for family, values in ratios.items() if family not in out}
    words = f"{len(out)} of {len(told)} families need margins that float32 softmax cannot train"
    if inside:
        words += "; in reach: " + ", ".join(f"{name} {min(v):.3g} to {max(v):.3g}" for name, v in inside.items())
    numbers = {
        "ratios": ratios,
        "implied_c": {name: [one.numbers["implied_c"] for one in told[name]] for name in inside},
    }
    agreement = Agreement.VIOLATED if out else Agreement.INCONCLUSIVE
    return Finding(bound, RATIO, agreement, float(len(inside) - len(out)), words, numbers)


def judge_depth_law(by_depth: Mapping[int, Sequence[Run]], bound: str) -> Finding:
    """Whether alpha = ratio^(L/(L-1)), L = depth + 1, is one number over depths: Kruskal-Wallis over depths, and the
    largest ratio of two depths' geometric means against 1.25 (equivalence, both ways)."""
    margins = {}
    for depth, runs in sorted(by_depth.items()):
        ratios = [pair[0] / pair[1] for pair in map(norms, runs) if pair is not None]
        if ratios:
            margins[depth] = [ratio ** ((depth + 1) / depth) for ratio in ratios]
    if len(margins) < 2 or sum(map(len, margins.values())) <= len(margins):
        reason = "needs runs of two depths or more with feature norms in both loss phases"
        return Finding(bound, DEPTH, Agreement.OUT_OF_SCOPE, None, reason)
    logs = [np.log(values) for values in margins.values()]
    test, exact = statistics.kruskal_wallis(logs), statistics.kruskal_permutation(logs)
    means = {depth: float(np.exp(np.mean(np.log(values)))) for depth, values in margins.items()}
    spread = max(means.values()) / min(means.values())
    same = [statistics.equivalence(a, b, np.log(1.25)).p for i, a in enumerate(logs) for b in logs[:i]
            if min(len(a), len(b)) > 1]  # fmt: skip
    numbers = {"implied_margin_by_depth": margins, "means": means, "largest_over_smallest": spread,
               "kruskal": statistics.as_dict(test), "permutation": statistics.as_dict(exact),
               "equivalence_p_worst_pair": max(same) if same else None}  # fmt: skip
    shown = ", ".join(f"depth {depth}: {value:.3g}" for depth, value in means.items())
    words = f"implied cross-entropy margins {shown}; exact permutation p = {exact.p:.3g}"
    if exact.p < 0.05:
        agreement = Agreement.VIOLATED
    elif same and max(same) < 0.05:
        agreement = Agreement.RESPECTED
    else:
        agreement = Agreement.INCONCLUSIVE
        words += "; no difference found and no equivalence within 25 % either"
    return Finding(bound, DEPTH, agreement, 1.25 - spread, f"{words} (margin: 1.25 - largest/smallest)", numbers)
