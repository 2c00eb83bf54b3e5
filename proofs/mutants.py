"""Mutants of a claim: one constant, sign, strictness or assumption changed. A proof that survives proves too much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sympy import Basic, Eq, Ge, Gt, Integer, Le, Lt, Mul, Ne, Rational, Sum

from theory.statement import Monotone, Statement

STRICTER = {Ge: Gt, Le: Lt}
TURNED = {Ge: Le, Gt: Lt, Le: Ge, Lt: Gt, Eq: Ne, Ne: Eq}


def mutants(statement: Statement) -> Iterator[tuple[str, Statement]]:
    """Every single mutation of the goal and of the assumptions, with a label that says what was changed."""
    field = "claim" if statement.instead is None else "instead"
    seen = {statement.goal}
    for label, goal in _mutated(statement.goal):
        if goal not in seen:
            seen.add(goal)
            yield label, replace(statement, **{field: goal})
    for place, assumption in enumerate(statement.assumptions):
        kept = statement.assumptions[:place] + statement.assumptions[place + 1 :]
        yield f"without the assumption {assumption.relation}", replace(statement, assumptions=kept)


def _mutated(expr: Basic, depth: int = 0) -> Iterator[tuple[str, Basic]]:
    if isinstance(expr, tuple(TURNED)):
        yield f"{expr.func.__name__} turned", TURNED[expr.func](*expr.args, evaluate=False)
        if expr.func in STRICTER:
            yield f"{expr.func.__name__} made strict", STRICTER[expr.func](*expr.args, evaluate=False)
        yield "right side negated", expr.func(expr.lhs, Mul(-1, expr.rhs), evaluate=False)
    if isinstance(expr, Monotone):
        yield "direction turned", Monotone(expr.args[0], expr.args[1], -expr.args[2])
        for label, changed in _mutated(expr.args[0], depth + 1):
            yield label, Monotone(changed, *expr.args[1:])
        return
    if isinstance(expr, Rational):
        yield f"{expr} -> {expr + 1}", expr + 1
        if expr not in (0, 1) and not (isinstance(expr, Integer) and expr == -1):
            yield f"{expr} -> {-expr}", -expr
        return
    for place, arg in enumerate(expr.args):
        if isinstance(expr, Sum) and place > 0:
            continue
        for label, changed in _mutated(arg, depth + 1):
            try:
                yield label, _rebuilt(expr, [*expr.args[:place], changed, *expr.args[place + 1 :]])
            except (TypeError, ValueError, ArithmeticError, AttributeError):
                continue


def _rebuilt(expr: Basic, args: list[Basic]) -> Basic:
    return expr.func(*args, evaluate=False) if isinstance(expr, tuple(TURNED)) else expr.func(*args)
