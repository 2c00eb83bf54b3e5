(** The ceiling of the published surrogate: unit features and ||W||_F <= B give
      kappa_hat = ||W||_F^2 E[1 - ||p||^2] <= B^2 (1 - 1/K),   because 1 - ||p||^2 = 1 - 1/K - sum_s (p_s - 1/K)^2,
    with equality in the mean only at uniform outputs; relative flatness itself is at most B^2/2. The published "sharp"
    states sit between 98.2 % and 98.3 %, and between 99.7 % and 99.8 %, of the ceiling; both exceed the largest possible kappa.
    Any K >= 2, any dimension. The inequalities have no axioms; the claim's decimals speak of the reals. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From Coq Require Import Reals Lra.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring Rstruct.
From Tightframe Require Import sums reals.
From Tightframe.generated Require Import surrogate_ceiling.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Ceiling.
Variables (R : realFieldType) (K N d : nat) (p : nat -> nat -> R) (W : nat -> nat -> R) (B2 : R).
Hypotheses (K0 : (0 < K)%N) (N0 : (0 < N)%N).
Hypothesis p0 : forall i s, (1 <= i <= N)%N -> (1 <= s <= K)%N -> 0 <= p i s.
Hypothesis p1 : forall i, (1 <= i <= N)%N -> \sum_(1 <= s < K.+1) p i s = 1.
Let square := \sum_(1 <= r < K.+1) \sum_(1 <= k < d.+1) W r k ^+ 2.
Hypothesis capped : square <= B2.
Let impurity i := 1 - \sum_(1 <= s < K.+1) p i s ^+ 2.

Lemma mean_over_samples (f : nat -> R) (a : R) : (forall i, (1 <= i <= N)%N -> f i <= a) ->
  (\sum_(1 <= i < N.+1) f i) / N%:R <= a.
Proof.
move=> le; rewrite ler_pdivr_mulr ?ltr0n // mulrC -sum_constant; exact: sum_at_most.
Qed.

Lemma impurity_ceiling i : (1 <= i <= N)%N -> impurity i <= 1 - K%:R^-1.
Proof.
move=> iN; rewrite /impurity ler_add2l ler_opp2 -subr_ge0 -purity_at_least ?p1 //.
by apply: sum_nonnegative => s _; exact: sqr_ge0.
Qed.

Lemma impurity_nonnegative i : (1 <= i <= N)%N -> 0 <= impurity i.
Proof.
move=> iN; rewrite /impurity -distinct_pairs ?p1 //; apply: sum_nonnegative => s sK.
apply: sum_nonnegative => r rK; rewrite !mulr_ge0 ?p0 //.
by case: (s == r); rewrite ?mulr1n ?mulr0n ?subrr ?subr0 ?ler01.
Qed.

Lemma ceiling : (\sum_(1 <= i < N.+1) impurity i) * square / N%:R <= B2 * (1 - K%:R^-1).
Proof.
rewrite mulrAC mulrC; apply: (@le_trans _ _ (B2 * ((\sum_(1 <= i < N.+1) impurity i) / N%:R))).
  rewrite ler_wpmul2r // divr_ge0 ?ler0n //; apply: sum_nonnegative => i; exact: impurity_nonnegative.
apply: ler_wpmul2l; last by apply: mean_over_samples; exact: impurity_ceiling.
apply: le_trans capped; apply: sum_nonnegative => r _; apply: sum_nonnegative => k _; exact: sqr_ge0.
Qed.

Lemma uniform_at_ceiling : \sum_(1 <= i < N.+1) (1 - K%:R^-1) = \sum_(1 <= i < N.+1) impurity i ->
  forall i s, (1 <= i <= N)%N -> (1 <= s <= K)%N -> p i s = K%:R^-1.
Proof.
move=> /eqP; rewrite eq_sym -subr_eq0 -sumrB => /eqP total i s iN sK.
have gap j : (1 <= j <= N)%N ->
    impurity j - (1 - K%:R^-1) = - (\sum_(1 <= s < K.+1) (p j s - K%:R^-1) ^+ 2).
  by move=> jN; rewrite purity_at_least ?p1 // /impurity; move: (\sum_(_ <- _) _) (K%:R^-1) => x y; ring.
have zero : \sum_(1 <= j < N.+1) \sum_(1 <= s < K.+1) (p j s - K%:R^-1) ^+ 2 = 0.
  by apply/eqP; rewrite -oppr_eq0 -sumrN -(sum_in_range gap) total.
have row := sum_zero_terms (fun j _ => sum_nonnegative (fun s _ => sqr_ge0 (p j s - K%:R^-1))) zero iN.
have /eqP := sum_zero_terms (fun s _ => sqr_ge0 (p i s - K%:R^-1)) row sK.
by rewrite sqrf_eq0 subr_eq0 => /eqP.
Qed.

(** tr Cov_p(w) <= ||W||_F^2/2. *)
Lemma variance_ceiling i : (1 <= i <= N)%N ->
  \sum_(1 <= s < K.+1) p i s * (\sum_(1 <= k < d.+1) (W s k - \sum_(1 <= r < K.+1) p i r * W r k) ^+ 2) <= square / 2%:R.
Proof.
move=> iN; pose len s := \sum_(1 <= k < d.+1) W s k ^+ 2.
have len0 s : 0 <= len s by apply: sum_nonnegative => k _; exact: sqr_ge0.
have pn s : (1 <= s <= K)%N -> 0 <= p i s by exact: p0.
rewrite variance_pairs ?p1 // [X in _ <= X]mulrC ler_pmul2l ?invr_gt0 ?ltr0n //.
have pair s r : (1 <= s <= K)%N -> (1 <= r <= K)%N -> p i s * p i r * (\sum_(1 <= k < d.+1) (W s k - W r k) ^+ 2) <=
    2%:R * (p i s * p i r * (1 - (s == r)%:R) * len s) + 2%:R * (p i s * p i r * (1 - (s == r)%:R) * len r).
  move=> sK rK; have [->|ne] := eqVneq s r.
    by rewrite subrr !mulr0 !mul0r !mulr0 addr0 big1 ?mulr0 // => k _; rewrite subrr expr0n.
  rewrite subr0 !mulr1 -!mulrDr [X in _ <= X]mulrCA ler_wpmul2l ?mulr_ge0 ?pn //.
  rewrite /len -big_split big_distrr; apply: sum_at_most => k _ /=; rewrite -subr_ge0.
  have -> : 2%:R * (W s k ^+ 2 + W r k ^+ 2) - (W s k - W r k) ^+ 2 = (W s k + W r k) ^+ 2 by ring.
  exact: sqr_ge0.
apply: (@le_trans _ _ (\sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1)
    (2%:R * (p i s * p i r * (1 - (s == r)%:R) * len s) + 2%:R * (p i s * p i r * (1 - (s == r)%:R) * len r)))).
  by apply: sum_at_most => s sK; apply: sum_at_most => r rK; exact: pair.
