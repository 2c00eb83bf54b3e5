"""Mean-squared-error gradient flow in one singular direction: a logistic mode, and noise with two clocks.

    a' = weight (sqrt n - a b) b - decay_W a,   b' = weight (sqrt n - a b) a - decay_H b,   sigma = a b

a is the singular value of W and b that of H in one direction (H = b e (x) 1_n^T/sqrt n), so that the target is sqrt n.
Balanced with one weight decay, sigma' = 2 sigma (weight (sqrt n - sigma) - decay) is logistic. A within-class deviation
outside the row space of W decays as exp(-decay_H t) exactly; inside it, to first order, faster, at
weight a^2 + decay_H: two clocks. `weight` is 1/N, 2/(N K) or 2 by convention (theory.objects.ufm.mse_weights).
"""

from sympy import Abs, Expr, Symbol, exp, log, sqrt

from theory.flows import Flow
from theory.objects.ufm import mse_mode_objective, mse_weights
from theory.statement import Source
from theory.symbols import K, a, b, decay, decay_H, decay_W, n, t

sigma = Symbol("sigma", positive=True)
sigma0 = Symbol("sigma_0", positive=True)
weight = Symbol("weight", positive=True)
inside = Symbol("e_in", real=True)
outside = Symbol("e_out", real=True)
fraction = Symbol("f", positive=True)
paper_weight = mse_weights["paper"]

residual = sqrt(n) - a * b
balance = a**2 - b**2

PLANAR = Flow(
    name="collapsed_mse",
    state=(a, b),
    right_hand_side=(weight * residual * b - decay_W * a, weight * residual * a - decay_H * b),
    parameters=(n, weight, decay_W, decay_H),
    lyapunov=mse_mode_objective(a, b, weight),
    equilibria={
        "origin": (0 * a, 0 * b),
        "collapsed": (
            sqrt((sqrt(n) - sqrt(decay_W * decay_H) / weight) * sqrt(decay_H / decay_W)),
            sqrt((sqrt(n) - sqrt(decay_W * decay_H) / weight) * sqrt(decay_W / decay_H)),
        ),
    },
    words="One singular direction of the model; the directions do not interact once aligned.",
)

FREE = Flow(
    name="collapsed_mse_free",
    state=(a, b),
    right_hand_side=PLANAR.restricted({decay_W: 0, decay_H: 0}),
    parameters=(n, weight),
    conserved=(balance,),
    lyapunov=PLANAR.lyapunov.subs({decay_W: 0, decay_H: 0}),
    words="One direction without weight decay.",
)

NOISE = Flow(
    name="collapsed_mse_noise",
    state=(a, b, inside, outside),
    right_hand_side=(*PLANAR.right_hand_side, -(weight * a**2 + decay_H) * inside, -decay_H * outside),
    parameters=PLANAR.parameters,
    decaying=((outside, decay_H),),
    words="With a small within-class deviation inside and outside the row space of W (inside: to first order).",
)

SCALAR = Flow(
    name="collapsed_mse_scalar",
    state=(sigma,),
    right_hand_side=(2 * sigma * (weight * (sqrt(n) - sigma) - decay),),
    parameters=(n, weight, decay),
    equilibria={"origin": (0 * sigma,), "collapsed": (sqrt(n) - decay / weight,)},
    source=Source("Saxe et al. (2014), applied to the unconstrained-features model", "section 4.2"),
    words="Balanced, one weight decay for both factors: logistic.",
)

equilibrium_mode = SCALAR.equilibria["collapsed"][0]
fit_rate = 2 * (weight * sqrt(n) - decay)


def mode(time: Expr = t, start: Expr = sigma0) -> Expr:
    """sigma(t) along SCALAR from sigma(0) = start (exact)."""
    return equilibrium_mode / (1 + (equilibrium_mode / start - 1) * exp(-(fit_rate * time)))


def inside_noise(time: Expr = t, start: Expr = sigma0) -> Expr:
    """Factor by which a deviation inside the row space of W has shrunk at time t, for balanced a^2 = sigma(t):
    exp(-decay t - fit_rate t/2) sqrt(sigma(t)/sigma(0)), exact for the NOISE flow."""
    return exp(-decay * time - fit_rate * time / 2) * sqrt(mode(time, start) / start)


def outside_noise(time: Expr = t) -> Expr:
    """Factor by which a deviation outside the row space of W has shrunk at time t."""
    return exp(-decay * time)


def fit_time(reached: Expr = fraction, start: Expr = sigma0) -> Expr:
    """Time at which sigma reaches the fraction `reached` of its equilibrium (exact)."""
    return log((equilibrium_mode / start - 1) * reached / (1 - reached)) / fit_rate


def collapse_time(remaining: Expr = fraction) -> Expr:
    """Time at which the noise outside the row space of W has shrunk to the fraction `remaining` of its start."""
    return -log(remaining) / decay


def in_convention(expression: Expr, convention: str = "paper") -> Expr:
    """`expression` with the loss weight of a convention put in: "paper", "mean" or "sum" (symbols K and n)."""
    return expression.subs(weight, mse_weights[convention])


# K directions without bias (orthogonal frame), K - 1 with a free bias (simplex frame)
modes = Symbol("modes", integer=True, positive=True)
OBSERVABLES = {
    "mode": a * b,
    "train_loss": modes * weight / 2 * residual**2,
    "objective": modes * mse_mode_objective(a, b, weight),
    "feature_norm": b * sqrt(modes / (n * K)),
    "head_norm": sqrt(modes) * a,
    "balancedness": Abs(balance),
    "noise_inside": Abs(inside),
    "noise_outside": Abs(outside),
    "classes": K,
}
