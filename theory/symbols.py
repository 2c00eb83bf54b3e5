"""The notation, each symbol created once with its assumptions.

K classes, n samples per class, d feature dimension, N = n K samples in all, M collapsed feature norm ||mu_c - mu_G||,
head_scale (the papers' lambda) in w_c = head_scale (mu_c - mu_G), u = head_scale M^2, q = exp(-u K/(K-1)),
decay_W and decay_H the weight decays of head and features, c = sqrt(n decay_W decay_H), alpha the margin,
eps the probability of one wrong class, kappa relative flatness.
"""

from sympy import IndexedBase, Symbol

K = Symbol("K", integer=True, positive=True)
n = Symbol("n", integer=True, positive=True)
d = Symbol("d", integer=True, positive=True)
N = Symbol("N", integer=True, positive=True)
L = Symbol("L", integer=True, positive=True)

M = Symbol("M", positive=True)
head_scale = Symbol("lambda", positive=True)
u = Symbol("u", positive=True)
u0 = Symbol("u_0", positive=True)
q = Symbol("q", positive=True)
x = Symbol("x", positive=True)
t = Symbol("t", real=True)
alpha = Symbol("alpha", real=True)
eps = Symbol("epsilon", positive=True)
c = Symbol("c", positive=True)
decay = Symbol("lambda_0", positive=True)
decay_W = Symbol("lambda_W", positive=True)
decay_H = Symbol("lambda_H", positive=True)
a = Symbol("a", positive=True)
b = Symbol("b", positive=True)
D = Symbol("D", nonnegative=True)
B = Symbol("B", nonnegative=True)
gamma = Symbol("gamma", real=True)

# Indices: classes s, r, j; coordinates k, l; samples i. A free index in a claim is universally quantified.
s, r, j, y = (Symbol(name, integer=True, positive=True) for name in "srjy")
k, l = (Symbol(name, integer=True, positive=True) for name in "kl")
i = Symbol("i", integer=True, positive=True)

W = IndexedBase("W", real=True)
phi = IndexedBase("phi", real=True)
p = IndexedBase("p", nonnegative=True)
v = IndexedBase("v", real=True)

__all__ = [name for name in dir() if not name.startswith("_") and name not in {"Idx", "IndexedBase", "Symbol"}]
