"""SELI geometry: a dual certificate with the right signs exists for every class imbalance, and it proves optimality.

Minimise ||W||^2/2 + ||H||^2/2 subject to margins z_y - z_s >= 1. A matrix B with zero column sums, B B^T = I - J/K
and no positive entry off the labels bounds it from below by sum_i B_{y_i, i}. For class sizes n_s the certificate is
Q = S^(-1/2) on sum-zero vectors, S = C diag(n) C: a positive mixture of resolvents P(t), whose entries off the
diagonal are -1/((n_s+t)(n_c+t) sum_r 1/(n_r+t)) < 0. For two block sizes Q is explicit; all margins of its optimum
are exactly 1.
"""

from sympy import Derivative, IndexedBase, KroneckerDelta, Rational, Sum, Symbol, atan, sqrt

from theory.flows.imbalanced_ufm import K_A, K_B, SELI, margins, n_A, n_B, seli_source, seli_values, v_A, v_B
from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.statement import Assumption, Every, Statement, at, at_least, equal, less
from theory.symbols import K, N, W, d, k

H, B, Z = (IndexedBase(name, real=True) for name in "HBZ")  # d x N, K x N, scores of a sample of each class
weight = IndexedBase("m", positive=True)  # 1/(n_s + t) at mixture point q
share, total = IndexedBase("omega", nonnegative=True), IndexedBase("sigma", positive=True)
column = IndexedBase("beta", real=True)  # columns of B, one of each class
s, c, r, a, b, i, q, y = (Symbol(name, integer=True, positive=True) for name in "scrabiqy")
points = Symbol("Q", integer=True, positive=True)
eigenvalue, time = Symbol("a", positive=True), Symbol("t", positive=True)


def centring(row, place):
    return KroneckerDelta(row, place) - 1 / K


def resolvent(row, place, point=q):
    """P(t) = (C diag(n + t) C)^+, with m_s = 1/(n_s + t)."""
    return KroneckerDelta(row, place) * weight[point, row] - weight[point, row] * weight[point, place] / total[point]


def off_diagonal(entry):
    return (1 - KroneckerDelta(s, c)) * entry


antiderivative = 2 * atan(sqrt(time / eigenvalue)) / sqrt(eigenvalue)
applied = Sum(centring(s, a) / weight[q, a] * centring(a, b) * resolvent(b, c), (a, 1, K), (b, 1, K))
mixture = Sum(share[q] * resolvent(s, c), (q, 1, points))
mixed_signs = Sum(share[q] * weight[q, s] * weight[q, c] / total[q], (q, 1, points))
penalty = (Sum(W[s, k] ** 2, (s, 1, K), (k, 1, d)) + Sum(H[k, i] ** 2, (k, 1, d), (i, 1, N))) / 2
pairing = Sum(W[s, k] * H[k, i] * B[s, i], (s, 1, K), (k, 1, d), (i, 1, N))
slack = (1 - KroneckerDelta(s, y)) * (Z[y, y] - Z[s, y] - 1)
against = -(1 - KroneckerDelta(s, y)) * column[s, y]
mixed = seli_values[2]  # the singular value between the blocks


def block_entry(size, samples, mean):
    """Off-diagonal entry of Q within a block of `size` classes with `samples` each."""
    return -1 / (sqrt(samples) * size) + mean**2 / mixed


BLOCKS = ((K_A, n_A, v_A, K_B, v_B), (K_B, n_B, v_B, K_A, v_A))

STATEMENT = Statement(
    title="The SELI certificate has the right signs for every imbalance",
    words="Resolvents of the centred class sizes invert what they should, have zero column sums and negative "
    "entries off "
    "the diagonal; positive mixtures keep that, and the inverse square root is one. With such a certificate the "
    "norms "
    "of any head and features that reach all margins are at least sum_i B_{y_i, i}; for two block sizes the "
    "certificate "
    "is written out and the SELI state has all margins exactly 1.",
    claim=Every(
        equal(Sum(resolvent(s, c), (s, 1, K)), 0),
        equal(applied, centring(s, c)),
        equal(off_diagonal(mixture), -off_diagonal(mixed_signs)),
        at_least(off_diagonal(mixed_signs), 0),
        equal(
            Derivative(2 * atan(sqrt(time / eigenvalue)) / sqrt(eigenvalue), time),
            1 / (sqrt(time) * (eigenvalue + time)),
        ),
        at_least(penalty, pairing),
        at_least(Sum(column[s, y] * Z[s, y], (s, 1, K)), column[y, y]),
        *(less(mean**4 / mixed**2, 1 / (samples * size**2)) for size, samples, mean, _, _ in BLOCKS),
        less(v_A * v_B / mixed, 0),
        *(
            equal(1 / sqrt(samples) + size * block_entry(size, samples, mean) + others * mean * far / mixed, 0)
            for size, samples, mean, others, far in BLOCKS
        ),
        *(equal(at(margin, SELI), 1) for block in "AB" for margin in margins(block)),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        Assumption(equal(Sum(weight[q, s], (s, 1, K)), total[q]), "sigma is the sum of the weights"),
        Assumption(equal(Sum(B[s, i], (s, 1, K)), 0), "the certificate has zero column sums"),
        Assumption(equal(Sum(B[s, i] * B[c, i], (i, 1, N)), centring(s, c)), "B B^T = I - J/K"),
        Assumption(equal(Sum(column[s, y], (s, 1, K)), 0), "and so its column of a sample of class y"),
        Assumption(at_least(against, 0), "not positive off the label"),
        Assumption(at_least(slack, 0), "the sample reaches all margins"),
    ),
    source=seli_source,
    finding="The certificate's signs, published for step imbalance and checked numerically, hold for every imbalance.",
    tags=("unconstrained features", "geometry"),
)

EXAMPLE = {
    **{K: 2, N: 2, points: 1},
    weight: lambda point, row: 1,
    total: lambda point: 2,
    B: lambda row, place: Rational(1 if row == place else -1, 2),
    column: lambda row, place: Rational(1 if row == place else -1, 2),
    Z: lambda row, place: int(row == place),
}
