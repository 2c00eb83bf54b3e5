"""A head that is no simplex: relative flatness of a sample below the bound by its loss."""

from sympy import Rational

from theory.objects.softmax_head import row_variance
from theory.symbols import D, K, W, d, p, y
from theory.witnesses import Witness

WITNESS = Witness(
    words="Three rows that are no simplex, a sample of class 1 with probability 0.9, that is with loss 0.105: the "
    "variance of the rows is below D^2 (1 - p_y), D the largest distance to the label's row.",
    at={
        K: 3,
        d: 2,
        y: 1,
        D: 5,
        p: (Rational(9, 10), Rational(1, 20), Rational(1, 20)),
        W: ((0, 0), (3, 4), (1, 0)),
    },
    names={"variance": row_variance(), "bound": D**2 * (1 - p[y])},
    shows=("variance", "bound", "variance <= bound"),
)
