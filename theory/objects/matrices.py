"""Matrices of symbolic size that class permutations leave alone, and the rank as an expression."""

from sympy import Basic, Expr, Identity, OneMatrix, sqrt, sympify

from theory.symbols import K

IDENTITY = Identity(K)
ONES = OneMatrix(K, K)
ONE = OneMatrix(K, 1)
CENTRING = IDENTITY - ONES / K


class Rank(Expr):
    """The rank of a matrix expression; a symbol of the claim language, evaluated by the proof rule."""

    is_commutative = True
    is_integer = True
    is_nonnegative = True

    def __new__(cls, matrix):
        return Basic.__new__(cls, sympify(matrix))


def simplex_frame():
    """sqrt(K/(K-1)) (I - J/K), K x K: columns are the unit simplex tight frame (Papyan, Han & Donoho 2020)."""
    return sqrt(K / (K - 1)) * CENTRING
