"""Holds a bound against what was measured: compare(bound, trajectories) -> Verdict, never a boolean.

    RESPECTED      every logged value in scope is inside the bound
    VIOLATED       every seed is in scope and the bound fails: beyond rounding where it is deterministic,
                   in a one-sided t-test over seeds (Bonferroni over log times, level 0.05) where it is not
    VACUOUS        the bound lies beyond the observable's own range wherever it applies: it says nothing
    OUT_OF_SCOPE   its assumptions fail at every log time; the measured defects say by how much
    INCONCLUSIVE   not logged, not testable, or outside in some seeds without evidence over seeds

Margins are those of numerics.margin; a verdict always carries them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from numerics.margin import Margin, defects, measure, needed, smallest
from numerics.trajectory import Trajectory
from theory.errors import UsersMistake
from theory.statement import Bound

LEVEL = 0.05


class VerdictError(UsersMistake):
    """A comparison that has no meaning; the message names the bound and the way out."""


class Agreement(StrEnum):
    RESPECTED = "RESPECTED"
    VIOLATED = "VIOLATED"
    VACUOUS = "VACUOUS"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out. `margin` is the smallest relative margin in scope, `margin_in_units` the margin there in the
    observable's units, `at` its time; all None where nothing was judged. `margins` holds every seed's margin over
    time. `defects` maps each scope observable to its measured value where the run came nearest to the scope."""

    bound: str
    claim: str
    agreement: Agreement
    reason: str
    margin: float | None = None
    margin_in_units: float | None = None
    at: float | None = None
    margins: tuple[Margin, ...] = ()
    defects: Mapping[str, float] = field(default_factory=dict)


def compare(bound: Bound, trajectories: Sequence[Trajectory], claim: str = "") -> Verdict:
    """Judge `bound` on the trajectories, one per seed. `claim` is the key of the statement that carries the bound.

    Raises VerdictError where there is no trajectory or the bound has neither side.
    """
    if not trajectories:
        raise VerdictError(f"bound {bound.name} has no trajectory to be held against; give at least one run")
    if bound.upper is None and bound.lower is None:
        raise VerdictError(f"bound {bound.name} has neither upper nor lower; give one of them")
    missing = sorted({name for run in trajectories for name in needed(bound) - set(run.observables)})
    if missing:
        reason = f"{', '.join(missing)} not logged; log it to judge this bound"
        return Verdict(bound.name, claim, Agreement.INCONCLUSIVE, reason)
    margins = tuple(measure(bound, run) for run in trajectories)
    agreement, reason = _decide(bound, trajectories, margins)
    relative, units, at = smallest(margins)
    return Verdict(bound.name, claim, agreement, reason, relative, units, at, margins, defects(bound, trajectories))


def as_json(verdict: Verdict) -> dict:
    """The verdict as JSON-able data, with its margins over time; a value that is not finite becomes null."""
    return {
        "bound": verdict.bound,
        "claim": verdict.claim,
        "agreement": str(verdict.agreement),
        "margin": _finite(verdict.margin),
        "reason": verdict.reason,
        "margin_in_units": _finite(verdict.margin_in_units),
        "at": verdict.at,
        "defects": {name: _finite(value) for name, value in verdict.defects.items()},
        "margins": [
            {
                "trajectory": margin.trajectory,
                "time": margin.time.tolist(),
                "relative": [_finite(value) for value in margin.relative.tolist()],
                "in_units": [_finite(value) for value in margin.absolute.tolist()],
                "in_scope": margin.in_scope.tolist(),
            }
            for margin in verdict.margins
        ],
    }


def _decide(bound: Bound, runs: Sequence[Trajectory], margins: Sequence[Margin]) -> tuple[Agreement, str]:
    in_scope = [margin for margin in margins if margin.judged.any()]
    if not in_scope:
        return _nothing_judged(bound, runs, margins)
    if any((margin.outside & margin.judged).any() for margin in in_scope):
        return _judge_failure(bound, margins, len(in_scope))
    if not any((margin.informative & margin.judged).any() for margin in in_scope):
        return Agreement.VACUOUS, f"the bound lies beyond the range of {bound.observable} wherever it applies"
    return Agreement.RESPECTED, _how_much_was_judged(in_scope, len(margins))


