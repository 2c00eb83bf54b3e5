"""Features on disk: features (N, d), labels (N,), weight (K, d), bias (K,) in one .npz or .safetensors file.

Arrays stay on disk: members of an .npz that are stored as they are get mapped into memory, those of .safetensors are
read by rows, so N may exceed the memory. Nothing is ever unpickled: unpickling runs whatever code the file holds.
Compressed members of an .npz cannot be mapped; they are unpacked, if half of the free memory holds them.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gpu_experiments.auditing.errors import AuditError
from gpu_experiments.auditing.heads import LinearHead, padded, without_head
from gpu_experiments.auditing.reading import Rows

PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin")
BLOCK_BYTES = 2**26
LOCAL_HEADER = 30


@dataclass(slots=True)
class SavedRows:
    """The rows of a file, block after block. `shape` of features, `part(name, start, stop)` of any array."""

    shape: tuple[int, ...]
    part: Callable[[str, int, int], Any]
    found: LinearHead
    classes: int | None
    notes: tuple[str, ...] = field(default=())
    repeatable: bool = True

    def __iter__(self) -> Iterator[Rows]:
        step = max(BLOCK_BYTES // (4 * max(self.shape[-1], 1)), 1024)
        for number, start in enumerate(range(0, self.shape[0], step)):
            stop = min(start + step, self.shape[0])
            yield Rows(number, self.part("features", start, stop), self.part("labels", start, stop))


def saved_rows(path: Path) -> SavedRows:
    """Open a file for an audit. Raises AuditError for what is missing, pickled, truncated or of another kind."""
    path = Path(path)
    if path.suffix in PICKLES:
        raise AuditError(
            f"{path} is a pickle, must be .safetensors or .npz: unpickling runs code that the file chooses; save with "
            "safetensors.torch.save_file({'features': ..., 'labels': ..., 'weight': ..., 'bias': ...}, path)"
        )
    if path.suffix not in (".npz", ".safetensors"):
        raise AuditError(f"{path} has the ending {path.suffix or 'none'}, must be .npz or .safetensors; save it so")
    if not path.is_file():
        raise AuditError(f"{path} does not exist or is no file; give a file of saved features")
    return _npz(path) if path.suffix == ".npz" else _safetensors(path)


def _rows(path: Path, shapes: dict[str, tuple], part: Callable, whole: Callable, notes: tuple = ()) -> SavedRows:
    missing = [name for name in ("features", "labels") if name not in shapes]
    if missing:
        raise AuditError(
            f"{path} holds {', '.join(sorted(shapes)) or 'nothing'} and no {' or '.join(missing)}, must hold features "
            "and labels, and weight and bias of the head"
        )
    features, labels = shapes["features"], shapes["labels"]
    if len(features) != 2 or 0 in features:
        raise AuditError(f"{path} has features of shape {features}, must be (samples, dimension); flatten them")
    if labels[:1] != features[:1]:
        raise AuditError(f"{path} has labels of shape {labels}, must be ({features[0]},), one for each row of features")
    if "weight" in shapes:
        bias = whole("bias") if "bias" in shapes else None
        head = padded(LinearHead("weight", _tensor(whole("weight")), _tensor(bias)))
        return SavedRows(features, part, head, head.classes, notes)
    largest = _largest(part, features[0])
    return SavedRows(features, part, without_head("none", "the file holds no weight"), largest + 1, notes)


def _tensor(array: Any) -> torch.Tensor | None:
    return torch.from_numpy(np.array(array)) if isinstance(array, np.ndarray) else array


def _largest(part: Callable, samples: int) -> int:
    from numerics.metrics.inputs import class_indices

    steps = range(0, samples, 2**22)
    return max(
        int(class_indices(part("labels", start, min(start + 2**22, samples)), min(2**22, samples - start)).max())
        for start in steps
    )


def _safetensors(path: Path) -> SavedRows:
    from safetensors import SafetensorError, safe_open

    try:
        file = safe_open(path, framework="pt")
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}
    except (SafetensorError, OSError) as error:
        raise AuditError(f"{path} is truncated or no safetensors file ({error}); save it again") from None
    return _rows(path, shapes, lambda name, start, stop: file.get_slice(name)[start:stop], file.get_tensor)


def _npz(path: Path) -> SavedRows:
    try:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            known = ("features", "labels", "weight", "bias")
            arrays = {name: _member(path, archive, info) for name, info in members.items() if name in known}
    except (zipfile.BadZipFile, OSError, struct.error, EOFError) as error:
        raise AuditError(f"{path} is truncated or no .npz file ({error}); save it again with numpy.savez") from None
    shapes = {name: array.shape for name, array in arrays.items()} | {
        name: () for name in members if name not in arrays
    }
    unpacked = [name for name, array in arrays.items() if not isinstance(array, np.memmap)]
    notes = (f"{', '.join(unpacked)} are compressed and were unpacked into memory",) if unpacked else ()
    return _rows(path, shapes, lambda name, start, stop: arrays[name][start:stop], arrays.__getitem__, notes)


def _member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    """One array of the archive, mapped where it is stored uncompressed."""
    with archive.open(info) as file:
        try:
            version = np.lib.format.read_magic(file)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, fortran, dtype = read(file)
        except ValueError as error:
            raise AuditError(f"{path} has a broken {info.filename} ({error}); save it again with numpy.savez") from None
        if dtype.hasobject:
            raise AuditError(
                f"{path} holds {info.filename} as Python objects, must be numbers: objects are pickled, and unpickling "
                "runs code that the file chooses; save it as an array of floats or integers"
            )
        begin = file.tell()
        if info.compress_type == zipfile.ZIP_STORED and 0 not in shape:
            return _mapped(path, info, begin, dtype, shape, fortran)
        return _unpacked(path, info, file, dtype, shape, fortran)


def _mapped(path: Path, info: zipfile.ZipInfo, begin: int, dtype: np.dtype, shape: tuple, fortran: bool) -> np.memmap:
    with open(path, "rb") as raw:
        raw.seek(info.header_offset)
        name_length, extra_length = struct.unpack("<HH", raw.read(LOCAL_HEADER)[26:30])
    offset = info.header_offset + LOCAL_HEADER + name_length + extra_length + begin
    need = dtype.itemsize * int(np.prod(shape))
    if begin + need > info.file_size:
        raise AuditError(f"{path} has a truncated {info.filename}, must hold {need} bytes; save it again")
    return np.memmap(path, dtype, "r", offset, shape or (1,), "F" if fortran else "C")


def _unpacked(path: Path, info: zipfile.ZipInfo, file: Any, dtype: np.dtype, shape: tuple, fortran: bool) -> np.ndarray:
    import psutil

    need, room = dtype.itemsize * int(np.prod(shape)), psutil.virtual_memory().available // 2
    if need > room:
        raise AuditError(
            f"{path} holds {info.filename} compressed, {need / 1e9:.1f} GB unpacked, must be at most "
            f"{room / 1e9:.1f} GB; save it with numpy.savez (uncompressed), which is mapped and never unpacked"
        )
    content = file.read(need)
    if len(content) < need:
        raise AuditError(f"{path} has a truncated {info.filename}, must hold {need} bytes; save it again")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C")
