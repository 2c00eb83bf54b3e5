"""The zero state is a strict saddle iff K c < 1, else the minimiser, for cross-entropy and for squared error.

Along the ray tau (W, H) the objective is a function of theta = tau^2: its gradient at 0 vanishes and its second
derivative is twice the slope in theta at 0. Cross-entropy: the objective lies above its tangent in theta; the slope
is a sum of squares if K c >= 1, and - ab (1 - K c) along the balanced simplex frame. Squared error: the same with rho
= c/(n w) for K c.
"""

from sympy import Derivative, Expr, KroneckerDelta, Matrix, S, Sum, Symbol, exp, log, sqrt

from theory.flows import Flow
from theory.flows.collapsed_ce import PLANAR as CROSS_ENTROPY
from theory.flows.collapsed_mse import PLANAR as SQUARED_ERROR
from theory.flows.collapsed_mse import weight
from theory.statement import Assumption, Every, Source, Statement, at_least, equal, less, more
from theory.statements.ce_ufm_optimum import logit, samples
from theory.statements.mse_ufm_optimum import penalty
from theory.symbols import K, a, b, c, decay_H, decay_W, i, n, r, s, y

theta = Symbol("theta", nonnegative=True)
excess = Symbol("excess", nonnegative=True)

partition = Sum(exp(theta * logit(r, y, i)), (r, 1, K))
own, mean = logit(y, y, i), Sum(logit(r, y, i), (r, 1, K)) / K
cross_entropy = Sum(log(partition) - theta * own, *samples) / (n * K) + theta * penalty
tilted = Sum(logit(r, y, i) * exp(theta * logit(r, y, i)), (r, 1, K)) / partition
cross_entropy_slope = Sum(tilted - own, *samples) / (n * K) + penalty
cross_entropy_curvature = Sum(mean - own, *samples) / (n * K) + penalty

squared_error = weight / 2 * Sum((theta * logit(s, y, i) - KroneckerDelta(s, y)) ** 2, (s, 1, K), *samples)
squared_error += theta * penalty
squared_error_curvature = penalty - weight * Sum(own, *samples)


def growth(flow: Flow, squared_lengths: tuple[Expr, Expr]) -> Expr:
    """Half the rate of the squared length of a small state along the linearised planar flow, on its balanced line."""
    linear = flow.jacobian().subs({a: 0, b: 0}) * Matrix([a, b])
    first, second = squared_lengths
    rate = first * a * linear[0] + second * b * linear[1]
    return rate.subs(b, a * sqrt(first * decay_W / (second * decay_H))).subs(decay_H, c**2 / (n * decay_W))


cross_entropy_growth = growth(CROSS_ENTROPY, (K, n * K))
squared_error_growth = growth(SQUARED_ERROR, (S.One, S.One))

STATEMENT = Statement(
    title="The zero state is a strict saddle below the threshold and the minimiser beyond it",
    words="The objective on every ray through 0 lies above its tangent in the squared step, and the slope of that "
    "tangent is "
    "a sum of squares when K c >= 1: nothing is below the zero state. When K c < 1 small balanced simplex frames "
    "grow at "
    "a positive rate, the second derivative is negative there, and the zero state is a strict saddle. Both losses.",
    claim=Every(
        equal(Derivative(cross_entropy, theta), cross_entropy_slope),
        equal(cross_entropy_slope.subs(theta, 0), cross_entropy_curvature),
        at_least(cross_entropy, log(K) + theta * cross_entropy_curvature),
        at_least(cross_entropy_curvature.subs(c, (1 + excess) / K), 0),
        equal(cross_entropy_growth, 2 * decay_W / c * a**2 * (1 - K * c)),
        more(cross_entropy_growth, 0),
        at_least(squared_error, weight * n * K / 2 + theta * squared_error_curvature),
        at_least(squared_error_curvature.subs(c, n * weight * (1 + excess)), 0),
        equal(squared_error_growth, 2 * n * decay_W / c * a**2 * (weight - c / n)),
        more(squared_error_growth, 0),
    ),
    assumptions=(
        Assumption(less(K * c, 1), "cross-entropy is below its threshold, where growth is claimed"),
        Assumption(less(c / n, weight), "squared error is below its threshold, where growth is claimed"),
    ),
    source=Source("Zhu et al. 2021", "Theorem 3.2, strict saddles; the zero state decided here for every weight decay"),
    uses=("ce_ufm_optimum", "mse_ufm_optimum"),
    tags=("unconstrained features",),
)
