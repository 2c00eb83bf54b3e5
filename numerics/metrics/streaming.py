"""Metrics of data that is never held at once: accumulators with update(batch), merge(other) and value().

    first = MomentStream(classes, dimension)          counts, means, spreads; norms       constant memory in N
    for features, labels in batches: first.update(features, labels)
    second = SecondPass(first.value(), weight, bias)  nc1, nc4, flatness and loss side    over the same samples again
    for features, labels in batches: second.update(features, labels)
    observables(first.value(), second)                every canonical observable by name

Data that can be read only once: MomentStream(..., scatter=True) beside HeadStream(weight, bias), everything but nc4.
Order of batches, split over shards and merging change nothing beyond rounding. Memory is told beforehand by
predicted_memory, and refused beyond memory_cap. Heads beyond 2048 classes run over tiles of classes.
"""

from numerics.metrics.class_moments import ClassMoments, MomentStream
from numerics.metrics.head_stream import HeadStream
from numerics.metrics.memory import predicted_memory
from numerics.metrics.observables import observables
from numerics.metrics.second_pass import SecondPass

__all__ = ["ClassMoments", "HeadStream", "MomentStream", "SecondPass", "observables", "predicted_memory"]
