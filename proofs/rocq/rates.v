(** Derivatives at zero of polynomials, and exponential decay from a linear rate. No claim of the ledger. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
Local Open Scope R_scope.

Lemma derivative_at_zero (f : R -> R) (a b c : R) : (forall x, f x = a + x * b + x ^ 2 * c) -> Derive f 0 = b.
Proof.
intros poly; apply is_derive_unique; apply (is_derive_ext (fun x => a + x * b + x ^ 2 * c)).
  intros x; symmetry; apply poly.
auto_derive; [exact I | ring].
Qed.

Lemma slope_of_exponential (rate t : R) : Derive (fun x => exp (rate * (x + t))) 0 = rate * exp (rate * t).
Proof.
apply is_derive_unique; auto_derive; [exact I |].
replace (rate * (0 + t)) with (rate * t) by ring; ring.
Qed.

(** D' = -rate D on the line forces D(t) = exp(-rate t) D(0). *)
Lemma exponential_decay (D : R -> R) (rate : R) : (forall t, is_derive D t (- rate * D t)) ->
  forall t, D t = exp (- rate * t) * D 0.
Proof.
intros flow t.
assert (still : forall s, is_derive (fun s => exp (rate * s) * D s) s 0).
  intros s; assert (dD := flow s); assert (ex : ex_derive D s) by (eexists; exact dD).
  apply is_derive_unique in dD; auto_derive; [tauto |].
  replace (Derive (fun x => D x) s) with (- rate * D s) by (symmetry; exact dD); ring.
assert (same : exp (rate * t) * D t = D 0).
  destruct (Rtotal_order 0 t) as [pos | [zero | neg]].
  - assert (e := eq_is_derive _ 0 t (fun s _ => still s) pos); simpl in e; rewrite <- e, Rmult_0_r, exp_0; ring.
  - subst t; rewrite Rmult_0_r, exp_0; ring.
  - assert (e := eq_is_derive _ t 0 (fun s _ => still s) neg); simpl in e; rewrite e, Rmult_0_r, exp_0; ring.
rewrite <- same, <- Rmult_assoc, <- exp_plus.
replace (- rate * t + rate * t) with 0 by ring; rewrite exp_0; ring.
Qed.
