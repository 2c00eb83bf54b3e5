"""Two clocks: squared-error features fit at rate 2 (w sqrt n - lambda_0) and collapse at rate lambda_0.

Noise outside the row space of W decays as exp(-lambda_0 t), inside it as exp(-lambda_0 t - rate t/2)
sqrt(sigma(t)/sigma_0). The fit time log((s/sigma_0 - 1) f/(1-f))/rate is exact, the collapse time log(1/f)/lambda_0
too; their ratio is at least (2 (w sqrt n - lambda_0)/lambda_0) log(1/f)/log((sqrt n/sigma_0 - 1) f/(1-f)): it grows
like 1/lambda_0.
"""

from sympy import Derivative, Symbol, exp, log, sqrt

from theory.flows.collapsed_mse import (
    NOISE,
    collapse_time,
    equilibrium_mode,
    fit_rate,
    fit_time,
    fraction,
    inside,
    inside_noise,
    mode,
    outside,
    outside_noise,
    sigma0,
    weight,
)
from theory.statement import Assumption, Every, Source, Statement, Tends, at, equal, less, more
from theory.symbols import a, b, decay, decay_H, decay_W, n, t

remaining = Symbol("f_0", positive=True)
one_decay = {decay_W: decay, decay_H: decay}
inside_rate, outside_rate = (
    rate.subs(one_decay).subs({a: sqrt(mode(t, sigma0)), b: sqrt(mode(t, sigma0))})
    for rate in NOISE.right_hand_side[2:]
)
start = (equilibrium_mode / sigma0 - 1) * fraction / (1 - fraction)
free_start = (sqrt(n) / sigma0 - 1) * fraction / (1 - fraction)
ratio = collapse_time(remaining) / fit_time(fraction, sigma0)

STATEMENT = Statement(
    title="Two clocks: the fit is fast, the collapse waits for the weight decay",
    words="In the squared-error model with one weight decay, noise inside and outside the head's row space has "
    "closed "
    "forms; the mode reaches the fraction f of its limit at the fit time, noise outside shrinks to f_0 at the "
    "collapse "
    "time. The rate of the fit is 2 (w sqrt n/lambda_0 - 1) times that of the collapse, and the ratio of the two "
    "times "
    "is at least that times a logarithm that does not depend on the weight decay.",
    claim=Every(
        equal(Derivative(inside_noise(t, sigma0), t), inside_rate.subs(inside, inside_noise(t, sigma0))),
        equal(at(inside_noise(t, sigma0), {t: 0}), 1),
        equal(Derivative(outside_noise(t), t), outside_rate.subs(outside, outside_noise(t))),
        equal(at(mode(t, sigma0), {t: fit_time(fraction, sigma0)}), fraction * equilibrium_mode),
        equal(at(outside_noise(t), {t: collapse_time(remaining)}), remaining),
        equal(fit_rate / decay, 2 * (weight * sqrt(n) / decay - 1)),
        Tends(decay * (fit_rate / decay), decay, 0, 2 * weight * sqrt(n)),
        equal(ratio, fit_rate / decay * log(1 / remaining) / log(start)),
        less(exp(fit_rate * fit_time(fraction, sigma0)), free_start),
    ),
    assumptions=(
        Assumption(less(0, fit_rate), "the weight decay is below the threshold"),
        Assumption(less(1, equilibrium_mode / sigma0), "the mode starts below its limit"),
        Assumption(less(fraction, 1), "the fit is to be reached from below"),
        Assumption(more(start, 1), "the fraction is beyond the start"),
    ),
    source=Source("Sakamoto & Sato 2025", "Remark 4.4, two sufficient step counts; both times are exact here"),
    uses=("collapsed_mse_flow", "null_space_noise_decays"),
    finding="In the solvable model both times are exact, so the delay has a lower bound too, which Theorem 4.3 lacks.",
    tags=("dynamics", "unconstrained features"),
)
