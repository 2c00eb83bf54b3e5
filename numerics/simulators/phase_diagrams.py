"""Simulated outcomes over the boundaries of the closed forms, one cell for each pair of parameters.

decay_by_depth      L linear factors from above and below: the fold K Lambda_fold and the threshold K Lambda_c
decay_by_classes    cross-entropy from a small balanced state: it grows iff K c < 1
decay_by_imbalance  two sizes of classes: the minority separates iff N^2 decay_W decay_H < n_B
hysteresis          depth L, the state kept on the way up and on the way down, over the two branches of equilibria
time_to_collapse    time until the logit and the within-class noise have both settled, diverging at both ends

The trajectory's time axis counts the cells; `draw` saves figure (svg, png) and data (npz).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from numerics.ensemble import MemberSlope, integrate_ensemble, member_slope
from numerics.integration import evaluate
from numerics.phase_figures import draw_diagram
from numerics.simulation import about, require, require_one_of
from numerics.simulators import deep_ufm
from numerics.trajectory import Trajectory
from theory.flows import collapsed_ce
from theory.flows import deep_ufm as depth_flows
from theory.flows import imbalanced_ufm as blocks
from theory.objects import ufm
from theory.symbols import K, L, c, decay, decay_H, decay_W, n, x

DIAGRAMS = ("decay_by_depth", "decay_by_classes", "decay_by_imbalance", "hysteresis", "time_to_collapse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """`resolution` values of the weight decay (and of the other parameter, where it is continuous); t_end is in units
    of 1/decay, for depth of K n^(1/L)/L. `classes`, `samples_per_class` and `depth` are those of the diagrams that do
    not vary them; `start` is the small logit or fraction that is followed from below."""

    diagram: Literal["decay_by_depth", "decay_by_classes", "decay_by_imbalance", "hysteresis", "time_to_collapse"] = (
        "decay_by_depth"
    )
    resolution: int = 40
    classes: int = 4
    samples_per_class: int = 10
    depth: int = 3
    t_end: float = 400.0
    start: float = 1e-3

    def __post_init__(self) -> None:
        require_one_of("diagram", self.diagram, DIAGRAMS)
        require(2 <= self.resolution <= 400, "resolution", self.resolution, "lie in 2..400", "40 draws a clear picture")
        require(self.classes >= 2, "classes", self.classes, "be >= 2", "collapse needs two classes to tell apart")
        require(self.samples_per_class >= 1, "samples_per_class", self.samples_per_class, "be >= 1", "give each one")
        require(self.depth >= 3, "depth", self.depth, "be >= 3", "two factors have no hysteresis")
        require(self.t_end > 0, "t_end", self.t_end, "be > 0", "give the time in units of the flow")
        require(0 < self.start < 0.1, "start", self.start, "lie in (0, 0.1)", "start near the origin")


def simulate(config: Config, seed: int = 0) -> Trajectory:
    """All cells of the diagram; nothing is random, the seed is only recorded."""
    columns = globals()[f"_{config.diagram}"](config)
    cells = np.arange(len(next(iter(columns.values()))), dtype=np.float64)
    return Trajectory("phase_diagrams", cells, columns, "cell", about("phase_diagrams", config, seed))


def simulate_many(configs: Sequence[Config], seeds: Sequence[int]) -> list[Trajectory]:
    """One diagram after the other; each is an ensemble already."""
    return [simulate(config, seed) for config, seed in zip(configs, seeds, strict=True)]


def draw(trajectories: Sequence[Trajectory], folder: Path) -> list[Path]:
    """Figure and data of each diagram; returns the files written."""
    drawn = {trajectory.about["config"]["diagram"]: trajectory for trajectory in trajectories}
    return [path for diagram, trajectory in drawn.items() for path in draw_diagram(diagram, trajectory, Path(folder))]


def _grid(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All pairs as two flat arrays; the first varies fastest."""
    slow, fast = np.meshgrid(second, first, indexing="ij")
    return fast.ravel(), slow.ravel()


