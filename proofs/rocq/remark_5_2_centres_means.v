(** Remark 5.2 is not mild: it forces the global mean to be zero.

    If mu_1, ..., mu_K in R^d have ||mu_c - mu_G|| = M for every c, where
    mu_G = (1/K) sum_c mu_c, then sum_c ||mu_c||^2 = K M^2 + K ||mu_G||^2.
    Hence ||mu_c||^2 <= M^2 for every c implies mu_G = 0.
    Any K >= 1, any d, any vectors. No axioms. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From Tightframe Require Import sums.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Means.
Variables (R : realFieldType) (K d : nat) (mu : nat -> nat -> R).
Hypothesis K1 : (1 <= K)%N.
Let mean k : R := K%:R^-1 * (\sum_(1 <= r < K.+1) mu r k).

Lemma scalar_parallel_axis (x : nat -> R) (m : R) : K%:R * m = \sum_(1 <= r < K.+1) x r ->
  \sum_(1 <= c < K.+1) x c ^+ 2 = \sum_(1 <= c < K.+1) (x c - m) ^+ 2 + K%:R * m ^+ 2.
Proof.
move=> mE.
have -> : \sum_(1 <= c < K.+1) (x c - m) ^+ 2 =
    \sum_(1 <= c < K.+1) (x c ^+ 2 + (x c * (- 2%:R * m) + m ^+ 2)).
  by apply: eq_bigr => c _; ring.
by rewrite !big_split /= -big_distrl /= -mE sum_constant; ring.
Qed.

Lemma sum_of_squared_norms :
  \sum_(1 <= c < K.+1) \sum_(1 <= k < d.+1) mu c k ^+ 2 =
  \sum_(1 <= c < K.+1) \sum_(1 <= k < d.+1) (mu c k - mean k) ^+ 2 +
  K%:R * (\sum_(1 <= k < d.+1) mean k ^+ 2).
Proof.
rewrite exchange_big [X in _ = X + _]exchange_big /= big_distrr -big_split /=.
apply: eq_bigr => k _; apply: scalar_parallel_axis.
by rewrite /mean mulrA divff ?mul1r // pnatr_eq0 -lt0n.
Qed.

End Means.

Theorem remark_5_2_centres_means (R : realFieldType) (K d : nat) (mu : nat -> nat -> R) (M : R) :
  (1 <= K)%N ->
  (forall c, (1 <= c <= K)%N ->
    \sum_(1 <= k < d.+1) (mu c k - K%:R^-1 * (\sum_(1 <= r < K.+1) mu r k)) ^+ 2 = M ^+ 2) ->
  (forall c, (1 <= c <= K)%N -> \sum_(1 <= k < d.+1) mu c k ^+ 2 <= M ^+ 2) ->
  forall k, (1 <= k <= d)%N -> K%:R^-1 * (\sum_(1 <= r < K.+1) mu r k) = 0.
Proof.
move=> K1 equinorm bounded k kd.
have norms := @sum_of_squared_norms R K d mu K1; rewrite (sum_in_range equinorm) sum_constant in norms.
have le : K%:R * M ^+ 2 + K%:R *
    (\sum_(1 <= k < d.+1) (K%:R^-1 * (\sum_(1 <= r < K.+1) mu r k)) ^+ 2) <= K%:R * M ^+ 2.
  by rewrite -norms -(@sum_constant R K (M ^+ 2)); apply: sum_at_most.
have Kp : 0 < K%:R :> R by rewrite ltr0n.
have zero : \sum_(1 <= k < d.+1) (K%:R^-1 * (\sum_(1 <= r < K.+1) mu r k)) ^+ 2 = 0.
  apply/eqP; rewrite eq_le; apply/andP; split; last by apply: sum_nonnegative => ? _; exact: sqr_ge0.
  by rewrite -(pmulr_rle0 _ Kp) -(ger_addl (K%:R * M ^+ 2)).
by apply/eqP; rewrite -sqrf_eq0; apply/eqP; apply: (sum_zero_terms (fun k _ => sqr_ge0 _) zero kd).
Qed.

Print Assumptions remark_5_2_centres_means.
