(** The optimum of the cross-entropy unconstrained-features model with weight decay, for every head and all features.

    Objective: mean over K classes of n samples of [log sum_r exp z_r - z_y] + (lambda_W/2) ||W||^2 + c^2/(2 n lambda_W) ||H||^2,
    z = W h, c = sqrt(n lambda_W lambda_H). For K c < 1 it is at least Hs = the entropy of (1-(K-1)c, c, ..., c), because
      log sum exp z >= sum_s pi_s z_s + Hs           (Gibbs, from log x <= x - 1),
      (c/(K n)) <W H, K Y - J> <= the two penalties   (squares, and a variance is at most a second moment).
    The one-dimensional reduction F(alpha) = log(1 + (K-1) exp(-alpha)) + (K-1) c alpha has the same least value, at
    alpha* = log(1/c - K + 1) > 0, where every wrong class has probability c; for K c >= 1 it is least at 0 among alpha >= 0 (ce_ufm_optimum_above_threshold). Any K >= 2, n, d. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From Coq Require Import Reals.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring Rstruct.
From Tightframe Require Import sums reals limits margins entropy.
From Tightframe.generated Require Import ce_ufm_optimum.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(** Gibbs' inequality for one sample of class y, against pi = (1-(K-1)c at y, c elsewhere). *)
Lemma sample_at_least (K y : nat) (c : R) (z : nat -> R) : (1 <= y <= K)%N -> 0 < c ->
  Rlt 0 (1 - c * (K%:R - 1)) ->
  Rplus (entropy K%:R c) (c * (\sum_(1 <= s < K.+1) z s - K%:R * z y)) <=
  ln (\sum_(1 <= s < K.+1) exp (z s)) - z y.
Proof.
move=> yK c0 P0; set S := \sum_(1 <= s < K.+1) exp (z s); set P : R := 1 - c * (K%:R - 1) in P0.
have S0 : Rlt 0 S.
  apply: to_lt; apply: lt_le_trans (_ : exp (z y) <= _); first by apply: of_lt; exact: exp_pos.
  by apply: (@term_at_most_sum _ K y (fun s => exp (z s))) => // s _; apply: of_le; left; exact: exp_pos.
pose pi (s : nat) : R := if y == s then P else c.
have piE (f : R -> R) (s : nat) : f (pi s) = f c + (y == s)%:R * (f P - f c).
  by rewrite /pi; case: (y == s); rewrite ?mul1r ?mul0r ?addr0 // addrC subrK.
have pis (s : nat) : pi s = c + (y == s)%:R * (P - c) by exact: (piE id).
have pi0 s : Rlt 0 (pi s) by rewrite /pi; case: (y == s) => //; exact: to_lt.
have below : \sum_(1 <= s < K.+1) pi s * (z s - ln S - ln (pi s)) <=
    \sum_(1 <= s < K.+1) (exp (z s) / S - pi s).
  by apply: sum_at_most => s sK; apply: of_le; move: (gibbs_term (z s) S (pi s) S0 (pi0 s)); to_field.
have S_ne0 : S != 0 by apply/eqP/Rgt_not_eq.
have pi1 : \sum_(1 <= s < K.+1) pi s = 1.
  under eq_bigr do rewrite pis.
  by rewrite big_split /= (@sum_kronecker _ K y (fun=> P - c)) // sum_constant /P; ring.
move: below; rewrite sumrB -big_distrl /= divff // pi1 subrr.
have -> : \sum_(1 <= s < K.+1) pi s * (z s - ln S - ln (pi s)) =
    \sum_(1 <= s < K.+1) pi s * z s - ln S - \sum_(1 <= s < K.+1) pi s * ln (pi s).
  rewrite -[ln S in RHS]mul1r -pi1 big_distrl -!sumrB /=.
  by apply: eq_bigr => s _; ring.
have -> : \sum_(1 <= s < K.+1) pi s * z s = c * (\sum_(1 <= s < K.+1) z s) + (P - c) * z y.
  rewrite big_distrr -(@sum_kronecker _ K y (fun s => (P - c) * z s)) // -big_split /=.
  by apply: eq_bigr => s _; rewrite pis; move: ((y == s)%:R : R) => u; ring.
have -> : \sum_(1 <= s < K.+1) pi s * ln (pi s) = K%:R * (c * ln c) + (P * ln P - c * ln c).
  under eq_bigr do rewrite (piE (fun x => x * ln x)).
  by rewrite big_split /= (@sum_kronecker _ K y (fun=> P * ln P - c * ln c)) // sum_constant.
have entropyE : entropy K%:R c = - (P * ln P) - c * (K%:R - 1) * ln c.
  transitivity ((c * (K%:R - 1) - 1) * ln P - c * (K%:R - 1) * ln c); first by [].
  by move: (ln P) (ln c) => u v; rewrite /P; ring.
rewrite RplusE entropyE -subr_ge0 => gibbs; rewrite -subr_ge0.
move: gibbs; set a := ln P; set b := ln c; set t := ln S; set x := \sum_(_ <- _) _.
rewrite sub0r => gibbs.
have -> : t - z y - (- (P * a) - c * (K%:R - 1) * b + c * (x - K%:R * z y)) =
    - (c * x + (P - c) * z y - t - (K%:R * (c * b) + (P * a - c * b))); last exact: gibbs.
by rewrite /P; ring.
Qed.

Lemma mean_at_least (R : realFieldType) (K n d : nat) (c e : R) (loss : nat -> nat -> R)
    (H : nat -> nat -> nat -> R) (W : nat -> nat -> R) : (0 < K)%N -> (0 < n)%N ->
  (forall y i, (1 <= y <= K)%N -> e + c * (\sum_(1 <= s < K.+1) \sum_(1 <= k < d.+1) H k y i * W s k -
     K%:R * (\sum_(1 <= k < d.+1) H k y i * W y k)) <= loss y i) ->
  e <= (\sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) loss y i) / (K%:R * n%:R) +
    c / (K%:R * n%:R) * (\sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) \sum_(1 <= l < d.+1)
      H l y i * (K%:R * W y l - \sum_(1 <= s < K.+1) W s l)).
