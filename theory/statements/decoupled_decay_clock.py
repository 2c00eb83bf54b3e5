"""Decoupled decay ticks at 1/(eta lambda_0) steps, coupled decay in Adam takes off eta per step whatever lambda_0 is.

A weight without loss gradient keeps the factor 1 - eta lambda_0 per step of AdamW, so log(x_0/x_k)/k = -log(1 - eta
lambda_0) lies in [eta lambda_0, eta lambda_0/(1 - eta lambda_0)]. In Adam with the decay in the gradient the first
step takes off between eta (1 - epsilon/(lambda_0 x)) and eta.
"""

from sympy import Symbol, log

from theory.flows.descent import coupled_adam_step, decoupled_adam_step, epsilon, eta
from theory.statement import Every, Source, Statement, at, at_least, at_most, equal
from theory.symbols import decay, x

kept = Symbol("f", positive=True)  # what one step keeps
held = {decay: (1 - kept) / eta}  # 1 - eta lambda_0 = f
rate = log(x / decoupled_adam_step(x)).subs(held)  # e-folds per step
pace = (eta * decay).subs(held)
gradient = Symbol("g", real=True)  # of the loss
taken_off = x - coupled_adam_step(x)

STATEMENT = Statement(
    title="Decoupled weight decay has a clock, coupled decay in Adam has not",
    words="Under AdamW a weight without loss gradient shrinks by between eta lambda_0 and eta lambda_0/(1 - eta "
    "lambda_0) "
    "e-folds per step: the clock 1/(eta lambda_0) of the theory. Under Adam with coupled decay its first step is "
    "eta, up to the epsilon of the denominator, whatever the weight decay: that clock does not exist there.",
    claim=Every(
        equal(at(decoupled_adam_step(x, gradient), {gradient: 0}), x * (1 - eta * decay)),
        equal(at(decoupled_adam_step(x), held), x * kept),
        at_least(rate, pace),
        at_most(rate, pace / kept),
        at_most(taken_off, eta),
        at_least(taken_off, eta * (1 - epsilon / (decay * x))),
    ),
    source=Source("Loshchilov & Hutter 2019", "decoupled weight decay; the two-sided clock is derived here"),
    finding="Runs with Adam and coupled decay, as in Rupa 2026, have no clock 1/(eta lambda_0) to be held against.",
    tags=("dynamics", "descent"),
)
