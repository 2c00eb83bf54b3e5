"""What `check` tells people: for each run its verdicts, clocks, columns and onset; then what is judged over runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tightframe.console import coloured, people, plain


def tell_check(result: Mapping[str, Any]) -> None:
    """Everything of `check --json` that fits a line each."""
    console = people()
    for run in result["runs"]:
        console.print(f"[bold]{plain(run.get('path', ''))}[/]")
        _tell_mapping(console, run)
        _tell_verdicts(console, run.get("verdicts", []))
        if not run.get("verdicts"):
            console.print("  no bound of the theory is about what was logged here")
        _tell_clocks(console, run.get("clocks"))
        _tell_onset(console, run)
    for group in result.get("groups", []):
        seeds = (
            f"{len(group['paths'])} seeds of {group['experiment']}" if "paths" in group else f"group {group['name']}"
        )
        console.print(f"[bold]{plain(seeds)}[/]")
        _tell_verdicts(console, group.get("verdicts", []))
    for title in ("claims", "doubts"):
        if result.get(title):
            console.print(f"[bold]{title} over all runs[/]")
            _tell_verdicts(console, result[title])
    for title in ("skipped", "refused"):
        for entry in result.get(title, []):
            console.print(f"[yellow]{title}[/]  {plain(entry['reason'])}")


def _tell_verdicts(console: Any, verdicts: Iterable[Mapping[str, Any]]) -> None:
    for verdict in verdicts:
        margin = "" if verdict.get("margin") is None else f"  margin {verdict['margin']:.3g}"
        name = f"{plain(verdict.get('claim', ''))}  {plain(verdict['bound'])}"
        console.print(f"  {coloured(verdict['agreement'])}  {name}{margin}  [dim]{plain(verdict['reason'])}[/]")


def _tell_clocks(console: Any, clocks: Mapping[str, Any] | None) -> None:
    if clocks and clocks.get("fit") is not None:
        times = {name: clocks[name] for name in ("fit", "rnc1_drop", "half_way", "generalise")}
        words = ", ".join(f"{name} {'never' if time is None else f'{time:g}'}" for name, time in times.items())
        unit = clocks["unit"] + "s" * (clocks["unit"] in ("step", "epoch"))
        console.print(f"  clocks in {plain(unit)}: {words}")


def _tell_mapping(console: Any, run: Mapping[str, Any]) -> None:
    if run.get("mapping"):
        columns = " ".join(f"{observable}={column}" for observable, column in run["mapping"].items())
        console.print(f"  columns --map {plain(columns)}")
    for assumed in run.get("assumed", []):
        console.print(f"  [yellow]assumed[/] {plain(assumed)}")


def _tell_onset(console: Any, run: Mapping[str, Any]) -> None:
    if "onset" in run:
        onset = run["onset"]
        told = ", ".join(f"{name} {value}" for name, value in onset.items()) if onset else "never"
        console.print(f"  onset of collapse: {plain(told)}")
