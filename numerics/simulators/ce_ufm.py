"""Cross-entropy on unconstrained features with weight decay: the full model, and its exact reductions.

    mean cross-entropy(W H) + (decay_W/2) ||W||_F^2 + (decay_H/2) ||H||_F^2

model "full" evolves W (K x d) and H (d x nK); "planar" the amplitudes (a, b) of W = a M^T, H = b M (x) 1_n^T; "scalar"
the logit u = a b where a^2 = n b^2 and both decays are equal. From a collapsed start the full flow is the planar flow.
The feature norm ends at its equilibrium from everywhere; start=equilibrium start_feature=0.3 shrinks them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

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
from numerics.starts import collapsed_blocks, gaussian_blocks, simplex_frame
from numerics.trajectory import Trajectory
from theory.flows import collapsed_ce as flows
from theory.objects import ufm
from theory.symbols import K, decay, decay_H, decay_W, n

MODELS = ("full", "planar", "scalar")
STARTS = ("collapsed", "gaussian", "equilibrium")
RATIOS = ("feature_norm_over_rest", "flatness_over_rest")
MEMBER_FIELDS = ("decay_W", "decay_H", "start_head", "start_feature")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(Schedule):
    """`start_head` and `start_feature` are norms of a head row and of a feature: exact for a collapsed start, root mean
    square for a Gaussian one, and factors on the equilibrium norms for start=equilibrium. `features` is the dimension
    d; reduced models do not use it."""

    t_end: float = 10_000.0
    log_times: bool = True
    model: Literal["full", "planar", "scalar"] = "full"
    classes: int = 4
    samples_per_class: int = 10
    features: int = 8
    decay_W: float = 5e-3
    decay_H: float = 5e-4
    start: Literal["collapsed", "gaussian", "equilibrium"] = "gaussian"
    start_head: float = 0.5
    start_feature: float = 0.2

    def __post_init__(self) -> None:
        Schedule.__post_init__(self)
        require_one_of("model", self.model, MODELS)
        require_one_of("start", self.start, STARTS)
        require(self.classes >= 2, "classes", self.classes, "be >= 2", "collapse needs two classes to tell apart")
        require(
            self.samples_per_class >= 1, "samples_per_class", self.samples_per_class, "be >= 1", "give each class one"
        )
        for name in ("decay_W", "decay_H"):
            require(getattr(self, name) >= 0, name, getattr(self, name), "be >= 0", "use 0 for none")
        for name in ("start_head", "start_feature"):
            require(getattr(self, name) > 0, name, getattr(self, name), "be > 0", "the origin is an equilibrium")
        lowest = self.classes - 1
        require(
            self.model != "full" or self.features >= lowest, "features", self.features, f"be >= classes - 1 = {lowest}",
            "a simplex frame has that many dimensions; raise it or lower classes",
        )  # fmt: skip
        self._check_reduction()

    def _check_reduction(self) -> None:
        if self.model == "full":
            return
        require(
            self.start != "gaussian", "start", "'gaussian'", "be collapsed for a reduced model", "set start=collapsed"
        )
        require(self.method == "flow", "method", repr(self.method), "be flow for a reduced model", "descend model=full")
        if self.model == "scalar":
            head, feature = start_norms(self)
            ratio = head / (np.sqrt(self.samples_per_class) * feature)
            require(
                self.decay_W == self.decay_H and abs(ratio - 1) < 1e-9, "head norm/(sqrt(n) feature norm)", ratio,
                "be 1, with decay_W equal to decay_H, for the scalar model", "use model=planar otherwise",
            )  # fmt: skip


def parameters(config: Config) -> dict:
    """Values of the flow's symbols."""
    return {
        K: config.classes, n: config.samples_per_class, decay_W: config.decay_W, decay_H: config.decay_H,
    }  # fmt: skip


def equilibrium(config: Config) -> tuple[float, float]:
    """(a*, b*): norms of a head row and of a feature where the simulation comes to rest; (0, 0) when K c >= 1.

    Raises SimulationError without weight decay, where norms grow for ever.
    """
    require(
        config.decay_W > 0 and config.decay_H > 0, "weight decay", 0, "be > 0", "without it there is no equilibrium"
    )
    values = parameters(resting(config))
    strength = float(evaluate([ufm.coupled_decay / ufm.collapse_threshold], values)[0])
    if strength >= 1:
        return 0.0, 0.0
    head, feature = evaluate([flows.equilibrium_head_norm, flows.equilibrium_feature_norm], values)
    return float(head), float(feature)


def start_norms(config: Config) -> tuple[float, float]:
    """Norm of a head row and of a feature at the start. Raises SimulationError where the equilibrium is the origin."""
    if config.start != "equilibrium":
        return config.start_head, config.start_feature
    head, feature = equilibrium(config)
    require(
        head > 0, "start", "'equilibrium'", "have K c < 1, c = sqrt(n decay_W decay_H)",
        "lower the weight decay: beyond the threshold the only equilibrium is the origin",
    )  # fmt: skip
    return head * config.start_head, feature * config.start_feature


def simulate(config: Config, seed: int = 0) -> Trajectory:
    """One trajectory; the seed draws the Gaussian start, or the rotation of the collapsed one."""
    return simulate_many([config], [seed])[0]


def simulate_many(configs: Sequence[Config], seeds: Sequence[int]) -> list[Trajectory]:
    """All members in one vectorised integration; they may differ in decays, start norms and seed."""
    alike(configs, MEMBER_FIELDS)
    return full_trajectories(FULL, configs, seeds) if configs[0].model == "full" else _reduced(configs, seeds)


