"""Depth acts on the feature norm at onset without monotony, activation sets it, width speeds collapse up and moves it
little."""

from theory.statement import Expected, Quoted, Source, Statement

STATEMENT = Statement(
    title="Depth, activation and width act differently on the feature norm at onset",
    words="Depth moves the feature norm at onset without monotony, the activation sets both it and the onset, "
    "width brings the onset forward and moves the feature norm by at most 13 %.",
    claim=Quoted("fn at onset: not monotone in depth, set by the activation, moved by at most 13 % by width"),
    source=Source("Rupa 2026", "sweeps on MNIST"),
    expected=Expected.EMPIRICAL,
    tags=("feature norm",),
)
