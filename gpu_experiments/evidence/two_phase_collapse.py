"""What the two-phase runs say: the feature norm at collapse, its spread over seeds, and what it depends on.

Runs of the protocol (cross-entropy, then squared error) are also put to the rules by which published logs are judged:
depth, activation, width, lead time of the threshold, depth law, and whether two free factors explain the loss ratio.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gpu_experiments import statistics
from gpu_experiments.evidence import _closed_forms, _logs, by_setting
from gpu_experiments.evidence.feature_rescale import onset
from gpu_experiments.foreign import loss_ratio as logged_loss_ratio
from gpu_experiments.foreign import prediction, sweeps
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.judge import Run

STRICT, RELAXED, SPREAD = 0.01, 0.05, 0.08
PROTOCOL = ("cross_entropy", "mse")


def losses(run: Run) -> tuple[str, str]:
    return run.about["config"]["first_loss"], run.about["config"]["second_loss"]


def findings(runs: Sequence[Run]) -> list[Finding]:
    groups = by_setting(runs)
    protocol = {label: group for label, group in groups.items() if losses(group[0]) == PROTOCOL}
    found = [concentrates(label, group) for label, group in protocol.items()]
    found += [_closed_forms.judge(form, groups) for form in _closed_forms.FORMS]
    found += [matched_losses(runs)]
    if protocol:
        kept = [run for group in protocol.values() for run in group]
        bent = {label: group for label, group in protocol.items() if not _linear_below_the_head(group[0])}
        found += [pooled_spread(protocol), *regimes(kept), *as_published(bent)]
    return found


def _linear_below_the_head(run: Run) -> bool:
    """A network of another kind: no published log has one."""
    return run.about["config"]["activation"].endswith("_linear")


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


def pooled_spread(groups: Mapping[str, Sequence[Run]]) -> Finding:
    """One variation for all settings whose seeds all collapse, from the residuals about each setting's mean log fn*."""
    bound, claim = "spread_pooled", "threshold_concentrates"
    logs = {}
    for label, group in groups.items():
        found = [onset(run.trajectory, STRICT) for run in group]
        if len(found) > 1 and all(found):
            logs[label] = np.log([norm for _, norm in found])
    if not logs:
        reason = f"no setting in which two seeds reach nc1_trace_ratio < {STRICT:g}"
        return Finding(bound, claim, Agreement.INCONCLUSIVE, None, reason)
    spread = statistics.pooled_variation(list(logs.values()))
    numbers = {"settings": list(logs), "variation": statistics.as_dict(spread)}
    reason = (
        f"variation of fn* within a setting {spread.value:.1%} [{spread.low:.1%}, {spread.high:.1%}], pooled over "
        f"{len(logs)} settings and {spread.n} runs with nc1_trace_ratio < {STRICT:g}"
    )
    inside, outside = spread.high < SPREAD, spread.low > SPREAD
    agreement = Agreement.RESPECTED if inside else Agreement.VIOLATED if outside else Agreement.INCONCLUSIVE
    return Finding(bound, claim, agreement, SPREAD - spread.high, reason, numbers)


def regimes(runs: Sequence[Run]) -> list[Finding]:
    """Epoch of collapse and least nc1_trace_ratio against weight decay, all else at its most common value; beside it
    the share of the theory's threshold, rho = K^2 c/2 with the measured c, at which collapse would end for good."""
    alike = _only_varying(runs, "weight_decay")
    table: dict[float, list[tuple[float | None, float]]] = {}
    for run in alike:
        at = onset(run.trajectory, STRICT)
        least = float(run.trajectory["nc1_trace_ratio"][run.trajectory["phase"] == 2].min())
        table.setdefault(run.about["config"]["weight_decay"], []).append((at[0] if at else None, least))
    table = dict(sorted(table.items()))
    share = {decay: sum(epoch is not None for epoch, _ in rows) / len(rows) for decay, rows in table.items()}
    words = ", ".join(f"{decay:g}: {_regime(rows)}" for decay, rows in table.items())
    enough = len(table) > 1 and min(len(rows) for rows in table.values()) > 1
    words += "" if enough else ", with a single seed or setting somewhere"
    shares, best = list(share.values()), max(share, key=share.get)
    numbers: dict[str, Any] = {f"{decay:g}": rows for decay, rows in table.items()}
    if (reached := _threshold_share(alike)) is not None:
        numbers["threshold_share"] = reached
        words += f"; the largest decay is at {reached:.2g} of the theory's threshold"
    prevented = enough and max(shares) == 1 and shares[-1] == 0
    waited = enough and best != next(iter(table)) and _later(next(iter(table.values())), table[best])
    claim, told = "weight_decay_regimes", {True: Agreement.RESPECTED, False: Agreement.INCONCLUSIVE}
    return [
        Finding("largest_decay_prevents", claim, told[bool(prevented)], None, words, numbers),
        Finding("smallest_decay_is_slow", claim, told[bool(waited)], None, words, numbers),
    ]


