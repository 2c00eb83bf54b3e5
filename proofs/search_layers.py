"""Whole layers for the search, where hypotheses tie many bases together and no chance meets them all.

    LAYERS[key](chance, slack) -> {size, scalar or base: its exact value}

Every equality holds exactly, in rationals. Scalars that bound something lie `slack` (at least 1e-9) beyond what they
bound, relative to it: there margins are smallest.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import sqrt

import numpy as np
from flint import arb, fmpq, fmpq_mat

from theory.objects import balanced_head as head
from theory.objects.softmax_head import beta
from theory.statements import flatness_from_class_centres as centres
from theory.statements import nc1_from_balancedness as balanced
from theory.symbols import K, N, W, d, n, phi, v

LEAST = 1e-9


def _above(value: float, slack: float = LEAST) -> Fraction:
    """A rational a little larger; a positive one for zero."""
    return Fraction(value * (1 + max(slack, LEAST))) if value > 0 else Fraction(LEAST * (1 + max(slack, 0.0)))


def _entries(nested: Sequence) -> Callable[..., object]:
    """Nested sequences as a function of indices from 1; beyond the last they start again."""

    def entry(*places: int):
        found = nested
        for place in places:
            found = found[(place - 1) % len(found)]
        return found

    return entry


def _number(chance: random.Random, scale: Fraction) -> Fraction:
    return Fraction(chance.randint(-30, 30), chance.randint(1, 10)) * scale


def _table(chance: random.Random, rows: int, columns: int, scale: Fraction = Fraction(1)) -> list[list[Fraction]]:
    return [[_number(chance, scale) for _ in range(columns)] for _ in range(rows)]


def _scale(chance: random.Random, least: int, most: int) -> Fraction:
    return Fraction(10) ** chance.randint(least, most)


# --- a class and its centre ----------------------------------------------------------------------------------------


def class_and_centre(chance: random.Random, slack: float) -> Mapping:
    """Samples of one class: weights omega, logits x about the centre and about the mean row, Bennett's parabola."""
    classes, samples, width = chance.randint(1, 8), chance.randint(1, 8), chance.randint(1, 6)
    shares = [chance.randint(1, 50) ** chance.choice((1, 3)) for _ in range(classes)]
    reference = [Fraction(share, sum(shares)) for share in shares]
    weight = [Fraction(chance.choice((0, 1, 1, 1)) * chance.randint(1, 99), 10) for _ in range(samples)]
    weight[0] += Fraction(1, 10)  # somebody carries weight
    mass = sum(weight)
    move = _table(chance, samples, classes, _scale(chance, -6, 0))
    about = [sum(w * row[s] for w, row in zip(weight, move, strict=True)) / mass for s in range(classes)]
    move = [[value - centre for value, centre in zip(row, about, strict=True)] for row in move]
    move = [[value - sum(r * x for r, x in zip(reference, row, strict=True)) for value in row] for row in move]
    square = [sum(w * row[s] ** 2 for w, row in zip(weight, move, strict=True)) / mass for s in range(classes)]
    shift = [abs(_number(chance, _scale(chance, -6, 0))) * chance.choice((0, 1)) for _ in range(classes)]
    if chance.random() < 0.5:  # the best one for b = max_i x_is
        tops = [max(row[s] for row in move) for s in range(classes)]
        shift = [square[s] / tops[s] if tops[s] > 0 else shift[s] for s in range(classes)]
    excess = [_number(chance, Fraction(1, 10)) for _ in range(samples)]
    scale = _scale(chance, -3, 3)
    feature = _table(chance, samples, width, _scale(chance, -4, 0) / scale)  # so that logits do not overflow
    place = [sum(w * row[k] for w, row in zip(weight, feature, strict=True)) / mass for k in range(width)]
    return {
        K: classes,
        N: samples,
        d: width,
        centres.mass: mass,
        centres.mean_excess: sum(w * x for w, x in zip(weight, excess, strict=True)) / mass,
        centres.reference: _entries(reference),
        centres.weight: _entries(weight),
        centres.move: _entries(move),
        centres.excess: _entries(excess),
        centres.square: _entries(square),
        centres.shift: _entries(shift),
        centres.parabola: _entries([_steepest([r[s] for r in move], shift[s], slack) for s in range(classes)]),
        centres.feature: _entries(feature),
        centres.place: _entries(place),
        W: _entries(_table(chance, classes, width, scale)),
        beta: _entries([_number(chance, Fraction(1, 10)) for _ in range(classes)]),
        phi: _entries([_number(chance, Fraction(1, 100) / scale) for _ in range(width)]),
        v: _entries([_number(chance, scale) for _ in range(width)]),
    }


def _steepest(moves: list[Fraction], shift: Fraction, slack: float) -> Fraction:
    """psi so that 1 + y + psi y^2 >= exp(y) at every y = x + a."""
    needed = [Fraction(0)]
    for y in {x + shift for x in moves} - {0}:
        value = arb(fmpq(y.numerator, y.denominator))
        needed.append(Fraction(float(((value.exp() - 1 - value) / value**2).abs_upper())))
    return max(needed) * (1 + Fraction(max(slack, LEAST)))


# --- a balanced head -----------------------------------------------------------------------------------------------


