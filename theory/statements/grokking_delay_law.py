"""The delay of generalisation is proportional to 1/(step x weight decay), against a logarithmic competitor law.

T_grok - T_fit ~ 1/(eta lambda) (Sakamoto & Sato); ~ (1/(eta lambda)) log(||theta_fit||^2/||theta_late||^2)
(norm-driven).
"""

from theory.statement import Expected, Quoted, Source, Statement

STATEMENT = Statement(
    title="The grokking delay is set by the weight-decay clock",
    words="Over weight decays, the number of steps between fitting and generalising is proportional to 1/(step "
    "x weight decay); a competing law multiplies it by the logarithm of the ratio of squared weight "
    "norms.",
    claim=Quoted("steps between fit and generalisation scale as 1/(eta lambda) over weight decays"),
    source=Source("Sakamoto & Sato 2025", "Section 5 and Remark 4.4; the competitor is arXiv 2603.13331"),
    uses=(
        "balancedness_decays",
        "two_clocks",
    ),
    expected=Expected.EMPIRICAL,
    finding="The published grid spans clocks of 3300 to 1000000 steps; only a law fitted over all of them can "
    "tell the two apart.",
    tags=("dynamics",),
)
