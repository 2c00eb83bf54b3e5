"""A rare class whose logit moves by 1 multiplies the variance by nearly e: the exponent 1 is needed, 2 is not."""

from sympy import Rational, exp

from theory.statements.logit_shift_flatness import after, before, high, low, move, p
from theory.symbols import K, W, d
from theory.witnesses import Witness

WITNESS = Witness(
    words="Two classes, the second with probability 1/1000, its logit raised by 1: the variance of the head's rows "
    "grows by a factor just below exp(high - low) = 2.718, so that the exponent cannot be 0.99; the trivial "
    "argument allows 7.389.",
    at={K: 2, d: 1, low: 0, high: 1, move: (0, 1), p: (Rational(999, 1000), Rational(1, 1000)), W: ((0,), (1,))},
    names={"before": before, "after": after, "proved": exp(high - low), "trivial": exp(2 * (high - low))},
    shows=(
        "after / before",
        "proved",
        "trivial",
        "exp(0.99 * (high - low)) < after / before <= proved",
    ),
)
