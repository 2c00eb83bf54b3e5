"""The drop of the within-class variance and the rise of test accuracy happen at the same steps, for every weight
decay.

RNC1 = tr S_W/sup ||phi||^2 (published); the authors' figures divide by the mean feature norm instead.
"""

from theory.statement import Expected, Quoted, Source, Statement

STATEMENT = Statement(
    title="Within-class variance drops when test accuracy rises",
    words="In the grokking network, over all weight decays, the rescaled within-class variance RNC1 falls while"
    " test accuracy rises; earlier for larger weight decay.",
    claim=Quoted("the drop of RNC1 and the rise of test accuracy coincide for every weight decay"),
    source=Source("Sakamoto & Sato 2025", "Figure 3"),
    expected=Expected.EMPIRICAL,
    finding="The text divides by the largest feature norm, the figures by the mean one; both observables are logged.",
    tags=("dynamics",),
)
