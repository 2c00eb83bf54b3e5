"""Integrating the flows of theory/: right-hand sides by lambdify, one trajectory by SciPy with its divergence reported.

slope = right_hand_side(PLANAR, {K: 10, n: 40, decay_W: 5e-3, decay_H: 1e-5})
path = integrate(slope, [1.0, 0.1], times)        path.states: (len(path.times), 2)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from theory.errors import UsersMistake
from theory.flows import Flow

Slope = Callable[[float, np.ndarray], np.ndarray]

LARGEST_STATE = 1e12


class SimulationError(UsersMistake):
    """A simulation that the model does not allow; names the value and the way out."""


@dataclass(frozen=True, slots=True)
class Path:
    """States at the times reached. `stopped` is None, or says when and why the integration ended early."""

    times: np.ndarray
    states: np.ndarray
    evaluations: int
    stopped: str | None = None


@lru_cache(maxsize=256)
def _compiled(expressions: tuple, arguments: tuple) -> Callable[..., list]:
    from sympy import lambdify

    return lambdify(arguments, list(expressions), modules=["scipy", "numpy"], cse=True)


def evaluate(expressions: Sequence[Any], values: Mapping[Any, Any]) -> list[np.ndarray]:
    """SymPy expressions at float64 `values` (numbers or arrays that broadcast), compiled once for each set."""
    names = tuple(sorted(values, key=str))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return _compiled(tuple(expressions), names)(*(np.asarray(values[name], dtype=np.float64) for name in names))


def right_hand_side(flow: Flow, parameters: Mapping[Any, Any]) -> Slope:
    """slope(t, state) for state of shape (m,) or (m, members); parameters are numbers or arrays of shape (members,).

    Raises SimulationError when a parameter of the flow has no value.
    """
    missing = [str(name) for name in flow.parameters if name not in parameters]
    if missing:
        raise SimulationError(f"{', '.join(missing)} of flow {flow.name} has no value, must have one; pass a number")
    function = _compiled(flow.right_hand_side, (*flow.state, *flow.parameters))
    constants = [np.asarray(parameters[name], dtype=np.float64) for name in flow.parameters]

    def slope(_: float, state: np.ndarray) -> np.ndarray:
        # exp(margin) may overflow to infinity, where the wrong probability is rightly 0
        with np.errstate(over="ignore", invalid="ignore"):
            parts = function(*state, *constants)
        out = np.empty_like(state)
        for row, part in enumerate(parts):
            out[row] = part
        return out

    return slope


def integrate(
    slope: Slope,
    start: Sequence[float] | np.ndarray,
    times: np.ndarray,
    *,
    rtol: float = 1e-9,
    atol: float = 1e-12,
    method: str = "DOP853",
    most_evaluations: int = 500_000,
) -> Path:
    """Adaptive SciPy integration from times[0], reported at `times`; `method` is any of solve_ivp's.

    A state that becomes non-finite or larger than 1e12, a step below the spacing of floats, or more than
    `most_evaluations` of the slope stop it; the path then holds what was reached and `stopped` says when and why.
    """
    from scipy import integrate as scipy_integrate

    evaluations, latest = 0, float(times[0])

    def counted(now: float, state: np.ndarray) -> np.ndarray:
        nonlocal evaluations, latest
        evaluations, latest = evaluations + 1, max(latest, float(now))
        return slope(now, state)

    states, due, stopped = [np.array(start, dtype=np.float64)], 1, None
    with np.errstate(over="ignore", invalid="ignore"):
        solver = getattr(scipy_integrate, method)(counted, times[0], states[0], times[-1], rtol=rtol, atol=atol)
        while due < len(times) and stopped is None:
            message = solver.step()
            if solver.status == "failed":
                stopped = f"diverged at t = {latest:.6g}: {message.rstrip('.').lower()}"
            elif not np.max(np.abs(solver.y)) <= LARGEST_STATE:
                stopped = f"diverged at t = {solver.t:.6g}: the state passed 1e12"
            elif evaluations > most_evaluations:
                stopped = f"gave up at t = {solver.t:.6g} after {evaluations} evaluations; try solver=LSODA"
            reached = int(np.searchsorted(times, solver.t, side="right")) if stopped is None else due
            if reached > due:
                states.extend(solver.dense_output()(times[due:reached]).T)
                due = reached
    return Path(np.asarray(times[:due], dtype=np.float64), np.array(states), evaluations, stopped)


def time_grid(t_end: float, points: int, *, first: float | None = None) -> np.ndarray:
    """0 and then `points` - 1 times that end at t_end: even, or logarithmic from `first` when it is given."""
    if first is None or points == 2:
        return np.linspace(0.0, t_end, points)
    return np.concatenate([[0.0], np.geomspace(min(first, t_end), t_end, points - 1)])
