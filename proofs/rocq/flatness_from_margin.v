(** Flatness from the margin alone: if every wrong class has p_s <= q p_y, q = exp(-margin), and ||w_s - w_r||^2 <= D+,

      tr Cov_p(w) <= D+ (K-1) q (2 + (K-2) q)/(2 (1 + (K-1) q)^2) <= D+ (K-1) q,

    with equality in the first at a collapsed simplex head; without any margin tr Cov_p(w) <= (1 - 1/K) D+/2. Because
    tr Cov_p(w) <= (D+/2)(1 - sum p^2), and 1 - sum p^2 <= 1 - a^2 - (1-a)^2/(K-1), a = p_y, falls in a >= 1/K.
    flatness_from_margin_softmax has the hypothesis in logits.
    Any K >= 2, any dimension. No axioms, but for the companion, which speaks of exp. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From Coq Require Import Reals Lra.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring Rstruct.
From Tightframe Require Import sums reals limits.
From Tightframe.generated Require Import flatness_from_margin.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Purity.
Variables (R : realFieldType) (K y : nat) (p : nat -> R) (q : R).
Hypothesis K2 : (2 <= K)%N.
Hypothesis yK : (1 <= y <= K)%N.
Hypothesis p0 : forall s, (1 <= s <= K)%N -> 0 <= p s.
Hypothesis p1 : \sum_(1 <= s < K.+1) p s = 1.
Hypothesis q0 : 0 < q.
Hypothesis margin : forall s, (1 <= s <= K)%N -> 0 <= (1 - (s == y)%:R) * (q * p y - p s).
Let a := p y.

Lemma predecessor_positive : 0 < K%:R - 1 :> R.
Proof. by rewrite subr_gt0 -[1]/(1%:R) ltr_nat. Qed.

Lemma right_at_most_one : a <= 1. Proof. by rewrite -p1; exact: term_at_most_sum. Qed.

Lemma others_at_most : 1 - a <= (K%:R - 1) * (q * a).
Proof.
have : 0 <= \sum_(1 <= s < K.+1) (1 - (s == y)%:R) * (q * p y - p s) by exact: sum_nonnegative.
have -> : \sum_(1 <= s < K.+1) (1 - (s == y)%:R) * (q * p y - p s) = (K%:R - 1) * (q * a) - (1 - a).
  transitivity (\sum_(1 <= s < K.+1) (q * p y - p s - (q * p y - p s) * (s == y)%:R)).
    by apply: eq_bigr => s _; move: ((s == y)%:R : R) => e; ring.
  by rewrite !sumrB sum_kronecker_r // sum_constant p1 /a; ring.
by rewrite subr_ge0.
Qed.

(** Cauchy-Schwarz on the wrong classes. *)
Lemma squares_at_least : a ^+ 2 + (1 - a) ^+ 2 / (K%:R - 1) <= \sum_(1 <= s < K.+1) p s ^+ 2.
Proof.
set b := (1 - a) / (K%:R - 1); rewrite -subr_ge0.
have -> : \sum_(1 <= s < K.+1) p s ^+ 2 - (a ^+ 2 + (1 - a) ^+ 2 / (K%:R - 1)) =
    \sum_(1 <= s < K.+1) (1 - (s == y)%:R) * (p s - b) ^+ 2.
  transitivity (\sum_(1 <= s < K.+1) (p s ^+ 2 - (2%:R * b * p s - b ^+ 2) - (p s - b) ^+ 2 * (s == y)%:R)); last first.
    by apply: eq_bigr => s _; move: ((s == y)%:R : R) => e; ring.
  rewrite !sumrB sum_kronecker_r // sum_constant -big_distrr /= p1 -/a.
  by rewrite /b; move: (\sum_(_ <- _) _) (K%:R : R) predecessor_positive => x k /lt0r_neq0 k0; field.
apply: sum_nonnegative => s _; rewrite mulr_ge0 ?sqr_ge0 //.
by case: (s == y); rewrite ?mulr1n ?mulr0n ?subrr ?subr0 ?ler01.
Qed.

Lemma impurity_at_most_odds : 1 - \sum_(1 <= s < K.+1) p s ^+ 2 <= 2%:R * ((K%:R - 1) * q).
Proof.
have a0 : 0 <= a by exact: p0.
have a1 := right_at_most_one.
apply: (@le_trans _ _ (2%:R * (1 - a))).
  have : a ^+ 2 <= \sum_(1 <= s < K.+1) p s ^+ 2.
    by apply: (@term_at_most_sum _ K y (fun s => p s ^+ 2)) => // s _; exact: sqr_ge0.
  move=> le; apply: (@le_trans _ _ (1 - a ^+ 2)); first by rewrite ler_add2l ler_opp2.
  rewrite -subr_ge0; have -> : 2%:R * (1 - a) - (1 - a ^+ 2) = (1 - a) ^+ 2 by ring.
  exact: sqr_ge0.
rewrite ler_pmul2l ?ltr0n //; apply: le_trans others_at_most _.
by rewrite ler_pmul2l ?predecessor_positive // ler_pimulr // ltW.
Qed.

Hypothesis q1 : q <= 1.

Lemma impurity_at_most : 1 - \sum_(1 <= s < K.+1) p s ^+ 2 <=
  (K%:R - 1) * q * (2%:R + q * (K%:R - 2%:R)) / (1 + q * (K%:R - 1)) ^+ 2.
Proof.
have kp := predecessor_positive; have Kp : 0 < K%:R :> R by rewrite ltr0n ltnW.
have t0 : 0 < 1 + q * (K%:R - 1) by rewrite addr_gt0 ?ltr01 // mulr_gt0.
set b := 1 / (1 + q * (K%:R - 1)).
have ba : b <= a.
  rewrite ler_pdivr_mulr //.
  have -> : a * (1 + q * (K%:R - 1)) = (K%:R - 1) * (q * a) + a by move: (K%:R - 1) => k; ring.
  by rewrite -ler_subl_addr; exact: others_at_most.
have Kb : 1 <= K%:R * b.
  rewrite mulrA mulr1 ler_pdivl_mulr // mul1r -ler_subr_addl.
  by rewrite -[X in _ <= X]mul1r ler_pmul2r.
apply: (@le_trans _ _ (1 - (a ^+ 2 + (1 - a) ^+ 2 / (K%:R - 1)))).
  by rewrite ler_add2l ler_opp2 squares_at_least.
have -> : (K%:R - 1) * q * (2%:R + q * (K%:R - 2%:R)) / (1 + q * (K%:R - 1)) ^+ 2 =
    1 - (b ^+ 2 + (1 - b) ^+ 2 / (K%:R - 1)).
  rewrite /b; move: (K%:R : R) (lt0r_neq0 kp) (lt0r_neq0 t0) => k k0 tn; field; rewrite k0 tn //.
rewrite ler_add2l ler_opp2 -subr_ge0.
have -> : a ^+ 2 + (1 - a) ^+ 2 / (K%:R - 1) - (b ^+ 2 + (1 - b) ^+ 2 / (K%:R - 1)) =
    (a - b) * (K%:R * a + K%:R * b - 2%:R) / (K%:R - 1).
  by move: (K%:R : R) (lt0r_neq0 kp) => k k0; field.
rewrite divr_ge0 ?(ltW kp) // mulr_ge0 ?subr_ge0 // -[2%:R]/(1 + 1) ler_add //.
by apply: le_trans Kb _; rewrite ler_pmul2l.
Qed.

End Purity.

Lemma halve (R : realFieldType) (D k q x t : R) : t != 0 ->
  D * q * (k - 1) * x / (2%:R * t) = 2%:R^-1 * (D * ((k - 1) * q * x / t)).
Proof. by move=> t0; have two := two_nonzero R; field; rewrite t0. Qed.

Lemma halve_odds (R : realFieldType) (D k q : R) : D * q * (k - 1) = 2%:R^-1 * (D * (2%:R * ((k - 1) * q))).
Proof. by have two := two_nonzero R; field. Qed.

Lemma halve_uniform (R : realFieldType) (D k : R) : k != 0 -> D * (k - 1) / (2%:R * k) = 2%:R^-1 * (D * (1 - k^-1)).
Proof. by move=> k0; have two := two_nonzero R; field; rewrite k0. Qed.

Lemma at_the_simplex (F : rcfType) (k M h q : F) : k - 1 != 0 -> (1 + q * (k - 1)) ^+ 2 != 0 ->
  2%:R * k * M ^+ 2 * h ^+ 2 / (k - 1) * q * (k - 1) * (2%:R + q * (k - 2%:R)) / (2%:R * (1 + q * (k - 1)) ^+ 2) =
  k * M ^+ 2 * h ^+ 2 * q * (2%:R + q * (k - 2%:R)) / (1 + q * (k - 1)) ^+ 2.
Proof.
move=> k1; rewrite expf_eq0 /= => t1.
by field; rewrite k1 t1.
Qed.

Theorem flatness_from_margin : claim.
Proof.
move=> F K d y D M h q W outputs _ _ yK D0 M0 h0 q0 nonnegative K2 p1 near margin q1.
have p0 s : (1 <= s <= K)%N -> 0 <= outputs y s by exact: nonnegative.
move: p0 p1 margin; set p := outputs y => p0 p1 margin.
have K0 : K%:R != 0 :> F by rewrite pnatr_eq0 -lt0n ltnW.
have t0 : (1 + q * (K%:R - 1)) ^+ 2 != 0 :> F.
  have kp := predecessor_positive F K K2.
  by rewrite expf_neq0 // lt0r_neq0 // addr_gt0 ?ltr01 // mulr_gt0.
have spread : \sum_(1 <= r < K.+1) p r * (\sum_(1 <= l < d.+1) (W r l - \sum_(1 <= m < K.+1) W m l * p m) ^+ 2) <=
    2%:R^-1 * (D * (1 - \sum_(1 <= s < K.+1) p s ^+ 2)).
  have -> : \sum_(1 <= r < K.+1) p r * (\sum_(1 <= l < d.+1) (W r l - \sum_(1 <= m < K.+1) W m l * p m) ^+ 2) =
      \sum_(1 <= r < K.+1) p r * (\sum_(1 <= l < d.+1) (W r l - \sum_(1 <= m < K.+1) p m * W m l) ^+ 2).
    apply: eq_bigr => r _; congr (_ * _); apply: eq_bigr => l _; congr ((_ - _) ^+ 2).
    by apply: eq_bigr => m _; exact: mulrC.
  apply: variance_at_most => // s r sK rK ne.
  by have := near r rK s sK; rewrite eq_sym (negbTE ne) subr0 mul1r subr_ge0.
have half (x : F) : 1 - \sum_(1 <= s < K.+1) p s ^+ 2 <= x ->
    \sum_(1 <= r < K.+1) p r * (\sum_(1 <= l < d.+1) (W r l - \sum_(1 <= m < K.+1) W m l * p m) ^+ 2) <=
    2%:R^-1 * (D * x).
  by move=> le; apply: le_trans spread _; rewrite ler_wpmul2l ?invr_ge0 ?ler0n // ler_wpmul2l.
split; first by rewrite halve //; apply: half; exact: (@impurity_at_most F K y p q K2 yK p1 q0 margin q1).
split; first by rewrite halve_odds; apply: half; exact: (@impurity_at_most_odds F K y p q K2 yK p0 p1 q0 margin).
split; last by apply: at_the_simplex; rewrite // lt0r_neq0 // predecessor_positive.
rewrite halve_uniform //; apply: half; rewrite ler_add2l ler_opp2 -subr_ge0 -purity_at_least ?(ltnW K2) //.
by apply: sum_nonnegative => s _; exact: sqr_ge0.
Qed.

Lemma shifted (gamma a b : R) : Rle gamma (Rminus a b) -> Rle b (Rplus (Ropp gamma) a).
Proof. by move=> ?; lra. Qed.

(** The hypothesis with logits: a margin of gamma gives p_s <= exp(-gamma) p_y, and 1 - p_y <= (K-1) exp(-gamma). *)
Theorem flatness_from_margin_softmax (K y : nat) (gamma : R) (z : nat -> R) :
  (2 <= K)%N -> (1 <= y <= K)%N ->
  (forall s, (1 <= s <= K)%N -> s != y -> Rle gamma (z y - z s)) ->
  let p s := exp (z s) / \sum_(1 <= r < K.+1) exp (z r) in
  (forall s, (1 <= s <= K)%N -> s != y -> p s <= exp (Ropp gamma) * p y) /\
  1 - p y <= (K%:R - 1) * exp (Ropp gamma).
Proof.
move=> K2 yK margin p; set total := \sum_(1 <= r < K.+1) exp (z r) in p *.
have exp0 x : 0 < exp x by apply: of_lt; exact: exp_pos.
have total0 : 0 < total.
  apply: lt_le_trans (exp0 (z y)) _; apply: (@term_at_most_sum _ K y (fun r => exp (z r))) => // s _; exact: ltW.
have odds s : (1 <= s <= K)%N -> s != y -> p s <= exp (Ropp gamma) * p y.
  move=> sK ne; rewrite /p mulrA ler_pmul2r ?invr_gt0 // expRD; apply: of_le; apply: exp_monotone.
  by have := margin s sK ne; exact: shifted.
have p0 s : 0 <= p s by rewrite /p divr_ge0 // ltW.
have p1 : \sum_(1 <= s < K.+1) p s = 1 by rewrite -big_distrl /= divff // lt0r_neq0.
split=> //; apply: le_trans (@others_at_most _ K y p (exp (Ropp gamma)) yK p1 _) _ => [s sK|].
  by have [->|ne] := eqVneq s y; rewrite ?subrr ?mul0r // subr0 mul1r subr_ge0 odds.
rewrite ler_pmul2l; last by rewrite subr_gt0 -[1]/(1%:R) ltr_nat.
by rewrite ler_pimulr ?(ltW (exp0 _)) //; exact: (@right_at_most_one _ K y p yK (fun s _ => p0 s) p1).
Qed.

Print Assumptions flatness_from_margin.
