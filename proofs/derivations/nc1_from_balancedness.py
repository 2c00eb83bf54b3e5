"""h - W^+ Y = (I - J^T J) h + J^T F e, and the two parts are orthogonal; W^+ Y is constant on classes, so N tr S_W is
at most ||h - W^+ Y||^2. The lower bounds are the triangle inequality with its best constant, ||a + b||^2 = ||theta a
+ b||^2/theta + (1 - theta)||a||^2 - (1/theta - 1)||b||^2."""

from sympy import KroneckerDelta, Sum, sqrt

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms, gap
from proofs.kernel.structure import ByLemmas, Chain, Conjunction
from theory.objects.balanced_head import F, J, c, class_mean, e, i, k, m, s, samples, t, v, x
from theory.statement import Statement, at_most
from theory.statements.nc1_from_balancedness import bound, error, returned, share, sigma, skew, tau, unseen_layer
from theory.symbols import K, d, n

TARGET = Sum(J[m, k] * F[m, c], (m, 1, K))  # (W^+ Y)_kc
THETA = error / sqrt(n)
MEAN_ERROR = Sum(e[c, t, s], (t, 1, n)) / n
GLOBAL_ERROR = Sum(e[v, t, s], (t, 1, n), (v, 1, K)) / (n * K)
TILTED = share * (KroneckerDelta(s, c) - 1 / K) + MEAN_ERROR - GLOBAL_ERROR


def derive(statement: Statement):
    inverse, split, layer, collapse, weaker, singular, stretched, apart, best = statement.parts
    known = statement.hypotheses
    frame, inverted, residual, fit, recovered, features, balance, along, seen, stretch, means, small, proper = known[1:]
    off_means = n * Sum((class_mean(c, k) - TARGET) ** 2, (c, 1, K), (k, 1, d))
    divided = PositiveTerms(split, (off_means,), (frame,), words="two orthogonal parts and what the mean leaves")
    below = PositiveTerms(
        layer, (bound**2 * gap(balance),), (frame, balance), words="the rows of W drop out of the imbalance"
    )
    middle = at_most(split.rhs, tau**2 * error**2 + bound**2 * unseen_layer)
    parts = PositiveTerms(middle, (gap(recovered), gap(features)), (recovered, features), words="the two norms")
    last = at_most(middle.rhs, collapse.rhs)
    scaled = ByLemmas(last, PositiveTerms(last, (gap(layer),), (layer,), words="the layer"), (below,), "imbalance")
    root = (sqrt(n) - error) / error
    spread = Sum((THETA * x[c] + Sum(e[c, i, s] * x[s], (s, 1, K))) ** 2, *samples) / THETA
    off = 1 / share - 1
    steps = (
        Identity(inverse, (inverted,), "F A = I"),
        divided,
        below,
        Chain(collapse, (divided, parts, scaled), "seen part and unseen part"),
        PositiveTerms(
            weaker,
            (2 * bound**2 * error * sqrt(d * skew) / (sqrt(n) - error), K * bound**2 * skew),
            (small,),
            words="the published square has a cross term and K dimensions more",
        ),
        PositiveTerms(
            singular,
            (gap(seen), spread, root * gap(along)),
            (residual, seen, along, small),
            words="triangle inequality",
        ),
        PositiveTerms(
            stretched,
            (Sum((x[s] - sigma**2 * returned) ** 2, (s, 1, K)), sigma**2 * gap(stretch)),
            (frame, inverted, stretch),
            words="an inverse stretches at most 1/sigma-fold",
        ),
        PositiveTerms(
            apart,
            (
                gap(means),
                Sum(TILTED**2, (s, 1, K), (c, 1, K)) / share,
                off * gap(fit) / n,
                off * Sum((e[c, i, s] - MEAN_ERROR) ** 2, (s, 1, K), *samples) / n,
                off * K * Sum(GLOBAL_ERROR**2, (s, 1, K)),
            ),
            (known[0], residual, means, fit, proper),
            words="triangle inequality for the centred labels",
        ),
        Identity(best, (), "its best constant"),
    )
    return (Conjunction(statement.goal, steps),)
