"""The time lies between two functions that start on its two sides and grow at ordered speeds. Multiplied by the
positive factor P = x (2E+K-2)/(2 (E+K-1)^2), E = exp(x), both tend to 1: P <= x/E, and E >= x^3/6 bounds what is left
by C/x."""

from sympy import exp, sqrt

from proofs.arguments.implicit_time import CUBE, SQUARE, E, not_faster, not_slower
from proofs.kernel.identity import Identity
from proofs.kernel.limit import Limit
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import ByLemmas, Conjunction
from theory.statement import Statement, at_least, at_most
from theory.statements.flatness_rate import fastest, growth, push, slowest, start
from theory.symbols import K, n, x

FACTOR = x * (2 * E + K - 2) / (2 * (E + K - 1) ** 2)  # ratio = FACTOR G
SPARE = x * ((3 * K - 2) * E + 2 * (K - 1) ** 2) / (2 * E * (E + K - 1) ** 2)  # x/E - FACTOR
EARLY = exp(start) / start


def derive(statement: Statement):
    speed, lower, upper, scale, rate = statement.parts
    known = statement.hypotheses
    low, high = not_faster(lower, start, known), not_slower(upper, start, known, push)
    f, g = scale.args[0], rate.args[0]
    bounds = (*known, lower, upper)
    half = sqrt(n) / 2
    scale_above = PositiveTerms(
        at_most(f, half * (1 + (4 + 6 * push) / x)),
        (half * x / E * (slowest - growth), *(half * push * 6 / (x * E) * part for part in CUBE)),
        bounds,
        words="exp(x) >= x^3/6",
    )
    scale_below = PositiveTerms(
        at_least(f, half * (1 - 2 * EARLY / x)),
        (half * x / E * (growth - fastest), *(half * EARLY * 2 / (x * E) * part for part in SQUARE)),
        bounds,
        words="exp(x) >= x^2/2",
    )
    rate_above = PositiveTerms(
        at_most(g, 1 + (4 + 6 * push) / x),
        (FACTOR * (slowest - growth), SPARE * slowest, *(push * 6 / (x * E) * part for part in CUBE)),
        bounds,
        words="the factor is at most x/E",
    )
    crowd = (3 * K - 2) * (E + K - 1)
    rate_below = PositiveTerms(
        at_least(g, 1 - ((3 * K - 2) / 2 + 2 * EARLY) / x),
        (
            FACTOR * (growth - fastest),
            EARLY * SPARE,
            *(EARLY * 2 / (x * E) * part for part in SQUARE),
            crowd * (E - 1 - x) / (2 * x * (E + K - 1) ** 2),
            (crowd * K + x * (K - 1) * K) / (2 * x * (E + K - 1) ** 2),
        ),
        bounds,
        words="and not much less",
    )
    above, below, rate_above, rate_below = (
        ByLemmas(step.claim, step, (low, high), step.words)
        for step in (scale_above, scale_below, rate_above, rate_below)
    )
    steps = (
        Identity(speed, known, "the implicit solution has the right speed"),
        low,
        high,
        Limit(scale, above, below, "squeezed"),
        Limit(rate, rate_above, rate_below, "squeezed"),
    )
    return (Conjunction(statement.goal, steps),)
