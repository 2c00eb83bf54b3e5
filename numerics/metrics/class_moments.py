"""The first pass: class counts, means and centred spreads, as sums that merge.

    n_c,  mu_c = (1/n_c) sum x,  spread_c = sum ||x - mu_c||^2,  optionally scatter = sum (x - mu_{y(x)}) (...)^T

A batch is summed about a shift near each class mean (shifted_sums), and where more than 99 % of a spread cancels, again
about the better shift. Batches and shards are joined by Chan's update (Chan, Golub & LeVeque 1983), in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from numerics.metrics.arrays import Array, host, namespace, placed, resolution
from numerics.metrics.head import squared_distances
from numerics.metrics.inputs import MetricError, class_indices, matrix, present_classes
from numerics.metrics.memory import predicted_memory, refuse_beyond
from numerics.metrics.shifted_sums import shifted_sums

KEPT_ENTRIES = 2**20


@dataclass(frozen=True, slots=True)
class ClassMoments:
    """What one pass over (features, labels) leaves: counts (K,), means (K, d), spreads (K,), all float64 on the host.

    `classes` (K,) are the labels that the rows stand for; `norm_sum`, `norm_max`, `square_sum` are over ||x||;
    `scatter` (d, d) is kept on request; `resolution` is the machine epsilon of the features, which decides what counts
    as rank in the span of the means. What several metrics ask for is worked out once and kept, up to 2^20 entries.
    """

    classes: np.ndarray
    counts: np.ndarray
    means: np.ndarray
    spreads: np.ndarray
    norm_sum: float
    norm_max: float
    square_sum: float
    resolution: float
    scatter: np.ndarray | None = None
    _kept: dict[str, np.ndarray] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def samples(self) -> int:
        return int(self.counts.sum())

    @property
    def global_mean(self) -> np.ndarray:
        """mu_G, the mean of the class means (d,)."""
        return self.means.mean(axis=0)

    @property
    def centred(self) -> np.ndarray:
        """mu_c - mu_G, shape (K, d), not to be written to."""
        return self._once("centred", lambda: self.means - self.global_mean)

    @property
    def distances(self) -> np.ndarray:
        """||mu_c - mu_c'||^2, shape (K, K), not to be written to."""
        return self._once("distances", lambda: squared_distances(self.means))

    def _once(self, name: str, work: Callable[[], np.ndarray]) -> np.ndarray:
        if name in self._kept:
            return self._kept[name]
        found = work()
        found.flags.writeable = False
        if found.size <= KEPT_ENTRIES:
            self._kept[name] = found
        return found

    @property
    def within(self) -> float:
        """tr S_W = (1/N) sum ||x - mu_c||^2; a class with one sample adds nothing."""
        return float(self.spreads.sum() / self.samples)

    @property
    def between(self) -> float:
        """tr S_B = (1/K) sum_c ||mu_c - mu_G||^2."""
        return float((self.centred**2).sum() / len(self.counts))

    def present(self) -> ClassMoments:
        """The same moments restricted to the classes that have a sample, renumbered in order."""
        kept = self.counts > 0
        rows = {name: getattr(self, name)[kept] for name in ("classes", "counts", "means", "spreads")}
        return replace(self, **rows)


def class_moments(features: Any, labels: Any, classes: int | None = None, scatter: bool = False) -> ClassMoments:
    """Moments of features (N, d) by labels (N,); `classes` defaults to the largest label plus one.

    Raises MetricError for malformed or non-finite input and for a class without samples.
    """
    features = matrix(features, "features")
    labels = class_indices(labels, features.shape[0], classes)
    stream = MomentStream(classes or int(labels.max()) + 1, features.shape[1], scatter)
    stream.update(features, labels, "features")
    return stream.value()


