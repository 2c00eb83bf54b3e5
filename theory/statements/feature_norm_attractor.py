"""The feature-norm threshold is an attractor: the collapsed equilibrium is asymptotically stable for every parameter.

Every a, b > 0 is the equilibrium of the decays decay_W = eps b/a, decay_H = eps a/(n b), with eps = eps(ab). There
trace J = eps'(u)(b^2 + a^2/n) - decay_W - decay_H < 0 and det J = -4 eps' eps u/n > 0. The objective is a Lyapunov
function: along the planar flow it falls at rate K (a'^2 + n b'^2). The origin repels when K c < 1.
"""

from sympy import S, Symbol

from theory.flows.collapsed_ce import PLANAR
from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.ufm import coupled_decay, wrong_probability
from theory.statement import Assumption, Bound, Every, Source, Statement, at, equal, less, more
from theory.symbols import K, a, b, decay_H, decay_W, n, u


def _determinant(matrix):
    """Of a 2 x 2 matrix, as it stands: no simplification."""
    return matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]


wrong = wrong_probability(a * b)
slope = wrong_probability(u).diff(u).subs(u, a * b)
held = {decay_W: wrong * b / a, decay_H: wrong * a / (n * b)}
jacobian = PLANAR.jacobian()
determinant = _determinant(jacobian).subs(held)
trace = jacobian.trace().subs(held)
head_speed, feature_speed = PLANAR.right_hand_side
at_origin = at(_determinant(jacobian), {a: 0, b: 0})

STATEMENT = Statement(
    title="The feature-norm threshold is an attractor",
    words="At the collapsed equilibrium the Jacobian of the planar flow has negative trace, positive determinant, for "
    "every number of classes, every n and all weight decays; the regularised objective falls along the flow and stands "
    "still only at equilibria; below the threshold the origin is a saddle. Rescaled features return to the same norm.",
    claim=Every(
        equal(trace, slope * (b**2 + a**2 / n) - wrong * (b / a + a / (n * b))),
        less(trace, 0),
        equal(determinant, -4 * slope * wrong * a * b / n),
        more(determinant, 0),
        equal(PLANAR.rate_of(PLANAR.lyapunov), -K * (head_speed**2 + n * feature_speed**2)),
        equal(at_origin, decay_W * decay_H - 1 / (n * K**2)),
        less(at_origin, 0),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        Assumption(less(coupled_decay**2, 1 / K**2), "the weight decay is below the threshold, K c < 1"),
    ),
    source=Source("Rupa 2026", "section on interventions, observed there; proved here for the collapsed flow"),
    uses=("feature_norm_equilibrium",),
    bounds=(
        Bound(
            name="objective_falls",
            observable="objective_rise",
            upper=10 * Symbol("rtol"),
            floor=S.Zero,
            ceiling=S.One,
            scope=(("step", 0.0),),
            words="along a gradient flow the objective never rises, beyond the error of the integration",
        ),
    ),
    tags=("feature norm", "dynamics"),
)
