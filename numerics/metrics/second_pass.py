"""The second pass over the same samples, given the class moments of the first: NC1, NC4 and, through a head, all of
head_stream, sharing one product. Sums that merge.

Samples enter as deviations from their class mean, so that logits, projections and distances keep their digits where
features are large and collapsed:  z = W (x - m_y) + (W m_y + b),  ||x - mu_c||^2 = ||x - m_y||^2
- 2 <x - m_y, mu_c - mu_G> + ||m_y - mu_c||^2 + terms without c,  m_y the class mean rounded to the features' precision.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from numerics.metrics.arrays import (
    Array,
    class_major,
    host,
    namespace,
    placed,
    product,
    row_squares,
    wide,
    working,
)
from numerics.metrics.blocks import over_blocks
from numerics.metrics.class_moments import ClassMoments
from numerics.metrics.head import DENSE_CLASSES, squared_distances
from numerics.metrics.head_stream import HeadStream, HeadSums
from numerics.metrics.inputs import MetricError, class_indices, matrix, present_classes
from numerics.metrics.memory import predicted_memory, refuse_beyond
from numerics.metrics.shifted_sums import measured
from numerics.metrics.span import nc1_from_projections, span_of_means
from numerics.metrics.tiled_rows import tiled_rows

NEAREST_TILE = 4096
UNSEEN = 1e-12


@dataclass(slots=True)
class _Sums:
    """Sums over samples: of squared projections (r,), of disagreements, and those of the head (one batch's only)."""

    projections: np.ndarray
    disagreements: int = 0
    samples: int = 0
    head: HeadSums = field(default_factory=HeadSums)

    def __iadd__(self, other: _Sums) -> _Sums:
        self.projections += other.projections
        self.disagreements += other.disagreements
        self.samples += other.samples
        self.head += other.head
        return self


class SecondPass:
    """Mergeable accumulator: update(features, labels), merge(other), value() -> {"nc1", "nc4", head observables}.

    `moments` come from the first pass over the same samples; classes that it left out may not occur. Without a weight
    only nc1 is measured. Raises MetricError for fewer than two classes.
    """

    def __init__(
        self, moments: ClassMoments, weight: Any = None, bias: Any = None, memory_cap: int | None = None
    ) -> None:
        present_classes(moments.counts)
        sizes = moments.means.shape
        refuse_beyond(memory_cap, predicted_memory(*sizes, head=weight is not None, second=True), *sizes)
        self.moments = moments
        self.span = span_of_means(moments)
        self.head = None if weight is None else HeadStream(weight, bias)
        if self.head and self.head.head.rows.shape[1] != moments.means.shape[1]:
            raise MetricError(
                f"weight has {self.head.head.rows.shape[1]} columns, must have {moments.means.shape[1]}, the features' "
                "dimension; pass the head that reads these features"
            )
        size = max(int(moments.classes.max()) + 1, self.head.head.classes if self.head else 0)
        self._row = np.full(size, -1)
        self._row[moments.classes] = np.arange(len(moments.classes))
        self._of: dict[tuple, Any] = {}
        self.sums = _Sums(np.zeros(self.span.rank))
        self.batches = 0

    def update(self, features: Any, labels: Any, squares: Array | None = None, name: str | None = None) -> None:
        """Count one batch of the samples that made the moments; `squares` (N,) are its ||x||^2 if MomentStream.update
        returned them. Raises MetricError, which calls the batch by `name`; then nothing is counted."""
        features = matrix(features, "features", self.moments.means.shape[1])
        labels = class_indices(labels, features.shape[0], len(self._row))
        group = self._row[labels]
        if len(group) and group.min() < 0:
            raise MetricError(f"class {labels[group < 0][0]} is new, must have a mean; run the first pass over it too")
        if self.head:
            self.head.head.prepare(labels)
        name = name or f"batch {self.batches}"
        total = _Sums(np.zeros_like(self.sums.projections))

        def work(rows: slice) -> _Sums:
            block, sizes = measured(features, rows, name, None if squares is None else squares[rows])
            return self._block(block, sizes, labels[rows], group[rows])

        over_blocks(work, features, total.__iadd__)
        self.sums += total
        self.batches += 1
        if self.head:
            self.head.sums += total.head

    def _block(self, block: Array, squares: Array, labels: np.ndarray, group: np.ndarray) -> _Sums:
        xp = namespace(block)
        known = self._prepared(block)
        index = placed(group, block, xp.int64)
        apart = xp.take(known["near"], index, axis=0)
        apart -= block
        if self.head is None:
            inside, sums, differ = class_major(product(apart, known["basis"].T)), HeadSums(), 0
        elif "both" in known:
            inside, sums, differ = self._dense(apart, squares, labels, index, known)
        else:
            inside, sums, differ = self._tiled(block, apart, squares, labels, group)
        return _Sums(self._projected(inside, known, group), differ, len(labels), sums)

    def _dense(self, apart: Array, squares: Array, labels: np.ndarray, index: Array, known: dict) -> tuple:
        """Projections (r, m), sums through the head and disagreements, all from one product with the deviations."""
        xp = namespace(apart)
        factor = known["both"]
        if self._needs_width(apart, squares):
            apart, factor = wide(apart), known["both_wide"]
        both = class_major(product(apart, factor.T))
        classes = self.head.head.classes
        logits = xp.take(known["mean_logits"], index, axis=1)
        logits += both[:classes, :]
        sums, top = self.head.logit_sums(logits, squares, labels)
        inside = both[classes:, :]
        score = product(xp.astype(known["places"], inside.dtype, copy=False), inside)
        score += xp.take(known["half_distances"], index, axis=1)
        nearest = self.moments.classes[np.asarray(host(xp.argmin(score, axis=0)), dtype=np.int64)]
        return inside, sums, int((nearest != host(top)).sum())

    def _tiled(self, block: Array, apart: Array, squares: Array, labels: np.ndarray, group: np.ndarray) -> tuple:
        """The same for very many classes, over tiles of them."""
        head, size = self.head.head, float(squares.max()) ** 0.5
        if head.dense:
            sums, top = self.head.logit_sums(head.logits(block, size), squares, labels)
        else:
            rows = tiled_rows(head, block, size, placed(labels, block, namespace(block).int64))
            sums, top = self.head.row_sums(rows, squares, labels), rows.top
        nearest = self.moments.classes[self._nearest(-host(apart), group)]
        inside = class_major(product(apart, self._prepared(block)["basis"].T))
        return inside, sums, int((nearest != host(top)).sum())

    def _needs_width(self, apart: Array, squares: Array) -> bool:
        """Whether float32 logits of the deviations would be rough; their norms are taken only if that is in doubt."""
        size = float(squares.max()) ** 0.5 + self.moments.norm_max
        head = self.head.head
        return head.spread_rows(size, apart) and head.spread_rows(float(row_squares(apart).max()) ** 0.5, apart)

    def _projected(self, inside: Array, known: dict[str, Array], group: np.ndarray) -> np.ndarray:
        """sum_i <x_i - mu, v_j>^2 from <m - x_i, v_j> (r, m), with the rounding m - mu of the means put back where it
        could be seen: near collapse, in float32."""
        xp = namespace(inside)
        squares = host(row_squares(inside))
        if len(group) * known["largest_rounding"] <= UNSEEN * squares.sum():
            return squares
        seen, of = np.unique(group, return_inverse=True)
        near = xp.take(known["near"], placed(seen, inside, xp.int64), axis=0)
        offsets = self.span.basis @ (self.moments.means[seen] - host(near)).T
        exact = wide(inside) + xp.take(placed(offsets, wide(inside)), placed(of, inside, xp.int64), axis=1)
        return host(row_squares(exact))

    def _prepared(self, like: Array) -> dict[str, Array]:
        """Means, basis and head on the block's device and in its precision, placed once."""
        key = (like.dtype, getattr(like, "device", None))
        if key not in self._of:
            near = placed(self.moments.means, working(like[:1]))
            means, exact = host(near), wide(like[:1])
            known = {
                "near": near,
                "basis": placed(self.span.basis, near),
                "largest_rounding": float(np.square(self.moments.means - means).sum(axis=1).max()),
            }
            if self.head and self.head.head.dense and len(means) <= DENSE_CLASSES:
                rows = self.head.head.rows
                both = np.concatenate([-rows, self.span.basis])
                known["both"], known["both_wide"] = placed(both, near), placed(both, exact)
                known["mean_logits"] = placed(rows @ means.T + self.head.head.bias[:, None], exact)
                known["places"] = placed(self.moments.centred @ self.span.basis.T, exact)
                rounded = known["largest_rounding"] > 0
                apart = squared_distances(self.moments.means, means) if rounded else self.moments.distances
                known["half_distances"] = placed(apart / 2, near)
            self._of[key] = known
        return self._of[key]

    def _nearest(self, apart: np.ndarray, group: np.ndarray) -> np.ndarray:
        """Index of the nearest class mean of each sample, over tiles of means, in float64 on the host."""
        centre = self.moments.global_mean
        place = self.moments.means[group] - centre + apart
        best, nearest = np.full(len(group), np.inf), np.zeros(len(group), dtype=np.int64)
        for start in range(0, len(self.moments.means), NEAREST_TILE):
            tile = self.moments.means[start : start + NEAREST_TILE] - centre
            score = np.einsum("cd,cd->c", tile, tile)[:, None] / 2 - tile @ place.T
            where = score.argmin(axis=0)
            value = score[where, np.arange(len(group))]
            closer = value < best
            best[closer], nearest[closer] = value[closer], start + where[closer]
        return nearest

    def merge(self, other: SecondPass) -> SecondPass:
        """Add another shard's second pass about the same moments; returns self."""
        if not np.array_equal(other.moments.means, self.moments.means):
            raise MetricError("the other pass has different class means, must share the first pass; merge that first")
        self.sums += other.sums
        self.batches += other.batches
        if self.head and other.head:
            self.head.merge(other.head)
        return self

    def value(self) -> dict[str, float]:
        """nc1, and with a head nc4 and every value of HeadStream. Raises MetricError before any sample."""
        sums, moments = self.sums, self.moments
        if sums.samples == 0:
            raise MetricError("the stream holds 0 samples, must hold at least one; run the second pass over the data")
        found = {"nc1": nc1_from_projections(sums.projections, self.span.scales, sums.samples, moments.within)}
        if self.head:
            found["nc4"] = sums.disagreements / sums.samples
            found |= self.head.value()
        return found
