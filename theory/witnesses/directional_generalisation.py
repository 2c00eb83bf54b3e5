"""Features that vary only across the decision direction: the published bound says 96 %, the directional one 1 %."""

from sympy import Rational, Symbol

from theory.objects.tails import cantelli, centre, law, spread
from theory.statements.cantelli_generalisation import direction, directional, g, gap, isotropic
from theory.statements.directional_generalisation import attained, two_point
from theory.symbols import d, n
from theory.witnesses import Witness

WITNESS = Witness(
    words="Two equally likely features vary by 5 across the decision direction a = (1, 0) and by 0.1 along it, at "
    "mean margin 1: neither is misclassified. And a margin that is 0 with probability 1/5, else 5/4, attains "
    "the bound.",
    at={
        n: 2,
        d: 2,
        direction: (1, 0),
        law: (Rational(1, 2), Rational(1, 2)),
        g: ((Rational(9, 10), 5), (Rational(11, 10), -5)),
        gap: 1,
        spread: Rational(1, 4),
        centre: 1,
    },
    names={
        "along": directional,
        "total": isotropic,
        "sharper": cantelli(Symbol("along"), gap),
        "published": cantelli(Symbol("total"), gap),
        "fails": attained[0],
        "mean": two_point(1),
        "variance": two_point(2) - centre**2,
        "bound": cantelli(spread, centre),
    },
    shows=(
        "along",
        "total",
        "sharper",
        "published",
        "sharper <= published",
        "mean",
        "variance",
        "fails",
        "isclose(fails, bound)",
    ),
)
