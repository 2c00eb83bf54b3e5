"""With h = v/m: F (m+h)^2 <= (T-m-h)^2 pointwise, since T <= 0 where F > 0; its mean is v + h^2, and
(v+h^2)/(m+h)^2 = v/(v+m^2). Then sums of nonnegative terms, and Lagrange's identity for the direction."""

from sympy import Sum

from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.objects.head_rows import apart
from theory.objects.tails import centre, expected, failure, law, margin, spread
from theory.statement import Statement
from theory.statements.cantelli_generalisation import (
    class_law,
    deviation,
    direction,
    gap,
    pair_room,
    prior,
    smaller,
    total,
    union,
)
from theory.symbols import K, d, j, k, l, n, r, s

H = spread / centre


def tail_form():
    """(m+h)^2 times the gap of Cantelli's inequality, term by term."""
    return (
        expected((1 - failure[j]) * (margin[j] - centre - H) ** 2),
        expected(failure[j] * margin[j] ** 2),
        2 * (centre + H) * expected(-failure[j] * margin[j]),
    )


def cross_products():
    """Lagrange: ||a||^2 ||x||^2 - (a.x)^2 = half the sum of (a_k x_l - a_l x_k)^2."""
    square = (direction[k] * deviation(r, l) - direction[l] * deviation(r, k)) ** 2
    return Sum(law[r] * square, (r, 1, n), (k, 1, d), (l, 1, d)) / 2


def derive(statement: Statement):
    one, union_bound, direction_bound, rises = statement.parts
    law_is, mean, second, indicator, failing, covers, rooms = statement.hypotheses
    uncounted = Sum(prior[s] * Sum(class_law[s, j] * union, (j, 1, n)), (s, 1, K))
    unused = Sum(prior[s] * Sum(apart(s, r) * pair_room, (r, 1, K)), (s, 1, K))
    steps = (
        PositiveTerms(
            one, tail_form(), (law_is, mean, second, indicator, failing), (centre + H) ** 2, "Cantelli's parabola"
        ),
        PositiveTerms(union_bound, (uncounted, unused), (covers, rooms), words="union over the other classes"),
        PositiveTerms(direction_bound, (cross_products(),), (law_is,), words="Lagrange's identity"),
        PositiveTerms(rises, (gap**2 * total,), (), (smaller + gap**2) * (smaller + total + gap**2), "cross-multiply"),
    )
    return (Conjunction(statement.goal, steps),)
