(** Field identities and one-dimensional inequalities of the unconstrained-features model. No claim of the ledger. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma entry_square (R : realFieldType) (k n decay c h a : R) : k != 0 -> n != 0 -> decay != 0 ->
  decay / (2%:R * n * k ^+ 2) * a ^+ 2 + c ^+ 2 / (2%:R * decay * n) * h ^+ 2 - c / (k * n) * (h * a) =
  decay / (2%:R * n) * (c * h / decay - a / k) ^+ 2.
Proof.
move=> k0 n0 w0; have two : 2%:R != 0 :> R by rewrite pnatr_eq0.
by field; rewrite k0 n0 w0.
Qed.

Lemma penalty_factor (R : realFieldType) (k n decay x : R) : k != 0 -> n != 0 ->
  decay * x / 2%:R = n * (decay / (2%:R * n * k ^+ 2) * (k ^+ 2 * x)).
Proof.
move=> k0 n0; have two : 2%:R != 0 :> R by rewrite pnatr_eq0.
by field; rewrite k0 n0.
Qed.
