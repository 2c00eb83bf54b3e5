"""Gradient descent with momentum and decoupled decay is stable iff eta h < (1 + beta)(2 - eta lambda_0).

Near a minimum of curvature h: x_(k+1) = a x_k - b x_(k-1), a = 1 + beta - eta lambda_0 - eta h, b = beta (1 - eta
lambda_0). In the stable region x_k^2 + x_(k-1)^2 - (2a/(1+b)) x_k x_(k-1) is positive and never grows; on its
boundary -1 is a root of the characteristic polynomial, beyond it the polynomial is negative at -1, so a root lies
below -1. Without decay and momentum: eta < 2/h.
"""

from sympy import Matrix, S, Symbol, eye

from theory.flows.descent import (
    beta,
    characteristic,
    curvature,
    effective_decay,
    eta,
    heavy_ball,
    root,
    stability_limit,
)
from theory.statement import Assumption, Every, Source, Statement, at, at_least, equal, less, more
from theory.symbols import decay

now, before = Symbol("x_k", real=True), Symbol("y_k", real=True)
trace = 1 + beta - eta * decay - eta * curvature  # a
determinant = beta * (1 - eta * decay)  # b
margin = (1 + beta) * (2 - eta * decay) - eta * curvature  # positive inside the stable region
tilt = trace / (1 + determinant)


def energy(first, second):
    return (first - tilt * second) ** 2 + (1 - tilt**2) * second**2


after = heavy_ball() * Matrix([now, before])
drop = (1 - determinant) / (1 + determinant) * (trace * now - (1 + determinant) * before) ** 2

STATEMENT = Statement(
    title="The stability limit of descent with momentum and decoupled decay",
    words="Inside eta h < (1 + beta)(2 - eta lambda_0) a positive quadratic form of two consecutive states never "
    "grows; on "
    "the boundary the recursion has the root -1 and beyond it one below -1. The limit without decay is 2 (1 + "
    "beta)/h, "
    "2/h without momentum. At rest the decay counts as (1 - beta) lambda_0.",
    claim=Every(
        equal((root * eye(2) - heavy_ball()).det(), characteristic()),
        equal(characteristic().subs(root, -1), margin),
        equal(characteristic().subs(root, 1), eta * (curvature + effective_decay())),
        equal((1 + determinant - trace) * (1 + determinant + trace), margin * eta * (curvature + effective_decay())),
        equal(energy(now, before) - energy(after[0], after[1]), drop),
        at_least(energy(now, before), energy(after[0], after[1])),
        more((1 + determinant) ** 2 * (1 - tilt**2), 0),
        equal(at(characteristic(S.Zero), {root: -1, eta: stability_limit()}), 0),
        equal(at(stability_limit(), {beta: 0}), 2 / curvature),
    ),
    assumptions=(
        Assumption(less(beta, 1), "momentum below 1"),
        Assumption(less(eta * decay, 1), "the decay alone does not overshoot"),
        Assumption(more(margin, 0), "the step is below the limit"),
    ),
    source=Source("Polyak 1964; Cohen et al. 2021", "stability of the heavy ball; with decoupled decay derived here"),
    tags=("dynamics", "descent"),
)
