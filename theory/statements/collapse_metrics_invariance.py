"""Which measures of collapse survive which change of features and head, and what each of the others turns into.

Features f_ci of class c (n samples each), class means mu_c, global mean mu_G; changes: f -> Q f (Q^T Q = 1), f -> a f,
f -> f + v, and W -> W + 1 v^T (softmax gauge, features untouched).
    tr S_W, tr S_B, <mu_c - mu_G, mu_c' - mu_G>, ||mu_c - mu_c'||^2   stay under Q and v, times a^2 under a
    so NC1 (trace ratio), CDNV and the cosines of NC2 survive all three; RNC1 has ||f||^2 below and v destroys it
    cos(w_c, mu_c - mu_G) of NC3 is not gauge invariant, logit differences (NC4) are
"""

from sympy import IndexedBase, Integer, KroneckerDelta, Rational, Sum, Symbol, symbols

from theory.objects.examples import ROTATION
from theory.objects.softmax_head import beta
from theory.statement import Assumption, Every, Source, Statement, at, equal, less
from theory.symbols import K, W, a, d, i, j, k, l, n, phi, r, s, v

features = IndexedBase("f", real=True)
rotation = IndexedBase("Q", real=True)
m, t, g = (Symbol(name, integer=True, positive=True) for name in "mtg")


def plain(cls, sample, coordinate):
    return features[cls, sample, coordinate]


def rotated(cls, sample, coordinate):
    return Sum(rotation[coordinate, t] * features[cls, sample, t], (t, 1, d))


def scaled(cls, sample, coordinate):
    return a * features[cls, sample, coordinate]


def moved(cls, sample, coordinate):
    return features[cls, sample, coordinate] + v[coordinate]


def class_mean(feature, cls, coordinate):
    return Sum(feature(cls, i, coordinate), (i, 1, n)) / n


def centred_mean(feature, cls, coordinate):
    """mu_c - mu_G, one coordinate."""
    return class_mean(feature, cls, coordinate) - Sum(class_mean(feature, g, coordinate), (g, 1, K)) / K


def within(feature):
    """tr S_W = (1/(nK)) sum ||f_ci - mu_c||^2."""
    spread = (feature(s, r, k) - class_mean(feature, s, k)) ** 2
    return Sum(spread, (s, 1, K), (r, 1, n), (k, 1, d)) / (n * K)


def between(feature, first=s, second=j):
    """<mu_first - mu_G, mu_second - mu_G>; NC2 and tr S_B are made of these."""
    return Sum(centred_mean(feature, first, k) * centred_mean(feature, second, k), (k, 1, d))


def separation(feature):
    """||mu_s - mu_j||^2, below in CDNV."""
    return Sum((class_mean(feature, s, k) - class_mean(feature, j, k)) ** 2, (k, 1, d))


def unchanged(measure, change, factor=1):
    return equal(measure(change), factor * measure(plain))


def logit(cls, shift):
    return Sum((W[cls, k] + shift * v[k]) * phi[k], (k, 1, d)) + beta[cls]


def aligned(row, shift):
    """cos^2 of a row moved by `shift` and the direction (1, 0) of its class."""
    first, second = row[0] + shift[0], row[1] + shift[1]
    return first**2 / (first**2 + second**2)


ROW, SHIFT = symbols("w_1:3", real=True), symbols("v_1:3", real=True)
WITNESS = {**dict(zip(ROW, (1, 0), strict=True)), **dict(zip(SHIFT, (0, 3), strict=True))}


def relative_variance(offset):
    """RNC1 of one class with the features offset - 1, offset + 1: variance over the largest square, offset >= 0."""
    pair = (offset - 1, offset + 1)
    centre = sum(pair) / 2
    return sum((value - centre) ** 2 for value in pair) / 2 / (offset + 1) ** 2


EXAMPLE = {
    K: 2,
    d: 2,
    n: 2,
    rotation: ROTATION,
}

STATEMENT = Statement(
    title="What the measures of collapse do not see",
    words="Within-class variance, the Gram matrix of centred class means and their distances stay under rotation "
    "and translation and are multiplied by a^2 under scaling: NC1 as trace ratio, CDNV and NC2 survive all three. "
    "RNC1 does not survive translation (1 becomes 1/4 for features -1, 1 moved by 1), NC3's cosine not the softmax "
    "gauge (1 becomes 1/10 squared); logit differences, hence NC4, survive the gauge.",
    claim=Every(
        unchanged(within, rotated),
        unchanged(within, scaled, a**2),
        unchanged(within, moved),
        unchanged(between, rotated),
        unchanged(between, scaled, a**2),
        unchanged(between, moved),
        unchanged(separation, rotated),
        unchanged(separation, scaled, a**2),
        unchanged(separation, moved),
        equal(logit(s, 1) - logit(j, 1), logit(s, 0) - logit(j, 0)),
        equal(at(aligned(ROW, SHIFT), WITNESS), Rational(1, 10)),
        less(relative_variance(a), relative_variance(Integer(0))),
    ),
    assumptions=(
        Assumption(
            equal(Sum(rotation[k, l] * rotation[k, m], (k, 1, d)), KroneckerDelta(l, m)), "Q has orthonormal columns"
        ),
    ),
    source=Source(
        "this project", "for the metrics of Papyan, Han & Donoho 2020; Galanti et al. 2022; Sakamoto & Sato 2025"
    ),
    uses=("flatness_invariance",),
    finding="RNC1 depends on the origin of the feature space, and NC3 on a shift of the head that no prediction sees.",
    tags=("collapse",),
)