def _threshold_share(runs: Sequence[Run]) -> float | None:
    """rho = K^2 c/2 at the end of the runs with the largest decay (1 is the threshold); None where c is not logged."""
    largest = max(run.about["config"]["weight_decay"] for run in runs)
    ends = [run.trajectory for run in runs if run.about["config"]["weight_decay"] == largest]
    if not all("coupled_decay" in end for end in ends):
        return None
    return float(np.mean([end["classes"][-1] ** 2 * end["coupled_decay"][-1] / 2 for end in ends]))


def _regime(rows: Sequence[tuple[float | None, float]]) -> str:
    epochs = [epoch for epoch, _ in rows if epoch is not None]
    share = f"{len(epochs)} of {len(rows)} collapse"
    least = np.median([least for _, least in rows])
    return f"{share} at epoch {np.mean(epochs):.0f}" if epochs else f"{share} (nc1_trace_ratio {least:.2g} at best)"


def _later(slow: Sequence[tuple[float | None, float]], fast: Sequence[tuple[float | None, float]]) -> bool:
    """Whether every seed of `slow` collapses later (or never) than every seed of `fast`."""
    return min(np.inf if at is None else at for at, _ in slow) > max(np.inf if at is None else at for at, _ in fast)


def matched_losses(runs: Sequence[Run]) -> Finding:
    """Feature norm at the end of matched single-loss runs, cross-entropy over squared error, beside what each loss's
    own equilibrium predicts. The closed form of the ratio assumes equal decays of head and of features in both; the
    balance (a/b)^2 of head and features measures the second, so it is out of scope where that differs."""
    bound, claim = "matched_losses", "loss_ratio_of_feature_norm"
    ends: dict[str, dict[int, Mapping[str, float]]] = {"cross_entropy": {}, "mse": {}}
    for run in runs:
        if losses(run)[0] == losses(run)[1]:
            last = {name: float(values[-1]) for name, values in run.trajectory.observables.items()}
            ends[losses(run)[0]][run.about["seed"]] = last
    shared = sorted(ends["cross_entropy"].keys() & ends["mse"].keys())
    if len(shared) < 2:
        reason = "fewer than two seeds with both single-loss controls"
        return Finding(bound, claim, Agreement.INCONCLUSIVE, None, reason)
    pairs = [(ends["cross_entropy"][seed], ends["mse"][seed]) for seed in shared]
    ratios = [first["feature_norm"] / second["feature_norm"] for first, second in pairs]
    estimate = statistics.mean_interval(ratios)
    reason = f"feature norm under cross-entropy over squared error, same network and decay: {estimate.value:.2f} "
    reason += f"[{estimate.low:.2f}, {estimate.high:.2f}] over {len(shared)} seeds"
    numbers = {"ratios": ratios} | statistics.as_dict(estimate)
    if not all("head_scale" in side for pair in pairs for side in pair):
        return Finding(bound, claim, Agreement.INCONCLUSIVE, None, reason, numbers)
    balance = float(np.exp(np.mean([2 * np.log(b["head_scale"] / a["head_scale"]) for a, b in pairs])))
    numbers["feature_decay_ratio"] = balance
    reason += f"; the decay that the features feel differs by the factor {balance:.3g}, must be 1 for the closed form"
    agreement = Agreement.OUT_OF_SCOPE if max(balance, 1 / balance) > 1.1 else Agreement.INCONCLUSIVE
    return Finding(bound, claim, agreement, None, reason, numbers)


def as_published(groups: Mapping[str, Sequence[Run]]) -> list[Finding]:
    """The rules for published logs, on our own runs, at both onset thresholds."""
    found = []
    for threshold in (STRICT, RELAXED):
        logs = _logs.as_logs(dict(groups), threshold)
        found += sweeps.judge_sweeps(logs, threshold)
    strict = _logs.as_logs(dict(groups), STRICT)
    by_depth = {int(level): members for level, members in sweeps.sweep(strict, "depth").items()}
    families = _logs.families(strict)
    found.append(prediction.judge_leads(prediction.leads(families)))
    found.append(logged_loss_ratio.judge_depth_law(by_depth, "depth_law_margin_constant"))
    return [*found, logged_loss_ratio.judge_families(families)]


def _only_varying(runs: Sequence[Run], key: str) -> list[Run]:
    """Runs that agree with the commonest setting in all but `key`."""

    def rest(run: Run) -> str:
        return str({name: value for name, value in run.about["config"].items() if name != key})

    kinds = [rest(run) for run in runs]
    return [run for run, kind in zip(runs, kinds, strict=True) if kind == max(kinds, key=kinds.count)]
