"""A direction that the head does not see now, and does see a moment later."""

from sympy import Rational, Sum

from theory.objects.free_features import cls, h, head_rate, sample, slope
from theory.statements.null_space_noise_decays import any_slope, free_rate, projection, unseen
from theory.symbols import K, W, d, decay_H, decay_W, k, n
from theory.witnesses import Witness

HALF = Rational(1, 2)

WITNESS = Witness(
    words="Two classes, one sample each, a head that does not see v = (0, 1), and a feature with a part along v: that "
    "part decays at lambda_H now, as claimed, but W v = 0 is being left, so that the law holds for this instant "
    "only. With centred noise orthogonal to the means it would stay.",
    at={
        K: 2,
        n: 1,
        d: 2,
        decay_W: Rational(1, 10),
        decay_H: Rational(1, 10),
        cls: 1,
        sample: 1,
        W: ((1, 0), (-1, 0)),
        unseen: (0, 1),
        h: (((1, 1),), ((-1, 0),)),
        slope: (((-HALF, HALF),), ((HALF, -HALF),)),
    },
    names={
        "part": projection,
        "rate": free_rate,
        "seen": Sum(W[1, k] * unseen[k], (k, 1, d)),
        "seen_rate": Sum(head_rate(1, k, lambda *x: h[x], any_slope) * unseen[k], (k, 1, d)),
    },
    shows=("part", "rate", "isclose(rate, -lambda_H * part)", "seen", "seen_rate", "abs(seen_rate) > 0"),
)
