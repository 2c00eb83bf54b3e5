"""The command line: verify, claims, simulate, train, sweep, check, report.

People's text and progress go to standard error; --json prints one object on standard output and nothing else. Exit
codes: 0 done, 1 a claim without its recorded status (verify) or a failed trial (sweep), 2 a user's mistake, 130 Ctrl-C.
Whatever is heavy is imported inside the command that needs it, so that --help answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tightframe.mistakes import told_plainly
from tightframe.words import one_pair_per_option

app = typer.Typer(
    name="tightframe",
    help="Verify the theory of neural collapse and flatness, simulate its models, hold real networks against it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class Device(StrEnum):
    AUTO, CPU, CUDA, MPS = "auto", "cpu", "cuda", "mps"


class Precision(StrEnum):
    FLOAT32, BFLOAT16 = "float32", "bfloat16"


class Engine(StrEnum):
    LOCAL, DASK = "local", "dask"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
Out = Annotated[Path, typer.Option("--out", help="Folder to write; a finished record in it is never overwritten.")]
Settings = Annotated[list[str] | None, typer.Option("--set", metavar="K=V ...", help="Override settings.")]
Seeds = Annotated[int, typer.Option("--seeds", help="Seeds 0 to N-1, each in its own folder.")]


@app.command()
@told_plainly
def verify(
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY]...", help="Claims to check; all by default.")
    ] = None,
    kernel: Annotated[bool, typer.Option("--kernel", help="Also re-check the Rocq proofs with coqc.")] = False,
    as_json: Json = False,
) -> None:
    """Check claims: 0 if every claim has its recorded status, 1 if not."""
    from tightframe.verifying import verification

    result, settled = verification(keys or None, kernel)
    if as_json:
        _emit(result)
    else:
        from tightframe.telling import tell_verification

        tell_verification(result, proofs=bool(keys))
    if not settled:
        raise typer.Exit(1)


@app.command()
@told_plainly
def claims(
    as_json: Json = False,
    as_dot: Annotated[bool, typer.Option("--dot", help="Print the dependency graph for Graphviz.")] = False,
) -> None:
    """List the claims, or their dependency graph."""
    from proofs.ledger import claims as listing
    from tightframe.telling import dot, tell_claims

    if as_json and as_dot:
        raise typer.BadParameter("--json and --dot were both given, must be one of them")
    found = listing()
    if as_json:
        _emit(found)
    elif as_dot:
        sys.stdout.write(dot(found["claims"]) + "\n")
    else:
        tell_claims(found)


@app.command()
@told_plainly
def simulate(
    model: Annotated[str, typer.Argument(help="Which model; a wrong name lists them.")],
    out: Out,
    settings: Settings = None,
    seeds: Seeds = 1,
) -> None:
    """Integrate a model and write its trajectory."""
    from tightframe.running import simulate as run

    run(model, settings or [], seeds, out)


@app.command()
@told_plainly
def train(
    experiment: Annotated[str, typer.Argument(help="Which experiment; a wrong name lists them.")],
    out: Out,
    settings: Settings = None,
    seeds: Seeds = 1,
    device: Annotated[Device, typer.Option("--device", help="Where to train.")] = Device.AUTO,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a half-written run.")] = False,
    precision: Annotated[Precision, typer.Option("--precision", help="Of the forward passes.")] = Precision.FLOAT32,
    compiled: Annotated[bool, typer.Option("--compile", help="Compile the training step.")] = False,
) -> None:
    """Train real networks and log every observable."""
    from tightframe.running import train as run

    run(experiment, settings or [], seeds, device.value, out, resume, precision=precision.value, compiled=compiled)


@app.command()
@told_plainly
def sweep(
    experiment: Annotated[str, typer.Argument(help="Which experiment; a wrong name lists them.")],
    grid: Annotated[list[str], typer.Option("--grid", metavar="K=V1,V2 ...", help="Values to combine; seed is a key.")],
    out: Out,
    engine: Annotated[Engine, typer.Option("--engine", help="Processes here, or a Dask cluster.")] = Engine.LOCAL,
    address: Annotated[str | None, typer.Option("--address", help="The Dask scheduler, for --engine dask.")] = None,
) -> None:
    """Train an experiment at every point of a grid; finished trials are never repeated."""
    from tightframe.sweeping import sweep as run

    if not run(experiment, grid, out, engine.value, address):
        raise typer.Exit(1)


@app.command()
@told_plainly
def check(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Run folders, logs or saved features.")],
    as_json: Json = False,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="OBSERVABLE=COLUMN ...", help="Name a log's columns.")
    ] = None,
    onset_threshold: Annotated[
        float | None, typer.Option("--onset-threshold", help="NC1 at which a log counts as collapsed.")
    ] = None,
) -> None:
    """Hold runs, somebody else's logs or saved features against the theory's bounds."""
    from tightframe.checking import check as judged
    from tightframe.words import columns

    result = judged(paths, columns(mapping or []), onset_threshold)
    if as_json:
        _emit(result)
    else:
        from tightframe.telling_verdicts import tell_check

        tell_check(result)


@app.command()
@told_plainly
def report(
    out: Out,
    folders: Annotated[list[Path] | None, typer.Argument(metavar="[DIR]...", help="Run folders to show.")] = None,
    only: Annotated[str | None, typer.Option("--only", metavar="KEY", help="One claim and what it rests on.")] = None,
) -> None:
    """Write one self-contained HTML page, and the figures beside it."""
    from tightframe.console import people, say
    from tightframe.report import build

    with people().status("collecting claims, runs and verdicts") as status:
        build(folders or [], out, only, status.update)
    say(f"the page is {out / 'index.html'}")


def main(words: Sequence[str] | None = None) -> None:
    """The console script; `words` are those of the command line after the program's name. Ends in SystemExit."""
    app(args=one_pair_per_option(sys.argv[1:] if words is None else words), prog_name="tightframe")


def _emit(result: dict) -> None:
    from tightframe.console import emit

    emit(result)


if __name__ == "__main__":
    main()
