"""Slow, optimal, prevented: the time to collapse diverges at both ends of the window 0 < lambda_0 < w sqrt n.

Squared error, one decay, balanced: tr S_W/tr S_B falls as (sigma_0/s) exp(-2 lambda_0 t) + (1-sigma_0/s) exp(-2 w
sqrt n t), so it stays above (sigma_0/s) level for a time log(1/level)/(2 lambda_0): slow. The mode grows at most as
exp(rate t), rate = 2 (w sqrt n - lambda_0): late. Beyond lambda_0 = w sqrt n (K c = 1) it shrinks: prevented, for
cross-entropy too, whose logit grows at most at rate 2 (1 - K c)/(K sqrt n). The slower clock is fastest at lambda_0 =
(2/3) w sqrt n.
"""

from sympy import Derivative, S, Symbol, exp, log, sqrt

from theory.flows.collapsed_ce import SCALAR_DECAY
from theory.flows.collapsed_mse import SCALAR, equilibrium_mode, fit_rate, mode, outside_noise, sigma, sigma0, weight
from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.ufm import coupled_decay, mse_threshold_ratio
from theory.statement import Assumption, Every, Source, Statement, at, at_least, equal, less, more
from theory.symbols import K, decay, decay_H, decay_W, n, u

one_decay = {decay_W: decay, decay_H: decay}
time = Symbol("t", nonnegative=True)
scatter_ratio = outside_noise(time) ** 2 * sigma0 / mode(time, sigma0)  # tr S_W/tr S_B over its value at the start
two_exponentials = sigma0 / equilibrium_mode * exp(-2 * decay * time) + (1 - sigma0 / equilibrium_mode) * exp(
    -2 * weight * sqrt(n) * time
)
slowest = Symbol("T", positive=True)  # the longer of the two relaxation times
excess = Symbol("excess", nonnegative=True)
level, factor = Symbol("level", positive=True), Symbol("factor", positive=True)
waiting = log(1 / level) / (2 * decay)  # noise over signal is not yet (sigma_0/s) level
ripening = log(factor) / fit_rate  # the mode has not yet grown by this factor
beyond = {decay: weight * sqrt(n) + excess}
beyond_ce = {decay: 1 / (K * sqrt(n)) + excess}
growth = SCALAR.right_hand_side[0]
logit_growth = SCALAR_DECAY.right_hand_side[0]
ratio = coupled_decay.subs(one_decay)

STATEMENT = Statement(
    title="Three regimes of weight decay: slow, optimal, prevented",
    words="Noise over signal falls as a sum of two exponentials, at least as (sigma_0/s) exp(-2 lambda_0 t): the "
    "time to any "
    "level diverges like 1/lambda_0. The mode grows at most at the rate 2 (w sqrt n - lambda_0), which vanishes "
    "at the "
    "threshold, and shrinks beyond it. Both relaxation times are at least 3/(2 w sqrt n) long, met at lambda_0 = "
    "2 w sqrt n/3 only. For cross-entropy the growth rate is at most 2 (1 - K c)/(K sqrt n), and negative beyond "
    "K c = 1.",
    claim=Every(
        equal(scatter_ratio, two_exponentials),
        more(two_exponentials, sigma0 / equilibrium_mode * exp(-2 * decay * time)),
        more(two_exponentials.subs(time, waiting), sigma0 / equilibrium_mode * level),
        less(growth, fit_rate * sigma),
        less(mode(ripening, sigma0), factor * sigma0),
        less(growth.subs(beyond), 0),
        equal(Derivative(growth, sigma).doit().subs(sigma, equilibrium_mode), -fit_rate),
        at_least(slowest, 3 / (2 * weight * sqrt(n))),
        equal(at(1 / decay - 1 / fit_rate, {decay: 2 * weight * sqrt(n) / 3}), S.Zero),
        less(logit_growth, 2 * (1 - K * ratio) / (K * sqrt(n)) * u),
        less(logit_growth.subs(beyond_ce), 0),
        equal(at(mse_threshold_ratio(weight), one_decay), decay / (weight * sqrt(n))),
    ),
    assumptions=(
        AT_LEAST_TWO_CLASSES,
        Assumption(less(sigma0 / equilibrium_mode, 1), "the mode starts below its limit"),
        Assumption(less(1, equilibrium_mode / sigma0), "the same, inverted"),
        Assumption(less(0, equilibrium_mode), "the weight decay is below the threshold"),
        Assumption(less(1, factor), "the mode is to grow"),
        Assumption(at_least(slowest * decay, 1), "T is at least the time 1/lambda_0 of the noise"),
        Assumption(at_least(slowest * fit_rate, 1), "T is at least the time 1/(2 (w sqrt n - lambda_0)) of the mode"),
    ),
    source=Source("Rupa 2026", "weight-decay sweep: slow, optimal, prevented; the boundaries are derived here"),
    uses=("collapsed_mse_flow", "collapsed_ce_flow", "two_clocks"),
    finding="The published boundaries are four grid values; in the solvable models the window is 0 < K c < 1, "
    "best at 2/3.",
    tags=("feature norm", "dynamics"),
)
