"""Relative flatness from NC1 defects: a class's share of kappa against its value with every feature at the class
centre.

Class centre m weighted by omega = ||phi||^2, r = softmax(W m + b), w_bar = sum_s r_s w_s, x_is = (w_s - w_bar).(phi_i
- m), so p_i ~ r_s exp(x_is) and sum_i omega_i x_is = 0. With A = sum_i omega_i, V(r) = tr Cov_r(w), m_s = ||w_s -
w_bar||^2:
    A V(r) exp(-2J)  <=  sum_i omega_i V(p_i)  <=  sum_i omega_i sum_s r_s m_s exp(x_is)
                                               <=  A sum_s r_s m_s (b e^(-a_s) + a_s e^b)/(a_s + b),  a_s b = sigma_s^2,
J = mean loss of the class minus the loss at m, sigma_s^2 the directional within-class variance of x_is, b >= max_i x_is
(b may differ by class s). At exact NC1 all four sides are A V(r), at any logit scale.
"""

from sympy import IndexedBase, Rational, Sum, Symbol, exp

from theory.objects.examples import HALF, constant, table
from theory.objects.softmax_head import softmax, squared_distance
from theory.statement import Assumption, Every, Source, Statement, at_least, at_most, equal
from theory.symbols import K, N, W, d, i, j, k, l, phi, r, s, v

reference = IndexedBase("r", positive=True)
weight = IndexedBase("omega", nonnegative=True)
move = IndexedBase("x", real=True)
excess = IndexedBase("J", real=True)
parabola = IndexedBase("psi", nonnegative=True)
shift = IndexedBase("a", nonnegative=True)
square = IndexedBase("sigma2", nonnegative=True)
feature = IndexedBase("f", real=True)
place = IndexedBase("m", real=True)
mean_excess = Symbol("J_0", real=True)
mass = Symbol("A", positive=True)

normaliser = Sum(reference[r] * exp(move[i, r]), (r, 1, K))


def at_centre(cls):
    return reference[cls]


def sample(cls):
    """p_i as a tilt of r."""
    return reference[cls] * exp(move[i, cls]) / normaliser


def tilted(cls):
    """p_i once more, with J_i the log of its normaliser."""
    return reference[cls] * exp(move[i, cls] - excess[i])


def mean_row(probability, coordinate):
    return Sum(probability(j) * W[j, coordinate], (j, 1, K))


def variance(probability):
    """tr Cov_p(w)."""
    return Sum(probability(r) * Sum((W[r, l] - mean_row(probability, l)) ** 2, (l, 1, d)), (r, 1, K))


def pairs(probability):
    """tr Cov_p(w) as half the mean squared distance of two rows."""
    return Sum(probability(s) * probability(r) * squared_distance(s, r), (s, 1, K), (r, 1, K)) / 2


def distance(cls):
    """||w_cls - w_bar||^2."""
    return Sum((W[cls, l] - mean_row(at_centre, l)) ** 2, (l, 1, d))


def weighted(term):
    return Sum(weight[i] * term, (i, 1, N))


def bennett(cls, value):
    """exp(-a)(1 + (x+a) + (x+a)^2 psi): exp lies below it up to b, for psi = (e^(a+b)-1-a-b)/(a+b)^2."""
    lifted = value + shift[cls]
    return exp(-shift[cls]) * (1 + lifted + lifted**2 * parabola[cls])


def tilt(cls):
    """(w_cls - v).(phi - m), for any v."""
    return Sum((W[cls, k] - v[k]) * (phi[k] - place[k]), (k, 1, d))


mgf = weighted(Sum(reference[s] * exp(move[i, s]) * distance(s), (s, 1, K)))
own = exp(-shift[s]) * (1 + shift[s] + (square[s] + shift[s] ** 2) * parabola[s])
second_moment = mass * Sum(reference[s] * distance(s) * own, (s, 1, K))
moved = softmax(s, place) * exp(tilt(s)) / Sum(softmax(r, place) * exp(tilt(r)), (r, 1, K))
linear = weighted(Sum((W[s, k] - v[k]) * (feature[i, k] - place[k]), (k, 1, d)))

EXAMPLE = {
    K: 2,
    d: 2,
    N: 2,
    mass: 2,
    mean_excess: Rational(1, 20),
    reference: constant(HALF),
    weight: constant(1),
    move: table((Rational(1, 10), Rational(-1, 10)), (Rational(-1, 10), Rational(1, 10))),
    excess: constant(Rational(1, 20)),
    square: constant(Rational(1, 100)),
    shift: constant(0),
    parabola: constant(1),
    feature: table((1, 0), (3, 2)),
    place: table(2, 1),
}

STATEMENT = Statement(
    title="Flatness of a class from its centre and its variances",
    words="A class's share of relative flatness lies above its value with all features at the class centre times "
    "exp(-2J), and below the moment generating form, which Bennett's parabola bounds by directional within-class "
    "variances. All are the value at the centre when the class has collapsed, whatever the logit scale.",
    claim=Every(
        at_most(weighted(variance(sample)), mgf),
        at_most(mgf, second_moment),
        at_least(weighted(pairs(tilted)), mass * exp(-2 * mean_excess) * pairs(at_centre)),
        equal(softmax(s, phi), moved),
        equal(linear, 0),
    ),
    assumptions=(
        Assumption(equal(Sum(reference[s], (s, 1, K)), 1), "r is a probability vector"),
        Assumption(equal(Sum(reference[s] * move[i, s], (s, 1, K)), 0), "x_i is taken about the mean row: v = w_bar"),
        Assumption(equal(Sum(weight[i], (i, 1, N)), mass), "A is the sum of ||phi||^2 over the class"),
        Assumption(equal(Sum(weight[i] * move[i, s], (i, 1, N)), 0), "and about the weighted centre (last part)"),
        Assumption(equal(Sum(weight[i] * move[i, s] ** 2, (i, 1, N)), mass * square[s]), "sigma_s^2 is its variance"),
        Assumption(equal(Sum(weight[i] * excess[i], (i, 1, N)), mass * mean_excess), "J is the mean of J_i"),
        Assumption(at_least(bennett(s, move[i, s]) - exp(move[i, s]), 0), "Bennett's parabola, for x_is <= b"),
        Assumption(equal(Sum(weight[i] * feature[i, k], (i, 1, N)), mass * place[k]), "m is the weighted centre"),
    ),
    source=Source("this project", "quantifies NC1 in Han et al. 2025, Proposition 5.3"),
    uses=("bennett_parabola", "flatness_is_softmax_variance", "near_collapse_flatness"),
    tags=("flatness", "collapse"),
)
