"""The samples that a monitor looks at: drawn once, held in memory, the same at every look.

From a DataLoader over a data set with a length they are drawn from the data set itself, by a fixed permutation: sorted
data show all their classes, and the loader that trains (its workers, its place, its generators) is not touched. From
anything else they are the first ones that come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, Subset

from gpu_experiments.auditing.batches import Unpack, batch_of
from gpu_experiments.auditing.errors import AuditError

HELD_BYTES = 2**28
BATCH = 64


def held(loader: Iterable, model: nn.Module, samples: int, unpack: Unpack | None) -> list[Any]:
    """Batches of `loader` until `samples` labels or 256 MB are reached; a batch beyond that is cut to size.

    Call inside `undisturbed(model)`: data sets may draw from the generators. Raises AuditError where the loader is
    empty.
    """
    kept: list[Any] = []
    rows, size = 0, 0
    for number, item in enumerate(_drawn(loader, samples)):
        batch = batch_of(item, model, unpack, number)
        labels = batch.labels if batch.labels is not None else batch.named.get("input_ids")
        each = 1 if labels is None or labels.dim() < 2 else labels[0].numel()
        wanted = -(-(samples - rows) // each)
        item = _cut(item, wanted) if unpack is None and labels is not None and len(labels) > wanted else item
        kept.append(item)
        rows += each * (wanted if labels is None else min(len(labels), wanted))
        size += _bytes(item)
        if rows >= samples or size >= HELD_BYTES:
            break
    if not kept:
        raise AuditError("loader gave 0 batches, must give at least one; it is empty or spent")
    return kept


def _drawn(loader: Iterable, samples: int) -> Iterable:
    whole = isinstance(loader, DataLoader) and not isinstance(loader.dataset, IterableDataset)
    if not whole or not hasattr(loader.dataset, "__len__"):
        return loader
    order = torch.randperm(len(loader.dataset), generator=torch.Generator().manual_seed(0))
    chosen = Subset(loader.dataset, order[:samples].tolist())
    size = None if loader.batch_sampler is None else loader.batch_size or BATCH  # None: each item is a batch already
    return DataLoader(chosen, batch_size=size, collate_fn=loader.collate_fn)


def _cut(item: Any, rows: int) -> Any:
    if isinstance(item, Tensor):
        return item[:rows] if item.dim() else item
    if isinstance(item, Mapping):
        return {name: _cut(value, rows) for name, value in item.items()}
    return type(item)(_cut(value, rows) for value in item) if type(item) in (tuple, list) else item


def _bytes(item: Any) -> int:
    if isinstance(item, Tensor):
        return item.nbytes
    values = item.values() if isinstance(item, Mapping) else item if isinstance(item, tuple | list) else ()
    return sum(map(_bytes, values))
