"""The second pass over the same samples, given the class moments of the first: NC1, NC4 and, through a head, all of
head_stream, sharing one product. Sums that merge.

Samples enter as deviations from their class mean, so that logits, projections and distances keep their digits where
features are large and collapsed:  z = W (x - m_y) + (W m_y + b),  ||x - mu_c||^2 = ||x - m_y||^2
- 2 <x - m_y, mu_c - mu_G> + ||m_y - mu_c||^2 + terms without c,  m_y the class mean rounded to the features' precision.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numerics.metrics.arrays import (
    Array,
    class_major,
    host,
    namespace,
    placed,
    product,
    row_blocks,
    row_squares,
    wide,
    working,
)
from numerics.metrics.class_moments import ClassMoments, measured
from numerics.metrics.head import DENSE_CLASSES, squared_distances
from numerics.metrics.head_stream import HeadStream, HeadSums
from numerics.metrics.inputs import MetricError, class_indices, matrix, present_classes
from numerics.metrics.span import nc1_from_projections, span_of_means

NEAREST_TILE = 4096


class SecondPass:
    """Mergeable accumulator: update(features, labels), merge(other), value() -> {"nc1", "nc4", head observables}.

    `moments` come from the first pass over the same samples; classes that it left out may not occur. Without a weight
    only nc1 is measured. Raises MetricError for fewer than two classes.
    """

    def __init__(self, moments: ClassMoments, weight: Any = None, bias: Any = None) -> None:
        present_classes(moments.counts)
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
        self.projections = np.zeros(self.span.rank)
        self.disagreements = 0
        self.samples = 0

    def update(self, features: Any, labels: Any, squares: Array | None = None) -> None:
        """Count one batch of the samples that made the moments; `squares` (N,) are its ||x||^2 if MomentStream.update
        returned them. Raises MetricError; then nothing is counted."""
        features = matrix(features, "features")
        labels = class_indices(labels, features.shape[0], len(self._row))
        group = self._row[labels]
        if len(group) and group.min() < 0:
            raise MetricError(f"class {labels[group < 0][0]} is new, must have a mean; run the first pass over it too")
        projections, sums, disagreements = 0.0, HeadSums(), 0
        for rows in row_blocks(features):
            block, sizes = measured(features[rows, :], rows.start, squares=None if squares is None else squares[rows])
            inside, through_head, differ = self._block(block, sizes, labels[rows], group[rows])
            projections, disagreements = projections + inside, disagreements + differ
            sums += through_head
        self.projections += projections
        self.disagreements += disagreements
        self.samples += features.shape[0]
        if self.head:
            self.head.sums += sums

    def _block(self, block: Array, squares: Array, labels: np.ndarray, group: np.ndarray) -> tuple:
        xp = namespace(block)
        known = self._prepared(block)
        index = placed(group, block, xp.int64)
        apart = xp.take(known["near"], index, axis=0)
        apart -= block
        if self.head is None:
            return self._projected(class_major(product(apart, known["basis"].T)), known, index), HeadSums(), 0
        if not self.head.head.dense or len(self.span.places) > DENSE_CLASSES:
            inside = class_major(product(apart, known["basis"].T))
            sums, top = self._tiled_head(block, squares, labels)
            nearest = self._nearest_tiled(-apart, group)
            return self._projected(inside, known, index), sums, int((self.moments.classes[nearest] != top).sum())
        factor = known["both"]
        if self._needs_width(apart, squares):
            apart, factor = wide(apart), known["both_wide"]
        both = class_major(product(apart, factor.T))
        classes = self.head.head.classes
        logits = wide(both[:classes, :])
        logits += class_major(xp.take(known["mean_logits"], index, axis=0))
        sums, top = self.head.logit_sums(logits, squares, labels)
        inside = both[classes:, :]
        score = product(xp.astype(known["places"], inside.dtype, copy=False), inside)
        score += class_major(xp.take(known["half_distances"], index, axis=0))
        nearest = self.moments.classes[np.asarray(host(xp.argmin(score, axis=0)), dtype=np.int64)]
        return self._projected(inside, known, index), sums, int((nearest != host(top)).sum())

    def _needs_width(self, apart: Array, squares: Array) -> bool:
        """Whether float32 logits of the deviations would be rough; their norms are taken only if that is in doubt."""
        size = float(squares.max()) ** 0.5 + self.moments.norm_max
        head = self.head.head
        return head.spread_rows(size, apart) and head.spread_rows(float(row_squares(apart).max()) ** 0.5, apart)

    def _projected(self, inside: Array, known: dict[str, Array], index: Array) -> np.ndarray:
        """sum_i <x_i - mu, v_j>^2 from <m - x_i, v_j> (r, m), with the rounding m - mu of the means put back."""
        xp = namespace(inside)
        exact = wide(inside)
        exact = exact + class_major(xp.take(known["rounding"], index, axis=0))
        return host(xp.vecdot(exact, exact, axis=-1))

    def _prepared(self, like: Array) -> dict[str, Array]:
        """Means, basis and head on the block's device and in its precision, placed once."""
        key = (like.dtype, getattr(like, "device", None))
        if key not in self._of:
            near = placed(self.moments.means, working(like[:1]))
            means, exact = host(near), wide(like[:1])
            known = {
                "near": near,
                "basis": placed(self.span.basis, near),
                "rounding": placed((self.moments.means - means) @ self.span.basis.T, exact),
            }
            if self.head and self.head.head.dense and len(means) <= DENSE_CLASSES:
                rows = self.head.head.rows
                both = np.concatenate([-rows, self.span.basis])
                known["both"], known["both_wide"] = placed(both, near), placed(both, exact)
                known["mean_logits"] = placed(means @ rows.T + self.head.head.bias, exact)
                known["places"] = placed(self.span.places, exact)
                known["half_distances"] = placed(squared_distances(means, self.moments.means) / 2, near)
            self._of[key] = known
        return self._of[key]

    def _tiled_head(self, block: Array, squares: Array, labels: np.ndarray) -> tuple[HeadSums, np.ndarray]:
        from numerics.metrics.tiled_rows import tiled_rows

        head, size = self.head.head, float(squares.max()) ** 0.5
        chosen = placed(labels, block, namespace(block).int64)
        if head.dense:
            sums, top = self.head.logit_sums(head.logits(block, size), squares, labels)
        else:
            rows = tiled_rows(head, block, size, chosen)
            sums, top = self.head._sum(rows, squares, labels), rows.top
        return sums, np.asarray(host(top), dtype=np.int64)

    def _nearest_tiled(self, apart: Array, group: np.ndarray) -> np.ndarray:
        """Index of the nearest class mean of each sample, over tiles of means, in float64 on the host."""
        apart, means = host(apart), self.moments.means
        own = means[group]
        best, nearest = np.full(len(group), np.inf), np.zeros(len(group), dtype=np.int64)
        for start in range(0, len(means), NEAREST_TILE):
            tile = means[start : start + NEAREST_TILE] - self.moments.global_mean
            shifted = own - self.moments.global_mean
            score = np.einsum("cd,cd->c", tile, tile)[:, None] / 2 - tile @ (shifted + apart).T
            where = score.argmin(axis=0)
            value = score[where, np.arange(len(group))]
            closer = value < best
            best[closer], nearest[closer] = value[closer], start + where[closer]
        return nearest

    def merge(self, other: SecondPass) -> SecondPass:
        """Add another shard's second pass about the same moments; returns self."""
        if not np.array_equal(other.moments.means, self.moments.means):
            raise MetricError("the other pass has different class means, must share the first pass; merge that first")
        self.projections += other.projections
        self.disagreements += other.disagreements
        self.samples += other.samples
        if self.head and other.head:
            self.head.merge(other.head)
        return self

    def value(self) -> dict[str, float]:
        """nc1, and with a head nc4 and every value of HeadStream. Raises MetricError before any sample."""
        if self.samples == 0:
            raise MetricError("the stream holds 0 samples, must hold at least one; run the second pass over the data")
        moments = self.moments
        found = {"nc1": nc1_from_projections(self.projections, self.span.scales, self.samples, moments.within)}
        if self.head:
            found["nc4"] = self.disagreements / self.samples
            found |= self.head.value()
        return found
