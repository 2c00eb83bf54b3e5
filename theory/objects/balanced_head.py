"""A balanced linear head at small training error, entry by entry: the step from balancedness to collapse.

Head W = A J (K x d) with orthonormal rows J and A invertible with inverse F, so that W^+ = J^T F and F W = J;
features h; U the layer below, h = U X; residuals e = W h - Y, written e_cis. `unseen` is I - J^T J, the projection off
the rows of W.
"""

from sympy import Expr, IndexedBase, KroneckerDelta, Sum, Symbol

from theory.symbols import K, W, d, n

A, F, J, U, e, h, x = (IndexedBase(name, real=True) for name in ("A", "F", "J", "U", "e", "h", "x"))
width = Symbol("d_in", integer=True, positive=True)
c, i, s, m, k, b = (Symbol(name, integer=True, positive=True) for name in "cismkb")
l, q, g, t, v = (Symbol(name, integer=True, positive=True) for name in "lqgtv")
samples = ((c, 1, K), (i, 1, n))


def score(row: Expr, of: Expr = c, number: Expr = i) -> Expr:
    """(W h)_row of one sample."""
    return Sum(W[row, l] * h[of, number, l], (l, 1, d))


def recovered(row: Expr) -> Expr:
    """Row of J (h - W^+ Y) = F e for one sample."""
    return Sum(J[row, l] * h[c, i, l], (l, 1, d)) - F[row, c]


def unseen(first: Expr, second: Expr) -> Expr:
    return KroneckerDelta(first, second) - Sum(J[g, first] * J[g, second], (g, 1, K))


def off_rows(matrix, row: Expr) -> Expr:
    """One row of (I - J^T J) M; `matrix` maps the row index of M to its entry."""
    return matrix(row) - Sum(J[g, row] * Sum(J[g, q] * matrix(q), (q, 1, d)), (g, 1, K))


def imbalance(first: Expr, second: Expr) -> Expr:
    """Entry of U U^T - W^T W, with W = A J written out."""
    below = Sum(U[first, b] * U[second, b], (b, 1, width))
    rows = [Sum(A[s, m] * J[m, column], (m, 1, K)) for column in (first, second)]
    return below - Sum(rows[0] * rows[1], (s, 1, K))


def class_mean(of: Expr, column: Expr) -> Expr:
    return Sum(h[of, t, column], (t, 1, n)) / n


def global_mean(column: Expr) -> Expr:
    return Sum(class_mean(v, column), (v, 1, K)) / K
