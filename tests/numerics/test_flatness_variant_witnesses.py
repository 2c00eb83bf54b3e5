"""The closed forms that flatness_variants uses as witnesses are what the metrics measure on those two-class heads."""

import numpy as np
import pytest

from numerics.metrics import relative_flatness, variants
from theory.statements import flatness_variants as claim


def witness(head, shift, axes):
    """Rows shift -+ head in two orthogonal directions, unit features along further axes: p = (1/2, 1/2) everywhere."""
    weight = np.zeros((2, 2 + axes))
    weight[:, 0], weight[:, 1] = (head, -head), shift
    return weight, np.eye(2 + axes)[2:]


def value(expression, head, shift, axes):
    return float(expression.subs({**claim.EVEN, claim.head: head, claim.shift: shift, claim.axes: axes}))


@pytest.mark.parametrize(("head", "shift", "axes"), [(1.5, 0.0, 1), (1.5, 0.0, 4), (0.5, 2.0, 1), (2.0, 1.0, 3)])
def test_the_witnesses_measure_as_the_claim_says(head, shift, axes):
    weight, features = witness(head, shift, axes)
    assert relative_flatness(weight, features) == pytest.approx(value(claim.exact, head, shift, axes))
    assert variants.hessian_trace(weight, features) == pytest.approx(value(claim.hessian_trace, head, shift, axes))
    largest = value(claim.largest_version, head, shift, axes)
    assert variants.relative_flatness_largest(weight, features) == pytest.approx(largest)


def test_the_largest_eigenvalue_version_lies_on_either_side_of_kappa():
    below, above = witness(1.5, 0.0, 4), witness(0.5, 2.0, 1)
    assert variants.relative_flatness_largest(*below) < relative_flatness(*below)
    assert variants.relative_flatness_largest(*above) > relative_flatness(*above)


def test_reciprocal_scaling_moves_only_the_version_with_one_power_of_the_norm():
    weight, features = witness(1.0, 0.5, 2)
    scaled = weight / 3, 3 * features
    assert variants.sharpness_with_square_norm(*scaled) == pytest.approx(
        variants.sharpness_with_square_norm(weight, features)
    )
    assert variants.sharpness_with_norm(*scaled) == pytest.approx(3 * variants.sharpness_with_norm(weight, features))