def _nothing_judged(bound: Bound, runs: Sequence[Trajectory], margins: Sequence[Margin]) -> tuple[Agreement, str]:
    if any(margin.in_scope.any() for margin in margins):
        absent = [name for name in sorted(needed(bound)) if all(np.isnan(run[name]).all() for run in runs)]
        what = f"{', '.join(absent)} was never logged" if absent else "the values needed were never logged together"
        return Agreement.INCONCLUSIVE, f"{what} (NaN throughout the scope)"
    unknown = [name for name, _ in bound.scope if all(np.isnan(run[name]).all() for run in runs)]
    if unknown:
        return Agreement.INCONCLUSIVE, f"the scope cannot be measured: {', '.join(unknown)} is NaN throughout"
    nearest = defects(bound, runs)
    failing = [f"{name} is {nearest[name]:.4g}, must be <= {limit:.4g}" for name, limit in bound.scope]
    return Agreement.OUT_OF_SCOPE, "at the log time nearest to the scope " + "; ".join(failing)


def _how_much_was_judged(in_scope: Sequence[Margin], seeds: int) -> str:
    points = sum(int(margin.judged.sum()) for margin in in_scope)
    telling = sum(int((margin.judged & margin.informative).sum()) for margin in in_scope)
    total = sum(len(margin.time) for margin in in_scope)
    words = f"inside at all {points} judged log times of {total}, {len(in_scope)} of {seeds} seeds in scope"
    return words if telling == points else f"{words}; vacuous at {points - telling} of them"


def _judge_failure(bound: Bound, margins: Sequence[Margin], seeds_in_scope: int) -> tuple[Agreement, str]:
    worst = min((m for m in margins if m.judged.any()), key=lambda m: np.min(m.relative[m.judged]))
    relative, _, at = smallest((worst,))
    where = f"{bound.observable} is outside by {-relative:.3g} (relative) at {at:g} in {worst.trajectory}"
    if seeds_in_scope < len(margins):
        return Agreement.INCONCLUSIVE, f"{where}, but only {seeds_in_scope} of {len(margins)} seeds are in scope"
    if bound.deterministic:
        return Agreement.VIOLATED, f"{where}; a deterministic bound cannot fail: a bug of ours until shown otherwise"
    return _test_over_seeds(bound, margins, where)


def _test_over_seeds(bound: Bound, margins: Sequence[Margin], where: str) -> tuple[Agreement, str]:
    """At each log time that all seeds share, H0: mean relative margin >= 0, against < 0; Bonferroni over the times."""
    if len(margins) < 2:
        return Agreement.INCONCLUSIVE, f"{where}; one seed cannot be tested, train with --seeds 3 or more"
    table = _common_margins(margins)
    if table.shape[1] == 0:
        return Agreement.INCONCLUSIVE, f"{where}; the seeds share no log time in scope"
    if np.all(table.mean(axis=0) >= -bound.tolerance):
        return Agreement.RESPECTED, f"the mean over {len(margins)} seeds is inside at every common time; {where}"
    chance = min(1.0, float(np.min(_chances(table))) * table.shape[1])
    words = f"one-sided t-test over {len(margins)} seeds, Bonferroni over {table.shape[1]} times: p = {chance:.3g}"
    agreement = Agreement.VIOLATED if chance < LEVEL else Agreement.INCONCLUSIVE
    return agreement, f"{where}; {words}"


def _common_margins(margins: Sequence[Margin]) -> np.ndarray:
    """Relative margins of shape (seeds, times that every seed logged in scope)."""
    columns = [dict(zip(m.time[m.judged], m.relative[m.judged], strict=True)) for m in margins]
    common = sorted(set.intersection(*(set(column) for column in columns)))
    return np.array([[column[time] for time in common] for column in columns]).reshape(len(margins), len(common))


def _chances(table: np.ndarray) -> np.ndarray:
    """p of the one-sided t-test at each time; seeds that agree exactly leave no doubt about the sign."""
    from scipy.stats import t as student

    mean, spread = table.mean(axis=0), table.std(axis=0, ddof=1) / np.sqrt(len(table))
    certain = np.where(mean < 0, 0.0, 1.0)
    statistic = np.divide(mean, spread, out=np.zeros_like(mean), where=spread > 0)
    return np.where(spread > 0, student.cdf(statistic, len(table) - 1), certain)


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None
