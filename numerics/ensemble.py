"""Many small flows in one vectorised integration: Dormand-Prince 5(4), a step size of its own for each trajectory.

All members advance together, one array operation for each stage; a member whose error is too large repeats its step
with a smaller one while the others go on, and members that have arrived are dropped from the arrays. Output comes from
the method's continuous extension (fourth order), so asking for more times costs no further steps.

Coefficients: Dormand & Prince (1980), J. Comput. Appl. Math. 6, 19-26; dense output: Shampine (1986), Math. Comp. 46.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.integration import right_hand_side
from theory.flows import Flow

NODES = np.array([0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1])
STAGES = (
    np.array([1 / 5]),
    np.array([3 / 40, 9 / 40]),
    np.array([44 / 45, -56 / 15, 32 / 9]),
    np.array([19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729]),
    np.array([9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656]),
    np.array([35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84]),
)
ERROR = np.array([-71 / 57600, 0, 71 / 16695, -71 / 1920, 17253 / 339200, -22 / 525, 1 / 40])
DENSE = np.array(
    [
        [1, -8048581381 / 2820520608, 8663915743 / 2820520608, -12715105075 / 11282082432],
        [0, 0, 0, 0],
        [0, 131558114200 / 32700410799, -68118460800 / 10900136933, 87487479700 / 32700410799],
        [0, -1754552775 / 470086768, 14199869525 / 1410260304, -10690763975 / 1880347072],
        [0, 127303824393 / 49829197408, -318862633887 / 49829197408, 701980252875 / 199316789632],
        [0, -282668133 / 205662961, 2019193451 / 616988883, -1453857185 / 822651844],
        [0, 40617522 / 29380423, -110615467 / 29380423, 69997945 / 29380423],
    ]
)

# slope(state, members): state (m, k) of the k members whose indices are given
MemberSlope = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Ensemble:
    """`states` has shape (T, m, members), NaN beyond `reached`; `reached` is the last time of each member, smaller than
    times[-1] only for those that diverged. `steps` counts array steps, accepted or not."""

    times: np.ndarray
    states: np.ndarray
    reached: np.ndarray
    steps: int

    @property
    def diverged(self) -> np.ndarray:
        """Which members stopped early, shape (members,)."""
        return self.reached < self.times[-1]


def integrate_ensemble(
    slope: MemberSlope,
    starts: np.ndarray,
    times: np.ndarray,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    largest_state: float = 1e12,
    most_steps: int = 1_000_000,
) -> Ensemble:
    """Integrate every column of `starts` (m, members) from times[0], reported at `times` (T,).

    The flow is autonomous. The error of a member is its own root mean square over the m components, scaled by
    atol + rtol |state|. A member whose state leaves [-largest_state, largest_state], or whose step falls below the
    spacing of floats, stops there.
    """
    state = np.array(starts, dtype=np.float64)
    size, count = state.shape
    out = np.full((len(times), size, count), np.nan)
    out[0] = state
    reached = np.full(count, float(times[0]))
    members = np.arange(count)
    stages = np.empty((7, size, count))
    stages[0] = slope(state, members)
    now, due = reached.copy(), np.ones(count, dtype=int)
    steps = 0
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        step = _first_step(slope, state, stages[0], members, times[-1] - times[0], rtol, atol)
        while len(members) and steps < most_steps and len(times) > 1:
            steps += 1
            step = np.minimum(step, times[-1] - now)
            moved = _advance(slope, state, stages, step, members)
            scale = atol + rtol * np.maximum(np.abs(state), np.abs(moved))
            wrong = np.tensordot(ERROR, stages, 1) * step / scale
            norm = np.sqrt(np.einsum("mk,mk->k", wrong, wrong) / size)
            norm[~np.isfinite(norm)] = np.inf
            good = norm <= 1
            ends = np.where(good, now + step, now)
            ends[good & (times[-1] - ends <= 4e-16 * abs(times[-1]))] = times[-1]
            _report(out, times, due, state, stages, now, ends, step, members)
            state = np.where(good, moved, state)
            stages[0] = np.where(good, stages[6], stages[0])
            now = ends
            step = step * np.clip(0.9 * norm**-0.2, 0.2, np.where(good, 5.0, 0.9))
            reached[members] = now
            alive = (now < times[-1]) & (step > 1e-15 * np.maximum(np.abs(now), 1e-300))
            alive &= np.max(np.abs(state), axis=0) <= largest_state
            if not alive.all():
                members, now, due, step = members[alive], now[alive], due[alive], step[alive]
                state, stages = state[:, alive], np.ascontiguousarray(stages[:, :, alive])
    return Ensemble(np.asarray(times, dtype=np.float64), out, reached, steps)


def member_slope(flow: Flow, parameters: Mapping[Any, Any], count: int) -> MemberSlope:
    """The flow's right-hand side for `integrate_ensemble`; parameters are numbers or arrays of shape (count,)."""
    names = flow.parameters
    columns = {name: np.broadcast_to(np.asarray(parameters[name], dtype=np.float64), (count,)) for name in names}
    kept, inner = np.arange(count), right_hand_side(flow, columns)

    def slope(state: np.ndarray, members: np.ndarray) -> np.ndarray:
        nonlocal kept, inner
        if not np.array_equal(members, kept):
            kept, inner = members, right_hand_side(flow, {name: column[members] for name, column in columns.items()})
        return inner(0.0, state)

    return slope


def _advance(slope: MemberSlope, state, stages, step, members) -> np.ndarray:
    """Fill stages 1..6 and return the fifth-order state at the end of the step."""
    moved = state
    for order, weights in enumerate(STAGES, start=1):
        moved = state + step * np.tensordot(weights, stages[:order], 1)
        stages[order] = slope(moved, members)
    return moved


def _report(out, times, due, state, stages, now, ends, step, members) -> None:
    """Write the continuous extension at every output time that lies in (now, ends]; `due` moves on in place."""
    while True:
        hit = np.flatnonzero((due < len(times)) & (times[np.minimum(due, len(times) - 1)] <= ends))
        if not len(hit):
            return
        fraction = (times[due[hit]] - now[hit]) / step[hit]
        powers = fraction ** np.arange(1, 5)[:, None]
        weights = DENSE @ powers
        out[due[hit], :, members[hit]] = (
            state[:, hit] + step[hit] * np.einsum("sk,smk->mk", weights, stages[:, :, hit])
        ).T
        due[hit] += 1


def _first_step(slope: MemberSlope, state, rate, members, span, rtol, atol) -> np.ndarray:
    """Hairer, Norsett & Wanner's starting step, for each member (Solving ODEs I, II.4)."""
    scale = atol + rtol * np.abs(state)
    size = np.sqrt(np.mean((state / scale) ** 2, axis=0))
    speed = np.sqrt(np.mean((rate / scale) ** 2, axis=0))
    first = np.where((size < 1e-5) | (speed < 1e-5), 1e-6, 0.01 * size / np.maximum(speed, 1e-300))
    first = np.minimum(first, span)
    bend = np.sqrt(np.mean(((slope(state + first * rate, members) - rate) / scale) ** 2, axis=0)) / first
    top = np.maximum(speed, bend)
    second = np.where(top <= 1e-15, np.maximum(1e-6, first * 1e-3), (0.01 / np.maximum(top, 1e-300)) ** 0.2)
    return np.minimum(np.minimum(100 * first, second), span)
