"""Slow, optimal, prevented: the epoch of collapse against the weight decay, beside the theory's threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gpu_experiments.evidence.feature_rescale import onset
from gpu_experiments.foreign.findings import Agreement, Finding
from gpu_experiments.foreign.onset import STRICT
from gpu_experiments.judge import Run


def regimes(runs: Sequence[Run]) -> list[Finding]:
    """Epoch of collapse and least nc1_trace_ratio against weight decay, all else at its most common value; beside it
    the share of the theory's threshold, rho = K^2 c/2 with the measured c, at which collapse would end for good."""
    alike = _only_varying(runs, "weight_decay")
    table: dict[float, list[tuple[float | None, float]]] = {}
    for run in alike:
        at = onset(run.trajectory, STRICT)
        least = float(run.trajectory["nc1_trace_ratio"][run.trajectory["phase"] == 2].min())
        table.setdefault(run.about["config"]["weight_decay"], []).append((at[0] if at else None, least))
    table = dict(sorted(table.items()))
    share = {decay: sum(epoch is not None for epoch, _ in rows) / len(rows) for decay, rows in table.items()}
    words = ", ".join(f"{decay:g}: {_regime(rows)}" for decay, rows in table.items())
    enough = len(table) > 1 and min(len(rows) for rows in table.values()) > 1
    words += "" if enough else ", with a single seed or setting somewhere"
    shares, best = list(share.values()), max(share, key=share.get)
    numbers: dict[str, Any] = {f"{decay:g}": rows for decay, rows in table.items()}
    if (reached := _threshold_share(alike)) is not None:
        numbers["threshold_share"] = reached
        words += f"; the largest decay is at {reached:.2g} of the theory's threshold"
    prevented = enough and max(shares) == 1 and shares[-1] == 0
    waited = enough and best != next(iter(table)) and _later(next(iter(table.values())), table[best])
    claim, told = "weight_decay_regimes", {True: Agreement.RESPECTED, False: Agreement.INCONCLUSIVE}
    return [
        Finding("largest_decay_prevents", claim, told[bool(prevented)], None, words, numbers),
        Finding("smallest_decay_is_slow", claim, told[bool(waited)], None, words, numbers),
    ]


def _threshold_share(runs: Sequence[Run]) -> float | None:
    """rho = K^2 c/2 at the end of the runs with the largest decay (1 is the threshold); None where c is not logged."""
    largest = max(run.about["config"]["weight_decay"] for run in runs)
    ends = [run.trajectory for run in runs if run.about["config"]["weight_decay"] == largest]
    if not all("coupled_decay" in end for end in ends):
        return None
    return float(np.mean([end["classes"][-1] ** 2 * end["coupled_decay"][-1] / 2 for end in ends]))


def _regime(rows: Sequence[tuple[float | None, float]]) -> str:
    epochs = [epoch for epoch, _ in rows if epoch is not None]
    share = f"{len(epochs)} of {len(rows)} collapse"
    least = np.median([least for _, least in rows])
    return f"{share} at epoch {np.mean(epochs):.0f}" if epochs else f"{share} (nc1_trace_ratio {least:.2g} at best)"


def _later(slow: Sequence[tuple[float | None, float]], fast: Sequence[tuple[float | None, float]]) -> bool:
    """Whether every seed of `slow` collapses later (or never) than every seed of `fast`."""
    return min(np.inf if at is None else at for at, _ in slow) > max(np.inf if at is None else at for at, _ in fast)


def _only_varying(runs: Sequence[Run], key: str) -> list[Run]:
    """Runs that agree with the commonest setting in all but `key`."""

    def rest(run: Run) -> str:
        return str({name: value for name, value in run.about["config"].items() if name != key})

    kinds = [rest(run) for run in runs]
    return [run for run, kind in zip(runs, kinds, strict=True) if kind == max(kinds, key=kinds.count)]
