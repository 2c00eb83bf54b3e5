"""Mean squared error on unconstrained features with weight decay: full model, and one singular direction.

    (weight/2) ||W H + bias 1^T - Y||_F^2 + (decay_W/2) ||W||_F^2 + (decay_H/2) ||H||_F^2

`convention` fixes the weight: "paper" 1/N, "mean" 2/(N K) (a mean over all entries), "sum" 2. Without bias the
collapsed state is an orthogonal frame in K directions; with a free, undecayed bias at 1/K, a simplex frame in K - 1.
`noise_inside` and `noise_outside` give every feature a small within-class deviation inside and outside the row space of
W: they run on the two clocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from numerics.chain import Chain, one_hot
from numerics.integration import evaluate
from numerics.observation import pair_observer, within_class
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
from theory.flows import collapsed_mse as flows
from theory.objects import ufm
from theory.symbols import K, decay_H, decay_W, n

MODELS = ("full", "planar")
STARTS = ("collapsed", "gaussian")
MEMBER_FIELDS = ("decay_W", "decay_H", "start_head", "start_feature", "noise_inside", "noise_outside")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(Schedule):
    """`start_head` and `start_feature` are the singular values of W and H in every direction of a collapsed start, and
    root-mean-square norms of a row and of a feature for a Gaussian one. The noises are root-mean-square per feature."""

    model: Literal["full", "planar"] = "full"
    classes: int = 4
    samples_per_class: int = 10
    features: int = 8
    decay_W: float = 5e-3
    decay_H: float = 5e-3
    free_bias: bool = False
    convention: Literal["paper", "mean", "sum"] = "paper"
    start: Literal["collapsed", "gaussian"] = "gaussian"
    start_head: float = 0.3
    start_feature: float = 0.3
    noise_inside: float = 0.0
    noise_outside: float = 0.0

    def __post_init__(self) -> None:
        Schedule.__post_init__(self)
        require_one_of("model", self.model, MODELS)
        require_one_of("start", self.start, STARTS)
        require_one_of("convention", self.convention, tuple(ufm.mse_weights))
        require(self.classes >= 2, "classes", self.classes, "be >= 2", "collapse needs two classes to tell apart")
        require(
            self.samples_per_class >= 1, "samples_per_class", self.samples_per_class, "be >= 1", "give each class one"
        )
        for name in ("decay_W", "decay_H", "noise_inside", "noise_outside"):
            require(getattr(self, name) >= 0, name, getattr(self, name), "be >= 0", "use 0 for none")
        for name in ("start_head", "start_feature"):
            require(getattr(self, name) > 0, name, getattr(self, name), "be > 0", "the origin is an equilibrium")
        self._check_room()

    def _check_room(self) -> None:
        noisy = self.noise_inside > 0 or self.noise_outside > 0
        need = self.modes + (self.noise_outside > 0)
        require(
            self.model != "full" or self.features >= need, "features", self.features, f"be >= {need}",
            "the collapsed frame (and noise outside of it) needs that many dimensions; raise it or lower classes",
        )  # fmt: skip
        require(
            not noisy or self.samples_per_class >= 2, "samples_per_class", self.samples_per_class, "be >= 2",
            "one sample has no within-class deviation; set the noises to 0",
        )  # fmt: skip
        if self.model == "planar":
            require(
                self.start == "collapsed", "start", "'gaussian'", "be collapsed for model=planar", "set start=collapsed"
            )
            require(self.method == "flow", "method", "'descent'", "be flow for model=planar", "descend model=full")

    @property
    def modes(self) -> int:
        """Directions of the collapsed state: K without bias, K - 1 with a free one."""
        return self.classes - self.free_bias


def parameters(config: Config) -> dict:
    """Values of the flow's symbols."""
    return {
        K: config.classes, n: config.samples_per_class, decay_W: config.decay_W, decay_H: config.decay_H,
        flows.weight: loss_weight(config), flows.modes: config.modes,
    }  # fmt: skip


def loss_weight(config: Config) -> float:
    """The factor of (1/2) ||W H - Y||^2 in the chosen convention."""
    sizes = {K: config.classes, n: config.samples_per_class}
    return float(evaluate([ufm.mse_weights[config.convention]], sizes)[0])


def equilibrium(config: Config) -> tuple[float, float]:
    """(a*, b*): singular values of W and H at the stable equilibrium; (0, 0) at and beyond the threshold.

    Raises SimulationError without weight decay, where there is a line of equilibria.
    """
    require(config.decay_W > 0 and config.decay_H > 0, "weight decay", 0, "be > 0", "without it a continuum is optimal")
    values = parameters(resting(config))
    if float(evaluate([ufm.mse_threshold_ratio(flows.weight)], values)[0]) >= 1:
        return 0.0, 0.0
    head, feature = evaluate(flows.PLANAR.equilibria["collapsed"], values)
    return float(head), float(feature)


