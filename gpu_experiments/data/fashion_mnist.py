"""Fashion-MNIST: 60,000 + 10,000 images of clothes, 28 x 28, ten classes, balanced.

From the Debian package dataset-fashion-mnist, or from a folder with its four idx files.
"""

from __future__ import annotations

from gpu_experiments.data import DataError, DataSet, _files, _idx

PLACES = ("/usr/share/datasets/fashion-mnist",)
SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


def load(*, train: int = 60_000, test: int = 10_000, seed: int = 0, folder: str | None = None) -> DataSet:
    """Inputs (N, 784) in [0, 1]; `seed` chooses which. Raises DataError."""
    wanted = (_idx.FILES[0], f"{_idx.FILES[0]}.gz")
    found = _files.find("fashion_mnist", wanted, folder, PLACES)
    if found is None:
        raise DataError("fashion_mnist is not on this machine; apt-get install dataset-fashion-mnist, or give a folder")
    return _idx.images("fashion_mnist", found, SHA256, train, test, seed)
