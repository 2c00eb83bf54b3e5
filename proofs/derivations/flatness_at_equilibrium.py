"""Put the optimal margin in: kappa* is the relative flatness of a collapsed state, whose single peak in the margin is
proved elsewhere, and the margin falls with c. Ends: kappa <= ((K-1)/K)^2 x^2, and q = exp(-x) <= 6/x^3."""

from sympy import exp

from proofs.derivations import collapse_alone_is_not_flat
from proofs.kernel.ball import Ball
from proofs.kernel.identity import Identity
from proofs.kernel.limit import Limit
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.slopes import SlopeSign
from proofs.kernel.structure import Conjunction
from theory import blueprint
from theory.objects.ufm import optimal_margin
from theory.statement import Statement, at_least, at_most, more
from theory.statements.collapse_alone_is_not_flat import kappa, odds
from theory.symbols import K, c, x

SCALE = ((K - 1) / K) ** 2
TAYLOR = exp(x) - (1 + x + x**2 / 2 + x**3 / 6)
ROOM = (TAYLOR, 1 + x + x**2 / 2)  # exp(x) - x^3/6, so that 6/x - x^2 q is 6 q/x times it


def derive(statement: Statement):
    collapsed, in_margin, inverse, falls, peak, weak, strong, *sides = statement.parts
    known = statement.hypotheses
    one_peak = collapse_alone_is_not_flat.derive(blueprint.statement("collapse_alone_is_not_flat"))[-1].steps[0]
    fall = -optimal_margin(c).diff(c)
    below = PositiveTerms(at_least(kappa, 0), (kappa,), known, words="kappa is not negative")
    square = PositiveTerms(
        at_most(kappa, SCALE * x**2),
        (SCALE * x**2 * (1 - odds) ** 2,),
        known,
        (1 + (K - 1) * odds) ** 2,
        "y (2 - y) <= 1 at y = K c",
    )
    tail = PositiveTerms(
        at_most(kappa, 12 * K * SCALE / x),
        (
            *(SCALE * K * (2 + (K - 2) * odds) * 6 * odds / x * part for part in ROOM),
            SCALE * K * (18 * K - 12) * odds / x,
            12 * SCALE * K * (K - 1) ** 2 * odds**2 / x,
        ),
        known,
        (1 + (K - 1) * odds) ** 2,
        "exp(x) >= x^3/6",
    )
    steps = (
        Identity(collapsed, known, "the optimum is a collapsed state"),
        Identity(in_margin, known, "in the margin"),
        Identity(inverse, known, "c and the margin determine each other"),
        SlopeSign(falls, PositiveTerms(more(fall, 0), (fall,), known), "the margin falls"),
        one_peak,
        Limit(weak, square, below, "kappa lies below a multiple of x^2"),
        Limit(strong, tail, below, "kappa lies below a multiple of 1/x"),
        *(Ball(side, words="the peak lies between these weight decays") for side in sides),
    )
    return (Conjunction(statement.goal, steps),)