Proof.
move=> K0 n0 each.
have N0 : 0 < K%:R * n%:R :> R by rewrite mulr_gt0 ?ltr0n.
rewrite -(ler_pmul2r N0) mulrDl divfK ?lt0r_neq0 // [X in _ <= _ + X]mulrAC divfK ?lt0r_neq0 //.
have -> : e * (K%:R * n%:R) = \sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) e.
  by rewrite !sum_constant; move: (K%:R : R) (n%:R : R) => a b; ring.
rewrite big_distrr -big_split /=; apply: sum_at_most => i _.
rewrite big_distrr -big_split /=; apply: sum_at_most => y yK.
rewrite -ler_subl_addr; apply: le_trans (each y i yK); rewrite ler_add2l le_eqVlt; apply/orP; left; apply/eqP.
rewrite -[LHS]mulrN; congr (_ * _).
have -> : \sum_(1 <= l < d.+1) H l y i * (K%:R * W y l - \sum_(1 <= s < K.+1) W s l) =
    K%:R * (\sum_(1 <= k < d.+1) H k y i * W y k) - \sum_(1 <= l < d.+1) \sum_(1 <= s < K.+1) H l y i * W s l.
  rewrite big_distrr -sumrB; apply: eq_bigr => l _ /=.
  by rewrite -big_distrr /=; move: (\sum_(_ <- _) _) => x; ring.
by rewrite opprB exchange_big.
Qed.

Theorem ce_ufm_optimum : claim.
Proof.
move=> K d n a alpha b c decayH decay H W K0 d0 n0 a0 b0 c0 decayH0 decay0 K2 below.
have k2 := two_classes K2.
split; last split; last split; last split; last split.
- have P0 := @right_positive (INR K) c c0 below.
  have each y i : (1 <= y <= K)%N -> entropy (INR K) c + c * (\sum_(1 <= s < K.+1) \sum_(1 <= k < d.+1) H k y i * W s k -
      K%:R * (\sum_(1 <= k < d.+1) H k y i * W y k)) <=
      ln (\sum_(1 <= r < K.+1) exp (\sum_(1 <= k < d.+1) H k y i * W r k)) - \sum_(1 <= k < d.+1) H k y i * W y k.
    move=> yK; rewrite INR_ring.
    apply: (@sample_at_least K y c (fun s => \sum_(1 <= k < d.+1) H k y i * W s k) yK (of_lt c0)).
    by move: P0; to_field.
  have := @mean_at_least _ K n d c _ _ H W K0 n0 each.
  have := @penalties_cover _ K d n decay c H W K0 n0 (of_lt decay0).
  move=> cover mean; apply: to_le; rewrite -[X in X <= _]/(entropy (INR K) c).
  move: mean; to_field => mean; apply: le_trans mean _; rewrite addrAC addrC; exact: ler_add.
- exact: value_at_best.
- exact: margin_at_least.
- exact: wrong_at_best_logit.
- by apply: balanced_penalty => //; exact: positive_size.
- exact: best_margin_positive.
Qed.

(** Beyond the threshold K c >= 1 the reduced objective is least at margin 0, with value log K. *)
Theorem ce_ufm_optimum_above_threshold (k c alpha : R) : Rle 2 k -> Rle 1 (Rmult k c) -> Rle 0 alpha ->
  Rle (ln k) (Rplus (ln (Rplus 1 (Rmult (Rminus k 1) (exp (Ropp alpha))))) (Rmult (Rmult (Rminus k 1) c) alpha)).
Proof. exact: margin_above_threshold. Qed.

Print Assumptions ce_ufm_optimum.
