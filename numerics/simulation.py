"""What the simulators share: the schedule of a simulation, and the way from a start to trajectories.

A reduced flow is integrated for all members at once, each with its own step; a chain is integrated as one system, or
descended as one batch. Every trajectory says in `about` what was simulated, how, and whether it stopped early.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, Literal

import numpy as np

from numerics.chain import Chain, slope
from numerics.config import as_json
from numerics.curvature import largest_curvature, refuse_unstable
from numerics.descent import descend
from numerics.ensemble import integrate_ensemble, member_slope
from numerics.integration import SimulationError, evaluate, integrate, right_hand_side, time_grid
from numerics.one_thread import calm
from numerics.trajectory import Trajectory
from theory.errors import near
from theory.flows import Flow, descent

# observe(blocks of one member, time) -> named numbers
Observe = Callable[[list[np.ndarray], float], Mapping[str, float]]


def require(holds: bool, thing: str, value: Any, relation: str, way_out: str) -> None:
    """Raise SimulationError `<thing> is <value>, must <relation>; <way out>` unless `holds`."""
    if not holds:
        raise SimulationError(f"{thing} is {value}, must {relation}; {way_out}")


def require_one_of(thing: str, value: str, known: Sequence[str]) -> None:
    require(value in known, thing, repr(value), f"be one of {', '.join(known)}", f"choose one{near(value, known)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long and how: gradient flow up to t_end, or descent with round(t_end/step) steps.

    `points` output times, even or logarithmic from t_end/1e6; rtol and atol are those of the adaptive integration, and
    `solver` is SciPy's (LSODA, BDF or Radau for rates a hundredfold apart); ensembles of reduced flows have their own.
    Momentum 0 with adam=True stands for Adam's usual 0.9.
    """

    method: Literal["flow", "descent"] = "flow"
    t_end: float = 1000.0
    points: int = 200
    log_times: bool = False
    step: float = 0.1
    momentum: float = 0.0
    adam: bool = False
    decoupled: bool = False
    rtol: float = 1e-9
    atol: float = 1e-12
    solver: Literal["DOP853", "RK45", "LSODA", "BDF", "Radau"] = "DOP853"

    def __post_init__(self) -> None:
        require_one_of("method", self.method, ("flow", "descent"))
        require_one_of("solver", self.solver, ("DOP853", "RK45", "LSODA", "BDF", "Radau"))
        require(0 < self.t_end < np.inf, "t_end", self.t_end, "be > 0", "give the time to simulate")
        require(self.points >= 2, "points", self.points, "be >= 2", "ask for at least the start and the end")
        require(self.step > 0, "step", self.step, "be > 0", "choose a positive step")
        enough = self.method == "flow" or round(self.t_end / self.step) >= 1
        require(enough, "step", self.step, f"be <= t_end = {self.t_end:g}", "descent takes round(t_end/step) steps")
        require(0 <= self.momentum < 1, "momentum", self.momentum, "lie in [0, 1)", "0.9 is usual")
        require(self.rtol >= 1e-13, "rtol", self.rtol, "be >= 1e-13", "float64 carries no more digits")
        require(self.atol >= 0, "atol", self.atol, "be >= 0", "choose for example 1e-12")

    @property
    def times(self) -> np.ndarray:
        return time_grid(self.t_end, self.points, first=self.t_end / 1e6 if self.log_times else None)

    @property
    def tolerances(self) -> dict[str, Any]:
        """Settings of `integrate`."""
        return {"rtol": self.rtol, "atol": self.atol, "method": self.solver}

    @property
    def log_steps(self) -> np.ndarray:
        """Numbers of descent steps at which to look, increasing from 0."""
        return np.unique(np.round(self.times / self.step).astype(int))


@cache
def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("numpy", "scipy", "sympy")}


def about(simulator: str, config: Any, seed: int, stopped: str | None = None, **more: Any) -> dict[str, Any]:
    """What a trajectory says about itself."""
    note = {"simulator": simulator, "config": as_json(config), "seed": seed, "versions": dict(_versions()), **more}
    return {**note, "stopped": stopped} if stopped else note