def least_objective(config: Config) -> float:
    """w N rho (2 - rho)/2, w N/2 beyond the threshold rho = 1, with the factor (K-1)/K for a free bias; 0 without
    weight decay."""
    rho = min(float(evaluate([ufm.mse_threshold_ratio(flows.weight)], parameters(config))[0]), 1.0)
    samples = config.samples_per_class * (config.classes - config.free_bias)
    return loss_weight(config) * samples * rho * (2 - rho) / 2


def simulate(config: Config, seed: int = 0) -> Trajectory:
    """One trajectory; the seed draws rotation, noise and Gaussian start."""
    return simulate_many([config], [seed])[0]


def simulate_many(configs: Sequence[Config], seeds: Sequence[int]) -> list[Trajectory]:
    """All members in one vectorised integration; they may differ in decays, start norms, noises and seed."""
    alike(configs, MEMBER_FIELDS)
    if configs[0].model == "full":
        return full_trajectories(FULL, configs, seeds)
    values = {name: np.array([parameters(config)[name] for config in configs]) for name in parameters(configs[0])}
    fields = ("start_head", "start_feature", "noise_inside", "noise_outside")
    starts = np.array([[getattr(config, field) for config in configs] for field in fields])
    return reduced_trajectories("mse_ufm", flows.NOISE, flows.OBSERVABLES, values, starts, configs, seeds)


def chain_of(configs: Sequence[Config]) -> Chain:
    """The full model as a chain; the bias carries no decay."""
    first = configs[0]
    rates = [[config.decay_W for config in configs], [config.decay_H for config in configs]]
    decays = decay_columns(*rates, *([[0.0] * len(configs)] if first.free_bias else []))
    targets = one_hot([first.samples_per_class] * first.classes)
    return Chain(targets, 1, decays, "squared", loss_weight(first), free_bias=first.free_bias)


def start_blocks(config: Config, seed: int) -> tuple[np.ndarray, ...]:
    """W, H and, with a free bias, the bias at the start."""
    rng = np.random.default_rng(seed)
    if config.start == "collapsed":
        return _aligned(
            config, random_frame(config.features, config.modes, rng), config.start_head, config.start_feature, rng
        )
    shapes = [(config.classes, config.features), (config.features, config.classes * config.samples_per_class)]
    norms = config.start_head, config.start_feature
    blocks = [
        gaussian_blocks([shape], norm / np.sqrt(config.features), rng)[0]
        for shape, norm in zip(shapes, norms, strict=True)
    ]
    return (*blocks, np.zeros((config.classes, 1))) if config.free_bias else tuple(blocks)


def _aligned(config: Config, frame: np.ndarray, head: float, feature: float, rng: np.random.Generator | None) -> tuple:
    """Singular values `head` and `feature` in every direction of `frame` (d, modes), plus noise of zero class mean."""
    centred = np.eye(config.classes) - config.free_bias / config.classes
    left = np.linalg.svd(centred)[0][:, : config.modes]
    weight = head * left @ frame.T
    means = feature / np.sqrt(config.samples_per_class) * frame @ left.T
    features = np.repeat(means, config.samples_per_class, axis=1)
    if rng is not None:
        features = features + _noise(config, frame, rng)
    bias = (np.full((config.classes, 1), 1 / config.classes),) if config.free_bias else ()
    return (weight, features, *bias)


def _noise(config: Config, frame: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    shape = config.features, config.classes * config.samples_per_class
    raw = within_class(rng.standard_normal(shape), config.classes)
    inside = frame @ (frame.T @ raw)
    total = np.zeros(shape)
    for part, size in ((inside, config.noise_inside), (raw - inside, config.noise_outside)):
        if size:
            total += size * part / np.sqrt(np.mean(np.sum(part**2, axis=0)))
    return total


def optimal_blocks(config: Config) -> tuple[np.ndarray, ...] | None:
    """The global minimiser up to rotation; None without weight decay."""
    if config.decay_W == 0 or config.decay_H == 0:
        return None
    return _aligned(config, np.eye(config.features, config.modes), *equilibrium(config), None)


def observer(chain: Chain, start: Sequence[np.ndarray], config: Config) -> Observe:
    """The pair's observables, and the within-class deviations inside and outside the row space of W."""
    pair, least = pair_observer(chain, start, config), least_objective(config)

    def observe(blocks: Sequence[np.ndarray], time: float) -> dict[str, Any]:
        rows = np.linalg.svd(blocks[0], full_matrices=False)[2][: config.modes]
        noise = within_class(blocks[1], config.classes)
        inside = rows.T @ (rows @ noise)
        sizes = (float(np.sqrt(np.mean(np.sum(part**2, axis=0)))) for part in (inside, noise - inside))
        strengths = np.linalg.svd(blocks[0] @ blocks[1], compute_uv=False)
        seen = dict(zip(("noise_inside", "noise_outside"), sizes, strict=True))
        seen |= {**pair(blocks, time), "mode": float(strengths[: config.modes].mean())}
        return {**seen, "objective_over_mse_ufm_optimum": seen["objective"] / least} if least > 0 else seen

    return observe


FULL = Family("mse_ufm", chain_of, start_blocks, optimal_blocks, observer)
