"""The feature norm at the onset of collapse varies by less than 8 % within a pair of model and data set."""

from theory.statement import Expected, Quoted, Source, Statement

STATEMENT = Statement(
    title="The feature norm at onset concentrates within a pair of model and data",
    words="Within one pair of model and data set the coefficient of variation over seeds of the mean feature "
    "norm at the onset of collapse is below 8 %.",
    claim=Quoted("coefficient of variation of fn at onset < 8 % within each (model, data) pair"),
    source=Source("Rupa 2026", "main table"),
    expected=Expected.EMPIRICAL,
    finding="The published onset criteria differ between cells (NC1 below 0.01, below 0.05, or smallest NC1), "
    "with three seeds in most; in the grid of six cells the largest published variation is 7.3 %, in the "
    "width sweep 8.4 %.",
    tags=("feature norm",),
)
