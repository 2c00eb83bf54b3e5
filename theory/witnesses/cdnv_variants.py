"""Three classes of five samples: the printed CDNV is n K (K-1) = 30 times the code's."""

from theory.statements.cdnv_variants import printed, run, square, variance
from theory.symbols import K, n
from theory.witnesses import Witness

WITNESS = Witness(
    words="Three classes of five samples: the printed form, with sums over samples and pairs, is 30 times what the "
    "code computes with means; with more data it would be more.",
    at={K: 3, n: 5, variance: (1, 2, 3), square: ((1, 4, 9), (4, 1, 16), (9, 16, 1))},
    names={"printed": printed, "run": run},
    shows=("printed", "run", "printed / run", "isclose(printed, n*K*(K - 1)*run)"),
)
