"""Sample estimates of information in features, each beside what it estimates: how far off they are is the finding.

Z is the noisy feature of `gpu_experiments.generalisation`, drawn from the mixture whose I(Z;X|Y) is known there up to
the error of drawing; n is a number of samples, SIZES:

    knn_information_n            mean over classes of h_n(Z|y) - (d/2) log(2 pi e s^2), h_n by Kozachenko and Leonenko
                                 (k = 5, as published) from n draws of Z in each class; nats
    projected_information_n      the same in the COMPONENTS principal axes of the features (published: an autoencoder,
                                 then these axes), to be held against
    projected_information        I(PZ;X|Y) itself, and projected_information_least, _logdet, its proved bounds
    alignment_n                  centred alignment of the first n features with their classes
    alignment_shuffled_n         the same with the classes permuted, mean over SHUFFLES: what independence looks like
    nhsic_n, nhsic_shuffled_n    normalised HSIC of the first n features with their classes, kernels and ridge as
                                 published, and with the classes permuted
    nhsic_superfluous_n          the published nHSIC(z; x) - nHSIC(z; y), x the inputs, and
    nhsic_unrelated_n            the same with inputs of other samples in the place of x

The estimators are in `numerics.metrics.information`, with formulas and sources. On the CPU, in float64.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gpu_experiments.generalisation import mixture_information, noisy_sample
from numerics.metrics.information import (
    centred_alignment,
    class_kernel,
    gaussian_kernel,
    nearest_neighbour_entropy,
    regularised,
)

SIZES = (50, 200, 800)
NEIGHBOURS, COMPONENTS, SHUFFLES = 5, 8, 3


@dataclass(frozen=True, slots=True)
class Partner:
    """What the first n features are compared with: labels (n,), permutations of n, and R of the kernels of inputs and
    classes, (n, n); they are the same along a run."""

    labels: np.ndarray
    orders: tuple[np.ndarray, ...]
    of_inputs: np.ndarray
    of_classes: np.ndarray


def partners(inputs: Tensor, labels: Tensor) -> dict[int, Partner]:
    """By n, for every n of SIZES that is not more than N; inputs (N, ...), labels (N,)."""
    found = {}
    x, y = inputs.cpu().flatten(1).double().numpy(), labels.cpu().numpy()
    for size in (size for size in SIZES if size <= len(x)):
        chance = np.random.default_rng(size)
        orders = tuple(chance.permutation(size) for _ in range(SHUFFLES))
        kernels = gaussian_kernel(x[:size]), class_kernel(y[:size], size)
        found[size] = Partner(y[:size], orders, *(regularised(kernel) for kernel in kernels))
    return found


def observe(features: Tensor, labels: Tensor, against: Mapping[int, Partner]) -> dict[str, float]:
    """All estimates, of features (N, d) with labels (N,), and with the `partners` of the same samples."""
    phi = features.detach().cpu().double()
    return neighbour_estimates(phi, labels.cpu()) | kernel_estimates(phi.numpy(), against)


def neighbour_estimates(features: Tensor, labels: Tensor) -> dict[str, float]:
    """knn_information_n, and projected_information with its estimates and bounds. Without noise, where all features are
    0, the information is 0 and its estimates NaN. The same draws at each call: along a run the features alone vary."""
    points, classes, noise = noisy_sample(features, labels)
    centred = points - points.mean(0)
    axes = torch.linalg.eigh(centred.T @ centred)[1][:, -COMPONENTS:]
    truth = mixture_information(centred @ axes, classes, noise)
    return (
        _by_neighbours("knn_information", points, classes, noise)
        | _by_neighbours("projected_information", centred @ axes, classes, noise)
        | {
            "projected_information": truth["superfluous_information"],
            "projected_information_least": truth["superfluous_information_least"],
            "projected_information_logdet": truth["bottleneck_logdet"],
        }
    )


def _by_neighbours(name: str, points: Tensor, classes: Tensor, noise: float) -> dict[str, float]:
    if noise == 0:
        return {f"{name}_{size}": math.nan for size in SIZES}
    found = dict.fromkeys(SIZES, 0.0)
    known = points.shape[1] / 2 * math.log(2 * math.pi * math.e)
    for label in classes.unique().tolist():
        mine, chance = (points[classes == label] / noise).numpy(), np.random.default_rng(label)
        drawn = mine[chance.integers(0, len(mine), max(SIZES))]
        drawn = drawn + chance.standard_normal(drawn.shape)
        for size in SIZES:
            information = nearest_neighbour_entropy(drawn[:size], NEIGHBOURS) - known
            found[size] += len(mine) / len(points) * information
    return {f"{name}_{size}": value for size, value in found.items()}


def kernel_estimates(features: np.ndarray, against: Mapping[int, Partner]) -> dict[str, float]:
    """alignment_n, nhsic_n and nhsic_superfluous_n of features (N, d), each with its value for unrelated samples."""
    row = {}
    for size, partner in against.items():
        z, orders = features[:size], partner.orders
        own = regularised(gaussian_kernel(z))
        shuffled = [partner.of_classes[np.ix_(order, order)] for order in orders]
        unrelated = [partner.of_inputs[np.ix_(order, order)] for order in orders]
        with_classes = float(np.vdot(own, partner.of_classes))
        row |= {
            f"alignment_{size}": centred_alignment(z, partner.labels),
            f"alignment_shuffled_{size}": _mean(centred_alignment(z, partner.labels[order]) for order in orders),
            f"nhsic_{size}": with_classes,
            f"nhsic_shuffled_{size}": _mean(np.vdot(own, other) for other in shuffled),
            f"nhsic_superfluous_{size}": float(np.vdot(own, partner.of_inputs)) - with_classes,
            f"nhsic_unrelated_{size}": _mean(np.vdot(own, other) for other in unrelated) - with_classes,
        }
    return row


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
