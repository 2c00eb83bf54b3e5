"""When to look: log times, and never more often than a share of the training time allows.

A schedule is a function after(step) -> the next step that is due, or None where none is.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import perf_counter

from gpu_experiments.auditing.errors import AuditError

Schedule = Callable[[int], int | None]
PER_DECADE = 10


def logarithmic(per_decade: int = PER_DECADE) -> Schedule:
    """0, 1, 2, ... while steps are few, then `per_decade` of them in every factor of ten, without an end."""
    if per_decade < 1:
        raise AuditError(f"per_decade is {per_decade}, must be at least 1; ten is the default")
    factor = 10 ** (1 / per_decade)
    return lambda step: max(step + 1, math.ceil(step * factor))


def at(steps: Iterable[int]) -> Schedule:
    """Exactly these steps."""
    wanted = sorted(set(steps))

    def after(step: int) -> int | None:
        place = bisect_right(wanted, step)
        return wanted[place] if place < len(wanted) else None

    return after


@dataclass(slots=True)
class Purse:
    """Seconds spent looking, against seconds trained: `affords()` while the next look keeps to `share` (None: any).

    The first look is free to happen; its time counts, so a second one waits until training has paid for both. A look
    is expected to cost as much as the dearest one so far.
    """

    share: float | None
    spent: float = 0.0
    dearest: float = 0.0
    begun: float = field(default_factory=lambda: perf_counter())

    @property
    def trained(self) -> float:
        return perf_counter() - self.begun - self.spent

    def affords(self) -> bool:
        return self.share is None or self.spent == 0.0 or self.spent + self.dearest <= self.share * self.trained

    def pay(self, seconds: float) -> None:
        self.spent += seconds
        self.dearest = max(self.dearest, seconds)
