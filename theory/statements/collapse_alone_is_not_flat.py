"""Exact collapse does not imply flatness at a moderate head scale: kappa rises to one interior peak before it falls.

With x = u K/(K-1): kappa(x) = ((K-1)/K)^2 x^2 K q (2+(K-2)q)/(1+(K-1)q)^2, q = exp(-x). The peak solves psi(x) = 1,
psi(x) = x (1-q)/((2+(K-2)q)(1+(K-1)q)), since kappa' = (2 kappa/x)(1 - psi).
"""

from sympy import Rational, exp

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.collapse import variance_factor
from theory.statement import Every, Expected, Monotone, RootIn, SinglePeak, Source, Statement
from theory.symbols import K, x

odds = exp(-x)
kappa = ((K - 1) / K) ** 2 * x**2 * variance_factor(odds)
psi = x * (1 - odds) / ((2 + (K - 2) * odds) * (1 + (K - 1) * odds))

BRACKETS = {
    2: (Rational(239, 100), Rational(241, 100)),
    3: (Rational(257, 100), Rational(259, 100)),
    5: (Rational(284, 100), Rational(286, 100)),
    10: (Rational(324, 100), Rational(326, 100)),
    100: (Rational(486, 100), Rational(488, 100)),
    1000: (Rational(676, 100), Rational(678, 100)),
}

STATEMENT = Statement(
    title="Collapse alone is not flat",
    words="The claim that a larger logit scale at exact collapse never makes the minimum sharper is false: relative "
    "flatness rises up to one interior point, for every number of classes, and falls only beyond it.",
    claim=Monotone(kappa, x, -1),
    instead=Every(
        SinglePeak(kappa, x),
        *(RootIn((psi - 1).subs(K, classes), x, *bracket) for classes, bracket in BRACKETS.items()),
    ),
    assumptions=(AT_LEAST_TWO_CLASSES,),
    source=Source(
        "Han et al. 2025", "Proposition 5.3 read without its limit", "neural collapse leads to relative flatness"
    ),
    uses=("flatness_at_collapse",),
    expected=Expected.REFUTED,
    finding="At a moderate logit scale an exactly collapsed network gets sharper as its logits grow; flatness needs "
    "the "
    "scale beyond the peak, at x = 2.4 (K = 2) to 6.8 (K = 1000).",
    tags=("flatness",),
)
