"""Two passes over rows before a head: class moments, then everything that needs them. Sums that merge; constant memory.

Rows are kept for the second pass while they fit `keep` bytes. Beyond that the source is read again; a source that
cannot be read twice is judged in one pass (NC1 then from the scatter matrix, no NC4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch

from gpu_experiments.auditing.errors import AuditError
from gpu_experiments.auditing.heads import LinearHead
from gpu_experiments.auditing.reading import Rows
from numerics.metrics import HeadStream, MetricError, MomentStream, SecondPass, observables, predicted_memory
from numerics.metrics.head import Head

TOGETHER = 1024
KEEP = 2**30


class Source(Protocol):
    """What is measured: rows in batches; `found` and `classes` are known once the first batch has been seen."""

    found: LinearHead
    classes: int | None

    @property
    def repeatable(self) -> bool: ...

    def __iter__(self) -> Iterator[Rows]: ...


@dataclass(frozen=True, slots=True)
class Measured:
    """Canonical observables by name, and what the streams say about the data."""

    observables: dict[str, float]
    counts: np.ndarray
    dimension: int
    predicted_bytes: int
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Gathered:
    """Batches worked on together: small ones cost more in calls than in sums."""

    parts: list[Rows] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(len(part.labels) for part in self.parts)

    def joined(self) -> tuple[Any, Any]:
        if len(self.parts) == 1:
            return self.parts[0].features, self.parts[0].labels
        return (torch.cat([part.features for part in self.parts]), torch.cat([part.labels for part in self.parts]))


def measure(
    source: Source,
    *,
    loss: str = "cross_entropy",
    reduction: str = "mean",
    keep: int = KEEP,
    memory_cap: int | None = None,
    declared: int | None = None,
    foretell: Callable[[int], None] = lambda need: None,
) -> Measured:
    """All observables of the rows of `source`. `declared` is the number of classes where no head or logit tells it;
    `foretell` hears how many bytes the sums will take before they are allocated.

    Raises AuditError, naming the batch, for rows that cannot be measured; for an empty loader and for one class.
    """
    first = kept = once = head = None
    for gathered in _gather(source):
        features, labels = gathered.joined()
        if first is None:
            classes = _classes(source, declared)
            linear, again = source.found.weight is not None, source.repeatable
            need = predicted_memory(classes, features.shape[1], scatter=not again, head=linear, second=True)
            foretell(need)
            first = MomentStream(classes, features.shape[1], scatter=not again, memory_cap=memory_cap)
            head = Head.of(source.found.weight, source.found.bias, features.shape[1]) if linear else None
            kept, size = [], 0
        squares = _counted(first, features, labels, gathered)
        if kept is not None:
            kept.append((_compact(features), labels, squares))
            size += features.nbytes
            if size > keep:
                once = None if source.repeatable or head is None else _replayed(kept, head, memory_cap)
                kept = None
        elif once is not None:
            once.update(features, labels)
    if first is None:
        raise AuditError("loader gave 0 samples, must give at least one batch; it is empty, spent, or all is ignored")
    moments = first.value("drop")
    if len(moments.counts) < 2:
        raise AuditError(
            f"labels hold 1 class ({moments.classes[0]}), must hold at least two; pass a loader over all classes"
        )
    rest = once
    if kept is not None:
        rest = _second(moments, head, memory_cap, kept)
    elif once is None and source.repeatable:
        rest = _second(moments, head, memory_cap, ((*gathered.joined(), None) for gathered in _gather(source)))
        _same_samples(rest, moments)
    found = _observables(moments, rest, head, loss, reduction)
    return Measured(found, first.counts, first.means.shape[1], need, _notes(first.counts, head, loss, rest))


def _classes(source: Source, declared: int | None) -> int:
    classes = source.classes or declared
    if classes is None:
        raise AuditError("classes is unknown without a linear head or logits, must be given; pass classes=K")
    return classes


def _gather(source: Iterable[Rows]) -> Iterator[_Gathered]:
    gathered = _Gathered()
    for rows in source:
        gathered.parts.append(rows)
        if gathered.rows >= TOGETHER:
            yield gathered
            gathered = _Gathered()
    if gathered.parts:
        yield gathered


def _counted(stream: MomentStream, features: Any, labels: Any, gathered: _Gathered) -> Any:
    try:
        return stream.update(features, labels)
    except MetricError:
        for part in gathered.parts:
            alone = MomentStream(*stream.means.shape)
            try:
                alone.update(part.features, part.labels)
            except MetricError as error:
                words = str(error).removeprefix("batch 0 ")
                place = f"batch {part.number}" if words != str(error) else f"batch {part.number}:"
                raise AuditError(f"{place} {words}") from None
        raise


def _compact(features: Any) -> Any:
    """The features without a larger tensor behind them (the first token's view keeps a whole sequence alive)."""
    if isinstance(features, torch.Tensor) and features.untyped_storage().nbytes() > 2 * features.nbytes:
        return features.clone()
    return features


def _replayed(kept: list, head: Head, cap: int | None) -> HeadStream:
    stream = HeadStream(head, memory_cap=cap)
    for features, labels, _ in kept:
        stream.update(features, labels)
    return stream


def _second(moments: Any, head: Head | None, cap: int | None, rows: Iterable[tuple]) -> SecondPass:
    second = SecondPass(moments, head, memory_cap=cap)
    for features, labels, squares in rows:
        second.update(features, labels, squares)
    return second


def _same_samples(second: SecondPass, moments: Any) -> None:
    if second.sums.samples != moments.samples:
        raise AuditError(
            f"loader gave {second.sums.samples} samples in its second pass, must give {moments.samples} as in its "
            "first; fix its order and its sampler, or raise keep so that one pass is enough"
        )


def _observables(moments: Any, rest: Any, head: Head | None, loss: str, reduction: str) -> dict[str, float]:
    if rest is None:  # neither kept, nor readable again, nor a head to stream through: the first pass and its scatter
        from numerics.metrics.collapse import nc1
        from numerics.metrics.observables import collapse_observables

        return collapse_observables(moments) | {"nc1": nc1(moments)}
    found = observables(moments, rest, loss, reduction)
    if head is not None:
        said = rest.value()
        found["classes"] = float(head.classes)  # the softmax runs over all of them, present or not
        found |= {"accuracy": float(said["accuracy"]), "cross_entropy": float(said["cross_entropy"])}
    return found


def _notes(counts: np.ndarray, head: Head | None, loss: str, rest: Any) -> tuple[str, ...]:
    notes = []
    absent, single = np.flatnonzero(counts == 0), np.flatnonzero(counts == 1)
    if len(absent):
        notes.append(f"{len(absent)} of {len(counts)} classes have no sample ({_listed(absent)}); NC1 to NC4 leave out")
    if len(single):
        notes.append(f"{len(single)} classes have one sample ({_listed(single)}); they add no within-class variance")
    if isinstance(rest, HeadStream) or rest is None:
        notes.append("the loader could be read only once and did not fit in memory: no NC4")
    if head is not None and not head.dense:
        notes.append(f"{head.classes} classes are measured in tiles; the bounds over all pairs of rows are left out")
    if loss == "mse" and head is not None:
        notes.append("relative_flatness is that of the softmax; relative_flatness_mse is that of the squared error")
    return tuple(notes)


def _listed(classes: np.ndarray) -> str:
    return "class " + ", ".join(map(str, classes[:5])) + (", ..." if len(classes) > 5 else "")
