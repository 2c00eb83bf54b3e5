"""MNIST: the full 60,000 + 10,000 digits, from a folder with the four idx files or from their usual address.

Downloads are checked by MD5 (the sums that the format's distributors publish); local files by their structure.
"""

from __future__ import annotations

from gpu_experiments.data import DataSet, _files, _idx

ADDRESS = "https://ossci-datasets.s3.amazonaws.com/mnist/"
MD5 = {
    "train-images-idx3-ubyte.gz": "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "md5:d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "md5:9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "md5:ec29112dd5afa0611ce80d1b7f02629c",
}


def load(*, train: int = 60_000, test: int = 10_000, seed: int = 0, folder: str | None = None) -> DataSet:
    """Inputs (N, 784) in [0, 1]; `seed` chooses which. Raises DataError."""
    found = _files.find("mnist", (_idx.FILES[0], f"{_idx.FILES[0]}.gz"), folder)
    found = found or _files.download("mnist", ADDRESS, MD5)
    return _idx.images("mnist", found, {}, train, test, seed)