have first : \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1) 2%:R * (p i s * p i r * (1 - (s == r)%:R) * len s) =
    \sum_(1 <= s < K.+1) 2%:R * (p i s * (1 - p i s) * len s).
  apply: sum_in_range => s sK; rewrite -big_distrr -big_distrl /=; congr (_ * (_ * _)).
  transitivity (\sum_(1 <= r < K.+1) (p i s * p i r - (s == r)%:R * (p i s * p i r))).
    by apply: eq_bigr => r _; move: ((s == r)%:R : R) => e; ring.
  by rewrite sumrB sum_kronecker // -big_distrr /= p1 //; ring.
under eq_bigr do rewrite big_split; rewrite big_split /= first [X in _ + X]exchange_big /=.
have -> : \sum_(1 <= j < K.+1) \sum_(1 <= i0 < K.+1) 2%:R * (p i i0 * p i j * (1 - (i0 == j)%:R) * len j) =
    \sum_(1 <= s < K.+1) 2%:R * (p i s * (1 - p i s) * len s).
  rewrite -first; apply: eq_bigr => s _; apply: eq_bigr => r _.
  by rewrite [p i r * _]mulrC eq_sym.
rewrite -big_split /=; apply: sum_at_most => s sK.
have -> : 2%:R * (p i s * (1 - p i s) * len s) + 2%:R * (p i s * (1 - p i s) * len s) =
    (1 - (2%:R * p i s - 1) ^+ 2) * len s by move: (len s) => x; ring.
by rewrite -[X in _ <= X]mul1r ler_wpmul2r // ger_addl oppr_le0 sqr_ge0.
Qed.

End Ceiling.

Theorem surrogate_ceiling : claim.
Proof.
move=> K N d B W p K0 N0 _ _ p0 K2 p1 capped.
have p0' i s : (1 <= i <= N)%N -> (1 <= s <= K)%N -> 0 <= p i s by move=> iN sK; apply: of_le; exact: p0.
have capped' : \sum_(1 <= r < K.+1) \sum_(1 <= k < d.+1) W r k ^+ 2 <= B ^+ 2.
  by move: (of_le capped); to_field; rewrite subr_ge0.
split.
  by apply: to_le; to_field; rewrite mul1r; exact: (@ceiling _ K N d p W (B ^+ 2) K0 N0 p0' p1 capped').
split=> [i iN r rK s sK|].
  to_field; rewrite mul1r => /(mulfI _) total.
  have all := @uniform_at_ceiling _ K N p K0 p1 (total _).
  by rewrite !all // mulf_neq0 ?pnatr_eq0 // -lt0n.
split.
  apply: to_le; to_field; apply: mean_over_samples => // i iN.
  have -> : \sum_(1 <= r < K.+1) p i r * (\sum_(1 <= l < d.+1) (W r l - \sum_(1 <= m < K.+1) W m l * p i m) ^+ 2) =
      \sum_(1 <= r < K.+1) p i r * (\sum_(1 <= l < d.+1) (W r l - \sum_(1 <= m < K.+1) p i m * W m l) ^+ 2).
    apply: eq_bigr => r _; congr (_ * _); apply: eq_bigr => l _; congr ((_ - _) ^+ 2).
    by apply: eq_bigr => m _; exact: mulrC.
  apply: le_trans (@variance_ceiling _ K N d p W p0' p1 i iN) _.
  by rewrite ler_pmul2r // invr_gt0 ltr0n.
by repeat split; lra.
Qed.

Print Assumptions surrogate_ceiling.
