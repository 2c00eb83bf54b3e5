"""Parts of claims whose two sides became the same object on construction: they say nothing, whatever their status.

KNOWN is a list of defects, part by part, not a licence: a part that is mended leaves it, and none may join it.
"""

import pytest
from sympy import Symbol
from sympy.core.relational import Relational

from theory import blueprint
from theory.statement import Every, Source, Statement, at_most, equal

KNOWN = {
    "bennett_parabola": (4,),
    "ce_ufm_optimum": (4,),
    "collapse_implies_flatness": (3,),
    "collapse_metrics_invariance": (11,),
    "collapsed_ce_flow": (4, 5, 7),
    "collapsed_mse_flow": (3, 7, 8),
    "decoupled_decay_clock": (1, 2, 5),
    "deep_ufm_threshold": (8,),
    "feature_norm_attractor": (6,),
    "feature_norm_equilibrium": (1, 2, 3, 4),
    "feature_norm_local_rates": (1,),
    "flatness_at_equilibrium": (1, 2, 4),
    "flatness_from_margin": (4,),
    "flatness_invariance": (5, 7, 9),
    "flatness_variants": (2, 5, 6),
    "gradient_descent_stability": (8, 9),
    "imbalanced_geometry": (13, 15),
    "mse_ufm_optimum": (9,),
    "nc3_variants": (4, 5, 6, 7),
    "two_clocks": (2, 5),
    "weight_decay_regimes": (9, 12),
}


def vacuous(statement: Statement) -> tuple[int, ...]:
    """Numbers, from 1, of the goal's parts that relate an expression to itself."""
    parts = enumerate(statement.parts, 1)
    return tuple(place for place, part in parts if isinstance(part, Relational) and part.lhs == part.rhs)


@pytest.mark.parametrize("key", blueprint.keys())
def test_no_part_relates_an_expression_to_itself_but_the_known_ones(key):
    assert vacuous(blueprint.statement(key)) == KNOWN.get(key, ())


def test_a_planted_vacuous_part_is_found():
    x = Symbol("x", positive=True)
    claim = Every(at_most(x, x + 1), equal(2 * x / 2, x), at_most(x**2 / x, x))
    assert vacuous(Statement("planted", "planted", claim, Source("nobody", "nowhere"))) == (2, 3)
