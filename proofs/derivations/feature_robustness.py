"""The second moments contract to <w_s, w_r> ||phi||^2/d. Along the path the derivatives of L are cumulants of the moved
softmax: the variance lies in [0, R^2/4] (Popoviciu) and the fourth cumulant in [-R^4/8, R^4/12]. Four integrations from
0, where value and three derivatives vanish, give the remainder; two give the increase."""

from sympy import S, Sum, exp

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.slopes import GrowsFromStart
from proofs.kernel.structure import Conjunction
from theory.statement import Statement, at_least
from theory.statements.feature_robustness import (
    first,
    high,
    low,
    partition,
    radius,
    second,
    shift,
    weight,
    width,
)
from theory.symbols import K, d, k, l, r, s

CROSS = Sum((first[k] * second[l] - first[l] * second[k]) ** 2, (k, 1, d), (l, 1, d)) / 2


def mean(term, time):
    """E over the softmax moved by time * eta; term depends on the class s."""
    return Sum(weight[s] * exp(time * shift[s]) * term, (s, 1, K)) / partition(time)


def average(time):
    return Sum(weight[r] * exp(time * shift[r]) * shift[r], (r, 1, K)) / Sum(
        weight[r] * exp(time * shift[r]), (r, 1, K)
    )


def moment(power, time):
    return mean((shift[s] - average(time)) ** power, time)


def popoviciu(time):
    """R^2/4 - Var, two nonnegative terms."""
    return mean((high - shift[s]) * (shift[s] - low), time) + (average(time) - (high + low) / 2) ** 2


def above_lower(time):
    """R^4/8 + fourth cumulant."""
    spread = mean(((shift[s] - average(time)) ** 2 - moment(2, time)) ** 2, time)
    return spread, 2 * popoviciu(time) * (width**2 / 4 + moment(2, time))


def below_upper(time):
    """R^4/12 - fourth cumulant; R -+ (eta_s - mean) is each a sum of two distances from low and high."""
    square = (shift[s] - average(time)) ** 2
    up, down = high - shift[s], shift[s] - low
    room, climbed = mean(up, time), mean(down, time)
    products = (mean(square * up * down, time), mean(square * up, time) * room, mean(square * down, time) * climbed)
    return *products, moment(2, time) * room * climbed, 3 * (moment(2, time) - width**2 / 6) ** 2


def grows(claim, degree, form, known, words):
    """claim: f >= 0 for the path length delta >= 0, where f and its first `degree` - 1 derivatives vanish at 0 and the
    derivative of that degree is the sum of `form`."""
    f = claim.lhs - claim.rhs if isinstance(claim, type(at_least(S.One, S.Zero))) else claim.rhs - claim.lhs
    slopes = [f.diff(radius, order) for order in range(degree + 1)]
    step = PositiveTerms(at_least(slopes[-1], 0), form, known, words=words)
    for order in reversed(range(degree)):
        start = PositiveTerms(at_least(slopes[order].subs(radius, 0), 0), (S.Zero,), known, words="nothing at 0")
        target = claim if order == 0 else at_least(slopes[order], 0)
        step = GrowsFromStart(target, radius, S.Zero, start, step, f"derivative {order} grows from 0")
    return step


def derive(statement: Statement):
    order_two, upper, lower, convex, quadratic, cauchy = statement.parts
    simplex, fastest, slowest = statement.hypotheses
    moving = (fastest, slowest)
    both = (radius, -radius)
    steps = (
        Identity(order_two, (simplex,), "contract the second moments"),
        grows(upper, 4, halves(below_upper, both), moving, "fourth cumulants at most R^4/12"),
        grows(lower, 4, halves(above_lower, both), moving, "fourth cumulants at least -R^4/8"),
        grows(convex, 2, tuple(moment(2, time) / 2 for time in both), (), "the loss is convex along the path"),
        grows(quadratic, 2, tuple(popoviciu(time) / 2 for time in both), moving, "variances at most R^2/4"),
        PositiveTerms(cauchy, (CROSS,), words="Lagrange's identity: |<w_s - w_r, A phi>| <= D ||phi||"),
    )
    return (Conjunction(statement.goal, steps),)


def halves(form, times):
    return tuple(term / 2 for time in times for term in form(time))
