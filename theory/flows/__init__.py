"""Each ordinary differential equation as data: state' = right-hand side. Nothing is solved here.

The derivations prove conservation, decay, Lyapunov descent and equilibria from these objects; the simulators make
their right-hand sides from the same objects by lambdify. One flow family per file of this package.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sympy import Expr, Matrix, MatrixExpr, Symbol, diff
from sympy.matrices.expressions import MatAdd, MatMul, Transpose, ZeroMatrix

from theory.errors import UsersMistake
from theory.statement import Source, at


class FlowError(UsersMistake):
    """A flow whose parts do not fit together."""


@dataclass(frozen=True, slots=True)
class Flow:
    """state[i]' = right_hand_side[i]. Scalars are symbols, matrices are MatrixSymbols.

    `conserved` are expressions Q with Q' = 0; `decaying` are pairs (Q, rate) with Q' = -rate Q; `lyapunov` never
    increases along the flow; `equilibria` maps a name to the state's values, in the order of `state`. Each of them is a
    claim for the derivations to prove: this class only says what is meant. `source` is None for what is new here.
    """

    name: str
    state: tuple[Expr, ...]
    right_hand_side: tuple[Expr, ...]
    parameters: tuple[Expr, ...]
    conserved: tuple[Expr, ...] = ()
    decaying: tuple[tuple[Expr, Expr], ...] = ()
    lyapunov: Expr | None = None
    equilibria: Mapping[str, tuple[Expr, ...]] = field(default_factory=dict)
    source: Source | None = None
    words: str = ""

    def __post_init__(self) -> None:
        if len(self.state) != len(self.right_hand_side):
            raise FlowError(
                f"right_hand_side of {self.name} has {len(self.right_hand_side)} parts, "
                f"must have one for each of the {len(self.state)} state symbols"
            )
        known = set(self.state) | set(self.parameters)
        stray = {item for part in self.right_hand_side for item in part.free_symbols} - known
        if stray:
            names = ", ".join(sorted(map(str, stray)))
            raise FlowError(f"{self.name} uses {names}, which is neither state nor parameter; list it in parameters")
        for name, values in self.equilibria.items():
            if len(values) != len(self.state):
                raise FlowError(f"equilibrium {name} of {self.name} has {len(values)} values, must have one per state")

    def rate_of(self, expression: Expr) -> Expr:
        """Q' along the flow, by the chain rule (matrices: by the product rule, factors kept in order)."""
        if isinstance(expression, MatrixExpr):
            return _matrix_rate(expression, dict(zip(self.state, self.right_hand_side, strict=True)))
        pairs = zip(self.state, self.right_hand_side, strict=True)
        return sum(diff(expression, part) * rate for part, rate in pairs)

    def chain_rule(self, expression: Expr, where: Mapping[Symbol, Expr] | None = None) -> Expr:
        """Q' of a scalar expression as the chain rule leaves it, on the states `where` symbols have these values: the
        speeds are put in (`at`), nothing cancels yet."""
        where = dict(where or {})
        speeds = [Symbol(f"{part}'", real=True) for part in self.state]
        slopes = (diff(expression, part) * speed for part, speed in zip(self.state, speeds, strict=True))
        rates = [at(rate, where) if where else rate for rate in self.right_hand_side]
        return at(sum(slopes), {**dict(zip(speeds, rates, strict=True)), **where})

    def after_step(self, expression: Expr, step: Expr) -> Expr:
        """Q after one explicit Euler step, which is one step of gradient descent where the flow is a gradient flow."""
        pairs = zip(self.state, self.right_hand_side, strict=True)
        return expression.xreplace({part: part + step * rate for part, rate in pairs})

    def jacobian(self) -> Matrix:
        """Matrix of d right_hand_side[i] / d state[j]."""
        return Matrix(self.right_hand_side).jacobian(Matrix(self.state))

    def at(self, equilibrium: str) -> dict[Expr, Expr]:
        """The named equilibrium as a substitution."""
        return dict(zip(self.state, self.equilibria[equilibrium], strict=True))

    def restricted(self, values: Mapping[Expr, Expr]) -> tuple[Expr, ...]:
        """The right-hand side with `values` put in for parameters or state."""
        return tuple(part.subs(values) for part in self.right_hand_side)


def gradient_of(loss: Expr, state: tuple[Symbol, ...], weights: tuple[Expr, ...] | None = None) -> tuple[Expr, ...]:
    """-(d loss / d state[i]) / weights[i]: the gradient flow in coordinates whose squared lengths are `weights`."""
    weights = weights or (1,) * len(state)
    return tuple(-diff(loss, part) / weight for part, weight in zip(state, weights, strict=True))


def _matrix_rate(expression: MatrixExpr, rates: Mapping[Expr, Expr]) -> MatrixExpr:
    """Product rule on sums, products and transposes of matrix symbols; a matrix that is no state is constant."""
    if expression in rates:
        return rates[expression]
    if isinstance(expression, Transpose):
        return _matrix_rate(expression.arg, rates).T
    if isinstance(expression, MatAdd):
        return MatAdd(*(_matrix_rate(part, rates) for part in expression.args)).doit()
    if isinstance(expression, MatMul):
        factors = expression.args
        terms = []
        for place, factor in enumerate(factors):
            if isinstance(factor, MatrixExpr):
                rate = _matrix_rate(factor, rates)
                terms.append(MatMul(*factors[:place], rate, *factors[place + 1 :]).doit())
        return MatAdd(*terms).doit()
    return ZeroMatrix(*expression.shape)
