"""Networks pushed off flatness generalise late; judged on runs, against two controls that the paper lacks."""

from theory.statement import Expected, Quoted, Source, Statement

STATEMENT = Statement(
    title="Pushing a network off flatness delays generalisation",
    words="With the surrogate rewarded during training, test accuracy stays low until the reward is removed. "
    "Controls: the same jump of learning rate and weight decay without removing it, and a maximum-entropy penalty "
    "of equal effect on confidence.",
    claim=Quoted(
        "test accuracy under the anti-flatness reward stays below the baseline and recovers when it is removed"
    ),
    source=Source("Han et al. 2025", "anti-flatness experiments, figures 3 to 5"),
    uses=("surrogate_ceiling",),
    expected=Expected.EMPIRICAL,
    finding="The published removal also resets the learning rate by 5 to 10, switches weight decay on and feature "
    "normalisation off; and the reward saturates the surrogate's ceiling, which makes it a penalty on confidence.",
    tags=("flatness", "generalisation"),
)
