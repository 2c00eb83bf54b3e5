(** The one-dimensional reduction of the cross-entropy unconstrained-features model: F(alpha) = log(1 + (k-1) exp(-alpha)) +
    (k-1) c alpha against the entropy of (1-(k-1)c, c, ..., c). Lemmas for ce_ufm_optimum and feature_norm_equilibrium. *)

Set Warnings "-ambiguous-paths".
From Coq Require Import Reals Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Tightframe Require Import limits.
Local Open Scope R_scope.

Section Margin.
Variables k c : R.
Hypotheses (k2 : 2 <= k) (c0 : 0 < c) (below : k < 1 / c).

Definition entropy := (c * (k - 1) - 1) * ln (1 - c * (k - 1)) - c * (k - 1) * ln c.

Lemma below_threshold : k * c < 1.
Proof. apply Rmult_lt_reg_r with (/ c); [apply Rinv_0_lt_compat, c0 |]; rewrite Rmult_assoc, Rinv_r; lra. Qed.

Lemma odds_above_one : 1 < 1 + 1 / c - k.
Proof. lra. Qed.

Lemma right_probability : 1 - c * (k - 1) = c * (1 + 1 / c - k).
Proof. field; lra. Qed.

Lemma right_positive : 0 < 1 - c * (k - 1).
Proof. rewrite right_probability; apply Rmult_lt_0_compat; pose proof odds_above_one; lra. Qed.

Lemma best_margin_positive : 0 < ln (1 + 1 / c - k).
Proof. rewrite <- ln_1; apply ln_increasing; pose proof odds_above_one; lra. Qed.

Lemma value_at_best : c * (k - 1) * ln (1 + 1 / c - k) + ln (1 + (k - 1) / (1 + 1 / c - k)) = entropy.
Proof.
pose proof odds_above_one as T1; unfold entropy; rewrite right_probability, ln_mult; [| exact c0 | lra].
set (T := 1 + 1 / c - k) in *; assert (odds : T + k - 1 = / c) by (unfold T, Rdiv; rewrite Rmult_1_l; ring).
replace (1 + (k - 1) / T) with (/ c * / T) by (rewrite <- odds; field; lra).
rewrite ln_mult, !ln_Rinv; [ring | lra | exact c0 | apply Rinv_0_lt_compat, c0 | apply Rinv_0_lt_compat; lra].
Qed.

Lemma wrong_probability_at_best : 1 / (k - 1 + exp (ln (1 + 1 / c - k))) = c.
Proof. rewrite exp_ln; [| pose proof odds_above_one; lra]; field_simplify; lra. Qed.

Lemma wrong_at_best_logit : 1 / (k + exp (k * ((k - 1) * ln (1 + 1 / c - k) / k) / (k - 1)) - 1) = c.
Proof.
replace (k * ((k - 1) * ln (1 + 1 / c - k) / k) / (k - 1)) with (ln (1 + 1 / c - k)) by (field; lra).
rewrite <- wrong_probability_at_best at 2; f_equal; ring.
Qed.

(** Gibbs in one dimension: no margin does better. *)
Lemma margin_at_least (alpha : R) : entropy <= alpha * c * (k - 1) + ln (1 + (k - 1) * exp (- alpha)).
Proof.
pose proof right_positive as P0; set (P := 1 - c * (k - 1)) in *.
assert (S0 : 0 < 1 + (k - 1) * exp (- alpha)) by (apply positive_total; [exact k2 | apply exp_pos]).
pose proof (gibbs_term 0 _ P S0 P0) as right; pose proof (gibbs_term (- alpha) _ c S0 c0) as wrong.
rewrite exp_0 in right; set (S := 1 + (k - 1) * exp (- alpha)) in *.
assert (sum : 1 / S + (k - 1) * (exp (- alpha) / S) = 1) by (unfold S; field; fold S; lra).
apply Rmult_le_compat_l with (r := k - 1) in wrong; [| lra].
unfold entropy; fold P; unfold P in *; nra.
Qed.

End Margin.

(** Beyond the threshold the origin is best among nonnegative margins. *)
Lemma margin_above_threshold (k c alpha : R) : 2 <= k -> 1 <= k * c -> 0 <= alpha ->
  ln k <= ln (1 + (k - 1) * exp (- alpha)) + (k - 1) * c * alpha.
Proof.
intros k2 kc a0.
assert (S0 : 0 < 1 + (k - 1) * exp (- alpha)) by (apply positive_total; [exact k2 | apply exp_pos]).
assert (p0 : 0 < 1 / k) by (apply Rdiv_lt_0_compat; lra).
pose proof (gibbs_term 0 _ (1 / k) S0 p0) as right; pose proof (gibbs_term (- alpha) _ (1 / k) S0 p0) as wrong.
rewrite exp_0 in right; set (S := 1 + (k - 1) * exp (- alpha)) in *.
assert (sum : 1 / S + (k - 1) * (exp (- alpha) / S) = 1) by (unfold S; field; fold S; lra).
apply Rmult_le_compat_l with (r := k - 1) in wrong; [| lra].
assert (l : ln (1 / k) = - ln k) by (unfold Rdiv; rewrite Rmult_1_l; apply ln_Rinv; lra).
rewrite l in right, wrong.
assert (gibbs : ln k - ln S - (k - 1) / k * alpha <= 0).
  replace (ln k - ln S - (k - 1) / k * alpha)
    with (1 / k * (0 - ln S - - ln k) + (k - 1) * (1 / k * (- alpha - ln S - - ln k))) by (field; lra).
  assert (1 / k + (k - 1) * (1 / k) = 1) by (field; lra); lra.
assert (ge : (k - 1) / k * alpha <= (k - 1) * c * alpha).
  apply Rmult_le_compat_r; [exact a0 |]; apply Rmult_le_compat_l; [lra |].
  apply Rmult_le_reg_l with k; [lra |]; rewrite Rinv_r; lra.
lra.
Qed.

(** The balanced split of the penalty at fixed product: arithmetic against geometric mean. *)
Lemma balanced_penalty (k n a b decayH decayW : R) : 0 < k -> 0 < n -> 0 < a -> 0 < b -> 0 < decayH -> 0 < decayW ->
  k * a * b * sqrt decayH * sqrt decayW * sqrt n <= k * (a ^ 2 * decayW + b ^ 2 * decayH * n) / 2.
Proof.
intros k0 n0 a0 b0 h0 w0.
assert (hh := sqrt_sqrt decayH ltac:(lra)); assert (ww := sqrt_sqrt decayW ltac:(lra)); assert (nn := sqrt_sqrt n ltac:(lra)).
set (h := sqrt decayH) in *; set (w := sqrt decayW) in *; set (m := sqrt n) in *.
rewrite <- hh, <- ww, <- nn.
replace (k * (a ^ 2 * (w * w) + b ^ 2 * (h * h) * (m * m)) / 2)
  with (k * a * b * h * w * m + k / 2 * (a * w - b * h * m) ^ 2) by field.
pose proof (pow2_ge_0 (a * w - b * h * m)).
assert (0 <= k / 2 * (a * w - b * h * m) ^ 2) by (apply Rmult_le_pos; lra); lra.
Qed.
