(** Flatness from loss alone: no collapse, no minimum, any network.

    If D^2 >= ||w_s - w_y||^2 for every class s, and p is a probability vector, then
      tr Cov_{s~p}(w_s) <= D^2 (1 - p_y),   because
      D^2 (1 - p_y) - tr Cov_p(w) = ||wbar - w_y||^2 + sum_s p_s (D^2 - ||w_s - w_y||^2) - D^2 p_y,
    so ||phi||^2 tr Cov_p(w) <= ||phi||^2 D^2 (1 - p_y), and with ||phi_i|| <= B, p_y = exp(-loss_i)
    averaged, kappa <= B^2 D^2 E[1 - exp(-loss)].
    Any K, d, heads, features, labels. covariance_at_most has no axioms; the claim speaks of exp, so of the reals. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From Coq Require Import Reals Lra.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring Rstruct.
From Tightframe Require Import sums reals.
From Tightframe.generated Require Import flatness_from_loss.
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

Lemma loss_wrong (loss : R) : Rle 0 loss -> Rle 0 (Rminus 1 (exp (Ropp loss))).
Proof.
case=> [lt|<-]; last by rewrite Ropp_0 exp_0; lra.
have := exp_increasing (Ropp loss) 0; rewrite exp_0; lra.
Qed.

Lemma mean_at_most (R : realFieldType) (N : nat) (B D : R) (sharpness length wrong : nat -> R) :
  (forall i, (1 <= i <= N)%N -> 0 <= length i) -> (forall i, (1 <= i <= N)%N -> 0 <= wrong i) ->
  (forall i, (1 <= i <= N)%N -> 0 <= D ^+ 2 * wrong i * length i - sharpness i) ->
  (forall i, (1 <= i <= N)%N -> 0 <= B ^+ 2 - length i) ->
  (\sum_(1 <= i < N.+1) sharpness i) / N%:R <= B ^+ 2 * D ^+ 2 * (\sum_(1 <= i < N.+1) wrong i) / N%:R.
Proof.
move=> l0 w0 bounded longest; rewrite ler_wpmul2r ?invr_ge0 ?ler0n // big_distrr /=.
apply: sum_at_most => i iN; apply: (@le_trans _ _ (D ^+ 2 * wrong i * length i)).
  by rewrite -subr_ge0 bounded.
rewrite -[X in _ <= X]mulrA [X in _ <= X]mulrC.
have weight : 0 <= D ^+ 2 * wrong i by apply: mulr_ge0; [exact: sqr_ge0 | exact: w0].
have short : length i <= B ^+ 2 by rewrite -subr_ge0; exact: longest.
exact: ler_wpmul2l.
Qed.

Theorem flatness_from_loss : claim.
Proof.
move=> K N d y B D len W loss sharp p phi _ _ _ yK _ _ len0 loss0 p0 p1 near bounded longest.
have covariance :
    \sum_(1 <= r < K.+1) p r * (\sum_(1 <= l < d.+1) (W r l - \sum_(1 <= m < K.+1) W m l * p m) ^+ 2) <=
    D ^+ 2 * (1 - p y).
  have -> : \sum_(1 <= r < K.+1) p r * (\sum_(1 <= l < d.+1) (W r l - \sum_(1 <= m < K.+1) W m l * p m) ^+ 2) =
      \sum_(1 <= r < K.+1) p r * (\sum_(1 <= l < d.+1) (W r l - \sum_(1 <= m < K.+1) p m * W m l) ^+ 2).
    apply: eq_bigr => r _; congr (_ * _); apply: eq_bigr => l _; congr ((_ - _) ^+ 2).
    by apply: eq_bigr => m _; exact: mulrC.
  apply: covariance_at_most => // [s sK|s sK]; first by apply: of_le; exact: p0.
  have := of_le (near s sK); to_field.
  have [->|_] := eqVneq s y; last by rewrite subr0 mul1r subr_ge0.
  by move=> _; rewrite big1 ?sqr_ge0 // => k _; rewrite subrr expr0n.
split; first by apply: to_le; move: covariance; to_field.
split.
  apply: to_le; move: covariance; to_field => le; rewrite ler_wpmul2r //.
  by apply: sum_nonnegative => k _; exact: sqr_ge0.
apply: to_le; to_field; apply: (@mean_at_most _ N B D sharp len (fun i => 1 - exp (- loss i))) => i iN.
- by apply: of_le; exact: len0.
- have := of_le (@loss_wrong (loss i) (loss0 i iN)); by to_field.
- have := of_le (bounded i iN); by to_field.
- have := of_le (longest i iN); by to_field.
Qed.

Print Assumptions flatness_from_loss.
