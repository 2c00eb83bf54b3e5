"""The simplex frame sqrt(K/(K-1)) (I - J/K): unit columns at inner products -1/(K-1), zero sum, rank K-1, tight.

Papyan, Han & Donoho 2020; the geometry that "NC2" names.
"""

from sympy import KroneckerDelta, OneMatrix, ZeroMatrix
from sympy.matrices.expressions.matexpr import MatrixElement

from theory.objects.assumptions import AT_LEAST_TWO_CLASSES
from theory.objects.matrices import CENTRING, ONE, Rank, simplex_frame
from theory.statement import Every, Source, Statement, equal
from theory.symbols import K, j, s

FRAME = simplex_frame()

STATEMENT = Statement(
    title="The simplex frame",
    words="Columns of sqrt(K/(K-1)) (I - J/K) have unit length and inner products -1/(K-1), sum to zero, span K-1 "
    "dimensions and form a tight frame there.",
    claim=Every(
        equal(MatrixElement(FRAME.T * FRAME, s, j), (K * KroneckerDelta(s, j) - 1) / (K - 1)),
        equal(FRAME * ONE, ZeroMatrix(K, 1)),
        equal(Rank(FRAME), K - 1),
        equal(FRAME * FRAME.T, K / (K - 1) * CENTRING),
        equal(CENTRING * CENTRING, CENTRING),
        equal(CENTRING * OneMatrix(K, K), ZeroMatrix(K, K)),
    ),
    assumptions=(AT_LEAST_TWO_CLASSES,),
    source=Source("Papyan, Han & Donoho 2020", "definition of the simplex equiangular tight frame"),
    tags=("geometry",),
)
