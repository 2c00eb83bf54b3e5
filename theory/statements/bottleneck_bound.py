"""Theorem 3.4: superfluous information is bounded by within-class variance, I(Z;X|Y) <= V/(2 sigma^2).

Z = g(X) + B_g noise of variance sigma^2, V = E||g/B_g - E[g/B_g | Y]||^2. For each label I(Z;X) <= mean of KL(Z|x||Q)
for every Q; with Q Gaussian about the class mean that mean is V/(2 sigma^2). No entropy maximum and no determinant
needed.
"""

from sympy import Sum, Symbol, log

from theory.objects.channel import (
    CHANNEL,
    INPUTS,
    OUTPUT_MEAN,
    REFERENCE,
    centre,
    g,
    given,
    law,
    mean_divergence,
    mutual_information,
    noise,
    output,
    over_inputs,
    ratio,
    reference,
)
from theory.objects.examples import HALF, constant, table
from theory.statement import Assumption, Bound, Every, Source, Statement, at_most, equal
from theory.symbols import N, d, i, j, k, n

largest = Symbol("B_g", positive=True)
sigma = Symbol("sigma", positive=True)


def gaussian_log_ratio():
    """log of N(g_j, s^2 I) over N(mu, s^2 I) at the output i."""
    return Sum((output[i, k] - centre[k]) ** 2 - (output[i, k] - g[j, k]) ** 2, (k, 1, d)) / (2 * noise**2)


divergence = Sum((g[j, k] - centre[k]) ** 2, (k, 1, d)) / (2 * noise**2)
scaled_variance = over_inputs(Sum(((g[j, k] - centre[k]) / largest) ** 2, (k, 1, d)))

EXAMPLE = {
    n: 2,
    N: 2,
    d: 2,
    largest: 1,
    sigma: 1,
    noise: 1,
    law: constant(HALF),
    reference: constant(HALF),
    ratio: constant(1),
    output: table((-1,), (1,)),
    g: constant(0),
    centre: constant(0),
}

STATEMENT = Statement(
    title="Within-class variance bounds superfluous information",
    words="Given the label, the information that the noisy feature carries about the input is at most the mean "
    "divergence from any reference law; from the Gaussian about the class mean that is V/(2 sigma^2), V the "
    "variance of the features over B_g. The mean over labels is the claim.",
    claim=Every(
        at_most(mutual_information, mean_divergence),
        equal(given(gaussian_log_ratio()), divergence),
        at_most(mutual_information, scaled_variance / (2 * sigma**2)),
    ),
    assumptions=(
        INPUTS,
        REFERENCE,
        CHANNEL,
        OUTPUT_MEAN,
        Assumption(
            equal(given(log(ratio[j, i])), divergence.subs(noise, largest * sigma)),
            "the log ratio is the Gaussian one, whose mean the second part gives, with s = B_g sigma",
        ),
    ),
    source=Source("Sakamoto & Sato 2025", "Theorem 3.4"),
    bounds=(
        Bound(
            name="bottleneck_bound",
            observable="superfluous_information",
            upper=Symbol("bottleneck_trace"),
            deterministic=False,
            words="I(Z;X|Y) of the training features behind noise of deviation 0.3 max||phi||, estimated by drawing",
        ),
    ),
    tags=("bottleneck",),
)
