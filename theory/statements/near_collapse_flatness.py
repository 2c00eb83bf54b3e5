"""Relative flatness of a network that is only nearly collapsed: two-sided, from head distances and p_y alone.

D_- <= ||w_s - w_t||^2 <= D_+ for s != t, omega = ||phi||^2, V = tr Cov_p(w):
    D_- E[omega p_y (1 - p_y)]  <=  kappa  <=  D_+/(2(K-1)) E[omega (1 - p_y)(K - 2 + K p_y)]
    E[omega p_y S_y]            <=  kappa  <=  E[omega S_y],        S_y = sum_{s != y} p_s ||w_s - w_y||^2.
The upper bound of the first line is an equality at exact collapse, at every logit scale.
"""

from sympy import KroneckerDelta, S, Sum, Symbol

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.head_rows import SAMPLE_PROBABILITIES, apart, below, furthest, p, sample_variance, weight
from theory.objects.softmax_head import squared_distance
from theory.statement import Assumption, Bound, Every, Source, Statement, at_least, at_most, equal
from theory.symbols import K, N, eps, i, r, s, y

closest = Symbol("D_-", nonnegative=True)


def above(first, second):
    """How much the squared distance of two different rows exceeds D_-."""
    return apart(first, second) * (squared_distance(first, second) - closest)


def mean(term):
    """(1/N) sum over samples i and labels y of omega_yi term: omega_yi is ||phi_i||^2 where y is the label, else 0."""
    return Sum(weight[y, i] * term, (y, 1, K), (i, 1, N)) / N


kappa = mean(sample_variance())
collapse_upper = furthest / (2 * (K - 1)) * (1 - p[i, y]) * (K - 2 + K * p[i, y])
collapse_lower = closest * p[i, y] * (1 - p[i, y])
pair_upper = Sum(p[i, s] * squared_distance(s, y), (s, 1, K))
pair_lower = p[i, y] * pair_upper


def collapsed(cls):
    """Softmax of a collapsed state: 1 - (K-1) eps for the label, eps for every other class."""
    return eps + (1 - K * eps) * KroneckerDelta(cls, y)


collapsed_variance = furthest / 2 * Sum(collapsed(s) * collapsed(r) * apart(s, r), (s, 1, K), (r, 1, K))

emptiness = furthest * K / (2 * (K - 1)) * mean((p[i, y] - 1 / K) ** 2)

CEILING = Symbol("feature_norm_rms") ** 2 * Symbol("head_diameter") ** 2 * (1 - 1 / Symbol("classes")) / 2

STATEMENT = Statement(
    title="Flatness of nearly collapsed networks",
    words="For every head, all features and all labels, relative flatness lies between D_- E[||phi||^2 p_y (1-p_y)] "
    "and D_+/(2(K-1)) E[||phi||^2 (1-p_y)(K-2+K p_y)], where the squared distances of the head's rows lie in "
    "[D_-, D_+]; and between E[||phi||^2 p_y S_y] and E[||phi||^2 S_y], S_y = sum_s p_s ||w_s - w_y||^2. The first "
    "upper bound is attained at exact collapse, whatever the logit scale, and lies below the ceiling "
    "(1 - 1/K) D_+ E||phi||^2/2 by exactly D_+ K/(2(K-1)) E[||phi||^2 (p_y - 1/K)^2]: it says nothing where every p_y "
    "is 1/K, and only there.",
    claim=Every(
        at_most(kappa, mean(collapse_upper)),
        at_least(kappa, mean(collapse_lower)),
        at_most(kappa, mean(pair_upper)),
        at_least(kappa, mean(pair_lower)),
        equal(
            collapsed_variance,
            furthest / (2 * (K - 1)) * (1 - collapsed(y)) * (K - 2 + K * collapsed(y)),
        ),
        at_most(mean(collapse_upper), furthest / 2 * (1 - 1 / K) * mean(1)),
        equal(mean(collapse_upper), furthest / 2 * (1 - 1 / K) * mean(1) - emptiness),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        SAMPLE_PROBABILITIES,
        Assumption(at_least(above(s, y), 0), "two different rows of W are at least sqrt(D_-) apart"),
        Assumption(at_least(below(s, r), 0), "two different rows of W are at most sqrt(D_+) apart"),
    ),
    source=Source("this project", "quantifies Han et al. 2025, Proposition 5.3, without its assumptions"),
    uses=("flatness_is_softmax_variance", "flatness_at_collapse"),
    finding="No collapse of the features is needed: with the head's distances and p_y given, exact collapse is the "
    "state of largest relative flatness; once p_y is near 1, relative flatness is E[||phi||^2 (1-p_y)] times a squared "
    "head distance, up to a factor D_+/D_-.",
    bounds=(
        Bound(
            name="near_collapse_flatness",
            observable="relative_flatness",
            upper=Symbol("flatness_collapse_upper"),
            lower=Symbol("flatness_collapse_lower"),
            floor=S.Zero,
            ceiling=CEILING,
            words="between D_- E[||phi||^2 p_y (1-p_y)] and D_+/(2(K-1)) E[||phi||^2 (1-p_y)(K-2+K p_y)]",
        ),
        Bound(
            name="flatness_from_wrong_classes",
            observable="relative_flatness",
            upper=Symbol("flatness_pair_upper"),
            lower=Symbol("flatness_pair_lower"),
            floor=S.Zero,
            ceiling=CEILING,
            words="between E[||phi||^2 p_y S_y] and E[||phi||^2 S_y], S_y = sum_s p_s ||w_s - w_y||^2",
        ),
    ),
    tags=("flatness",),
)
