"""What the person at the keyboard got wrong becomes one line on standard error and an exit code, never a traceback.

    UsersMistake, or a file system that refuses (full disk, no permission, not a folder)   -> 2
    Ctrl-C                                                                                 -> 130

Anything else is a bug of ours and keeps its traceback.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import typer

from theory.errors import UsersMistake

WRONG_USE, INTERRUPTED = 2, 130
REFUSALS = {
    errno.ENOSPC: "free some space, or choose another --out",
    errno.EDQUOT: "free some of the quota, or choose another --out",
    errno.EFBIG: "choose another --out",
    errno.EACCES: "choose a place that you may use",
    errno.EPERM: "choose a place that you may use",
    errno.EROFS: "choose a place that can be written",
    errno.ENOTDIR: "choose a path whose parents are folders",
    errno.EISDIR: "name a file, or remove the folder",
    errno.ENAMETOOLONG: "choose a shorter path",
}


def told_plainly(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command, with its users' mistakes told in one line and turned into exit codes."""

    @wraps(command)
    def guarded(*arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except KeyboardInterrupt:
            _tell("stopped by Ctrl-C; what was written is whole, and training goes on with --resume")
            raise typer.Exit(INTERRUPTED) from None
        except UsersMistake as mistake:
            _tell(f"error: {mistake}")
            raise typer.Exit(WRONG_USE) from None
        except OSError as error:
            if error.errno not in REFUSALS:
                raise
            place = error.filename if error.filename is not None else "a file"
            _tell(f"error: {place} cannot be used ({error.strerror}); {REFUSALS[error.errno]}")
            raise typer.Exit(WRONG_USE) from None

    return guarded


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")