def _ends(slope: MemberSlope, starts: np.ndarray, t_end: float) -> np.ndarray:
    """States (m, members) at t_end."""
    return integrate_ensemble(slope, starts, np.array([0.0, t_end]), atol=1e-15).states[-1]


def _paced(slope: MemberSlope, pace: np.ndarray) -> MemberSlope:
    """The same paths, each member on its own clock: time in units of 1/pace."""
    return lambda state, members: slope(state, members) / pace[members]


def _fractions(config: Config, depth: int, drive: np.ndarray, start: float) -> np.ndarray:
    """Reached fraction of balanced factors at the end, from fraction `start`, for each drive = K Lambda."""
    sizes = {K: float(config.classes), n: float(config.samples_per_class), L: float(depth)}
    unit = float(evaluate([depth_flows.clock], sizes)[0])
    slope = member_slope(depth_flows.FRACTION, {**sizes, ufm.drive: drive}, len(drive))
    # a trial step may pass below 0, where the fractional power has no value; 0 itself is at rest
    positive = lambda state, members: slope(np.maximum(state, 0.0), members)  # noqa: E731
    return _ends(positive, np.full((1, len(drive)), start), config.t_end * unit)[0]


def _decay_by_depth(config: Config) -> dict[str, np.ndarray]:
    depths = np.arange(2, 9)
    drives = np.linspace(1.2, 0.0, config.resolution, endpoint=False)[::-1]
    drive, depth = _grid(drives, depths.astype(np.float64))
    above = np.concatenate([_fractions(config, int(size), drives, 1.0) for size in depths])
    below = np.concatenate([_fractions(config, int(size), drives, config.start) for size in depths])
    values = {x: np.maximum(above, 1e-300), L: depth, ufm.drive: drive}
    kept, fold, threshold = evaluate([ufm.deep_objective(), ufm.deep_fold(), ufm.deep_threshold()], values)
    # for two factors both expressions have a factor 0^0; the threshold and the fold are both 1
    edge = depth == 2
    return {
        "drive": drive,
        "depth": depth,
        "fraction_from_above": above,
        "fraction_from_below": below,
        "optimal": ((above > 1e-3) & (kept < 0.5)).astype(np.float64),
        "fold": np.where(edge, 1.0, fold),
        "threshold": np.where(edge, 1.0, threshold),
    }


def _decay_by_classes(config: Config) -> dict[str, np.ndarray]:
    classes = np.unique(np.round(np.geomspace(2, 100, config.resolution)))
    strength, size = _grid(np.geomspace(1e-3, 1.0, config.resolution), classes)
    rate = strength / np.sqrt(config.samples_per_class)
    parameters = {K: size, n: float(config.samples_per_class), decay: rate}
    slope = member_slope(collapsed_ce.SCALAR_DECAY, parameters, len(size))
    logit = _ends(_paced(slope, rate), np.full((1, len(size)), config.start), config.t_end)[0]
    boundary, optimum = evaluate([ufm.collapse_threshold, ufm.optimal_logit(c)], {K: size, c: strength})
    return {
        "strength": strength,
        "classes": size,
        "logit": logit,
        "grown": (logit > config.start).astype(np.float64),
        "boundary": np.broadcast_to(boundary, size.shape).copy(),
        "predicted_logit": np.where(strength < boundary, optimum, 0.0),
    }


