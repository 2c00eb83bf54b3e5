"""A head that is no simplex, scaled: relative flatness goes, the prediction stays."""

from sympy import Lambda

from theory.objects.head_rows import furthest
from theory.statements.flatness_without_collapse import bound, excess, feature_square, kappa, smallest_margin
from theory.symbols import K, W, d, x, y
from theory.witnesses import Witness

WITNESS = Witness(
    words="Three rows that are no simplex, a sample of class 1 with margin 1 to class 2 and 3 to class 3: scaling the "
    "head by x flattens the network and leaves its features and predictions alone.",
    at={
        K: 3,
        d: 2,
        y: 1,
        W: ((2, 0), (1, 0), (-1, 1)),
        furthest: 10,
        feature_square: 1,
        smallest_margin: 1,
        excess: (0, 0, 2),
    },
    names={"flatness": Lambda(x, kappa), "bound": Lambda(x, bound)},
    shows=("flatness(1)", "flatness(10)", "flatness(100)", "flatness(10) <= bound(10)", "flatness(100) < 1e-30"),
)
