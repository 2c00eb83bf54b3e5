"""The Gaussian channel Z = g(X) + noise, given a label: inputs j = 1..n with law P_j, outputs i = 1..N.

Outputs are measured against a reference law Q: Q_i rho_ji is the law of Z given input j. A finite sum over i
stands for the integral over Z against any Q: only linearity, positivity and total mass one are used. Coordinates k =
1..d of an output are zeta_ik, of a feature g_jk; the noise has standard deviation s in every coordinate.
"""

from sympy import Expr, IndexedBase, Sum, Symbol, log

from theory.statement import Assumption, equal
from theory.symbols import N, i, j, k, n, r

law = IndexedBase("P", positive=True)
reference = IndexedBase("Q", positive=True)
ratio = IndexedBase("rho", positive=True)
output = IndexedBase("zeta", real=True)
g = IndexedBase("g", real=True)
centre = IndexedBase("mu", real=True)
output_variance = IndexedBase("v", positive=True)
noise = Symbol("s", positive=True)


def given(term) -> Expr:
    """E[term | input j], term a function of the output i."""
    return Sum(reference[i] * ratio[j, i] * term, (i, 1, N))


def over_inputs(term) -> Expr:
    return Sum(law[j] * term, (j, 1, n))


marginal_ratio = Sum(law[r] * ratio[r, i], (r, 1, n))
mutual_information = over_inputs(given(log(ratio[j, i]) - log(marginal_ratio)))
mean_divergence = over_inputs(given(log(ratio[j, i])))

INPUTS = Assumption(equal(Sum(law[j], (j, 1, n)), 1), "P is a probability law")
REFERENCE = Assumption(equal(Sum(reference[i], (i, 1, N)), 1), "Q is a probability law")
CHANNEL = Assumption(equal(given(1), 1), "the outputs of every input have a probability law")
OUTPUT_MEAN = Assumption(equal(given(output[i, k]), g[j, k]), "the noise has mean zero")
OUTPUT_SQUARE = Assumption(
    equal(given(output[i, k] ** 2), g[j, k] ** 2 + noise**2), "and variance s^2 in each coordinate"
)
