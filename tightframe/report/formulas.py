"""Claims as typeset mathematics: SymPy to LaTeX to MathML, which browsers draw without any script."""

from __future__ import annotations

from functools import cache
from html import escape

from latex2mathml.converter import convert
from latex2mathml.exceptions import DenominatorNotFoundError, ExtraLeftOrMissingRightError
from sympy import Basic, Expr, Identity, MatAdd, OneMatrix, Subs, Symbol, oo
from sympy.printing.latex import LatexPrinter, tex_greek_dictionary

from theory.statement import Every, Follows, Monotone, Quoted, RootIn, SinglePeak, Tends

LONGEST = 9000
SHORT = {"eps": r"\varepsilon", "weight": "w", "ell": r"\ell", "chibar": r"\bar{\chi}"}
GREEK = {"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu", "nu", "xi"}
GREEK |= {"pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega", *tex_greek_dictionary}


class _Printer(LatexPrinter):
    """Names that are words stand upright, as words; sums begin with a term without a minus sign, where there is one."""

    def _print_Symbol(self, expr: Symbol, style: str = "plain") -> str:
        first, *rest = expr.name.split("_")
        if len(first) < 3 or not first.isalpha() or first.lower() in GREEK:
            return super()._print_Symbol(expr, style)
        words = " ".join([first, *(part for part in rest if not part.isdigit())])
        numbers = ",".join(part for part in rest if part.isdigit())
        shown = SHORT.get(words) or rf"\,\text{{{words}}}\,"
        return f"{shown}_{{{numbers}}}" if numbers else shown

    def _print_Subs(self, subs: Subs) -> str:
        """An expression `at` values: in full size, in a bracket of its own."""
        values = zip(subs.variables, subs.point, strict=True)
        shown = r",\; ".join(f"{self._print(x)} = {self._print(value)}" for x, value in values)
        return rf"\left[\, {self._print(subs.expr)} \;\text{{ at }}\; {shown} \,\right]"

    def _as_ordered_terms(self, expr: Expr, order: str | None = None) -> list[Expr]:
        terms = super()._as_ordered_terms(expr, order)
        first = next((term for term in terms if not term.could_extract_minus_sign()), terms[0])
        return [first, *(term for term in terms if term is not first)] if terms[0].could_extract_minus_sign() else terms

    def _print_MatAdd(self, expr: MatAdd) -> str:
        terms = sorted(map(self._print, expr.args), key=lambda term: term.startswith("-"))
        return " ".join(term if place == 0 or term.startswith("-") else f"+ {term}" for place, term in enumerate(terms))

    def _print_OneMatrix(self, expr: OneMatrix) -> str:
        return r"\mathbf{1}" if expr.shape[1] == 1 else "J"

    def _print_Identity(self, expr: Identity) -> str:
        return "I"


def latex(expr: Basic) -> str:
    """LaTeX of an expression."""
    return _Printer().doprint(expr)


def as_latex(claim: Basic) -> str:
    """LaTeX of a claim; the project's own predicates are written out in words around their formulas."""
    if isinstance(claim, Every):
        return r" \quad\text{and}\quad ".join(as_latex(part) for part in claim.args)
    if isinstance(claim, Follows):
        return rf"{as_latex(claim.args[0])} \;\Longrightarrow\; {as_latex(claim.args[1])}"
    if isinstance(claim, Tends):
        f, x, point, limit = claim.args
        arrow = r"\infty" if point is oo else latex(point)
        return rf"{latex(f)} \;\longrightarrow\; {latex(limit)} \quad\text{{as }} {latex(x)} \to {arrow}"
    if isinstance(claim, SinglePeak):
        return rf"{latex(claim.args[0])} \quad\text{{has exactly one peak in }} {latex(claim.args[1])}"
    if isinstance(claim, RootIn):
        f, x, low, high = claim.args
        return rf"{latex(f)} = 0 \quad\text{{exactly once for }} {latex(low)} < {latex(x)} < {latex(high)}"
    if isinstance(claim, Monotone):
        f, x, direction = claim.args
        way = "never increases" if direction == -1 else "never decreases"
        return rf"{latex(f)} \quad\text{{{way} in }} {latex(x)}"
    return latex(claim)


@cache
def as_mathml(claim: Basic) -> str:
    """Block MathML of a claim, or its escaped text where it is prose, too long to read, or not typesettable."""
    if isinstance(claim, Quoted):
        return f'<p class="quoted">{escape(str(claim.args[0]))}</p>'
    text = as_latex(claim)
    if len(text) > LONGEST:
        return f'<pre class="formula">{escape(str(claim))}</pre>'
    try:
        return convert(text, display="block")
    except (DenominatorNotFoundError, ExtraLeftOrMissingRightError, IndexError, ValueError, KeyError):
        return f'<pre class="formula">{escape(str(claim))}</pre>'
