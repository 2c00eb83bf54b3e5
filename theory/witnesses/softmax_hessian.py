"""At a point where the gradient is not zero the quadratic form of the Hessian is positive all the same."""

from sympy import Rational

from theory.statements.softmax_hessian import V, quadratic_form
from theory.symbols import K, d, p, phi
from theory.witnesses import Witness

WITNESS = Witness(
    words="Three classes with probabilities 0.7, 0.2, 0.1 and label 1: the gradient is not zero, so this is no "
    "minimum, and the curvature along the direction V is positive (it is a variance, for every V).",
    at={
        K: 3,
        d: 2,
        phi: (1, 2),
        p: (Rational(7, 10), Rational(1, 5), Rational(1, 10)),
        V: ((1, 0), (0, -1), (2, 1)),
    },
    names={"gradient": (p[1] - 1) * phi[1], "curvature": quadratic_form},
    shows=("gradient", "curvature", "abs(gradient) > 0", "curvature > 0"),
)
