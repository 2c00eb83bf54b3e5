"""What one log by itself says about the feature-norm claims of arXiv 2604.00230.

onset_in_second_phase        the onset lies in the squared-error phase, as the definition of fn* wants
feature_norm_crosses_once    within its phase, the norm reaches fn(T_NC) at the onset and not before
onset_off_milestones         the onset is not the first log after a drop of the learning rate
two_factor_loss_ratio        (fn cross-entropy / fn squared error)^2 is a margin that softmax training can reach
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.foreign.loss_ratio import judge_ratio
from gpu_experiments.foreign.onset import phases, unreadable_before, up_to_onset
from gpu_experiments.foreign.runs import Run

CONCENTRATES, PREDICTS = "threshold_concentrates", "threshold_predicts_onset"


def judge_run(run: Run, milestones: Sequence[float] | None = None) -> list[Finding]:
    """The four findings on one run; `milestones` are epochs after which the learning rate drops, for logs that have no
    learning-rate column."""
    return [onset_phase(run), crosses_once(run), off_milestones(run, milestones), judge_ratio(run)]


def onset_phase(run: Run) -> Finding:
    bound = "onset_in_second_phase"
    reason = _no_onset(run)
    if reason:
        return Finding(bound, CONCENTRATES, Agreement.OUT_OF_SCOPE, None, reason)
    if run.first.phase is None:
        return Finding(bound, CONCENTRATES, Agreement.INCONCLUSIVE, None, "the log tells no loss phase")
    doubt = unreadable_before(run.log, run.first)
    if doubt is not None:
        words = f"NC1 could not be read at {doubt:g}, before the onset at {run.first.epoch:g}"
        return Finding(bound, CONCENTRATES, Agreement.INCONCLUSIVE, None, words)
    switch = second_phase_starts(run)
    numbers = {"epoch": run.first.epoch, "phase": run.first.phase, "second_phase_starts": switch}
    margin = None if switch is None else run.first.epoch - switch
    agreement = Agreement.RESPECTED if run.first.phase >= 2 else Agreement.VIOLATED
    words = f"first NC1 < {run.first.threshold:g} at {run.first.epoch:g}, in loss phase {run.first.phase}"
    if run.first.phase < 2:
        later = run.second
        words += f"; in the second phase at {later.epoch:g}" if later else "; in the second phase never (or not logged)"
        numbers["feature_norm_second_phase"] = later.feature_norm if later else None
    return Finding(bound, CONCENTRATES, agreement, margin, f"{words} (margin in epochs after the switch)", numbers)


def crosses_once(run: Run) -> Finding:
    """A threshold that is crossed before the onset too does not mark it. Margin: -(epochs by which it came earlier)."""
    bound = "feature_norm_crosses_once"
    found = run.onset
    reason = _no_onset(run) or (
        "" if found.feature_norm is not None else "the feature norm was not logged at the onset"
    )
    if reason:
        return Finding(bound, PREDICTS, Agreement.OUT_OF_SCOPE, None, reason)
    mask = up_to_onset(run.log, found)
    time, norm = run.log.trajectory.time[mask], run.log.trajectory["feature_norm"][mask]
    earlier = float(time[np.argmax(norm <= found.feature_norm)])
    lowest = int(np.argmin(norm))
    numbers = {"first_reached": earlier, "onset": found.epoch, "lowest_norm": norm[lowest], "lowest_at": time[lowest],
               "norm_at_onset": found.feature_norm, "rise": found.feature_norm / norm[lowest] - 1}  # fmt: skip
    if earlier == found.epoch:
        return Finding(
            bound, PREDICTS, Agreement.RESPECTED, 0.0, f"{found.feature_norm:.4g} first reached at onset", numbers
        )
    words = (
        f"the norm was already at or below fn* = {found.feature_norm:.4g} at {earlier:g}, {found.epoch - earlier:g} "
        f"before the onset; lowest {norm[lowest]:.4g} at {time[lowest]:g}, then up by {numbers['rise']:.1%}"
    )
    return Finding(bound, PREDICTS, Agreement.VIOLATED, earlier - found.epoch, words, numbers)


def off_milestones(run: Run, milestones: Sequence[float] | None = None) -> Finding:
    """Margin in log rows: 0 where the onset is the first row after a milestone, as the schedule alone would make it."""
    bound = "onset_off_milestones"
    known = drops(run) if milestones is None else list(milestones)
    if known is None:
        return Finding(bound, PREDICTS, Agreement.OUT_OF_SCOPE, None, "no learning-rate column and no milestones given")
    reason = _no_onset(run) or ("" if known else "the learning rate never drops at once")
    if reason:
        return Finding(bound, PREDICTS, Agreement.OUT_OF_SCOPE, None, reason)
    found = run.first
    time = run.log.trajectory.time
    before = [milestone for milestone in known if milestone < found.epoch]
    if not before:
        words = f"onset at {found.epoch:g}, before the first drop at {known[0]:g}"
        return Finding(bound, PREDICTS, Agreement.RESPECTED, None, words, {"milestones": known})
    last = max(before)
    rows = int(np.sum((time > last) & (time < found.epoch)))
    words = f"onset at {found.epoch:g}, row {rows + 1} after the drop of the learning rate at {last:g}"
    numbers = {"milestones": known, "last_milestone": last, "rows_between": rows}
    agreement = Agreement.VIOLATED if rows == 0 else Agreement.RESPECTED
    return Finding(bound, PREDICTS, agreement, float(rows), f"{words} (margin in rows between)", numbers)


def drops(run: Run) -> list[float] | None:
    """Times after which the learning rate falls at once to half or less; None where it is not logged."""
    if "learning_rate" not in run.log.trajectory:
        return None
    rate, time = run.log.trajectory["learning_rate"], run.log.trajectory.time
    with np.errstate(invalid="ignore"):
        return [float(t) for t in time[:-1][rate[1:] <= 0.5 * rate[:-1]]]


def second_phase_starts(run: Run) -> float | None:
    later = np.nan_to_num(phases(run.log), nan=0.0) >= 2
    return float(run.log.trajectory.time[np.argmax(later)]) if later.any() else None


def _no_onset(run: Run) -> str:
    if run.log.nc1 is None:
        return "the log has no NC1 column; name it with nc1=COLUMN"
    if run.first is None:
        values = run.log.trajectory[run.log.nc1]
        lowest = f"lowest NC1 {np.nanmin(values):.4g}" if np.isfinite(values).any() else "NC1 was never logged"
        return f"no onset: {lowest} in {len(values)} rows"
    return ""
