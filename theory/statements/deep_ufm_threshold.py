"""L linear factors under squared error: the collapsed state stops being optimal at a first-order threshold, with a
fold.

g(x) = (x-1)^2/2 + (L/2) k x^(2/L), x = s/sqrt n the fraction of the target reached, k = K Lambda, L >= 3. The origin
is a global minimiser iff k >= k_c = (1/(L-1)) ((L-2)/(L-1))^(1-2/L), and at k_c the minimisers are 0 and x_c =
(L-2)/(L-1): a jump. Nonzero equilibria x^(1-2/L) (1-x) = k exist iff k <= k_s, the value at x_s = x_c/2, and k_c <
k_s: hysteresis.
"""

from sympy import Derivative, Rational, S, Symbol, exp, sqrt

from theory.flows.deep_ufm import BALANCED, FRACTION, drive_of, w
from theory.objects.ufm import (
    deep_fold,
    deep_fold_fraction,
    deep_jump,
    deep_objective,
    deep_stationarity,
    deep_threshold,
    drive,
)
from theory.statement import Assumption, Every, Source, Statement, at, at_least, at_most, equal, less
from theory.symbols import K, L, decay, n, x

y = Symbol("y", real=True)
excess = Symbol("excess", nonnegative=True)
deficit = Symbol("deficit", positive=True)
reached = exp(y)  # any x > 0
at_zero = Rational(1, 2)  # g(0)
slope = Derivative(deep_objective(x, L, drive), x)

fold = deep_fold_fraction(L) ** (1 - 2 / L) * L / (2 * (L - 1))  # k_s
fraction = w**L / sqrt(n)
balanced_rate = Derivative(fraction, w) * BALANCED.right_hand_side[0]
DIGIT = Rational(1, 100000)
PRINTED = {3: 39685 * DIGIT, 4: 27217 * DIGIT, 6: 17235 * DIGIT}  # k_c to five digits

STATEMENT = Statement(
    title="Depth makes the collapse threshold a jump, with hysteresis",
    words="For L >= 3 factors: at and above the threshold nothing is below the origin; at it the state x_c = "
    "(L-2)/(L-1) is "
    "as good as the origin, and below it better; every drive has at most the value at the fold x_c/2 for a nonzero "
    "equilibrium, and the fold lies above the threshold; x > 0 is worse than the origin once (2/L) x^(1-2/L) <= "
    "k, so "
    "that the origin stays locally optimal. Two factors have the continuous threshold k = 1.",
    claim=Every(
        at_least(deep_objective(reached, L, deep_threshold(L) + excess), at_zero),
        equal(deep_objective(deep_jump(L), L, deep_threshold(L)), at_zero),
        less(deep_objective(deep_jump(L), L, deep_threshold(L) - deficit), at_zero),
        equal(slope, x ** (Rational(2) / L - 1) * (drive - deep_stationarity(x, L))),
        equal(FRACTION.right_hand_side[0], -L / (K * n ** (1 / L)) * x ** (2 - Rational(2) / L) * slope),
        equal(balanced_rate, FRACTION.right_hand_side[0].subs({x: fraction, drive: drive_of(decay, L)})),
        at_most(deep_stationarity(reached, L), deep_fold(L)),
        equal(at(deep_stationarity(x, L), {x: deep_fold_fraction(L)}), fold),
        less(deep_threshold(L), deep_fold(L)),
        less(at_zero, deep_objective(reached, L, 2 / L * reached ** (1 - 2 / L) + excess)),
        equal(deep_objective(x, 2, drive), at_zero + x**2 / 2 - x * (1 - drive)),
        *(
            side
            for depth, digits in PRINTED.items()
            for side in (less(digits - DIGIT, deep_threshold(S(depth))), less(deep_threshold(S(depth)), digits + DIGIT))
        ),
    ),
    assumptions=(Assumption(at_least(L, 3), "at least three factors"),),
    source=Source("Tirer & Bruna 2022; Sukenik et al. 2023", "depth 2 and K = 2; every L >= 3 derived here"),
    uses=("mse_ufm_optimum", "deep_ufm_reduction"),
    finding="One singular direction is treated here; deep_ufm_reduction proves that matrices reduce to directions, at "
    "every state of rest and so at the global minimum, without a trace inequality.",
    tags=("unconstrained features", "feature norm"),
)
