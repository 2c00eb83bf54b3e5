"""A few lines of plain Python that show a discovery at one exact point, made from the statement's own formulas.

    witness_code(statement, witness) -> {"code", "prints"} or None where no formula of the claim can be evaluated so

A refuted claim is evaluated at its witness; a sharpened one, where it holds, at a point inside its assumptions. The
lines import nothing but math. They were run when the page was made; "prints" is what they printed.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from itertools import product
from typing import Any

from sympy import Basic, Eq, Ge, Gt, Indexed, IndexedBase, Le, Lt, Rational, Symbol
from sympy.core.function import AppliedUndef
from sympy.printing.pycode import PythonCodePrinter

from proofs.attack import random_point
from theory.statement import Monotone, Statement

SIGNS = {Eq: "==", Ge: ">=", Gt: ">", Le: "<=", Lt: "<"}
PARTS, SEEDS, LONGEST = 2, 6, 1800


def witness_code(statement: Statement, witness: Mapping[str, str] | None) -> dict[str, str] | None:
    """Code for a refuted claim (with the ledger's witness) or for what a published one was sharpened to."""
    blocks = _refutation(statement, witness) if statement.instead is not None else _instances(statement)
    code = "\n\n".join(blocks)
    if not blocks or _prints(code) is None:
        return None
    names = sorted(name for name in ("exp", "log", "sqrt", "pi") if re.search(rf"\b{name}\b", code))
    code = (f"from math import {', '.join(names)}\n\n" if names else "") + code
    return {"code": code, "prints": _prints(code) or ""}


def _refutation(statement: Statement, witness: Mapping[str, str] | None) -> list[str]:
    claim = statement.claim
    if not witness or not isinstance(claim, Monotone):
        return []
    expression, variable, direction = claim.args
    held = sorted(expression.free_symbols - {variable}, key=str)
    given = [f"{_name(x)} = {witness[str(x)]}" for x in held if str(x) in witness]
    points = witness.get(str(variable)), _number(witness.get(f"{variable} later"))
    text = _code(expression)
    if len(given) < len(held) or None in points or text is None:
        return []
    sign = ">=" if direction == -1 else "<="
    way = "never to increase" if direction == -1 else "never to decrease"
    head = [f"# claimed {way}; the last value printed says whether that held", *given, "", f"def f({_name(variable)}):"]
    tail = [f"    return {text}", "", f"print(f({points[0]}), f({points[1]}), f({points[0]}) {sign} f({points[1]}))"]
    return ["\n".join([*head, *tail])]


def _number(text: str | None) -> str | None:
    return None if text is None else f"{float(text):.12g}"


def _instances(statement: Statement) -> list[str]:
    """The first PARTS relations of the goal that can be evaluated, each at its own point."""
    blocks: list[str] = []
    known: list[str] = []
    for place, part in enumerate(statement.parts, 1):
        if isinstance(part, tuple(SIGNS)) and len(blocks) < PARTS:
            setting = _shortest(_settings(part, statement), bool(part.atoms(Indexed)))
            block = setting and _instance(part, f"part {place} of {len(statement.parts)}", setting, known)
            blocks += [block] if block else []
            known = setting if block else known
    return blocks


def _shortest(settings: Iterator[list[str]], tables: bool) -> list[str] | None:
    """Small tables are read most easily; plain numbers tell most with many classes."""
    found = list(settings)
    size = (lambda lines: sum(map(len, lines))) if tables else (lambda lines: -_classes(lines))
    return min(found, key=size, default=None)


def _classes(lines: list[str]) -> int:
    return next((int(line[4:]) for line in lines if re.fullmatch(r"K = \d+", line)), 0)


def _instance(part: Basic, place: str, setting: list[str], known: list[str]) -> str | None:
    left, right = _code(part.lhs), _code(part.rhs)
    if left is None or right is None or len(left) + len(right) > LONGEST:
        return None
    sign = SIGNS[type(part)]
    slack = "abs(left - right) <= 1e-9*abs(right) + 1e-12" if sign == "==" else f"left {sign} right"
    words = f"# {place}: the left side is {sign} the right side"
    new = [line for line in setting if line not in known]
    return "\n".join([words, *new, f"left = {left}", f"right = {right}", f"print(left, right, {slack})"])


def _settings(part: Basic, statement: Statement) -> Iterator[list[str]]:
    """Assignments of every symbol of the part, at random points inside the assumptions."""
    scalars = sorted((x for x in part.free_symbols if isinstance(x, Symbol)), key=str)
    bases = sorted({entry.base for entry in part.atoms(Indexed)}, key=str)
    labels = {base.label for base in bases}
    for seed in range(SEEDS):
        point = random_point((part.lhs, part.rhs), statement.hypotheses, seed)
        if point is None:  # none within many tries: the next seed would find none either
            return
        if any(x not in point for x in scalars if x not in labels):
            continue
        if any(isinstance(v, int) and v < 2 for x, v in point.items() if str(x) == "K"):
            continue
        names = [x for x in scalars if x not in labels]
        yield [f"{_name(x)} = {_value(point[x])}" for x in names] + [_table(base, part, point) for base in bases]


def _table(base: IndexedBase, part: Basic, point: Mapping) -> str:
    rank = max(len(entry.indices) for entry in part.atoms(Indexed) if entry.base == base)
    top = max((v for v in point.values() if isinstance(v, int)), default=2)
    places = product(range(1, min(top, 4) + 1), repeat=rank)
    entries = {place if rank > 1 else place[0]: _value(point[base](*place)) for place in places}
    return f"{_name(base.label)} = {{{', '.join(f'{place}: {value}' for place, value in entries.items())}}}"


def _value(value: Any) -> str:
    if isinstance(value, int) or isinstance(value, Rational) and value.is_Integer:
        return str(int(value))
    return str(value) if isinstance(value, Rational) else repr(float(value.mid()))


class _Plain(PythonCodePrinter):
    """SymPy to plain Python with the names of math."""

    def _print_KroneckerDelta(self, expr: Basic) -> str:
        return f"int({self._print(expr.args[0])} == {self._print(expr.args[1])})"

    def _print_Symbol(self, expr: Symbol) -> str:
        return _name(expr)

    def _print_IndexedBase(self, expr: IndexedBase) -> str:
        return _name(expr.label)

    def _print_Indexed(self, expr: Indexed) -> str:
        return f"{_name(expr.base.label)}[{', '.join(map(self._print, expr.indices))}]"


def _name(symbol: Symbol) -> str:
    name = re.sub(r"\W", "_", str(symbol))
    return f"{name}_" if name in {"lambda", "in", "is", "exp", "log", "sqrt", "pi", "left", "right"} else name


def _code(expression: Basic) -> str | None:
    if expression.has(AppliedUndef):
        return None
    printer = _Plain({"fully_qualified_modules": False, "allow_unknown_functions": False, "strict": True})
    try:
        return printer.doprint(expression).replace("builtins.", "")
    except (NotImplementedError, TypeError, ValueError):
        return None


def _prints(code: str) -> str | None:
    """What the code prints; None where it fails or where a sharpened relation does not come out true."""
    told = io.StringIO()
    names = {name: getattr(math, name) for name in ("exp", "log", "sqrt", "pi")}
    try:
        with redirect_stdout(told):
            exec(code, names)  # our own statement's formula, printed above
    except (ArithmeticError, KeyError, NameError, TypeError, ValueError, SyntaxError):
        return None
    printed = told.getvalue().strip()
    return printed if "nan" not in printed else None
