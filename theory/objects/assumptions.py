"""Hypotheses that many claims share, with the observable that measures how far a network is from each."""

from sympy import Eq, Sum

from theory.statement import Assumption, at_least, equal
from theory.symbols import K, d, k, p, s

AT_LEAST_TWO_CLASSES = Assumption(at_least(K, 2), "at least two classes")
PROBABILITIES = Assumption(equal(Sum(p[s], (s, 1, K)), 1), "p is a probability vector over the classes")

# below the threshold K c = 1, and the objective of the unconstrained-features model at its least value
AT_REST = (("decay_strength", 1.0), ("objective_gap", 1e-8))


def unit_rows(vectors, row) -> Assumption:
    """sum_k vectors[row, k]^2 = 1 for every row."""
    return Assumption(Eq(Sum(vectors[row, k] ** 2, (k, 1, d)), 1, evaluate=False), f"{vectors} has unit rows")
