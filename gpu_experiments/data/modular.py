"""Modular addition: every pair (x, y) below a prime p with the label x + y mod p; generated, complete, balanced.

One input is the four tokens  x, +, y, =  with + coded p and = coded p + 1; the answer is read at the last one.
"""

from __future__ import annotations

import numpy as np

from gpu_experiments.data import DataError, DataSet, split


def load(*, prime: int = 97, fraction: float = 0.5, seed: int = 0) -> DataSet:
    """Inputs int64 (N, 4), p^2 pairs in all, the share `fraction` for training. Raises DataError."""
    if prime < 2 or any(prime % factor == 0 for factor in range(2, int(prime**0.5) + 1)):
        raise DataError(f"prime is {prime}, must be a prime number; take 97 or 23")
    if not 0 < fraction < 1:
        raise DataError(f"fraction is {fraction}, must be between 0 and 1; take 0.5")
    x, y = (side.reshape(-1) for side in np.meshgrid(np.arange(prime), np.arange(prime), indexing="ij"))
    tokens = np.stack([x, np.full_like(x, prime), y, np.full_like(x, prime + 1)], axis=1)
    train = round(fraction * prime**2)
    return split("modular", tokens, (x + y) % prime, prime, train, prime**2 - train, seed)
