"""Four rows and a uniform softmax: flatness below its ceiling, the surrogate above it, and no minimum anywhere."""

from sympy import Rational, S

from theory.objects.head_rows import head_square, mean, p, weight
from theory.statements.surrogate_dominates_flatness import HALF, kappa, surrogate
from theory.symbols import K, N, W, d
from theory.witnesses import Witness

WITNESS = Witness(
    words="One sample with a uniform softmax over four classes, so no minimum: relative flatness is 1, its ceiling "
    "||W||_F^2 E||phi||^2/2 is 2, and the surrogate is 3.",
    at={
        K: 4,
        N: 1,
        d: 2,
        weight: (1,),
        p: ((Rational(1, 4),) * 4,),
        W: ((1, 0), (-1, 0), (0, 1), (0, -1)),
    },
    names={"flatness": kappa, "ceiling": HALF * head_square() * mean(S.One), "surrogate": surrogate},
    shows=("flatness", "ceiling", "surrogate", "flatness <= surrogate", "flatness <= ceiling < surrogate"),
)
