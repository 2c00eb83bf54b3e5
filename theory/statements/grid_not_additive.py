"""Effects of architecture and of data set on the feature norm at onset do not add up."""

from theory.statement import Expected, Quoted, Source, Statement

STATEMENT = Statement(
    title="Architecture and data do not act additively on the feature norm at onset",
    words="In the grid of architectures and data sets the feature norm at onset is not the sum of one effect "
    "each; compared in the same loss phase.",
    claim=Quoted("the interaction of architecture and data on fn at onset is not zero, with loss phases matched"),
    source=Source("Rupa 2026", "grid table"),
    uses=("loss_ratio_of_feature_norm",),
    expected=Expected.EMPIRICAL,
    finding="The published +458 % compares a value of the cross-entropy phase with values of the squared-error "
    "phase; the closed form loss_ratio_of_feature_norm predicts a factor of 3 to 4 from that alone.",
    tags=("feature norm",),
)
