"""An audit as people read it: what was measured, the verdicts with their margins, and what stays open."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from itertools import zip_longest
from typing import Any

GROUPS = {
    "fit": ("train_accuracy", "test_accuracy", "train_loss", "test_loss", "mean_wrong_probability", "margin_min"),
    "collapse": ("nc1", "nc1_trace_ratio", "rnc1", "cdnv", "nc2", "nc2_equinorm", "nc2_equiangle", "nc3", "nc4"),
    "flatness": (
        "relative_flatness", "relative_flatness_mse", "relative_flatness_surrogate", "flatness_loss_bound",
    ),
    "size": ("feature_norm", "feature_norm_max", "collapsed_norm", "head_norm", "head_diameter", "head_scale"),
}  # fmt: skip
COLUMNS = (("fit", "collapse"), ("flatness", "size"))
COLOURS = {"RESPECTED": "green", "VIOLATED": "bold red", "OUT_OF_SCOPE": "cyan"}


def written(audit: Any, width: int = 110) -> str:
    """The table as plain text."""
    from rich.console import Console

    text = StringIO()
    show(audit, Console(file=text, width=width, color_system=None, highlight=False))
    return text.getvalue().rstrip("\n")


def show(audit: Any, console: Any) -> None:
    """The table on a rich console."""
    size = f"{audit.samples} samples, {audit.dimension} dimensions"
    if "classes" in audit.observables:
        size += f", {audit.observables['classes']:.0f} classes"
    console.print(f"[bold]{_plain(audit.name)}[/], features before {_plain(audit.head)}: {size}")
    console.print(_numbers(audit))
    if audit.verdicts:
        console.print(_judged(audit))
    for word, lines in (("note", audit.notes), ("cannot be concluded", audit.cannot_conclude)):
        for line in lines:
            console.print(f"[yellow]{word}[/]: {_plain(line)}")


def _numbers(audit: Any) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in COLUMNS:
        table.add_column("", no_wrap=True)
        table.add_column("", justify="right", no_wrap=True)
    cells = [[cell for group in groups for cell in _cells(group, audit.observables)] for groups in COLUMNS]
    for row in zip_longest(*cells, fillvalue=("", "")):
        table.add_row(*(text for pair in row for text in pair))
    return table


def _cells(group: str, observables: Mapping[str, float]) -> list[tuple[str, str]]:
    known = [name for name in GROUPS[group] if name in observables]
    return [(f"[bold]{group}[/]", "")] * bool(known) + [(name, f"{observables[name]:.4g}") for name in known]


def _judged(audit: Any) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("verdict", "bound", "margin", "reason"):
        table.add_column(column, justify="right" if column == "margin" else "left")
    for verdict in audit.verdicts:
        colour = COLOURS.get(verdict["agreement"], "yellow")
        margin = "" if verdict["margin"] is None else f"{verdict['margin']:.3g}"
        table.add_row(f"[{colour}]{verdict['agreement']}[/]", verdict["bound"], margin, _plain(verdict["reason"]))
    return table


def _plain(text: str) -> str:
    return text.replace("[", "\\[")