def balanced_head(chance: random.Random, slack: float) -> Mapping:
    """W = A J, features h = W^+ (Y + e) + a part that the head does not see, and the layer U below."""
    classes = chance.randint(2, 4)
    width, samples, below = classes + chance.randint(1, 3), chance.randint(1, 3), chance.randint(1, 4)
    J, A = _orthonormal(chance, classes, width), _invertible(chance, classes)
    F, off = A.inv(), _identity(width) - J.transpose() * J
    targets = fmpq_mat([[int(row == c // samples) for c in range(classes * samples)] for row in range(classes)])
    e = _matrix(chance, classes, classes * samples)
    room = sqrt(samples)
    if (size := _norm(e)) > 0:
        e = e * _rational(chance.choice((1e-6, 0.1, 0.5, 0.9)) * chance.random() * room / size)
    below_layer = _matrix(chance, width, below, _scale(chance, -3, 3))
    unseen = off * below_layer
    h = J.transpose() * F * (targets + e)
    if _norm(unseen) > 0:
        h += off * _matrix(chance, width, classes * samples, _scale(chance, -3, 3))
    x = _matrix(chance, classes, 1, _scale(chance, -3, 3))
    error = _norm(e) + (room - _norm(e)) * chance.choice((0.0, 0.0, chance.random()))
    error = _above(error) if error < room * (1 - 1e-6) else Fraction(room * (1 - 1e-6))
    given = F.transpose() * F * x
    pulled, returned = (A * J).transpose() * x, (A * J).transpose() * given
    means = _centred_means(h, classes, samples)
    needed = (
        (_norm(off * h), _norm(unseen)),
        (_norm(h.transpose() * pulled), _norm(pulled)),
        (_norm(A * J * means), _norm(means)),
    )
    stretched = _norm(returned) / _norm(given) if _norm(given) > 0 else 1.0
    return {
        K: classes,
        d: width,
        n: samples,
        head.width: below,
        balanced.error: error,
        balanced.tau: _above(_norm(F * e) / float(error), slack),
        balanced.bound: _above(max((top / bottom for top, bottom in needed if bottom > 0), default=1.0), slack),
        balanced.skew: _above(_norm(unseen) ** 2 / max(1, width - classes), slack),
        balanced.sigma: Fraction(stretched / (1 + max(slack, LEAST))),
        balanced.share: Fraction(chance.randint(1, 99), 100),
        W: _entries(_rows(A * J)),
        head.A: _entries(_rows(A)),
        head.F: _entries(_rows(F)),
        head.J: _entries(_rows(J)),
        head.U: _entries(_rows(below_layer)),
        head.x: _entries([row[0] for row in _rows(x)]),
        head.h: _entries(_by_sample(h, classes)),
        head.e: _entries(_by_sample(e, classes)),
    }


def _matrix(chance: random.Random, rows: int, columns: int, scale: Fraction = Fraction(1)) -> fmpq_mat:
    values = [value for row in _table(chance, rows, columns, scale) for value in row]
    return fmpq_mat(rows, columns, [fmpq(value.numerator, value.denominator) for value in values])


def _identity(size: int) -> fmpq_mat:
    return fmpq_mat(size, size, [int(r == c) for r in range(size) for c in range(size)])


def _orthonormal(chance: random.Random, rows: int, size: int) -> fmpq_mat:
    """Rows of the reflection I - 2 u u^T/|u|^2."""
    u = _matrix(chance, size, 1)
    length = sum((u[k, 0] ** 2 for k in range(size)), fmpq(0)) or fmpq(1)
    whole = _identity(size) - u * u.transpose() * (2 / length)
    return fmpq_mat(rows, size, [whole[r, c] for r in range(rows) for c in range(size)])


def _invertible(chance: random.Random, size: int) -> fmpq_mat:
    found = _matrix(chance, size, size, _scale(chance, -1, 1))
    return found if found.det() != 0 else _identity(size)


def _centred_means(h: fmpq_mat, classes: int, samples: int) -> fmpq_mat:
    """Class means minus the global mean, as columns."""
    total = classes * samples
    shares = [[Fraction(int(c == t // samples) * classes - 1, total) for c in range(classes)] for t in range(total)]
    return h * fmpq_mat([[fmpq(share.numerator, share.denominator) for share in row] for row in shares])


def _by_sample(matrix: fmpq_mat, classes: int) -> list[list[list[Fraction]]]:
    """The columns, class by class."""
    columns = _rows(matrix.transpose())
    samples = len(columns) // classes
    return [columns[c * samples : (c + 1) * samples] for c in range(classes)]


def _rows(matrix: fmpq_mat) -> list[list[Fraction]]:
    return [[_fraction(value) for value in row] for row in matrix.tolist()]


def _fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def _rational(value: float) -> fmpq:
    exact = Fraction(value)
    return fmpq(exact.numerator, exact.denominator)


def _norm(matrix: fmpq_mat) -> float:
    """Frobenius."""
    return float(np.linalg.norm([float(_fraction(value)) for row in matrix.tolist() for value in row]))


LAYERS: Mapping[str, Callable[[random.Random, float], Mapping]] = {
    "flatness_from_class_centres": class_and_centre,
    "nc1_from_balancedness": balanced_head,
}
