"""Relative flatness at the optimum is not monotone in the weight decay: it vanishes at both ends and has one peak.

kappa*(c) = ((K-1)^2/K) c (2 - K c) log^2(1/c - K + 1), 0 < c < 1/K. In the margin x = log(1/c - K + 1), a strictly
falling function of c from oo to 0, it has exactly one peak; K c there is 0.166, 0.197, 0.288, 0.436 for K = 2, 3, 10,
100.
"""

from sympy import Rational, S, exp, oo

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES, AT_REST
from theory.objects.ufm import collapsed_flatness, optimal_flatness, optimal_logit, optimal_margin
from theory.statement import Assumption, Bound, Every, Monotone, SinglePeak, Source, Statement, Tends, at, equal, less
from theory.statements.collapse_alone_is_not_flat import kappa, psi
from theory.symbols import K, c, u, x

at_margin = 1 / (K - 1 + exp(x))  # the wrong-class probability c at margin x
PEAKS = {2: (165, 167), 3: (196, 198), 10: (287, 289), 100: (435, 437)}  # thousandths of K c around the peak


def psi_at(classes, thousandths):
    """psi at the margin of K c = thousandths/1000; the peak is where it is 1, and psi rises with the margin."""
    margin = optimal_margin(c).subs(c, Rational(thousandths, 1000 * classes)).subs(K, classes)
    return psi.subs(x, margin).subs(K, classes)


STATEMENT = Statement(
    title="Flatness at equilibrium has one peak in the weight decay",
    words="At the optimum relative flatness depends on c = sqrt(n decay_W decay_H) alone, through the margin, "
    "which falls "
    "strictly from infinity to 0 on 0 < c < 1/K. In the margin there is exactly one peak, located for four K: weaker "
    "weight decay sharpens the optimum on one side of it and flattens it on the other. It tends to 0 at both ends.",
    claim=Every(
        equal(at(collapsed_flatness(u), {u: optimal_logit(c)}), optimal_flatness(c)),
        equal(at(optimal_flatness(c), {c: at_margin}), kappa),
        equal(at(optimal_margin(c), {c: at_margin}), x),
        Monotone(optimal_margin(c), c, -1),
        SinglePeak(kappa, x),
        Tends(kappa, x, 0, 0),
        Tends(kappa, x, oo, 0),
        *(
            side
            for classes, (low, high) in PEAKS.items()
            for side in (less(1, psi_at(classes, low)), less(psi_at(classes, high), 1))
        ),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        Assumption(less(K, 1 / c), "the weight decay is below the threshold, K c < 1"),
    ),
    source=Source("Han et al. 2025", "their caveat after Proposition 5.3; the closed form is derived here"),
    uses=("ce_ufm_optimum", "collapse_alone_is_not_flat", "flatness_at_collapse"),
    bounds=(
        Bound(
            name="flatness_at_equilibrium",
            observable="flatness_over_equilibrium",
            upper=Rational(6, 5),
            lower=Rational(5, 6),
            scope=(("head_stationarity", 0.1), ("nc1_trace_ratio", 0.05), ("nc3", 0.05), ("nc2", 0.2)),
            deterministic=False,
            words="relative flatness over kappa*(c) E||phi||^2/b^2, c = weight decay a/b, a/b the head scale",
        ),
        Bound(
            name="flatness_at_rest",
            observable="flatness_over_rest",
            upper=1 + Rational(1, 50),
            lower=1 - Rational(1, 50),
            floor=S.Zero,
            scope=AT_REST,
            words="kappa/kappa* = 1 where the objective is within 1e-8 of its least value, in units of its curvature",
        ),
    ),
    tags=("flatness", "unconstrained features"),
)
