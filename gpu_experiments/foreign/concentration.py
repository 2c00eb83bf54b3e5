"""threshold_concentrates: within one (model, data) pair the coefficient of variation of fn* over seeds is below 8 %.

The sample value from three seeds is hardly evidence: its 90 % interval reaches from 0.58 to 4.4 times the value. A
family is RESPECTED only where the one-sided 95 % bound lies below the limit, VIOLATED only where the lower one
lies above it. The control asks whether the onset is a special time at all: the same coefficient at a fixed epoch,
over the same runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpu_experiments import statistics
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.foreign.runs import Run

CLAIM = "threshold_concentrates"
LARGEST_CV = 0.08


def judge_family(family: str, runs: Sequence[Run]) -> Finding:
    """The claim on the seeds of one family. Margin: 0.08 minus the sample coefficient of variation."""
    bound = "onset_norm_variation"
    reached = [run for run in runs if run.onset is not None and run.onset.feature_norm]
    if len(reached) < 2:
        reason = f"{family}: {len(reached)} of {len(runs)} runs have an onset with a feature norm, must be >= 2"
        return Finding(bound, CLAIM, Agreement.OUT_OF_SCOPE, None, reason, {"runs": len(runs), "onsets": len(reached)})
    values = [run.onset.feature_norm for run in reached]
    cv = statistics.coefficient_of_variation(values)
    numbers = {
        "feature_norms": dict(zip((run.name for run in reached), values, strict=True)),
        "mean": statistics.as_dict(statistics.mean_interval(values)),
        "mean_posterior": statistics.as_dict(statistics.posterior_mean(values)),
        "cv": statistics.as_dict(cv),
        "phases": sorted({run.onset.phase for run in reached if run.onset.phase is not None}),
        "without_onset": [run.name for run in runs if run.onset is None],
        "cv_at_fixed_epoch": variation_at_fixed_epoch(reached),
    }
    words = f"{family}: CV {cv.value:.1%} over {cv.n} seeds, one-sided 95 % bounds {cv.low:.1%} and {cv.high:.1%}"
    if len(numbers["phases"]) > 1:
        words += "; onsets lie in different loss phases"
    return Finding(bound, CLAIM, _agreement(cv), LARGEST_CV - cv.value, f"{words} (margin: 8 % - CV)", numbers)


def judge_all(findings: Sequence[Finding]) -> Finding:
    """The claim over all families: one violation refutes "within every pair" if it stays one after Bonferroni."""
    bound = "onset_norm_variation_everywhere"
    told = [finding for finding in findings if finding.agreement is not Agreement.OUT_OF_SCOPE]
    if not told:
        return Finding(bound, CLAIM, Agreement.OUT_OF_SCOPE, None, "no family has two runs with an onset")
    counts = {agreement.value: sum(f.agreement is agreement for f in told) for agreement in Agreement}
    samples = [list(finding.numbers["feature_norms"].values()) for finding in told]
    # One-sided at 5 % over all families together: each lower bound at 5 % / families.
    low = [statistics.coefficient_of_variation(sample, 1 - 0.1 / len(samples)).low for sample in samples]
    counts["VIOLATED_AFTER_BONFERRONI"] = sum(bound > LARGEST_CV for bound in low)
    if counts["VIOLATED_AFTER_BONFERRONI"]:
        agreement = Agreement.VIOLATED
    else:
        agreement = Agreement.RESPECTED if counts["RESPECTED"] == len(told) else Agreement.INCONCLUSIVE
    above = sum(finding.margin < 0 for finding in told)
    words = (
        f"{len(told)} families: {counts['RESPECTED']} clearly below 8 %, {counts['VIOLATED']} clearly above "
        f"({counts['VIOLATED_AFTER_BONFERRONI']} after Bonferroni), "
        f"{counts['INCONCLUSIVE']} undecided at their number of seeds; {above} sample values above 8 %"
    )
    return Finding(bound, CLAIM, agreement, min(finding.margin for finding in told), words, counts)


def variation_at_fixed_epoch(runs: Sequence[Run]) -> float | None:
    """Sample CV of the feature norm at the latest epoch before the first onset among them that all runs logged."""
    times = [set(run.log.trajectory.time[np.isfinite(run.log.trajectory["feature_norm"])].tolist()) for run in runs]
    common = [time for time in set.intersection(*times) if time < min(run.onset.epoch for run in runs)]
    if not common:
        return None
    at = max(common)
    values = [float(run.log.trajectory["feature_norm"][run.log.trajectory.time == at][0]) for run in runs]
    return statistics.coefficient_of_variation(values).value if min(values) > 0 else None


def _agreement(cv: statistics.Estimate) -> Agreement:
    if cv.high < LARGEST_CV:
        return Agreement.RESPECTED
    return Agreement.VIOLATED if cv.low > LARGEST_CV else Agreement.INCONCLUSIVE
