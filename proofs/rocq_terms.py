"""Relations and expressions of SymPy as text of Rocq, over the reals or over any real closed field.

Indexed bases are functions of natural numbers, sums are big operators over lower <= s < upper.+1, a Kronecker delta is
a boolean made a number, a derivative in an indexed variable moves that one entry, and matrices of symbolic size are
mathcomp matrices.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import sympy as sp
from sympy import Basic, Expr, Symbol
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from proofs.index_ranges import Range, Slot, free_ranges
from proofs.rocq_words import (
    TranslationError,
    bare,
    enclosed,
    is_natural,
    matrix_indices,
    moved_entry,
    name,
    order,
)
from theory.objects.matrices import Rank
from theory.statement import Follows, Monotone, RootIn, SinglePeak, Tends
from theory.symbols import y

LABEL = y  # the one index that means the same class throughout a statement: the sample's label
RELATIONS = {sp.Eq: "=", sp.Ne: "<>", sp.Le: "<=", sp.Lt: "<", sp.Ge: ">=", sp.Gt: ">"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one carrier writes numbers: the reals of the standard library, or any real closed field of mathcomp."""

    carrier: str
    natural: str
    numeral: str
    power: str
    total: str
    root: str
    header: str
    binder: str


REALS = Dialect(
    "R", "INR {}", "{}", "{} ^ {}", "\\big[Rplus/R0]_({} <= {} < {}) {}", "sqrt {}",
    "From Coq Require Import Reals.\nFrom Coquelicot Require Import Coquelicot.\n"
    "From mathcomp Require Import all_ssreflect all_algebra.\nLocal Open Scope R_scope.\n", "",
)  # fmt: skip
FIELD = Dialect(
    "F", "{}%:R", "{}%:R", "{} ^+ {}", "\\sum_({} <= {} < {}) {}", "Num.sqrt {}",
    "From mathcomp Require Import all_ssreflect all_algebra.\n"
    "Import Order.Theory GRing.Theory Num.Theory.\nLocal Open Scope ring_scope.\n", "(F : rcfType) ",
)  # fmt: skip


