"""Networks pushed towards or away from neural collapse generalise alike; judged on runs."""

from theory.statement import Expected, Quoted, Source, Statement

STATEMENT = Statement(
    title="Neural collapse is not needed for generalisation",
    words="A reward or a penalty on within-class variability changes the degree of collapse by orders of magnitude and "
    "leaves test accuracy where it was.",
    claim=Quoted("test accuracy does not differ between runs pushed towards collapse, away from it, and left alone"),
    source=Source("Han et al. 2025", "collapse suppression, figure 2"),
    uses=("near_collapse_flatness", "flatness_without_collapse"),
    expected=Expected.EMPIRICAL,
    finding="The published NCC mixes class-mean separation with within-class variance; with data augmentation the "
    "published weight no longer raises it at all.",
    tags=("collapse", "generalisation"),
)
