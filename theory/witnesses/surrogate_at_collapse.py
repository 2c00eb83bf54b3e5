"""A simplex head of two rows, at rest and moved: relative flatness stays, the surrogate does not."""

from sympy import Rational

from theory.objects.collapse import mean
from theory.objects.head_rows import p, weight
from theory.statements.surrogate_at_collapse import flatness, moved, simplex, surrogate
from theory.symbols import K, N, d, head_scale, v
from theory.witnesses import Witness

QUARTER = Rational(1, 4)

WITNESS = Witness(
    words="Two classes and one sample: for the centred simplex head the surrogate is K - 1 = 1 times relative "
    "flatness. The same vector v added to both rows changes no prediction and no relative flatness, and makes "
    "the surrogate ten times as large.",
    at={
        K: 2,
        N: 1,
        d: 2,
        head_scale: 1,
        weight: (1,),
        p: ((3 * QUARTER, QUARTER),),
        mean: ((1, 0), (-1, 0)),
        v: (0, 3),
    },
    names={
        "flatness": flatness(simplex),
        "surrogate": surrogate(simplex),
        "moved_flatness": flatness(moved),
        "moved_surrogate": surrogate(moved),
    },
    shows=(
        "flatness",
        "surrogate",
        "moved_flatness",
        "moved_surrogate",
        "isclose(surrogate, (K - 1) * flatness)",
        "isclose(moved_flatness, flatness)",
        "moved_surrogate > surrogate",
    ),
)
