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
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Theorem flatness_is_softmax_variance (R : realFieldType) (K d : nat)
    (W : nat -> nat -> R) (phi p : nat -> R) :
  \sum_(1 <= s < K.+1) p s = 1 ->
  \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1)
    (\sum_(1 <= k < d.+1) W s k * W r k) *
    (\sum_(1 <= k < d.+1) p s * ((s == r)%:R - p r) * (phi k * phi k)) =
  (\sum_(1 <= k < d.+1) phi k ^+ 2) *
  (\sum_(1 <= s < K.+1) p s *
     (\sum_(1 <= k < d.+1) (W s k - \sum_(1 <= r < K.+1) p r * W r k) ^+ 2)).
Proof. exact: relative_flatness_form. Qed.

(** The same, as second moment minus squared mean. *)
Theorem flatness_is_softmax_variance_moments (R : realFieldType) (K d : nat)
    (W : nat -> nat -> R) (phi p : nat -> R) :
  \sum_(1 <= s < K.+1) p s = 1 ->
  \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1)
    (\sum_(1 <= k < d.+1) W s k * W r k) *
    (\sum_(1 <= k < d.+1) p s * ((s == r)%:R - p r) * (phi k * phi k)) =
  (\sum_(1 <= k < d.+1) phi k ^+ 2) *
  (\sum_(1 <= s < K.+1) p s * (\sum_(1 <= k < d.+1) W s k ^+ 2) -
   \sum_(1 <= k < d.+1) (\sum_(1 <= s < K.+1) p s * W s k) ^+ 2).
Proof.
move=> p1; rewrite flatness_is_softmax_variance //; congr (_ * _).
under eq_bigr do rewrite big_distrr /=.
rewrite exchange_big /=; under eq_bigr do rewrite variance_expanded //.
rewrite sumrB; congr (_ - _); rewrite exchange_big /=.
by apply: eq_bigr => s _; rewrite big_distrr.
Qed.

(** The same, as half the mean squared distance of two independent rows. *)
Theorem flatness_is_softmax_variance_pairs (R : realFieldType) (K d : nat)
    (W : nat -> nat -> R) (p : nat -> R) :
  \sum_(1 <= s < K.+1) p s = 1 ->
  \sum_(1 <= s < K.+1) p s *
     (\sum_(1 <= k < d.+1) (W s k - \sum_(1 <= r < K.+1) p r * W r k) ^+ 2) =
  2%:R^-1 * (\sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1)
    p s * p r * (\sum_(1 <= k < d.+1) (W s k - W r k) ^+ 2)).
Proof.
move=> p1; rewrite -gram_variance //.
apply: (@pair_average R K p (fun s r => \sum_(1 <= k < d.+1) W s k * W r k)) => // s r.
by rewrite big_distrr /= -big_split -sumrB /=; apply: eq_bigr => k _; ring.
Qed.

(** Averages over samples: the mean over any weights of the per-sample identity. *)
Theorem flatness_is_softmax_variance_mean (R : realFieldType) (N K d : nat)
    (W : nat -> nat -> R) (phi p : nat -> nat -> R) :
  (forall i, (1 <= i <= N)%N -> \sum_(1 <= s < K.+1) p i s = 1) ->
  N%:R^-1 * (\sum_(1 <= i < N.+1) \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1)
    (\sum_(1 <= k < d.+1) W s k * W r k) *
    (\sum_(1 <= k < d.+1) p i s * ((s == r)%:R - p i r) * (phi i k * phi i k))) =
  N%:R^-1 * (\sum_(1 <= i < N.+1) (\sum_(1 <= k < d.+1) phi i k ^+ 2) *
  (\sum_(1 <= s < K.+1) p i s *
     (\sum_(1 <= k < d.+1) (W s k - \sum_(1 <= r < K.+1) p i r * W r k) ^+ 2))).
Proof.
move=> p1; congr (_ * _); rewrite big_seq [RHS]big_seq; apply: eq_bigr => i.
by rewrite mem_index_iota ltnS => /p1; apply: flatness_is_softmax_variance.
Qed.

Print Assumptions flatness_is_softmax_variance.
