"""CIFAR-10, the binary version (no pickle): 50,000 + 10,000 colour images 3 x 32 x 32 in ten balanced classes.

Each record of a file is one byte of label and 3072 bytes of pixels, channel by channel. From a folder with the six .bin
files, or from their usual address. Pixels are mapped to [-1, 1] by (x/255 - 1/2) / (1/2).
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np

from gpu_experiments.data import DataError, DataSet, _files, subsets
from numerics.trajectory import write_atomically

ADDRESS = "https://www.cs.toronto.edu/~kriz/"
MD5 = {"cifar-10-binary.tar.gz": "md5:c32a1d4ab5d03f1284b67883e8d87530"}
TRAIN = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
TEST = ("test_batch.bin",)
RECORD = 1 + 3 * 32 * 32


def load(*, train: int = 50_000, test: int = 10_000, seed: int = 0, folder: str | None = None) -> DataSet:
    """Inputs (N, 3, 32, 32) in [-1, 1]; `seed` chooses which. Raises DataError."""
    found = _files.find("cifar10", (TRAIN[0],), folder) or _unpacked(_files.download("cifar10", ADDRESS, MD5))
    return subsets("cifar10", _part(found, TRAIN), _part(found, TEST), 10, train, test, seed)


def _part(folder: Path, names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    records = np.concatenate([_records(folder / name) for name in names])
    pixels = records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32)
    return pixels / np.float32(127.5) - np.float32(1), records[:, 0].astype(np.int64)


def _records(path: Path) -> np.ndarray:
    content = _files.read(path)
    if not content or len(content) % RECORD:
        raise DataError(f"{path} has {len(content)} bytes, must be a multiple of {RECORD}; fetch it again")
    return np.frombuffer(content, np.uint8).reshape(-1, RECORD)


def _unpacked(folder: Path) -> Path:
    inner = folder / "cifar-10-batches-bin"
    if not (inner / TEST[0]).exists():
        with tarfile.open(folder / next(iter(MD5))) as archive:
            for name in (*TRAIN, *TEST):  # these alone, the one that is looked for last
                content = archive.extractfile(f"{inner.name}/{name}").read()
                write_atomically(inner / name, content)
    return inner
