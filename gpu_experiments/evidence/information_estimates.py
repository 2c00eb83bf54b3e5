"""What the runs with estimates of information say: does an estimate measure what the bounds speak of?

An estimate from samples is held against the interval that is proved around the information it estimates, from the least
that it can be to the log-determinant; a measure of dependence against its own value on samples that have nothing to do
with each other. One that fails is out of scope: it is no evidence for or against the claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gpu_experiments.evidence import by_setting, grokking_mlp
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.judge import Run

CLAIM = "bottleneck_bound"
INTERVALS = {
    "knn_information": ("superfluous_information_least", "superfluous_information", "bottleneck_logdet"),
    "projected_information": ("projected_information_least", "projected_information", "projected_information_logdet"),
}
UNRELATED = {"alignment": "alignment_shuffled", "nhsic": "nhsic_shuffled", "nhsic_superfluous": "nhsic_unrelated"}
HALF = 0.5


def findings(runs: Sequence[Run]) -> list[Finding]:
    return [
        grokking_mlp.synchrony(by_setting(runs), "superfluous_information"),
        *(_estimate(runs, name) for name in INTERVALS),
        *(_dependence(runs, name) for name in UNRELATED),
    ]


def _estimate(runs: Sequence[Run], name: str) -> Finding:
    """RESPECTED where, with the most samples, more than half of the times of every run lie inside the interval."""
    numbers: dict[str, Any] = {}
    for size, group in _sizes(runs, name):
        least, truth, most = (np.array([run.trajectory[key] for run in group]) for key in INTERVALS[name])
        found = np.array([run.trajectory[f"{name}_{size}"] for run in group])
        numbers[str(size)] = {
            "median_error": float(np.median(found - truth)),
            "at_the_end": [float(value) for value in (found - truth)[:, -1]],
            "negative": float((found < 0).mean()),
            "inside": [float(share) for share in ((least <= found) & (found <= most)).mean(1)],
        }
    if not numbers:
        return _not_logged(name)
    inside = min(list(numbers.values())[-1]["inside"])
    reason = "median error in nats (share of the times at which it is negative): " + ", ".join(
        f"{one['median_error']:+.2f} ({one['negative']:.0%}) from {size} samples a class"
        for size, one in numbers.items()
    )
    return _finding(name, inside - HALF, reason + f"; inside the proved interval at {inside:.0%} of them", numbers)


def _dependence(runs: Sequence[Run], name: str) -> Finding:
    """RESPECTED where, with the most samples, unrelated samples give less than half of the value at every time."""
    numbers: dict[str, Any] = {}
    for size, group in _sizes(runs, name):
        value, unrelated = (
            np.array([run.trajectory[f"{key}_{size}"] for run in group]) for key in (name, UNRELATED[name])
        )
        share = unrelated / value
        numbers[str(size)] = {
            "start": float(np.median(share[:, 0])),
            "end": float(np.median(share[:, -1])),
            "most": float(share.max()),
            "value_at_the_end": [float(last) for last in value[:, -1]],
        }
    if not numbers:
        return _not_logged(name)
    reason = "share of the value that unrelated samples give too, medians at the start and at the end: " + ", ".join(
        f"{one['start']:.2f} and {one['end']:.2f} (n = {size}, value at the end "
        f"{np.median(one['value_at_the_end']):.3g})"
        for size, one in numbers.items()
    )
    return _finding(name, HALF - list(numbers.values())[-1]["most"], reason, numbers)


def _sizes(runs: Sequence[Run], name: str) -> Iterator[tuple[int, list[Run]]]:
    """The sample sizes that are logged, smallest first, each with the runs that are as long as the first."""
    columns = {column for run in runs for column in run.trajectory.observables}
    stems = (column.rpartition("_") for column in columns)
    for size in sorted(int(end) for stem, _, end in stems if stem == name and end.isdigit()):
        group = [run for run in runs if f"{name}_{size}" in run.trajectory.observables]
        yield size, [run for run in group if len(run.trajectory) == len(group[0].trajectory)]


def _finding(name: str, margin: float, reason: str, numbers: dict[str, Any]) -> Finding:
    agreement = Agreement.RESPECTED if margin > 0 else Agreement.OUT_OF_SCOPE
    return Finding(f"estimate_{name}", CLAIM, agreement, margin, reason, numbers)


def _not_logged(name: str) -> Finding:
    return Finding(f"estimate_{name}", CLAIM, Agreement.INCONCLUSIVE, None, f"no run logs {name}_n")
