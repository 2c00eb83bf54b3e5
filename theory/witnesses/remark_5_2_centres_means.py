"""Orthonormal means are a collapsed simplex and longer than M; off-centre means exceed the published bound."""

from sympy import Rational, Sum, Symbol

from theory.objects.collapse import decayed, published_bound
from theory.statements.remark_5_2_centres_means import exact, free_centre, free_mean, gram, longest, orthonormal, radius
from theory.symbols import K, M, d, head_scale, j, k, q, s, u
from theory.witnesses import Witness

corrected = head_scale**2 * K**2 * M**2 * longest**2 * q / (1 + (K - 1) * q) ** 2

WITNESS = Witness(
    words="Two orthonormal class means, as after a ReLU, are a perfect simplex about their centre (cosine -1) and "
    "longer than its radius M. With the centre moved to 3, means 4 and 2, relative flatness is five times the "
    "published bound; the corrected bound holds.",
    at={
        K: 2,
        d: 1,
        M: 1,
        head_scale: 1,
        q: Rational(1, 2),
        longest: 4,
        free_mean: ((1,), (-1,)),
        free_centre: (3,),
    },
    names={
        "squared_M": radius,
        "cosine": gram.subs({s: 1, j: 2}) / Symbol("squared_M"),
        "squared_length": Sum(orthonormal(1, k) ** 2, (k, 1, K)),
        "flatness": exact,
        "published": published_bound().subs(decayed(), q).subs(u, head_scale * M**2),
        "corrected": corrected,
    },
    shows=(
        "cosine",
        "squared_length",
        "squared_M",
        "squared_length > squared_M",
        "flatness",
        "published",
        "corrected",
        "published < flatness <= corrected",
    ),
)
