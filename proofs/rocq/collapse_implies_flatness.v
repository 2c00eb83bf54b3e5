(** Proposition 5.3 of Han et al. 2025, sharpened. At exact centred collapse with logit scale u and
    q = exp(-uK/(K-1)), relative flatness is kappa = u^2 K q (2 + (K-2) q)/(1 + (K-1) q)^2. Then
      kappa <= u^2 K^3 q/(1 + (K-1) q)^2   (published)    and    kappa <= 2 K u^2 q   (sharper),
      kappa -> 0 as u -> infinity, and published/exact = K^2/(2 + (K-2) q) -> K^2/2.
    Any K >= 2. Standard classical reals. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From Coq Require Import Reals Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Tightframe Require Import limits reals.
From Tightframe.generated Require Import collapse_implies_flatness.
Local Open Scope R_scope.

Section Collapse.
Variable k : R.
Hypothesis k2 : 2 <= k.

Lemma logit_odds u : 0 < u -> - (k * u) / (k - 1) = - (u + u / (k - 1)).
Proof. intros; field; lra. Qed.

Lemma odds_in_unit u : 0 < u -> 0 < exp (- (k * u) / (k - 1)) < 1.
Proof.
intros u0; rewrite logit_odds; [| lra]; apply exp_in_unit.
assert (0 < u / (k - 1)) by (apply Rdiv_lt_0_compat; lra); lra.
Qed.

Lemma odds_below u : 0 < u -> exp (- (k * u) / (k - 1)) <= exp (- u).
Proof.
intros u0; rewrite logit_odds; [| lra]; apply exp_monotone.
assert (0 < u / (k - 1)) by (apply Rdiv_lt_0_compat; lra); lra.
Qed.

Lemma published u q : 0 < q < 1 ->
  k * u ^ 2 * (2 + (k - 2) * q) * q / (1 + (k - 1) * q) ^ 2 <= k ^ 3 * u ^ 2 * q / (1 + (k - 1) * q) ^ 2.
Proof.
intros q01; apply Rmult_le_compat_r.
  left; apply Rinv_0_lt_compat; apply pow_lt; nra.
assert (0 <= u ^ 2 * q) by (apply Rmult_le_pos; [apply pow2_ge_0 | lra]).
replace (k * u ^ 2 * (2 + (k - 2) * q) * q) with (k * (2 + (k - 2) * q) * (u ^ 2 * q)) by ring.
replace (k ^ 3 * u ^ 2 * q) with (k * (k * k) * (u ^ 2 * q)) by ring.
apply Rmult_le_compat_r; [assumption |]; apply Rmult_le_compat_l; nra.
Qed.

Lemma sharper u q : 0 < q < 1 ->
  0 <= k * u ^ 2 * (2 + (k - 2) * q) * q / (1 + (k - 1) * q) ^ 2 <= 2 * k * u ^ 2 * q.
Proof.
intros q01.
assert (w : 0 <= u ^ 2 * q) by (apply Rmult_le_pos; [apply pow2_ge_0 | lra]).
assert (s : 0 < (1 + (k - 1) * q) ^ 2) by (apply pow_lt; nra).
assert (n : 0 <= k * (2 + (k - 2) * q)) by nra.
split.
  apply Rmult_le_pos; [| left; apply Rinv_0_lt_compat; exact s].
  replace (k * u ^ 2 * (2 + (k - 2) * q) * q) with (k * (2 + (k - 2) * q) * (u ^ 2 * q)) by ring.
  apply Rmult_le_pos; assumption.
apply Rmult_le_reg_r with (1 := s); unfold Rdiv; rewrite Rmult_assoc, Rinv_l, Rmult_1_r; [| lra].
replace (k * u ^ 2 * (2 + (k - 2) * q) * q) with (k * (2 + (k - 2) * q) * (u ^ 2 * q)) by ring.
replace (2 * k * u ^ 2 * q * (1 + (k - 1) * q) ^ 2) with (k * (2 * (1 + (k - 1) * q) ^ 2) * (u ^ 2 * q)) by ring.
apply Rmult_le_compat_r; [assumption |]; apply Rmult_le_compat_l; [lra |].
replace (2 * (1 + (k - 1) * q) ^ 2) with (2 + (k - 2) * q + (3 * k - 2) * q + 2 * ((k - 1) * q) ^ 2) by ring.
assert (0 <= (3 * k - 2) * q) by nra; pose proof (pow2_ge_0 ((k - 1) * q)); lra.
Qed.

Lemma vanishes : is_lim (fun u => k * u ^ 2 * (2 + (k - 2) * exp (- (k * u) / (k - 1))) *
  exp (- (k * u) / (k - 1)) / (1 + (k - 1) * exp (- (k * u) / (k - 1))) ^ 2) p_infty 0.
Proof.
apply tends_by_inverse with (C := 54 * k); intros u u0.
destruct (sharper u _ (odds_in_unit u u0)) as [low high]; rewrite Rminus_0_r, Rabs_pos_eq; [| exact low].
apply Rle_trans with (1 := high); apply Rle_trans with (2 * k * (u ^ 2 * exp (- u))).
  pose proof (odds_below u u0); pose proof (pow2_ge_0 u).
  replace (2 * k * u ^ 2 * exp (- (k * u) / (k - 1))) with (2 * k * (u ^ 2 * exp (- (k * u) / (k - 1)))) by ring.
  apply Rmult_le_compat_l; [lra |]; apply Rmult_le_compat_l; assumption.
replace (54 * k / u) with (2 * k * (27 / u)) by (field; lra).
apply Rmult_le_compat_l; [lra | apply exp_below_cube; exact u0].
Qed.

Lemma ratio_limit : is_lim (fun u => k ^ 2 / (2 + (k - 2) * exp (- (k * u) / (k - 1)))) p_infty (k ^ 2 / 2).
Proof.
apply tends_by_inverse with (C := k ^ 2 * (k - 2)); intros u u0.
destruct (odds_in_unit u u0) as [q0 q1]; set (q := exp _) in *.
assert (qu : q <= 1 / u) by (apply Rle_trans with (1 := odds_below u u0); apply exp_below_inverse; exact u0).
assert (p : 0 < 2 + (k - 2) * q) by nra.
replace (k ^ 2 / (2 + (k - 2) * q) - k ^ 2 / 2) with (- (k ^ 2 * (k - 2) * (q / (2 * (2 + (k - 2) * q))))) by (field; lra).
assert (f : 0 <= q / (2 * (2 + (k - 2) * q)) <= q).
  split; [apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat; nra] |].
  apply Rmult_le_reg_r with (2 * (2 + (k - 2) * q)); [nra |].
  unfold Rdiv; rewrite Rmult_assoc, Rinv_l, Rmult_1_r; nra.
