"""Small rules of the translation to Rocq: identifiers, brackets, what counts as a natural number, one entry moved."""

from __future__ import annotations

import re
from collections.abc import Callable

import sympy as sp
from sympy import Basic, Expr, Symbol
from sympy.matrices.expressions.matexpr import MatrixElement

RESERVED = {"R", "F", "S", "O", "I", "exp", "ln", "sqrt", "fun", "forall", "exists", "in", "at", "as", "mod", "INR"}


class TranslationError(Exception):
    """A statement outside the translated language; the message names the expression."""


def name(symbol) -> str:
    """An identifier of Rocq for a symbol; a reserved word gets an underscore."""
    text = re.sub(r"\W", lambda found: {"+": "plus", "-": "minus", "*": "star"}.get(found.group(), "_"), str(symbol))
    return text + "_" if text in RESERVED else text


def distinct(symbols: list[Symbol]) -> None:
    """Raises TranslationError where two symbols of a statement would share one identifier."""
    texts = [name(symbol) for symbol in symbols]
    twice = sorted({text for text in texts if texts.count(text) > 1})
    if twice:
        raise TranslationError(f"{', '.join(twice)} stands for two different symbols; rename one")


def enclosed(text: str, compound: bool) -> str:
    return f"({text})" if compound else text


def bare(text: str) -> str:
    """Without a pair of brackets that encloses all of the text."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and place < len(text) - 1:
            return text
    return text[1:-1]


def order(expr: Expr) -> object:
    return sp.default_sort_key(expr)


def is_natural(expr: Expr) -> bool:
    if isinstance(expr, (sp.Add, sp.Mul)):
        return all(is_natural(arg) for arg in expr.args)
    return (isinstance(expr, sp.Integer) and expr >= 0) or (isinstance(expr, Symbol) and bool(expr.is_integer))


def matrix_indices(prop: Basic) -> dict[Symbol, Expr]:
    found = {}
    for element in prop.atoms(MatrixElement):
        for index, side in zip((element.i, element.j), element.parent.shape, strict=True):
            if isinstance(index, Symbol):
                found[index] = side
    return found


def moved_entry(body: Expr, entry: sp.Indexed, step: Symbol) -> Expr:
    """`body` with the entry increased by `step`: W[a, b] becomes W[a, b] + step delta(a, s) delta(b, i).

    Raises TranslationError where an index of the entry is bound inside the body: it would be captured."""
    bound = {limit[0] for total in body.atoms(sp.Sum) for limit in total.limits}
    if bound & entry.free_symbols:
        raise TranslationError(f"{entry} is moved under a sum over one of its indices; rename the index")

    def shift(found: sp.Indexed) -> Expr:
        same = [sp.KroneckerDelta(one, other) for one, other in zip(found.indices, entry.indices, strict=True)]
        return found + step * sp.Mul(*same)

    return everywhere(body, entry.base, shift)


def everywhere(expr: Basic, base: sp.IndexedBase, shift: Callable[[sp.Indexed], Expr]) -> Basic:
    if isinstance(expr, sp.Indexed):
        return shift(expr) if expr.base == base else expr
    if not expr.args or isinstance(expr, (Symbol, sp.Tuple)):
        return expr
    return expr.func(*(everywhere(arg, base, shift) for arg in expr.args))
