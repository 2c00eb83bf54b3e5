"""Every deterministic bound against last layers that Hypothesis makes up: how near does the measured side come to it?

    python -m gpu_experiments.bound_search [--examples 10000]      writes gpu_experiments/bound_margins.json

The claims themselves are searched in exact arithmetic; this searches what is *measured*: the same code that judges
runs, on float32 and float64 layers with 2 to 50 classes and 1 to 64 dimensions, directed towards the smallest relative
margin of each bound in turn. Degenerate ones are among them: no features, no head, one sample a class, exact collapse,
labels that nothing explains, scales from 1e-12 to 1e12. A margin below rounding is a bug, or a discovery.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hypothesis import HealthCheck, Phase, given, settings, target
from hypothesis import strategies as st
from rich.progress import Progress

from gpu_experiments import balance
from gpu_experiments.generalisation import misclassification_bounds, superfluous_information
from numerics.margin import UNDERFLOW, Margin, measure, needed
from numerics.metrics import last_layer_observables
from numerics.trajectory import Trajectory
from theory import blueprint
from theory.statement import Bound

RECORD = Path(__file__).with_name("bound_margins.json")
KINDS = ("noise", "collapsed", "fitted", "no features", "no head", "unexplained")
HUGE = 12  # scales are 10^-HUGE to 10^HUGE


@dataclass(frozen=True, slots=True)
class Layer:
    """How one last layer is made: everything that its arrays depend on."""

    kind: str
    classes: int
    dimension: int
    each: int  # samples a class
    head_size: float  # a decimal logarithm, as are the next two
    feature_size: float
    noise: float | None  # of the inputs, None for none at all
    bias: float  # its size relative to the head's
    precision: str
    seed: int


@dataclass(slots=True)
class Nearest:
    """The smallest relative margin of one bound so far, over the layers in its scope, and the layer it was seen at.

    Layers where what is bounded is 0 or underflows are judged as well, but their margin (0 <= 0) is not looked for."""

    claim: str
    examples: int = 0
    judged: int = 0
    margin: float | None = None
    violated: bool = False
    at: dict[str, Any] = field(default_factory=dict)

    def see(self, margin: Margin, bounded: float, layer: Layer) -> float | None:
        """Take one example in, `bounded` its observable; returns its margin, None where the bound does not apply."""
        self.examples += 1
        share = float(margin.relative[0])
        if not margin.judged[0]:
            return None
        self.judged += 1
        failed = bool(margin.outside[0])
        if abs(bounded) < UNDERFLOW and not failed:
            return None
        if self.margin is None or (failed, -share) > (self.violated, -self.margin):
            self.margin, self.violated, self.at = share, failed, asdict(layer)
        return share if np.isfinite(share) else None


LAYERS = st.builds(
    Layer,
    kind=st.sampled_from(KINDS),
    classes=st.integers(2, 50),
    dimension=st.integers(1, 64),
    each=st.integers(1, 6),
    head_size=st.one_of(st.floats(-3, 3), st.floats(-HUGE, HUGE)),
    feature_size=st.one_of(st.floats(-3, 3), st.floats(-HUGE, HUGE)),
    noise=st.one_of(st.none(), st.floats(-6, 2)),
    bias=st.sampled_from([0.0, 1e-3, 1.0]),
    precision=st.sampled_from(["float32", "float64"]),
    seed=st.integers(0, 2**32 - 1),
)


def made(layer: Layer) -> tuple[np.ndarray, ...]:
    """weight (K, d), bias (K,), features (N, d), labels (N,), and the lower layer (d, m) with its inputs (N, m)."""
    rng = np.random.default_rng(layer.seed)
    classes, dimension = layer.classes, layer.dimension
    labels = np.repeat(np.arange(classes), layer.each)
    weight = rng.normal(size=(classes, dimension))
    if layer.kind in ("collapsed", "fitted"):
        weight = _orthonormal(classes, dimension, rng)
        weight = weight - weight.mean(axis=0) if layer.kind == "collapsed" else weight
    lower, inputs = weight.T, np.eye(classes)[labels]  # balanced with the head: lower lower^T = weight^T weight
    if layer.kind in ("noise", "unexplained"):
        lower, inputs = np.eye(dimension), rng.normal(size=(classes, dimension))[labels]
    if layer.kind == "unexplained":
        labels = rng.permutation(labels)
    if layer.noise is not None:
        inputs = inputs + 10.0**layer.noise * rng.standard_t(3, size=inputs.shape)
    fitted = layer.kind == "fitted"  # features of the head's inverse size, so that the logits stay near the labels
    feature_size = 10.0 ** (-layer.head_size if fitted else layer.feature_size) * (layer.kind != "no features")
    head_size = 10.0**layer.head_size * (layer.kind != "no head")
    bias = head_size * layer.bias * rng.normal(size=classes)
    return tuple(
        array.astype(layer.precision) if array.dtype.kind == "f" else array
        for array in (head_size * weight, bias, feature_size * inputs @ lower.T, labels, feature_size * lower, inputs)
    )


def observed(layer: Layer) -> dict[str, float]:
    """What a run would log of this layer, by the code that runs are logged with."""
    weight, bias, features, labels, lower, inputs = made(layer)
    seen = last_layer_observables(features, labels, weight, bias, absent="drop")
    W, b, phi, y, U, X = (torch.from_numpy(array) for array in (weight, bias, features, labels, lower, inputs))
    phi, logits = X @ U.T, (X @ U.T) @ W.T + b  # in the layer's own precision, as a network computes them
    seen["test_error"] = 1 - float((logits.argmax(1) == y).double().mean())
    seen |= misclassification_bounds(phi, logits.double(), y, W.double())
    seen |= superfluous_information(phi.double(), y)
    seen["within_class_variance"] = seen["rnc1"] * seen["feature_norm_max"] ** 2
    linear = torch.nn.Linear(*reversed(U.shape), bias=False, dtype=U.dtype)
    linear.weight.data = U
    below = balance.Below([X], [phi])
    return seen | balance.observe(below, linear, W, torch.from_numpy(features), logits, y)


@cache
def bounds() -> tuple[tuple[str, Bound], ...]:
    """(claim, bound) of every deterministic bound in the ledger."""
    every = ((key, bound) for key in blueprint.keys() for bound in blueprint.statement(key).bounds)
    return tuple((key, bound) for key, bound in every if bound.deterministic)


@cache
def unsearched() -> dict[str, str]:
    """Bounds that one last layer cannot be held against, each with what it would have to be a part of."""
    layer = Layer("noise", 3, 4, 2, 0.0, 0.0, -1.0, 0.0, "float64", 0)
    known = set(observed(layer))
    lacking = {bound.name: sorted(needed(bound) - known) for _, bound in bounds()}
    return {name: f"a last layer alone has no {', '.join(absent)}" for name, absent in lacking.items() if absent}


def search(
    examples: int, chosen: Sequence[tuple[str, Bound]] | None = None, told: Callable[[], None] = lambda: None
) -> dict[str, Nearest]:
    """The smallest margin of each bound over that many layers, directed towards each bound's in turn.

    `told` is called after each layer."""
    pairs = [(key, bound) for key, bound in chosen or bounds() if bound.name not in unsearched()]
    found = {bound.name: Nearest(key) for key, bound in pairs}

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate, Phase.target),
        suppress_health_check=list(HealthCheck),
    )
    @given(LAYERS)
    def probe(layer: Layer) -> None:
        run = Trajectory("layer", np.zeros(1), {name: np.array([value]) for name, value in observed(layer).items()})
        for _, bound in pairs:
            share = found[bound.name].see(measure(bound, run), run[bound.observable][0], layer)
            if share is not None:
                target(-share, label=bound.name)
        told()

    with torch.no_grad():
        probe()
    return found


def main(words: Sequence[str] | None = None) -> int:
    """Search and record; exit status 1 if a bound is violated."""
    parser = argparse.ArgumentParser(
        prog="python -m gpu_experiments.bound_search", description="Search the measured bounds for their least margins."
    )
    parser.add_argument("--examples", type=int, default=10_000)
    examples = parser.parse_args(words).examples
    print(f"{examples} layers against {len(bounds()) - len(unsearched())} bounds, about 10 ms each")
    with Progress(*Progress.get_default_columns()) as progress:
        bar = progress.add_task("layers", total=examples)
        found = search(examples, told=lambda: progress.advance(bar))
    record = {name: asdict(nearest) for name, nearest in found.items()} | {"not_searched": unsearched()}
    RECORD.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
    for name, nearest in sorted(found.items()):
        print(f"{name}: least margin {nearest.margin} over {nearest.judged} layers in scope")
    for name, why in sorted(unsearched().items()):
        print(f"{name}: not searched: {why}")
    return int(any(nearest.violated for nearest in found.values()))


def _orthonormal(rows: int, columns: int, rng: np.random.Generator) -> np.ndarray:
    """Orthonormal rows where there is room for them, orthonormal columns otherwise."""
    tall = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))[0]
    return tall if rows >= columns else tall.T


if __name__ == "__main__":
    sys.exit(main())
