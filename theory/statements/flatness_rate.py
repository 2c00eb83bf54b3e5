"""Unregularised collapsed cross-entropy flow: relative flatness decays like (K-1) sqrt(n) u/t, that is like log(t)/t.

In the margin x = uK/(K-1), started at x_0: t = (sqrt n/2) G, G = (K-1) log(x/x_0) + Ei(x) - Ei(x_0), and exp(x)/x -
exp(x_0)/x_0 <= G <= (exp(x)/x)(1 + 4/x) + A x for x >= x_0, A = 3 exp(5/3)/x_0^3 + (K-1)/x_0. So kappa t/((K-1)
sqrt(n) u) tends to 1 as the margin grows.
"""

from sympy import Derivative, Rational, Symbol, exp, oo, sqrt

from theory.flows.collapsed_ce import SCALAR, flatness_rate, implicit_time
from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.ufm import collapsed_flatness
from theory.statement import Assumption, Every, Source, Statement, Tends, at_least, at_most, equal
from theory.symbols import K, n, u, x

start = Symbol("x_0", positive=True)


def logit(margin):
    """u = x (K-1)/K."""
    return margin * (K - 1) / K


time = implicit_time(logit(x), logit(start))
growth = 2 * time / sqrt(n)  # G
push = 3 * exp(Rational(5, 3)) / start**3 + (K - 1) / start  # A
fastest, slowest = exp(x) / x - exp(start) / start, exp(x) / x * (1 + 4 / x) + push * x
ratio = collapsed_flatness(logit(x)) / flatness_rate(time, logit(x))

STATEMENT = Statement(
    title="Relative flatness decays like log(t)/t without weight decay",
    words="Along the balanced collapsed cross-entropy flow without weight decay the time to reach a margin x lies "
    "between two "
    "explicit multiples of exp(x)/x, so the margin grows like log t; relative flatness divided by (K-1) sqrt(n) "
    "u/t tends "
    "to 1.",
    claim=Every(
        equal(Derivative(implicit_time(u, logit(start)), u) * SCALAR.right_hand_side[0], 1),
        at_least(growth, fastest),
        at_most(growth, slowest),
        Tends(x * time / exp(x), x, oo, sqrt(n) / 2),
        Tends(ratio, x, oo, 1),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        Assumption(at_least(x, start), "the flow has been running: the margin only grows"),
    ),
    source=Source("Han et al. 2025", "Proposition 5.3 has no time in it; the rate is derived here"),
    uses=("collapsed_ce_flow", "flatness_at_collapse"),
    tags=("flatness", "dynamics"),
)
