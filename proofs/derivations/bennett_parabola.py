"""For x >= 0 the gap x^2 (e^b-1-b) - b^2 (e^x-1-x) vanishes at b = x and grows from there: twice more its slope in b
starts with a function of x that grows from 0. For x <= 0 the gap and its slope in |x| vanish at 0 and its curvature is
2 (e^b-1-b-b^2/2) + b^2 (1-e^x)."""

from sympy import S, exp

from proofs.kernel.identity import Identity
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.slopes import GrowsFromStart
from proofs.kernel.structure import Conjunction
from theory.statement import Statement, at_least
from theory.statements.bennett_parabola import down, reach, up


def grows(claim, variable, start, starts, form, words, multiplier=S.One):
    """claim f >= 0 from variable = start on: `starts` prove f, f', ... at the start, `form` is the last derivative
    times the multiplier."""
    gap = claim.lhs - claim.rhs
    slopes = [gap.diff(variable, order) for order in range(len(starts) + 1)]
    step = PositiveTerms(at_least(slopes[-1], 0), form, (), multiplier, words)
    for order in reversed(range(len(starts))):
        target = claim if order == 0 else at_least(slopes[order], 0)
        begin = starts[order](at_least(slopes[order].subs(variable, start), 0))
        step = GrowsFromStart(target, variable, start, begin, step, f"derivative {order} does not fall")
    return step


def nothing(claim):
    return PositiveTerms(claim, (S.Zero,), words="zero at the start")


def third_order(claim):
    """A start value that vanishes at x = 0 with two derivatives and has the third derivative x (x+4) e^x."""
    return grows(claim, up, S.Zero, (nothing,) * 3, (up**2 * exp(up), 4 * up * exp(up)), "x (x+4) e^x >= 0")


def second_order(claim):
    return grows(claim, up, S.Zero, (nothing,) * 2, (up**2 * exp(up), 4 * up * exp(up)), "x (x+4) e^x >= 0")


def derive(statement: Statement):
    positive, negative, mean, centred, variance = statement.parts
    curvature = (exp(reach) - 1 - reach - reach**2 / 2, reach**2 * (1 - exp(-down)) / 2)
    steps = (
        grows(positive, reach, up, (nothing, third_order, second_order), (up**2 * exp(reach),), "x^2 e^b >= 0"),
        grows(negative, down, S.Zero, (nothing, nothing), curvature, "Taylor's remainder, and e^(-x) <= 1", S.Half),
        Identity(mean, (), "the parabola at mean 0 and variance a b"),
        Identity(centred, (), "the two points have mean 0"),
        Identity(variance, (), "and variance a b"),
    )
    return (Conjunction(statement.goal, steps),)
