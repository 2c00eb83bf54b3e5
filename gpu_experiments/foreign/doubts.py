"""Doubts about the feature-norm threshold, each a finding with its number; RESPECTED means that the doubt did not bite.

onset_phase_everywhere         is every onset in the squared-error phase?
onset_at_milestone_by_chance   do onsets sit on the first row after a learning-rate drop more often than by chance?
norm_monotone_to_threshold     does the norm reach fn* once, or undershoot and rise again?
verdict_at_one_threshold       do conclusions survive one threshold for all runs?
dropped_runs_do_not_matter     does the mean lead survive keeping the runs that never cross?
second_attempts_agree          do two attempts from the same first phase have the same onset?
onset_is_a_special_time        is fn* less spread over seeds than the norm at one fixed epoch?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gpu_experiments import statistics
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.foreign.onset import RELAXED, STRICT, find_onset, phases
from gpu_experiments.foreign.prediction import Lead
from gpu_experiments.foreign.runs import Run
from gpu_experiments.foreign.survival import lead_summary

CONCENTRATES, PREDICTS = "threshold_concentrates", "threshold_predicts_onset"
SWEEPS = "depth_activation_width"


def onset_phase_everywhere(runs: Sequence[Run]) -> Finding:
    """Margin: minus the number of runs whose first onset lies in the cross-entropy phase."""
    told = [run for run in runs if run.first is not None and run.first.phase is not None]
    bound = "onset_phase_everywhere"
    if not told:
        return Finding(bound, CONCENTRATES, Agreement.OUT_OF_SCOPE, None, "no run with an onset tells its loss phase")
    early = [run for run in told if run.first.phase < 2]
    numbers = {run.name: {"epoch": run.first.epoch, "feature_norm": run.first.feature_norm,
                          "feature_norm_second_phase": run.second.feature_norm if run.second else None}
               for run in early}  # fmt: skip
    words = f"{len(early)} of {len(told)} onsets lie in the cross-entropy phase"
    if early:
        shown = "; ".join(
            f"{run.name} at {run.first.epoch:g} with norm {run.first.feature_norm or np.nan:.4g}" for run in early
        )
        words += f" ({shown})"
    agreement = Agreement.VIOLATED if early else Agreement.RESPECTED
    return Finding(bound, CONCENTRATES, agreement, 0.0 - len(early), words, numbers)


def onset_at_milestone_by_chance(runs: Sequence[Run], milestones: Mapping[str, Sequence[float]]) -> Finding:
    """Exact binomial test: were onsets spread evenly over the rows with NC1 of their phase, a share (rows right after a
    drop)/(rows) would follow a drop. Margin: expected minus found."""
    bound = "onset_at_milestone_by_chance"
    hits, shares, names = 0, [], []
    for run in runs:
        known = milestones.get(run.log.label.family)
        if known is None or run.first is None or run.attempt_of is not None:
            continue
        rows = _rows_of_phase(run)
        after = {float(rows[rows > drop][0]) for drop in known if (rows > drop).any()}
        shares.append(len(after) / len(rows))
        hits += run.first.epoch in after
        names.append(run.name)
    if not shares:
        reason = "no run has both an onset and known drops of the learning rate"
        return Finding(bound, PREDICTS, Agreement.OUT_OF_SCOPE, None, reason)
    chance = statistics.binomial_p(hits, len(shares), float(np.mean(shares)), "greater")
    words = (
        f"{hits} of {len(shares)} onsets are the first row after a drop, {sum(shares):.2g} expected (p = {chance:.2g})"
    )
    agreement = Agreement.VIOLATED if chance < 0.05 else Agreement.INCONCLUSIVE
    numbers = {"hits": hits, "runs": names, "share_by_chance": float(np.mean(shares)), "p": chance}
    return Finding(bound, PREDICTS, agreement, sum(shares) - hits, f"{words} (margin in runs)", numbers)


def _rows_of_phase(run: Run) -> np.ndarray:
    phase = phases(run.log)
    same = phase == run.first.phase if run.first.phase is not None else np.ones(len(phase), dtype=bool)
    return run.log.trajectory.time[same & np.isfinite(run.log.trajectory[run.log.nc1])]


def norm_monotone_to_threshold(crossings: Mapping[str, Finding]) -> Finding:
    """Over runs: how many were at or below fn* before the onset. Margin: minus their share."""
    bound = "norm_monotone_to_threshold"
    told = {name: found for name, found in crossings.items() if found.agreement is not Agreement.OUT_OF_SCOPE}
    if not told:
        return Finding(bound, PREDICTS, Agreement.OUT_OF_SCOPE, None, "no run has an onset with a feature norm")
    early = [name for name, found in told.items() if found.agreement is Agreement.VIOLATED]
    rises = {name: told[name].numbers["rise"] for name in early}
    words = f"{len(early)} of {len(told)} runs were at or below fn* before their onset"
    if early:
        most = max(rises, key=rises.get)
        words += f"; largest rise from the undershoot {rises[most]:.1%} ({most})"
    agreement = Agreement.VIOLATED if early else Agreement.RESPECTED
    return Finding(bound, PREDICTS, agreement, 0.0 - len(early) / len(told), words, {"rises": rises})


def verdict_at_one_threshold(runs: Sequence[Run], strict: Sequence[Finding], relaxed: Sequence[Finding]) -> Finding:
    """`strict` and `relaxed` are the sweep findings at 0.01 and 0.05. VIOLATED where one turns into its opposite, and
    INCONCLUSIVE where one is decided at one threshold only."""
    bound = "verdict_at_one_threshold"
    pairs = [(a, b) for a, b in zip(strict, relaxed, strict=True)]
    scope = Agreement.OUT_OF_SCOPE
    if all(a.agreement is scope and b.agreement is scope for a, b in pairs):
        return Finding(bound, SWEEPS, scope, None, "no sweep can be judged at either threshold")
    changed = [(a, b) for a, b in pairs if a.agreement is not b.agreement]
    opposite = [a for a, b in changed if {a.agreement, b.agreement} == {Agreement.RESPECTED, Agreement.VIOLATED}]
    late = [run for run in runs if find_onset(run.log, STRICT) is None and find_onset(run.log, RELAXED) is not None]
    only = [run.name for run in late]
    words = f"{len(only)} of {len(runs)} runs have an onset at {RELAXED:g} only"
    words += "".join(
        f"; {a.bound.partition('@')[0]}: {a.agreement} at {STRICT:g}, {b.agreement} at {RELAXED:g}" for a, b in changed
    )
    agreement = Agreement.RESPECTED if not changed else Agreement.VIOLATED if opposite else Agreement.INCONCLUSIVE
    return Finding(bound, SWEEPS, agreement, 0.0 - len(changed), words, {"relaxed_only": only})


def dropped_runs_do_not_matter(found: Sequence[Lead], name: str = "") -> Finding:
    """RESPECTED where the mean lead with the censored runs kept stays within one standard error of the mean without
    them. Margin: that error minus the shift, in the log's time unit."""
    bound = "dropped_runs_do_not_matter" + (f"@{name}" if name else "")
    summary = lead_summary(found)
    if summary["exact"] < 2:
        return Finding(
            bound, PREDICTS, Agreement.OUT_OF_SCOPE, None, f"{summary['exact']} leads are known, must be >= 2"
        )
    dropped = summary["never_crossed"] + summary["crossed_without_onset"] + summary["neither"]
    error = summary["sd_of_crossers"] / np.sqrt(summary["exact"])
    shift = summary["mean_of_crossers"] - summary["mean_censored_normal"]
    words = (
        f"mean lead {summary['mean_of_crossers']:.3g} over the {summary['exact']} runs that cross; with the {dropped} "
        f"others kept at most {summary['mean_at_most']:.3g}, censored normal {summary['mean_censored_normal']:.3g}, "
        f"Kaplan-Meier median {summary['median_with_censored']:.3g}"
    )
    agreement = Agreement.RESPECTED if abs(shift) <= error else Agreement.VIOLATED
    if not np.isfinite(shift):
        agreement = Agreement.INCONCLUSIVE
    return Finding(bound, PREDICTS, agreement, error - abs(shift), f"{words} (margin: standard error - shift)", summary)


