"""Distances of the head's rows and averages over samples, for claims about any head: shared by the flatness bounds.

Samples i carry softmax vectors p_i; weight_i stands for omega_i = ||phi_i||^2, any nonnegative number.
"""

from sympy import Expr, IndexedBase, KroneckerDelta, Sum, Symbol

from theory.objects.softmax_head import row_variance, squared_distance
from theory.statement import Assumption, equal
from theory.symbols import K, N, W, d, i, k, r, s

p = IndexedBase("p", nonnegative=True)
weight = IndexedBase("omega", nonnegative=True)
furthest = Symbol("D_+", nonnegative=True)

SAMPLE_PROBABILITIES = Assumption(equal(Sum(p[i, s], (s, 1, K)), 1), "p_i is a probability vector for every sample")


def apart(first, second) -> Expr:
    """1 for two different classes, 0 for a class with itself."""
    return 1 - KroneckerDelta(first, second)


def below(first, second) -> Expr:
    """How much the squared distance of two different rows stays below D_+."""
    return apart(first, second) * (furthest - squared_distance(first, second))


def sample_variance() -> Expr:
    """tr Cov_{s~p_i}(w_s) of one sample."""
    return row_variance(lambda cls: p[i, cls])


def sample_impurity() -> Expr:
    """1 - ||p_i||^2."""
    return 1 - Sum(p[i, s] ** 2, (s, 1, K))


def mean(term) -> Expr:
    """(1/N) sum_i omega_i term(i): an average over samples, weighted with ||phi_i||^2."""
    return Sum(weight[i] * term, (i, 1, N)) / N


def row_square(cls) -> Expr:
    """||w_cls||^2."""
    return Sum(W[cls, k] ** 2, (k, 1, d))


def head_square() -> Expr:
    """||W||_F^2."""
    return Sum(row_square(r), (r, 1, K))


def sum_square(first, second) -> Expr:
    """||w_first + w_second||^2."""
    return Sum((W[first, k] + W[second, k]) ** 2, (k, 1, d))
