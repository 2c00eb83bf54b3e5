"""Trains an experiment at every point of a grid, in processes on this machine or on a Dask cluster.

A trial's folder is named by the hash of its experiment, settings and seed, so engines are interchangeable, a finished
trial is never repeated, a half-written one goes on from its checkpoint, and a sweep may be extended later. A trial that
fails is told at the end and does not stop the others; a worker that dies costs the steps since its last checkpoint.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from theory.errors import UsersMistake
from tightframe.console import people, say
from tightframe.words import grid_points

if TYPE_CHECKING:
    from distributed import Future

DEATHS = 3  # how often a pool of workers may die before the rest of the sweep is given up


class SweepError(UsersMistake):
    """A sweep that cannot start."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One run: `words` are its key=value settings, `folder` its run folder."""

    experiment: str
    words: tuple[str, ...]
    seed: int
    folder: Path

    @property
    def module(self) -> str:
        return f"gpu_experiments.experiments.{self.experiment}"


def sweep(experiment: str, grid: Sequence[str], out: Path, engine: str, address: str | None) -> bool:
    """Run every trial that is not finished yet; True where all of them are finished at the end. Raises UsersMistake."""
    if address is not None and engine != "dask":
        raise SweepError(f"--address is {address}, which only --engine dask uses; add --engine dask or drop it")
    trials = plan(experiment, grid, out)
    waiting = [trial for trial in trials if not (trial.folder / "trajectory.parquet").exists()]
    say(f"{len(trials)} trials, {len(trials) - len(waiting)} of them finished before, in {out}")
    failures = _run(waiting, _on_dask(waiting, address) if engine == "dask" else _in_processes(waiting))
    for trial, reason in failures:
        say(f"failed: {trial.folder.name} ({' '.join(trial.words)} seed={trial.seed}): {reason}")
    return not failures


def plan(experiment: str, grid: Sequence[str], out: Path) -> list[Trial]:
    """All trials of the grid; settings are read, so a wrong one is refused before anything runs."""
    from gpu_experiments import experiments
    from gpu_experiments.config import override, trial_key

    module = experiments.load(experiment)
    trials = {}
    for point in grid_points(grid):
        words = tuple(word for word in point if not word.startswith("seed="))
        seeds = [word.removeprefix("seed=") for word in point if word.startswith("seed=")] or ["0"]
        seed = _seed(seeds[0])
        folder = Path(out).absolute() / f"{experiment}-{trial_key(experiment, override(module.Config(), words), seed)}"
        trials[folder] = Trial(experiment, words, seed, folder)
    return list(trials.values())


def run_trial(trial: Trial) -> str | None:
    """Train one trial in this process, on one thread; None, or in words why it failed."""
    import torch

    from gpu_experiments import experiments
    from gpu_experiments.config import override

    torch.set_num_threads(1)
    module = experiments.load(trial.experiment)
    config = override(module.Config(), trial.words)
    try:
        module.run(config, trial.seed, trial.folder, resume=True, device="auto", progress=False)
    except UsersMistake as mistake:
        return str(mistake)
    except Exception as error:  # one trial's bug must not take the others down; the sweep still fails
        return f"{type(error).__name__}: {error}"
    return None


def _run(trials: Sequence[Trial], outcomes: Iterator[tuple[Trial, str | None]]) -> list[tuple[Trial, str]]:
    failures = []
    with people().status("starting workers") as status:
        for done, (trial, reason) in enumerate(outcomes, start=1):
            status.update(f"{done} of {len(trials)} trials, last {' '.join(trial.words)} seed={trial.seed}")
            if reason is None and not (trial.folder / "trajectory.parquet").exists():
                reason = f"{trial.folder} did not come to this machine; --out must be a folder that all workers share"
            if reason is not None:
                failures.append((trial, reason))
            elif (early := _ended_early(trial)) is not None:
                say(f"{trial.folder.name} ({' '.join(trial.words)} seed={trial.seed}): {early}, its rows are kept")
    return failures


def _ended_early(trial: Trial) -> str | None:
    """ "diverged at step s", where a run was over before its last step; None else."""
    from gpu_experiments.judge import read_run

    outcome = read_run(trial.folder).trajectory.about.get("outcome", "finished")
    return None if outcome == "finished" else outcome


def _in_processes(trials: Sequence[Trial]) -> Iterator[tuple[Trial, str | None]]:
    """One process per core; when a worker dies the pool is made anew and unfinished trials go on."""
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    context = get_context("forkserver")
    # Imported once and not by every worker; torch's optimisers import the second when the first one is made.
    context.set_forkserver_preload([*{trial.module for trial in trials}, "torch._dynamo"])
    waiting = list(trials)
    for _ in range(DEATHS):
        if not waiting:
            return
        pool = ProcessPoolExecutor(min(len(waiting), os.cpu_count() or 1), mp_context=context)
        with pool:
            futures = {pool.submit(run_trial, trial): trial for trial in waiting}
            for future in as_completed(futures):
                try:
                    reason = future.result()
                except BrokenProcessPool:
                    continue
                waiting.remove(futures[future])
                yield futures[future], reason
    for trial in waiting:
        yield trial, f"its worker died {DEATHS} times; run the sweep again to go on"


def _on_dask(trials: Sequence[Trial], address: str | None) -> Iterator[tuple[Trial, str | None]]:
    """The scheduler at `address`, or a cluster of processes on this machine."""
    try:
        from distributed import Client, as_completed
    except ModuleNotFoundError:
        message = "--engine dask needs the package distributed, which is not installed"
        raise SweepError(f"{message}; pip install 'tightframe[cluster]', or leave --engine out") from None
    try:
        client = Client(address, timeout="20s") if address else Client(processes=True, threads_per_worker=1)
    except (OSError, ValueError) as error:
        raise SweepError(f"--address is {address}, where no scheduler answers ({error}); start one there") from None
    with client:
        futures = {client.submit(run_trial, trial, pure=False, retries=DEATHS): trial for trial in trials}
        for future in as_completed(futures):
            yield futures[future], _outcome(future, client.scheduler.address)


def _outcome(future: Future, address: str) -> str | None:
    """What a trial's future says; a scheduler that went away takes its futures with it, without an exception."""
    if future.status == "finished":
        return future.result()
    if future.status == "error":
        return str(future.exception())
    return f"the cluster at {address} disappeared; start it again and repeat the command, finished trials stay"


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise SweepError(f"--grid seed is {text!r}, must be whole numbers >= 0; write seed=0,1,2")
    return int(text)
