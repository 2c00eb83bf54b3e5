"""The published surrogate is never below relative flatness, at any point: kappa <= ||W||_F^2 Tr H, no minimum needed.

kappa_hat = ||W||_F^2 E[||phi||^2 (1 - ||p||^2)]; also tr Cov_p(w) <= 2 sum_s p_s (1-p_s) ||w_s||^2 and
tr Cov_p(w) <= ||W||_F^2/2, which the surrogate exceeds as soon as 1 - ||p||^2 > 1/2.
"""

from sympy import Rational, Sum, Symbol

from theory.objects.head_rows import (
    SAMPLE_PROBABILITIES,
    head_square,
    mean,
    p,
    row_square,
    sample_impurity,
    sample_variance,
)
from theory.statement import Bound, Every, Expected, Source, Statement, at_most
from theory.symbols import K, i, s

HALF = Rational(1, 2)
kappa = mean(sample_variance())
surrogate = head_square() * mean(sample_impurity())

STATEMENT = Statement(
    title="The surrogate dominates relative flatness everywhere",
    words="For every head, all features and any point of training, kappa is at most the surrogate ||W||_F^2 Tr H. "
    "It is also at most E[||phi||^2 2 sum_s p_s (1-p_s) ||w_s||^2] and at most E||phi||^2 ||W||_F^2/2.",
    claim=Every(
        at_most(kappa, surrogate),
        at_most(kappa, mean(2 * Sum(p[i, s] * (1 - p[i, s]) * row_square(s), (s, 1, K)))),
        at_most(kappa, HALF * head_square() * mean(1)),
    ),
    assumptions=(SAMPLE_PROBABILITIES,),
    source=Source("Han et al. 2025", "Lemma A.2", "kappa <= ||w||_F^2 Tr H(w) at a minimum"),
    uses=("flatness_is_softmax_variance", "softmax_hessian"),
    expected=Expected.SHARPENED,
    finding="Lemma A.2 asks for a minimum and needs none; and kappa never exceeds ||W||_F^2 E||phi||^2/2, a ceiling "
    "that the surrogate does not respect.",
    bounds=(
        Bound(
            name="surrogate_dominates_flatness",
            observable="relative_flatness",
            upper=Symbol("relative_flatness_surrogate"),
            ceiling=Symbol("feature_norm_rms") ** 2 * Symbol("head_diameter") ** 2 * (1 - 1 / Symbol("classes")) / 2,
            words="||W||_F^2 E[||phi||^2 (1 - ||p||^2)]",
        ),
    ),
    tags=("flatness",),
)
