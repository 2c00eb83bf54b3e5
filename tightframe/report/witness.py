"""A few lines of plain Python that show a discovery at one exact point, made from the statement's own formulas.

    witness_code(statement, witness) -> {"words", "code", "prints"}, or None where there is nothing to show

A discovery with a file in theory/witnesses/ is shown at the point that the file names; another refuted claim at the
counterexample that the ledger found. The lines import nothing but math. They were run when the page was made; "prints"
is what they printed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from keyword import iskeyword
from typing import Any

from sympy import Basic, IndexedBase, Lambda, Symbol, sympify
from sympy.core.function import AppliedUndef
from sympy.printing.pycode import PythonCodePrinter

from theory.statement import Monotone, Statement
from theory.witnesses import Witness
from theory.witnesses import witness as written

MATH = ("exp", "isclose", "log", "log1p", "pi", "sqrt")
COMPARES = re.compile(r"<|>|==|isclose")
EXPONENTIAL_INTEGRAL = """def Ei(z):  # the exponential integral, from its series
    total, term = 0.5772156649015329 + log(z), 1.0
    for m in range(1, 500):
        term *= z / m
        total += term / m
    return total"""


class WitnessError(Exception):
    """A written witness that does not run, or in which a comparison does not come out true."""


def witness_code(statement: Statement, witness: Mapping[str, str] | None) -> dict[str, str] | None:
    """Raises WitnessError for a written witness that does not bear out what it shows."""
    told = written(statement.key)
    if told is not None:
        return _told(told, statement.key)
    lines = _refutation(statement, witness or {})
    code = _complete(lines)
    printed = _prints(code) if lines else None
    return printed and {"words": "", "code": code, "prints": printed}


def _told(told: Witness, key: str) -> dict[str, str]:
    code = _complete([*_point(told.at), "", *_definitions(told.names), "", *map(_shown, told.shows)])
    printed = _prints(code)
    if printed is None or "False" in printed:
        raise WitnessError(f"theory/witnesses/{key}.py does not bear out what it shows: {printed}")
    return {"words": told.words, "code": code, "prints": printed}


def _complete(lines: Iterable[str]) -> str:
    """The lines with the imports that they need, no blank line twice."""
    body = "\n".join(lines)
    if "Ei(" in body:
        body = f"{EXPONENTIAL_INTEGRAL}\n\n{body}"
    names = [name for name in MATH if re.search(rf"\b{name}\b", body)]
    code = (f"from math import {', '.join(names)}\n\n" if names else "") + body.strip("\n")
    return re.sub(r"\n{3,}", "\n\n", code)


def _point(at: Mapping[Any, Any]) -> list[str]:
    scalars = [f"{_name(x)} = {_code(value)}" for x, value in at.items() if isinstance(x, Symbol)]
    tables = [f"{_name(base.label)} = {_table(rows)}" for base, rows in at.items() if isinstance(base, IndexedBase)]
    return scalars + tables


def _table(rows: tuple) -> str:
    """A dictionary from places, counted from 1, to entries."""
    entries = {place: _code(value) for place, value in _places(rows, ())}
    return f"{{{', '.join(f'{place}: {value}' for place, value in entries.items())}}}"


def _places(rows: Any, before: tuple[int, ...]) -> Iterable[tuple[Any, Any]]:
    for place, row in enumerate(rows, 1):
        at = (*before, place)
        if isinstance(row, tuple):
            yield from _places(row, at)
        else:
            yield at if len(at) > 1 else place, row


def _definitions(names: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    for name, formula in names.items():
        if isinstance(formula, Lambda):
            (x,) = formula.variables
            lines += ["", f"def {name}({_name(x)}):", f"    return {_code(formula.expr)}", ""]
        else:
            lines.append(f"{name} = {_code(formula)}")
    return lines


def _shown(expression: str) -> str:
    """Its value is printed behind it, seven digits of a number."""
    return (
        f'print("{expression} =", {expression})'
        if COMPARES.search(expression)
        else f'print(f"{{{expression} = :.7g}}")'
    )


def _refutation(statement: Statement, witness: Mapping[str, str]) -> list[str]:
    """A refuted Monotone at the two points of the ledger's counterexample."""
    claim = statement.claim
    if statement.instead is None or not isinstance(claim, Monotone):
        return []
    expression, variable, direction = claim.args
    held = sorted(expression.free_symbols - {variable}, key=str)
    wanted = [*map(str, held), str(variable), f"{variable} later"]
    if not set(wanted) <= set(witness):
        return []
    first, later = witness[str(variable)], f"{float(witness[f'{variable} later']):.12g}"
    given = [f"{_name(x)} = {witness[str(x)]}" for x in held]
    sign, way = (">=", "increase") if direction == -1 else ("<=", "decrease")
    function = [f"def f({_name(variable)}):  # claimed never to {way}", f"    return {_code(expression)}"]
    shown = (f"f({first})", f"f({later})", f"f({first}) {sign} f({later})")
    return [*given, "", *function, "", *map(_shown, shown)]


class _Plain(PythonCodePrinter):
    """SymPy to plain Python with the names of math."""

    def _print_KroneckerDelta(self, expr: Basic) -> str:
        return f"({self._print(expr.args[0])} == {self._print(expr.args[1])})"

    def _print_Sum(self, expr: Basic) -> str:
        return super()._print_Sum(expr).removeprefix("(").removesuffix(")")

    def _print_log(self, expr: Basic) -> str:
        """log(1 + x) keeps its digits for small x."""
        (inside,) = expr.args
        return (
            f"log1p({self._print(inside - 1)})" if 1 in inside.args and inside.is_Add else f"log({self._print(inside)})"
        )

    def _print_Subs(self, expr: Basic) -> str:
        return self._print(expr.doit())

    def _print_Ei(self, expr: Basic) -> str:
        return f"Ei({self._print(expr.args[0])})"

    def _print_Symbol(self, expr: Symbol) -> str:
        return _name(expr)

    def _print_IndexedBase(self, expr: IndexedBase) -> str:
        return _name(expr.label)

    def _print_Indexed(self, expr: Basic) -> str:
        return f"{_name(expr.base.label)}[{', '.join(map(self._print, expr.indices))}]"


def _name(symbol: Symbol) -> str:
    name = re.sub(r"\W", "_", str(symbol).replace("+", "plus").replace("-", "minus"))
    return f"{name}_" if iskeyword(name) or name in MATH else name


def _code(expression: Any) -> str:
    expression = sympify(expression)
    if expression.has(AppliedUndef):
        raise WitnessError(f"{expression} has an unknown function, which plain Python cannot evaluate")
    printer = _Plain({"fully_qualified_modules": False, "allow_unknown_functions": False, "strict": True})
    return printer.doprint(expression).replace("builtins.", "")


def _prints(code: str) -> str | None:
    """What the code prints; None where it fails or prints no number."""
    told = io.StringIO()
    try:
        with redirect_stdout(told):
            exec(code, {"__name__": "witness"})  # our own statement's formula, printed above
    except (ArithmeticError, KeyError, NameError, TypeError, ValueError, SyntaxError):
        return None
    printed = told.getvalue().strip()
    return None if "nan" in printed else printed
