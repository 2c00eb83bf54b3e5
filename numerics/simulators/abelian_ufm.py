"""Cross-entropy on a two-factor linear model with one sample per class, from a start circulant over an abelian group.

    Z = W_2 W_1 = U diag(s) U^T,   U the real characters of the group Z_{orders[0]} x Z_{orders[1]} x ...

orders (2, 2, 2) is the Hadamard start with K = 8, (5,) the cyclic one with K = 5. The full flow keeps U: `off_diagonal`
stays at rounding error, and the K singular values obey their own flow (model "spectrum"). They need not stay equal, yet
end equal: collapse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np

from numerics.chain import Chain
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
from numerics.starts import random_frame
from numerics.trajectory import Trajectory
from theory.flows import abelian_ufm as flows
from theory.symbols import decay

MODELS = ("full", "spectrum")
MEMBER_FIELDS = ("decay", "scale", "spread")
LARGEST_GROUP = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(Schedule):
    """Singular values start at scale * exp(spread * normal), equal for k and -k; `features` is the inner width."""

    model: Literal["full", "spectrum"] = "full"
    orders: tuple[int, ...] = (2, 2, 2)
    features: int = 10
    decay: float = 0.0
    scale: float = 0.1
    spread: float = 0.5

    def __post_init__(self) -> None:
        Schedule.__post_init__(self)
        require_one_of("model", self.model, MODELS)
        require(
            bool(self.orders) and min(self.orders) >= 2, "orders", self.orders, "be whole numbers >= 2", "2,2,2 is K=8"
        )
        size = prod(self.orders)
        require(
            size <= LARGEST_GROUP, "orders", self.orders, f"have product <= {LARGEST_GROUP}", "choose a smaller group"
        )
        require(self.decay >= 0, "decay", self.decay, "be >= 0", "use 0 for none")
        require(self.scale > 0, "scale", self.scale, "be > 0", "the origin is an equilibrium")
        require(self.spread >= 0, "spread", self.spread, "be >= 0", "0 starts with equal singular values")
        full = self.model == "full"
        require(
            not full or self.features >= size, "features", self.features, f"be >= the group's size {size}",
            "every character needs a direction; raise features",
        )  # fmt: skip
        require(
            full or self.method == "flow", "method", "'descent'", "be flow for model=spectrum", "descend model=full"
        )

    @property
    def classes(self) -> int:
        return prod(self.orders)


def start_spectrum(config: Config, seed: int) -> np.ndarray:
    """s_k(0), symmetric under k -> -k, in the order of theory.flows.abelian_ufm.elements."""
    group = flows.elements(config.orders)
    place = {k: index for index, k in enumerate(group)}
    mirror = [place[tuple(-part % order for part, order in zip(k, config.orders, strict=True))] for k in group]
    noise = np.random.default_rng(seed).standard_normal(len(group))
    return config.scale * np.exp(config.spread * (noise + noise[mirror]) / 2)


def real_characters(orders: tuple[int, ...]) -> np.ndarray:
    """Orthogonal U (K, K) whose column k is a real character: cos for one of k and -k, sin for the other."""
    group = np.array(flows.elements(orders))
    angles = 2 * np.pi * (group / np.array(orders)) @ group.T
    columns = np.empty_like(angles)
    for k in range(len(group)):
        opposite = int(np.flatnonzero((group == (-group[k]) % np.array(orders)).all(axis=1))[0])
        wave = np.sin(angles[:, opposite]) if opposite < k else np.cos(angles[:, k])
        columns[:, k] = wave / np.linalg.norm(wave)
    return columns


def simulate(config: Config, seed: int = 0) -> Trajectory:
    """One trajectory; the seed draws the singular values and the inner frame."""
    return simulate_many([config], [seed])[0]


def simulate_many(configs: Sequence[Config], seeds: Sequence[int]) -> list[Trajectory]:
    """All members in one vectorised integration; they may differ in decay, scale, spread and seed."""
    alike(configs, MEMBER_FIELDS)
    if configs[0].model == "full":
        return full_trajectories(FULL, configs, seeds)
    orders = configs[0].orders
    values = {decay: np.array([config.decay for config in configs])}
    starts = np.stack([start_spectrum(config, seed) for config, seed in zip(configs, seeds, strict=True)], axis=1)
    flow, observables = flows.group_flow(orders), flows.observables(orders)
    return reduced_trajectories("abelian_ufm", flow, observables, values, starts, configs, seeds)


def chain_of(configs: Sequence[Config]) -> Chain:
    """Two layers on the standard basis as inputs; the loss is averaged over the K classes."""
    rates = [config.decay for config in configs]
    unit = np.eye(configs[0].classes)
    return Chain(unit, layers=2, decays=decay_columns(rates, rates), inputs=unit)


def start_blocks(config: Config, seed: int) -> tuple[np.ndarray, ...]:
    """W_2 and W_1, balanced, with the group's characters as outer singular vectors."""
    frame = random_frame(config.features, config.classes, np.random.default_rng((seed, 1)))
    root = np.sqrt(start_spectrum(config, seed))
    left = real_characters(config.orders) * root
    return left @ frame.T, frame @ left.T


def optimal_blocks(config: Config) -> tuple[np.ndarray, ...] | None:
    """The collapsed equilibrium with weight decay (that of the unconstrained-features model with n = 1), else None."""
    if config.decay == 0:
        return None
    from numerics.simulators import ce_ufm

    other = ce_ufm.Config(
        classes=config.classes,
        samples_per_class=1,
        features=config.features,
        decay_W=config.decay,
        decay_H=config.decay,
    )
    return ce_ufm.optimal_blocks(other)


def observer(chain: Chain, start: Sequence[np.ndarray], config: Config) -> Observe:
    """The pair's observables, each singular value in the group's basis, and what is not diagonal in it."""
    pair = pair_observer(chain, start, config)
    basis = real_characters(config.orders)
    modes = flows.mode_names(config.orders)

    def observe(blocks: Sequence[np.ndarray], time: float) -> dict[str, float]:
        turned = basis.T @ blocks[0] @ blocks[1] @ basis
        values = np.diag(turned)
        seen = dict(zip(modes, map(float, values), strict=True))
        stray = float(np.abs(turned - np.diag(values)).max())
        return {**pair(blocks, time), **seen, "off_diagonal": stray}

    return observe


FULL = Family("abelian_ufm", chain_of, start_blocks, optimal_blocks, observer)
