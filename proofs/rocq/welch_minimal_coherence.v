(** Minimal coherence: K >= 2 unit vectors v_1..v_K of R^d have max_{i != j} <v_i, v_j> >= -1/(K-1),
    with equality exactly for the simplex frame (all <v_i, v_j> = -1/(K-1), and then sum_i v_i = 0).

    Key identity, for any c:  K (1 + (K-1) c) = ||sum_i v_i||^2 + sum_{i != j} (c - <v_i, v_j>).
    Any K >= 2, any d, any vectors. No axioms. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From Tightframe Require Import sums.
From Tightframe.generated Require Import welch_minimal_coherence.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Frame.
Variables (R : realFieldType) (K d : nat) (v : nat -> nat -> R).
Hypothesis unit : forall s, (1 <= s <= K)%N -> \sum_(1 <= k < d.+1) v s k ^+ 2 = 1.
Let dot s j := \sum_(1 <= k < d.+1) v s k * v j k.

Lemma norm_of_sum : \sum_(1 <= k < d.+1) (\sum_(1 <= s < K.+1) v s k) ^+ 2 =
  \sum_(1 <= s < K.+1) \sum_(1 <= j < K.+1) dot s j.
Proof.
rewrite /dot; under [RHS]eq_bigr do rewrite exchange_big /=.
rewrite [RHS]exchange_big /=; apply: eq_bigr => k _.
rewrite expr2 big_distrl /=; apply: eq_bigr => s _; by rewrite big_distrr.
Qed.

Lemma coherence_identity (c : R) :
  K%:R * (1 + (K%:R - 1) * c) =
  \sum_(1 <= k < d.+1) (\sum_(1 <= s < K.+1) v s k) ^+ 2 +
  \sum_(1 <= s < K.+1) \sum_(1 <= j < K.+1) (1 - (s == j)%:R) * (c - dot s j).
Proof.
rewrite norm_of_sum -big_split /=.
have -> : K%:R * (1 + (K%:R - 1) * c) = \sum_(1 <= s < K.+1) (1 + (K%:R - 1) * c).
  by rewrite sum_constant.
apply: sum_in_range => s sK; rewrite -big_split /=.
transitivity (\sum_(1 <= j < K.+1) (c - (s == j)%:R * (c - dot s j))).
  rewrite sumrB sum_constant sum_kronecker // /dot.
  by under eq_bigr do rewrite -expr2; rewrite unit //; ring.
by apply: eq_bigr => j _; move: (s == j)%:R => e; ring.
Qed.

Hypothesis K2 : (2 <= K)%N.
Variable c : R.
Hypothesis coherent : forall s j, (1 <= s <= K)%N -> (1 <= j <= K)%N -> s != j -> dot s j <= c.

Lemma slack_nonnegative s j : (1 <= s <= K)%N -> (1 <= j <= K)%N ->
  0 <= (1 - (s == j)%:R) * (c - dot s j).
Proof.
move=> sK jK; have [<-|ne] := eqVneq s j; first by rewrite subrr mul0r.
by rewrite subr0 mul1r subr_ge0 coherent.
Qed.

Lemma predecessor : 0 < K%:R - 1 :> R.
Proof. by rewrite subr_gt0 -[1]/(1%:R) ltr_nat. Qed.

Lemma bound : - (1 / (K%:R - 1)) <= c.
Proof.
have : 0 <= K%:R * (1 + (K%:R - 1) * c).
  rewrite coherence_identity addr_ge0 ?sum_nonnegative // => [k _|s sK]; first exact: sqr_ge0.
  by apply: sum_nonnegative => j jK; exact: slack_nonnegative.
rewrite pmulr_rge0 ?ltr0n 1?ltnW // => le.
rewrite -(ler_pmul2l predecessor) mulrN mulrA mulr1 divff ?lt0r_neq0 ?predecessor //.
by rewrite -subr_ge0 opprK addrC.
Qed.

Lemma equality_case : c = - (1 / (K%:R - 1)) ->
  (forall s j, (1 <= s <= K)%N -> (1 <= j <= K)%N -> s != j -> dot s j = c) /\
  (forall k, (1 <= k <= d)%N -> \sum_(1 <= s < K.+1) v s k = 0).
Proof.
move=> cE; have zero : K%:R * (1 + (K%:R - 1) * c) = 0.
  have := lt0r_neq0 predecessor; rewrite cE => ?; by field.
have sq0 k : (1 <= k <= d)%N -> 0 <= (\sum_(1 <= s < K.+1) v s k) ^+ 2 by rewrite sqr_ge0.
have slack0 s : (1 <= s <= K)%N -> 0 <= \sum_(1 <= j < K.+1) (1 - (s == j)%:R) * (c - dot s j).
  by move=> sK; apply: sum_nonnegative => j; exact: slack_nonnegative.
move/eqP: zero; rewrite coherence_identity paddr_eq0; try exact: sum_nonnegative.
case/andP => /eqP squares /eqP slacks; split=> [s j sK jK ne|k kd].
  have row := sum_zero_terms slack0 slacks sK.
  have /eqP := sum_zero_terms (fun j jK => @slack_nonnegative s j sK jK) row jK.
  by rewrite (negbTE ne) subr0 mul1r subr_eq0 => /eqP.
by apply/eqP; rewrite -sqrf_eq0; apply/eqP; exact: (sum_zero_terms sq0 squares kd).
Qed.

End Frame.

Lemma at_bound (R : realFieldType) (x c : R) : x != 0 -> 1 + c * x = 0 -> c = - (1 / x).
Proof.
move=> x0 cE; have -> : c = (1 + c * x - 1) / x by field.
by rewrite cE sub0r mulNr.
Qed.

Theorem welch_minimal_coherence : claim.
Proof.
move=> F K d c v _ _ K2 unit shortfall.
have Kp : K%:R != 0 :> F by rewrite pnatr_eq0 -lt0n ltnW.
have K1 : K%:R - 1 != 0 :> F by rewrite lt0r_neq0 ?predecessor.
have coherent s j : (1 <= s <= K)%N -> (1 <= j <= K)%N -> s != j ->
    \sum_(1 <= k < d.+1) v s k * v j k <= c.
  by move=> sK jK /negbTE ne; have := shortfall s sK j jK; rewrite ne subr0 mul1r subr_ge0.
have extreme : K%:R * (1 + c * (K%:R - 1)) = 0 -> c = - (1 / (K%:R - 1)).
  move/eqP; rewrite mulf_eq0 (negbTE Kp) /= => /eqP cE.
  exact: at_bound K1 cE.
split; first by rewrite mulNr; exact: (@bound F K d v unit K2 c coherent).
split=> [j jK s sK|l ld] /extreme cE; have [same zero] := @equality_case F K d v unit K2 c coherent cE.
  have [_|ne] := eqVneq j s; first by rewrite subrr mul0r.
  by rewrite same // subrr mulr0.
exact: zero.
Qed.

Print Assumptions welch_minimal_coherence.