def second_attempts_agree(runs: Sequence[Run], threshold: float = RELAXED) -> Finding:
    """Onsets of two second phases that started from the same first phase. Margin: minus the largest difference."""
    bound = "second_attempts_agree"
    by_name = {run.name: run for run in runs}
    pairs = {}
    for run in runs:
        if run.fork is not None and run.attempt_of in by_name:
            both = [find_onset(one.log, threshold, second_phase=True) for one in (by_name[run.attempt_of], run)]
            if all(both):
                pairs[run.name] = {"onsets": [one.epoch for one in both], "norms": [one.feature_norm for one in both],
                                   "parted_at": run.fork}  # fmt: skip
    if not pairs:
        return Finding(bound, CONCENTRATES, Agreement.OUT_OF_SCOPE, None, "no run was attempted twice")
    largest = max(pairs, key=lambda name: abs(np.subtract(*pairs[name]["onsets"])))
    a, b = pairs[largest]["onsets"]
    words = f"{len(pairs)} runs with two second phases; largest difference of onset {abs(a - b):g} "
    words += f"({largest}: {a:g} and {b:g})"
    agreement = Agreement.RESPECTED if a == b else Agreement.VIOLATED
    return Finding(bound, CONCENTRATES, agreement, 0.0 - abs(a - b), words, pairs)


def onset_is_a_special_time(variation: Sequence[Finding]) -> Finding:
    """Families whose CV at the onset is smaller than at the latest epoch that all their seeds logged before an onset;
    exact binomial test against one half. Margin: share - 1/2."""
    bound = "onset_is_a_special_time"
    pairs = {}
    for finding in variation:
        fixed = finding.numbers.get("cv_at_fixed_epoch")
        if fixed is not None and fixed != finding.numbers["cv"]["value"]:
            pairs[finding.reason.partition(":")[0]] = [finding.numbers["cv"]["value"], fixed]
    if not pairs:
        reason = "no family has seeds with different onsets and a common epoch before them"
        return Finding(bound, CONCENTRATES, Agreement.OUT_OF_SCOPE, None, reason)
    better = sum(at_onset < fixed for at_onset, fixed in pairs.values())
    above, below = (statistics.binomial_p(better, len(pairs), 0.5, side) for side in ("greater", "less"))
    words = f"CV at the onset is smaller than at a fixed epoch in {better} of {len(pairs)} families"
    words += f" (p = {above:.2g} for more than half, {below:.2g} for less)"
    agreement = Agreement.RESPECTED if above < 0.05 else Agreement.VIOLATED if below < 0.05 else Agreement.INCONCLUSIVE
    return Finding(bound, CONCENTRATES, agreement, better / len(pairs) - 0.5, words, {"onset_and_fixed": pairs})