assert (g : 0 <= k ^ 2 * (k - 2)) by (apply Rmult_le_pos; [apply pow2_ge_0 | lra]).
rewrite Rabs_Ropp, Rabs_pos_eq; [| apply Rmult_le_pos; tauto].
replace (k ^ 2 * (k - 2) / u) with (k ^ 2 * (k - 2) * (1 / u)) by (field; lra).
apply Rmult_le_compat_l; [exact g | lra].
Qed.

End Collapse.

(** The ratio of the published bound to the exact value, as a quotient. *)
Lemma ratio_of_bounds (k u : R) : 2 <= k -> 0 < u ->
  let q := exp (- (k * u) / (k - 1)) in
  k ^ 3 * u ^ 2 * q / (1 + (k - 1) * q) ^ 2 / (k * u ^ 2 * (2 + (k - 2) * q) * q / (1 + (k - 1) * q) ^ 2) =
  k ^ 2 / (2 + (k - 2) * q).
Proof.
intros k2 u0 q; destruct (odds_in_unit k k2 u u0) as [q0 q1]; fold q in q0, q1.
assert (0 < 1 + (k - 1) * q) by nra; assert (0 < 2 + (k - 2) * q) by nra.
field; repeat split; lra.
Qed.

Theorem collapse_implies_flatness : claim.
Proof.
intros K u _ u0 K2.
pose proof (two_classes K2) as k2.
pose proof (odds_in_unit _ k2 u u0) as q01.
split; [exact (published _ k2 u _ q01) |].
split; [exact (proj2 (sharper _ k2 u _ q01)) |].
split; [exact (ratio_of_bounds _ _ k2 u0) |].
split; [exact (vanishes _ k2) | exact (ratio_limit _ k2)].
Qed.

Print Assumptions collapse_implies_flatness.
