"""Multiply by the positive denominators; what is left is a sum of positive terms. Both limits are squeezed by
exp(x) >= x and exp(x) >= x^3/6, which the Taylor sums of exp prove."""

from sympy import exp

from proofs.kernel.identity import Identity
from proofs.kernel.limit import Limit
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Chain, Conjunction
from theory.objects.collapse import centred_flatness, decayed
from theory.statement import Statement, at_least, at_most
from theory.statements.collapse_implies_flatness import sharper_bound
from theory.symbols import K, u

q = decayed()
x = u * K / (K - 1)
TAYLOR = exp(x) - (1 + x + x**2 / 2 + x**3 / 6)


def derive(statement: Statement):
    published, sharper, factor, vanishing, loose = statement.parts
    known = statement.hypotheses
    one_minus_q = (exp(x) - 1) * q
    below_published = PositiveTerms(
        published,
        (u**2 * K**2 * (K - 1) * q, u**2 * K * (K - 2) * q * one_minus_q),
        known,
        (1 + (K - 1) * q) ** 2,
        "K^2 - 2 - (K-2) q = K (K-1) + (K-2)(1-q)",
    )
    below_sharper = PositiveTerms(
        sharper,
        (K * u**2 * q * (3 * K - 2) * q, 2 * K * u**2 * q * (K - 1) ** 2 * q**2),
        known,
        (1 + (K - 1) * q) ** 2,
        "2 (1+(K-1)q)^2 - 2 - (K-2) q is a polynomial in q with positive coefficients",
    )
    cubic = at_most(sharper_bound, 12 * (K - 1) ** 3 / (K**2 * u))
    below_cubic = PositiveTerms(
        cubic,
        (TAYLOR, 1 + x + x**2 / 2),
        known,
        K**2 * u * exp(x) / (12 * (K - 1) ** 3),
        "exp(x) >= x^3/6",
    )
    upper = Chain(at_most(centred_flatness(), cubic.rhs), (below_sharper, below_cubic), "squeezed from above")
    lower = PositiveTerms(at_least(centred_flatness(), 0), (centred_flatness(),), known, words="kappa is not negative")
    ratio = loose.args[0]
    slack = K * (K - 2) * (K - 1) / (4 * u)
    ratio_above = PositiveTerms(
        at_most(ratio, K**2 / 2), (K**2 * (K - 2) * q,), known, 2 * (2 + (K - 2) * q), "2 + (K-2) q >= 2"
    )
    ratio_below = PositiveTerms(
        at_least(ratio, K**2 / 2 - slack),
        (2 * K**2 * (K - 2) * (exp(x) - 1 - x), 2 * K**2 * (K - 2), K**2 * (K - 2) ** 2),
        known,
        4 * x * exp(x) * (2 + (K - 2) * q),
        "q <= 1/x",
    )
    steps = (
        below_published,
        below_sharper,
        Identity(factor, known, "divide the two closed forms"),
        Limit(vanishing, upper, lower, "kappa lies between 0 and a multiple of 1/u"),
        Limit(loose, ratio_above, ratio_below, "the ratio lies within a multiple of 1/u of K^2/2"),
    )
    return (Conjunction(statement.goal, steps),)
