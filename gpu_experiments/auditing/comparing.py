"""Is the model's output that of its head? If something comes after the head, what can still be said.

softmax and log_softmax change nothing that is measured; picking one position of a sequence, or the mean over it,
commutes with a linear head. Anything else is named, and what cannot be concluded with it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

ROWS = 64
CLOSE = 1e-2  # in units of the logits' own scale: half precision rounds to 4e-3


def what_comes_after(name: str, output: Any, logits: Tensor | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(notes, what cannot be concluded) from the head's output and the model's, on one batch."""
    if logits is None or not isinstance(output, Tensor):
        return (), (f"whether the model's output is that of {name}: it returned no logits to compare with",)
    mine, said = output.detach(), logits.detach()
    if mine.dim() == said.dim() + 1:
        mine = _picked(mine, mine, said)
    if mine is not None and mine.numel() == said.numel() and mine.shape[-1] == said.shape[-1]:
        mine, said = _few(mine), _few(said)
        if _close(mine, said):
            return (), ()
        if _close(mine.log_softmax(-1), said) or _close(mine.softmax(-1), said):
            return (f"the model returns probabilities; its head {name} gives the logits that are judged",), ()
    return (), (
        f"what the model's own output says: it is not that of {name}, something comes after it; flatness, margins, "
        f"accuracy and bounds are those of softmax(W x + b) with the layer {name}",
    )


def picked(features: Tensor, output: Any, logits: Tensor | None, labels: Tensor | None) -> Tensor:
    """Features of one position per sample where the labels are one per sample and the head read a sequence."""
    sequence = labels is not None and labels.dim() == 1 and features.dim() == 3
    if not sequence or logits is None or not isinstance(output, Tensor):
        return features
    found = _picked(features, output.detach(), logits.detach())
    return features if found is None else found


def _picked(values: Tensor, output: Tensor, logits: Tensor) -> Tensor | None:
    """`values` (B, T, .) at the position whose head output (B, T, K) the logits (B, K) are, or their mean over T."""
    if output.dim() != 3 or logits.dim() != 2 or output[:, 0].shape != logits.shape:
        return None
    same = (output.to(logits.dtype) == logits[:, None, :]).all(-1)
    if bool(same.any(1).all()):
        return values[torch.arange(len(values), device=values.device), same.int().argmax(1)]
    if _close(output.double().mean(1), logits.double()):
        return values.mean(1)
    return None


def _few(values: Tensor) -> Tensor:
    """The first rows, which are enough to tell: all logits of a language model would be gigabytes."""
    return values.reshape(-1, values.shape[-1])[:ROWS].double()


def _close(left: Tensor, right: Tensor) -> bool:
    scale = float(right.abs().max()) or 1.0
    return bool(torch.isfinite(scale * left).all()) and float((left - right).abs().max()) <= CLOSE * scale
