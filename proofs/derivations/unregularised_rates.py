"""With G between two multiples of E/x, E = exp(x), the logarithm of t = (sqrt n/2) G lies between x - 2 sqrt(x) -
4/sqrt(n) and x + B; the loss is (K-1)/E up to a factor 1 + (K-1)/E. Multiplied out, what is left over is at most a
multiple of 1/x above and of 1/sqrt(x) below."""

from sympy import Rational, exp, log, sqrt

from proofs.arguments.implicit_time import CUBE, SQUARE, E, not_faster, not_slower
from proofs.kernel.limit import Limit
from proofs.kernel.positive_terms import PositiveTerms
from proofs.kernel.structure import ByLemmas, Conjunction
from theory.statement import Statement, at_least, at_most
from theory.statements.flatness_rate import STATEMENT as BOUNDS
from theory.statements.flatness_rate import fastest, growth, push, slowest, start, time
from theory.statements.unregularised_rates import loss
from theory.symbols import K, n, x

HALF, EARLY = sqrt(n) / 2, exp(start) / start
LATE = (at_least(x, 1), at_least(x, start), at_least(x, 2 + 4 * EARLY))
LOW, HIGH = BOUNDS.parts[1:3]  # the two bounds of G
ODDS = (K - 1) / E
UPPER = ODDS - loss  # y - log(1 + y)
LOWER = 1 / (1 + ODDS) - 1 + log(1 + ODDS)  # log(1 + y) - y/(1 + y)
PACE = 4 + 6 * push
CEILING = x + HALF * (1 + PACE)  # above log t
FLOOR = x - 2 * sqrt(x) - 4 / sqrt(n)  # below log t
ROOT = (x - 1) / (x * (sqrt(x) + 1))  # 1/sqrt(x) - 1/x


def bounds_of_growth(known):
    """G >= its lower bound, G <= its upper bound, G >= E/(2x), G >= 1/2, the last two late enough."""
    low, high = not_faster(LOW, start, known), not_slower(HIGH, start, (*known, LATE[1]), push)
    early_gone = (*(2 * x * part for part in SQUARE), x**2 * (x - 2 - 4 * EARLY))
    steep = PositiveTerms(
        at_least(growth, E / (2 * x)),
        (4 * x**2 * (growth - fastest), *early_gone, 2 * x**2),
        (*known, *LATE, LOW),
        4 * x**2,
        "exp(x_0)/x_0 is soon left behind",
    )
    half = PositiveTerms(
        at_least(growth, Rational(1, 2)),
        (4 * x**2 * (growth - E / (2 * x)), *early_gone, 4 * x**2 * EARLY),
        (*known, *LATE, steep.claim),
        4 * x**2,
        "positive",
    )
    steep = ByLemmas(steep.claim, steep, (low,))
    return low, high, steep, ByLemmas(half.claim, half, (steep,))


def bounds_of_logarithm(known, lemmas):
    """log t <= CEILING and log t >= FLOOR."""
    facts = (*known, *LATE, *(lemma.claim for lemma in lemmas))
    rho = time * x / E
    above = PositiveTerms(
        at_most(log(time), CEILING),
        (
            rho - 1 - log(rho),
            1 / x - 1 - log(1 / x),
            (x - 1) / x,
            1 + 0 * x,
            HALF * x / E * (slowest - growth),
            HALF * PACE * (x - 1) / x,
            *(HALF * push * 6 / (x * E) * part for part in CUBE),
        ),
        facts,
        words="log r <= r - 1",
    )
    below = PositiveTerms(
        at_least(log(time), FLOOR),
        (
            1 / rho - 1 - log(1 / rho),
            4 / sqrt(n) * (growth - E / (2 * x)) / growth,
            sqrt(x) - 1 - log(sqrt(x)),
            sqrt(x) - 1 - log(sqrt(x)),
            3 + 0 * x,
        ),
        facts,
        words="log r <= r - 1 at 1/r, and at sqrt(x)",
    )
    return tuple(ByLemmas(step.claim, step, lemmas) for step in (above, below))


def derive(statement: Statement):
    loss_low, loss_high, product, noise = statement.parts
    known = statement.hypotheses[:1]  # t > 0 makes log t real; late enough it follows
    lemmas = bounds_of_growth(known)
    lemmas += bounds_of_logarithm(known, lemmas)
    facts = (*known, *LATE, *(lemma.claim for lemma in lemmas))

    def squeezed(claim, upper, lower, words):
        f, _, _, limit = claim.args
        above = PositiveTerms(at_most(f, limit + upper[0]), upper[1], facts, words="from above")
        below = PositiveTerms(at_least(f, limit - lower[0]), lower[1], facts, words="from below")
        return Limit(claim, *(ByLemmas(step.claim, step, lemmas) for step in (above, below)), words)

    upper_growth = (slowest - growth, *(6 * push / x**2 * part for part in CUBE))  # (E/x)(1 + PACE/x) - G
    room = CEILING - x
    upper = (
        (K - 1) * HALF * (PACE + room + PACE * room) / x,
        (
            time * loss * (CEILING - log(time)),
            time * CEILING * UPPER,
            *(ODDS * CEILING * HALF * part for part in upper_growth),
            (K - 1) * HALF * PACE * room * (x - 1) / x**2,
        ),
    )
    slack = 2 * sqrt(x) + 4 / sqrt(n)
    lower = (
        HALF * (K - 1) * (K - 1 + 2 * EARLY + (1 + PACE) * (2 + 4 / sqrt(n))) / sqrt(x),
        (
            time * loss * (log(time) - FLOOR),
            HALF * (growth - fastest) * x * loss,
            HALF * E * LOWER,
            HALF * x * EARLY * UPPER,
            slack * time * UPPER,
            *(slack * ODDS * HALF * part for part in upper_growth),
            HALF * (K - 1) ** 2 * ROOT,
            HALF * (K - 1) ** 2 * (E - 1 - x) / (x * (E + K - 1)),
            HALF * (K - 1) ** 2 * K / (x * (E + K - 1)),
            2 * HALF * (K - 1) * EARLY * ROOT,
            *(HALF * (K - 1) * EARLY * 2 / (x * E) * part for part in SQUARE),
            2 * HALF * (K - 1) * PACE * (x - 1) / (x * sqrt(x)),
            4 / sqrt(n) * HALF * (K - 1) * (1 + PACE) * ROOT,
            4 / sqrt(n) * HALF * (K - 1) * PACE * (x - 1) / x**2,
        ),
    )
    scale = noise.args[3]
    noise_upper = (scale * room / x, (scale / x * (CEILING - log(time)),))
    noise_lower = (
        scale * (2 + 4 / sqrt(n)) / sqrt(x),
        (scale / x * (log(time) - FLOOR), scale * 4 / sqrt(n) * ROOT),
    )
    steps = (
        PositiveTerms(loss_low, (LOWER,), known, words="log(1 + y) >= y/(1 + y)"),
        PositiveTerms(loss_high, (UPPER,), known, words="log(1 + y) <= y"),
        squeezed(product, upper, lower, "t loss log t"),
        squeezed(noise, noise_upper, noise_lower, "NC1 log t"),
    )
    return (Conjunction(statement.goal, steps),)
