"""Cross-entropy features are longer than squared-error features at the same weight decay, by a closed form.

||h||_CE^2/||h||_MSE^2 = log(1/c - K + 1)/(1 - K c) at the optima of both models (free bias: simplex frames), above 1
and at most 1/c. K = 10: 3.04, 3.72, 4.29 for c = 1e-4, 1e-6, 1e-8.
"""

from sympy import Rational, sqrt

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.ufm import (
    mse_feature_norm_squared,
    mse_weights,
    optimal_feature_norm_squared,
    optimal_margin,
)
from theory.statement import Assumption, Every, Source, Statement, at_most, equal, less
from theory.symbols import K, c, decay_H, decay_W, n

held = {decay_H: c**2 / (n * decay_W)}
cross_entropy = optimal_feature_norm_squared.subs(held)
measured = cross_entropy / mse_feature_norm_squared(True).subs(held)
mean_convention = mse_feature_norm_squared(True, mse_weights["mean"]).subs(held)
ratio = optimal_margin(c) / (1 - K * c)
at_ten = sqrt(ratio.subs(K, 10))
PRINTED = {4: "3.04", 6: "3.72", 8: "4.29"}


def near(power, digits):
    """The ratio of norms at c = 10^-power rounds to the printed digits."""
    value, half = at_ten.subs(c, Rational(1, 10**power)), Rational(5, 1000)
    return less(Rational(digits) - half, value), less(value, Rational(digits) + half)


STATEMENT = Statement(
    title="Cross-entropy features are longer than squared-error features",
    words="At equal weight decays the squared feature norms at the optima of the two losses have the ratio "
    "log(1/c-K+1)/(1-Kc), above 1 and at most 1/c. With the mean over all entries as squared error, K c becomes "
    "K^2 c/2.",
    claim=Every(
        equal(measured, ratio),
        less(1, ratio),
        at_most(ratio, 1 / c),
        equal(mean_convention * optimal_margin(c), cross_entropy * (1 - K**2 * c / 2)),
        *(side for power, digits in PRINTED.items() for side in near(power, digits)),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        Assumption(less(K, 1 / c), "the weight decay is below the threshold, K c < 1"),
    ),
    source=Source("Rupa 2026", "feature norms in the two phases; the closed form is derived here"),
    uses=("ce_ufm_optimum", "mse_ufm_optimum"),
    tags=("feature norm", "unconstrained features"),
)
