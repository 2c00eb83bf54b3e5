"""Tables of the R package mlbench (Debian: r-cran-mlbench), read by pyreadr; no R is needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gpu_experiments.data import DataError, _files

PLACES = ("/usr/lib/R/site-library/mlbench/data", "/usr/local/lib/R/site-library/mlbench/data")


def table(name: str, stem: str, target: str, sha256: str, folder: str | None) -> tuple[np.ndarray, np.ndarray]:
    """(inputs float32 (N, F), labels int64 (N,)), classes numbered in the order of the R factor. Raises DataError."""
    import pyreadr

    found = _files.find(name, (f"{stem}.rda",), folder, PLACES)
    if found is None:
        raise DataError(
            f"{name} is not on this machine; apt-get install r-cran-mlbench, or give a folder with {stem}.rda"
        )
    path = Path(found) / f"{stem}.rda"
    _files.read(path, sha256)
    frame = pyreadr.read_r(str(path))[stem]
    inputs = frame.drop(columns=target).to_numpy(np.float32)
    return inputs, frame[target].cat.codes.to_numpy().astype(np.int64)
