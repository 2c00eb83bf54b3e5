"""One training loop for every experiment: phases in, trajectory out; device-agnostic, resumable, interruptible.

    step s (0-based) of phase p uses batch  order(seed, epoch)[b B : (b+1) B]  of the data, which live on the device;
    the order is a seeded permutation that depends on (seed, epoch) alone, so a resumed run sees the same batches.

Everything that changes during a run is a function of the step (phase, learning rate) or is in the checkpoint
(parameters, buffers, optimiser state and settings, random-generator state): a killed run, resumed on the CPU, ends in
the bit-identical trajectory.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gpu_experiments.machine import CHOSEN, arithmetic
from gpu_experiments.progress import interrupt_flag, progress_bar
from gpu_experiments.record import Checkpoint, Record
from numerics.trajectory import Trajectory

CHUNK = 50  # steps between looks at the clock, the losses and Ctrl-C


class NotFinite(ArithmeticError):
    """Raised by `measure` where the network's features or logits are not finite: the run has diverged."""


@dataclass(frozen=True, slots=True)
class Phase:
    """`steps` optimiser steps of one kind. `optimiser` is built anew when the phase starts; `loss(model, inputs,
    labels)` is minimised; `learning_rate(step)` gives the rate by the step within the phase; `on_start` intervenes once
    (before the optimiser is built), `after_step` projects after every step."""

    steps: int
    optimiser: Callable[[nn.Module], torch.optim.Optimizer]
    loss: Callable[[nn.Module, Tensor, Tensor], Tensor]
    learning_rate: Callable[[int], float] | None = None
    on_start: Callable[[nn.Module], None] | None = None
    after_step: Callable[[nn.Module], None] | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """What to train: a network on the device, its training data there, the phases, what is logged and when.

    `measure(model, step)` returns one row of observables; `schedule` lists the steps at which it is called (0 is the
    start); `stop(row)` may end the run early, after a logged row. `threads` is the number of CPU threads for the run:
    one by default, because small networks gain little from a second and a sweep fills the cores with trials.
    """

    model: nn.Module
    inputs: Tensor
    labels: Tensor
    batch: int
    seed: int
    phases: Sequence[Phase]
    measure: Callable[[nn.Module, int], Mapping[str, float]]
    schedule: Sequence[int]
    checkpoint_every: int = 5000
    threads: int = 1
    stop: Callable[[Mapping[str, float]], bool] | None = None

    @property
    def steps(self) -> int:
        return sum(phase.steps for phase in self.phases)


def logarithmic_schedule(steps: int, *, first: int = 30, points: int = 150) -> tuple[int, ...]:
    """0, 1, ..., first, then about `points` steps evenly spread in log time, the last one being `steps`."""
    early = range(0, min(first, steps) + 1)
    if steps <= first:
        return tuple(early)
    late = np.unique(np.rint(np.geomspace(max(first, 1), steps, points + 1)).astype(int))
    return tuple(sorted({*early, *late.tolist()}))


def epoch_order(count: int, seed: int, epoch: int) -> Tensor:
    """A permutation of 0..count-1 that depends on (seed, epoch) alone; shape (count,), int64, on the CPU."""
    words = np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)
    return torch.randperm(count, generator=torch.Generator().manual_seed(int(words[0] >> np.uint64(1))))


def batches(count: int, batch: int, seed: int, start: int, device: torch.device) -> Iterator[Tensor]:
    """Index tensors from step `start` on, without end; the last one of an epoch is smaller where `batch` does not
    divide."""
    per_epoch = math.ceil(count / batch)
    epoch, skip = divmod(start, per_epoch)
    while True:
        yield from epoch_order(count, seed, epoch).to(device).split(batch)[skip:]
        epoch, skip = epoch + 1, 0


def train(job: Job, record: Record, about: Mapping[str, Any], *, progress: bool = True) -> Trajectory:
    """Train to the end (or on, from the newest sound checkpoint of `record`) and return the trajectory.

    A loss that is not finite ends the run: its trajectory is kept and `about["outcome"]` says "diverged at step s".
    Ctrl-C finishes the step, saves a checkpoint and raises KeyboardInterrupt. Raises RecordError where the disk fails.
    """
    schedule = sorted({step for step in job.schedule if step <= job.steps})
    run = _Run(job, record, frozenset(schedule))
    run.restore(record.restart_point(schedule))
    with (
        arithmetic(job.threads),
        interrupt_flag() as interrupted,
        progress_bar(job.steps, run.step, progress, about) as advance,
    ):
        outcome = run.to_the_end(interrupted, advance)
    return record.finish({**about, "outcome": outcome})


