(** Flatness from loss alone: no collapse, no minimum, any network.

    If D^2 >= ||w_s - w_y||^2 for every class s, and p is a probability vector, then
      tr Cov_{s~p}(w_s) <= D^2 (1 - p_y),   because
      D^2 (1 - p_y) - tr Cov_p(w) = ||wbar - w_y||^2 + sum_s p_s (D^2 - ||w_s - w_y||^2) - D^2 p_y,
    so kappa = E[||phi||^2 tr Cov_p(w)] <= E[||phi||^2 D_y^2 (1 - p_y)].
    Any K, d, heads, features, labels. No axioms. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From Tightframe Require Import sums.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Loss.
Variable R : realFieldType.
Implicit Types (p phi : nat -> R) (W : nat -> nat -> R).

(** tr Cov is the mean squared distance from any point, less the squared distance of the mean from it. *)
Lemma covariance_about (K d y : nat) p W : \sum_(1 <= s < K.+1) p s = 1 ->
  \sum_(1 <= s < K.+1) p s *
    (\sum_(1 <= k < d.+1) (W s k - \sum_(1 <= r < K.+1) p r * W r k) ^+ 2) =
  \sum_(1 <= s < K.+1) p s * (\sum_(1 <= k < d.+1) (W s k - W y k) ^+ 2) -
  \sum_(1 <= k < d.+1) (\sum_(1 <= r < K.+1) p r * W r k - W y k) ^+ 2.
Proof.
move=> p1.
under eq_bigr do rewrite big_distrr /=.
under [X in _ = X - _]eq_bigr do rewrite big_distrr /=.
rewrite exchange_big [X in _ = X - _]exchange_big /= -sumrB; apply: eq_bigr => k _.
rewrite variance_expanded //.
transitivity (\sum_(1 <= s < K.+1) (p s * W s k ^+ 2 - (2%:R * W y k * (p s * W s k) - p s * W y k ^+ 2)) -
   ((\sum_(1 <= r < K.+1) p r * W r k) - W y k) ^+ 2).
  rewrite !sumrB -big_distrr -big_distrl /= p1.
  by move: (\sum_(1 <= r < K.+1) p r * W r k) => m; ring.
by congr (_ - _); apply: eq_bigr => s _; ring.
Qed.

Lemma covariance_at_most (K d y : nat) p W (D : R) :
  (1 <= y <= K)%N -> (forall s, (1 <= s <= K)%N -> 0 <= p s) -> \sum_(1 <= s < K.+1) p s = 1 ->
  (forall s, (1 <= s <= K)%N -> \sum_(1 <= k < d.+1) (W s k - W y k) ^+ 2 <= D ^+ 2) ->
  \sum_(1 <= s < K.+1) p s *
    (\sum_(1 <= k < d.+1) (W s k - \sum_(1 <= r < K.+1) p r * W r k) ^+ 2) <= D ^+ 2 * (1 - p y).
Proof.
move=> yK p0 p1 WD; rewrite (@covariance_about K d y p W p1).
have far : 0 <= \sum_(1 <= k < d.+1) (\sum_(1 <= r < K.+1) p r * W r k - W y k) ^+ 2.
  by apply: sum_nonnegative => k _; exact: sqr_ge0.
apply: (@le_trans _ _ (\sum_(1 <= s < K.+1) p s * (D ^+ 2 * (1 - (y == s)%:R)))).
  rewrite ler_subl_addr -[X in X <= _]addr0 ler_add //; apply: sum_at_most => s sK.
  have [<-|_] := eqVneq y s.
    by rewrite subrr mulr0 mulr0 big1 ?mulr0 // => k _; rewrite subrr expr0n.
  by rewrite subr0 mulr1 ler_wpmul2l ?p0 ?WD.
have -> : \sum_(1 <= s < K.+1) p s * (D ^+ 2 * (1 - (y == s)%:R)) =
    D ^+ 2 * (\sum_(1 <= s < K.+1) p s - \sum_(1 <= s < K.+1) (y == s)%:R * p s).
  rewrite -sumrB big_distrr; apply: eq_bigr => s _ /=; by move: (y == s)%:R => e; ring.
by rewrite p1 sum_kronecker.
Qed.

End Loss.

Theorem flatness_from_loss (R : realFieldType) (N K d : nat) (W : nat -> nat -> R)
    (phi p : nat -> nat -> R) (y : nat -> nat) (D : nat -> R) :
  (forall i, (1 <= i <= N)%N -> (1 <= y i <= K)%N) ->
  (forall i s, (1 <= i <= N)%N -> (1 <= s <= K)%N -> 0 <= p i s) ->
  (forall i, (1 <= i <= N)%N -> \sum_(1 <= s < K.+1) p i s = 1) ->
  (forall i s, (1 <= i <= N)%N -> (1 <= s <= K)%N ->
     \sum_(1 <= k < d.+1) (W s k - W (y i) k) ^+ 2 <= D i ^+ 2) ->
  N%:R^-1 * (\sum_(1 <= i < N.+1) \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1)
    (\sum_(1 <= k < d.+1) W s k * W r k) *
    (\sum_(1 <= k < d.+1) p i s * ((s == r)%:R - p i r) * (phi i k * phi i k))) <=
  N%:R^-1 * (\sum_(1 <= i < N.+1) (\sum_(1 <= k < d.+1) phi i k ^+ 2) * (D i ^+ 2 * (1 - p i (y i)))).
Proof.
move=> yK p0 p1 WD; rewrite ler_wpmul2l ?invr_ge0 ?ler0n //; apply: sum_at_most => i iN.
rewrite relative_flatness_form ?p1 // ler_wpmul2l //.
  by apply: sum_nonnegative => k _; exact: sqr_ge0.
by apply: covariance_at_most; [exact: yK | move=> s; exact: p0 | exact: p1 | move=> s; exact: WD].
Qed.

Print Assumptions flatness_from_loss.
