"""A finite probability space and the one-sided (Cantelli) tail of a margin, for claims about misclassification.

Points j = 1..n with probabilities P_j stand for any law: only linearity, positivity and total mass one are used.
"""

from sympy import Expr, IndexedBase, Sum, Symbol

from theory.statement import Assumption, at_least, equal
from theory.symbols import j, n

law = IndexedBase("P", nonnegative=True)
margin = IndexedBase("T", real=True)
failure = IndexedBase("F", nonnegative=True)
centre = Symbol("m", positive=True)
spread = Symbol("v", nonnegative=True)


def expected(term) -> Expr:
    """sum_j P_j term(j)."""
    return Sum(law[j] * term, (j, 1, n))


def cantelli(variance: Expr, mean: Expr) -> Expr:
    """v/(v + m^2) = (1 + m^2/v)^(-1)."""
    return variance / (variance + mean**2)


PROBABILITY = Assumption(equal(Sum(law[j], (j, 1, n)), 1), "P is a probability law")
MEAN = Assumption(equal(Sum(law[j] * margin[j], (j, 1, n)), centre), "m is the mean of the margin T, positive")
SECOND_MOMENT = Assumption(
    equal(Sum(law[j] * margin[j] ** 2, (j, 1, n)), spread + centre**2), "v is the variance of the margin"
)
INDICATOR = Assumption(at_least(1 - failure[j], 0), "F is the indicator of T <= 0: at most 1")
FAILING = Assumption(at_least(-failure[j] * margin[j], 0), "and 0 where T > 0")
