"""Cross-entropy gradient flow on collapsed states: planar with weight decay, scalar when balanced.

    a' = eps b - decay_W a,   b' = eps a/n - decay_H b,   eps = 1/(K-1 + exp(a b K/(K-1)))

for W = a M^T, H = b M (x) 1_n^T. Without decay, a^2 - n b^2 is conserved; on a^2 = n b^2 the logit u = a b obeys
u' = 2 u eps(u)/sqrt(n), whose time is t = (sqrt(n)/2) [(K-1) log(u/u0) + Ei(u K/(K-1)) - Ei(u0 K/(K-1))].
"""

from sympy import Abs, Ei, Expr, Integer, Rational, Symbol, log, sqrt

from theory.flows import Flow
from theory.objects.ufm import (
    collapse_threshold,
    collapsed_cross_entropy,
    collapsed_flatness,
    collapsed_objective,
    coupled_decay,
    margin_of,
    optimal_feature_norm_squared,
    optimal_flatness,
    optimal_head_row_norm_squared,
    optimal_logit,
    optimal_margin,
    wrong_probability,
)
from theory.statement import Source
from theory.symbols import K, a, b, decay, decay_H, decay_W, n, u, u0

threshold = collapse_threshold
relative_flatness = collapsed_flatness
equilibrium_logit = optimal_logit()
equilibrium_margin = optimal_margin()
equilibrium_feature_norm_squared = optimal_feature_norm_squared
equilibrium_head_norm_squared = optimal_head_row_norm_squared
equilibrium_feature_norm = sqrt(equilibrium_feature_norm_squared)
equilibrium_head_norm = sqrt(equilibrium_head_norm_squared)
equilibrium_flatness = optimal_flatness()
balance = a**2 - n * b**2

PLANAR = Flow(
    name="collapsed_ce",
    state=(a, b),
    right_hand_side=(
        wrong_probability(a * b) * b - decay_W * a,
        wrong_probability(a * b) * a / n - decay_H * b,
    ),
    parameters=(K, n, decay_W, decay_H),
    lyapunov=collapsed_objective(a, b),
    equilibria={"origin": (0 * a, 0 * b), "collapsed": (equilibrium_head_norm, equilibrium_feature_norm)},
    words="Gradient flow of the regularised cross-entropy on collapsed states; exact, since they are invariant.",
)

FREE = Flow(
    name="collapsed_ce_free",
    state=(a, b),
    right_hand_side=PLANAR.restricted({decay_W: 0, decay_H: 0}),
    parameters=(K, n),
    conserved=(balance,),
    lyapunov=collapsed_objective(a, b).subs({decay_W: 0, decay_H: 0}),
    words="The planar flow without weight decay.",
)

EQUAL_DECAY = Flow(
    name="collapsed_ce_equal_decay",
    state=(a, b),
    right_hand_side=PLANAR.restricted({decay_W: decay, decay_H: decay}),
    parameters=(K, n, decay),
    decaying=((balance, 2 * decay),),
    lyapunov=collapsed_objective(a, b).subs({decay_W: decay, decay_H: decay}),
    words="The planar flow with one weight decay for both factors: imbalance is forgotten at rate 2 decay.",
)

SCALAR = Flow(
    name="collapsed_ce_scalar",
    state=(u,),
    right_hand_side=(2 * u * wrong_probability(u) / sqrt(n),),
    parameters=(K, n),
    lyapunov=-u,
    source=Source("derived for this project", "README item 5"),
    words="Balanced, without decay: the logit grows like ((K-1)/K) log t.",
)

SCALAR_DECAY = Flow(
    name="collapsed_ce_scalar_decay",
    state=(u,),
    right_hand_side=(2 * u * (wrong_probability(u) / sqrt(n) - decay),),
    parameters=(K, n, decay),
    equilibria={"origin": (0 * u,), "collapsed": (optimal_logit(sqrt(n) * decay),)},
    words="Balanced, one weight decay for both factors.",
)
# the balanced states a^2 = n b^2 with logit u
BALANCED = {a: n ** Rational(1, 4) * sqrt(u), b: sqrt(u) / n ** Rational(1, 4)}


# What is measured along PLANAR, under the names that every trajectory uses. A simplex frame has centred features, and
# ||w_s - w_t|| is the same for all pairs of classes.
head_diameter = a * sqrt(2 * K / (K - 1))
OBSERVABLES = {
    **dict.fromkeys(("feature_norm", "feature_norm_max", "feature_norm_rms", "collapsed_norm"), b),
    "head_norm": sqrt(K) * a,
    "head_diameter": head_diameter,
    "head_scale": a / b,
    "logit": a * b,
    "margin_min": margin_of(a * b),
    "mean_wrong_probability": (K - 1) * wrong_probability(a * b),
    "train_loss": collapsed_cross_entropy(a * b),
    "objective": collapsed_objective(a, b),
    "relative_flatness": collapsed_flatness(a * b),
    "flatness_loss_bound": b**2 * head_diameter**2 * (K - 1) * wrong_probability(a * b),
    "relative_flatness_surrogate": (K - 1) * collapsed_flatness(a * b),
    "balancedness": Abs(balance) * K / (K - 1),
    "classes": K,
    "train_accuracy": Integer(1),
    # a collapsed simplex frame is what these measure the distance from
    **dict.fromkeys(("nc1", "nc1_trace_ratio", "rnc1", "cdnv", "nc2", "nc3", "nc4"), Integer(0)),
}

outside = Symbol("e_out", real=True)
NOISE = Flow(
    name="collapsed_ce_noise",
    state=(a, b, outside),
    right_hand_side=(*PLANAR.right_hand_side, -decay_H * outside),
    parameters=PLANAR.parameters,
    decaying=((outside, decay_H),),
    words="With a within-class deviation outside the row space of W, which only weight decay removes (exact).",
)


def implicit_time(logit: Expr = u, start: Expr = u0) -> Expr:
    """Time at which SCALAR, started at u0, reaches u (exact)."""
    growth = (K - 1) * log(logit / start) + Ei(margin_of(logit)) - Ei(margin_of(start))
    return sqrt(n) / 2 * growth


def local_rate(margin: Expr = equilibrium_margin) -> Expr:
    """Rate at which SCALAR_DECAY relaxes to its collapsed equilibrium: 2 decay alpha* (1 - (K-1) c)."""
    at_balance = {decay_W: decay, decay_H: decay}
    return 2 * decay * margin.subs(at_balance) * (1 - (K - 1) * coupled_decay.subs(at_balance))


def flatness_rate(time: Expr, logit: Expr = u) -> Expr:
    """Asymptote of kappa along SCALAR: (K-1) sqrt(n) u/t; with u ~ ((K-1)/K) log t it is of order log(t)/t."""
    return (K - 1) * sqrt(n) * logit / time
