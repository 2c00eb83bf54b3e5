"""Rows (features, labels) of a loader, as the head of a model sees them.

    features (B, d), labels (B,)          one sample each
    features (B, T, d), labels (B, T)     tokens are samples, the vocabulary the classes; `ignore_index` is left out
    features (B, T, d), labels (B,)       the position that the model's output was taken from, or the mean over T

Causal language models of Hugging Face are judged on the next token: features[:, :-1] with labels[:, 1:].
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from gpu_experiments.auditing.batches import Batch, Unpack, batch_of
from gpu_experiments.auditing.comparing import picked, what_comes_after
from gpu_experiments.auditing.errors import AuditError
from gpu_experiments.auditing.heads import LinearHead, linear_head, padded, without_head
from gpu_experiments.auditing.locating import chosen_head, logits_of
from gpu_experiments.auditing.undisturbed import device_of, unwrapped

IGNORED = -100
NEXT_TOKEN = ("ForCausalLM", "LMHeadModel")
OddHead = Callable[[nn.Module, Any], tuple[Any, Any, Any]]


@dataclass(frozen=True, slots=True)
class Rows:
    """features (n, d) where the model left them, labels (n,) on the CPU, the number of the batch they came in."""

    number: int
    features: Any
    labels: Any


@dataclass(slots=True)
class ModelRows:
    """The rows of `loader` before the head of `model`, batch after batch; iterate inside `undisturbed(model)`.

    `head` is None (found on the first batch), a name, a module, or a function. After the first batch `found` is the
    head and `classes` the number of logits. Raises AuditError as its parts do.
    """

    model: nn.Module
    loader: Iterable
    head: str | nn.Module | OddHead | None = None
    unpack: Unpack | None = None
    ignore_index: int = IGNORED
    shift: bool | None = None
    found: LinearHead | None = None
    classes: int | None = None
    ignored: int = 0
    after_batch: Callable[[int], None] = lambda number: None
    _place: tuple[str, nn.Module] | None = None

    def __post_init__(self) -> None:
        self.model = unwrapped(self.model)
        if not isinstance(self.loader, Iterable):
            raise AuditError(f"loader is a {type(self.loader).__name__}, must be iterable; pass a DataLoader or a list")

    @property
    def repeatable(self) -> bool:
        """Whether a second pass over the loader is possible (a generator is spent after one)."""
        return not isinstance(self.loader, Iterator)

    def __iter__(self) -> Iterator[Rows]:
        self.ignored = 0
        for number, item in enumerate(self.loader):
            batch = batch_of(item, self.model, self.unpack, number).on(device_of(self.model))
            features = self._odd(batch) if self._is_odd else self._hooked(batch)
            rows = self._flat(features, self._labels(batch, number), number)
            self.after_batch(number)
            if rows is not None:
                yield rows

    @property
    def _is_odd(self) -> bool:
        return callable(self.head) and not isinstance(self.head, nn.Module)

    def _odd(self, batch: Batch) -> Tensor:
        answer = self.head(self.model, batch.inputs[0] if batch.inputs else batch.named)
        if not isinstance(answer, tuple) or len(answer) != 3:
            raise AuditError(f"head returned a {type(answer).__name__}, must be the tuple (features, weight, bias)")
        features, weight, bias = answer
        if self.found is None:
            name = getattr(self.head, "__name__", "head")
            parts = (None if part is None else part.detach() for part in (weight, bias))
            self.found = without_head(name, f"{name} gives no weight") if weight is None else LinearHead(name, *parts)
            self.found = padded(self.found)
            self.classes = self.found.classes
        return features.detach()

    def _hooked(self, batch: Batch) -> Tensor:
        name, module = self._place or chosen_head(self.model, self.head, lambda: batch.through(self.model))
        calls: list[tuple[Tensor, Any]] = []

        def note(_: nn.Module, args: tuple, named: dict, output: Any) -> None:
            calls.append((args[0] if args else next(iter(named.values())), output))

        hook = module.register_forward_hook(note, with_kwargs=True)
        try:
            logits = logits_of(batch.through(self.model))
        finally:
            hook.remove()
        if len(calls) != 1:
            raise AuditError(
                f"head {name} was called {len(calls)} times in one forward pass, must be called once; "
                "pass head=function(model, inputs) -> (features, weight, bias)"
            )
        features, output = calls[0]
        if self._place is None:
            self._first(name, module, output, logits)
        return picked(features.detach(), output, logits, batch.labels)

    def _first(self, name: str, module: nn.Module, output: Any, logits: Tensor | None) -> None:
        self._place = name, module
        head = linear_head(module, name, self.model)
        if head.weight is None:
            self.classes = None if logits is None else logits.shape[-1]
        else:
            notes, beyond = what_comes_after(name, output, logits)
            head = LinearHead(head.name, head.weight, head.bias, head.notes + notes, head.beyond + beyond)
            self.classes = head.classes
        self.found = head

    def _labels(self, batch: Batch, number: int) -> Tensor:
        labels = batch.labels
        if labels is None:
            tokens = batch.named.get("input_ids")
            if tokens is None or not self._next_token:
                raise AuditError(f"batch {number} holds no labels, must hold them; put them under 'labels'")
            labels = tokens.cpu()
            if batch.named.get("attention_mask") is not None:
                labels = labels.masked_fill(batch.named["attention_mask"].cpu() == 0, self.ignore_index)
        return labels

    @property
    def _next_token(self) -> bool:
        if self.shift is not None:
            return self.shift
        return any(kind.__name__.endswith(NEXT_TOKEN) for kind in type(self.model).__mro__)

    def _flat(self, features: Tensor, labels: Tensor, number: int) -> Rows | None:
        """One row per sample, ignored ones left out; None where nothing is left."""
        if labels.dim() == 2 and features.dim() == 3 and labels.shape == features.shape[:-1] and self._next_token:
            features, labels = features[:, :-1], labels[:, 1:]
        rows = features[..., 0].numel()
        if labels.shape != features.shape[:-1] and (labels.dim() < 2 or labels.numel() != rows):
            raise AuditError(_mismatch(features, labels, number))
        features, labels = features.reshape(-1, features.shape[-1]), labels.reshape(-1)
        kept = labels != self.ignore_index
        if not bool(kept.all()):
            self.ignored += int((~kept).sum())
            features, labels = features[kept.to(features.device)], labels[kept]
        return Rows(number, features, labels) if len(labels) else None


def _mismatch(features: Tensor, labels: Tensor, number: int) -> str:
    shape, wanted = tuple(labels.shape), tuple(features.shape[:-1])
    if labels.dim() == features.dim() and labels.shape[0] == features.shape[0]:
        way_out = "turn one-hot or soft labels into class indices with labels.argmax(-1)"
    else:
        way_out = "pass head=function(model, inputs) -> (features, weight, bias), or unpack=function(batch)"
    return f"labels of batch {number} have shape {shape}, must be {wanted}, one for each row before the head; {way_out}"
