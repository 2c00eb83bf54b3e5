"""LetterRecognition: 20,000 printed capital letters as 16 numbers each, 26 classes, nearly balanced (734 to 813).

From Debian's r-cran-mlbench, or a folder with LetterRecognition.rda. Inputs are standardised on the training part.
"""

from __future__ import annotations

from gpu_experiments.data import DataSet, _mlbench, split, standardise

SHA256 = "967a1a3e10b548d7269cbe50182bcecd6365cc58ea07638bbc34c51f17f34f1d"


def load(*, train: int = 16_000, test: int = 4_000, seed: int = 0, folder: str | None = None) -> DataSet:
    """Inputs (N, 16). Raises DataError."""
    inputs, labels = _mlbench.table("letter", "LetterRecognition", "lettr", SHA256, folder)
    return standardise(split("letter", inputs, labels, 26, train, test, seed))