def _reduced(configs: Sequence[Config], seeds: Sequence[int]) -> list[Trajectory]:
    values = {name: np.array([parameters(config)[name] for config in configs]) for name in parameters(configs[0])}
    starts = np.array([start_norms(config) for config in configs]).T
    if configs[0].model == "planar":
        found = reduced_trajectories("ce_ufm", flows.PLANAR, flows.OBSERVABLES, values, starts, configs, seeds)
        return [_with_rest(config, run) for config, run in zip(configs, found, strict=True)]
    observables = {name: expression.subs(flows.BALANCED) for name, expression in flows.OBSERVABLES.items()}
    logits = starts[0] * starts[1]
    values[decay] = values[decay_W]
    found = reduced_trajectories("ce_ufm", flows.SCALAR_DECAY, observables, values, logits[None], configs, seeds)
    return [_with_rest(config, run) for config, run in zip(configs, found, strict=True)]


def _with_rest(config: Config, run: Trajectory) -> Trajectory:
    rest = Rest.of(config)
    columns = rest.columns(run.observables) if rest else {}
    whole = {name: np.broadcast_to(column, run.time.shape) for name, column in columns.items()}
    return replace(run, observables={**run.observables, **whole})


def chain_of(configs: Sequence[Config]) -> Chain:
    """The full model as a chain."""
    counts = [configs[0].samples_per_class] * configs[0].classes
    decays = decay_columns([config.decay_W for config in configs], [config.decay_H for config in configs])
    return Chain(one_hot(counts), layers=1, decays=decays)


def start_blocks(config: Config, seed: int) -> tuple[np.ndarray, ...]:
    """W and H at the start."""
    rng = np.random.default_rng(seed)
    head, feature = start_norms(config)
    shape = config.classes, config.features
    samples = config.classes * config.samples_per_class
    if config.start == "gaussian":
        spread = 1 / np.sqrt(config.features)
        return (
            *gaussian_blocks([shape], head * spread, rng),
            *gaussian_blocks([(config.features, samples)], feature * spread, rng),
        )
    frame = simplex_frame(config.features, config.classes, rng)
    return collapsed_blocks(frame, [config.samples_per_class] * config.classes, head, feature)


def optimal_blocks(config: Config) -> tuple[np.ndarray, ...] | None:
    """The global minimiser (up to rotation): a collapsed state, or the origin when K c >= 1; None without decay."""
    if config.decay_W == 0 or config.decay_H == 0:
        return None
    counts = [config.samples_per_class] * config.classes
    return collapsed_blocks(simplex_frame(config.features, config.classes), counts, *equilibrium(config))


@dataclass(frozen=True, slots=True)
class Rest:
    """What a run is compared with: K c, the least objective, feature norm and flatness of the flow at rest."""

    strength: float
    objective: float
    norm: float
    flatness: float
    unit: float

    @classmethod
    def of(cls, config: Config) -> Rest | None:
        """None without weight decay, where nothing comes to rest. Beyond the threshold the origin is the optimum."""
        if config.decay_W == 0 or config.decay_H == 0:
            return None
        values = parameters(config)
        strength = float(evaluate([ufm.coupled_decay / ufm.collapse_threshold], values)[0])
        if strength >= 1:
            return cls(strength, float(np.log(config.classes)), 0.0, 0.0, 0.0)
        least = ufm.margin_objective(ufm.optimal_margin(), ufm.coupled_decay)
        margin = ufm.optimal_margin()
        stiffness = margin * (1 - (K - 1) * ufm.coupled_decay)
        wanted = (least, flows.equilibrium_feature_norm, flows.equilibrium_flatness, margin, stiffness)
        objective, norm, flatness, margin, stiffness = map(float, evaluate(wanted, values))
        unit = (config.classes - 1) * strength / config.classes * margin * min(1.0, stiffness)
        return cls(strength, objective, norm, flatness, unit)

    def columns(self, seen: Mapping[str, Any]) -> dict[str, Any]:
        """`objective_gap` is about the squared relative distance from rest: near it the objective exceeds its least
        value by at least K c u* times half the squared relative imbalance of the two penalties, and by alpha* (1 -
        (K-1) c) as much for the product of the norms; a few rounding errors of the objective are added."""
        objective = seen["objective"]
        found = {"decay_strength": self.strength, "objective_over_ce_ufm_optimum": objective / self.objective}
        if self.strength >= 1:
            return found | {"objective_gap": np.inf, **dict.fromkeys(RATIOS, np.inf)}
        gap = np.maximum(objective - self.objective, 0.0) + 4 * np.finfo(float).eps * objective
        ratios = seen["feature_norm"] / self.norm, seen["relative_flatness"] / self.flatness
        return found | {"objective_gap": gap / self.unit, **dict(zip(RATIOS, ratios, strict=True))}


def observer(chain: Chain, start: Sequence[np.ndarray], config: Config) -> Observe:
    """What a pair's observer sees, and how far that is from rest."""
    pair, rest = pair_observer(chain, start, config), Rest.of(config)

    def observe(blocks: Sequence[np.ndarray], time: float) -> dict[str, float]:
        seen = pair(blocks, time)
        return {**seen, **{name: float(value) for name, value in rest.columns(seen).items()}} if rest else seen

    return observe


FULL = Family("ce_ufm", chain_of, start_blocks, optimal_blocks, observer)
