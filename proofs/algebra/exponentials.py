"""Exponentials as monomials in independent symbols: identities between them become identities of polynomials."""

from __future__ import annotations

from sympy import Add, Dummy, Expr, Mul, S, cancel, exp, fraction, lcm, log, reduced, together


def independent_exponentials(expr: Expr) -> Expr:
    """Every exp(argument) as a monomial in independent symbols exp(generator), exp(c log a) as a^c; no numerics."""
    arguments = {e: fraction(cancel(together(e.args[0]))) for e in expr.atoms(exp)}
    common = lcm([S.One, *(bottom for _, bottom in arguments.values())])
    pieces = {
        e: [term.as_coeff_Mul() for term in _parts(top * cancel(common / bottom), common)]
        for e, (top, bottom) in arguments.items()
    }
    scale = {
        g: lcm([c.q for parts in pieces.values() for c, h in parts if h == g])
        for parts in pieces.values()
        for _, g in parts
    }
    symbol = {g: Dummy(f"E{m}", positive=True) for m, g in enumerate(scale)}

    def power(c: Expr, g: Expr) -> Expr:
        return g.args[0] ** c if isinstance(g, log) else symbol[g] ** (c * scale[g])

    return expr.xreplace({e: Mul(*(power(c, g) for c, g in parts)) for e, parts in pieces.items()})


def _parts(top: Expr, bottom: Expr) -> list[Expr]:
    """The terms of top/bottom: those of the polynomial part, then those of the proper fraction."""
    if bottom.is_number:
        return list(Add.make_args((top / bottom).expand()))
    (whole,), rest = reduced(top, [bottom])
    return [*Add.make_args(whole.expand()), *(term / bottom for term in Add.make_args(rest.expand()))]
