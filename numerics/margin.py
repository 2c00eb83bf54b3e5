"""The distance of a run to a bound, at every log time.

    margin(t) = upper(t) - observable(t), or observable(t) - lower(t), whichever is relatively smaller

It is negative where the bound fails. The relative margin divides by max(|bound|, |observable|): for positive ones it is
1 - observable/upper. Bounds are SymPy expressions of other observables and are evaluated as they stand, never retyped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import sympy

from numerics.trajectory import Trajectory
from theory.statement import Bound

# Differences below the smallest normal float64 are underflow, whatever the relative tolerance says.
UNDERFLOW = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True)
class Margin:
    """Distance to the bound of one trajectory at its log times, arrays of shape (T,): `absolute` in the observable's
    units, `relative` without unit, NaN where something was not logged; `in_scope` and `informative` (bound within the
    observable's own range) are boolean. `outside` marks a failure beyond rounding."""

    trajectory: str
    time: np.ndarray
    absolute: np.ndarray
    relative: np.ndarray
    in_scope: np.ndarray
    informative: np.ndarray
    outside: np.ndarray

    @property
    def judged(self) -> np.ndarray:
        """Log times that count: in scope, and everything needed was logged."""
        return self.in_scope & ~np.isnan(self.relative)


def measure(bound: Bound, run: Trajectory) -> Margin:
    """The margin of one run. Raises TrajectoryError where an observable that the bound needs has no column."""
    value = run[bound.observable]
    absolute = np.full(run.time.shape, np.inf)
    relative = np.full(run.time.shape, np.inf)
    informative = np.zeros(run.time.shape, dtype=bool)
    outside = np.zeros(run.time.shape, dtype=bool)
    for side, own_range, sign in ((bound.upper, bound.ceiling, 1.0), (bound.lower, bound.floor, -1.0)):
        if side is None:
            continue
        limit = evaluate(sympy.sympify(side), run)
        gap, share = _gap(sign * limit, sign * value)
        nearer = (share < relative) | np.isnan(share)  # NaN on either side: the margin is not known
        absolute = np.where(nearer, gap, absolute)
        relative = np.where(nearer, share, relative)
        informative |= _says_something(sign, limit, own_range, run)
        outside |= (share < -bound.tolerance) & (gap < -UNDERFLOW)
    return Margin(run.name, run.time, absolute, relative, _in_scope(bound, run), informative, outside)


def evaluate(expression: sympy.Expr, run: Trajectory) -> np.ndarray:
    """Values of shape (T,) of an expression whose free symbols are named like observables of the run."""
    symbols, function = _compiled(expression)
    with np.errstate(all="ignore"):
        values = function(*(run[symbol.name] for symbol in symbols))
    values = np.broadcast_to(np.asarray(values), run.time.shape)
    if np.iscomplexobj(values):
        values = np.where(values.imag == 0, values.real, np.nan)
    return values.astype(np.float64)


def needed(bound: Bound) -> set[str]:
    """Names of all observables that judging the bound takes."""
    sides = [side for side in (bound.upper, bound.lower, bound.ceiling, bound.floor) if side is not None]
    names = {symbol.name for side in sides for symbol in sympy.sympify(side).free_symbols}
    return names | {bound.observable} | {name for name, _ in bound.scope}


def smallest(margins: Sequence[Margin]) -> tuple[float | None, float | None, float | None]:
    """(relative, in units, time) of the smallest relative margin that counts; Nones where none does."""
    found = [(margin, int(np.argmin(np.where(margin.judged, margin.relative, np.inf)))) for margin in margins]
    found = [(margin, index) for margin, index in found if margin.judged[index]]
    if not found:
        return None, None, None
    margin, index = min(found, key=lambda pair: pair[0].relative[pair[1]])
    return float(margin.relative[index]), float(margin.absolute[index]), float(margin.time[index])


def defects(bound: Bound, runs: Sequence[Trajectory]) -> dict[str, float]:
    """The scope observables of the farthest seed at the log time where their worst excess is smallest."""
    candidates = []
    for run in runs if bound.scope else ():
        excess = np.max([_excess(run[name], limit) for name, limit in bound.scope], axis=0)
        index = int(np.argmin(excess))
        candidates.append((excess[index], {name: float(run[name][index]) for name, _ in bound.scope}))
    return max(candidates, key=lambda pair: pair[0])[1] if candidates else {}


@cache
def _compiled(expression: sympy.Expr) -> tuple[list[sympy.Symbol], Callable]:
    symbols = sorted(expression.free_symbols, key=str)
    return symbols, sympy.lambdify(symbols, expression, modules="numpy", dummify=True)


def _excess(values: np.ndarray, limit: float) -> np.ndarray:
    """How far outside, as a share of the limit where it has a size; infinite where it was not logged."""
    return np.nan_to_num((values - limit) / (abs(limit) or 1.0), nan=np.inf)


def _gap(limit: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """limit - value, and the same over max(|limit|, |value|); both infinite alike: not known."""
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = limit - value
        scale = np.maximum(np.abs(limit), np.abs(value))
        share = np.where(scale > 0, gap / scale, np.where(np.isnan(gap), np.nan, 0.0))
        share = np.where(np.isinf(gap), np.sign(gap), share)
    return gap, share


def _says_something(sign: float, limit: np.ndarray, own_range: sympy.Expr | None, run: Trajectory) -> np.ndarray:
    known = np.full(run.time.shape, sign * np.inf) if own_range is None else evaluate(sympy.sympify(own_range), run)
    return ~(sign * limit >= sign * known)


def _in_scope(bound: Bound, run: Trajectory) -> np.ndarray:
    inside = np.ones(run.time.shape, dtype=bool)
    for name, largest in bound.scope:
        inside &= run[name] <= largest  # a defect that was not logged is not known to be small
    return inside
