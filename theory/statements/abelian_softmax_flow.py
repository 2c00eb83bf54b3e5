"""Cross-entropy on a two-factor linear model keeps every logit matrix that is circulant over a finite abelian group.

With logits Z_ij = zeta(i - j) and balanced factors, the softmax P is circulant too, characters are eigenvectors of
both, and the eigenvalues s_k of Z obey s_k' = (2/K) |s_k| (1 - phat_k), phat_k = sum_g p(g) conj chi_k(g): no vector
ever moves. T_ijg is 1 where i = j + g and else 0. Hadamard (Z_2^m) and cyclic groups are the cases that are
simulated.
"""

from sympy import IndexedBase, Integer, KroneckerDelta, S, Sum, Symbol, exp

from theory.flows import Flow
from theory.flows.abelian_ufm import elements, group_flow, singular_values, source
from theory.objects.ufm import wrong_probability
from theory.statement import Assumption, Every, Statement, at_least, equal
from theory.symbols import K, decay

T = IndexedBase("T", nonnegative=True)
zeta, cosine = IndexedBase("zeta", real=True), IndexedBase("cosine", real=True)
chi, conjugate, modulus = IndexedBase("chi"), IndexedBase("chibar"), IndexedBase("sigma", nonnegative=True)
i, j, g, h, k, m, q, a, b = (Symbol(name, integer=True, positive=True) for name in "ijghkmqab")
total = Sum(exp(zeta[h]), (h, 1, K))


def circulant(row, column, entry):
    return Sum(T[row, column, g] * entry(g), (g, 1, K))


def p(element):
    """Softmax probability of the class that differs from the true one by this group element."""
    return exp(zeta[element]) / total


def coefficient(index, entry):
    """sum_g entry(g) conj chi_index(g)."""
    return Sum(entry(b) * conjugate[index, b], (b, 1, K))


def root(row, column):
    """Entry of W_2 W_2^T = W_1^T W_1 = sqrt(Z Z^*) at balanced factors: eigenvalues |s_k|."""
    return Sum(modulus[q] * chi[q, row] * conjugate[q, column], (q, 1, K)) / K


def slope(row, column):
    """K dL/dZ = P - I for the mean loss over the K columns."""
    return circulant(row, column, p) - KroneckerDelta(row, column)


product = Sum(root(i, a) * slope(a, j) + slope(i, a) * root(a, j), (a, 1, K))
velocity = -Sum(conjugate[k, i] * product * chi[m, j], (i, 1, K), (j, 1, K)) / K**2  # (1/K) chi_k^* Z' chi_m
exponentials = circulant(i, j, lambda element: exp(zeta[element]))
column_sum = Sum(circulant(a, j, lambda element: exp(zeta[element])), (a, 1, K))

GROUPS = {"cyclic of order 3": (3,), "Hadamard, order 4": (2, 2)}


def descent(flow: Flow):
    """The Lyapunov function falls at the rate sum_k s_k'^2/(2 s_k)."""
    rates = zip(flow.state, flow.right_hand_side, strict=True)
    return equal(flow.rate_of(flow.lyapunov), -sum((rate**2 / (2 * state) for state, rate in rates), S.Zero))


def collapsed(orders):
    """On equal nontrivial singular values s the flow is the collapsed one: s' = 2 s eps, margin s."""
    first, *others = singular_values(orders)
    size = Integer(len(elements(orders)))
    rate = group_flow(orders).right_hand_side[1].subs({other: others[0] for other in others}).subs(decay, 0)
    return equal(rate, 2 * others[0] * wrong_probability(others[0] * (size - 1) / size).subs(K, size))


STATEMENT = Statement(
    title="The softmax flow is diagonal over every finite abelian group",
    words="The softmax of a group-circulant logit matrix is group-circulant, characters diagonalise both, and from a "
    "balanced start the flow moves eigenvalues only, each by its own coefficient of the softmax; the trivial one is "
    "frozen, the others never shrink. On equal values it is the collapsed flow.",
    claim=Every(
        equal(column_sum, total),
        equal(exponentials, column_sum * circulant(i, j, p)),
        equal(
            Sum(circulant(i, j, lambda x: zeta[x]) * chi[k, j], (j, 1, K)),
            coefficient(k, lambda x: zeta[x]) * chi[k, i],
        ),
        equal(velocity, KroneckerDelta(k, m) * 2 / K * modulus[k] * (1 - coefficient(k, p))),
        equal(Sum(p(g), (g, 1, K)), 1),
        at_least(1 - Sum(p(g) * cosine[k, g], (g, 1, K)), 0),
        *(descent(group_flow(orders)) for orders in GROUPS.values()),
        *(equal(flow.rate_of(flow.state[0]), -2 * decay * flow.state[0]) for flow in map(group_flow, GROUPS.values())),
        *(collapsed(orders) for orders in (*GROUPS.values(), (2, 2, 2))),
    ),
    assumptions=(
        Assumption(equal(Sum(T[i, j, g], (i, 1, K)), 1), "for every j and g there is one i = j + g"),
        Assumption(
            equal(Sum(T[i, j, g] * chi[k, j], (j, 1, K)), chi[k, i] * conjugate[k, g]), "chi_k(i - g) is a product"
        ),
        Assumption(equal(Sum(conjugate[k, i] * chi[m, i], (i, 1, K)), K * KroneckerDelta(k, m)), "orthogonality"),
        Assumption(at_least(1 - cosine[k, g], 0), "the real part of a character is at most 1"),
    ),
    source=source,
    uses=("balancedness_decays", "collapsed_ce_flow"),
    tags=("unconstrained features", "dynamics"),
)


def sign(index, element):
    """Character of the group of order 2; 1 is the neutral element."""
    return (-1) ** ((index - 1) * (element - 1))


EXAMPLE = {
    K: 2,
    T: lambda row, column, element: int((row - column - element + 1) % 2 == 0),
    chi: sign,
    conjugate: sign,
    cosine: sign,
}
