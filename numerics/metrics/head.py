"""The last layer by itself: its rows up to the softmax gauge, their distances, scale, diameter and balance.

Softmax, margins and relative flatness do not change under W -> W + 1 v^T, so everything here works on rows centred at
their mean: a large common row costs no digits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from numerics.metrics.arrays import Array, class_major, host, placed, product, wide, wide_dtype
from numerics.metrics.inputs import MetricError, head, matrix

DENSE_CLASSES = 2048
ROUGH = 1e-4
SINGLE = 2.0**-24


@dataclass(slots=True)
class Head:
    """A linear softmax head ready for measuring: `rows` (K, d) about `centre` (d,), `bias` (K,) about its mean, float64
    on the host; `square` is ||W||_F^2 of the head as given, `largest` the largest norm of `rows`.

    Heads beyond DENSE_CLASSES are measured by tiles of classes and never form a K x K matrix.
    """

    rows: np.ndarray
    bias: np.ndarray
    centre: np.ndarray
    square: float
    largest: float
    _distances: np.ndarray | None = None
    _reach: np.ndarray | None = None
    _extremes: tuple[float, float] | None = None
    _shared: tuple | None = None
    _placed: dict = field(default_factory=dict)

    @classmethod
    def of(cls, weight: Any, bias: Any = None, dimension: int | None = None) -> Head:
        weight, bias = head(weight, bias, dimension)
        rows = host(weight)
        centre = rows.mean(axis=0)
        square, rows = float(np.einsum("kd,kd->", rows, rows)), rows - centre
        largest = float(np.sqrt(np.einsum("kd,kd->k", rows, rows).max()))
        return cls(rows, bias - bias.mean(), centre, square, largest)

    @property
    def classes(self) -> int:
        return len(self.rows)

    @property
    def dense(self) -> bool:
        return self.classes <= DENSE_CLASSES

    @property
    def distances(self) -> np.ndarray:
        """||w_s - w_t||^2, shape (K, K); dense heads only."""
        if self._distances is None:
            self._distances = squared_distances(self.rows)
        return self._distances

    @property
    def extremes(self) -> tuple[float, float]:
        """The least and the largest squared distance of two different rows; dense heads only."""
        if self._extremes is None:
            apart = self.distances[~np.eye(self.classes, dtype=bool)]
            self._extremes = float(apart.min()), float(apart.max())
        return self._extremes

    def reach(self, classes: np.ndarray | None = None) -> np.ndarray:
        """D_y^2 = max_s ||w_s - w_y||^2 for each class of `classes` (all by default), filled in as asked for."""
        if self._reach is None:
            self._reach = self.distances.max(axis=1) if self.dense else np.full(self.classes, np.nan)
        if self.dense:
            return self._reach if classes is None else self._reach[classes]
        wanted = np.arange(self.classes) if classes is None else np.unique(classes)
        missing = wanted[np.isnan(self._reach[wanted])]
        for start in range(0, len(missing), 1024):
            part = missing[start : start + 1024]
            self._reach[part] = farthest(self.rows[part], self.rows)
        return self._reach[wanted] if classes is None else self._reach[classes]

    def prepare(self, labels: np.ndarray | None = None) -> None:
        """Measure what the blocks of a batch share (distances, the reach of its classes) before they run in threads."""
        if labels is not None:
            self.reach(labels)
        self._shared = (self.distances, self.extremes) if self.dense else None

    def on(self, like: Array, name: str) -> Array:
        """`rows` in the dtype of `like`, or `distances` / `bias` in the wide one, kept on its device."""
        key = (name, like.dtype, getattr(like, "device", None))
        if key not in self._placed:
            dtype = like.dtype if name == "rows" else wide_dtype(like)
            self._placed[key] = placed(getattr(self, name), like, dtype)
        return self._placed[key]

    def spread_rows(self, size: float, like: Array) -> bool:
        """Whether logits of features of norm `size` would carry errors beyond 1e-4 in the precision of `like`."""
        return like.dtype.itemsize < 8 and SINGLE * size * self.largest > ROUGH

    def logits(self, block: Array, size: float) -> Array:
        """Centred logits (K, m) of a block (m, d) whose rows have norm at most `size`, in the wide dtype."""
        if self.spread_rows(size, block):
            block = wide(block)
        logits = wide(class_major(product(block, self.on(block, "rows").T)))
        logits += self.on(block, "bias")[:, None]
        return logits


def squared_distances(rows: np.ndarray, others: np.ndarray | None = None) -> np.ndarray:
    """||u_s - v_t||^2 for rows (K, d), float64; pairs whose distance the Gram form would blur are taken directly."""
    others = rows if others is None else others
    centre = rows.mean(axis=0)
    left, right = rows - centre, others - centre
    sizes = np.einsum("kd,kd->k", left, left)[:, None] + np.einsum("kd,kd->k", right, right)
    square = np.maximum(sizes - 2 * left @ right.T, 0.0)
    near = np.argwhere(square <= 1e-4 * sizes)
    for start in range(0, len(near), 4096):
        s, t = near[start : start + 4096].T
        square[s, t] = np.square(left[s] - right[t]).sum(axis=1)
    return square


def farthest(some: np.ndarray, rows: np.ndarray, tile: int = 4096) -> np.ndarray:
    """max_t ||u_s - w_t||^2 for each u_s, over tiles of rows; a maximum loses nothing in the Gram form."""
    sizes = np.einsum("kd,kd->k", rows, rows)
    own = np.einsum("kd,kd->k", some, some)
    largest = np.zeros(len(some))
    for start in range(0, len(rows), tile):
        part = slice(start, start + tile)
        square = own[:, None] + sizes[part] - 2 * some @ rows[part].T
        np.maximum(largest, square.max(axis=1), out=largest)
    return largest


def head_diameter(weight: Any) -> float:
    """max_{s,t} ||w_s - w_t|| of weight (K, d); invariant under the softmax gauge. Raises MetricError."""
    return float(np.sqrt(Head.of(weight).reach().max()))


def head_norm(weight: Any) -> float:
    """||W||_F of weight (K, d)."""
    return float(np.linalg.norm(host(head(weight)[0])))


def balancedness(first: Any, second: Any) -> float:
    """||W_2^T W_2 - W_1 W_1^T||_op for consecutive linear layers W_1 (h, d_in) and W_2 (d_out, h).

    Zero for balanced layers; under gradient flow with weight decay lambda it decays as exp(-2 lambda t) (Jacot,
    Sukenik, Wang, Mondelli 2025, section 4). Raises MetricError unless the inner sizes agree.
    """
    first, second = matrix(first, "weight"), matrix(second, "weight")
    if second.shape[1] != first.shape[0]:
        raise MetricError(
            f"second has {second.shape[1]} columns, must have {first.shape[0]}, the rows of first; "
            "pass the earlier layer first"
        )
    first, second = host(first), host(second)
    return float(np.abs(np.linalg.eigvalsh(second.T @ second - first @ first.T)).max())
