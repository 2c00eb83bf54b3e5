"""What the two-phase runs say: the feature norm at collapse, its spread over seeds, and what it depends on.

Runs of the protocol (cross-entropy, then squared error) are also put to the rules by which published logs are judged:
depth, activation, width, lead time of the threshold, depth law, and whether two free factors explain the loss ratio.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gpu_experiments import statistics
from gpu_experiments.evidence import _closed_forms, _logs, by_setting
from gpu_experiments.evidence._decay_regimes import regimes
from gpu_experiments.evidence._matched_losses import losses, matched_losses
from gpu_experiments.evidence.feature_rescale import onset
from gpu_experiments.foreign import loss_ratio as logged_loss_ratio
from gpu_experiments.foreign import prediction, sweeps
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.foreign.onset import RELAXED, STRICT
from gpu_experiments.judge import Run

SPREAD = 0.08
PROTOCOL = ("cross_entropy", "mse")


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