@dataclass(slots=True)
class Translator:
    """Prints expressions of one statement; `slots` are the ranges of its index slots, `ordinals` matrix indices."""

    dialect: Dialect
    slots: dict[Slot, Range]
    ordinals: dict[Symbol, Expr] = field(default_factory=dict)

    # --- propositions ----------------------------------------------------------------------------------------------

    def relation(self, prop: Basic) -> str:
        """One assumption or part, its free indices quantified."""
        self.ordinals = matrix_indices(prop)
        free = free_ranges(prop, self.slots)
        text = self.prop(prop)
        for symbol in sorted(free.keys() - {LABEL}, key=str, reverse=True):
            text = f"forall {name(symbol)} : nat, {self.within(symbol, free[symbol])} -> {text}"
        for symbol in sorted(self.ordinals, key=str, reverse=True):
            text = f"forall {name(symbol)} : 'I_{self.size(self.ordinals[symbol])}, {text}"
        return text

    def within(self, symbol: Symbol, limits: Range) -> str:
        return f"({self.size(limits[0])} <= {name(symbol)} <= {self.size(limits[1])})%N"

    def prop(self, prop: Basic) -> str:
        if isinstance(prop, Follows):
            return f"({self.prop(prop.args[0])} -> {self.prop(prop.args[1])})"
        if isinstance(prop, Tends):
            expression, variable, point, limit = prop.args
            return f"is_lim (fun {name(variable)} : R => {self.expr(expression)}) {self.bar(point)} {self.bar(limit)}"
        if isinstance(prop, SinglePeak):
            return self.single_peak(*prop.args)
        if isinstance(prop, RootIn):
            return self.root_in(*prop.args)
        if isinstance(prop, Monotone):
            return self.monotone(*prop.args)
        if type(prop) not in RELATIONS:
            raise TranslationError(f"{type(prop).__name__} is no relation that the translator knows")
        left, right = prop.args
        if isinstance(left, MatrixExpr) and not isinstance(left, MatrixElement):
            return f"{self.matrix(left)} = {self.matrix(right)}"
        if isinstance(prop, (sp.Ge, sp.Gt)):
            return self.prop(prop.reversed)
        if is_natural(left) and is_natural(right) and isinstance(prop, (sp.Le, sp.Lt)):
            return f"({self.size(left)} {RELATIONS[type(prop)]} {self.size(right)})%N"
        typed = "" if self.dialect is REALS else " :> F" if isinstance(prop, (sp.Eq, sp.Ne)) else " : F"
        text = f"{bare(self.expr(left))} {RELATIONS[type(prop)]} "
        return text + (f"({bare(self.expr(right))} : F)" if typed == " : F" else bare(self.expr(right)) + typed)

    def bar(self, value: Expr) -> str:
        named = {sp.oo: "p_infty", -sp.oo: "m_infty"}
        return named.get(value) or f"(Finite ({self.expr(value)}))"

    def rises(self, expression: Expr, variable: Symbol, first: str, second: str, sign: str = "<") -> str:
        values = [self.expr(expression.xreplace({variable: Symbol(f"{variable}_{place}")})) for place in (1, 2)]
        return f"(forall {first} {second} : R, {{}} -> {values[0]} {sign} {values[1]})"

    def monotone(self, expression: Expr, variable: Symbol, direction: Expr) -> str:
        first, second = f"{name(variable)}_1", f"{name(variable)}_2"
        inside = f"0 < {first} -> {first} < {second}" if variable.is_positive else f"{first} < {second}"
        sign = "<=" if direction == 1 else ">="
        return self.rises(expression, variable, first, second, sign).format(inside)

    def single_peak(self, expression: Expr, variable: Symbol, lower: Expr, upper: Expr) -> str:
        first, second = f"{name(variable)}_1", f"{name(variable)}_2"
        above = "" if upper == sp.oo else f" < {self.expr(upper)}"
        up = self.rises(expression, variable, first, second).format(
            f"{self.expr(lower)} < {first} -> {first} < {second} -> {second} <= peak"
        )
        down = self.rises(expression, variable, first, second, ">").format(
            f"peak <= {first} -> {first} < {second}" + (f" -> {second}{above}" if above else "")
        )
        return f"exists peak : R, {self.expr(lower)} < peak{above} /\\ {up} /\\ {down}"

    def root_in(self, expression: Expr, variable: Symbol, lower: Expr, upper: Expr) -> str:
        x, low, high, value = name(variable), self.expr(lower), self.expr(upper), self.expr(expression)
        only = f"(forall {x} : R, {low} <= {x} <= {high} -> {value} = 0 -> {x} = root)"
        at_root = f"(let {x} := root in {value} = 0)"
        return f"exists root : R, {low} < root < {high} /\\ {at_root} /\\ {only}"

    # --- expressions -----------------------------------------------------------------------------------------------

    def expr(self, expr: Expr) -> str:
        dialect = self.dialect
        if isinstance(expr, sp.Integer):
            return dialect.numeral.format(expr) if expr >= 2 else str(expr) if expr >= 0 else f"(- {self.expr(-expr)})"
        if isinstance(expr, sp.Rational):
            return f"({self.expr(sp.Integer(expr.p))} / {self.expr(sp.Integer(expr.q))})"
        if isinstance(expr, Symbol):
            return self.natural(name(expr)) if expr.is_integer else name(expr)
        if isinstance(expr, sp.Indexed):
            return f"({' '.join([name(expr.base.label), *(self.size(index) for index in expr.indices)])})"
        if isinstance(expr, sp.KroneckerDelta):
            same = f"({self.size(expr.args[0])} == {self.size(expr.args[1])})"
            return self.natural(same)
        if isinstance(expr, sp.Add):
            return self.difference(expr)
        if isinstance(expr, sp.Mul):
            return self.product(expr)
        if isinstance(expr, sp.Pow):
            return self.power(expr.base, expr.exp)
        if isinstance(expr, sp.Sum):
            return self.total(expr)
        if isinstance(expr, (sp.exp, sp.log)):
            return f"({'exp' if isinstance(expr, sp.exp) else 'ln'} {self.expr(expr.args[0])})"
        if isinstance(expr, sp.Derivative):
            return self.derivative(expr)
        if isinstance(expr, sp.Subs):
            return self.at(expr)
        if isinstance(expr, Rank):
            rank = "(\\rank " + self.matrix(expr.args[0]) + ")"
            return self.natural(rank)
        if isinstance(expr, MatrixElement):
            return f"({self.matrix(expr.parent)} {name(expr.i)} {name(expr.j)})"
        raise TranslationError(f"{type(expr).__name__} in {expr} is outside the translated language")

    def natural(self, text: str) -> str:
        """A natural number as a number of the carrier."""
        return enclosed(self.dialect.natural.format(text), self.dialect is REALS)

    def difference(self, expr: sp.Add) -> str:
        """Terms with a plus first, then those that are taken away."""
        terms = sorted(expr.args, key=lambda term: (term.could_extract_minus_sign(), order(term)))
        text = ""
        for term in terms:
            if term.could_extract_minus_sign():
                text += f" - {self.expr(-term)}" if text else f"- {self.expr(-term)}"
            else:
                text += f" + {self.expr(term)}" if text else self.expr(term)
        return f"({text})"

    def product(self, expr: sp.Mul) -> str:
        above, below = [], []
        for factor in sorted(expr.args, key=order):
            base, power = factor.as_base_exp()
            negative = power.is_Rational and power < 0 and not isinstance(factor, sp.exp)
            if isinstance(factor, sp.Rational) and not factor.is_Integer:
                above += [sp.Integer(factor.p)] * (factor.p != 1)
                below.append(sp.Integer(factor.q))
            else:
                (below if negative else above).append(base ** (-power) if negative else factor)
        sign = "- " if above and above[0] == -1 and len(above) > 1 else ""
        above = above[1:] if sign else above
        top = " * ".join(self.expr(factor) for factor in above) or "1"
        bottom = " * ".join(self.expr(factor) for factor in below)
        several = len(above) > 1 or not above
        top = f"(- {enclosed(top, several)})" if sign else top
        return f"({top} / {enclosed(bottom, len(below) > 1)})" if below else enclosed(top, not sign and several)

    def power(self, base: Expr, exponent: Expr) -> str:
        if exponent == sp.Rational(1, 2):
            return f"({self.dialect.root.format(self.expr(base))})"
        if exponent.is_Rational and exponent < 0:
            return f"(1 / {self.expr(base ** (-exponent))})"
        if exponent.is_Rational and exponent.q == 2:
            return f"({self.dialect.power.format(self.power(base, sp.Rational(1, 2)), exponent.p)})"
        if is_natural(exponent):
            return f"({self.dialect.power.format(self.expr(base), self.size(exponent))})"
        if self.dialect is REALS:
            return f"(Rpower {self.expr(base)} {self.expr(exponent)})"
        raise TranslationError(
            f"power {exponent} is outside the translated language; use natural powers or square roots"
        )

    def total(self, expr: sp.Sum) -> str:
        text = self.expr(expr.function)
        for symbol, lower, upper in expr.limits:
            body = text if len(text) < 3 or text != bare(text) else f"({text})"
            text = self.dialect.total.format(self.size(lower), name(symbol), f"{self.size(upper)}.+1", body)
            text = f"({text})"
        return text

    def derivative(self, expr: sp.Derivative) -> str:
        """Each variable is moved by a step of its own; the derivative is taken in the steps, at zero."""
        body = expr.expr
        variables = [variable for variable, count in expr.variable_count for _ in range(int(count))]
        for place, variable in enumerate(variables):
            step = Symbol(f"step{place}", real=True)
            moved = isinstance(variable, sp.Indexed)
            body = moved_entry(body, variable, step) if moved else body.xreplace({variable: variable + step})
        text = self.expr(body)
        for place in range(len(variables)):
            text = f"(Derive (fun step{place} : R => {text}) 0)"
        return text

    def at(self, expr: sp.Subs) -> str:
        """A function applied to the values, which all go in at once."""
        names = " ".join(map(name, expr.variables))
        values = " ".join(f"({bare(self.expr(value))})" for value in expr.point)
        return f"((fun {names} : {self.dialect.carrier} => {bare(self.expr(expr.expr))}) {values})"

    def size(self, expr: Expr) -> str:
        """A natural number: an index, a size, or an arithmetic expression of them."""
        if isinstance(expr, sp.Integer) and expr >= 0:
            return str(expr)
        if isinstance(expr, Symbol) and expr.is_integer:
            return name(expr)
        if isinstance(expr, sp.Mul):
            return "(" + " * ".join(self.size(factor) for factor in sorted(expr.args, key=order)) + ")%N"
        if isinstance(expr, sp.Add) and is_natural(expr):
            return "(" + " + ".join(self.size(term) for term in sorted(expr.args, key=order)) + ")%N"
        raise TranslationError(f"{expr} must be a natural number; write it with sizes, sums and products")

    def matrix(self, expr: Expr) -> str:
        carrier = self.dialect.carrier
        if isinstance(expr, sp.Identity):
            return f"(1%:M : 'M[{carrier}]_{self.size(expr.shape[0])})"
        if isinstance(expr, (sp.OneMatrix, sp.ZeroMatrix)):
            rows, columns = (self.size(side) for side in expr.shape)
            return f"(const_mx ({int(isinstance(expr, sp.OneMatrix))} : {carrier}) : 'M[{carrier}]_({rows}, {columns}))"
        if isinstance(expr, sp.Transpose):
            return f"({self.matrix(expr.arg)}^T)"
        if isinstance(expr, sp.MatAdd):
            return "(" + " + ".join(self.matrix(term) for term in expr.args) + ")"
        if isinstance(expr, sp.MatPow) and expr.exp == 2:
            return f"({self.matrix(expr.base)} *m {self.matrix(expr.base)})"
        if isinstance(expr, sp.MatMul):
            scalar, factors = expr.as_coeff_matrices()
            text = " *m ".join(self.matrix(factor) for factor in factors)
            return f"({text})" if scalar == 1 else f"({self.expr(scalar)} *: ({text}))"
        raise TranslationError(f"matrix {type(expr).__name__} is outside the translated language")
