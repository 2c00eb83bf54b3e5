"""Judge somebody else's network: does it collapse, how flat is it, which bounds of the theory does it respect.

    audit(model, loader) -> Audit              a torch module and what it was trained on
    audit_features("features.npz") -> dict     features, labels, weight, bias on disk, as `tightframe check` prints them

The head is the last linear layer unless it is named; its input are the features. The model is left as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import nn

from gpu_experiments.auditing.batches import Unpack
from gpu_experiments.auditing.errors import AuditError
from gpu_experiments.auditing.passes import KEEP, measure
from gpu_experiments.auditing.reading import IGNORED, ModelRows, OddHead
from gpu_experiments.auditing.result import Audit, audit_of
from gpu_experiments.auditing.saved import saved_rows
from gpu_experiments.auditing.undisturbed import undisturbed
from numerics.metrics import MetricError

__all__ = ["Audit", "AuditError", "audit", "audit_features", "audit_saved"]

SPLITS = ("train", "test")
WORTH_SAYING = 200_000_000


def audit(
    model: nn.Module,
    loader: Iterable,
    head: str | nn.Module | OddHead | None = None,
    *,
    split: str = "train",
    loss: str = "cross_entropy",
    reduction: str = "mean",
    unpack: Unpack | None = None,
    ignore_index: int = IGNORED,
    shift: bool | None = None,
    classes: int | None = None,
    keep: int = KEEP,
    memory_cap: int | None = None,
    progress: bool = True,
    name: str | None = None,
) -> Audit:
    """Every observable of the last layer of `model` over `loader`, held against every bound of the theory.

    `loader` yields (x, y) or dicts with "labels"; otherwise `unpack(batch)` gives (inputs, labels). Labels are class
    indices; those equal to `ignore_index` are left out. `head` is None (the linear layer that makes the output), a
    name, a module, or head(model, inputs) -> (features (..., d), weight (K, d) or None, bias (K,) or None).
    `split` says which data the loader holds, `loss` and `reduction` how the model was trained ("cross_entropy" or
    "mse"). `shift` judges token t on features of t - 1 (by default for causal language models of Hugging Face).
    `classes` is needed only where neither head nor logits tell. Features are kept for the second pass up to `keep`
    bytes, else the loader is read twice; `memory_cap` refuses accumulators beyond so many bytes.

    Raises AuditError (a ValueError) for an empty loader, one class, NaN (which batch, how many), labels that are no
    class indices, and heads that are quantised, without weight or not found.
    """
    if split not in SPLITS:
        raise AuditError(f"split is {split!r}, must be train or test; say which data the loader holds")
    with bar(loader, progress) as (advance, foretell):
        source = ModelRows(model, loader, head, unpack, ignore_index, shift, after_batch=advance)
        settings = {"loss": loss, "reduction": reduction, "keep": keep, "memory_cap": memory_cap, "declared": classes}
        settings["foretell"] = foretell
        with undisturbed(source.model):
            measured = _measured(source, settings)
    notes = (f"{source.ignored} labels were ignored",) * bool(source.ignored)
    about = {"kind": "model", "loss": loss, "digest": fingerprint(source.found)}
    title = name or type(source.model).__name__
    return audit_of(title, source.found, measured, split, notes, about)


def audit_saved(path: Path, *, loss: str = "cross_entropy", memory_cap: int | None = None) -> Audit:
    """The audit of features on disk: .npz or .safetensors with features (N, d), labels (N,), and weight (K, d) and bias
    (K,) where flatness, NC3 and NC4 are wanted. Raises AuditError, naming the file."""
    path = Path(path)
    try:
        source = saved_rows(path)
        measured = measure(source, loss=loss, memory_cap=memory_cap, keep=0)
    except MetricError as error:
        raise AuditError(f"{path}: {error}") from None
    except AuditError as error:
        raise error if str(path) in str(error) else AuditError(f"{path}: {error}") from None
    about = {"kind": "features", "loss": loss, "digest": fingerprint(source.found)}
    return audit_of(path.name, source.found, measured, "train", source.notes, about)


def audit_features(path: Path) -> dict[str, Any]:
    """One run in the shape of `check --json`: {"path", "observables", "verdicts", "values", "notes", ...}."""
    found = audit_saved(path).as_dict()
    values = found.pop("observables")
    return {"path": str(path), "experiment": "audit", "observables": sorted(values), "values": values, **found}


def fingerprint(head: Any) -> str | None:
    """Twelve hex digits of the head's weight, so that records of different models are never taken for seeds of one."""
    from gpu_experiments.record import digest

    return None if head.weight is None else digest({"weight": head.weight})[:12]


def _measured(source: ModelRows, settings: dict[str, Any]) -> Any:
    try:
        return measure(source, **settings)
    except MetricError as error:
        raise AuditError(str(error)) from None


@contextmanager
def bar(loader: Iterable, shown: bool) -> Iterator[tuple[Callable[[int], None], Callable[[int], None]]]:
    """Batches done and time left on standard error; yields a function of the batch's number, and one of the memory
    that the sums will need, which is said where it is large."""
    if not shown:
        yield lambda number: None, lambda need: None
        return
    from rich.console import Console
    from rich.progress import Progress

    total = len(loader) if hasattr(loader, "__len__") else None
    with Progress(console=Console(stderr=True)) as drawn:
        task = drawn.add_task("audit: first pass", total=total)

        def advance(number: int) -> None:
            again = number == 0 and drawn.tasks[0].completed > 0
            words = "audit: second pass" if again else drawn.tasks[0].description
            drawn.update(task, completed=number + 1, description=words)

        def foretell(need: int) -> None:
            if need > WORTH_SAYING:
                drawn.console.print(
                    f"predicted memory of the sums: {need / 1e6:.0f} MB, whatever the number of samples"
                )

        yield advance, foretell
