"""One pass over (features, labels) through a head: relative flatness and the loss side, as sums that merge.

kappa     = E[ ||phi||^2 tr Cov_p(w) ]                         relative_flatness
kappa_hat = ||W||_F^2 E[ (1 - ||p||^2) ||phi||^2 ]             relative_flatness_surrogate
bound     = E[ ||phi||^2 D_y^2 (1 - p_y) ]                     flatness_loss_bound,  D_y = max_s ||w_s - w_y||
E[1 - p_y],  min margin,  accuracy,  E[-log p_y],  and the four bounds of near_collapse (up to 2048 classes)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from numerics.metrics import near_collapse
from numerics.metrics import softmax_rows as rows_of
from numerics.metrics.arrays import Array, host, namespace, placed
from numerics.metrics.blocks import over_blocks
from numerics.metrics.head import Head
from numerics.metrics.inputs import MetricError, class_indices, matrix
from numerics.metrics.memory import predicted_memory, refuse_beyond
from numerics.metrics.shifted_sums import measured
from numerics.metrics.softmax_rows import TINY, SoftmaxRows, exponential_sum, softmax_rows, weighted_sum
from numerics.metrics.tiled_rows import tiled_rows


@dataclass(slots=True)
class HeadSums:
    """Sums over samples; adding two of them merges two shards. `labelled` counts samples that came with a label."""

    samples: int = 0
    labelled: int = 0
    squares: float = 0.0
    variance: float = 0.0
    impurity: float = 0.0
    wrong: float = 0.0
    bound: float = 0.0
    loss: float = 0.0
    hits: int = 0
    margin: float = np.inf
    near: np.ndarray = field(default_factory=lambda: np.zeros(len(near_collapse.NAMES)))

    def __iadd__(self, other: HeadSums) -> HeadSums:
        for name in self.__slots__:
            mine, theirs = getattr(self, name), getattr(other, name)
            setattr(self, name, min(mine, theirs) if name == "margin" else mine + theirs)
        return self


class HeadStream:
    """Mergeable accumulator of everything that a softmax head says: update(features, labels), merge(other), value().

    weight (K, d), bias (K,). Heads beyond 2048 classes run over tiles of classes. An update that raises counts nothing.
    """

    def __init__(self, weight: Any, bias: Any = None, memory_cap: int | None = None) -> None:
        if memory_cap is not None:
            sizes = weight.rows.shape if isinstance(weight, Head) else matrix(weight, "weight").shape
            refuse_beyond(memory_cap, predicted_memory(*sizes, head=True), *sizes)
        self.head = weight if isinstance(weight, Head) else Head.of(weight, bias)
        self.sums = HeadSums()
        self.batches = 0

    def update(self, features: Any, labels: Any = None, name: str | None = None) -> None:
        """Count one batch: features (N, d), labels (N,) or None where only the flatness is asked for; messages call it
        by `name`, its number by default."""
        features = matrix(features, "features", self.head.rows.shape[1])
        if labels is not None:
            labels = class_indices(labels, features.shape[0], self.head.classes)
        self.head.prepare(labels)
        total, name = HeadSums(), name or f"batch {self.batches}"

        def work(rows: slice) -> HeadSums:
            block, squares = measured(features, rows, name)
            return self.block_sums(block, squares, None if labels is None else labels[rows])

        over_blocks(work, features, total.__iadd__)
        self.sums += total
        self.batches += 1

    def block_sums(self, block: Array, squares: Array, labels: np.ndarray | None) -> HeadSums:
        """The sums of one block (m, d) with squared row norms `squares`, nothing counted yet."""
        size = float(squares.max()) ** 0.5
        if self.head.dense:
            return self.logit_sums(self.head.logits(block, size), squares, labels)[0]
        chosen = None if labels is None else placed(labels, block, namespace(block).int64)
        return self.row_sums(tiled_rows(self.head, block, size, chosen), squares, labels)

    def logit_sums(self, logits: Array, squares: Array, labels: np.ndarray | None) -> tuple[HeadSums, Array]:
        """The sums of one block from its centred logits (K, m), which are kept, and the predicted classes (m,)."""
        xp = namespace(logits)
        chosen = None if labels is None else placed(labels, logits, xp.int64)
        rows = softmax_rows(logits, self.head.on(logits, "distances"), chosen)
        sums = self.row_sums(rows, squares, labels)
        if sums.squares > 0 and min(sums.variance, sums.impurity) < TINY:
            self._refine(sums, host(logits), host(squares), labels)
        return sums, rows.top

    def row_sums(self, rows: SoftmaxRows, squares: Array, labels: np.ndarray | None) -> HeadSums:
        """The sums of one block from its softmax rows and ||phi||^2 (m,)."""
        sums = HeadSums(len(rows.top), squares=float(squares.sum()))
        sums.variance = weighted_sum(squares, rows.variance)
        sums.impurity = weighted_sum(squares, rows.impurity)
        if labels is not None:
            reach = placed(self.head.reach(labels), squares, squares.dtype)
            sums.labelled, sums.hits = len(labels), int((host(rows.top) == labels).sum())
            sums.wrong, sums.loss = float(rows.wrong.sum()), float(rows.loss.sum())
            sums.bound = weighted_sum(squares * reach, rows.wrong)
            sums.margin = float(rows.margin.min())
            if self.head.dense:
                sums.near = near_collapse.row_sums(rows, squares, self.head)
        return sums

    def _refine(self, sums: HeadSums, logits: np.ndarray, squares: np.ndarray, labels: np.ndarray | None) -> None:
        """The same sums in log space, where the linear ones have underflown or are about to."""
        sums.variance = exponential_sum(rows_of.log_variance(logits, self.head.distances), squares)
        sums.impurity = exponential_sum(rows_of.log_impurity(logits), squares)
        if labels is not None:
            log_wrong = rows_of.log_wrong(logits, labels)
            sums.wrong = exponential_sum(log_wrong, np.ones(len(labels)))
            sums.bound = exponential_sum(log_wrong, squares * self.head.reach(labels))
            sums.near = near_collapse.bound_sums(logits, squares, labels, self.head)

    def merge(self, other: HeadStream) -> HeadStream:
        """Add what another stream through the same head has counted; returns self."""
        if other.head.rows.shape != self.head.rows.shape or not np.array_equal(other.head.rows, self.head.rows):
            raise MetricError(
                "the other stream has a different head, must have the same weight; merge shards of one model"
            )
        self.sums += other.sums
        self.batches += other.batches
        return self

    def value(self) -> dict[str, float]:
        """Canonical observables by name; the loss side only if every sample came with a label."""
        sums = self.sums
        if sums.samples == 0:
            raise MetricError("the stream holds 0 samples, must hold at least one; the loader was empty")
        found = {
            "relative_flatness": sums.variance / sums.samples,
            "relative_flatness_surrogate": self.head.square * sums.impurity / sums.samples,
        }
        if sums.labelled == sums.samples:
            found["flatness_loss_bound"] = sums.bound / sums.samples
            found["mean_wrong_probability"] = sums.wrong / sums.samples
            found["margin_min"] = sums.margin
            found["accuracy"] = sums.hits / sums.samples
            found["cross_entropy"] = sums.loss / sums.samples
            if self.head.dense:
                found |= near_collapse.named(sums.near, sums.samples)
        return found
