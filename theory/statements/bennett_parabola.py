"""exp(x) <= 1 + x + x^2 psi(b) for every x <= b, psi(b) = (e^b - 1 - b)/b^2: the least parabola through 0 that stays
above.

For x with mean 0, variance a b and x <= b this gives E exp(x) <= (b e^(-a) + a e^b)/(a + b), attained by two values
b, -a.
"""

from sympy import Symbol, exp

from theory.statement import Assumption, Every, Source, Statement, at, at_least, equal

reach = Symbol("b", positive=True)
up, down = Symbol("x_+", nonnegative=True), Symbol("x_-", nonnegative=True)
lift = Symbol("a", nonnegative=True)


def parabola(x, edge):
    """edge^2 (1 + x) + x^2 (e^edge - 1 - edge): edge^2 times the parabola."""
    return edge**2 * (1 + x) + x**2 * (exp(edge) - 1 - edge)


whole = lift + reach
curvature = (exp(whole) - 1 - whole) / whole**2
two_point = (reach * exp(-lift) + lift * exp(reach)) / whole
weights = (reach / whole, lift / whole)
first, second = Symbol("x_1", real=True), Symbol("x_2", real=True)
two_points = {first: -lift, second: reach}

STATEMENT = Statement(
    title="Bennett's parabola",
    words="Up to b the exponential lies below 1 + x + x^2 (e^b-1-b)/b^2. Taken about -a, its mean over any law on "
    "(-oo, b] with mean 0 and variance a b is that of the law on the two points -a and b.",
    claim=Every(
        at_least(parabola(up, reach), reach**2 * exp(up)),
        at_least(parabola(-down, reach), reach**2 * exp(-down)),
        equal(exp(-lift) * (1 + lift + (lift * reach + lift**2) * curvature), two_point),
        equal(at(weights[0] * first + weights[1] * second, two_points), 0),
        equal(at(weights[0] * first**2 + weights[1] * second**2, two_points), lift * reach),
    ),
    assumptions=(Assumption(at_least(reach, up), "0 <= x_+ <= b"),),
    source=Source("Bennett 1962", "proof of his inequality"),
    tags=("generalisation",),
)
