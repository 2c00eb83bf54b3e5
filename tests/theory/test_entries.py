"""Entries of matrix expressions and rates along matrix flows agree with explicit small matrices."""

import pytest
from sympy import Identity, Inverse, Matrix, MatrixSymbol, OneMatrix, Symbol, ZeroMatrix, symbols

from theory.flows.deep_linear import FREE, PAIR, balancedness, width_in, width_mid, width_out
from theory.objects.entries import entry, indexed, rate_along

i, j = (Symbol(name, integer=True, positive=True) for name in "ij")
SIZES = {width_out: 2, width_mid: 3, width_in: 2}
A, B = MatrixSymbol("A", width_out, width_mid), MatrixSymbol("B", width_out, width_mid)


def explicit(matrix):
    """A matrix symbol of the sizes above, with its indexed entries as elements."""
    rows, columns = (int(size.subs(SIZES)) for size in matrix.shape)
    return Matrix(rows, columns, lambda row, column: indexed(matrix)[row + 1, column + 1])


def at(expression, row, column):
    """The entry with its sums and derivatives carried out at these sizes."""
    return expression.subs(SIZES).doit().subs({i: row, j: column}).doit().expand()


@pytest.mark.parametrize(("row", "column"), [(1, 1), (1, 2), (2, 1)])
def test_entries_of_products_sums_and_transposes(row, column):
    whole = 3 * explicit(A) * explicit(B).T - explicit(B) * explicit(A).T
    found = entry(3 * A * B.T - B * A.T, i, j).subs(SIZES).subs({i: row, j: column}).doit()
    assert (found - whole[row - 1, column - 1]).expand() == 0


@pytest.mark.parametrize(("row", "column"), [(1, 1), (1, 2), (2, 1)])
def test_entries_of_powers_identities_and_constant_matrices(row, column):
    square, ones, eye = A * B.T, OneMatrix(width_out, width_out), Identity(width_out)
    known, flat = explicit(A) * explicit(B).T, Matrix.ones(2, 2)
    whole = known**3 + 2 * known * flat - Matrix.eye(2) / 5 + flat
    expression = square**3 + 2 * square * ones - eye / 5 + ones + ZeroMatrix(width_out, width_out)
    assert (at(entry(expression, i, j), row, column) - whole[row - 1, column - 1]).expand() == 0


@pytest.mark.parametrize("matrix", [Inverse(A * B.T), (A * B.T) ** width_out], ids=["inverse", "power of no number"])
def test_other_matrices_are_refused_by_name(matrix):
    with pytest.raises(TypeError, match="no sum of products"):
        entry(matrix, i, j)


def test_the_rate_is_the_derivative_along_one_euler_step():
    step = symbols("step")
    moved = {m.subs(SIZES): explicit(m).as_immutable() for m in (*PAIR.state, *PAIR.parameters[:1])}
    rates = [rate.subs(SIZES).xreplace(moved) for rate in PAIR.right_hand_side]
    lower, upper = (explicit(m) + step * Matrix(rate.doit()) for m, rate in zip(PAIR.state, rates, strict=True))
    after = (upper.T * upper - lower * lower.T)[0, 1].diff(step).subs(step, 0)
    found = rate_along(PAIR, entry(balancedness, 1, 2)).subs(SIZES).doit()
    assert (found - after).expand() == 0


def test_a_quantity_that_is_not_conserved_has_a_rate():
    assert rate_along(FREE, entry(FREE.state[1] * FREE.state[0], 1, 1)).subs(SIZES).doit().expand() != 0
