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
) -> Path:
    """Adaptive SciPy integration from times[0], reported at `times`.

    A state that becomes non-finite or larger than 1e12 stops the integration; the path then holds what was reached and
    `stopped` says when. `method` is any of solve_ivp's.
    """
    from scipy.integrate import solve_ivp

    def bounded(_: float, state: np.ndarray) -> float:
        return float(np.max(np.abs(state)) - LARGEST_STATE) if np.all(np.isfinite(state)) else 1.0

    latest = [float(times[0])]

    def watched(now: float, state: np.ndarray) -> np.ndarray:
        latest[0] = max(latest[0], float(now))
        return slope(now, state)

    bounded.terminal = True
    with np.errstate(over="ignore", invalid="ignore"):
        solution = solve_ivp(
            watched, (times[0], times[-1]), np.asarray(start, dtype=np.float64),
            method=method, t_eval=times, rtol=rtol, atol=atol, events=bounded,
        )  # fmt: skip
    stopped = None
    if solution.status != 0:
        last = float(solution.t_events[0][0]) if solution.status == 1 else latest[0]
        reason = "the state passed 1e12" if solution.status == 1 else solution.message.rstrip(".").lower()
        stopped = f"diverged at t = {last:.6g}: {reason}"
    reached = np.asarray(solution.t)
    states = np.asarray(solution.y).T if len(reached) else np.empty((0, len(np.atleast_1d(start))))
    return Path(reached, states, int(solution.nfev), stopped)


def time_grid(t_end: float, points: int, *, first: float | None = None) -> np.ndarray:
    """0 and then `points` - 1 times that end at t_end: even, or logarithmic from `first` when it is given."""
    if first is None or points == 2:
        return np.linspace(0.0, t_end, points)
    return np.concatenate([[0.0], np.geomspace(min(first, t_end), t_end, points - 1)])
