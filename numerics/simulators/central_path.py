"""The renormalised flow on the central path: features of within-class covariance I under the least-squares head.

    X' = - projection of the gradient of (1/2N) ||W X + b - Y||^2 at W = W_LS(X), or the gradient step followed by
    X <- Sigma_W^(-1/2) X: renormalisation "projected" or "rescaled", two different laws for the signal-to-noise ratios

omega_1 >= ... >= omega_{K-1} are the singular values of the class-mean matrix. `clock_defect` is the largest relative
deviation of any mode's clock from time itself, which the closed form says is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from numerics.integration import evaluate, integrate
from numerics.observation import within_class
from numerics.simulation import Schedule, about, alike, reduced_trajectories, require, require_one_of
from numerics.starts import random_frame
from numerics.trajectory import Trajectory
from theory.flows import central_path as flows
from theory.symbols import K, N

MODELS = ("full", "mode")
RENORMALISATIONS = ("projected", "rescaled")
MEMBER_FIELDS = ("scale", "spread")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(Schedule):
    """The class-mean matrix starts with singular values scale * exp(spread * normal); model "mode" follows one of them,
    started at `scale`. Descent restores the covariance after each step; momentum runs the clock 1/(1 - momentum) times
    as fast."""

    model: Literal["full", "mode"] = "full"
    renormalisation: Literal["projected", "rescaled"] = "projected"
    classes: int = 4
    samples_per_class: int = 30
    features: int = 12
    scale: float = 0.5
    spread: float = 0.5

    def __post_init__(self) -> None:
        Schedule.__post_init__(self)
        require_one_of("model", self.model, MODELS)
        require_one_of("renormalisation", self.renormalisation, RENORMALISATIONS)
        require(self.classes >= 2, "classes", self.classes, "be >= 2", "one class has no means to separate")
        lowest = self.classes - 1
        require(self.features >= lowest, "features", self.features, f"be >= classes - 1 = {lowest}", "raise features")
        free = self.classes * (self.samples_per_class - 1)
        require(
            free >= self.features, "samples_per_class", self.samples_per_class,
            "leave classes * (samples_per_class - 1) >= features", "a covariance of rank below features cannot be I",
        )  # fmt: skip
        require(0 < self.scale <= 1e6, "scale", self.scale, "lie in (0, 1e6]", "beyond, float64 loses the covariance")
        require(self.spread >= 0, "spread", self.spread, "be >= 0", "0 starts with equal ratios")
        plain = self.model == "full" or self.method == "flow"
        require(plain, "method", "'descent'", "be flow for model=mode", "descend model=full")
        limit = float(evaluate([flows.largest_step], {K: self.classes, N: self.samples})[0]) * (1 - self.momentum)
        require(
            self.method == "flow" or self.step < limit, "step", self.step, f"be < 4 K N (1 - momentum) = {limit:g}",
            "a larger one turns the within-class deviations over; choose a smaller step",
        )  # fmt: skip
        require(not self.adam, "adam", True, "be off", "signs of gradients leave the path; use momentum")
        require(
            not self.decoupled, "decoupled", True, "be off", "the path has no weight decay: the covariance is held at I"
        )

    @property
    def samples(self) -> int:
        return self.classes * self.samples_per_class

    @property
    def rescaled(self) -> bool:
        return self.renormalisation == "rescaled"


def simulate(config: Config, seed: int = 0) -> Trajectory:
    """One trajectory; the seed draws rotation, ratios and noise."""
    return simulate_many([config], [seed])[0]


def simulate_many(configs: Sequence[Config], seeds: Sequence[int]) -> list[Trajectory]:
    """Modes in one vectorised integration, full models one after the other; scale, spread and seed may differ."""
    alike(configs, MEMBER_FIELDS)
    first = configs[0]
    if first.model == "full":
        return [_simulate_full(config, seed) for config, seed in zip(configs, seeds, strict=True)]
    values = {K: np.full(len(configs), float(first.classes)), N: np.full(len(configs), float(first.samples))}
    starts = np.array([[config.scale for config in configs]])
    flow = flows.one_mode(first.rescaled)
    return reduced_trajectories("central_path", flow, flows.OBSERVABLES, values, starts, configs, seeds)


def start_features(config: Config, seed: int) -> np.ndarray:
    """X (features, N) with within-class covariance I and class means of the drawn singular values, centred."""
    rng = np.random.default_rng(seed)
    modes = config.classes - 1
    ratios = config.scale * np.exp(config.spread * rng.standard_normal(modes))
    left = random_frame(config.features, modes, rng)
    right = np.linalg.svd(np.eye(config.classes) - 1 / config.classes)[0][:, :modes] @ random_frame(modes, modes, rng)
    noise = within_class(rng.standard_normal((config.features, config.samples)), config.classes)
    means = np.repeat(left @ np.diag(ratios) @ right.T, config.samples_per_class, axis=1)
    return means + whitening(noise) @ noise


def whitening(noise: np.ndarray) -> np.ndarray:
    """Sigma^(-1/2) for the covariance Sigma of the columns of `noise`."""
    values, vectors = np.linalg.eigh(noise @ noise.T / noise.shape[1])
    return (vectors / np.sqrt(values)) @ vectors.T


def loss_gradient(config: Config, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(residual W X + b - Y, gradient of the loss in X) at the least-squares head with bias."""
    samples = config.samples
    targets = np.repeat(np.eye(config.classes), config.samples_per_class, axis=1) - 1 / config.classes
    centred = features - features.mean(axis=1, keepdims=True)
    head = np.linalg.solve(centred @ centred.T, centred @ targets.T).T
    residual = head @ centred - targets
    return residual, head.T @ residual / samples