def _decay_by_imbalance(config: Config) -> dict[str, np.ndarray]:
    half = max(config.classes // 2, 2)
    ratios = np.unique(np.round(np.geomspace(1, 100, config.resolution)))
    level, ratio = _grid(np.geomspace(1e-3, 1.0, config.resolution), ratios)
    minority = float(config.samples_per_class)
    sizes = {blocks.K_A: half, blocks.K_B: half, blocks.n_A: ratio * minority, blocks.n_B: minority}
    # decays chosen so that level = N sqrt(decay_W decay_H/n_A) crosses the majority's own threshold at 1
    samples = evaluate([blocks.samples], sizes)[0]
    product = (level / samples) ** 2 * sizes[blocks.n_A]
    rate = np.sqrt(product)
    parameters = {**sizes, decay_W: rate, decay_H: rate}
    slope = member_slope(blocks.BLOCKS, parameters, len(ratio))
    seli = evaluate([blocks.SELI[part] for part in blocks.STATE], sizes)
    starts = 0.1 * np.array([np.broadcast_to(part, ratio.shape) for part in seli])
    ends = _ends(_paced(slope, rate), starts, config.t_end)
    minor, major = evaluate([blocks.minority_ratio, blocks.majority_ratio], parameters)
    return {
        "level": level,
        "imbalance": ratio,
        "majority_spread": np.abs(ends[0]),
        "minority_spread": np.abs(ends[2]),
        "minority_ratio": minor,
        "majority_ratio": major,
    }


def _hysteresis(config: Config) -> dict[str, np.ndarray]:
    fold, threshold = (float(evaluate([make(L)], {L: config.depth})[0]) for make in (ufm.deep_fold, ufm.deep_threshold))
    drive = np.linspace(1.2 * fold, 0.0, config.resolution, endpoint=False)[::-1]
    sizes = {K: config.classes, n: config.samples_per_class, L: config.depth}
    unit = float(evaluate([depth_flows.drive_of()], {**sizes, decay: 1.0})[0])
    models = [
        deep_ufm.Config(
            depth=config.depth, classes=config.classes, samples_per_class=config.samples_per_class, decay=value / unit,
            features=config.classes,
        )
        for value in drive
    ]  # fmt: skip
    unstable, stable = np.array([deep_ufm.branches(model) for model in models]).T
    return {
        "drive": drive,
        "fraction_from_above": _fractions(config, config.depth, drive, 1.0),
        "fraction_from_below": _fractions(config, config.depth, drive, config.start),
        "stable_branch": stable,
        "unstable_branch": unstable,
        "fold": np.full_like(drive, fold),
        "threshold": np.full_like(drive, threshold),
    }


def _time_to_collapse(config: Config) -> dict[str, np.ndarray]:
    """From (a, b) at a tenth of the equilibrium and noise as large as the equilibrium feature norm."""
    edge = 1 / config.classes
    strength = edge / (1 + np.exp(-np.linspace(-8, 5, config.resolution)))
    rate = strength / np.sqrt(config.samples_per_class)
    sizes = {K: config.classes, n: config.samples_per_class}
    parameters = {**sizes, decay_W: rate, decay_H: rate}
    wanted = [collapsed_ce.equilibrium_head_norm, collapsed_ce.equilibrium_feature_norm, collapsed_ce.equilibrium_logit]
    head, feature, logit = (np.broadcast_to(part, rate.shape) for part in evaluate(wanted, parameters))
    slow = evaluate([collapsed_ce.local_rate()], {**sizes, decay: rate})[0]
    slope = member_slope(collapsed_ce.NOISE, parameters, len(rate))
    # each member runs on its own slowest clock, so that one set of output times serves all
    pace = np.minimum(slow, rate)
    times = np.linspace(0.0, 16.0, 1601)
    found = integrate_ensemble(_paced(slope, pace), np.array([0.1 * head, 0.1 * feature, feature]), times, rtol=1e-8)
    a, b, noise = found.states.transpose(1, 0, 2)
    fitted = np.abs(a * b / logit - 1) < 0.01
    clean = (noise / b) ** 2 < 0.01
    settled = times[_settling(fitted)], times[_settling(clean)], times[_settling(fitted & clean)]
    fit, cleaning, both = (moment / pace for moment in settled)
    return {
        "strength": strength,
        "relative_strength": strength * config.classes,
        "fit_time": fit,
        "noise_time": cleaning,
        "collapse_time": both,
        "noise_clock": np.log(10.0) / rate,
        "relaxation_clock": np.log(100.0) / slow,
    }


def _settling(holds: np.ndarray) -> np.ndarray:
    """Index of the first time from which `holds` (T, members) is true for good (the last index where it never is)."""
    broken = ~holds
    last = holds.shape[0] - 1 - np.argmax(broken[::-1], axis=0)
    return np.where(broken.any(axis=0), np.minimum(last + 1, holds.shape[0] - 1), 0)
