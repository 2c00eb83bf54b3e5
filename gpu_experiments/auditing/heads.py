"""What makes a module a linear head, logits = W x + b, and why some that look like one are refused.

A head of one row (logistic regression) is the softmax of (0, z): it is given a second row of zeros, which changes no
probability, no loss, and no relative flatness. A quantised head is refused, because the rounding of its weights and
inputs makes it piecewise constant: the Hessian behind relative flatness is zero or undefined.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gpu_experiments.auditing.errors import AuditError

HARMLESS = (nn.Dropout, nn.Identity)  # the identity in evaluation mode
BEYOND_LINEAR = (
    "relative flatness, NC3, NC4, margins and every bound on them: they need logits = W x + b, and {what}",
)


@dataclass(frozen=True, slots=True)
class LinearHead:
    """weight (K, d) and bias (K,) as the model holds them, K >= 2, and what has to be said about them.

    `weight` is None where the head is not linear; `beyond` says what cannot be concluded then.
    """

    name: str
    weight: Tensor | None
    bias: Tensor | None
    notes: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()

    @property
    def classes(self) -> int | None:
        return None if self.weight is None else self.weight.shape[0]


def looks_linear(module: nn.Module) -> bool:
    """Whether the module is a linear layer by type or by name, quantised ones included."""
    return isinstance(module, nn.Linear) or type(module).__name__ in ("Conv1D", "QuantLinear") or _quantised(module)


def innermost(module: nn.Module, name: str) -> tuple[nn.Module, str]:
    """The linear layer of a Sequential that holds nothing else but dropout and identities, or the module itself."""
    if isinstance(module, nn.Sequential):
        rest = [(key, child) for key, child in module.named_children() if not isinstance(child, HARMLESS)]
        if len(rest) == 1:
            return innermost(rest[0][1], f"{name}.{rest[0][0]}" if name else rest[0][0])
    return module, name


def linear_head(module: nn.Module, name: str, model: nn.Module | None = None) -> LinearHead:
    """What the module is as a head. `model` is searched for layers that share its weight.

    Raises AuditError for a module without parameters and for a quantised one.
    """
    if _quantised(module):
        raise AuditError(
            f"head {name} is quantised ({_kind(module)}), must hold floating-point weights: rounded, its logits are "
            "piecewise constant and have no Hessian; audit the model before quantisation, or its dequantised copy"
        )
    if not looks_linear(module):
        return _not_linear(module, name)
    weight, bias = module.weight.detach(), getattr(module, "bias", None)
    if type(module).__name__ == "Conv1D":
        weight = weight.T
    return padded(LinearHead(name, weight, None if bias is None else bias.detach(), _shared(module, name, model)))


def padded(head: LinearHead) -> LinearHead:
    """The same head with two rows where it had one."""
    if head.weight is None or head.weight.dim() != 2 or head.weight.shape[0] != 1:
        return head
    weight = torch.cat([torch.zeros_like(head.weight), head.weight])
    bias = None if head.bias is None else torch.cat([torch.zeros_like(head.bias), head.bias])
    note = f"head {head.name} has one output z; judged as the softmax of (0, z), labels 0 and 1"
    return LinearHead(head.name, weight, bias, (*head.notes, note), head.beyond)


def without_head(name: str, what: str) -> LinearHead:
    """A head of which only the input can be judged, and the sentence about what cannot."""
    return LinearHead(name, None, None, (), tuple(line.format(what=what) for line in BEYOND_LINEAR))


def _not_linear(module: nn.Module, name: str) -> LinearHead:
    if not any(True for _ in module.parameters()):
        raise AuditError(
            f"head {name} is {type(module).__name__} without weight, must be a linear layer; name the layer that "
            "makes the logits, or pass head=function(model, inputs) -> (features, weight, bias)"
        )
    inner = [f"{name}.{key}" for key, child in module.named_modules() if key and looks_linear(child)]
    what = f"{name} ({type(module).__name__}) is not linear"
    hint = f"; head={inner[-1]!r}, its last linear layer, judges the features just before it" if inner else ""
    return without_head(name, what + hint)


def _quantised(module: nn.Module) -> bool:
    weight = getattr(module, "weight", None)
    if "quantized" in type(module).__module__ and callable(weight):
        return True
    if not isinstance(module, nn.Linear) and type(module).__name__ == "QuantLinear":
        return True
    if not isinstance(module, nn.Linear) or not isinstance(weight, Tensor):
        return False
    narrow = not weight.dtype.is_floating_point or weight.dtype.itemsize == 1
    foreign = any(word in type(weight.detach()).__name__.lower() for word in ("quant", "int4", "int8", "nf4"))
    return narrow or foreign or weight.is_quantized


def _kind(module: nn.Module) -> str:
    weight = getattr(module, "weight", None)
    dtype = f", weight {weight.dtype}" if isinstance(weight, Tensor) else ""
    return f"{type(module).__module__}.{type(module).__name__}{dtype}"


def _shared(module: nn.Module, name: str, model: nn.Module | None) -> tuple[str, ...]:
    own = module.weight
    for other, found in model.named_modules() if model is not None else ():
        mine = found is not module and isinstance(own, nn.Parameter)
        if mine and any(value is own for value in found.parameters(recurse=False)):
            return (
                f"head {name} shares its weight with {other}: relative flatness is that of the head alone, the other "
                "use held fixed",
            )
    return ()
