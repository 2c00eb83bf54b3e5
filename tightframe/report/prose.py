"""The prose of claims, written in plain characters, as mathematics on the page: kappa <= D^2 becomes κ ≤ D².

For the project's own sentences only; names and reasons that came with somebody's data are shown as they are.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eps": "ε", "eta": "η", "theta": "θ",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ",
    "chi": "χ", "psi": "ψ", "omega": "ω", "Delta": "Δ", "Sigma": "Σ", "Omega": "Ω",
}  # fmt: skip
SIGNS = {"&lt;=": "≤", "&gt;=": "≥", "-&gt;": "→", "!=": "≠", "+-": "±", "||": "‖"}
LETTER = "A-Za-z" + "".join(GREEK.values())
INSIDE = r"\(((?:[^()]|\([^()]*\))*)\)"
RULES = (
    (rf"\b({'|'.join(GREEK)})(?=\b|_)", lambda found: GREEK[found[1]]),
    (r"κ_hat", "κ̂"),
    (r"\bdecay_([WH])\b", r"λ_\1"),
    (r"\bhead_scale\b", "λ"),
    (r"\bsqrt\b ?", "√"),
    (r"\boo\b", "∞"),
    ("|".join(map(re.escape, SIGNS)), lambda found: SIGNS[found[0]]),
    (r"\) \(x\) ", ") ⊗ "),
    (rf"(?:\*\*|\^){INSIDE}", r"<sup>\1</sup>"),
    (r"(?:\*\*|\^)(-?\w+|[+*])", r"<sup>\1</sup>"),
    (r"_\{([^{}]*)\}", r"<sub>\1</sub>"),
    # a subscript hangs on a short name; a longer name with underscores is the key of a claim
    (
        rf"((?<![\w_])(?:[{LETTER}]{{1,2}}|Cov|sum|max)|‖|\))_([A-Za-z0-9]{{1,3}}|[+*-](?!\w))(?![\w_])",
        r"\1<sub>\2</sub>",
    ),
    (r"\bsum(?=<sub>)", "∑"),
    (r" - ", " − "),
    (rf"(?<=[(\[,=/>])( ?)-(?=[\w{LETTER}])", r"\1−"),
    (rf"(?<= )-(?=[\d{LETTER[6:]}])", "−"),
    (rf"(?<![\w-])([{LETTER}]|\d+)-(?=\(|(?:\d+|[{LETTER}])(?![\w-]))", r"\1−"),
)


def prose(text: str) -> Markup:
    """Escaped HTML of a sentence, its formulas typeset in line."""
    shown = str(escape(text))
    for pattern, replacement in RULES:
        shown = re.sub(pattern, replacement, shown)
    return Markup(shown)
