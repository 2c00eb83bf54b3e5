"""Deep linear networks on data: balancedness of every pair of layers, under gradient flow and under descent.

    logits = W_L ... W_1 X,   objective = loss + (decay/2) sum ||W_l||_F^2

For D_l = W_{l+1}^T W_{l+1} - W_l W_l^T the flow gives D_l(t) = exp(-2 decay t) D_l(0) whatever the loss; plain descent
multiplies it by (1 - step decay)^2 each step and adds step^2 (W_l G^T G W_l^T - W_{l+1}^T G G^T W_{l+1}).
balancedness_l and its defect from the law are reported for every pair; balancedness is that of the last pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from numerics.chain import Chain, one_hot
from numerics.observation import assumption_defects, balance_matrix, decayed, observe_chain, rises
from numerics.simulation import (
    Family,
    Observe,
    Schedule,
    alike,
    decay_columns,
    full_trajectories,
    require,
    require_one_of,
    settled,
)
from numerics.starts import gaussian_blocks
from numerics.trajectory import Trajectory

LOSSES = ("squared", "cross_entropy")
MEMBER_FIELDS = ("decay", "scale")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(Schedule):
    """Inputs are Gaussian class means plus noise, drawn from `data_seed` and shared by all members; `scale` multiplies
    Gaussian weights of variance 1/width."""

    loss: Literal["squared", "cross_entropy"] = "squared"
    depth: int = 3
    classes: int = 3
    samples_per_class: int = 10
    inputs: int = 6
    width: int = 8
    decay: float = 1e-2
    scale: float = 0.5
    noise: float = 0.3
    data_seed: int = 0

    def __post_init__(self) -> None:
        Schedule.__post_init__(self)
        require_one_of("loss", self.loss, LOSSES)
        require(self.depth >= 2, "depth", self.depth, "be >= 2", "balancedness compares two layers")
        require(self.classes >= 2, "classes", self.classes, "be >= 2", "collapse needs two classes to tell apart")
        for name in ("samples_per_class", "inputs", "width"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "be >= 1", "give at least one")
        require(self.decay >= 0, "decay", self.decay, "be >= 0", "use 0 for none")
        require(self.scale > 0, "scale", self.scale, "be > 0", "the origin is an equilibrium")
        require(self.noise >= 0, "noise", self.noise, "be >= 0", "0 gives every class one input")
        require(self.data_seed >= 0, "data_seed", self.data_seed, "be >= 0", "choose a whole number")


def data(config: Config) -> np.ndarray:
    """X (inputs, N), samples sorted by class."""
    rng = np.random.default_rng((config.data_seed, 1))
    means = rng.standard_normal((config.inputs, config.classes))
    spread = config.noise * rng.standard_normal((config.inputs, config.classes * config.samples_per_class))
    return np.repeat(means, config.samples_per_class, axis=1) + spread


def simulate(config: Config, seed: int = 0) -> Trajectory:
    """One trajectory; the seed draws the weights."""
    return simulate_many([config], [seed])[0]


def simulate_many(configs: Sequence[Config], seeds: Sequence[int]) -> list[Trajectory]:
    """All members in one vectorised integration; they may differ in decay, scale and seed."""
    alike(configs, MEMBER_FIELDS)
    return full_trajectories(FULL, configs, seeds)


def chain_of(configs: Sequence[Config]) -> Chain:
    """The network as a chain on its data; the squared loss is (1/2N) ||logits - Y||_F^2."""
    first = configs[0]
    targets = one_hot([first.samples_per_class] * first.classes)
    decays = decay_columns(*([[config.decay for config in configs]] * first.depth))
    return Chain(targets, first.depth, decays, first.loss, 1 / targets.shape[1], inputs=data(first))


def start_blocks(config: Config, seed: int) -> tuple[np.ndarray, ...]:
    """W_L, ..., W_1 at the start."""
    widths = [config.classes, *[config.width] * (config.depth - 1), config.inputs]
    rng = np.random.default_rng(seed)
    shapes = list(zip(widths, widths[1:], strict=False))
    return tuple(gaussian_blocks([shape], config.scale / np.sqrt(shape[1]), rng)[0] for shape in shapes)


def optimal_blocks(config: Config) -> tuple[np.ndarray, ...] | None:
    """Where a plain flow from seed 0 has nearly settled, for the check of the step; None without weight decay."""
    if config.decay == 0:
        return None
    return settled(chain_of([config]), start_blocks(config, 0), 20 / config.decay)


def observer(chain: Chain, start: Sequence[np.ndarray], config: Config) -> Observe:
    """Losses and norms, and balancedness of every pair of layers, numbered from the input."""
    pairs = list(zip(reversed(start[1:]), reversed(start[:-1]), strict=True))
    first = [balance_matrix(lower, upper) for lower, upper in pairs]
    assumed, rise = assumption_defects(chain, config), rises()
    sizes = [float(np.vdot(lower, lower) + np.vdot(upper, upper)) for lower, upper in pairs]

    def observe(blocks: Sequence[np.ndarray], time: float) -> dict[str, float]:
        seen = observe_chain(chain, blocks)
        kept, defects = decayed(config, 2 * config.decay, time), []
        for place, (lower, upper) in enumerate(zip(reversed(blocks[1:]), reversed(blocks[:-1]), strict=True)):
            now = balance_matrix(lower, upper)
            seen[f"balancedness_{place + 1}"] = float(np.abs(np.linalg.eigvalsh(now)).max())
            defects.append(float(np.linalg.norm(now - kept * first[place])) / sizes[place])
            seen[f"balancedness_defect_{place + 1}"] = defects[-1]
        seen |= {"balancedness": seen[f"balancedness_{len(first)}"], "balancedness_defect": max(defects)}
        return {**seen, "objective_rise": rise(time, seen["objective"]), **assumed}

    return observe


FULL = Family("deep_linear", chain_of, start_blocks, optimal_blocks, observer)
