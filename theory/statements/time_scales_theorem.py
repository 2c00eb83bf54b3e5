"""Theorem 4.3 of Sakamoto & Sato: two sufficient step counts, for fitting and for the within-class variance.

tau_1 of order log(1/eps_1)/eta steps bring the training loss below eps_1, tau_2 of order log(1/eps_2)/(lambda eta)
steps bring RNC1 below its eps_2 floor, under assumptions B.3 (pyramidal widths), B.4 (smooth activation), B.5
(initialisation).
"""

from theory.statement import Expected, Quoted, Source, Statement

STATEMENT = Statement(
    title="Fitting takes 1/eta, collapse takes 1/(lambda eta) steps",
    words="For wide pyramidal networks with smooth activations, started as assumption B.5 asks, gradient descent "
    "with step "
    "eta and weight decay lambda fits within about log(1/eps_1)/eta steps and bounds RNC1 within about "
    "log(1/eps_2)/(lambda eta) steps.",
    claim=Quoted("tau_1 = O(log(1/eps_1)/eta) and tau_2 = O(log(1/eps_2)/(lambda eta)) steps suffice"),
    source=Source("Sakamoto & Sato 2025", "Theorem 4.3, after Theorem 4.4 of Jacot, Sukenik, Wang & Mondelli 2025"),
    uses=("balancedness_decays_discrete", "nc1_from_balancedness"),
    expected=Expected.CITED,
    finding="The printed Omega stands for sufficient step counts: no lower bound on either time is proved there, "
    "so the "
    "theorem alone does not say that collapse comes late. two_clocks proves both sides in the solvable model.",
    tags=("dynamics",),
)
