"""What the two-phase runs say: the feature norm at collapse, its spread over seeds, and what it depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gpu_experiments import statistics
from gpu_experiments.evidence import by_setting
from gpu_experiments.evidence.feature_rescale import onset
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.judge import Run

STRICT, RELAXED, SPREAD, TOLERANCE = 0.01, 0.05, 0.08, 0.1
NEEDED = ("head_scale", "collapsed_norm", "feature_norm_rms", "classes", "relative_flatness", "nc1_trace_ratio", "nc3")


def findings(runs: Sequence[Run]) -> list[Finding]:
    groups = by_setting(runs)
    each = [part for label, group in groups.items() for part in (concentrates(label, group), closed_form(label, group))]
    return [*each, regimes(runs), loss_ratio(runs)]


def concentrates(label: str, group: Sequence[Run]) -> Finding:
    """RESPECTED where the upper end of the interval of the coefficient of variation is below 8 %."""
    bound, claim = f"spread[{label}]", "threshold_concentrates"
    level = STRICT if all(onset(run.trajectory, STRICT) for run in group) else RELAXED
    found = [at for run in group if (at := onset(run.trajectory, level))]
    numbers = {"level": level, "norms": [norm for _, norm in found], "epochs": [epoch for epoch, _ in found]}
    numbers["least_nc1"] = [float(run.trajectory["nc1_trace_ratio"].min()) for run in group]
    if len(found) < 2:
        reason = f"{len(found)} of {len(group)} runs reach nc1_trace_ratio < {level:g}"
        return Finding(bound, claim, Agreement.INCONCLUSIVE, None, reason, numbers)
    spread = statistics.coefficient_of_variation(numbers["norms"])
    numbers |= {
        "variation": statistics.as_dict(spread),
        "mean": statistics.as_dict(statistics.mean_interval(numbers["norms"])),
    }
    reason = (
        f"fn* = {np.mean(numbers['norms']):.3f} at nc1_trace_ratio < {level:g}, variation {spread.value:.1%} "
        f"[{spread.low:.1%}, {spread.high:.1%}] over {len(found)} of {len(group)} seeds"
    )
    inside, outside = spread.high < SPREAD, spread.low > SPREAD
    agreement = Agreement.RESPECTED if inside else Agreement.VIOLATED if outside else Agreement.INCONCLUSIVE
    return Finding(bound, claim, agreement, SPREAD - spread.high, reason, numbers)


def closed_form(label: str, group: Sequence[Run]) -> Finding:
    """Measured over predicted relative flatness at the end: RESPECTED within 10 %, else OUT_OF_SCOPE with the defect,
    because the closed form is one of exact collapse (the two-sided bound of near_collapse_flatness judges the rest).

    The prediction is the exact value at collapse from measured head scale, collapsed norm and feature norm:
    lambda^2 M^2 E||phi||^2 K q (2 + (K-2) q)/(1 + (K-1) q)^2, q = exp(-lambda M^2 K/(K-1)). Under squared error the
    logit gap lambda M^2 K/(K-1) of the free-features optimum tends to 1 as the decay goes to 0; it is listed beside.
    """
    bound, claim = f"kappa_at_collapse[{label}]", "flatness_at_collapse"
    ends = [{name: float(run.trajectory[name][-1]) for name in NEEDED} for run in group]
    numbers = {"nc1_trace_ratio": [end["nc1_trace_ratio"] for end in ends], "nc3": [end["nc3"] for end in ends]}
    numbers["ratio"] = [end["relative_flatness"] / predicted_flatness(end) for end in ends]
    numbers["logit_gap"] = [_gap(end) for end in ends]
    worst = max(abs(float(np.log(ratio))) for ratio in numbers["ratio"])
    reason = (
        f"measured over predicted kappa {np.mean(numbers['ratio']):.3f}, logit gap {np.mean(numbers['logit_gap']):.3f}"
    )
    agreement = Agreement.RESPECTED if worst < TOLERANCE else Agreement.OUT_OF_SCOPE
    if agreement is Agreement.OUT_OF_SCOPE:
        reason += f": collapse is not exact, nc1_trace_ratio up to {max(numbers['nc1_trace_ratio']):.3g}"
    return Finding(bound, claim, agreement, TOLERANCE - worst, reason, numbers)


def _gap(end: Mapping[str, float]) -> float:
    return end["head_scale"] * end["collapsed_norm"] ** 2 * end["classes"] / (end["classes"] - 1)


def predicted_flatness(end: Mapping[str, float]) -> float:
    """The exact relative flatness at collapse, from the observables in NEEDED."""
    classes, q = end["classes"], float(np.exp(-_gap(end)))
    scale = (end["head_scale"] * end["collapsed_norm"] * end["feature_norm_rms"]) ** 2
    return scale * classes * q * (2 + (classes - 2) * q) / (1 + (classes - 1) * q) ** 2


def regimes(runs: Sequence[Run]) -> Finding:
    """Time to collapse and least nc1_trace_ratio against weight decay, all else at its most common value."""
    table: dict[float, list[tuple[float | None, float]]] = {}
    for run in _only_varying(runs, "weight_decay"):
        at = onset(run.trajectory, STRICT)
        least = float(run.trajectory["nc1_trace_ratio"][run.trajectory["phase"] == 2].min())
        table.setdefault(run.about["config"]["weight_decay"], []).append((at[0] if at else None, least))
    share = {decay: sum(epoch is not None for epoch, _ in rows) / len(rows) for decay, rows in sorted(table.items())}
    words = ", ".join(f"{decay:g}: {part:.0%} collapse" for decay, part in share.items())
    shares = list(share.values())
    enough = min(len(rows) for rows in table.values()) > 1
    words += "" if enough else ", with a single seed somewhere"
    prevented = enough and len(shares) > 1 and max(shares) == 1 and shares[-1] == 0
    agreement = Agreement.RESPECTED if prevented else Agreement.INCONCLUSIVE
    numbers = {f"{decay:g}": rows for decay, rows in sorted(table.items())}
    return Finding("largest_decay_prevents", "weight_decay_regimes", agreement, None, words, numbers)


def loss_ratio(runs: Sequence[Run]) -> Finding:
    """Feature norm at the end of matched single-loss runs, cross-entropy over squared error."""
    bound, claim = "matched_losses", "loss_ratio_of_feature_norm"
    ends: dict[str, dict[int, float]] = {"cross_entropy": {}, "mse": {}}
    for run in runs:
        config = run.about["config"]
        if config["first_loss"] == config["second_loss"]:
            ends[config["first_loss"]][run.about["seed"]] = float(run.trajectory["feature_norm"][-1])
    shared = sorted(ends["cross_entropy"].keys() & ends["mse"].keys())
    if len(shared) < 2:
        return Finding(
            bound, claim, Agreement.INCONCLUSIVE, None, "fewer than two seeds with both single-loss controls"
        )
    ratios = [ends["cross_entropy"][seed] / ends["mse"][seed] for seed in shared]
    estimate = statistics.mean_interval(ratios)
    reason = f"feature norm under cross-entropy over squared error, same network and decay: {estimate.value:.2f} "
    reason += f"[{estimate.low:.2f}, {estimate.high:.2f}] over {len(shared)} seeds"
    return Finding(
        bound, claim, Agreement.INCONCLUSIVE, None, reason, {"ratios": ratios} | statistics.as_dict(estimate)
    )


def _only_varying(runs: Sequence[Run], key: str) -> list[Run]:
    """Runs that agree with the commonest setting in all but `key`."""

    def rest(run: Run) -> str:
        return str({name: value for name, value in run.about["config"].items() if name != key})

    kinds = [rest(run) for run in runs]
    return [run for run, kind in zip(runs, kinds, strict=True) if kind == max(kinds, key=kinds.count)]
