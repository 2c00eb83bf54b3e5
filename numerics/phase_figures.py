"""Figures and data of the phase diagrams: what was simulated as cells or points, the closed forms as lines."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from numerics.trajectory import Trajectory, write_atomically


def draw_diagram(diagram: str, trajectory: Trajectory, folder: Path) -> list[Path]:
    """Write <diagram>.svg, .png and .npz into `folder`; returns the three paths."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    PAINTERS[diagram](figure.add_subplot(), trajectory)
    paths = []
    for kind in ("svg", "png"):
        buffer = BytesIO()
        figure.savefig(buffer, format=kind, dpi=150)
        paths.append(folder / f"{diagram}.{kind}")
        write_atomically(paths[-1], buffer.getvalue())
    buffer = BytesIO()
    np.savez_compressed(buffer, **trajectory.observables)
    paths.append(folder / f"{diagram}.npz")
    write_atomically(paths[-1], buffer.getvalue())
    return paths


def _table(trajectory: Trajectory, column: str, fast: str, slow: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(values of the fast axis, of the slow axis, column as (slow, fast))."""
    rows, columns = np.unique(trajectory[slow]), np.unique(trajectory[fast])
    return columns, rows, trajectory[column].reshape(len(rows), len(columns))


def _cells(axes: Any, trajectory: Trajectory, column: str, fast: str, slow: str, label: str) -> np.ndarray:
    columns, rows, table = _table(trajectory, column, fast, slow)
    mesh = axes.pcolormesh(columns, rows, table, shading="nearest", cmap="viridis")
    axes.figure.colorbar(mesh, ax=axes, label=label)
    return rows


def _depth(axes: Any, trajectory: Trajectory) -> None:
    rows = _cells(axes, trajectory, "fraction_from_above", "drive", "depth", "simulated fraction, from above")
    first = trajectory["depth"].searchsorted(rows)
    lines = (("fold", "w", "-", "closed form: fold"), ("threshold", "r", "--", "closed form: global threshold"))
    for column, colour, style, label in lines:
        axes.vlines(trajectory[column][first], rows - 0.5, rows + 0.5, colour, style, label=label)
    axes.set(xlabel=r"$K\Lambda$", ylabel="factors $L$", title="Weight decay and depth")
    axes.legend(loc="upper right", facecolor="0.7")


def _classes(axes: Any, trajectory: Trajectory) -> None:
    rows = _cells(axes, trajectory, "grown", "strength", "classes", "simulated: grows from the origin")
    axes.plot(1 / rows, rows, "r-", label="closed form: $Kc = 1$")
    axes.set(xscale="log", yscale="log", xlabel=r"$c = \sqrt{n\lambda_W\lambda_H}$", ylabel="classes $K$")
    axes.set_title("Weight decay and classes")
    axes.legend(loc="lower left")


def _imbalance(axes: Any, trajectory: Trajectory) -> None:
    columns, rows, _ = _table(trajectory, "minority_spread", "level", "imbalance")
    _cells(axes, trajectory, "minority_spread", "level", "imbalance", "simulated spread of minority rows")
    axes.plot(1 / np.sqrt(rows), rows, "r-", label=r"closed form: $N^2\lambda_W\lambda_H = n_B$")
    axes.axvline(1.0, color="w", linestyle="--", label=r"closed form: $N^2\lambda_W\lambda_H = n_A$")
    axes.set(xscale="log", yscale="log", xlabel=r"$N\sqrt{\lambda_W\lambda_H/n_A}$", ylabel="imbalance $n_A/n_B$")
    axes.set_xlim(columns[0], columns[-1] * 1.1)
    axes.set_title("Weight decay and imbalance")
    axes.legend(loc="lower left", facecolor="0.7")


def _hysteresis(axes: Any, trajectory: Trajectory) -> None:
    drive, stable = trajectory["drive"], trajectory["stable_branch"]
    lives = stable > 0
    axes.plot(drive[lives], stable[lives], "k-", label="closed form: stable branch")
    axes.plot(drive[lives], trajectory["unstable_branch"][lives], "k:", label="closed form: unstable branch")
    axes.plot(drive, trajectory["fraction_from_above"], "C0v", markersize=4, label="simulated from above")
    axes.plot(drive, trajectory["fraction_from_below"], "C1^", markersize=4, label="simulated from below")
    axes.axvline(trajectory["threshold"][0], color="r", linestyle="--", label="closed form: global threshold")
    axes.set(xlabel=r"$K\Lambda$", ylabel="reached fraction $x$", title="Hysteresis of the depth threshold")
    axes.legend()


def _collapse_time(axes: Any, trajectory: Trajectory) -> None:
    strength = trajectory["relative_strength"]
    odds = strength / (1 - strength)
    axes.loglog(odds, trajectory["collapse_time"], "k-", label="simulated time to collapse")
    axes.loglog(odds, trajectory["fit_time"], "C0.", label="simulated: logit settled")
    axes.loglog(odds, trajectory["noise_time"], "C1.", label="simulated: noise gone")
    axes.loglog(odds, trajectory["noise_clock"], "C1--", label=r"$\log(10)/\lambda$")
    axes.loglog(odds, trajectory["relaxation_clock"], "C0--", label=r"$\log(100)/$ local rate")
    axes.set(xlabel="$Kc/(1-Kc)$", ylabel="time", title="Time to collapse over weight decay")
    axes.legend()


PAINTERS: dict[str, Callable[[Any, Trajectory], None]] = {
    "decay_by_depth": _depth,
    "decay_by_classes": _classes,
    "decay_by_imbalance": _imbalance,
    "hysteresis": _hysteresis,
    "time_to_collapse": _collapse_time,
}
