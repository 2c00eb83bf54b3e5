"""What the person at the keyboard sees and does while a network trains: a bar with the time left, and Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any


@contextmanager
def interrupt_flag() -> Iterator[Callable[[], bool]]:
    """Collect the first Ctrl-C instead of stopping in the middle of a step; the second one stops at once."""
    seen: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def note(number: int, frame: Any) -> None:
        seen.append(number)
        signal.signal(signal.SIGINT, previous)

    previous = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(seen)
    finally:
        signal.signal(signal.SIGINT, previous)


@contextmanager
def progress_bar(steps: int, done: int, shown: bool, about: Mapping[str, Any]) -> Iterator[Callable[[int], None]]:
    """A bar with the time left, on standard error, redrawn five times a second at most; yields a function of
    the step."""
    if not shown:
        yield lambda step: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    clocks = (TextColumn("steps, gone"), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    last = [0.0]
    with Progress(*columns, *clocks, console=Console(stderr=True), auto_refresh=False) as bar:
        task = bar.add_task(
            f"{about.get('experiment', 'training')} seed {about.get('seed', '')}", total=steps, completed=done
        )

        def advance(step: int) -> None:
            bar.update(task, completed=step)
            if time.monotonic() - last[0] > 0.2 or step == steps:
                bar.refresh()
                last[0] = time.monotonic()

        yield advance