def grouped(labels: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The classes that occur, the first sample of each, and of each sample the place of its class among them: what
    numpy.unique gives, without sorting unless there are more classes than samples."""
    if classes > len(labels):
        return np.unique(labels, return_index=True, return_inverse=True)
    first = np.full(classes, -1)
    first[labels[::-1]] = np.arange(len(labels) - 1, -1, -1)
    seen = np.flatnonzero(first >= 0)
    if len(seen) == classes:
        return seen, first, labels
    place = np.empty(classes, dtype=np.int64)
    place[seen] = np.arange(len(seen))
    return seen, first[seen], place[labels]


class MomentStream:
    """Mergeable accumulator of ClassMoments: update(features, labels), merge(other), value().

    An update either counts whole or, when it raises, not at all. Constant memory in the number of samples:
    `predicted_memory` bytes, refused with MetricError when beyond `memory_cap`.
    """

    def __init__(self, classes: int, dimension: int, scatter: bool = False, memory_cap: int | None = None) -> None:
        refuse_beyond(memory_cap, predicted_memory(classes, dimension, scatter), classes, dimension)
        self.batches = 0
        self.counts = np.zeros(classes, dtype=np.int64)
        self.means = np.zeros((classes, dimension))
        self.spreads = np.zeros(classes)
        self.scatter = np.zeros((dimension, dimension)) if scatter else None
        self.norm_sum = self.norm_max = self.square_sum = self.resolution = 0.0

    def update(self, features: Any, labels: Any, name: str | None = None) -> Array:
        """Count one batch: features (N, d), labels (N,); returns ||x||^2 (N,), which a second pass can reuse.

        Raises MetricError, which calls the batch by `name` (its number by default); then nothing is counted.
        """
        features = matrix(features, "features", self.means.shape[1])
        labels = class_indices(labels, features.shape[0], len(self.counts))
        seen, first, group = grouped(labels, len(self.counts))
        shift = self.means[seen]
        new = self.counts[seen] == 0
        shift[new] = host(features[placed(first[new], features, namespace(features).int64)])
        shift[~np.isfinite(shift)] = 0.0
        name = name or f"batch {self.batches}"
        part = shifted_sums(features, group, shift, self.scatter is not None, name)
        repeat = part.cancels()
        if repeat.any():
            shift[repeat] += part.offsets[repeat]
            part = shifted_sums(features, group, shift, self.scatter is not None, name)
        self._join(seen, part.counts, part.means, part.spreads, part.scatter)
        self._extend(part.norm_sum, part.norm_max, part.square_sum, resolution(features))
        self.batches += 1
        return namespace(features).concat(part.rows)

    def merge(self, other: MomentStream) -> MomentStream:
        """Add what another stream of the same sizes has counted (a shard, a worker); returns self."""
        if other.means.shape != self.means.shape or (other.scatter is None) != (self.scatter is None):
            raise MetricError(
                f"stream has sizes {other.means.shape}, must be {self.means.shape}; shards share one layout"
            )
        seen = np.flatnonzero(other.counts)
        self._join(seen, other.counts[seen], other.means[seen], other.spreads[seen], other.scatter)
        self._extend(other.norm_sum, other.norm_max, other.square_sum, other.resolution)
        self.batches += other.batches
        return self

    def value(self, absent: str = "error") -> ClassMoments:
        """The moments so far. absent="error" raises MetricError when a class has no sample, "drop" leaves it out,
        "keep" leaves it in with a zero mean (for accumulators that never look at it)."""
        if not self.counts.any():
            raise MetricError("the stream holds 0 samples, must hold at least one; the loader was empty")
        moments = ClassMoments(
            np.arange(len(self.counts)), self.counts.copy(), self.means.copy(), self.spreads.copy(), self.norm_sum,
            self.norm_max, self.square_sum, self.resolution, None if self.scatter is None else self.scatter.copy(),
        )  # fmt: skip
        if absent == "drop":
            moments = moments.present()
        if absent != "keep":
            present_classes(moments.counts, needed=1)
        return moments

    def _join(self, seen: np.ndarray, counts: np.ndarray, means: np.ndarray, spreads: np.ndarray, scatter: Any) -> None:
        old = self.counts[seen]
        total = old + counts
        step = means - self.means[seen]
        weight = old * (counts / total)
        self.counts[seen] = total
        self.means[seen] += step * (counts / total)[:, None]
        self.spreads[seen] += spreads + weight * np.einsum("cd,cd->c", step, step)
        if scatter is not None:
            self.scatter += scatter + (step * weight[:, None]).T @ step

    def _extend(self, norm_sum: float, norm_max: float, square_sum: float, epsilon: float) -> None:
        self.norm_sum += norm_sum
        self.square_sum += square_sum
        self.norm_max = max(self.norm_max, norm_max)
        self.resolution = max(self.resolution, epsilon)
