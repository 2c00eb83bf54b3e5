"""Every figure of the page as SVG and PNG beside it, in one style fit for a paper; matplotlib without a display.

save_figures(content, folder) -> {name: {"title", "svg", "png"}}, drawn by as many processes as there are cores.
"""

from __future__ import annotations

import math
import os
import warnings
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, ScalarFormatter

from numerics.phase_figures import PAINTERS
from numerics.trajectory import Trajectory, write_atomically
from tightframe.report.figures import COLOURS, marks, panels

KINDS = ("svg", "png")
STYLE = {"font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "page"}
DASHES = {"solid": "-", "dash": "--", "longdash": (0, (8, 3)), "dot": ":", "dashdot": "-."}
CLOCKS = {"fit": ("o", "fit"), "rnc1_drop": ("v", "RNC1 drop"), "generalise": ("^", "generalises")}


@dataclass(frozen=True, slots=True)
class Job:
    """One figure to be drawn: `paint(*about)` makes it, in whatever process has time."""

    name: str
    title: str
    paint: Callable[..., Figure]
    about: tuple[Any, ...]


def save_figures(
    content: dict[str, Any], folder: Path, progress: Callable[[str], None] | None = None
) -> dict[str, dict[str, str]]:
    """Write every figure of the page into `folder`; paths in the result are relative to the page."""
    jobs = list(_jobs(content))
    workers = min(os.cpu_count() or 1, len(jobs))
    if workers < 2:
        for job in jobs:
            _save(folder, job)
    else:
        context = get_context("forkserver")
        context.set_forkserver_preload([__name__])
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            waiting = [pool.submit(_save, folder, job) for job in jobs]
            for drawn, future in enumerate(as_completed(waiting), 1):
                future.result()
                if progress:
                    progress(f"drawing figures, {drawn} of {len(jobs)}")
    return {
        job.name: {"title": job.title} | {kind: f"{folder.name}/{job.name}.{kind}" for kind in KINDS} for job in jobs
    }


def _save(folder: Path, job: Job) -> None:
    with rc_context(STYLE):
        figure = job.paint(*job.about)
        for kind in KINDS:
            write_atomically(folder / f"{job.name}.{kind}", _drawn(figure, kind))


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


def _jobs(content: dict[str, Any]) -> Iterator[Job]:
    """Each name once."""
    for run in content["runs"]:
        name = run["anchor"].removeprefix("run-")
        if run["kind"] == "diagram":
            yield Job(name, run["name"], _diagram, (run,))
        elif shown := panels(run):
            yield Job(name, run["name"], _curves, (run, shown))
    for grid in content["grids"]:
        yield Job(grid["figure"], f"{grid['experiment']}: times over weight decay", _grid, (grid,))
    if content["logs"] and any(run["onset"] for run in content["logs"]["runs"]):
        title = "Feature norm at the onset of collapse, by family"
        yield Job("feature-norm-at-onset", title, _onsets, (content["logs"],))


def _blank(width: float, height: float, layout: str = "constrained") -> Figure:
    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def _curves(run: dict[str, Any], shown: list[dict]) -> Figure:
    rows = (len(shown) + 1) // 2
    height = 2.77 * rows + 0.06  # in inches: 1.55 of axes, and below them names and legend
    figure = _blank(8, height, layout="none")  # fixed margins: fitting them takes longer than drawing
    figure.subplots_adjust(0.08, 1.03 / height, 0.985, 1 - 0.25 / height, hspace=1.22 / 1.55, wspace=0.2)
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
        axis.plot(
            trace["x"],
            y,
            ls=DASHES[trace["style"]],
            color=trace["colour"],
            lw=1.2,
            label=trace["name"].replace(" bound)", ")"),
        )
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
    if panel["log"] and positive:
        _number_narrow_range(axis)
    axis.set_title(panel["title"], loc="left", y=1.0)  # a place given: looking for one takes a third of the drawing
    axis.set_xlabel(_told(run["series"]["time_unit"]))
    names = [trace["name"] for trace in panel["traces"]]
    columns = 1 if len(names) <= 5 and max(map(len, names)) > 40 else 2
    below = {"loc": "upper left", "bbox_to_anchor": (-0.09, -0.26), "ncols": columns, "borderaxespad": 0}
    axis.legend(frameon=False, fontsize=5.5, labelspacing=0.25, handlelength=2, columnspacing=0.8, **below)


def _number_narrow_range(axis: Any) -> None:
    """Numbers at a logarithmic axis that has fewer than two powers of ten in view."""
    low, high = map(math.log10, axis.get_ylim())
    if math.floor(high) - math.ceil(low) < 1:
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)) if high - low > 0.7 else MaxNLocator(4))
        axis.yaxis.set_major_formatter(ScalarFormatter())


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
