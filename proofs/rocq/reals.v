(** From the real numbers of the standard library to a mathcomp field and back: the operations are the same functions.
    Nothing here is a claim of the ledger. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From Coq Require Import Reals FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import Rstruct.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma Rplus_ring : Rplus = +%R. Proof. by []. Qed.
Lemma Rmult_ring : Rmult = *%R. Proof. by []. Qed.
Lemma Ropp_ring : Ropp = -%R. Proof. by []. Qed.
Lemma Rminus_ring : Rminus = fun x y => x - y. Proof. by []. Qed.
Lemma R0_ring : R0 = 0. Proof. by []. Qed.
Lemma R1_ring : R1 = 1. Proof. by []. Qed.
Lemma INR_ring : INR = fun n => n%:R. Proof. by apply: functional_extensionality => n; rewrite INRE. Qed.
Lemma pow_ring : pow = fun x n => x ^+ n.
Proof. by do 2!apply: functional_extensionality => ?; rewrite RpowE. Qed.
Lemma Rinv_ring : Rinv = GRing.inv.
Proof.
apply: functional_extensionality => x; have [->|x0] := eqVneq x 0; last exact: RinvE.
by rewrite invr0 -[0]/R0 Rinv_0.
Qed.
Lemma Rdiv_ring : Rdiv = fun x y => x / y.
Proof. by do 2!apply: functional_extensionality => ?; rewrite /Rdiv Rinv_ring. Qed.
Lemma IZR_ring (p : positive) : IZR (Zpos p) = (Pos.to_nat p)%:R.
Proof. by rewrite -INRE INR_IPR. Qed.

Lemma IZR0_ring : IZR 0 = 0. Proof. by []. Qed.
Lemma IZR1_ring : IZR 1 = 1. Proof. by []. Qed.
Lemma IZR2_ring : IZR 2 = 2%:R. Proof. exact: IZR_ring. Qed.

(** Rewrite every operation of the standard library's reals into the field's, under binders too. *)
Ltac to_field := rewrite ?Rplus_ring ?Rmult_ring ?Rminus_ring ?Ropp_ring ?Rdiv_ring ?Rinv_ring
  ?pow_ring ?INR_ring ?R0_ring ?R1_ring ?IZR0_ring ?IZR1_ring ?IZR2_ring ?IZR_ring.

Lemma to_le (x y : R) : (x <= y)%R -> Rle x y. Proof. by move/RleP. Qed.
Lemma of_le (x y : R) : Rle x y -> (x <= y)%R. Proof. by move/RleP. Qed.
Lemma to_lt (x y : R) : (x < y)%R -> Rlt x y. Proof. by move/RltP. Qed.
Lemma of_lt (x y : R) : Rlt x y -> (x < y)%R. Proof. by move/RltP. Qed.
Arguments to_le {x y}.
Arguments of_le {x y}.
Arguments to_lt {x y}.
Arguments of_lt {x y}.

(** Sizes, for files that do not import mathcomp. *)
Lemma size_at_least (m K : nat) : (m <= K)%N -> Rle (INR m) (INR K).
Proof. by move=> mK; apply: le_INR; apply/ssrnat.leP. Qed.

Lemma two_classes (K : nat) : (2 <= K)%N -> Rle 2 (INR K).
Proof. exact: (@size_at_least 2 K). Qed.

Lemma positive_size (K : nat) : (0 < K)%N -> Rlt 0 (INR K).
Proof. by move=> K0; apply: lt_0_INR; apply/ssrnat.ltP. Qed.
Arguments size_at_least {m K}.
Arguments two_classes {K}.
Arguments positive_size {K}.
