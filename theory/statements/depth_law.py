"""In a homogeneous network of L linear layers the logits scale as fn^(L/(L-1)), so fn scales as margin^((L-1)/L)."""

from theory.statement import Expected, Quoted, Source, Statement

STATEMENT = Statement(
    title="Feature norm scales as margin^((L-1)/L) with depth",
    words="Between the cross-entropy and the squared-error phase of one network the feature norm changes by the"
    " factor margin^((L-1)/L), L the number of homogeneous layers.",
    claim=Quoted("fn_CE/fn_MSE is close to alpha^((L-1)/L), alpha the cross-entropy margin"),
    source=Source("Rupa 2026", "depth sweep; the law is a hypothesis of this project"),
    expected=Expected.EMPIRICAL,
    finding="The published depths 3, 5 and 7 imply margins 21.3, 25.3 and 18.9; depth 2 implies 77 but had not "
    "collapsed.",
    tags=("feature norm",),
)
