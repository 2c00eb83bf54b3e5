"""Theorem 6 of Petzka et al.: the gap is at most of order N^(-2/(4+m)) (kappa/(2m) + C_1 + C_2/sqrt(delta)).

m is the feature dimension. At m = 512 the exponent is -2/516 = -0.0039: halving the bound takes 2^258 times the
samples, so it says nothing about any data set there is. C_1 and C_2 depend on the unknown density of the features.
"""

from sympy import Expr, Rational

from theory.statement import Expected, Quoted, Source, Statement
from theory.symbols import d


def rate_exponent(dimension: Expr = d) -> Expr:
    """Power of the number of samples in the bound: -2/(4+m) for features of dimension m."""
    return Rational(-2) / (4 + dimension)


def samples_to_halve(dimension: Expr = d) -> Expr:
    """By what factor the number of samples has to grow for the bound to halve: 2^((4+m)/2)."""
    return Rational(2) ** (-1 / rate_exponent(dimension))


STATEMENT = Statement(
    title="Relative flatness bounds the generalisation gap, at a rate that the feature dimension destroys",
    words="With probability 1 - delta over N samples, for smooth densities and locally constant labels, the gap is at "
    f"most of order N^({rate_exponent()}) (kappa/(2d) + C_1 + C_2/sqrt(delta)), d the feature dimension. The exponent "
    f"is {rate_exponent(10)} at d = 10, {rate_exponent(512)} at d = 512; halving the bound takes {samples_to_halve()} "
    "times the samples.",
    claim=Quoted("gap <= N^(-2/(4+d)) (kappa/(2d) + C_1 + C_2/sqrt(delta)), up to a constant"),
    source=Source("Petzka et al. 2021", "Theorem 6"),
    uses=("feature_robustness", "representativeness_split"),
    expected=Expected.CITED,
    finding="Vacuous in practice: at d = 512 a thousandfold larger sample lowers the bound by 2.6 %.",
    tags=("generalisation",),
)
