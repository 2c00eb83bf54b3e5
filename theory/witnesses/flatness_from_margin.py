"""Three classes at odds 1/2: the simplex attains the sharp bound, another head stays below it."""

from sympy import IndexedBase, Rational

from theory.objects.head_rows import furthest
from theory.objects.softmax_head import row_variance
from theory.statements.flatness_from_margin import p, worst_case
from theory.symbols import K, W, d, q, y
from theory.witnesses import Witness

SURE, WRONG = Rational(1, 2), Rational(1, 4)
other = IndexedBase("V", real=True)
variance = row_variance(lambda cls: p[y, cls])

WITNESS = Witness(
    words="Three classes, each wrong one with half the label's probability: the head W, a simplex about its mean row, "
    "has exactly the largest variance that this margin allows; the head V of the same diameter has less; the "
    "coarse bound is three times as large.",
    at={
        K: 3,
        d: 3,
        y: 1,
        q: Rational(1, 2),
        furthest: 2,
        W: ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        other: ((1, 0, 0), (0, 1, 0), (0, 1, 0)),
        p: ((SURE, WRONG, WRONG), (WRONG, SURE, WRONG), (WRONG, WRONG, SURE)),
    },
    names={
        "collapsed": variance,
        "another": variance.xreplace({W: other}),
        "sharp": furthest * worst_case(q),
        "coarse": furthest * (K - 1) * q,
    },
    shows=("collapsed", "another", "sharp", "coarse", "isclose(collapsed, sharp)", "another <= sharp <= coarse"),
)
