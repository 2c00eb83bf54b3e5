"""The implicit time of the collapsed cross-entropy flow between two explicit functions of the margin.

G(x) = (K-1) log(x/x_0) + Ei(x) - Ei(x_0) starts at 0; exp(x)/x - exp(x_0)/x_0 starts there too and grows more slowly;
(exp(x)/x)(1 + 4/x) + A x starts above and grows faster: its slope exceeds G' by
3 exp(x) (exp(5/3-x) - 1 - (5/3-x))/x^3 + 3 exp(5/3) (1/x_0^3 - 1/x^3) + (K-1)(1/x_0 - 1/x).
"""

from sympy import Expr, Rational, S, exp

from proofs.kernel.certificate import Hypotheses, Step
from proofs.kernel.positive_terms import PositiveTerms, gap
from proofs.kernel.slopes import GrowsFromStart
from theory.statement import at_least
from theory.symbols import K, x

E = exp(x)
MODERATE = exp(Rational(5, 3) - x) - 1 - (Rational(5, 3) - x)
CUBE = (E - (1 + x + x**2 / 2 + x**3 / 6), 1 + x + x**2 / 2)  # exp(x) - x^3/6
SQUARE = (E - (1 + x + x**2 / 2), 1 + x)  # exp(x) - x^2/2


def bounded(
    claim, start: Expr, known: Hypotheses, at_start: tuple[Expr, ...], slope: tuple[Expr, ...], words: str
) -> Step:
    """claim for x >= start from the two lists of positive terms of its gap at the start and of the gap's slope."""
    difference = gap(claim)
    begins = PositiveTerms(at_least(difference.subs(x, start), 0), at_start, known, words="at the start")
    rises = PositiveTerms(at_least(difference.diff(x), 0), slope, known, words="and its slope is not negative")
    return GrowsFromStart(claim, x, start, begins, rises, words)


def not_faster(claim, start: Expr, known: Hypotheses) -> Step:
    """G >= exp(x)/x - exp(x_0)/x_0."""
    return bounded(claim, start, known, (S.Zero,), ((K - 1) / x, E / x**2), "the time is at least this")


def not_slower(claim, start: Expr, known: Hypotheses, push: Expr) -> Step:
    """G <= (exp(x)/x)(1 + 4/x) + A x."""
    late = x - start
    slope = (
        3 * E * MODERATE / x**3,
        3 * exp(Rational(5, 3)) * late * (x**2 + x * start + start**2) / (x * start) ** 3,
        (K - 1) * late / (x * start),
    )
    at_start = (exp(start) / start * (1 + 4 / start), push * start)
    return bounded(claim, start, known, at_start, slope, "the time is at most this")
