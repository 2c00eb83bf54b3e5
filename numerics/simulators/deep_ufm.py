"""Unconstrained features under L linear factors (L - 1 weight matrices and H), mean squared error, one weight decay.

    (1/2N) ||W_{L-1} ... W_1 H - Y||_F^2 + (decay/2) (sum ||W_l||_F^2 + ||H||_F^2)

model "full" evolves the matrices, with relu=True also after each inner product; "factors" the L numbers of one singular
direction; "balanced" is "factors" from equal numbers. For L >= 3 the collapsed state is reached from start fractions
above the unstable branch only and survives up to the fold, beyond the threshold of the global minimum: hysteresis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from numerics.chain import Chain, one_hot
from numerics.integration import evaluate
from numerics.observation import pair_observer
from numerics.simulation import (
    Family,
    Observe,
    Schedule,
    alike,
    decay_columns,
    full_trajectories,
    reduced_trajectories,
    require,
    require_one_of,
    resting,
)
from numerics.starts import gaussian_blocks, random_frame
from numerics.trajectory import Trajectory
from theory.flows import deep_ufm as flows
from theory.objects import ufm
from theory.symbols import K, L, decay, n, x

MODELS = ("full", "factors")
STARTS = ("collapsed", "gaussian")
MEMBER_FIELDS = ("decay", "start_fraction", "imbalance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(Schedule):
    """`start_fraction` is the fraction of the target that the product reaches at the start (collapsed), or the scale of
    the Gaussian blocks relative to orthogonal ones; `imbalance` multiplies the factors from features to head by equal
    steps of exp(imbalance), their product unchanged."""

    model: Literal["full", "factors"] = "full"
    depth: int = 3
    relu: bool = False
    classes: int = 4
    samples_per_class: int = 10
    features: int = 8
    decay: float = 5e-3
    start: Literal["collapsed", "gaussian"] = "collapsed"
    start_fraction: float = 0.1
    imbalance: float = 0.0

    def __post_init__(self) -> None:
        Schedule.__post_init__(self)
        require_one_of("model", self.model, MODELS)
        require_one_of("start", self.start, STARTS)
        require(self.depth >= 2, "depth", self.depth, "be >= 2", "the features count as a factor")
        require(self.classes >= 2, "classes", self.classes, "be >= 2", "collapse needs two classes to tell apart")
        require(
            self.samples_per_class >= 1, "samples_per_class", self.samples_per_class, "be >= 1", "give each class one"
        )
        require(self.decay >= 0, "decay", self.decay, "be >= 0", "use 0 for none")
        require(
            self.start_fraction > 0, "start_fraction", self.start_fraction, "be > 0", "the origin is an equilibrium"
        )
        require(
            self.model != "full" or self.features >= self.classes, "features", self.features,
            f"be >= classes = {self.classes}", "an orthogonal frame needs them; raise it or lower classes",
        )  # fmt: skip
        if self.model == "factors":
            require(
                self.start == "collapsed",
                "start",
                "'gaussian'",
                "be collapsed for model=factors",
                "set start=collapsed",
            )
            require(self.method == "flow", "method", "'descent'", "be flow for model=factors", "descend model=full")
            require(not self.relu, "relu", True, "be false for model=factors", "aligned factors are the same with relu")


def parameters(config: Config) -> dict:
    """Values of the flow's symbols."""
    return {K: config.classes, n: config.samples_per_class, decay: config.decay}


def drive(config: Config) -> float:
    """K Lambda = K n^(1/L) decay."""
    return float(evaluate([flows.drive_of()], {**parameters(config), L: config.depth})[0])


def branches(config: Config) -> tuple[float, float]:
    """(unstable, stable) reached fractions of the two nonzero equilibria, from x^(1-2/L) (1-x) = K Lambda.

    (0, 0) beyond the fold. Depth 2 has no unstable one: there it is 0.
    """
    from scipy.optimize import brentq

    level = drive(config)
    fold, middle = map(float, evaluate([ufm.deep_fold(), ufm.deep_fold_fraction()], {L: config.depth}))
    if level >= fold:
        return 0.0, 0.0

    def excess(fraction: float) -> float:
        return float(evaluate([ufm.deep_stationarity()], {x: fraction, L: config.depth})[0]) - level

    stable = brentq(excess, middle, 1.0, xtol=1e-15, rtol=1e-14)
    unstable = brentq(excess, 0.0, middle, xtol=1e-300, rtol=1e-14) if config.depth > 2 else 0.0
    return unstable, stable


def least_objective(config: Config) -> float:
    """The least objective of linear factors of width K or more: that of one direction at x = 0 or at the stable x."""
    values = {L: config.depth, ufm.drive: drive(config), x: branches(config)[1]}
    return min(0.5, float(evaluate([ufm.deep_objective()], values)[0])) if config.decay > 0 else 0.0