def direction(config: Config, features: np.ndarray) -> np.ndarray:
    """X' of the renormalised flow."""
    noise = within_class(features, config.classes)
    gradient = loss_gradient(config, features)[1]
    drift = -within_class(gradient, config.classes) @ noise.T / config.samples
    # change of the covariance along -gradient; half of it is taken off again
    correction = (drift + drift.T) / 2
    return -gradient - correction @ (features if config.rescaled else noise)


def _simulate_full(config: Config, seed: int) -> Trajectory:
    start = start_features(config, seed)
    states = _descend if config.method == "descent" else _flow
    times, features, stopped = states(config, start, lambda state: direction(config, state))
    unit, pace = ("step", config.step / (1 - config.momentum)) if config.method == "descent" else ("t", 1.0)
    rows = [observe(config, state) for state in features]
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    columns["clock_defect"] = clock_defect(config, columns, times * pace)
    return Trajectory("central_path", times, columns, unit, about("central_path", config, seed, stopped))


def _flow(config: Config, start: np.ndarray, rate: Callable) -> tuple[np.ndarray, list[np.ndarray], str | None]:
    path = integrate(
        lambda _, state: rate(state.reshape(start.shape)).ravel(), start.ravel(), config.times,
        **config.tolerances,
    )  # fmt: skip
    return path.times, [state.reshape(start.shape) for state in path.states], path.stopped


def _descend(config: Config, start: np.ndarray, _: Callable) -> tuple[np.ndarray, list[np.ndarray], str | None]:
    """Heavy-ball steps; then the covariance is restored, on the deviations alone or by rescaling everything."""
    seen, state, done, speed = [], start, 0, np.zeros_like(start)
    for target in config.log_steps:
        for _ in range(done, target):
            speed = config.momentum * speed + loss_gradient(config, state)[1]
            state = state - config.step * speed
            noise = within_class(state, config.classes)
            state = whitening(noise) @ state if config.rescaled else state - noise + whitening(noise) @ noise
        done = target
        if not np.all(np.isfinite(state)):
            times = config.log_steps[: len(seen)].astype(np.float64)
            return times, seen, f"diverged before step {target}: the features are not finite"
        seen.append(state)
    return config.log_steps.astype(np.float64), seen, None


def observe(config: Config, features: np.ndarray) -> dict[str, float]:
    """Signal-to-noise ratios, their spread, the loss and how far the covariance is from I."""
    noise = within_class(features, config.classes)
    covariance = noise @ noise.T / config.samples
    means = (features - noise)[:, :: config.samples_per_class]
    signal = whitening(noise) @ (means - means.mean(axis=1, keepdims=True))
    ratios = np.linalg.svd(signal, compute_uv=False)[: config.classes - 1]
    residual = loss_gradient(config, features)[0]
    modes = {f"omega_{place + 1}": float(ratio) for place, ratio in enumerate(ratios)}
    return {
        **modes,
        "ratio_spread": float(ratios[0] / ratios[-1]),
        "train_loss": float(np.sum(residual**2) / (2 * config.samples)),
        "covariance_defect": float(np.linalg.norm(covariance - np.eye(config.features), 2)),
        "classes": float(config.classes),
    }


def clock_defect(config: Config, columns: dict[str, np.ndarray], times: np.ndarray) -> np.ndarray:
    """max over modes of |clock(omega(t)) - clock(omega(0)) - t|/t, 0 at the start."""
    clock = flows.rescaled_clock() if config.rescaled else flows.projected_clock()
    sizes = {K: config.classes, N: config.samples}
    worst = np.zeros_like(times)
    for place in range(1, config.classes):
        values = evaluate([clock], {**sizes, flows.omega: columns[f"omega_{place}"]})[0]
        worst[1:] = np.maximum(worst[1:], np.abs(values - values[0] - times)[1:] / times[1:])
    return worst