def reduced_trajectories(
    simulator: str,
    flow: Flow,
    observables: Mapping[str, Any],
    parameters: Mapping[Any, np.ndarray],
    starts: np.ndarray,
    configs: Sequence[Schedule],
    seeds: Sequence[int],
) -> list[Trajectory]:
    """Integrate the flow from every column of `starts` (m, members) and evaluate the SymPy `observables` along it."""
    config, members = configs[0], range(len(configs))
    times = config.times
    if len(configs) == 1:
        single = {name: value[0] for name, value in parameters.items()}
        path = integrate(right_hand_side(flow, single), starts[:, 0], times, **config.tolerances)
        states, lengths, stops = path.states[:, :, None], [len(path.times)], [path.stopped]
    else:
        slopes = member_slope(flow, parameters, len(configs))
        result = integrate_ensemble(slopes, starts, times, rtol=config.rtol, atol=config.atol)
        states, lengths = result.states, np.isfinite(result.states).all(axis=1).sum(axis=0).tolist()
        stops = [f"diverged at t = {result.reached[k]:.6g}" if result.diverged[k] else None for k in members]
    trajectories = []
    for k, (length, stopped) in enumerate(zip(lengths, stops, strict=True)):
        values = dict(zip(flow.state, states[:length, :, k].T, strict=True))
        values |= {name: value[k] for name, value in parameters.items()}
        columns = evaluate(tuple(observables.values()), values)
        table = {name: np.broadcast_to(column, (length,)) for name, column in zip(observables, columns, strict=True)}
        note = about(simulator, configs[k], seeds[k], stopped, flow=flow.name)
        trajectories.append(Trajectory(simulator, times[:length], table, "t", note))
    return trajectories


def chain_trajectories(
    simulator: str,
    chain: Chain,
    starts: Sequence[Sequence[np.ndarray]],
    observers: Sequence[Observe],
    configs: Sequence[Schedule],
    seeds: Sequence[int],
) -> list[Trajectory]:
    """Flow or descent of a chain from each member's start; `observers[k]` looks at member k at every output time."""
    config = configs[0]
    alone = len(configs) == 1  # one member goes without the leading axis: plain products are faster than batched ones
    stacked = list(starts[0]) if alone else [np.stack(blocks) for blocks in zip(*starts, strict=True)]
    states = _descent_states if config.method == "descent" else _flow_states
    times, rows, stopped = [], [[] for _ in configs], None
    with calm(chain, starts[0], config.method == "descent"):
        for event in states(chain, stacked, config):
            if isinstance(event, str):
                stopped = event
                break
            time, blocks = event
            times.append(time)
            for k, observe in enumerate(observers):
                rows[k].append(observe(blocks if alone else [block[k] for block in blocks], time))
    unit = "step" if config.method == "descent" else "t"
    trajectories = []
    for k, table in enumerate(rows):
        columns = {name: np.array([row[name] for row in table]) for name in table[0]}
        note = about(simulator, configs[k], seeds[k], stopped)
        trajectories.append(Trajectory(simulator, np.array(times, dtype=np.float64), columns, unit, note))
    return trajectories


@dataclass(frozen=True, slots=True)
class Family:
    """What a simulator says about its full model. `chain(configs)` may carry decays of shape (members, 1, 1);
    `optimum(config)` gives the blocks of a minimiser where one is known in closed form, else None, and is what the step
    of plain descent is checked against."""

    name: str
    chain: Callable[[Sequence[Any]], Chain]
    start: Callable[[Any, int], Sequence[np.ndarray]]
    optimum: Callable[[Any], Sequence[np.ndarray] | None]
    observer: Callable[[Chain, Sequence[np.ndarray], Any], Observe]


def full_trajectories(family: Family, configs: Sequence[Any], seeds: Sequence[int]) -> list[Trajectory]:
    """The full model from each member's start. Raises SimulationError for a step that cannot stay at the optimum."""
    for config in set(configs):
        if config.method == "descent" and not config.adam and (optimum := family.optimum(resting(config))) is not None:
            with calm(family.chain([config]), optimum, with_torch=True):
                curvature = largest_curvature(family.chain([config]), optimum)
            refuse_unstable(config.step, config.momentum, curvature, "the optimum")
    starts = [family.start(config, seed) for config, seed in zip(configs, seeds, strict=True)]
    observers = [
        family.observer(family.chain([config]), blocks, config) for config, blocks in zip(configs, starts, strict=True)
    ]
    return chain_trajectories(family.name, family.chain(configs), starts, observers, configs, seeds)


