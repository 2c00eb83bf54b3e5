"""The unconstrained-features model entry by entry: W_sk, features h_cik of sample i of class c, any loss of the logits.

W' = -sum_{c,i} E_cis h_cik - lambda_W W,  h' = -sum_s W_sk E_cis - lambda_H h, with E_cis = dL/dz_s at sample (c, i).
"""

from sympy import Expr, IndexedBase, KroneckerDelta, Sum, Symbol

from theory.symbols import K, W, d, decay_H, decay_W, k, n, s

h = IndexedBase("h", real=True)
slope = IndexedBase("E", real=True)
cls, other = (Symbol(name, integer=True, positive=True) for name in ("c", "g"))
sample = Symbol("i", integer=True, positive=True)
coordinate = Symbol("l", integer=True, positive=True)


def score(row: Expr, feature) -> Expr:
    """z_row = sum_k W_row,k feature(k)."""
    return Sum(W[row, k] * feature(k), (k, 1, d))


def head_rate(row: Expr, column: Expr, feature, gradient) -> Expr:
    """W'_{row, column}; feature(c, i, k) and gradient(c, i, s) are entries."""
    pulled = Sum(gradient(cls, sample, row) * feature(cls, sample, column), (cls, 1, K), (sample, 1, n))
    return -pulled - decay_W * W[row, column]


def feature_rate(of: Expr, number: Expr, column: Expr, feature, gradient) -> Expr:
    """h'_{of, number, column}."""
    return -Sum(W[s, column] * gradient(of, number, s), (s, 1, K)) - decay_H * feature(of, number, column)


def target(row: Expr, of: Expr) -> Expr:
    """One-hot label."""
    return KroneckerDelta(row, of)
