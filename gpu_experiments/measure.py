"""One row of observables of a network: accuracies, losses and every last-layer observable, on the training set.

Features are taken in evaluation mode, on the device where the network lives, in chunks; the numbers come from
`numerics.metrics`. `train_loss` and `test_loss` are means per sample of the training objective (for squared error the
sum over the K outputs); the cross-entropy of the same logits is logged beside it where the objective is another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from gpu_experiments import balance, equilibrium, generalisation
from gpu_experiments.data import DataSet
from gpu_experiments.train import NotFinite
from numerics.metrics import balancedness, last_layer_observables

CHUNK = 512  # images per forward pass: larger ones fall out of the cache (measured: 3000 images in 0.19 s, not 0.42)


def squared_error(logits: Tensor, labels: Tensor) -> Tensor:
    """Sum over the K outputs of (z - one_hot(y))^2, one value per sample; shape (B,)."""
    logits = logits.float() if logits.dtype is torch.bfloat16 else logits  # sums of squares need more than 8 bits
    if torch.compiler.is_compiling():  # which fuses what it is shown and cannot see into a cache
        target = functional.one_hot(labels, logits.shape[1]).to(logits.dtype)
    else:
        target = _identity(logits.shape[1], logits.dtype, logits.device).index_select(0, labels)
    return (logits - target).square().sum(1)


@cache
def _identity(classes: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """One-hot rows to choose from: a gather costs a tenth of torch's one_hot in a training step."""
    return torch.eye(classes, dtype=dtype, device=device)


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """-log softmax(z)_y, one value per sample; shape (B,)."""
    return functional.cross_entropy(logits, labels, reduction="none")


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"mse": squared_error, "cross_entropy": cross_entropy}


@dataclass(frozen=True, slots=True)
class Split:
    """Inputs and labels on one device."""

    inputs: Tensor
    labels: Tensor


def splits(loaded: DataSet, device: torch.device) -> tuple[Split, Split]:
    """The training and the test part of a data set as tensors on `device`."""
    pairs = ((loaded.train_inputs, loaded.train_labels), (loaded.test_inputs, loaded.test_labels))
    train, test = (Split(torch.from_numpy(x).to(device), torch.from_numpy(y).to(device)) for x, y in pairs)
    return train, test


def outputs(model: nn.Module, inputs: Tensor) -> tuple[Tensor, Tensor]:
    """(features (N, d), logits (N, K)) of a network with `features` and `head`, chunk by chunk, without gradients."""
    with torch.no_grad():
        features = torch.cat([model.features(piece) for piece in inputs.split(CHUNK)])
        return features, model.head(features)


def exact(tensor: Tensor) -> Tensor:
    """The tensor in float64, on its device where that has float64 (mps has not), without gradient."""
    return (tensor.detach().cpu() if tensor.device.type == "mps" else tensor.detach()).double()


def accuracy(logits: Tensor, labels: Tensor) -> float:
    return int((logits.argmax(1) == labels).sum()) / len(labels)


def observe(
    model: nn.Module, train: Split, test: Split | None, *, loss: str, decay: float = 0.0
) -> Mapping[str, float]:
    """All observables of the network now. `loss` is the training objective, "mse" or "cross_entropy"; `decay` is the
    lambda of a mean loss plus (lambda/2) ||theta||^2, where weight decay enters the gradient like that (a mean over the
    outputs too for squared error), else 0. Raises NotFinite where the features or logits are not finite."""
    with balance.watched(model.last_hidden) as below:
        features, logits = outputs(model, train.inputs)
    if not (features.isfinite().all() and logits.isfinite().all()):
        raise NotFinite(f"the features or logits of {type(model).__name__} are not finite")
    row = _fit("train", logits, train.labels, loss)
    head = (model.head.weight.detach(), None if model.head.bias is None else model.head.bias.detach())
    row |= last_layer_observables(features, train.labels, *head, loss=loss, reduction="sample_mean", absent="drop")
    row["parameter_norm"] = float(torch.stack([exact(p).square().sum() for p in model.parameters()]).sum().sqrt())
    if model.last_hidden is not None:
        row["balancedness"] = balancedness(exact(model.last_hidden.weight), exact(model.head.weight))
    row["within_class_variance"] = row["rnc1"] * row["feature_norm_max"] ** 2
    row |= balance.observe(below, model.last_hidden, head[0], features, logits, train.labels)
    if decay:
        row |= equilibrium.observe(row, exact(features), exact(logits), train.labels, exact(head[0]), decay, loss)
    if test is not None:
        unseen, scores = outputs(model, test.inputs)
        row |= _fit("test", scores, test.labels, loss)
        row |= generalisation.observe(features, logits, train.labels, unseen, scores, test.labels, head[0])
    return row


def _fit(part: str, logits: Tensor, labels: Tensor, loss: str) -> dict[str, float]:
    row = {
        f"{part}_accuracy": accuracy(logits, labels),
        f"{part}_loss": float(exact(LOSSES[loss](logits, labels)).mean()),
    }
    if loss != "cross_entropy":
        row[f"{part}_cross_entropy"] = float(exact(cross_entropy(logits, labels)).mean())
    return row