def equilibrium(config: Config) -> tuple[float, float]:
    """(a*, b*): each factor's singular value at the collapsed equilibrium, twice; (0, 0) beyond the fold."""
    factor = (branches(resting(config))[1] * np.sqrt(config.samples_per_class)) ** (1 / config.depth)
    return factor, factor


def start_factors(config: Config) -> np.ndarray:
    """Singular values of H, W_1, ..., W_{L-1} at a collapsed start."""
    root = (config.start_fraction * np.sqrt(config.samples_per_class)) ** (1 / config.depth)
    return root * np.exp(config.imbalance * (np.arange(config.depth) - (config.depth - 1) / 2))


def simulate(config: Config, seed: int = 0) -> Trajectory:
    """One trajectory; the seed draws rotations (linear chains) and Gaussian blocks."""
    return simulate_many([config], [seed])[0]


def simulate_many(configs: Sequence[Config], seeds: Sequence[int]) -> list[Trajectory]:
    """All members in one vectorised integration; they may differ in decay, start fraction, imbalance and seed."""
    alike(configs, MEMBER_FIELDS)
    if configs[0].model == "full":
        return full_trajectories(FULL, configs, seeds)
    depth = configs[0].depth
    flow = flows.factors(depth, equal_decay=True)
    values = {name: np.array([parameters(config)[name] for config in configs]) for name in flow.parameters}
    starts = np.stack([start_factors(config) for config in configs], axis=1)
    return reduced_trajectories("deep_ufm", flow, flows.observables(depth), values, starts, configs, seeds)


def chain_of(configs: Sequence[Config]) -> Chain:
    """The full model as a chain of depth - 1 matrices on free features."""
    first = configs[0]
    decays = decay_columns(*([[config.decay for config in configs]] * first.depth))
    targets = one_hot([first.samples_per_class] * first.classes)
    weight = float(evaluate([ufm.mse_weights["paper"]], {K: first.classes, n: first.samples_per_class})[0])
    return Chain(targets, first.depth - 1, decays, "squared", weight, relu=first.relu)


def start_blocks(config: Config, seed: int) -> tuple[np.ndarray, ...]:
    """W_{L-1}, ..., W_1, H at the start."""
    rng = np.random.default_rng(seed)
    if config.start == "collapsed":
        return _aligned(config, start_factors(config), None if config.relu else rng)
    width, samples = config.features, config.classes * config.samples_per_class
    shapes = [(config.classes, width), *[(width, width)] * (config.depth - 2), (width, samples)]
    scale = config.start_fraction / np.sqrt(width)
    return tuple(gaussian_blocks(shapes, scale, rng))


def _aligned(config: Config, factors: np.ndarray, rng: np.random.Generator | None) -> tuple[np.ndarray, ...]:
    """Blocks with singular values `factors` (features first), aligned; without `rng` along coordinates, all >= 0."""
    classes, width = config.classes, config.features
    frames = [
        np.eye(width, classes) if rng is None else random_frame(width, classes, rng) for _ in range(config.depth - 1)
    ]
    spread = np.repeat(np.eye(classes), config.samples_per_class, axis=1) / np.sqrt(config.samples_per_class)
    lefts = [*frames, np.eye(classes)]
    rights = [spread, *(frame.T for frame in frames)]
    blocks = [size * left @ right for size, left, right in zip(factors, lefts, rights, strict=True)]
    return tuple(reversed(blocks))


def optimal_blocks(config: Config) -> tuple[np.ndarray, ...] | None:
    """The collapsed equilibrium where there is one, else the origin; None without decay."""
    if config.decay == 0:
        return None
    return _aligned(config, np.full(config.depth, equilibrium(config)[0]), None)


def observer(chain: Chain, start: Sequence[np.ndarray], config: Config) -> Observe:
    """The pair's observables, and the mean singular value of the product as a fraction of its target."""
    pair, least = pair_observer(chain, start, config), least_objective(config)

    def observe(blocks: Sequence[np.ndarray], time: float) -> dict[str, float]:
        product = blocks[-1]
        for block in reversed(blocks[:-1]):
            product = block @ (product * (product > 0) if chain.relu and product is not blocks[-1] else product)
        mode = float(np.linalg.svd(product, compute_uv=False)[: config.classes].mean())
        means = {"unconstrained_norm": float(np.linalg.norm(blocks[-1], axis=0).mean())}
        seen = {**pair(blocks, time), **means, "mode": mode, "fraction": mode / np.sqrt(config.samples_per_class)}
        return {**seen, "objective_over_deep_ufm_optimum": seen["objective"] / least} if least > 0 else seen

    return observe


FULL = Family("deep_ufm", chain_of, start_blocks, optimal_blocks, observer)
