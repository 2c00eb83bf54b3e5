"""The idx format of MNIST and its relatives: 00 00 08 D, D big-endian sizes, then unsigned bytes; often gzipped."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gpu_experiments.data import DataError, DataSet, _files, subsets

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def parse(content: bytes, label: str) -> np.ndarray:
    """The array of unsigned bytes. Raises DataError where the content is not idx, or not all of it."""
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            raise DataError(f"{label} is a damaged gzip file; fetch it again") from None
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise DataError(
            f"{label} starts with {content[:4].hex()}, must be an idx file of bytes (000008..); fetch it again"
        )
    ranks = content[3]
    sizes = struct.unpack(f">{ranks}I", content[4 : 4 + 4 * ranks]) if len(content) >= 4 + 4 * ranks else (1 << 62,)
    body = content[4 + 4 * ranks :]
    if len(body) != int(np.prod(sizes)):
        raise DataError(f"{label} holds {len(body)} values, must be {'x'.join(map(str, sizes))}; fetch it again")
    return np.frombuffer(body, np.uint8).reshape(sizes)


def images(name: str, folder: Path, sums: Mapping[str, str], train: int, test: int, seed: int) -> DataSet:
    """The four files of `folder`, gzipped or not, pixels divided by 255, shape (N, 784) for 28 x 28."""
    arrays = []
    for file in FILES:
        path = folder / file if (folder / file).exists() else folder / f"{file}.gz"
        content = _files.read(path)
        plain = gzip.decompress(content) if file in sums and content[:2] == b"\x1f\x8b" else content
        arrays.append(parse(_files.checked(plain, str(path), sums.get(file)), str(path)))
    train_images, train_labels, test_images, test_labels = arrays
    pairs = ((train_images, train_labels), (test_images, test_labels))
    scaled = [(x.reshape(len(x), -1).astype(np.float32) / np.float32(255), y.astype(np.int64)) for x, y in pairs]
    return subsets(name, *scaled, 10, train, test, seed)