def resting(config: Any) -> Any:
    """The config whose equilibria are those at which descent with this one comes to rest.

    Decoupled decay with momentum rests where the flow with weight decay (1 - momentum) decay does.
    """
    if not (config.method == "descent" and config.decoupled and config.momentum) or config.adam:
        return config
    factor = float(evaluate([descent.effective_decay()], {descent.decay: 1.0, descent.beta: config.momentum})[0])
    rates = {field.name: factor * getattr(config, field.name) for field in fields(config) if "decay" in field.name}
    return replace(config, **rates, decoupled=False)


def decay_columns(*rates: Sequence[float]) -> tuple[Any, ...]:
    """For each block its decay: a number when all members agree in all blocks, else arrays of shape (members, 1, 1)."""
    if all(len(set(rate)) == 1 for rate in rates):
        return tuple(float(rate[0]) for rate in rates)
    return tuple(np.array(rate, dtype=np.float64)[:, None, None] for rate in rates)


def settled(chain: Chain, start: Sequence[np.ndarray], horizon: float) -> tuple[np.ndarray, ...]:
    """Blocks at the end of a stiff integration of the chain's flow up to `horizon`."""
    unpack, downhill, state = _as_system(chain, start)
    path = integrate(downhill, state, np.array([0.0, horizon]), rtol=1e-6, atol=1e-9, method="LSODA")
    return tuple(unpack(path.states[-1]))


def _as_system(chain: Chain, blocks: Sequence[np.ndarray]) -> tuple[Callable, Callable, np.ndarray]:
    """(state -> blocks, right-hand side, state at the start) of the chain's flow as one vector."""
    shapes = [block.shape for block in blocks]
    ends = np.cumsum([block.size for block in blocks])[:-1]

    def unpack(state: np.ndarray) -> list[np.ndarray]:
        return [part.reshape(shape) for part, shape in zip(np.split(state, ends), shapes, strict=True)]

    def downhill(_: float, state: np.ndarray) -> np.ndarray:
        return -np.concatenate([part.ravel() for part in slope(chain, unpack(state))])

    return unpack, downhill, np.concatenate([block.ravel() for block in blocks])


def _flow_states(chain: Chain, stacked: list[np.ndarray], config: Schedule):
    """(t, blocks) at the output times, then a sentence if the integration stopped early."""
    unpack, downhill, start = _as_system(chain, stacked)
    path = integrate(downhill, start, config.times, **config.tolerances)
    for time, state in zip(path.times, path.states, strict=True):
        yield float(time), unpack(state)
    if path.stopped:
        yield path.stopped


def _descent_states(chain: Chain, stacked: list[np.ndarray], config: Schedule):
    """(steps done, blocks) at the logged steps, then a sentence if the descent stopped early."""
    log_steps = config.log_steps
    settings = {"step": config.step, "momentum": config.momentum, "adam": config.adam, "decoupled": config.decoupled}
    done, seen = 0, 0
    for done, blocks in descend(chain, stacked, log_steps, **settings):
        seen += 1
        yield float(done), [block.numpy() for block in blocks]
    if seen < len(log_steps):
        yield f"diverged between steps {done} and {log_steps[seen]}: a block passed 1e12 or is not finite"


def alike(configs: Sequence[Any], may_differ: Sequence[str]) -> None:
    """Raise SimulationError unless the configs agree in every field but those named: they are integrated as one."""
    first = as_json(configs[0])
    for config in configs[1:]:
        wrong = [key for key, value in as_json(config).items() if value != first[key] and key not in may_differ]
        require(not wrong, "the ensemble", f"mixed in {', '.join(wrong)}", "share these", "simulate them apart")


def with_changes(config: Any, **columns: Sequence[Any]) -> list[Any]:
    """One config for each position of the columns: with_changes(config, decay_W=[1e-3, 1e-2]) -> two configs."""
    return [
        replace(config, **dict(zip(columns, values, strict=True))) for values in zip(*columns.values(), strict=True)
    ]
