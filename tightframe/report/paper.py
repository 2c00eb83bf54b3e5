"""Every figure of the page as SVG and PNG beside it, in one style fit for a paper; matplotlib without a display.

save_figures(content, folder) -> {name: {"title", "svg", "png"}}
"""

from __future__ import annotations

import warnings
from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from numerics.phase_figures import PAINTERS
from numerics.trajectory import Trajectory, write_atomically
from tightframe.report.figures import COLOURS, marks, panels

STYLE = {"font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "page"}
DASHES = {"solid": "-", "dash": "--", "longdash": (0, (8, 3)), "dot": ":", "dashdot": "-."}
CLOCKS = {"fit": ("o", "fit"), "rnc1_drop": ("v", "RNC1 drop"), "generalise": ("^", "generalises")}


def save_figures(content: dict[str, Any], folder: Path) -> dict[str, dict[str, str]]:
    """Write every figure of the page into `folder`; paths in the result are relative to the page."""
    saved = {}
    with rc_context(STYLE):
        for name, title, figure in _figures(content):
            paths = {}
            for kind in ("svg", "png"):
                paths[kind] = f"{folder.name}/{name}.{kind}"
                write_atomically(folder / f"{name}.{kind}", _drawn(figure, kind))
            saved[name] = {"title": title, **paths}
    return saved


def picture(run: dict[str, Any]) -> str:
    """A phase diagram as a PNG in a data address, for the page itself."""
    with rc_context(STYLE):
        return "data:image/png;base64," + b64encode(_drawn(_diagram(run), "png")).decode()


def _drawn(figure: Figure, kind: str) -> bytes:
    buffer = BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)  # a name in a script that the font lacks
        figure.savefig(buffer, format=kind, dpi=130, metadata={"Date": None} if kind == "svg" else None)
    return buffer.getvalue()


def _told(name: Any) -> str:
    """Somebody else's name as plain text of at most 40 signs: no mathematics, nothing that turns or breaks lines."""
    plain = "".join(sign if sign.isprintable() else " " for sign in str(name)).strip()
    return (plain if len(plain) <= 40 else plain[:39] + "…").replace("$", r"\$")


def _figures(content: dict[str, Any]) -> Iterator[tuple[str, str, Figure]]:
    """(name, title, figure), each name once."""
    for run in content["runs"]:
        name = run["anchor"].removeprefix("run-")
        if run["kind"] == "diagram":
            yield name, run["name"], _diagram(run)
        elif shown := panels(run):
            yield name, run["name"], _curves(run, shown)
    for grid in content["grids"]:
        yield grid["figure"], f"{grid['experiment']}: times over weight decay", _grid(grid)
    if content["logs"] and any(run["onset"] for run in content["logs"]["runs"]):
        yield "feature-norm-at-onset", "Feature norm at the onset of collapse, by family", _onsets(content["logs"])


def _blank(width: float, height: float, layout: str = "constrained") -> Figure:
    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def _curves(run: dict[str, Any], shown: list[dict]) -> Figure:
    rows = (len(shown) + 1) // 2
    height = 2.2 * rows
    figure = _blank(7.2, height, layout="none")  # fixed margins: fitting them takes longer than drawing
    figure.subplots_adjust(left=0.08, right=0.985, bottom=0.42 / height, top=1 - 0.25 / height, hspace=0.5, wspace=0.2)
    axes = figure.subplots(rows, 2, squeeze=False)
    for axis, panel in zip(axes.flat, shown, strict=False):
        _panel(axis, run, panel)
    for axis in list(axes.flat)[len(shown) :]:
        axis.remove()
    return figure


def _panel(axis: Any, run: dict[str, Any], panel: dict[str, Any]) -> None:
    positive = False
    for trace in panel["traces"]:
        y = np.array([np.nan if value is None else value for value in trace["y"]], dtype=float)
        positive |= bool((y > 0).any())
        y = np.where(y > 0, y, np.nan) if panel["log"] else y
        axis.plot(trace["x"], y, ls=DASHES[trace["style"]], color=trace["colour"], lw=1.2, label=trace["name"])
    for mark in marks(run):
        axis.axvline(mark["time"], color="0.6", lw=0.7, ls=":")
    times = [time for time in run["series"]["time"] if time and time > 0]
    if times and max(times) / min(times) > 50:
        axis.set_xscale("symlog", linthresh=min(times))
        axis.set_xlim(left=min(time for time in run["series"]["time"] if time is not None))
    if panel["log"] and positive:
        axis.set_yscale("log")
    for side in (axis.xaxis, axis.yaxis):
        side.set_minor_formatter(NullFormatter())
    axis.set_title(panel["title"], loc="left")
    axis.set_xlabel(_told(run["series"]["time_unit"]))
    axis.legend(frameon=False, fontsize=6)


def _diagram(run: dict[str, Any]) -> Figure:
    columns = {key: np.array(values, dtype=float) for key, values in run["columns"].items()}
    cells = np.arange(len(next(iter(columns.values()))), dtype=float)
    figure = _blank(6.4, 4.4)
    PAINTERS[run["config"]["diagram"]](figure.add_subplot(), Trajectory("phase_diagrams", cells, columns, "cell"))
    return figure


def _grid(grid: dict[str, Any]) -> Figure:
    figure = _blank(3.6, 2.8)
    axis = figure.add_subplot()
    for place, (clock, (marker, label)) in enumerate(CLOCKS.items()):
        found = [(p["weight_decay"], p[clock]) for p in grid["points"] if p[clock]]
        if found:
            x, y = zip(*found, strict=True)
            axis.loglog(x, y, marker, color=COLOURS[place], mfc="none", label=label)
    axis.set(xlabel="weight decay", ylabel=f"time ({_told(grid['unit'])})")
    axis.set_title(_told(grid["experiment"]), loc="left")
    axis.legend(frameon=False)
    return figure


def _onsets(logs: dict[str, Any]) -> Figure:
    found = [(run["group"], run["onset"]["feature_norm"]) for run in logs["runs"] if run["onset"]]
    found = [(group, norm) for group, norm in found if norm is not None]
    groups = sorted({group for group, _ in found})
    figure = _blank(4.8, 0.25 * len(groups) + 1)
    axis = figure.add_subplot()
    axis.plot(
        [norm for _, norm in found], [groups.index(group) for group, _ in found], "o", color=COLOURS[0], mfc="none"
    )
    axis.set_yticks(range(len(groups)), [_told(group) for group in groups])
    axis.set_xlabel("feature norm at the onset of collapse")
    return figure
