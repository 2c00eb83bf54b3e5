"""Which reparametrisations relative flatness does not see: softmax gauge, rotation, reciprocal scaling; coordinates
it does.

W -> W + 1 v^T;  (W, phi) -> (W Q^T, Q phi);  (W, phi) -> (W/a, a phi)       kappa and all probabilities stay
(W, phi) -> (W D^-1, D phi), D diagonal                                      probabilities stay, kappa moves
"""

from sympy import IndexedBase, Integer, KroneckerDelta, Rational, Sum, Symbol

from theory.objects.assumptions import PROBABILITIES
from theory.objects.examples import HALF, ROTATION, constant
from theory.objects.softmax_head import beta
from theory.statement import Assumption, Every, Source, Statement, at, equal, more
from theory.symbols import K, W, a, d, j, k, l, p, phi, r, s, v

stretch = IndexedBase("c", positive=True)
rotation = IndexedBase("Q", real=True)
head_factor, feature_factor = Symbol("x", positive=True), Symbol("y", positive=True)
reciprocal = {head_factor: 1 / a, feature_factor: a}
m, t = (Symbol(name, integer=True, positive=True) for name in "mt")


def logit(cls, row, feature):
    return Sum(row(cls, k) * feature(k), (k, 1, d)) + beta[cls]


def flatness(row, feature):
    """||phi||^2 tr Cov_p(w) of one sample, for rows row(s, k), feature(k) and the same p."""
    centre = Sum(p[j] * row(j, l), (j, 1, K))
    spread = Sum(p[r] * Sum((row(r, l) - centre) ** 2, (l, 1, d)), (r, 1, K))
    return Sum(feature(m) ** 2, (m, 1, d)) * spread


def own_row(cls, coordinate):
    return W[cls, coordinate]


def own_feature(coordinate):
    return phi[coordinate]


def gauged(cls, coordinate):
    return W[cls, coordinate] + v[coordinate]


def rotated_row(cls, coordinate):
    return Sum(W[cls, t] * rotation[coordinate, t], (t, 1, d))


def rotated_feature(coordinate):
    return Sum(rotation[coordinate, t] * phi[t], (t, 1, d))


def scaled_row(cls, coordinate):
    return W[cls, coordinate] * head_factor


def scaled_feature(coordinate):
    return feature_factor * phi[coordinate]


def stretched_row(cls, coordinate):
    """W D^-1 for the diagonal matrix D of the entries c."""
    return Sum(W[cls, t] * KroneckerDelta(t, coordinate) / stretch[coordinate], (t, 1, d))


def stretched_feature(coordinate):
    """D phi."""
    return Sum(stretch[coordinate] * KroneckerDelta(coordinate, t) * phi[t], (t, 1, d))


def contrast(row, feature):
    """z_s - z_j: what the softmax sees."""
    return logit(s, row, feature) - logit(j, row, feature)


# The witness: feature (1, 1), rows (1, -1) and (-1, 1), first coordinate stretched. Both logits are 0: p = (1/2, 1/2).
WITNESS_ROWS = ((1, -1), (-1, 1))


def witness_flatness(factor):
    """||phi||^2 ||w_1 - w_2||^2/4 with the first coordinate stretched by c: (c^2+1)(1/c^2 + 1)."""
    rows = [(Rational(first) / factor, Integer(second)) for first, second in WITNESS_ROWS]
    apart = sum((x - y) ** 2 for x, y in zip(*rows, strict=True))
    return (factor**2 + 1) * apart / 4


EXAMPLE = {
    K: 2,
    d: 2,
    p: constant(HALF),
    rotation: ROTATION,
}

STATEMENT = Statement(
    title="What relative flatness does not see, and what it does",
    words="Relative flatness and all logit differences stay under the softmax gauge, under a joint rotation and under "
    "reciprocal scaling of head and features. Stretching one coordinate of the features, with the head compensating, "
    "keeps all logits and changes relative flatness: 4 becomes 25/4.",
    claim=Every(
        equal(contrast(gauged, own_feature), contrast(own_row, own_feature)),
        equal(flatness(gauged, own_feature), flatness(own_row, own_feature)),
        equal(logit(s, rotated_row, rotated_feature), logit(s, own_row, own_feature)),
        equal(flatness(rotated_row, rotated_feature), flatness(own_row, own_feature)),
        equal(at(logit(s, scaled_row, scaled_feature), reciprocal), logit(s, own_row, own_feature)),
        equal(at(flatness(scaled_row, scaled_feature), reciprocal), flatness(own_row, own_feature)),
        equal(logit(s, stretched_row, stretched_feature), logit(s, own_row, own_feature)),
        more(witness_flatness(a + 1), witness_flatness(Integer(1))),
        equal(at(witness_flatness(a), {a: 2}), Rational(25, 4)),
    ),
    assumptions=(
        PROBABILITIES,
        Assumption(
            equal(Sum(rotation[k, l] * rotation[k, m], (k, 1, d)), KroneckerDelta(l, m)), "Q has orthonormal columns"
        ),
    ),
    source=Source("Petzka et al. 2021", "reparametrisations; the witness is derived here"),
    uses=("flatness_is_softmax_variance",),
    finding="Relative flatness is not invariant under per-coordinate rescaling of the features, so values of two "
    "networks compare only after the coordinates are normalised.",
    tags=("flatness",),
)
