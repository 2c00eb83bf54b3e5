"""Sums of one batch by class, about a shift near each class mean, never over raw squares.

x - shift is exact near collapse even in float32 (Sterbenz), and what cancels in  sum ||x - s||^2 - n ||mean - s||^2  is
measured, so that the caller can take a better shift and repeat. Blocks are summed in their own precision, and the
blocks in float64.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from numerics.metrics.arrays import Array, group_sums, host, namespace, placed, product, row_squares, wide, working
from numerics.metrics.blocks import over_blocks
from numerics.metrics.inputs import MetricError, refuse_non_finite

CANCELLED = 0.99
MANY_GROUPS = 256


@dataclass(slots=True)
class ShiftedSums:
    """Over one batch, about `shift` (G, d): counts (G,), mean offsets (G, d), squares (G,), and what needs no class."""

    shift: np.ndarray
    counts: np.ndarray
    offsets: np.ndarray
    squares: np.ndarray
    scatter: np.ndarray | None
    rows: list[Array] = field(default_factory=list)
    norm_sum: float = 0.0
    norm_max: float = 0.0
    square_sum: float = 0.0

    @property
    def means(self) -> np.ndarray:
        return self.shift + self.offsets

    @property
    def lost(self) -> np.ndarray:
        return self.counts * np.einsum("cd,cd->c", self.offsets, self.offsets)

    @property
    def spreads(self) -> np.ndarray:
        return np.where(self.counts > 1, np.maximum(self.squares - self.lost, 0.0), 0.0)

    def cancels(self) -> np.ndarray:
        return (self.counts > 1) & (self.lost > CANCELLED * self.squares)

    def take(self, part: tuple) -> None:
        """Add one block: its groups, their offset sums and squares, its row squares, its scatter."""
        groups, offsets, squares, rows, scatter = part
        self.offsets[groups] += offsets
        self.squares[groups] += squares
        norms = namespace(rows).sqrt(rows)
        self.norm_sum += float(norms.sum())
        self.norm_max = max(self.norm_max, float(norms.max()))
        self.square_sum += float(rows.sum())
        self.rows.append(rows)
        if self.scatter is not None:
            self.scatter += scatter


def shifted_sums(features: Array, group: np.ndarray, shift: np.ndarray, scatter: bool, place: str) -> ShiftedSums:
    """Sums about `shift` (G, d) of the rows of each group; the shift is rounded to the features' precision first."""
    xp = namespace(features)
    near = placed(shift, working(features[:1, :]))
    groups, dimension = shift.shape
    sums = ShiftedSums(
        host(near),
        np.bincount(group, minlength=groups),
        np.zeros((groups, dimension)),
        np.zeros(groups),
        np.zeros((dimension, dimension)) if scatter else None,
    )

    def work(rows: slice) -> tuple:
        block, squares = measured(features, rows, place)
        local, of = (np.arange(groups), group[rows])
        if groups > MANY_GROUPS:
            local, of = np.unique(of, return_inverse=True)
        apart = xp.take(near, placed(group[rows], features, xp.int64), axis=0)
        apart = xp.astype(apart, block.dtype, copy=False)
        apart -= block
        square = np.bincount(of, weights=host(row_squares(apart)), minlength=len(local))
        spread = host(product(apart.T, apart)) if scatter else None
        return local, -group_sums(apart, of, len(local)), square, squares, spread

    over_blocks(work, features, sums.take)
    if scatter:
        sums.scatter -= (sums.offsets / sums.counts[:, None]).T @ sums.offsets
    sums.offsets /= sums.counts[:, None]
    return sums


def measured(features: Array, rows: slice, name: str = "features", squares: Array | None = None) -> tuple[Array, Array]:
    """One block in its working precision and ||x||^2 of its rows, or `squares` if they are known already; a block whose
    squares leave the range of float32 is widened.

    Raises MetricError when an entry is NaN or infinite (how many in all of `features`), or too large to square.
    """
    block = working(features[rows, :])
    if squares is not None:
        return (block if 1e-30 <= float(squares.max()) < 3e38 else wide(block)), squares
    with np.errstate(over="ignore", invalid="ignore"):
        squares = row_squares(block)
        if 1e-30 <= float(squares.max()) < np.inf:
            return block, squares
        refuse_non_finite(features, name)
        block = wide(block)
        squares = row_squares(block)
    if not float(squares.max()) < np.inf:
        raise MetricError(f"{name} holds entries beyond 1e150, must have finite squares; rescale the features")
    return block, squares
