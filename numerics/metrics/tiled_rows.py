"""The softmax quantities of a head with very many classes, over tiles of classes: no samples x classes array.

Each tile gives a local softmax: peak, weight, mean row and tr Cov. Tiles join as Chan's update joins batches,

    tr Cov = (A v_a + B v_b)/(A+B) + A B/(A+B)^2 ||m_a - m_b||^2,   A, B the softmax weights of the two parts,

a sum of positive terms. Inside a tile the variance is taken about the tile's largest row or about the centre of the
head, whichever cancels less. Three products of the size of the logits in all, 80 MB of work space per thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numerics.metrics.arrays import Array, namespace, placed, product, wide
from numerics.metrics.head import Head
from numerics.metrics.memory import TILE_ENTRIES
from numerics.metrics.softmax_rows import SoftmaxRows


@dataclass(slots=True)
class _Part:
    """A softmax over some classes, per sample: e_s are relative to `peak`; `rest` and `squares` leave `top` out."""

    top: Array
    peak: Array
    second: Array
    rest: Array
    squares: Array
    mean: Array
    variance: Array


def tiled_rows(
    head: Head, block: Array, size: float, labels: Array | None = None, tile: int | None = None
) -> SoftmaxRows:
    """SoftmaxRows of a block (m, d) whose rows have norm at most `size`, `tile` classes at a time.

    Accurate to the block's precision; unlike the dense form it underflows where every margin exceeds about 700.
    """
    xp = namespace(block)
    tile = tile or max(256, TILE_ENTRIES // block.shape[0])
    own = wide(product(block, placed(head.rows.mean(axis=0), block)[:, None])[:, 0]) * 0.0
    whole = None
    for start in range(0, head.classes, tile):
        part = slice(start, min(start + tile, head.classes))
        logits, rows = _tile_logits(head, block, size, part)
        if labels is not None:
            inside = (labels >= part.start) & (labels < part.stop)
            columns = xp.nonzero(inside)[0]
            own[columns] = logits[labels[columns] - part.start, columns]
        found = _part(logits, rows, start)
        whole = found if whole is None else _join(whole, found)
    total = 1.0 + whole.rest
    impurity = (2 * whole.rest + whole.rest**2 - whole.squares) / total**2
    if labels is None:
        return SoftmaxRows(whole.top, whole.variance, impurity)
    hit, behind = whole.top == labels, own - whole.peak
    wrong = xp.where(hit, whole.rest, total - xp.exp(behind)) / total
    margin = xp.where(hit, whole.peak - whole.second, behind)
    return SoftmaxRows(whole.top, whole.variance, impurity, wrong, xp.log1p(whole.rest) - behind, margin)


def _tile_logits(head: Head, block: Array, size: float, part: slice) -> tuple[Array, Array]:
    if head.spread_rows(size, block):
        block = wide(block)
    rows = head.on(block, "rows")[part, :]
    return wide(product(rows, block.T)) + head.on(block, "bias")[part, None], rows


def _part(logits: Array, rows: Array, first_class: int) -> _Part:
    xp = namespace(logits)
    columns = xp.arange(logits.shape[1], **_where(logits))
    top = xp.argmax(logits, axis=0)
    peak = logits[top, columns]
    powers = xp.exp(logits - peak)
    powers[top, columns] = 0.0
    logits[top, columns] = -float("inf")
    second = xp.max(logits, axis=0)
    rest, squares = xp.sum(powers, axis=0), xp.sum(powers * powers, axis=0)
    total = 1.0 + rest
    anchor = rows[top, :]
    sizes = wide(xp.vecdot(rows, rows, axis=-1))
    apart = xp.clip(sizes[:, None] + sizes[top] - 2 * wide(product(rows, anchor.T)), 0.0, None)
    pulled = wide(product(xp.astype(powers.T, rows.dtype), rows))
    anchor = wide(anchor)
    step = (pulled - rest[:, None] * anchor) / total[:, None]
    mean = anchor + step
    about_top = _variance(xp.sum(powers * apart, axis=0) / total, xp.vecdot(step, step, axis=-1))
    about_centre = _variance((powers.T @ sizes + sizes[top]) / total, xp.vecdot(mean, mean, axis=-1))
    variance = xp.where(about_top[1] <= about_centre[1], about_top[0], about_centre[0])
    return _Part(top + first_class, peak, second, rest, squares, mean, variance)


def _variance(second_moment: Array, square: Array) -> tuple[Array, Array]:
    """A variance and the share of its second moment that cancels; one class alone has variance and share 0."""
    xp = namespace(square)
    safe = xp.where(second_moment > 0, second_moment, xp.ones_like(second_moment))
    return xp.clip(second_moment - square, 0.0, None), square / safe


def _join(a: _Part, b: _Part) -> _Part:
    xp = namespace(a.peak)
    higher = b.peak > a.peak
    peak = xp.where(higher, b.peak, a.peak)
    scale_a, scale_b = xp.exp(a.peak - peak), xp.exp(b.peak - peak)
    weight_a, weight_b = scale_a * (1 + a.rest), scale_b * (1 + b.rest)
    share = weight_b / (weight_a + weight_b)
    step = b.mean - a.mean
    between = (weight_a / (weight_a + weight_b)) * share * xp.vecdot(step, step, axis=-1)
    return _Part(
        top=xp.where(higher, b.top, a.top),
        peak=peak,
        second=xp.maximum(xp.where(higher, a.peak, b.peak), xp.where(higher, b.second, a.second)),
        rest=xp.where(higher, b.rest + weight_a, a.rest + weight_b),
        squares=xp.where(higher, b.squares + scale_a**2 * (1 + a.squares), a.squares + scale_b**2 * (1 + b.squares)),
        mean=a.mean + share[:, None] * step,
        variance=(weight_a * a.variance + weight_b * b.variance) / (weight_a + weight_b) + between,
    )


def _where(like: Array) -> dict[str, Any]:
    return {"device": like.device} if hasattr(like, "new_zeros") else {}
