"""The feature-norm threshold in closed form: fn*^2 = u* sqrt(decay_W/(n decay_H)), u* = ((K-1)/K) log(1/c - K + 1).

A nonzero collapsed equilibrium of the cross-entropy flow exists iff c = sqrt(n decay_W decay_H) < 1/K; it is the only
one with u > 0, and every wrong class has probability c there.
"""

from sympy import Rational, S

from theory.flows.collapsed_ce import PLANAR, equilibrium_logit
from theory.objects.assumptions import AT_LEAST_TWO_CLASSES, AT_REST
from theory.objects.ufm import coupled_decay, wrong_probability
from theory.statement import Assumption, Bound, Every, Monotone, Source, Statement, at, equal, less
from theory.symbols import K, a, b, decay_W, n, u

wrong = wrong_probability(a * b)
head_speed, feature_speed = PLANAR.right_hand_side
at_rest = PLANAR.at("collapsed")

STATEMENT = Statement(
    title="The feature-norm threshold has a closed form",
    words="The state with these two norms is at rest: the norms multiply to the logit u*, where the wrong probability "
    "is c, and both speeds vanish. At any equilibrium with a, b > 0 the wrong probability is c; it falls strictly with "
    "the logit and stays below 1/K for u > 0, so the equilibrium is unique, and there is none when K c >= 1.",
    claim=Every(
        equal(at(a * b, at_rest), equilibrium_logit),
        equal(at(wrong_probability(u), {u: equilibrium_logit}), coupled_decay),
        equal(at(head_speed, at_rest), 0),
        equal(at(feature_speed, at_rest), 0),
        equal(wrong * head_speed + n * decay_W * feature_speed, b * (wrong**2 - coupled_decay**2)),
        Monotone(wrong_probability(u), u, -1),
        less(wrong_probability(u), 1 / K),
        less(0, equilibrium_logit),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        Assumption(less(K, 1 / coupled_decay), "the weight decay is below the threshold, K c < 1"),
    ),
    source=Source("Rupa 2026", "the threshold fn*, observed there; closed form derived here"),
    uses=("collapsed_ce_flow", "ce_ufm_optimum"),
    bounds=(
        Bound(
            name="norm_at_equilibrium",
            observable="norm_over_equilibrium",
            upper=Rational(11, 10),
            lower=Rational(10, 11),
            scope=(("head_stationarity", 0.1), ("nc1_trace_ratio", 0.05), ("nc3", 0.05)),
            deterministic=False,
            words="norm of the centred class means over sqrt(u* b/a), u* at c = weight decay a/b, a/b the head scale",
        ),
        Bound(
            name="feature_norm_at_rest",
            observable="feature_norm_over_rest",
            upper=1 + Rational(1, 1000),
            lower=1 - Rational(1, 1000),
            floor=S.Zero,
            scope=AT_REST,
            words="||h||/fn* = 1 where the objective is within 1e-8 of its least value, in units of its curvature",
        ),
    ),
    tags=("feature norm", "unconstrained features"),
)
