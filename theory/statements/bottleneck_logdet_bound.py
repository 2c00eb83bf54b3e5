"""The log-determinant bound lies between: I(Z;X|Y) <= (1/2) log det(I + Cov/s^2) <= tr Cov/(2 s^2), for each label.

In the eigenbasis of the class covariance the output has variance v_k = s^2 + (eigenvalue k). The reference N(mu, Cov
+ s^2 I) gives the mean divergence (1/2) sum_k log(v_k/s^2) exactly. What is lost is the divergence of Z from a
Gaussian, in the trace bound also (1/2) sum_k (v_k/s^2 - 1 - log(v_k/s^2)).
"""

from sympy import Rational, S, Sum, Symbol, log

from theory.objects.channel import (
    CHANNEL,
    INPUTS,
    OUTPUT_MEAN,
    OUTPUT_SQUARE,
    REFERENCE,
    centre,
    g,
    given,
    law,
    mean_divergence,
    mutual_information,
    noise,
    output,
    output_variance,
    over_inputs,
    ratio,
    reference,
)
from theory.objects.examples import HALF, constant, table
from theory.statement import Assumption, Bound, Every, Source, Statement, at_most, equal
from theory.symbols import N, d, i, j, k, n


def gaussian_log_ratio():
    """log of N(g_j, s^2 I) over N(mu, diag v) at the output i."""
    squares = (output[i, k] - centre[k]) ** 2 / (2 * output_variance[k]) - (output[i, k] - g[j, k]) ** 2 / (
        2 * noise**2
    )
    return Sum(squares + log(output_variance[k] / noise**2) / 2, (k, 1, d))


spread = ((g[j, k] - centre[k]) ** 2 + noise**2) / (2 * output_variance[k])
divergence = Sum(spread - Rational(1, 2) + log(output_variance[k] / noise**2) / 2, (k, 1, d))
log_determinant = Sum(log(output_variance[k] / noise**2), (k, 1, d)) / 2
trace = Sum(output_variance[k] - noise**2, (k, 1, d)) / (2 * noise**2)

EXAMPLE = {
    # Two inputs whose outputs are -1 or 1 with odds 9 to 1: means 4/5 and -4/5, variance 9/25, together variance 1.
    n: 2,
    N: 2,
    d: 2,
    noise: Rational(3, 5),
    law: constant(HALF),
    reference: constant(HALF),
    ratio: table((Rational(1, 5), Rational(9, 5)), (Rational(9, 5), Rational(1, 5))),
    output: table((-1,), (1,)),
    g: table((Rational(4, 5),), (Rational(-4, 5),)),
    centre: constant(0),
    output_variance: constant(1),
}

STATEMENT = Statement(
    title="The log-determinant bound on superfluous information",
    words="Given the label, the information is at most half the log-determinant of I + Cov/s^2, which is the mean "
    "divergence from the Gaussian with the output's own mean and covariance, and at most the trace bound.",
    claim=Every(
        at_most(mutual_information, mean_divergence),
        equal(given(gaussian_log_ratio()), divergence),
        equal(over_inputs(divergence), log_determinant),
        at_most(log_determinant, trace),
    ),
    assumptions=(
        INPUTS,
        REFERENCE,
        CHANNEL,
        OUTPUT_MEAN,
        OUTPUT_SQUARE,
        Assumption(equal(Sum(law[j] * g[j, k], (j, 1, n)), centre[k]), "mu is the class mean of the features"),
        Assumption(
            equal(Sum(law[j] * g[j, k] ** 2, (j, 1, n)), centre[k] ** 2 + output_variance[k] - noise**2),
            "in the eigenbasis of the class covariance, coordinate k of the features has variance v_k - s^2",
        ),
    ),
    source=Source("Sakamoto & Sato 2025", "proof of Theorem 3.4; Proposition B.3"),
    uses=("bottleneck_bound",),
    bounds=(
        Bound(
            name="bottleneck_logdet_bound",
            observable="superfluous_information",
            upper=Symbol("bottleneck_logdet"),
            deterministic=False,
            words="I(Z;X|Y) of the training features behind noise of deviation 0.3 max||phi||, estimated by drawing",
        ),
        Bound(
            name="bottleneck_logdet_bound_without_drawing",
            observable="superfluous_information_least",
            upper=Symbol("bottleneck_logdet"),
            lower=S.Zero,
            floor=S.Zero,
            words="the least that I(Z;X|Y) can be by the distances of the features within their class",
        ),
    ),
    tags=("bottleneck",),
)
