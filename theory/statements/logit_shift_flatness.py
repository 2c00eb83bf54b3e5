"""Moving the logits by delta_s in [low, high] changes tr Cov_p(w) by a factor in [exp(low-high), exp(high-low)].

Half the exponent of the argument by p'_s/p_s alone, and no exponent below 1 works: two classes, p = (1-e, e), delta =
(0, log 2) give a ratio that tends to 2. It is a Euclidean fact: for arbitrary nonnegative D_st the exponent 2 is
needed.
"""

from sympy import IndexedBase, Rational, Sum, Symbol, exp

from theory.objects.softmax_head import row_variance
from theory.statement import Assumption, Every, Expected, Source, Statement, at_least, at_most, equal, more
from theory.symbols import K, r, s

p = IndexedBase("p", positive=True)
move = IndexedBase("delta", real=True)
low, high = Symbol("low", real=True), Symbol("high", real=True)
normaliser = Sum(p[r] * exp(move[r]), (r, 1, K))


def moved(cls):
    """Softmax after the logits have moved by delta."""
    return p[cls] * exp(move[cls]) / normaliser


before = row_variance(lambda cls: p[cls])
after = row_variance(moved)
RARE = Rational(1, 1000)


def pair_sum(weights, distances):
    """sum_{s<t} p_s p_t D_st after normalising the weights."""
    total = sum(weights)
    return sum(weights[s] * weights[t] * value for (s, t), value in distances.items()) / total**2


def ratio(weights, factors, distances):
    return pair_sum([w * f for w, f in zip(weights, factors, strict=True)], distances) / pair_sum(weights, distances)


TWO = ratio((1 - RARE, RARE), (1, 2), {(0, 1): 1})
NOT_EUCLIDEAN = ratio((RARE, RARE, 1 - 2 * RARE), (2, 2, 1), {(0, 1): 1})

STATEMENT = Statement(
    title="A small move of the logits changes flatness by a small factor",
    words="If the logits of a sample move by amounts between low and high, tr Cov_p(w) is multiplied by a factor "
    "between exp(low - high) and exp(high - low); the constant 1 in the exponent cannot be lowered to 0.99.",
    claim=Every(
        at_most(after, exp(high) / normaliser * before),
        at_least(after, exp(low) / normaliser * before),
        at_most(after, exp(high - low) * before),
        at_least(after, exp(low - high) * before),
        more(TWO, Rational(2) ** Rational(99, 100)),
        more(NOT_EUCLIDEAN, 2),
    ),
    assumptions=(
        Assumption(equal(Sum(p[s], (s, 1, K)), 1), "p is a probability vector over the classes"),
        Assumption(at_least(high - move[s], 0), "no logit moves by more than high"),
        Assumption(at_least(move[s] - low, 0), "none by less than low"),
    ),
    source=Source("this project", "the trivial argument gives twice the exponent", "a factor exp(2 (high - low))"),
    uses=("flatness_is_softmax_variance",),
    expected=Expected.SHARPENED,
    finding="Half the exponent suffices, and it is the best constant.",
    tags=("flatness",),
)
