"""Resolvents by finite-sum algebra. Weak duality is a square, ||H - W^T B||^2/2 + ||sum_s w_s||^2/(2K); the margins
enter as products of two nonnegative factors. The integral of t^(-1/2)/(a+t) over t > 0 is pi/sqrt(a), by the
antiderivative."""

from sympy import Sum

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.flows.imbalanced_ufm import K_A, K_B, n_A, n_B, v_A, v_B
from theory.statement import Statement
from theory.statements.imbalanced_geometry import B, H, against, i, k, mixed, s, slack
from theory.symbols import K, N, W, d


def within(claim, size, samples, others, other_samples) -> PositiveTerms:
    """Entries within a block are negative: 1/(n_A K_A^2) exceeds v_A^4/mu."""
    classes, mass = size + others, samples * others + other_samples * size
    form = (samples * size * others, other_samples * size * classes)
    return PositiveTerms(claim, form, (), size**2 * classes * samples * mass, "within a block")


def derive(statement: Statement):
    sums, inverse, mixture, signs, integral, duality, margin, within_a, within_b, across, *exact = statement.parts
    known = statement.hypotheses
    weights, columns, frame, column, nonpositive, reached = known[1:]
    square = Sum((H[k, i] - Sum(W[s, k] * B[s, i], (s, 1, K))) ** 2, (k, 1, d), (i, 1, N)) / 2
    centre = Sum(Sum(W[s, k], (s, 1, K)) ** 2, (k, 1, d)) / (2 * K)
    steps = (
        Identity(sums, (weights,), "zero column sums"),
        Identity(inverse, (weights,), "it inverts on sum-zero vectors"),
        Identity(mixture, (), "mixtures off the diagonal"),
        PositiveTerms(signs, (signs.lhs,), (), words="every factor is positive"),
        Identity(integral, (), "the antiderivative"),
        PositiveTerms(duality, (square, centre), (known[0], columns, frame), words="two squares"),
        PositiveTerms(margin, (Sum(against * slack, (s, 1, K)),), (column, nonpositive, reached), words="sign by sign"),
        within(within_a, K_A, n_A, K_B, n_B),
        within(within_b, K_B, n_B, K_A, n_A),
        PositiveTerms(across, (-v_A * v_B / mixed,), (), words="the block vector changes sign between the blocks"),
        *(Identity(part, (), "the certificate of two blocks, and margins of the SELI state") for part in exact),
    )
    return (Conjunction(statement.goal, steps),)
