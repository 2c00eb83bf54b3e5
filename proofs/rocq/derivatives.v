(** Derivatives of finite sums, and the mixed second derivative of log-sum-exp along two directions. No claim of the ledger. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From mathcomp Require Import all_ssreflect.
Local Open Scope R_scope.

Lemma is_derive_sum (r : seq nat) (f : nat -> R -> R) (d : nat -> R) (x : R) :
  (forall s, is_derive (f s) x (d s)) ->
  is_derive (fun t => \big[Rplus/R0]_(s <- r) f s t) x (\big[Rplus/R0]_(s <- r) d s).
Proof.
move=> each; elim: r => [|a r hyp].
  apply: (is_derive_ext (fun _ => R0)) => [t|]; rewrite big_nil //; exact: is_derive_const.
apply: (is_derive_ext (fun t => Rplus (f a t) (\big[Rplus/R0]_(s <- r) f s t))) => [t|]; rewrite big_cons //.
exact: (is_derive_plus (f a) _ x (d a)).
Qed.

Lemma sum_positive (K : nat) (f : nat -> R) : (0 < K)%N -> (forall s, 0 < f s) ->
  0 < \big[Rplus/R0]_(1 <= s < K.+1) f s.
Proof.
case: K => // K _ f0; rewrite big_nat_recl //.
have : 0 <= \big[Rplus/R0]_(1 <= i < K.+1) f i.+1.
  by elim/big_ind: _ => [|x y|i _]; [lra | lra | have := f0 i.+1; lra].
have := f0 1%N; lra.
Qed.

Section LogSumExp.
Variables (K : nat) (K0 : (0 < K)%N) (c p q z : nat -> R) (beta A B C : R).
Let e r := exp (c r + z r).
Let weight h r := exp (c r + (0 * p r + h * q r + z r)).

Lemma inner_slope h : is_derive (fun x =>
    ln (\big[Rplus/R0]_(1 <= r < K.+1) exp (c r + (x * p r + h * q r + z r))) - beta - (x * A + h * B + C)) 0
  ((\big[Rplus/R0]_(1 <= r < K.+1) (p r * weight h r)) / (\big[Rplus/R0]_(1 <= r < K.+1) weight h r) - A).
Proof.
have S0 : 0 < \big[Rplus/R0]_(1 <= r < K.+1) weight h r by apply: sum_positive => // r; exact: exp_pos.
have dS : is_derive (fun x => \big[Rplus/R0]_(1 <= r < K.+1) exp (c r + (x * p r + h * q r + z r))) 0
    (\big[Rplus/R0]_(1 <= r < K.+1) (p r * weight h r)).
  by apply: is_derive_sum => r; rewrite /weight; auto_derive => //; ring.
apply: (is_derive_ext (fun x => Rminus (Rminus (ln (\big[Rplus/R0]_(1 <= r < K.+1)
  exp (c r + (x * p r + h * q r + z r)))) beta) (x * A + h * B + C))) => [t //|].
apply: is_derive_minus; last by auto_derive => //; ring.
rewrite -[X in is_derive _ _ X]Rminus_0_r; apply: is_derive_minus; last exact: is_derive_const.
have dln : is_derive ln (\big[Rplus/R0]_(1 <= r < K.+1) weight h r) (/ \big[Rplus/R0]_(1 <= r < K.+1) weight h r).
  exact: is_derive_ln.
exact: (is_derive_comp ln _ 0 _ _ dln dS).
Qed.

Lemma mixed_derivative :
  Derive (fun h => Derive (fun x =>
    ln (\big[Rplus/R0]_(1 <= r < K.+1) exp (c r + (x * p r + h * q r + z r))) - beta - (x * A + h * B + C)) 0) 0 =
  (\big[Rplus/R0]_(1 <= r < K.+1) (p r * q r * e r)) / (\big[Rplus/R0]_(1 <= r < K.+1) e r) -
  (\big[Rplus/R0]_(1 <= r < K.+1) (p r * e r)) * (\big[Rplus/R0]_(1 <= r < K.+1) (q r * e r)) /
    (\big[Rplus/R0]_(1 <= r < K.+1) e r) ^ 2.
Proof.
rewrite (Derive_ext _ (fun h => (\big[Rplus/R0]_(1 <= r < K.+1) (p r * weight h r)) /
  (\big[Rplus/R0]_(1 <= r < K.+1) weight h r) - A)); last by move=> h; exact/is_derive_unique/inner_slope.
have at0 r : weight 0 r = e r by rewrite /weight /e; congr exp; ring.
have sum0 (f : nat -> R) : \big[Rplus/R0]_(1 <= r < K.+1) (f r * weight 0 r) = \big[Rplus/R0]_(1 <= r < K.+1) (f r * e r).
  by apply: eq_bigr => r _; rewrite at0.
have S_at0 : \big[Rplus/R0]_(1 <= r < K.+1) weight 0 r = \big[Rplus/R0]_(1 <= r < K.+1) e r.
  by apply: eq_bigr => r _; rewrite at0.
have S0 : 0 < \big[Rplus/R0]_(1 <= r < K.+1) e r by apply: sum_positive => // r; exact: exp_pos.
have dN : is_derive (fun h => \big[Rplus/R0]_(1 <= r < K.+1) (p r * weight h r)) 0
    (\big[Rplus/R0]_(1 <= r < K.+1) (p r * q r * e r)).
  by apply: is_derive_sum => r; rewrite -(at0 r) /weight; auto_derive => //; ring.
have dS : is_derive (fun h => \big[Rplus/R0]_(1 <= r < K.+1) weight h r) 0
    (\big[Rplus/R0]_(1 <= r < K.+1) (q r * e r)).
  by apply: is_derive_sum => r; rewrite -(at0 r) /weight; auto_derive => //; ring.
apply: is_derive_unique; rewrite -[X in is_derive _ _ X]Rminus_0_r.
apply: is_derive_minus; last exact: is_derive_const.
have nonzero : \big[Rplus/R0]_(1 <= r < K.+1) weight 0 r <> 0 by rewrite S_at0; lra.
have quotient := is_derive_div _ _ 0 _ _ dN dS nonzero; move: quotient; rewrite S_at0 sum0.
move: S0; set S := \big[Rplus/R0]_(1 <= r < K.+1) e r; set P := \big[Rplus/R0]_(1 <= r < K.+1) (p r * e r).
set Q := \big[Rplus/R0]_(1 <= r < K.+1) (q r * e r); set PQ := \big[Rplus/R0]_(1 <= r < K.+1) (p r * q r * e r).
move=> S0 quotient; suff -> : PQ / S - P * Q / S ^ 2 = (PQ * S - P * Q) / S ^ 2 by [].
by field; lra.
Qed.

End LogSumExp.
