"""What a finite step changes: the linear recursions of gradient descent with momentum and weight decay near a minimum.

Heavy ball on a quadratic of curvature h, momentum beta, step eta, decoupled decay rate lambda_0:
    m+ = beta m + h x,   x+ = (1 - eta lambda_0) x - eta m+
has characteristic polynomial z^2 - (1 + beta - eta lambda_0 - eta h) z + beta (1 - eta lambda_0), and is stable iff
eta h < (1 + beta)(2 - eta lambda_0): without decay, eta < 2 (1 + beta)/h. It rests where the flow with decay
(1 - beta) lambda_0 rests.

Adam's first step goes along g/(|g| + epsilon). Decoupled decay multiplies a parameter without loss gradient by
1 - eta lambda_0; coupled decay makes the gradient g = lambda_0 x and takes off eta, up to epsilon, however small
lambda_0 is.
"""

from sympy import Expr, Matrix, S, Symbol, sqrt

from theory.symbols import decay, x

eta = Symbol("eta", positive=True)
beta = Symbol("beta", nonnegative=True)
curvature = Symbol("h", positive=True)
root = Symbol("z")
epsilon = Symbol("epsilon", positive=True)  # in Adam's denominator


def heavy_ball(rate: Expr = decay) -> Matrix:
    """The recursion as a 2 x 2 matrix acting on (x_k, x_{k-1})."""
    shrink = 1 - eta * rate
    return Matrix([[shrink - eta * curvature + beta, -beta * shrink], [1, 0]])


def characteristic(rate: Expr = decay) -> Expr:
    """Its characteristic polynomial in `root`."""
    return root**2 - (1 + beta - eta * rate - eta * curvature) * root + beta * (1 - eta * rate)


def stability_limit(top: Expr = curvature, momentum: Expr = beta) -> Expr:
    """Largest stable step for curvature `top` (weight decay included in it, coupled): 2 (1 + momentum)/top."""
    return 2 * (1 + momentum) / top


def effective_decay(rate: Expr = decay, momentum: Expr = beta) -> Expr:
    """The weight decay of the flow whose equilibria descent with decoupled decay has: at rest m = g/(1 - momentum) and
    rate x + m = 0, so that g + (1 - momentum) rate x = 0. Coupled decay leaves the equilibria where they are."""
    return (1 - momentum) * rate


def adam_direction(gradient: Expr) -> Expr:
    """Adam's first step over eta: both corrected moments are of this one gradient, m = g and v = g^2."""
    return gradient / (sqrt(gradient**2) + epsilon)


def decoupled_adam_step(value: Expr = x, gradient: Expr = S.Zero) -> Expr:
    """A parameter with loss gradient `gradient` after the first AdamW step."""
    return value * (1 - eta * decay) - eta * adam_direction(gradient)


def coupled_adam_step(value: Expr = x, gradient: Expr = S.Zero) -> Expr:
    """The same after the first Adam step with the decay in the gradient."""
    return value - eta * adam_direction(gradient + decay * value)
