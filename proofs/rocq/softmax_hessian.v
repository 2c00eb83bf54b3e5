(** The last-layer Hessian of cross-entropy, and why no minimum is needed.

    For logits z_r = <w_r, phi> + beta_r, p = softmax(z) and loss log sum exp z - z_y,
      d^2 loss / d W_si d W_tj = (p_s delta_st - p_s p_t) phi_i phi_j,     sum_s p_s = 1,
    and for any probability vector p the quadratic form of (diag p - p p^T) (x) phi phi^T is a variance:
      sum V_rl V_sk (p_s delta_rs - p_r p_s) phi_k phi_l = sum_s p_s (x_s - sum_r p_r x_r)^2 >= 0,   x_s = <v_s, phi>.
    Any K, d, W, beta, phi, V. The quadratic form has no axioms; the derivative speaks of the reals. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From Coq Require Import Reals.
From Coquelicot Require Import Coquelicot.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring Rstruct.
From Tightframe Require Import sums reals derivatives.
From Tightframe.generated Require Import softmax_hessian.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Form.
Variables (R : realFieldType) (K d : nat) (V : nat -> nat -> R) (phi p : nat -> R).
Hypothesis p1 : \sum_(1 <= s < K.+1) p s = 1.
Let x s := \sum_(1 <= k < d.+1) V s k * phi k.

Lemma hessian_form_is_variance :
  \sum_(1 <= l < d.+1) \sum_(1 <= k < d.+1) \sum_(1 <= r < K.+1) \sum_(1 <= s < K.+1)
    ((r == s)%:R * p s - p r * p s) * V r l * V s k * phi k * phi l =
  \sum_(1 <= s < K.+1) p s * (x s - \sum_(1 <= r < K.+1) p r * x r) ^+ 2.
Proof.
rewrite variance_expanded // square_of_mean.
under [X in _ = X - _]eq_bigr do rewrite expr2.
rewrite -(@block_sum R K p (fun s r => x s * x r)).
under eq_bigr do rewrite exchange_big /=.
rewrite exchange_big /=; apply: eq_bigr => r _.
under eq_bigr do rewrite exchange_big /=.
rewrite exchange_big /=; apply: eq_bigr => s _.
have -> : p r * ((r == s)%:R - p s) = (r == s)%:R * p s - p r * p s :> R.
  by have [->|_] := eqVneq r s; rewrite ?mulr1n ?mulr0n; ring.
rewrite big_distrlr big_distrl /=; apply: eq_bigr => l _.
rewrite big_distrl /=; apply: eq_bigr => k _.
by move: (_ - _) => e; ring.
Qed.

Lemma hessian_form_nonnegative : (forall s, (1 <= s <= K)%N -> 0 <= p s) ->
  0 <= \sum_(1 <= l < d.+1) \sum_(1 <= k < d.+1) \sum_(1 <= r < K.+1) \sum_(1 <= s < K.+1)
    ((r == s)%:R * p s - p r * p s) * V r l * V s k * phi k * phi l.
Proof.
move=> p0; rewrite hessian_form_is_variance.
by apply: sum_nonnegative => s /p0 ps; rewrite mulr_ge0 ?sqr_ge0.
Qed.

End Form.

(** A logit after two entries of one row are moved: affine in both steps. *)
Lemma moved_logit (d i j : nat) (u v g h : R) (w phi : nat -> R) : (1 <= i <= d)%N -> (1 <= j <= d)%N ->
  \big[Rplus/R0]_(1 <= k < d.+1) (((g * INR (i == k) * u) + (h * INR (j == k) * v) + w k) * phi k)%R =
  (g * (u * phi i) + h * (v * phi j) + \big[Rplus/R0]_(1 <= k < d.+1) (w k * phi k))%R.
Proof.
move=> iK jK; to_field.
transitivity (\sum_(1 <= k < d.+1) ((i == k)%:R * (g * u * phi k) + (j == k)%:R * (h * v * phi k) + w k * phi k)).
  by apply: eq_bigr => k _; move: ((i == k)%:R : R) ((j == k)%:R : R) => a b; ring.
by rewrite !big_split /= !sum_kronecker // -!mulrA.
Qed.

Lemma hessian_entry (R : realFieldType) (K s t : nat) (a b S : R) (e : nat -> R) : (1 <= s <= K)%N -> (1 <= t <= K)%N ->
  (\sum_(1 <= r < K.+1) (r == s)%:R * a * ((r == t)%:R * b) * e r) / S -
  (\sum_(1 <= r < K.+1) (r == s)%:R * a * e r) * (\sum_(1 <= r < K.+1) (r == t)%:R * b * e r) / S ^+ 2 =
  (e s * (s == t)%:R / S - e s * e t / S ^+ 2) * a * b.
Proof.
move=> sK tK.
have pick u x (f : nat -> R) : (1 <= u <= K)%N -> \sum_(1 <= r < K.+1) (r == u)%:R * x * f r = x * f u.
  move=> uK; rewrite -(@sum_kronecker_r R K u (fun r => x * f r)) //; apply: eq_bigr => r _.
  by rewrite -mulrA mulrC.
rewrite !pick //.
have -> : \sum_(1 <= r < K.+1) (r == s)%:R * a * ((r == t)%:R * b) * e r = a * ((s == t)%:R * b * e s).
  by under eq_bigr do rewrite -[_ * _ * e _]mulrA; rewrite pick.
by move: ((s == t)%:R : R) (S ^+ 2)^-1 S^-1 => d x y; ring.
Qed.

Theorem softmax_hessian : claim.
Proof.
move=> K d y V W beta p phi K0 _ yK p0 p1.
pose z r := \big[Rplus/R0]_(1 <= k < d.+1) (W r k * phi k)%R.
pose e r := exp (Rplus (beta r) (z r)); pose total := \big[Rplus/R0]_(1 <= r < K.+1) e r.
split=> [i iK j jK s sK t tK|].
  rewrite (@Derive_ext _ (fun h => Derive (fun g => (ln (\big[Rplus/R0]_(1 <= r < K.+1)
      exp (beta r + (g * (INR (r == s) * phi i) + h * (INR (r == t) * phi j) + z r))) - beta y -
      (g * (INR (s == y) * phi i) + h * (INR (t == y) * phi j) + z y))%R) 0%R)); last first.
    move=> h; apply: Derive_ext => g; rewrite moved_logit //.
    by congr (Rminus (Rminus (ln _) _) _); apply: eq_bigr => r _; rewrite moved_logit.
  rewrite mixed_derivative //.
  rewrite [RHS](_ : _ = Rmult (Rmult (Rminus (Rdiv (Rmult (e s) (INR (s == t))) total)
    (Rdiv (Rmult (e s) (e t)) (pow total 2))) (phi i)) (phi j)) //.
  rewrite -/total; to_field; exact: hessian_entry.
have S0 : total != 0 by apply/eqP/Rgt_not_eq/sum_positive => // r; exact: exp_pos.
split; first by rewrite -[LHS]/(\big[Rplus/R0]_(1 <= s < K.+1) (Rdiv (e s) total)); to_field; rewrite -big_distrl /= divff.
apply: to_le; to_field; apply: hessian_form_nonnegative => [|s sK]; first by move: p1; to_field.
by apply: of_le; exact: p0.
Qed.

Print Assumptions softmax_hessian.
