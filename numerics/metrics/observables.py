"""All canonical observables of a last layer from two passes over its features, sharing class sums and logits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from numerics.metrics import collapse
from numerics.metrics.blocks import calm_blas
from numerics.metrics.class_moments import ClassMoments, MomentStream
from numerics.metrics.head import Head
from numerics.metrics.head_stream import HeadStream
from numerics.metrics.inputs import MetricError, class_indices, matrix
from numerics.metrics.relative_flatness import squared_error_scale
from numerics.metrics.second_pass import SecondPass

LOSSES = ("cross_entropy", "mse")


def last_layer_observables(
    features: Any,
    labels: Any,
    weight: Any,
    bias: Any = None,
    loss: str = "cross_entropy",
    reduction: str = "mean",
    absent: str = "error",
) -> dict[str, float]:
    """Canonical observables by name, as floats: features (N, d), labels (N,), weight (K, d), bias (K,).

    `loss` names what the network is trained with: the softmax-variance flatness is always there, "mse" adds the ridge
    form `relative_flatness_mse` at the scale of `reduction` (see squared_error_scale). A class of the head without a
    sample is an error, or left out of the collapse metrics with absent="drop". NaN marks what is not defined: nc2 where
    d < K - 1, cosines with zero vectors. Raises MetricError for malformed or non-finite input.
    """
    if loss not in LOSSES:
        raise MetricError(f"loss is {loss!r}, must be one of {', '.join(LOSSES)}; kappa depends on which")
    with calm_blas(_work(features, weight)):
        moments, second = both_passes(features, labels, weight, bias, absent)
        return observables(moments, second, loss, reduction)


def _work(features: Any, weight: Any) -> int:
    """Multiplications in the product with the head, 0 where the input is about to be refused."""
    shapes = [tuple(getattr(array, "shape", ())) for array in (features, weight)]
    return max(shapes[0][0], shapes[1][0]) * math.prod(shapes[1]) if all(len(shape) == 2 for shape in shapes) else 0


def both_passes(
    features: Any, labels: Any, weight: Any, bias: Any = None, absent: str = "error"
) -> tuple[ClassMoments, SecondPass]:
    """The class moments of features (N, d) and labels (N,), and the second pass over them through the head."""
    features = matrix(features, "features")
    head = Head.of(weight, bias, features.shape[1])
    labels = class_indices(labels, features.shape[0], head.classes)
    first = MomentStream(head.classes, features.shape[1])
    squares = first.update(features, labels, "features")
    moments = first.value(absent)
    second = SecondPass(moments, head)
    second.update(features, labels, squares, "features")
    return moments, second


def observables(
    moments: ClassMoments, rest: SecondPass | HeadStream, loss: str = "cross_entropy", reduction: str = "mean"
) -> dict[str, float]:
    """The same from streams, for data that is never held at once: `rest` is the second pass, or, where the data can be
    read only once, a HeadStream beside the moments (nc1 then needs their scatter, and there is no nc4)."""
    found = collapse_observables(moments)
    found |= {name: value for name, value in rest.value().items() if name != "accuracy"}
    if moments.scatter is not None and "nc1" not in found:
        found["nc1"] = collapse.nc1(moments)
    stream = rest if isinstance(rest, HeadStream) else rest.head
    if stream:
        head = stream.head
        found |= head_observables(moments, head)
        if loss == "mse":
            scale = squared_error_scale(reduction, head.classes, moments.samples)
            found["relative_flatness_mse"] = scale * head.square * moments.square_sum / moments.samples
    return {name: float(value) for name, value in found.items()}


def collapse_observables(moments: ClassMoments) -> dict[str, float]:
    """What the first pass alone decides."""
    roomy = moments.means.shape[1] >= len(moments.counts) - 1
    return {
        "nc1_trace_ratio": collapse.nc1_trace_ratio(moments),
        "rnc1": collapse.rnc1(moments),
        "rnc1_mean_norm": collapse.rnc1_mean_norm(moments),
        "cdnv": collapse.cdnv(moments),
        "nc2": collapse.nc2(moments) if roomy else float("nan"),
        "nc2_equinorm": collapse.nc2_equinorm(moments),
        "nc2_equiangle": collapse.nc2_equiangle(moments),
        "feature_norm": collapse.feature_norm(moments),
        "feature_norm_max": collapse.feature_norm_max(moments),
        "feature_norm_rms": collapse.feature_norm_rms(moments),
        "collapsed_norm": collapse.collapsed_norm(moments),
        "classes": float(len(moments.counts)),
        "class_imbalance": imbalance(moments, len(moments.counts)),
    }


def imbalance(moments: ClassMoments, classes: int) -> float:
    """max_c n_c K/N - 1: 0 where all K classes have as many samples."""
    return float(moments.counts.max()) * classes / moments.samples - 1.0


def head_observables(moments: ClassMoments, head: Head) -> dict[str, float]:
    """What the head and the class means decide, without samples."""
    rows = head.rows + head.centre
    return {
        "classes": float(head.classes),  # the softmax's, also where some are absent: the bounds need all of them
        "class_imbalance": imbalance(moments, head.classes),
        "nc3": collapse.nc3(moments, None, rows),
        "head_scale": collapse.head_scale(moments, None, rows),
        "head_norm": head.square**0.5,
        "head_diameter": float(np.sqrt(head.reach().max())),
    }
