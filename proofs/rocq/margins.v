(** Field identities and one-dimensional inequalities of the unconstrained-features model. No claim of the ledger. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From Tightframe Require Import sums.
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

Section Penalties.
Variables (R : realFieldType) (K d n : nat) (decay c : R) (H : nat -> nat -> nat -> R) (W : nat -> nat -> R).
Hypotheses (K0 : (0 < K)%N) (n0 : (0 < n)%N) (decay0 : 0 < decay).

Lemma centred_at_most (x : nat -> R) :
  \sum_(1 <= y < K.+1) (K%:R * x y - \sum_(1 <= s < K.+1) x s) ^+ 2 <=
  K%:R ^+ 2 * (\sum_(1 <= s < K.+1) x s ^+ 2).
Proof.
set t := \sum_(1 <= s < K.+1) x s.
have -> : \sum_(1 <= y < K.+1) (K%:R * x y - t) ^+ 2 =
    K%:R ^+ 2 * (\sum_(1 <= s < K.+1) x s ^+ 2) - K%:R * t ^+ 2.
  transitivity (\sum_(1 <= y < K.+1) (K%:R ^+ 2 * x y ^+ 2 - (2%:R * K%:R * t * x y - t ^+ 2))).
    by apply: eq_bigr => y _; ring.
  by rewrite !sumrB -!big_distrr /= -/t sum_constant; ring.
by rewrite ler_subl_addr ler_addl mulr_ge0 ?ler0n ?sqr_ge0.
Qed.

(** One entry: (c/(K n)) h a <= decay a^2/(2 n K^2) + c^2 h^2/(2 n decay). *)
Lemma entry_at_most (h a : R) :
  c / (K%:R * n%:R) * (h * a) <=
  decay / (2%:R * n%:R * K%:R ^+ 2) * a ^+ 2 + c ^+ 2 / (2%:R * decay * n%:R) * h ^+ 2.
Proof.
have [k0 m0 w0] : [/\ K%:R != 0 :> R, n%:R != 0 :> R & decay != 0].
  by rewrite !pnatr_eq0 -!lt0n lt0r_neq0.
rewrite -subr_ge0.
have -> : decay / (2%:R * n%:R * K%:R ^+ 2) * a ^+ 2 + c ^+ 2 / (2%:R * decay * n%:R) * h ^+ 2 -
    c / (K%:R * n%:R) * (h * a) = decay / (2%:R * n%:R) * (c * h / decay - a / K%:R) ^+ 2.
  exact: entry_square.
by rewrite mulr_ge0 ?sqr_ge0 // divr_ge0 ?mulr_ge0 ?ler0n // ltW.
Qed.

Lemma penalties_cover :
  c / (K%:R * n%:R) * (\sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) \sum_(1 <= l < d.+1)
    H l y i * (K%:R * W y l - \sum_(1 <= s < K.+1) W s l)) <=
  decay * (\sum_(1 <= l < d.+1) \sum_(1 <= s < K.+1) W s l ^+ 2) / 2%:R +
  c ^+ 2 * (\sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) \sum_(1 <= l < d.+1) H l y i ^+ 2) / (2%:R * decay * n%:R).
Proof.
pose a y l := K%:R * W y l - \sum_(1 <= s < K.+1) W s l.
apply: (@le_trans _ _ (\sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) \sum_(1 <= l < d.+1)
   (decay / (2%:R * n%:R * K%:R ^+ 2) * a y l ^+ 2 + c ^+ 2 / (2%:R * decay * n%:R) * H l y i ^+ 2))).
  rewrite big_distrr; apply: sum_at_most => i _; rewrite big_distrr; apply: sum_at_most => y _.
  by rewrite big_distrr; apply: sum_at_most => l _; exact: entry_at_most.
under eq_bigr do under eq_bigr do rewrite big_split -!big_distrr /=.
under eq_bigr do rewrite big_split -!big_distrr /=.
rewrite big_split /= sum_constant; apply: ler_add; last by rewrite -big_distrr /= mulrAC.
rewrite exchange_big /=.
have le : \sum_(1 <= l < d.+1) \sum_(1 <= y < K.+1) a y l ^+ 2 <=
    K%:R ^+ 2 * (\sum_(1 <= l < d.+1) \sum_(1 <= s < K.+1) W s l ^+ 2).
  by rewrite big_distrr; apply: sum_at_most => l _; exact: centred_at_most.
have -> : decay * (\sum_(1 <= l < d.+1) \sum_(1 <= s < K.+1) W s l ^+ 2) / 2%:R =
    n%:R * (decay / (2%:R * n%:R * K%:R ^+ 2) * (K%:R ^+ 2 * (\sum_(1 <= l < d.+1) \sum_(1 <= s < K.+1) W s l ^+ 2))).
  by apply: penalty_factor; rewrite pnatr_eq0 -lt0n.
rewrite ler_wpmul2l ?ler0n // ler_wpmul2l // divr_ge0 ?(ltW decay0) //.
by rewrite !mulr_ge0 ?ler0n ?sqr_ge0.
Qed.

End Penalties.
