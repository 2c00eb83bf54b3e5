"""With T = sum of the wrong classes' odds, p_y = 1/(1+T) and every odds at most q = exp(-gamma x): the gap of the
bound is a sum of nearer rows, odds below q, and powers of T. Then exp(gamma x) >= (gamma x)^3/6 squeezes kappa below
a multiple of 1/x."""

from sympy import Sum, exp

from proofs.kernel.limit import Limit
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Chain, Conjunction
from theory.objects.head_rows import apart, below, furthest
from theory.statement import Statement, at_least, at_most
from theory.statements.flatness_without_collapse import (
    bound,
    excess,
    feature_square,
    kappa,
    numerator,
    odds,
    smallest_margin,
    wrong,
)
from theory.symbols import K, r, s, x, y

q = exp(-x * smallest_margin)
Z = x * smallest_margin
TAYLOR = exp(Z) - (1 + Z + Z**2 / 2 + Z**3 / 6)


def derive(statement: Statement):
    bounded, vanishing, kept = statement.parts
    known = statement.hypotheses
    whole = (1 + wrong) ** 2
    nearer = Sum(numerator(s) * numerator(r) * below(s, r), (s, 1, K), (r, 1, K)) / 2
    smaller = furthest * q * Sum(apart(s, y) * (1 - exp(-x * excess[s])), (s, 1, K))
    squares = Sum(apart(s, y) * odds(s) ** 2, (s, 1, K)) / 2
    share = x**2 * feature_square
    form = (share * nearer, share * whole * smaller, share * furthest * (wrong**2 * 3 / 2 + wrong**3 + squares))
    below_bound = PositiveTerms(bounded, form, known, whole, "nearer rows, smaller odds, powers of the wrong odds")
    cap = furthest * feature_square * (K - 1) * 6 / (smallest_margin**3 * x)
    cubic = PositiveTerms(
        at_most(bound, cap),
        (furthest * feature_square * (K - 1) * TAYLOR, furthest * feature_square * (K - 1) * (1 + Z + Z**2 / 2)),
        known[:1],
        x * smallest_margin**3 * exp(Z) / 6,
        "exp(gamma x) >= (gamma x)^3/6",
    )
    upper = Chain(at_most(kappa, cap), (below_bound, cubic), "squeezed from above")
    lower = PositiveTerms(at_least(kappa, 0), (kappa,), known[:1], words="kappa is not negative")
    steps = (
        below_bound,
        Limit(vanishing, upper, lower, "kappa lies between 0 and a multiple of 1/x"),
        PositiveTerms(kept, (kept.lhs,), words="the margin is multiplied by x"),
    )
    return (Conjunction(statement.goal, steps),)
