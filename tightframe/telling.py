"""What the commands tell people: tables of claims, proofs step by step, verdicts with their margins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tightframe.console import people

COLOURS = {
    "proved": "green",
    "sharpened": "green",
    "refuted": "magenta",
    "cited": "blue",
    "empirical": "blue",
    "undecided": "yellow",
    "unproved": "yellow",
    "RESPECTED": "green",
    "VIOLATED": "bold red",
    "VACUOUS": "yellow",
    "OUT_OF_SCOPE": "cyan",
    "INCONCLUSIVE": "yellow",
}


def tell_verification(result: Mapping[str, Any], proofs: bool) -> None:
    """One line per claim and the summary; with `proofs`, the assumptions and the steps below each."""
    console = people()
    for claim in result["claims"]:
        seconds = sum(step["seconds"] for step in claim["steps"])
        console.print(
            f"{_coloured(claim['status'])}  [bold]{claim['key']}[/]  {_plain(claim['title'])}  {seconds:.2f} s"
        )
        if claim["status"] != claim["expected"]:
            console.print(f"    [red]recorded as {claim['expected']}[/]  {_plain(claim.get('reason') or '')}")
        if proofs:
            _tell_proof(console, claim)
    _tell_problems(console, result)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(result["summary"].items()))
    console.print(f"{len(result['claims'])} claims: {counts or 'none'}")


def tell_claims(result: Mapping[str, Any]) -> None:
    """Key, what is expected of it, title and source of every claim."""
    console = people()
    for claim in result["claims"]:
        expected = _coloured(str(claim["expected"]))
        console.print(
            f"{expected}  [bold]{claim['key']}[/]  {_plain(claim['title'])}  [dim]{_plain(claim['source'])}[/]"
        )
    _tell_problems(console, result)


def tell_check(result: Mapping[str, Any]) -> None:
    """For each run its verdicts and clocks, then the verdicts over seeds and what was skipped."""
    console = people()
    for run in result["runs"]:
        console.print(f"[bold]{_plain(run.get('path', ''))}[/]")
        _tell_verdicts(console, run.get("verdicts", []))
        if not run.get("verdicts"):
            console.print("  no bound of the theory is about what was logged here")
        _tell_clocks(console, run.get("clocks"))
    for group in result.get("groups", []):
        if "paths" in group:
            console.print(f"[bold]{len(group['paths'])} seeds of {_plain(group.get('experiment'))}[/]")
        _tell_verdicts(console, group.get("verdicts", []))
    for skipped in result.get("skipped", []):
        console.print(f"[yellow]skipped[/] {_plain(skipped['reason'])}")


def dot(claims: Sequence[Mapping[str, Any]]) -> str:
    """The dependency graph in Graphviz's language: an arrow from each claim to those that rest on it."""
    lines = ["digraph claims {", "  rankdir=BT;", '  node [shape=box, fontname="sans-serif"];']
    lines += [f'  "{claim["key"]}" [tooltip={_quoted(claim["title"])}];' for claim in claims]
    lines += [f'  "{base}" -> "{claim["key"]}";' for claim in claims for base in claim["uses"]]
    return "\n".join([*lines, "}"])


def _tell_proof(console: Any, claim: Mapping[str, Any]) -> None:
    console.print(f"    {_plain(claim['words'])}")
    console.print(f"    source    {_plain(claim['source'])}")
    for assumption in claim["assumptions"]:
        console.print(f"    assuming  {_plain(assumption['relation'])}  ({_plain(assumption['words'])})")
    for step in claim["steps"]:
        indent = "    " * (1 + step.get("depth", 0))
        console.print(f"{indent}{_plain(step.get('words', ''))}")
        console.print(f"{indent}  {_plain(step.get('claim', ''))}", style="italic")
        outcome = f"{step['rule']}: {step['outcome']} in {step['seconds']:.2f} s"
        console.print(f"{indent}  {outcome}  [dim]{_plain(step['evidence'])}[/]")
    console.print(f"    rests on  {', '.join(claim['rests_on']) or 'nothing else'}")
    console.print(f"    trusts    {', '.join(claim['trusts']) or 'nothing'}")
    for name in ("witness", "finding", "kernel"):
        if claim.get(name):
            console.print(f"    {name:<9} {_plain(claim[name])}")


def _tell_problems(console: Any, result: Mapping[str, Any]) -> None:
    for message in result.get("problems", {}).values():
        console.print(f"[red]problem[/]  {_plain(message)}")


def _tell_verdicts(console: Any, verdicts: Iterable[Mapping[str, Any]]) -> None:
    for verdict in verdicts:
        margin = "" if verdict.get("margin") is None else f"  margin {verdict['margin']:.3g}"
        name = f"{_plain(verdict.get('claim', ''))}  {_plain(verdict['bound'])}"
        console.print(f"  {_coloured(verdict['agreement'])}  {name}{margin}  [dim]{_plain(verdict['reason'])}[/]")


def _tell_clocks(console: Any, clocks: Mapping[str, Any] | None) -> None:
    if clocks and clocks.get("fit") is not None:
        times = {name: clocks[name] for name in ("fit", "rnc1_drop", "half_way", "generalise")}
        words = ", ".join(f"{name} {'never' if time is None else f'{time:g}'}" for name, time in times.items())
        console.print(f"  clocks in {clocks['unit']}s: {words}")


def _coloured(word: str) -> str:
    colour = COLOURS.get(word)
    return f"[{colour}]{word:<13}[/]" if colour else f"{word:<13}"


def _plain(text: Any) -> str:
    """The text with rich's markup made harmless."""
    return str(text).replace("[", "\\[")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
