"""Metrics of neural collapse, relative flatness and feature norms: one definition per function, NumPy and torch alike.

features (N, d), labels (N,) of class indices, weight (K, d), bias (K,). The canonical functions are here; every other
definition in use is a named function of `numerics.metrics.variants`; streams that merge are in `.streaming`.
"""

from numerics.metrics.class_moments import ClassMoments, MomentStream, class_moments
from numerics.metrics.collapse import (
    cdnv,
    collapsed_norm,
    feature_norm,
    feature_norm_max,
    feature_norm_rms,
    head_scale,
    nc1,
    nc1_trace_ratio,
    nc2,
    nc2_equiangle,
    nc2_equinorm,
    nc3,
    nc4,
    rnc1,
    rnc1_mean_norm,
)
from numerics.metrics.head import balancedness, head_diameter, head_norm
from numerics.metrics.head_stream import HeadStream
from numerics.metrics.inputs import MetricError
from numerics.metrics.memory import predicted_memory
from numerics.metrics.near_collapse import near_collapse_bounds
from numerics.metrics.observables import last_layer_observables, observables
from numerics.metrics.relative_flatness import (
    flatness_loss_bound,
    logit_margins,
    margins,
    mean_wrong_probability,
    relative_flatness,
    relative_flatness_surrogate,
    ridge_flatness,
    squared_error_scale,
)
from numerics.metrics.second_pass import SecondPass
from numerics.metrics.unseen import margin_scale, unseen_error_bound

__all__ = [
    "ClassMoments",
    "HeadStream",
    "MetricError",
    "MomentStream",
    "SecondPass",
    "balancedness",
    "cdnv",
    "class_moments",
    "collapsed_norm",
    "feature_norm",
    "feature_norm_max",
    "feature_norm_rms",
    "flatness_loss_bound",
    "head_diameter",
    "head_norm",
    "head_scale",
    "last_layer_observables",
    "logit_margins",
    "margin_scale",
    "margins",
    "mean_wrong_probability",
    "nc1",
    "nc1_trace_ratio",
    "nc2",
    "nc2_equiangle",
    "nc2_equinorm",
    "nc3",
    "nc4",
    "near_collapse_bounds",
    "observables",
    "predicted_memory",
    "relative_flatness",
    "relative_flatness_surrogate",
    "ridge_flatness",
    "rnc1",
    "rnc1_mean_norm",
    "squared_error_scale",
    "unseen_error_bound",
]
