"""At a simplex head the surrogate is a fixed multiple of relative flatness: K - 1 when centred, K for orthogonal rows.

Rows w_s = head_scale m_s + v with m a centred simplex frame of radius M: kappa_hat = (K-1)(1 + ||v||^2/(head_scale
M)^2) kappa, whatever the features and probabilities. So kappa_hat moves under the softmax gauge v, which kappa does
not see.
"""

from sympy import IndexedBase, KroneckerDelta, Sum, Symbol

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.collapse import NC2, mean
from theory.objects.examples import HALF, OPPOSITE, constant, table
from theory.objects.head_rows import SAMPLE_PROBABILITIES, p, sample_impurity, weight
from theory.statement import Assumption, Every, Source, Statement, equal
from theory.symbols import K, M, N, d, head_scale, i, j, k, l, r, s, v

rows = IndexedBase("o", real=True)
length = Symbol("rho", positive=True)


def averaged(term):
    return Sum(weight[i] * term, (i, 1, N)) / N


def flatness(row):
    """E[||phi||^2 tr Cov_p(w)] for rows row(s, k)."""
    centre = Sum(p[i, j] * row(j, l), (j, 1, K))
    return averaged(Sum(p[i, r] * Sum((row(r, l) - centre) ** 2, (l, 1, d)), (r, 1, K)))


def surrogate(row):
    """||W||_F^2 E[||phi||^2 (1 - ||p||^2)]."""
    return Sum(row(r, k) ** 2, (r, 1, K), (k, 1, d)) * averaged(sample_impurity())


def simplex(cls, coordinate):
    return head_scale * mean[cls, coordinate]


def moved(cls, coordinate):
    """The simplex head in another softmax gauge: every row moved by v."""
    return simplex(cls, coordinate) + v[coordinate]


def orthogonal(cls, coordinate):
    return rows[cls, coordinate]


shift = Sum(v[k] ** 2, (k, 1, d)) / (head_scale * M) ** 2

EXAMPLE = {
    K: 2,
    d: 2,
    N: 2,
    M: 1,
    length: 1,
    p: constant(HALF),
    mean: OPPOSITE,
    rows: table((1, 0), (0, 1)),
}

STATEMENT = Statement(
    title="The surrogate at a collapsed head",
    words="For a centred simplex head the surrogate is exactly (K-1) kappa, for orthogonal rows of one length K "
    "kappa, and for a simplex head moved by v it is (K-1)(1 + ||v||^2/||w||^2) kappa while kappa stays: the "
    "surrogate is not invariant under the softmax gauge. Features and probabilities are arbitrary.",
    claim=Every(
        equal(surrogate(simplex), (K - 1) * flatness(simplex)),
        equal(surrogate(orthogonal), K * flatness(orthogonal)),
        equal(flatness(moved), flatness(simplex)),
        equal(surrogate(moved), (K - 1) * (1 + shift) * flatness(simplex)),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        SAMPLE_PROBABILITIES,
        NC2,
        Assumption(equal(Sum(mean[s, k], (s, 1, K)), 0), "the simplex frame is centred"),
        Assumption(
            equal(Sum(rows[s, k] * rows[j, k], (k, 1, d)), length**2 * KroneckerDelta(s, j)), "o has orthogonal rows"
        ),
    ),
    source=Source("Han et al. 2025", "section 4 uses the surrogate; the factor is derived here"),
    uses=("flatness_is_softmax_variance", "surrogate_dominates_flatness"),
    finding="Published values of the surrogate are K - 1 times relative flatness at collapse, and depend on a shift of "
    "all rows that no prediction sees.",
    tags=("flatness",),
)
