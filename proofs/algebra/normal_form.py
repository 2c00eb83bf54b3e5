"""Normal form of finite-sum algebra: polynomials in indexed elements under sums with symbolic ranges.

A sum of a product is split into its connected components; Kronecker deltas and equality hypotheses such as
Sum_s p_s = 1 are contracted; bound indices get canonical names. Two expressions are equal if their difference has
normal form zero. A free index stands for any value of its range.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import permutations, product

from sympy import (
    Add,
    Dummy,
    Eq,
    Expr,
    Function,
    Ge,
    Gt,
    Indexed,
    KroneckerDelta,
    Le,
    Lt,
    Mul,
    Pow,
    S,
    Sum,
    Symbol,
    cancel,
    exp,
    expand_log,
    factor,
    fraction,
    log,
    together,
)
from sympy.logic.boolalg import Boolean

from proofs.algebra.bound_names import apart, free_names, plain, put_in, ranges, scalars
from proofs.algebra.exponentials import independent_exponentials

Hypotheses = tuple[Boolean, ...]


def shifts(hypotheses: Hypotheses) -> dict[Symbol, Expr]:
    """Bounds on a symbol as substitutions that let SymPy see signs: x >= a as x = a + r, x < a (x > 0) as a/(1 + r),
    1/x > e as x = 1/(e + r), with r >= 0 (r > 0 where strict)."""
    lower, found = {}, {}
    turned = [h.reversed if isinstance(h, (Le, Lt)) else h for h in hypotheses]
    for h in (h for h in turned if isinstance(h, (Ge, Gt))):
        rest = Dummy("r", **({"positive": True} if isinstance(h, Gt) else {"nonnegative": True}))
        if h.lhs.is_Symbol and h.rhs.is_Rational and h.rhs > lower.get(h.lhs, -1):
            lower[h.lhs], found[h.lhs] = h.rhs, h.rhs + rest
        elif h.rhs.is_Symbol and h.rhs.is_positive and h.lhs.is_Rational and h.lhs > 0:
            found.setdefault(h.rhs, h.lhs / (1 + rest))
        elif isinstance(h.lhs, Pow) and h.lhs.exp == -1 and h.lhs.base.is_Symbol and h.lhs.base.is_positive:
            found.setdefault(h.lhs.base, 1 / (h.rhs + rest))
    return {x: value.xreplace({y: found[y] for y in value.free_symbols & set(lower)}) for x, value in found.items()}


class SumAlgebra:
    """Normal forms under fixed equality hypotheses: Eq(symbol, value), or Eq(Sum(...), value) with free indices."""

    def __init__(self, hypotheses: Hypotheses = (), expr: Expr = S.Zero):
        known = [(apart(h.lhs), apart(h.rhs)) for h in hypotheses if isinstance(h, Eq) and plain(h)]
        self.values = {left: right for left, right in known if left.is_Symbol}
        self.ranges = ranges((expr, *(side for sides in known for side in sides)))
        self.rules: list[tuple[Expr, tuple[Symbol, ...], Expr]] = []
        fixed = set().union(*(scalars(e) for e in (expr, *hypotheses)))
        for left, right in known:
            if isinstance(left, Sum) and len(left.limits) == 1:
                atom = self.normal(left)
                indices = {x for e in atom.atoms(Indexed) for x in e.indices if x in free_names(atom)}
                if isinstance(atom, Sum):
                    value = right.xreplace(self.values)
                    value = self.normal(value) if value.has(Sum) else value
                    self.rules.append((atom, tuple(sorted(indices - fixed, key=str)), value))

    def normal(self, expr: Expr) -> Expr:
        expr = _split_exponentials(expr.xreplace(self.values))
        if isinstance(expr, Sum):
            body = self.normal(expr.function)
            return Add(*(self._summed(term, list(expr.limits)) for term in Add.make_args(_expanded(body))))
        if isinstance(expr, (Indexed, KroneckerDelta)) or not expr.has(Sum, KroneckerDelta):
            return expr
        rebuilt = _split_inverses(expr.func(*(self.normal(arg) for arg in expr.args)))
        rebuilt = _split_deltas(_split_exponentials(rebuilt))
        if not isinstance(rebuilt, (Add, Mul, Pow)):
            return rebuilt
        return Add(*(self._summed(term, []) for term in Add.make_args(_expanded(rebuilt))))

    def _summed(self, term: Expr, limits: list) -> Expr:
        outside, factors, limits = _opened(term, limits)
        self.ranges |= {x: (low, high) for x, low, high in limits}
        factors, limits, more = self._contracted(factors, limits)
        whole = Mul(*factors)
        if more or not _is_monomial(whole):
            terms = Add.make_args(_expanded(_split_deltas(whole)))
            return Mul(*outside) * Add(*(self._summed(t, limits) for t in terms))
        for index, low, high in limits:
            if not whole.has(index):
                outside.append(high - low + 1)
        limits = [limit for limit in limits if whole.has(limit[0])]
        return Mul(*outside) * Mul(*(_canonical(part, own) for part, own in _components(Mul.make_args(whole), limits)))

    def _contracted(self, factors: list[Expr], limits: list) -> tuple[list[Expr], list, bool]:
        """Apply each delta and each hypothesis once; True when a replacement needs the product to be expanded anew."""
        for delta in [f for f in factors if isinstance(f, KroneckerDelta)]:
            spans = {x: (low, high) for x, low, high in limits}
            left, right = delta.args
            for bound, other in ((left, right), (right, left)):
                if bound not in spans or not (other.is_Symbol and other.is_integer):
                    continue
                if self.ranges.setdefault(other, spans[bound]) == spans[bound]:
                    rest = [f.xreplace({bound: other}) for f in factors if f is not delta]
                    return rest, [limit for limit in limits if limit[0] != bound], True
            if left.is_Symbol and right.is_Symbol:
                kept, gone = sorted((left, right), key=str)
                rest = [f if f is delta else f.xreplace({gone: kept}) for f in factors]
                if rest != factors:
                    return rest, limits, True
        for index, low, high in limits:
            inside = [f for f in factors if f.has(index)]
            atom = _canonical(Mul(*inside), [(index, low, high)]) if inside else None
            inverse = Pow(atom, -1) if atom is not None else None
            if inverse in factors:  # sum_s f(s) / (sum_r f(r)) = 1
                rest = [f for f in factors if not f.has(index)]
                rest.remove(inverse)
                return [*rest, S.One], [limit for limit in limits if limit[0] != index], True
            for pattern, free, value in self.rules if atom is not None else ():
                candidates = sorted(
                    {x for e in atom.atoms(Indexed) for x in e.indices if x in free_names(atom)}, key=str
                )
                for choice in product(candidates, repeat=len(free)):
                    if atom == _renamed(pattern, dict(zip(free, choice, strict=True))):
                        rest = [f for f in factors if not f.has(index)]
                        value = value.xreplace(dict(zip(free, choice, strict=True)))
                        return [*rest, value], [limit for limit in limits if limit[0] != index], True
        return factors, limits, False


def _expanded(expr: Expr) -> Expr:
    """Multiplied out as a polynomial; functions, sums and inverse powers are letters."""
    letters = {
        e: Dummy()
        for e in expr.atoms(Function, Sum, Pow)
        if not (isinstance(e, Pow) and e.exp.is_Integer and e.exp > 0)
    }
    letters = {e: letter for e, letter in letters.items() if not isinstance(e, KroneckerDelta)}
    return expr.xreplace(letters).expand().xreplace({letter: e for e, letter in letters.items()})


def _split_inverses(expr: Expr) -> Expr:
    """1/(f g) as 1/f times 1/g, a common factor of a sum taken out first."""
    if not (isinstance(expr, Pow) and expr.exp.is_Integer and expr.exp < 0):
        return expr
    letters = {a: Dummy() for a in expr.base.atoms(Sum, Indexed, KroneckerDelta)}
    base = factor(expr.base.xreplace(letters)).xreplace({letter: a for a, letter in letters.items()})
    return Mul(*(f**expr.exp for f in Mul.make_args(base)))


def _split_exponentials(expr: Expr) -> Expr:
    """exp(a + b) as exp(a) exp(b), everywhere."""
    return expr.replace(exp, lambda arg: Mul(*map(exp, Add.make_args(_expanded(arg)))))


def _is_monomial(expr: Expr) -> bool:
    return not any(
        isinstance(f, Add)
        or (isinstance(f, Pow) and isinstance(f.base, (Add, KroneckerDelta)) and f.exp.is_Integer and f.exp > 0)
        for f in Mul.make_args(expr)
    )


def _split_deltas(expr: Expr) -> Expr:
    """f(delta) = f(0) + delta (f(1) - f(0)) for a function or power of an expression with a Kronecker delta."""
    for node in sorted(expr.atoms(Function, Pow), key=lambda e: -e.count_ops()):
        if isinstance(node, (KroneckerDelta, Sum)) or (isinstance(node, Pow) and node.exp.is_Integer and node.exp > 0):
            if not (isinstance(node, Pow) and isinstance(node.base, KroneckerDelta)):
                continue
        deltas = sorted((x for x in node.atoms(KroneckerDelta) if x.free_symbols <= node.free_symbols), key=str)
        if deltas and not isinstance(node, KroneckerDelta):
            off, on = node.xreplace({deltas[0]: S.Zero}), node.xreplace({deltas[0]: S.One})
            return _split_deltas(expr.xreplace({node: off + deltas[0] * (on - off)}))
    return expr


def _opened(term: Expr, limits: list) -> tuple[list[Expr], list[Expr], list]:
    """Factors that see a bound index, with inner sums over them merged into one multiple sum, and the others."""
    limits = list(limits)
    names = {x for x, *_ in limits}
    outside, inside, queue = [], [], list(Mul.make_args(term))
    while queue:
        f = queue.pop()
        if isinstance(f, Pow) and isinstance(f.base, Sum) and f.exp.is_Integer and f.exp > 1 and free_names(f) & names:
            queue += [f.base] * int(f.exp)
        elif isinstance(f, Pow) and isinstance(f.base, KroneckerDelta) and f.exp.is_positive:
            queue.append(f.base)
        elif isinstance(f, Sum) and free_names(f) & names:
            fresh = {limit[0]: Dummy(f"{limit[0]}", integer=True, positive=True) for limit in f.limits}
            limits += [(fresh[x], low, high) for x, low, high in f.limits]
            names |= set(fresh.values())
            queue += Mul.make_args(f.function.xreplace(fresh))
        else:
            (inside if free_names(f) & names or f.has(KroneckerDelta) else outside).append(f)
    if any(isinstance(f, KroneckerDelta) for f in inside):  # a delta renames indices outside the sum too
        inside, outside = inside + outside, []
    return outside, inside, limits


def _components(factors: tuple[Expr, ...], limits: list) -> list[tuple[Expr, list]]:
    groups: list[tuple[list[Expr], set]] = []
    bound = {x for x, *_ in limits}
    for f in factors:
        touched = [g for g in groups if g[1] & free_names(f) & bound]
        merged = ([f, *(e for g in touched for e in g[0])], (free_names(f) & bound).union(*(g[1] for g in touched)))
        groups = [g for g in groups if not any(g is other for other in touched)] + [merged]
    return [(Mul(*g), [limit for limit in limits if limit[0] in names]) for g, names in groups]


def _renamed(expr: Expr, names: dict) -> Expr:
    return (
        expr.xreplace(names)
        if not isinstance(expr, Sum)
        else _canonical(expr.function.xreplace(names), list(expr.limits))
    )


def _canonical(body: Expr, limits: list) -> Expr:
    """One connected component, its bound indices named _level_number in the order that prints first."""
    return _canonical_sum(body, tuple(map(tuple, limits))) if limits else body


@lru_cache(50_000)
def _canonical_sum(body: Expr, limits: tuple) -> Expr:
    level = 1 + max(
        (
            int(e.name.split("_")[1])
            for e in body.atoms(Symbol)
            if e.name.startswith("_") and e not in {x for x, *_ in limits}
        ),
        default=0,
    )
    best, spans = None, {limit: str(limit[1:]) for limit in limits}
    fresh = [Symbol(f"_{level}_{m}", integer=True, positive=True) for m in range(len(limits))]
    for order in permutations(limits):
        if [spans[limit] for limit in order] != sorted(spans.values()):
            continue
        named = body.xreplace({limit[0]: name for limit, name in zip(order, fresh, strict=True)})
        shown = str(named) if len(limits) > 1 else ""
        if best is None or shown < best[0]:
            best = shown, named, [(name, *limit[1:]) for limit, name in zip(order, fresh, strict=True)]
    return Sum(best[1], *best[2])


def atoms_as_symbols(expr: Expr) -> Expr:
    """Sums, indexed elements and free deltas become symbols of the same sign: a plain expression in scalars remains."""
    for kind in (Sum, Indexed, KroneckerDelta):
        ordered = enumerate(sorted(expr.atoms(kind), key=str))
        expr = expr.xreplace({a: Dummy(f"A{m}", real=True, positive=_plainly_positive(a) or None) for m, a in ordered})
    return expr


def _plainly_positive(atom: Expr) -> bool:
    if not isinstance(atom, Sum):
        return bool(atom.is_positive)
    filled = all(low == 1 and high.is_integer and high.is_positive for _, low, high in atom.limits)
    return bool(filled and plain(atom) and atoms_as_symbols(atom.function).is_positive)


@cache
def vanishes(expr: Expr, hypotheses: Hypotheses = ()) -> bool:
    """True only if `expr` is identically zero under the hypotheses; False means nothing.

    Logarithms of products are split where the factors are positive, by SymPy or by a hypothesis sum >= positive."""
    expr = put_in(expr)
    if not plain(expr):
        return False
    expr, moved = apart(expr), shifts(hypotheses)
    shown = atoms_as_symbols(SumAlgebra(hypotheses, expr).normal(expr)).xreplace(moved)
    if shown == 0:
        return True
    shown = shown.replace(lambda e: isinstance(e, Pow) and not e.exp.is_number, lambda e: exp(e.exp * log(e.base)))
    sums = [h.xreplace(moved).args for h in hypotheses if isinstance(h, (Ge, Gt)) and h.lhs.is_Add]
    positive = {left: Dummy("P", positive=True) for left, right in sums if right.is_positive}
    shown = shown.xreplace({e: e.xreplace(positive) for e in shown.atoms(log)})
    shown = shown.replace(log, lambda arg: expand_log(log(factor(together(arg))), factor=True))
    shown = independent_exponentials(shown.expand(power_exp=False, mul=False, multinomial=False, log=False))
    numerator = fraction(together(shown))[0]
    return numerator.expand() == 0 or cancel(numerator).expand() == 0
