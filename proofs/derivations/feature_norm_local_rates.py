"""Put the decays that hold (a, b) into trace and determinant of the Jacobian; (1+g)^2 - 4 g = (1-g)^2, so the
discriminant is (lambda_W + lambda_H)^2 (1-g)^2 + 4 g (lambda_W - lambda_H)^2."""

from sympy import exp

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import Conjunction
from theory.objects.ufm import margin_of
from theory.statement import Statement
from theory.statements.feature_norm_attractor import held
from theory.statements.feature_norm_local_rates import pull, total
from theory.symbols import K, a, b, decay_H, decay_W

ODDS = exp(margin_of(a * b))


def derive(statement: Statement):
    coupling, trace, determinant, positive, real, equal_decay = statement.parts
    known = statement.hypotheses
    gap = (decay_W - decay_H).subs(held)
    g = margin_of(a * b) * ODDS / (K - 1 + ODDS)
    steps = (
        Identity(coupling, known, "c is the wrong probability"),
        Identity(trace, known, "sum of the rates"),
        Identity(determinant, known, "product of the rates"),
        PositiveTerms(positive, (g,), known, words="1 - (K-1) eps is the right probability"),
        PositiveTerms(real, (total**2 * (1 - pull) ** 2, 4 * g * gap**2), known, words="two squares"),
        Identity(equal_decay, known, "one decay"),
    )
    return (Conjunction(statement.goal, steps),)
