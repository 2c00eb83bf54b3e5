"""An audit as one figure: collapse and flatness on logarithmic axes, and how far each bound is from being touched."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.ticker import NullFormatter

from gpu_experiments.auditing.table import GROUPS

INK = {"RESPECTED": "tab:green", "VIOLATED": "tab:red", "OUT_OF_SCOPE": "tab:cyan"}


def figure(audit: Any) -> Any:
    """A matplotlib Figure with three panels; values that are zero, infinite or not defined are left out."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(15, 4), layout="constrained")
    left, middle, right = drawn.subplots(1, 3)
    for axes, group in ((left, "collapse"), (middle, "flatness")):
        _points(axes, {name: audit.observables[name] for name in GROUPS[group] if name in audit.observables})
        axes.set_title(group)
    _margins(right, audit.verdicts)
    drawn.suptitle(f"{audit.name}: {audit.samples} samples")
    return drawn


def _points(axes: Any, values: dict[str, float]) -> None:
    values = {name: value for name, value in values.items() if np.isfinite(value) and value > 0}
    if not values:
        axes.text(0.5, 0.5, "nothing to show", ha="center", transform=axes.transAxes)
        return
    names = list(values)[::-1]
    axes.grid(axis="y", color="0.9")
    axes.plot([values[name] for name in names], names, "o", color="tab:blue")
    axes.set_xscale("log")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(min(values.values()) / 10, max(values.values()) * 10)


def _margins(axes: Any, verdicts: Any) -> None:
    known = [verdict for verdict in verdicts if verdict["margin"] is not None][::-1]
    axes.set_title("margin, as a share of the bound")
    axes.axvline(0.0, color="0.5")
    for row, verdict in enumerate(known):
        axes.barh(row, verdict["margin"], color=INK.get(verdict["agreement"], "tab:olive"))
    axes.set_yticks(range(len(known)), [verdict["bound"] for verdict in known])
