"""Exact examples for assumptions that chance does not meet: tables of rationals, their indices wrap around."""

from collections.abc import Callable

from sympy import Rational, sympify


def table(*entries) -> Callable[..., Rational]:
    """Entries of a vector, or rows of a matrix, addressed from 1; an index beyond the last starts again."""

    def entry(*indices: int) -> Rational:
        found = entries
        for index in indices:
            found = found[(index - 1) % len(found)]
        return sympify(found)

    return entry


def constant(value) -> Callable[..., Rational]:
    """The same value at every index."""
    return lambda *indices: sympify(value)


HALF = Rational(1, 2)
ROTATION = table((Rational(3, 5), Rational(-4, 5)), (Rational(4, 5), Rational(3, 5)))
OPPOSITE = table((1, 0), (-1, 0))
