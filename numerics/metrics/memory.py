"""How much memory the accumulators will hold, said before anything large is allocated, and refused beyond a cap."""

from __future__ import annotations

from numerics.metrics.inputs import MetricError

DOUBLE, SINGLE = 8, 4
TILE_ENTRIES = 2**21
WORK_SPACE = 64 * TILE_ENTRIES


def predicted_memory(
    classes: int, dimension: int, scatter: bool = False, head: bool = False, second: bool = False
) -> int:
    """Bytes that a MomentStream holds, whatever the number of samples, and on request its scatter, a HeadStream and a
    SecondPass through the same head beside it; the batch itself and the caller's weight are not counted.

    moments 8 K (d + 2), doubled while their value is taken; scatter 16 d^2; head 12 K d; second pass 12 K d + 16 d^2;
    128 MB of work space for blocks and tiles. 50,000 classes in 1024 dimensions: 0.95 GB for the first pass alone.
    """
    plane, square = classes * dimension, dimension**2
    need = 2 * DOUBLE * (plane + 2 * classes) + 2 * DOUBLE * square * scatter + WORK_SPACE
    need += (DOUBLE + SINGLE) * plane * (head or second)
    return need + second * ((DOUBLE + SINGLE) * plane + 2 * DOUBLE * square)


def refuse_beyond(cap: int | None, need: int, classes: int, dimension: int) -> None:
    """Raise MetricError if `need` bytes exceed `cap` (None: no cap)."""
    if cap is not None and need > cap:
        raise MetricError(
            f"predicted memory is {need / 1e6:.0f} MB for {classes} classes in {dimension} dimensions, must be at most "
            f"{cap / 1e6:.0f} MB; raise memory_cap, keep no scatter, or project the features first"
        )
