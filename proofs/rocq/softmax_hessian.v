(** The last-layer cross-entropy Hessian is positive semidefinite everywhere.

    With p a probability vector, the Hessian of one sample is (diag p - p p^T) (x) phi phi^T;
    as a quadratic form on head directions X (K x d),

      sum_{s,r,k,l} X_{sk} p_s (delta_{sr} - p_r) phi_k phi_l X_{rl}
        = sum_s p_s (z_s - zbar)^2 >= 0,        z_s = <x_s, phi>, zbar = sum_r p_r z_r.

    Any K, d, X, phi. No axioms. That this form is the second derivative of the softmax
    cross-entropy along every line of heads is softmax_hessian_along_lines.v. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From Tightframe Require Import sums.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma hessian_form_is_variance (R : realFieldType) (K d : nat)
    (X : nat -> nat -> R) (phi p : nat -> R) :
  \sum_(1 <= s < K.+1) p s = 1 ->
  \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1) \sum_(1 <= k < d.+1) \sum_(1 <= l < d.+1)
    X s k * (p s * ((s == r)%:R - p r) * (phi k * phi l)) * X r l =
  \sum_(1 <= s < K.+1) p s * ((\sum_(1 <= k < d.+1) X s k * phi k) -
    \sum_(1 <= r < K.+1) p r * (\sum_(1 <= k < d.+1) X r k * phi k)) ^+ 2.
Proof.
move=> p1; rewrite variance_expanded // square_of_mean.
under [X in _ = X - _]eq_bigr do rewrite expr2.
rewrite -(@block_sum R K p (fun s r => (\sum_(1 <= k < d.+1) X s k * phi k) *
  (\sum_(1 <= k < d.+1) X r k * phi k))).
apply: eq_bigr => s _; apply: eq_bigr => r _.
rewrite big_distrlr big_distrl /=; apply: eq_bigr => k _.
rewrite big_distrl /=; apply: eq_bigr => l _.
by move: (_ - _) => e; ring.
Qed.

Theorem softmax_hessian (R : realFieldType) (K d : nat)
    (X : nat -> nat -> R) (phi p : nat -> R) :
  (forall s, (1 <= s <= K)%N -> 0 <= p s) -> \sum_(1 <= s < K.+1) p s = 1 ->
  0 <= \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1) \sum_(1 <= k < d.+1) \sum_(1 <= l < d.+1)
    X s k * (p s * ((s == r)%:R - p r) * (phi k * phi l)) * X r l.
Proof.
move=> p0 p1; rewrite hessian_form_is_variance //.
by apply: sum_nonnegative => s /p0 ps; rewrite mulr_ge0 ?sqr_ge0.
Qed.

Print Assumptions softmax_hessian.
