"""Differentiate the clocks. Limits: log(omega/omega_0) lies between 1 - omega_0/omega and omega/omega_0 - 1, so the
clock divided by its leading power is squeezed between powers. Ratio: differences of logarithms and squares are not
negative."""

from sympy import log

from proofs.kernel.identity import Identity
from proofs.kernel.limit import Limit
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.flows.central_path import omega, omega0, omega1, omega2
from theory.statement import Statement, at_least, at_most
from theory.symbols import K, N

BACK, FORTH = omega0 / omega, omega / omega0
LOW, HIGH = BACK - 1 - log(BACK), FORTH - 1 - log(FORTH)


def squeezed(claim, above, below):
    """A limit at infinity from two lists of terms: slack - (f - limit) and (f - limit) + slack, both for omega "
    ">= 1."""
    f, _, _, limit = claim.args
    (upper, high), (lower, low) = above, below
    start = (at_least(omega, 1),)
    return Limit(
        claim,
        PositiveTerms(at_most(f, limit + upper), high, start, words="from above"),
        PositiveTerms(at_least(f, limit - lower), low, start, words="from below"),
        "squeezed between powers",
    )


def derive(statement: Statement):
    gradient, speed, conserved, quartic, ahead, together, speed2, conserved2, quadratic = statement.parts
    known = statement.hypotheses
    r, beyond = omega1 / omega2, omega - 1
    quartic_above = (
        N * (1 + K / omega0) / omega**2,
        (
            N * omega0**2 * (omega0**2 / (4 * K) + 1) / omega**4,
            N * K * HIGH / omega**4,
            N * K / omega**4,
            N * K / omega0 * beyond / omega**3,
        ),
    )
    quartic_below = (
        N * omega0 * (omega0**3 / (4 * K) + omega0 + K) / omega**4,
        (N / omega**2, N * K * LOW / omega**4, N * K / omega**4, N * K * omega0 * beyond / omega**5),
    )
    quadratic_above = (
        N * K / (omega0 * omega),
        (N * omega0**2 / (2 * omega**2), N * K * HIGH / omega**2, N * K / omega**2),
    )
    quadratic_below = (
        N * omega0 * (omega0 / 2 + K) / omega**2,
        (N * K * LOW / omega**2, N * K / omega**2, N * K * omega0 * beyond / omega**3),
    )
    steps = (
        Identity(gradient, (), "a gradient flow of mobility K/N = 1/n"),
        Identity(speed, (), "the clock grows at rate 1"),
        Identity(conserved, (), "both clocks tick alike"),
        squeezed(quartic, quartic_above, quartic_below),
        PositiveTerms(ahead, ((r - 1) * (r + 1) * (r**2 + 1),), known, words="mode 1 is ahead"),
        PositiveTerms(
            together,
            (4 * K**2 * log(r) / omega2**4, 4 * K * (r - 1) * (r + 1) / omega2**2),
            known,
            words="logarithms and squares differ the same way",
        ),
        Identity(speed2, (), "the other clock grows at rate 1"),
        Identity(conserved2, (), "both tick alike"),
        squeezed(quadratic, quadratic_above, quadratic_below),
    )
    return (Conjunction(statement.goal, steps),)
