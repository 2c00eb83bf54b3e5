"""Logs become runs: continuations joined, second attempts set apart, settings read from the family's name.

`depth2_s0_ext` is a continuation of `depth2_s0` only if it agrees with it wherever both were logged. Where it shares
the first rows and then differs it is another attempt from the same first phase: it stays a run of its own, and only the
first of the two counts as a seed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from gpu_experiments.foreign.families import Label
from gpu_experiments.foreign.logs import Log
from gpu_experiments.foreign.onset import Onset, find_onset
from numerics.trajectory import Trajectory

DATA = {"mnist": "MNIST", "cifar10": "CIFAR-10", "cifar100": "CIFAR-100", "fashion": "Fashion-MNIST",
        "fashionmnist": "Fashion-MNIST", "svhn": "SVHN", "imagenet": "ImageNet"}  # fmt: skip
ACTIVATIONS = {"relu": "ReLU", "leakyrelu": "LeakyReLU", "tanh": "Tanh", "gelu": "GELU", "silu": "SiLU"}


@dataclass(frozen=True, slots=True)
class Run:
    """One seed. `settings` are factors such as depth or weight_decay, `cell` is (architecture, data) where both are
    known. `attempt_of` names the run that this one belongs to and is no seed beside: it shares its first rows and parts
    from it at `fork`, or continues it (`fork` None)."""

    log: Log
    label: Label
    settings: Mapping[str, float | str]
    cell: tuple[str, str] | None
    first: Onset | None
    second: Onset | None
    attempt_of: str | None = None
    fork: float | None = None
    told: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        return self.log.name

    @property
    def onset(self) -> Onset | None:
        """The onset that group statistics use: in the second loss phase where it comes there, else the first."""
        return self.second or self.first


def make_runs(logs: Sequence[Log], threshold: float, known: Mapping[str, Mapping] | None = None) -> list[Run]:
    """One run per seed and attempt. `known` maps a family to what its name does not tell (keys family, seed, settings,
    cell)."""
    runs = []
    joined, continues = _join(logs)
    for log in joined:
        entry = (known or {}).get(log.label.family, {})
        own = Label(entry.get("family", log.label.family), log.label.seed or entry.get("seed", ""), log.label.suffix)
        settings, cell = read_settings(log.label.family)
        settings = {factor: float(value) if isinstance(value, int) else value
                    for factor, value in entry.get("settings", settings).items()}  # fmt: skip
        cell = tuple(entry["cell"]) if "cell" in entry else cell
        first, second = find_onset(log, threshold), find_onset(log, threshold, second_phase=True)
        base = continues.get(log.name)
        told = () if base is None else (f"continues {base}, where its rows are counted",)
        runs.append(Run(log, own, settings, cell, first, second, attempt_of=base, told=told))
    return _mark_attempts(_part_seedless(runs))


def families(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Runs by family, without second attempts (they are no independent seeds)."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        if run.attempt_of is None:
            found.setdefault(run.label.family, []).append(run)
    return found


def read_settings(family: str) -> tuple[dict[str, float | str], tuple[str, str] | None]:
    """({factor: value}, (architecture, data) or None) told by a family's name, such as width128 or resnet20_mnist."""
    settings: dict[str, float | str] = {}
    architecture = data = None
    for word in re.split(r"[_\s,;]+", family):
        lower = word.lower()
        number = re.fullmatch(r"(depth|width|lr|wd)=?([0-9.]+(?:p[0-9]+)?(?:e-?[0-9]+)?)", lower)
        if number:
            name = {"wd": "weight_decay", "lr": "learning_rate"}.get(number[1], number[1])
            settings[name] = float(number[2].replace("p", "."))
        elif lower.removeprefix("act") in ACTIVATIONS:
            settings["activation"] = ACTIVATIONS[lower.removeprefix("act")]
        elif lower in DATA:
            data = DATA[lower]
        elif re.fullmatch(r"(resnet|mlp|vgg|vit|densenet|wrn|cnn)-?\d*", lower):
            architecture = lower
    return settings, (architecture, data) if architecture and data else None


def _key(log: Log) -> tuple:
    return log.path.parent, log.label.family, log.label.seed


def _join(logs: Sequence[Log]) -> tuple[list[Log], dict[str, str]]:
    """The logs, each base with the rows of the continuations that agree with it, and {continuation: base} by name."""
    joined = {_key(log): log for log in logs if not log.label.suffix}
    bases = {key: id(log) for key, log in joined.items()}
    continues = {}
    for log in logs:
        if log.label.suffix and _key(log) in joined and parting(joined[_key(log)], log) is None:
            joined[_key(log)] = _union(joined[_key(log)], log)
            continues[log.name] = joined[_key(log)].name
    return [joined[_key(log)] if bases.get(_key(log)) == id(log) else log for log in logs], continues


def parting(base: Log, other: Log) -> float | None:
    """The first time that both logged with different values; None where they agree wherever both logged."""
    times, here, there = np.intersect1d(base.trajectory.time, other.trajectory.time, return_indices=True)
    differs = np.zeros(len(times), dtype=bool)
    for name in set(base.trajectory.observables) & set(other.trajectory.observables):
        a, b = base.trajectory[name][here], other.trajectory[name][there]
        differs |= ~((a == b) | np.isnan(a) | np.isnan(b))
    return float(times[np.argmax(differs)]) if differs.any() else None


def _union(base: Log, more: Log) -> Log:
    fresh = ~np.isin(more.trajectory.time, base.trajectory.time)
    time = np.concatenate([base.trajectory.time, more.trajectory.time[fresh]])
    order = np.argsort(time)
    columns = {}
    for name in {**base.trajectory.observables, **more.trajectory.observables}:
        parts = [
            log.trajectory[name] if name in log.trajectory else np.full(len(log.trajectory), np.nan)
            for log in (base, more)
        ]
        columns[name] = np.concatenate([parts[0], parts[1][fresh]])[order]
    told = f"continued by {more.name} ({int(fresh.sum())} more rows, no contradiction)"
    trajectory = Trajectory(base.name, time[order], columns, base.trajectory.time_unit, base.trajectory.about)
    unreadable = np.concatenate([base.unreadable, more.unreadable[fresh]])[order]
    return replace(base, trajectory=trajectory, repairs=(*base.repairs, told), unreadable=unreadable)


def _part_seedless(runs: Sequence[Run]) -> list[Run]:
    """A log without a seed is not merged with seeded logs of the same name: it is often another experiment."""
    seeded = {run.label.family for run in runs if run.label.seed}
    parted = []
    for run in runs:
        if not run.label.seed and run.label.family in seeded:
            told = f"{run.name} tells no seed: kept apart from the seeds of {run.label.family}, no setting read from it"
            apart = Label(f"{run.label.family} (no seed)")
            run = replace(run, label=apart, settings={}, cell=None, told=(*run.told, told))
        parted.append(run)
    return parted


def _mark_attempts(runs: Sequence[Run]) -> list[Run]:
    bases = {_key(run.log): run for run in runs if not run.label.suffix}
    marked = []
    for run in runs:
        base = bases.get(_key(run.log))
        apart = run.label.suffix and base is not None and run.attempt_of is None
        fork = parting(base.log, run.log) if apart else None
        if fork is not None:
            time = run.log.trajectory.time
            shared = int(np.sum(np.isin(time, base.log.trajectory.time) & (time < fork)))
            told = f"shares {shared} rows with {base.name}, parts from it at {fork:g}: another attempt, no continuation"
            run = replace(run, attempt_of=base.name, fork=fork, told=(*run.told, told))
        marked.append(run)
    return marked
