"""How the measures of alignment called NC3 relate: mean 1 - cos, distance of normalised matrices, Frobenius distance
of W M.

    sum_c ||w_c/||w_c|| - m_c/||m_c|| ||^2 = 2 K nc3                                     (rows normalised one by one)
    || W/||W||_F - M/||M||_F ||_F^2 = 2 - 2 <W, M>/(||W||_F ||M||_F)                     (whole matrices normalised)
The second is 2 nc3 at equal row lengths; it can be positive at nc3 = 0. The Frobenius distance of W M from the
simplex can vanish at nc3 > 0: it does not see what W has outside the span of the means.
"""

from sympy import IndexedBase, Integer, Rational, Sum, Symbol, sqrt, symbols

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES, unit_rows
from theory.statement import Every, Source, Statement, at, equal, less, more
from theory.symbols import K, d, k, s

rows, means = IndexedBase("w", real=True), IndexedBase("m", real=True)
row_size, mean_size = Symbol("rho_W", positive=True), Symbol("rho_M", positive=True)
cosines = 1 - Sum(rows[s, k] * means[s, k], (s, 1, K), (k, 1, d)) / K
by_row = Sum((rows[s, k] - means[s, k]) ** 2, (s, 1, K), (k, 1, d))
# Equal lengths rho_W, rho_M of all rows: ||W||_F = sqrt(K) rho_W.
by_matrix = Sum(
    (row_size * rows[s, k] / (sqrt(K) * row_size) - mean_size * means[s, k] / (sqrt(K) * mean_size)) ** 2,
    (s, 1, K),
    (k, 1, d),
)


def matrix_distance_squared(lengths):
    """|| W/||W|| - M/||M|| ||^2 for rows w_c = lengths_c m_c, ||m_c|| = 1: nc3 = 0."""
    overlap, square = sum(lengths), sum(length**2 for length in lengths)
    return 2 - 2 * overlap / sqrt(square * len(lengths))


def entry(row, mean):
    """<w, m> for two vectors in the plane."""
    return row[0] * mean[0] + row[1] * mean[1]


tilt = Symbol("t", positive=True)
ROW, MEAN = symbols("w_1:3", real=True), symbols("m_1:3", real=True)


def named(letters, values):
    return dict(zip(letters, values, strict=True))


PLANE_MEANS = ((1, 0), (-1, 0))
PLANE_ROWS = ((1, tilt), (-1, tilt))
UNEVEN = (Integer(1), Integer(3))

STATEMENT = Statement(
    title="What is called NC3, compared",
    words="With rows normalised the squared distance is 2 K times the mean 1 - cos; with whole matrices normalised "
    "it is twice the mean 1 - cos at equal row lengths and positive at perfect alignment with unequal ones. W M can "
    "be an exact simplex while no row is aligned.",
    claim=Every(
        equal(by_row, 2 * K * cosines),
        equal(by_matrix, 2 * cosines),
        more(matrix_distance_squared(UNEVEN), Rational(1, 5)),
        *(
            equal(at(entry(ROW, MEAN), {**named(ROW, row), **named(MEAN, mean)}), (-1) ** (place + other))
            for place, row in enumerate(PLANE_ROWS)
            for other, mean in enumerate(PLANE_MEANS)
        ),
        less(entry(PLANE_ROWS[0], PLANE_MEANS[0]) ** 2 / entry(PLANE_ROWS[0], PLANE_ROWS[0]), 1),
    ),
    assumptions=(AT_LEAST_TWO_CLASSES, unit_rows(rows, s), unit_rows(means, s)),
    source=Source("this project", "definitions of Papyan, Han & Donoho 2020; Zhu et al. 2021; Rupa 2026"),
    uses=("collapse_metrics_invariance",),
    finding="Three labels, three quantities: equal up to a factor only at equal row lengths and inside the span of "
    "the means.",
    tags=("collapse", "definitions"),
)
