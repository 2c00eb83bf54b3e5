"""Cross-entropy on unconstrained features with two sizes of classes: minority collapse and the SELI geometry.

majority_classes classes have majority_samples each, minority_classes have minority_samples each; weight decay on both
factors. model "full" evolves W and H; "blocks" the exact seven-number reduction of block-symmetric states. The minority
rows shrink to one point iff N^2 decay_W decay_H >= minority_samples; with vanishing decay the logits turn towards the
SELI matrix Y - 1 1^T/K.
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
)
from numerics.starts import gaussian_blocks, random_frame
from numerics.trajectory import Trajectory
from theory.flows import imbalanced_ufm as flows
from theory.symbols import decay_H, decay_W

MODELS = ("full", "blocks")
STARTS = ("seli", "gaussian")
MEMBER_FIELDS = ("decay_W", "decay_H", "scale")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(Schedule):
    """`start` "seli" is the SELI state times `scale`; "gaussian" has entries whose rows and columns have norm `scale`
    in root mean square (for model=blocks, seven Gaussian numbers of that size, those of the blocks positive)."""

    model: Literal["full", "blocks"] = "full"
    majority_classes: int = 2
    minority_classes: int = 2
    majority_samples: int = 20
    minority_samples: int = 4
    features: int = 6
    decay_W: float = 5e-3
    decay_H: float = 5e-4
    start: Literal["seli", "gaussian"] = "gaussian"
    scale: float = 0.3

    def __post_init__(self) -> None:
        Schedule.__post_init__(self)
        require_one_of("model", self.model, MODELS)
        require_one_of("start", self.start, STARTS)
        for name in ("majority_classes", "minority_classes"):
            require(
                getattr(self, name) >= 2, name, getattr(self, name), "be >= 2", "a block of one class has no spread"
            )
        for name in ("majority_samples", "minority_samples"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "be >= 1", "give each class a sample")
        for name in ("decay_W", "decay_H"):
            require(getattr(self, name) >= 0, name, getattr(self, name), "be >= 0", "use 0 for none")
        require(self.scale > 0, "scale", self.scale, "be > 0", "the origin is an equilibrium")
        lowest = self.majority_classes + self.minority_classes - 1
        require(
            self.model != "full" or self.features >= lowest, "features", self.features, f"be >= classes - 1 = {lowest}",
            "the optimal geometry has that many dimensions; raise it or lower the classes",
        )  # fmt: skip
        require(
            self.model != "blocks" or self.method == "flow", "method", "'descent'", "be flow for model=blocks",
            "descend model=full",
        )  # fmt: skip

    @property
    def counts(self) -> list[int]:
        """Samples of each class, majority first."""
        return [self.majority_samples] * self.majority_classes + [self.minority_samples] * self.minority_classes


def parameters(config: Config) -> dict:
    """Values of the flow's symbols."""
    return {
        flows.K_A: config.majority_classes, flows.K_B: config.minority_classes,
        flows.n_A: config.majority_samples, flows.n_B: config.minority_samples,
        decay_W: config.decay_W, decay_H: config.decay_H,
    }  # fmt: skip


def minority_ratio(config: Config) -> float:
    """N sqrt(decay_W decay_H/n_B): from 1 on, the minority classes collapse onto one point."""
    return float(evaluate([flows.minority_ratio], parameters(config))[0])


def seli_state(config: Config) -> np.ndarray:
    """The seven numbers of the SELI geometry, in the order of the flow's state."""
    return np.array(evaluate([flows.SELI[part] for part in flows.STATE], parameters(config)), dtype=np.float64)


def seli_matrix(counts: Sequence[int]) -> np.ndarray:
    """Y - 1 1^T/K, the direction of the optimal logits for any class sizes; shape (K, N)."""
    return one_hot(tuple(counts)) - 1 / len(counts)


def simulate(config: Config, seed: int = 0) -> Trajectory:
    """One trajectory; the seed draws rotation and Gaussian start."""
    return simulate_many([config], [seed])[0]


def simulate_many(configs: Sequence[Config], seeds: Sequence[int]) -> list[Trajectory]:
    """All members in one vectorised integration; decays, scale and seed may differ (blocks: also the class sizes)."""
    if configs[0].model == "full":
        alike(configs, MEMBER_FIELDS)
        return full_trajectories(FULL, configs, seeds)
    alike(configs, (*MEMBER_FIELDS, "majority_samples", "minority_samples", "majority_classes", "minority_classes"))
    values = {name: np.array([parameters(config)[name] for config in configs]) for name in parameters(configs[0])}
    starts = np.stack([start_numbers(config, seed) for config, seed in zip(configs, seeds, strict=True)], axis=1)
    return reduced_trajectories("imbalanced_ufm", flows.BLOCKS, flows.OBSERVABLES, values, starts, configs, seeds)


