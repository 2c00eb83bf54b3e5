"""Which layer is the head: the linear layer whose output is the model's output.

On the first batch every linear layer notes its calls. The head is the last one that wrote the tensor the model
returned; failing that, the last one with as many outputs as the model. A model whose logits no linear layer makes is
refused, because any other layer's numbers would be wrong ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import fields, is_dataclass
from typing import Any

from torch import Tensor, nn

from gpu_experiments.auditing.errors import AuditError
from gpu_experiments.auditing.heads import innermost, looks_linear
from theory.errors import near

WAY_OUT = "name the layer with head='...', or pass head=function(model, inputs) -> (features, weight, bias)"


def logits_of(output: Any) -> Tensor | None:
    """The logits in a model's output: a tensor, `.logits` or ["logits"], or the first tensor with two axes or more."""
    if isinstance(output, Tensor):
        return output
    if isinstance(output, Mapping):
        values = [output["logits"], *output.values()] if "logits" in output else list(output.values())
    elif getattr(output, "logits", None) is not None:
        values = [output.logits]
    elif is_dataclass(output):
        values = [getattr(output, field.name) for field in fields(output)]
    else:
        values = list(output) if isinstance(output, tuple | list) else []
    return next((value for value in values if isinstance(value, Tensor) and value.dim() >= 2), None)


def chosen_head(model: nn.Module, head: str | nn.Module | None, forward: Callable[[], Any]) -> tuple[str, nn.Module]:
    """(name, module) of the head: the one given, or the one found by running `forward()` once.

    Raises AuditError for an unknown name, a module of another model, or where no linear layer makes the output.
    """
    layers = dict(model.named_modules())
    if isinstance(head, nn.Module):
        name = next((name for name, module in layers.items() if module is head), None)
        if name is None:
            raise AuditError(f"head is a {type(head).__name__} that is no part of model; pass one of its own layers")
        head = name
    if head is None:
        return _found(layers, forward)
    if head not in layers or head == "":
        known = [name for name, module in layers.items() if name and looks_linear(module)]
        listed = ", ".join(known[-8:]) or "none"
        raise AuditError(
            f"head is {head!r}, must be a layer of the model{near(head, list(layers))}; its last linear layers are "
            f"{listed}"
        )
    module, name = innermost(layers[head], head)
    return name, module


def _found(layers: Mapping[str, nn.Module], forward: Callable[[], Any]) -> tuple[str, nn.Module]:
    linear = {name: module for name, module in layers.items() if looks_linear(module)}
    if not linear:
        raise AuditError(f"model has no linear layer, must have one as its head; {WAY_OUT}")
    calls: list[tuple[str, int, tuple[int, ...]]] = []

    def noting(name: str) -> Callable:
        def note(module: nn.Module, inputs: Any, output: Any) -> None:
            if isinstance(output, Tensor):
                calls.append((name, output.data_ptr(), tuple(output.shape)))

        return note

    with ExitStack() as hooks:
        for name, module in linear.items():
            hooks.callback(module.register_forward_hook(noting(name)).remove)
        logits = logits_of(forward())
    if logits is None:
        raise AuditError(f"model returns no tensor with two axes or more, must return logits; {WAY_OUT}")
    same = [name for name, place, shape in calls if place == logits.data_ptr() and shape[-1] == logits.shape[-1]]
    wide = [name for name, _, shape in calls if shape[-1] == logits.shape[-1]]
    chosen = same or wide
    if not chosen:
        last = f"the last one called is {calls[-1][0]} with {calls[-1][2][-1]} outputs" if calls else "none was called"
        raise AuditError(f"model returns {logits.shape[-1]} logits that no linear layer makes ({last}); {WAY_OUT}")
    return chosen[-1], linear[chosen[-1]]
