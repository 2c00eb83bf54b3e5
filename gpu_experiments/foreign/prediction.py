"""threshold_predicts_onset: the feature norm falls below a threshold before the onset, by a lead that predicts it.

Runs whose norm never falls below the threshold are not dropped. Until their log ends the crossing has not come, so
their lead T_NC - T_cross is known to be below T_NC - T_end (left-censored); runs that cross and never have an onset
have a lead above T_end - T_cross (right-censored). Kaplan-Meier (lifelines) and a censored normal fit (scipy) use
both.

The threshold of a run is the geometric mean of fn* over the other seeds of its family: no run predicts itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gpu_experiments import statistics
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.foreign.onset import phases
from gpu_experiments.foreign.runs import Run
from gpu_experiments.foreign.survival import lead_summary

CLAIM = "threshold_predicts_onset"
EXPECTED_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Lead:
    """One run's crossing and onset, None where they do not come; `end` is the last logged time."""

    run: str
    family: str
    threshold: float
    crossed: float | None
    onset: float | None
    end: float

    @property
    def lead(self) -> float | None:
        return None if self.crossed is None or self.onset is None else self.onset - self.crossed


def leads(families: Mapping[str, Sequence[Run]]) -> list[Lead]:
    """The lead of every run whose family has an onset in some other seed."""
    found = []
    for family, runs in families.items():
        for run in runs:
            others = [other.onset.feature_norm for other in runs if other is not run and other.onset is not None]
            others = [norm for norm in others if norm]
            if others and "feature_norm" in run.log.trajectory:
                found.append(lead_of(run, family, float(np.exp(np.mean(np.log(others))))))
    return found


def lead_of(run: Run, family: str, threshold: float) -> Lead:
    """First time in the phase of the onset (or in the last phase) at which the norm is at or below `threshold`."""
    log = run.log
    phase, time, norm = phases(log), log.trajectory.time, log.trajectory["feature_norm"]
    wanted = run.onset.phase if run.onset is not None else np.nanmax(phase, initial=-np.inf)
    same = phase == wanted if np.isfinite(phase).any() and wanted is not None else np.ones(len(time), dtype=bool)
    with np.errstate(invalid="ignore"):
        hit = same & (norm <= threshold)
    crossed = float(time[np.argmax(hit)]) if hit.any() else None
    return Lead(run.name, family, threshold, crossed, run.onset.epoch if run.onset else None, float(time[-1]))


def judge_leads(found: Sequence[Lead]) -> Finding:
    """Whether crossing precedes onset (exact binomial test against a share of 95 %) and beats a constant prediction."""
    bound = "crossing_precedes_onset"
    told = [lead for lead in found if lead.onset is not None]
    if len(told) < 3:
        return Finding(
            bound, CLAIM, Agreement.OUT_OF_SCOPE, None, f"{len(told)} runs with onset and threshold, must be >= 3"
        )
    before = [lead for lead in told if lead.lead is not None and lead.lead > 0]
    share = statistics.proportion(len(before), len(told))
    chance = statistics.binomial_p(len(before), len(told), EXPECTED_SHARE, "less")
    summary = lead_summary(found)
    errors = prediction_errors(told)
    numbers = {"share_crossing_before": statistics.as_dict(share), "p_against_95_percent": chance, **summary, **errors,
               "leads": {lead.run: lead.lead for lead in found}}  # fmt: skip
    words = (
        f"{len(before)} of {len(told)} runs cross before the onset (p = {chance:.2g} against 95 %); mean lead "
        f"{summary['mean_of_crossers']:.3g} with the others dropped, median {summary['median_with_censored']:.3g} with "
        "them kept"
    )
    mae, constant = errors["mae_by_crossing"], errors["mae_by_constant"]
    if mae is not None:
        words += f"; error of the prediction {mae:.3g}, of a constant {constant:.3g}"
    if errors["ordering_accuracy"] is not None:
        words += f"; earlier crossing means earlier onset in {errors['ordering_accuracy']:.0%} of pairs"
    if chance < 0.05:
        agreement = Agreement.VIOLATED
    elif mae is not None and mae < constant and share.low > 0.5:
        agreement = Agreement.RESPECTED
    else:
        agreement = Agreement.INCONCLUSIVE
    return Finding(bound, CLAIM, agreement, share.value - EXPECTED_SHARE, f"{words} (margin: share - 95 %)", numbers)


def prediction_errors(told: Sequence[Lead]) -> dict[str, float | None]:
    """Mean absolute errors, leave one run out: T_cross + mean lead of the other seeds, against the mean onset of
    the other seeds, on the runs for which both exist. `unpredicted` counts runs that never cross."""
    by_crossing, by_constant = [], []
    crossing = [lead for lead in told if lead.lead is not None]
    for lead in crossing:
        others = [other.lead for other in crossing if other is not lead and other.family == lead.family]
        siblings = [other.onset for other in told if other is not lead and other.family == lead.family]
        if others and siblings:
            by_crossing.append(abs(lead.crossed + np.mean(others) - lead.onset))
            by_constant.append(abs(np.mean(siblings) - lead.onset))
    return {
        "ordering_accuracy": ordering_accuracy(crossing),
        "mae_by_crossing": float(np.mean(by_crossing)) if by_crossing else None,
        "mae_by_constant": float(np.mean(by_constant)) if by_constant else None,
        "predicted": len(by_crossing),
        "unpredicted": len(told) - len(crossing),
    }


def ordering_accuracy(crossing: Sequence[Lead]) -> float | None:
    """Share of pairs of seeds with different onsets in which the earlier crossing comes with the earlier onset; equal
    crossings count one half. None where no pair has different onsets."""
    right = []
    for a, b in itertools.combinations(crossing, 2):
        if a.family == b.family and a.onset != b.onset:
            agreement = (a.crossed - b.crossed) * (a.onset - b.onset)
            right.append(0.5 if agreement == 0 else float(agreement > 0))
    return float(np.mean(right)) if right else None
