"""Refuted at K = 10 by x = 1 and x = 2. What holds: kappa' = (2 kappa/x)(1 - psi) with psi strictly increasing, below 1
at x = 1 and above 1 at x = 4K, for symbolic K; the peak is bracketed by ball arithmetic for six values of K."""

from sympy import Integer, exp

from proofs.kernel.ball import Ball, Counterexample
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.slopes import OnePeak
from proofs.kernel.structure import Conjunction
from theory.statement import Statement, less, more
from theory.statements.collapse_alone_is_not_flat import kappa, psi
from theory.symbols import K, x

E = exp(x)
DENOMINATOR = (2 * E + K - 2) * (E + K - 1)
FAR = 4 * K
RISE = exp(FAR) - 1 - FAR


def derive(statement: Statement):
    peak, *roots = statement.parts
    known = statement.hypotheses
    factor = PositiveTerms(more(2 * kappa / x, 0), (2 * kappa / x,), known, words="every factor of kappa is positive")
    rises = PositiveTerms(
        more(psi.diff(x), 0),
        (
            E * (E - 1) * DENOMINATOR,
            x * E * (3 * K - 2) * E**2,
            x * E * (K - 1) * (K - 2) * E,
            x * E * (K - 1) * (K - 2) * (E - 1),
        ),
        known,
        DENOMINATOR**2,
        "psi' times its squared denominator is a polynomial in exp(x) > 1 with positive terms",
    )
    low = PositiveTerms(
        less(psi.subs(x, 1), 1),
        (exp(-1), 1 + (K - 2) * exp(-1), (K - 1) * exp(-1) * (2 + (K - 2) * exp(-1))),
        known,
        ((2 + (K - 2) * exp(-1)) * (1 + (K - 1) * exp(-1))),
        "psi(1) < 1",
    )
    high = PositiveTerms(
        more(psi.subs(x, FAR), 1),
        ((4 * K - 2) * RISE**2, (32 * K**2 - 15 * K) * RISE, 64 * K**3 - 29 * K**2),
        known,
        (2 * exp(FAR) + K - 2) * (exp(FAR) + K - 1),
        "psi(4K) > 1, by exp(4K) >= 1 + 4K",
    )
    steps = (
        OnePeak(peak, psi, Integer(1), FAR, factor, rises, low, high, known, "the slope changes sign once"),
        *(Ball(root, words="where the slope changes sign") for root in roots),
    )
    refutation = Counterexample(
        statement.claim, {K: Integer(10), x: Integer(1)}, Integer(2), known, "kappa(1) < kappa(2) at K = 10"
    )
    return (refutation, Conjunction(statement.instead, steps))
