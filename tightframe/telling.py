"""What `verify` and `claims` tell people: one line per claim, proofs step by step; and the graph for Graphviz."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tightframe.console import coloured, people, plain


def tell_verification(result: Mapping[str, Any], proofs: bool) -> None:
    """One line per claim and the summary; with `proofs`, the assumptions and the steps below each."""
    console = people()
    for claim in result["claims"]:
        seconds = sum(step["seconds"] for step in claim["steps"])
        console.print(f"{coloured(claim['status'])}  [bold]{claim['key']}[/]  {plain(claim['title'])}  {seconds:.2f} s")
        if claim["status"] != claim["expected"]:
            console.print(f"    [red]recorded as {claim['expected']}[/]  {plain(claim.get('reason') or '')}")
        if proofs:
            _tell_proof(console, claim)
    _tell_problems(console, result)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(result["summary"].items()))
    console.print(f"{len(result['claims'])} claims: {counts or 'none'}")


def tell_claims(result: Mapping[str, Any]) -> None:
    """Key, what is expected of it, title and source of every claim."""
    console = people()
    for claim in result["claims"]:
        expected = coloured(str(claim["expected"]))
        console.print(f"{expected}  [bold]{claim['key']}[/]  {plain(claim['title'])}  [dim]{plain(claim['source'])}[/]")
    _tell_problems(console, result)


def dot(claims: Sequence[Mapping[str, Any]]) -> str:
    """The dependency graph in Graphviz's language: an arrow from each claim to those that rest on it."""
    lines = ["digraph claims {", "  rankdir=BT;", '  node [shape=box, fontname="sans-serif"];']
    lines += [f'  "{claim["key"]}" [tooltip={_quoted(claim["title"])}];' for claim in claims]
    lines += [f'  "{base}" -> "{claim["key"]}";' for claim in claims for base in claim["uses"]]
    return "\n".join([*lines, "}"])


def _tell_proof(console: Any, claim: Mapping[str, Any]) -> None:
    console.print(f"    {plain(claim['words'])}")
    console.print(f"    source    {plain(claim['source'])}")
    for assumption in claim["assumptions"]:
        console.print(f"    assuming  {plain(assumption['relation'])}  ({plain(assumption['words'])})")
    for step in claim["steps"]:
        indent = "    " * (1 + step.get("depth", 0))
        console.print(f"{indent}{plain(step.get('words', ''))}")
        console.print(f"{indent}  {plain(step.get('claim', ''))}", style="italic")
        outcome = f"{step['rule']}: {step['outcome']} in {step['seconds']:.2f} s"
        console.print(f"{indent}  {outcome}  [dim]{plain(step['evidence'])}[/]")
    console.print(f"    rests on  {', '.join(claim['rests_on']) or 'nothing else'}")
    chains = claim.get("chains") or [{"trusts": claim["trusts"]}]
    either = "either " if len(chains) > 1 else ""
    told = "; or ".join(", ".join(chain["trusts"]) or "nothing" for chain in chains)
    console.print(f"    trusts    {either}{plain(told)}")
    for name in ("witness", "finding"):
        if claim.get(name):
            console.print(f"    {name:<9} {plain(claim[name])}")
    if kernel := claim.get("kernel"):
        console.print(
            f"    kernel    {plain(kernel['status'])}: {plain(kernel['theorem'])}, {plain(kernel['message'])}"
        )


def _tell_problems(console: Any, result: Mapping[str, Any]) -> None:
    for message in result.get("problems", {}).values():
        console.print(f"[red]problem[/]  {plain(message)}")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
