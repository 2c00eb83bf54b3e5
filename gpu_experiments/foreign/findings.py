"""What a judgement of logs says: one Finding per claim and set of runs, in the shape of `check --json`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np

from numerics.verdict import Agreement

__all__ = ["Agreement", "Finding", "as_json"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`margin` is the signed distance to the claim's limit in the unit that `reason` names, positive inside; `numbers`
    holds what was measured, by name."""

    bound: str
    claim: str
    agreement: Agreement
    margin: float | None
    reason: str
    numbers: Mapping[str, Any] = field(default_factory=dict)


def as_json(value: Any) -> Any:
    """Plain JSON data: enums by value, arrays as lists, numbers that are not finite as null."""
    if isinstance(value, Finding):
        value = {name: getattr(value, name) for name in ("bound", "claim", "agreement", "margin", "reason", "numbers")}
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [as_json(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value if value is None else str(value)
