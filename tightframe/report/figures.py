"""Curves of a run, twice: as plotly data for the page and as SVG and PNG for a paper (Okabe-Ito colours, one shared style)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
PANELS = {
    "accuracy": ("accuracy", False, ("train_accuracy", "test_accuracy")),
    "loss": ("loss", True, ("train_loss", "test_loss", "objective")),
    "collapse": ("collapse", True, ("nc1", "nc1_trace_ratio", "rnc1", "nc2", "nc3", "nc4", "cdnv")),
    "flatness": (
        "relative flatness and its bounds",
        True,
        (
            "relative_flatness",
            "flatness_collapse_upper",
            "flatness_collapse_lower",
            "flatness_pair_upper",
            "flatness_loss_bound",
            "relative_flatness_surrogate",
        ),
    ),
    "norm": ("norms and scales", True, ("feature_norm", "head_norm", "head_scale", "collapsed_norm", "logit")),
    "balance": ("balancedness", True, ("balancedness",)),
}
BOUNDS = {"flatness_collapse_upper", "flatness_collapse_lower", "flatness_pair_upper", "flatness_loss_bound"}
MARKS = {"fit": "fit", "rnc1_drop": "RNC1 drop", "generalise": "generalises", "time_to_fit": "fit"}


def panels(run: dict[str, Any]) -> list[dict[str, Any]]:
    """The panels that this run has columns for, each with its plotly traces (data only, layout is the page's)."""
    shown = []
    for name, (title, logarithmic, columns) in PANELS.items():
        present = [c for c in columns if any(v is not None for v in run["series"]["columns"].get(c, ()))]
        if present:
            traces = [_trace(run, column, place) for place, column in enumerate(present)]
            shown.append({"name": name, "title": title, "log": logarithmic, "traces": traces})
    return shown


def marks(run: dict[str, Any]) -> list[dict[str, Any]]:
    """Times worth a vertical line: fit, variance drop, generalisation."""
    clocks = run["observations"].get("clocks") or {}
    return [
        {"time": value, "label": key.replace("_", " ")}
        for key, value in clocks.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0 and _is_a_time(key)
    ]


def _is_a_time(key: str) -> bool:
    return bool(re.search(r"(^|_)(time|fit|drop|generalise)", key)) and "ratio" not in key and "level" not in key


def _trace(run: dict[str, Any], column: str, place: int) -> dict[str, Any]:
    dash = "dash" if column in BOUNDS else "dot" if column.endswith("surrogate") else "solid"
    return {
        "x": run["series"]["time"],
        "y": run["series"]["columns"][column],
        "name": column,
        "mode": "lines",
        "line": {"color": COLOURS[place % len(COLOURS)], "dash": dash, "width": 2},
    }


def save_figures(runs: list[dict[str, Any]], folder: Path) -> list[str]:
    """One SVG and one PNG per run beside the page; returns their names. Matplotlib without a display."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    names = []
    folder.mkdir(parents=True, exist_ok=True)
    with plt.rc_context({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "page"}):
        for run in runs:
            shown = panels(run)
            if not shown:
                continue
            figure = _figure(plt, run, shown)
            stem = f"{run['anchor']}-{_slug(run['model'])}"
            for kind in ("svg", "png"):
                figure.savefig(
                    folder / f"{stem}.{kind}",
                    dpi=160,
                    bbox_inches="tight",
                    metadata={"Date": None} if kind == "svg" else None,
                )
                names.append(f"{folder.name}/{stem}.{kind}")
            plt.close(figure)
    return names


def _figure(plt, run: dict[str, Any], shown: list[dict]):
    rows = (len(shown) + 1) // 2
    figure, axes = plt.subplots(rows, 2, figsize=(7.2, 2.2 * rows), squeeze=False, layout="constrained")
    styles = {"solid": "-", "dash": "--", "dot": ":"}
    for axis, panel in zip(axes.flat, shown, strict=False):
        for trace in panel["traces"]:
            y = np.array([np.nan if v is None else v for v in trace["y"]], dtype=float)
            if panel["log"]:
                y[~(y > 0)] = np.nan
            axis.plot(
                trace["x"], y, styles[trace["line"]["dash"]], color=trace["line"]["color"], lw=1.2, label=trace["name"]
            )
        for mark in marks(run):
            axis.axvline(mark["time"], color="0.6", lw=0.7, ls=":")
        positive = [x for x in run["series"]["time"] if x and x > 0]
        if positive and max(positive) / min(positive) > 50:
            axis.set_xscale("symlog", linthresh=min(positive))
        if panel["log"] and any(v is not None and v > 0 for trace in panel["traces"] for v in trace["y"]):
            axis.set_yscale("log")
        axis.set_title(panel["title"], loc="left")
        axis.set_xlabel(run["series"]["time_unit"])
        axis.legend(frameon=False, fontsize=6)
    for axis in list(axes.flat)[len(shown) :]:
        axis.remove()
    return figure


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:40] or "run"
