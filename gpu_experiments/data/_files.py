"""Where the files of a data set come from, in this order: the folder that is asked for, $TIGHTFRAME_DATA/<data set>,
the places where a package puts them, a download with checksum into the cache folder.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from gpu_experiments.data import DataError, cache_folder


def find(name: str, wanted: Iterable[str], folder: str | None, places: Iterable[str] = ()) -> Path | None:
    """The first folder that holds one of the files `wanted`, or None. A folder that was asked for is the only one
    looked into; DataError where it lacks the files or may not be read."""
    wanted = tuple(wanted)
    if folder is not None:
        if not _holds(Path(folder), wanted, name):
            raise DataError(f"{name} folder is {folder}, must hold {' or '.join(wanted)}; give another folder")
        return Path(folder)
    offered = [Path(os.environ["TIGHTFRAME_DATA"]) / name] if "TIGHTFRAME_DATA" in os.environ else []
    offered += [Path(place) for place in places]
    return next((place for place in offered if _holds(place, wanted, name)), None)


def _holds(folder: Path, wanted: tuple[str, ...], name: str) -> bool:
    try:
        return any((folder / file).is_file() for file in wanted)
    except PermissionError:
        raise DataError(
            f"{name} folder {folder} may not be read; change its permissions or give another folder"
        ) from None


def read(path: Path, sha256: str | None = None) -> bytes:
    """The file's content, checked where a SHA-256 is known. Raises DataError that names the file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{path} does not exist; complete the folder or give another") from None
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror}); change its permissions or give another folder"
        ) from None
    return checked(content, str(path), sha256)


def checked(content: bytes, label: str, sha256: str | None) -> bytes:
    """`content` itself, if its SHA-256 is the known one (or none is known). Raises DataError."""
    if sha256 is not None and (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise DataError(f"{label} has SHA-256 {found[:12]}..., must be {sha256[:12]}...; fetch it again")
    return content


def download(name: str, base: str, files: Mapping[str, str]) -> Path:
    """Fetch `files` (name -> "md5:..." or "sha256:...") from the address `base` into the cache folder and return that.

    A file that is there with the right checksum is not fetched again. Raises DataError for a wrong checksum, no network
    or no permission.
    """
    import pooch
    import requests

    target = cache_folder() / name
    pooch.utils.get_logger().setLevel("ERROR")
    for file, known in files.items():
        try:
            pooch.retrieve(base + file, known, fname=file, path=target, progressbar=False)
        except ValueError as error:
            reason = str(error).split(". ")[0][:160]
            raise DataError(f"{base + file} has the wrong checksum ({reason}); give a folder with the files") from None
        except requests.RequestException as error:
            reason = type(error).__name__
            raise DataError(f"{base + file} cannot be fetched ({reason}); give a folder with the files") from None
        except PermissionError:
            raise DataError(f"{target} cannot be written; set TIGHTFRAME_CACHE to a folder of yours") from None
    return target
