"""What the search draws, as whole numbers alone: Hypothesis draws these fast and climbs well on them.

Scalars range over 1e-12 .. 1e12 and zero where that is allowed, class counts over 1 .. 50, widths over 1 .. 64.
"""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st
from sympy import Symbol

from proofs.attack import Terrain
from proofs.search_entries import STYLES
from proofs.search_points import Domain, Draw

LARGEST_SIZE, LARGEST_WIDTH, LARGEST_COUNT = 50, 64, 50
STEPS, SPREADS = 900 * 40, (0, 1, 3, 12)
SLACKS = (-1.0, 0.0, 1e-3, 1.0, 1e6)


def draws(domain: Domain) -> st.SearchStrategy:
    """Whole numbers alone, which Hypothesis draws fast and climbs well; `_draw` reads them."""
    terrain = domain.terrain
    scalars = (st.integers(0, STEPS) if counts(x, terrain) else st.integers(-STEPS, STEPS) for x in terrain.scalars)
    styles = (st.integers(0, len(STYLES) - 1) for _ in terrain.bases)
    rest = (st.integers(-12, 12), st.integers(0, len(SPREADS) - 1), st.integers(0, len(SLACKS) - 1))
    drawn = st.tuples(st.tuples(*scalars), st.tuples(*styles), *rest, st.integers(0, 2**32))
    return drawn.map(lambda numbers: _draw(terrain, *numbers))


def _draw(terrain: Terrain, numbers: tuple, styles: tuple, centre: int, spread: int, slack: int, seed: int) -> Draw:
    values = {
        x: _size(x, number, x in terrain.sizes) if counts(x, terrain) else _scalar(x, number, centre, SPREADS[spread])
        for x, number in zip(terrain.scalars, numbers, strict=True)
    }
    return Draw(values, tuple(STYLES[style] for style in styles), SLACKS[slack], seed)


def counts(x: Symbol, terrain: Terrain) -> bool:
    return bool(x in terrain.sizes or x.is_integer)


def _size(x: Symbol, number: int, is_size: bool) -> int:
    """From 1 (0 where allowed) to the largest, small ones more often."""
    least = 1 if is_size or x.is_positive else 0
    largest = LARGEST_WIDTH if str(x).startswith("d") else LARGEST_SIZE if is_size else LARGEST_COUNT
    return least + int((largest - least + 0.999) * (number / STEPS) ** 3)


def _scalar(x: Symbol, number: int, centre: int, spread: int) -> Fraction:
    """Zero where allowed, or three digits times a power of ten at most `spread` from the common one."""
    if number == 0 and not x.is_positive and x.is_zero is not False:
        return Fraction(0)
    share, digits = divmod(abs(number), 900)
    power = max(-12, min(12, centre + round((2 * share / (STEPS // 900) - 1) * spread)))
    value = Fraction(100 + digits, 100) * Fraction(10) ** power
    return value if number >= 0 or x.is_nonnegative else -value
