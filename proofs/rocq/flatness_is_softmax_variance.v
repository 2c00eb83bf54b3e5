(** Relative flatness of a softmax head is a variance: no Hessian is needed.

    With H_{s,r} = p_s (delta_{s,r} - p_r) phi phi^T the (s,r) block of the last-layer
    Hessian, and p summing to one,

      kappa = sum_{s,r} <w_s, w_r> tr H_{s,r}
            = ||phi||^2 (sum_s p_s ||w_s||^2 - ||sum_s p_s w_s||^2)
            = ||phi||^2 tr Cov_{s ~ p}(w_s),        tr Cov = sum_s p_s ||w_s - wbar||^2,

    and also tr Cov = (1/2) sum_{s,r} p_s p_r ||w_s - w_r||^2; averaged over samples.
    Any number of classes K, any dimension d, any W, phi, any sample weights. No axioms. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From Tightframe Require Import sums.
From Tightframe.generated Require Import flatness_is_softmax_variance.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Samples.
Variables (R : realFieldType) (N K d : nat) (W : nat -> nat -> R) (p phi : nat -> nat -> R).
Let gram r s := \sum_(1 <= k < d.+1) W r k * W s k.
Let length i := \sum_(1 <= l < d.+1) phi i l ^+ 2.

(** The trace of the mean Hessian's blocks is the mean of the traces. *)
Lemma definition_by_samples (h : nat -> nat -> nat -> R) :
  \sum_(1 <= r < K.+1) (\sum_(1 <= s < K.+1)
    (\sum_(1 <= l < d.+1) (\sum_(1 <= i < N.+1) h i r s * phi i l ^+ 2) / N%:R) * gram r s) =
  (\sum_(1 <= i < N.+1) (\sum_(1 <= r < K.+1) \sum_(1 <= s < K.+1) gram r s * h i r s) * length i) / N%:R.
Proof.
rewrite big_distrl /=; under [RHS]eq_bigr do rewrite big_distrl /= big_distrl /=.
rewrite [RHS]exchange_big /=; apply: eq_bigr => r _.
under [RHS]eq_bigr do rewrite big_distrl /= big_distrl /=.
rewrite [RHS]exchange_big /=; apply: eq_bigr => s _.
rewrite -big_distrl exchange_big /= -mulrA big_distrl /=; apply: eq_bigr => i _.
by rewrite -big_distrr /= /length; move: (\sum_(_ <- _) _) (gram r s) (N%:R^-1) => x y z; ring.
Qed.

Hypothesis p1 : forall i, (1 <= i <= N)%N -> \sum_(1 <= s < K.+1) p i s = 1.

Lemma definition_is_variance i : (1 <= i <= N)%N ->
  \sum_(1 <= r < K.+1) \sum_(1 <= s < K.+1) gram r s * ((r == s)%:R * p i s - p i r * p i s) =
  \sum_(1 <= s < K.+1) p i s *
     (\sum_(1 <= k < d.+1) (W s k - \sum_(1 <= t < K.+1) W t k * p i t) ^+ 2).
Proof.
move=> iN; transitivity (\sum_(1 <= s < K.+1) p i s *
     (\sum_(1 <= k < d.+1) (W s k - \sum_(1 <= r < K.+1) p i r * W r k) ^+ 2)); last first.
  apply: eq_bigr => s _; congr (_ * _); apply: eq_bigr => k _; congr ((_ - _) ^+ 2).
  by apply: eq_bigr => t _; exact: mulrC.
rewrite -gram_variance ?p1 // -block_sum; apply: eq_bigr => r _; apply: eq_bigr => s _.
by congr (_ * _); have [->|_] := eqVneq r s; rewrite ?mulr1n ?mulr0n; ring.
Qed.

Lemma variance_is_pairs i : (1 <= i <= N)%N ->
  \sum_(1 <= s < K.+1) p i s *
     (\sum_(1 <= k < d.+1) (W s k - \sum_(1 <= t < K.+1) W t k * p i t) ^+ 2) =
  (\sum_(1 <= r < K.+1) \sum_(1 <= s < K.+1)
    p i r * p i s * (\sum_(1 <= l < d.+1) (W s l - W r l) ^+ 2)) / 2%:R.
Proof.
move=> iN; rewrite -definition_is_variance // [RHS]mulrC.
rewrite -(@pair_average R K (p i) gram) ?p1 // => [|r s].
  rewrite -block_sum; apply: eq_bigr => r _; apply: eq_bigr => s _.
  by congr (_ * _); have [->|_] := eqVneq r s; rewrite ?mulr1n ?mulr0n; ring.
by rewrite /gram big_distrr /= -big_split -sumrB /=; apply: eq_bigr => k _; ring.
Qed.

End Samples.

Theorem flatness_is_softmax_variance : claim.
Proof.
move=> F K N d W p phi _ _ _ _ p1; split.
  rewrite (@definition_by_samples F N K d W phi (fun i r s => (r == s)%:R * p i s - p i r * p i s)).
  congr (_ / _); apply: sum_in_range => i iN.
  by rewrite (@definition_is_variance F N K d W p p1).
congr (_ / _); apply: sum_in_range => i iN.
by rewrite (@variance_is_pairs F N K d W p p1) // mulrC mulrA.
Qed.

Print Assumptions flatness_is_softmax_variance.