class _Run:
    """The mutable state of one training run."""

    def __init__(self, job: Job, record: Record, schedule: frozenset[int]) -> None:
        self.job, self.record, self.schedule = job, record, schedule
        self.step = 0
        self.optimiser: torch.optim.Optimizer | None = None
        self.losses: dict[int, Callable[[Tensor, Tensor], Tensor]] = {}
        torch.manual_seed(job.seed)

    def to_the_end(self, interrupted: Callable[[], bool], advance: Callable[[int], None]) -> str:
        job = self.job
        if self.step == 0:
            self._log()
        feed = batches(len(job.inputs), job.batch, job.seed, self.step, job.inputs.device)
        while self.step < job.steps:
            index, begun = self._phase()
            if self.step == begun and self.optimiser is None:
                self._enter(index)
            losses = self._chunk(index, begun, feed, self._next_stop(begun + job.phases[index].steps))
            if (bad := _first_not_finite(losses)) is not None:
                return f"diverged at step {self.step - len(losses) + bad + 1}"
            try:
                row = self._log() if self.step in self.schedule else None
            except NotFinite:
                return f"diverged at step {self.step}"
            if self.step == begun + job.phases[index].steps:
                self.optimiser = None
            advance(self.step)
            ended = row is not None and job.stop is not None and job.stop(row)
            if interrupted():
                self._save()
                raise KeyboardInterrupt
            if ended or self.step == job.steps or self.step % job.checkpoint_every == 0:
                self._save()
            if ended:
                return f"stopped at step {self.step}"
        return "finished"

    def _chunk(self, index: int, begun: int, feed: Iterator[Tensor], stop: int) -> list[Tensor]:
        model, inputs, labels, optimiser = self.job.model, self.job.inputs, self.job.labels, self.optimiser
        phase, losses = self.job.phases[index], []
        if index not in self.losses:
            self.losses[index] = CHOSEN.get().loss(phase.loss, model, inputs.device)
        minimised = self.losses[index]
        model.train()
        while self.step < stop:
            if phase.learning_rate is not None:
                for group in optimiser.param_groups:
                    group["lr"] = phase.learning_rate(self.step - begun)
            chosen = next(feed)
            loss = minimised(inputs.index_select(0, chosen), labels.index_select(0, chosen))
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            if phase.after_step is not None:
                phase.after_step(model)
            losses.append(loss.detach())
            self.step += 1
        return losses

    def _next_stop(self, phase_end: int) -> int:
        limit = min(
            phase_end, self.step + CHUNK, (self.step // self.job.checkpoint_every + 1) * self.job.checkpoint_every
        )
        return next((step for step in range(self.step + 1, limit) if step in self.schedule), limit)

    def _phase(self) -> tuple[int, int]:
        """Index of the phase that the next step belongs to, and its first step."""
        begun = 0
        for index, phase in enumerate(self.job.phases):
            if self.step < begun + phase.steps:
                return index, begun
            begun += phase.steps
        raise AssertionError("a run asks for its phase only before its last step")

    def _enter(self, index: int) -> None:
        phase = self.job.phases[index]
        if phase.on_start is not None:
            phase.on_start(self.job.model)
        self.optimiser = phase.optimiser(self.job.model)

    def _log(self) -> Mapping[str, float]:
        self.job.model.eval()
        row = self.job.measure(self.job.model, self.step)
        self.record.append(self.step, row)
        return row

    def _save(self) -> None:
        tensors = {f"model.{name}": tensor for name, tensor in self.job.model.state_dict().items()}
        state: dict[str, Any] = {"random": _random_state(), "optimiser": None}
        if self.optimiser is not None:
            packed = self.optimiser.state_dict()
            for index, entries in packed["state"].items():
                for name, value in entries.items():
                    if value is not None:
                        tensors[f"optimiser.{index}.{name}"] = torch.as_tensor(value)
            state["optimiser"] = [_plain(group) for group in packed["param_groups"]]
        self.record.checkpoint(Checkpoint(self.step, _owned(tensors), state))

    def restore(self, checkpoint: Checkpoint | None) -> None:
        if checkpoint is None:
            return
        self.step = checkpoint.step
        device = self.job.inputs.device
        weights = {name[6:]: value for name, value in checkpoint.tensors.items() if name.startswith("model.")}
        self.job.model.load_state_dict(weights)
        if checkpoint.state["optimiser"] is not None and self.step < self.job.steps:
            self.optimiser = self.job.phases[self._phase()[0]].optimiser(self.job.model)
            entries: dict[int, dict[str, Tensor]] = {}
            for name, value in checkpoint.tensors.items():
                if name.startswith("optimiser."):
                    _, index, key = name.split(".", 2)
                    entries.setdefault(int(index), {})[key] = value.to(device)
            groups = [_tupled(group) for group in checkpoint.state["optimiser"]]
            self.optimiser.load_state_dict({"state": entries, "param_groups": groups})
        _set_random_state(checkpoint.state["random"])


def _owned(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Contiguous copies on the CPU: safetensors refuses tensors that share memory."""
    return {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}


def _plain(group: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in group.items()}


def _tupled(group: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if key == "betas" else value for key, value in group.items()}


def _first_not_finite(losses: Sequence[Tensor]) -> int | None:
    if not losses:
        return None
    bad = ~torch.isfinite(torch.stack(losses)).cpu().numpy()
    return int(np.argmax(bad)) if bad.any() else None


def _random_state() -> dict[str, str]:
    state = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    return {kind: base64.b64encode(value.numpy().tobytes()).decode() for kind, value in state.items()}


def _set_random_state(state: Mapping[str, str]) -> None:
    values = {
        kind: torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.uint8) for kind, text in state.items()
    }
    torch.set_rng_state(values["cpu"])
    if "cuda" in values and torch.cuda.is_available():
        torch.cuda.set_rng_state(values["cuda"])
