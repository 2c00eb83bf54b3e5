"""How fast the feature norm returns to its threshold: two real rates in closed form, never a spiral.

With g = alpha* (1 - (K-1) c) the Jacobian at the collapsed equilibrium has trace -(lambda_W + lambda_H)(1 + g) and
determinant 4 lambda_W lambda_H g; the rates r solve r^2 - (lambda_W + lambda_H)(1 + g) r + 4 lambda_W lambda_H g = 0,
whose discriminant is a sum of squares. Equal decays: 2 lambda and 2 lambda g, the forgetting of imbalance and the
relaxation of the margin.
"""

from sympy import Symbol

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.ufm import coupled_decay, margin_of, wrong_probability
from theory.statement import Every, Source, Statement, at, at_least, equal, more
from theory.statements.feature_norm_attractor import determinant, held, trace
from theory.symbols import K, a, b, decay, decay_H, decay_W

rate = Symbol("r", real=True)
wrong = wrong_probability(a * b)
pull = margin_of(a * b) * (1 - (K - 1) * wrong)  # g
total, product = (decay_W + decay_H).subs(held), (decay_W * decay_H).subs(held)
slow = 2 * decay  # the rate at which imbalance is forgotten
discriminant = (total * (1 + pull)) ** 2 - 16 * product * pull

STATEMENT = Statement(
    title="The local rates at the feature-norm threshold",
    words="Every a, b > 0 is the equilibrium of the decays eps b/a and eps a/(n b), c = eps(ab). There the planar "
    "flow relaxes with two real rates of sum (lambda_W + lambda_H)(1 + g), product 4 lambda_W lambda_H g; with one "
    "decay they are 2 lambda and 2 lambda g. Rescaled features return without oscillation.",
    claim=Every(
        equal(at(coupled_decay**2, held), wrong**2),
        equal(trace, -total * (1 + pull)),
        equal(determinant, 4 * product * pull),
        more(pull, 0),
        at_least(discriminant, 0),
        equal(
            (rate - 2 * decay) * (rate - 2 * decay * pull),
            rate**2 - 2 * decay * (1 + pull) * rate + 4 * decay**2 * pull,
        ),
    ),
    assumptions=(AT_LEAST_TWO_CLASSES,),
    source=Source("Rupa 2026", "section on interventions, observed there; the rates are derived here"),
    uses=("feature_norm_attractor",),
    tags=("feature norm", "dynamics"),
)