def start_numbers(config: Config, seed: int) -> np.ndarray:
    """The state (a_A, b_A, a_B, b_B, w, g_A, g_B) at the start."""
    if config.start == "seli":
        return config.scale * seli_state(config)
    numbers = config.scale * np.random.default_rng(seed).standard_normal(len(flows.STATE))
    numbers[:4] = np.abs(numbers[:4])
    return numbers


def blocks_of(config: Config, numbers: np.ndarray, rng: np.random.Generator | None = None) -> tuple[np.ndarray, ...]:
    """W and H of a block-symmetric state, in a random frame when `rng` is given."""
    a_A, b_A, a_B, b_B, w, g_A, g_B = numbers
    sizes = config.majority_classes, config.minority_classes
    classes = sum(sizes)
    ends = np.array([0] * sizes[0] + [1] * sizes[1])
    level = np.array(evaluate([flows.v_A, flows.v_B], {flows.K_A: sizes[0], flows.K_B: sizes[1]}))[ends]
    within = np.eye(classes) - (ends[:, None] == ends) / np.array(sizes)[ends]
    basis = np.linalg.svd(within)[0][:, : classes - 2]
    frame = np.eye(config.features, classes - 1) if rng is None else random_frame(config.features, classes - 1, rng)
    heads = np.array([a_A, a_B])[ends][:, None] * within @ basis
    means = np.array([b_A, b_B])[ends][:, None] * within @ basis
    weight = np.column_stack([heads, w * level]) @ frame.T
    centres = frame @ np.column_stack([means, np.array([g_A, g_B])[ends]]).T
    return weight, np.repeat(centres, config.counts, axis=1)


def chain_of(configs: Sequence[Config]) -> Chain:
    """The full model as a chain."""
    decays = decay_columns([config.decay_W for config in configs], [config.decay_H for config in configs])
    return Chain(one_hot(tuple(configs[0].counts)), layers=1, decays=decays)


def start_blocks(config: Config, seed: int) -> tuple[np.ndarray, ...]:
    """W and H at the start."""
    rng = np.random.default_rng(seed)
    if config.start == "seli":
        return blocks_of(config, config.scale * seli_state(config), rng)
    shapes = [(len(config.counts), config.features), (config.features, sum(config.counts))]
    return gaussian_blocks(shapes, config.scale / np.sqrt(config.features), rng)


def optimal_blocks(config: Config) -> tuple[np.ndarray, ...] | None:
    """The end of the reduced flow from the SELI state (there is no closed form); None without weight decay."""
    if config.decay_W == 0 or config.decay_H == 0:
        return None
    from scipy.optimize import root

    from numerics.integration import integrate, right_hand_side

    slope = right_hand_side(flows.BLOCKS, parameters(config))
    horizon = 100 / min(config.decay_W, config.decay_H)
    near = integrate(slope, seli_state(config), np.array([0.0, horizon]), rtol=1e-8, method="LSODA").states[-1]
    exact = root(lambda state: slope(0.0, state), near, tol=1e-14)
    return blocks_of(config, exact.x if exact.success else near)


def observer(chain: Chain, start: Sequence[np.ndarray], config: Config) -> Observe:
    """The pair's observables, spread of the head rows in either block, and agreement with the SELI geometry."""
    pair = pair_observer(chain, start, config)
    target = seli_matrix(config.counts)
    split = config.majority_classes

    def observe(blocks: Sequence[np.ndarray], time: float) -> dict[str, float]:
        logits = blocks[0] @ blocks[1]
        logits = logits - logits.mean(axis=0)
        size = float(np.linalg.norm(logits) * np.linalg.norm(target))
        agreement = float(np.sum(logits * target)) / size if size > 0 else np.nan
        parts = {"majority_spread": blocks[0][:split], "minority_spread": blocks[0][split:]}
        spreads = {name: _spread(rows) for name, rows in parts.items()}
        return {**pair(blocks, time), **spreads, "seli_agreement": agreement}

    return observe


def _spread(rows: np.ndarray) -> float:
    """Root mean square of a block's head rows around their mean, in units where a_A (or a_B) is the spread."""
    centred = rows - rows.mean(axis=0)
    return float(np.linalg.norm(centred) / np.sqrt(len(rows) - 1))


FULL = Family("imbalanced_ufm", chain_of, start_blocks, optimal_blocks, observer)
