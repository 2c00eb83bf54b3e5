"""A claim as one line of text that people read: signs between the sides, words for the project's own predicates."""

from __future__ import annotations

from sympy import Basic, Eq, Ge, Gt, Le, Lt, Ne, Subs
from sympy.core.relational import Relational
from sympy.printing.str import StrPrinter

from theory.statement import Every, Follows, Monotone, Quoted, RootIn, SinglePeak, Tends

SIGNS = {Eq: "=", Ne: "!=", Le: "<=", Lt: "<", Ge: ">=", Gt: ">"}


class _Printer(StrPrinter):
    def _print_Relational(self, claim: Relational) -> str:
        return f"{self._print(claim.lhs)} {SIGNS[claim.func]} {self._print(claim.rhs)}"

    def _print_Subs(self, subs: Subs) -> str:
        values = zip(subs.variables, subs.point, strict=True)
        shown = ", ".join(f"{self._print(x)} = {self._print(value)}" for x, value in values)
        return f"[{self._print(subs.expr)} at {shown}]"

    def _print_Every(self, claim: Every) -> str:
        return ";  ".join(map(self._print, claim.args))

    def _print_Follows(self, claim: Follows) -> str:
        return " implies ".join(map(self._print, claim.args))

    def _print_Tends(self, claim: Tends) -> str:
        f, x, point, limit = map(self._print, claim.args)
        return f"{f} -> {limit} as {x} -> {point}"

    def _print_SinglePeak(self, claim: SinglePeak) -> str:
        f, x, low, high = map(self._print, claim.args)
        return f"{f} has exactly one peak for {x} in ({low}, {high})"

    def _print_RootIn(self, claim: RootIn) -> str:
        f, x, low, high = map(self._print, claim.args)
        return f"{f} = 0 exactly once for {x} in ({low}, {high})"

    def _print_Monotone(self, claim: Monotone) -> str:
        f, x, direction = claim.args
        return f"{self._print(f)} never {'falls' if direction == 1 else 'rises'} as {self._print(x)} grows"

    def _print_Quoted(self, claim: Quoted) -> str:
        return str(claim.args[0])


def in_text(claim: Basic) -> str:
    """The claim in one line, SymPy's notation for expressions."""
    return _Printer().doprint(claim)
