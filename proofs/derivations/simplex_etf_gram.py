"""All parts inside the algebra a I + b J: the frame is (r, -r/K) with r^2 = K/(K-1), and products stay two numbers."""

from proofs.kernel.structure import Conjunction
from proofs.kernel.symmetric_algebra import SymmetricAlgebra
from theory.statement import Statement
from theory.symbols import K

WORDS = ("Gram matrix", "columns sum to zero", "rank", "frame operator", "the centring is a projection", "it kills J")


def derive(statement: Statement):
    parts = zip(statement.parts, WORDS, strict=True)
    steps = [SymmetricAlgebra(part, K, statement.hypotheses, words) for part, words in parts]
    return (Conjunction(statement.goal, tuple(steps)),)
