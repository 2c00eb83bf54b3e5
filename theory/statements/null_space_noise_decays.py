"""Within-class noise that the head does not see decays as exp(-lambda_H t) exactly, so tr S_W decays as exp(-2
lambda_H t).

Features h_ci = B_c + exp(-lambda_H t) xi_ci with sum_i xi_ci = 0, W xi = 0 and B_g . xi_ci = 0 solve the full flow of
any loss of the logits, while (W, B) follow the collapsed flow. Any direction v that W never sees: (v . h)' =
-lambda_H v . h.
"""

from sympy import Derivative, IndexedBase, S, Sum, Symbol, exp

from theory.objects.free_features import cls, coordinate, feature_rate, h, head_rate, other, sample, score, slope
from theory.statement import Assumption, Every, Source, Statement, equal
from theory.symbols import K, N, W, d, decay_H, decay_W, k, n, r, s, t

mean = IndexedBase("B", real=True)
noise = IndexedBase("xi", real=True)
unseen = IndexedBase("v", real=True)
eta = Symbol("eta", positive=True)
shrunk = exp(-decay_H * t)


def feature(of, number, column):
    return mean[of, column] + shrunk * noise[of, number, column]


def started(of, number, column):
    return mean[of, column] + noise[of, number, column]


def class_slope(of, number, row):
    """dL/dz_s depends on the logits and the label alone, hence on the class."""
    return slope[of, row]


def any_slope(of, number, row):
    return slope[of, number, row]


def head_rate_of_means(row, column):
    return -n * Sum(slope[other, row] * mean[other, column], (other, 1, K)) - decay_W * W[row, column]


def mean_rate(of, column):
    return -Sum(W[s, column] * slope[of, s], (s, 1, K)) - decay_H * mean[of, column]


def scatter(features):
    """tr S_W = (1/N) sum ||h_ci - (1/n) sum_m h_cm||^2."""
    average = Sum(features(cls, r, k), (r, 1, n)) / n
    return Sum((features(cls, sample, k) - average) ** 2, (cls, 1, K), (sample, 1, n), (k, 1, d)) / N


def along(vector, entries):
    return Sum(vector(k) * entries(k), (k, 1, d))


def hidden(column):
    return unseen[column]


def step(column):
    return h[cls, sample, column] + eta * feature_rate(cls, sample, column, lambda *x: h[x], any_slope)


free_rate = along(hidden, lambda l: feature_rate(cls, sample, l, lambda *x: h[x], any_slope))
projection = along(hidden, lambda l: h[cls, sample, l])

STATEMENT = Statement(
    title="Noise that the head does not see decays at the weight decay of the features",
    words="Within-class deviations that are centred, orthogonal to the rows of W and to the class means stay so "
    "under the "
    "gradient flow of any loss of the logits and shrink as exp(-lambda_H t); tr S_W as exp(-2 lambda_H t). A "
    "direction "
    "that W does not see loses the factor exp(-lambda_H t) of every feature; one descent step, 1 - eta lambda_H.",
    claim=Every(
        equal(score(r, lambda l: feature(cls, sample, l)), score(r, lambda l: mean[cls, l])),
        equal(head_rate(r, coordinate, feature, class_slope), head_rate_of_means(r, coordinate)),
        equal(
            feature_rate(cls, sample, coordinate, feature, class_slope),
            mean_rate(cls, coordinate) + Derivative(shrunk, t) * noise[cls, sample, coordinate],
        ),
        equal(along(lambda l: head_rate_of_means(r, l), lambda l: noise[cls, sample, l]), S.Zero),
        equal(along(lambda l: mean_rate(r, l), lambda l: noise[cls, sample, l]), S.Zero),
        equal(
            scatter(feature),
            shrunk**2 * scatter(lambda of, number, column: mean[of, column] + noise[of, number, column]),
        ),
        equal(free_rate, -decay_H * projection),
        equal(along(hidden, step), (1 - eta * decay_H) * projection),
    ),
    assumptions=(
        Assumption(
            equal(Sum(noise[cls, sample, coordinate], (sample, 1, n)), 0), "deviations sum to zero in each class"
        ),
        Assumption(equal(Sum(W[r, k] * noise[cls, sample, k], (k, 1, d)), 0), "the head does not see them"),
        Assumption(equal(Sum(mean[r, k] * noise[cls, sample, k], (k, 1, d)), 0), "no class mean has a part along them"),
        Assumption(equal(Sum(W[r, k] * unseen[k], (k, 1, d)), 0), "the head does not see v"),
    ),
    source=Source("Sakamoto & Sato 2025", "the clock 1/(lambda eta) of Theorem 4.3; the exact law is derived here"),
    finding="Orthogonality to the rows of W at one time is not enough: W v moves at -sum_i E_i (h_i . v). Centred "
    "deviations "
    "orthogonal to head and class means form an invariant set, and there the law is exact.",
    tags=("dynamics",),
)

EXAMPLE = {  # head and means in the first two coordinates, noise along the third, v along the fourth
    K: 2,
    n: 2,
    d: 4,
    N: 4,
    W: lambda row, column: int(row == column < 3),
    mean: lambda of, column: int(of == column < 3),
    noise: lambda of, number, column: int(column == 3) * (1 if number == 1 else -1),
    unseen: lambda column: int(column == 4),
}
