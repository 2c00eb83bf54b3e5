"""Largest curvature of a chain's objective at a point, by Lanczos on exact Hessian-vector products.

Gradient descent with momentum stays at a minimum only for steps below 2 (1 + momentum)/curvature.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from numerics.chain import Chain, slope
from numerics.integration import SimulationError, evaluate
from theory.flows import descent


def largest_curvature(chain: Chain, blocks: Sequence[np.ndarray], tolerance: float = 1e-3) -> float:
    """Top eigenvalue of the objective's Hessian at `blocks` (weight decay included). Deterministic start vector."""
    import torch
    from scipy.sparse.linalg import LinearOperator, eigsh

    chain = chain.with_torch()
    point = tuple(torch.tensor(block, dtype=torch.float64) for block in blocks)
    sizes = [block.numel() for block in point]

    def product(vector: np.ndarray) -> np.ndarray:
        pieces = torch.as_tensor(np.ascontiguousarray(vector).reshape(-1)).split(sizes)
        tangent = tuple(piece.view_as(block) for piece, block in zip(pieces, point, strict=True))
        turned = torch.func.jvp(lambda *parts: tuple(slope(chain, parts, torch)), point, tangent)[1]
        return torch.cat([part.reshape(-1) for part in turned]).numpy()

    total = sum(sizes)
    operator = LinearOperator((total, total), matvec=product, dtype=np.float64)
    start = np.random.default_rng(0).standard_normal(total)
    return float(eigsh(operator, k=1, which="LA", v0=start, tol=tolerance, return_eigenvectors=False)[0])


def refuse_unstable(step: float, momentum: float, curvature: float, place: str) -> None:
    """Raise SimulationError when `step` cannot stay at a minimum of that curvature."""
    limit = float(evaluate([descent.stability_limit()], {descent.curvature: curvature, descent.beta: momentum})[0])
    if not step < limit:
        raise SimulationError(
            f"step is {step:g}, must be < 2 (1 + momentum)/curvature = {limit:.6g}, the curvature being "
            f"{curvature:.6g} at {place}, which a larger step leaves; choose a smaller step"
        )
