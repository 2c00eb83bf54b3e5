(** Small analytic lemmas that several proofs share. Nothing here is a claim of the ledger. *)

Set Warnings "-ambiguous-paths".
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
Local Open Scope R_scope.

(** A function within C/x of l tends to l. *)
Lemma tends_by_inverse (f : R -> R) (l C : R) :
  (forall x, 0 < x -> Rabs (f x - l) <= C / x) -> is_lim f p_infty l.
Proof.
intros near; apply is_lim_spec; intros eps.
exists (Rmax 1 (Rabs C / eps)); intros x big.
pose proof (cond_pos eps) as eps0.
assert (x1 : 1 < x) by (apply Rle_lt_trans with (2 := big); apply Rmax_l).
assert (xC : Rabs C / eps < x) by (apply Rle_lt_trans with (2 := big); apply Rmax_r).
apply Rle_lt_trans with (C / x); [apply near; lra |].
apply Rle_lt_trans with (Rabs C / x).
  apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat; lra | apply Rle_abs].
apply Rmult_lt_reg_r with x; [lra |].
replace (Rabs C / x * x) with (Rabs C) by (field; lra).
apply Rmult_lt_compat_l with (r := eps) in xC; [| exact eps0].
replace (eps * (Rabs C / eps)) with (Rabs C) in xC by (field; lra); lra.
Qed.

Lemma exp_below_inverse (x : R) : 0 < x -> exp (- x) <= 1 / x.
Proof.
intros x0; rewrite exp_Ropp; unfold Rdiv; rewrite Rmult_1_l.
apply Rinv_le_contravar; [exact x0 |]; pose proof (exp_ineq1 x ltac:(lra)); lra.
Qed.

Lemma exp_below_cube (x : R) : 0 < x -> x ^ 2 * exp (- x) <= 27 / x.
Proof.
intros x0.
assert (third : exp (- x) = exp (- (x / 3)) ^ 3).
  simpl; rewrite Rmult_1_r, <- !exp_plus; f_equal; field.
assert (b : exp (- (x / 3)) <= 3 / x).
  replace (3 / x) with (1 / (x / 3)) by (field; lra); apply exp_below_inverse; lra.
assert (p : 0 < exp (- (x / 3))) by apply exp_pos.
rewrite third; apply Rle_trans with (x ^ 2 * (3 / x) ^ 3).
  apply Rmult_le_compat_l; [apply pow2_ge_0 |]; apply pow_incr; lra.
right; field; lra.
Qed.

Lemma exp_in_unit (x : R) : 0 < x -> 0 < exp (- x) < 1.
Proof.
intros x0; split; [apply exp_pos |].
rewrite <- exp_0; apply exp_increasing; lra.
Qed.

Lemma exp_monotone (x y : R) : x <= y -> exp x <= exp y.
Proof. intros [lt | ->]; [left; apply exp_increasing; exact lt | right; reflexivity]. Qed.

(** log x <= x - 1. *)
Lemma ln_tangent (x : R) : 0 < x -> ln x <= x - 1.
Proof.
intros x0; pose proof (exp_ineq1_le (ln x)) as le; rewrite exp_ln in le; lra.
Qed.

(** Logits at exact collapse: of the right class, and of any other. *)
Lemma right_logit (h k M beta beta0 : R) : h <> 0 -> k - 1 <> 0 ->
  beta + h * ((beta0 - beta) / h + M * (k * 1 - 1) / (k - 1)) = beta0 + h * M.
Proof. intros; field; tauto. Qed.

Lemma wrong_logit (h k M beta beta0 : R) : h <> 0 -> k - 1 <> 0 ->
  beta + h * ((beta0 - beta) / h + M * (k * 0 - 1) / (k - 1)) = beta0 + h * M + - (k * M * h) / (k - 1).
Proof. intros; field; tauto. Qed.

Lemma positive_total (k q : R) : 2 <= k -> 0 < q -> 0 < 1 + (k - 1) * q.
Proof. intros k2 q0; pose proof (Rmult_lt_0_compat (k - 1) q ltac:(lra) q0); lra. Qed.

(** One term of Gibbs' inequality: log of exp z/(S pi) lies below its tangent. *)
Lemma gibbs_term (z S p : R) : 0 < S -> 0 < p -> p * (z - ln S - ln p) <= exp z / S - p.
Proof.
intros S0 p0.
assert (r0 : 0 < exp z / (S * p)) by (apply Rdiv_lt_0_compat; [apply exp_pos | apply Rmult_lt_0_compat; assumption]).
assert (l : ln (exp z / (S * p)) = z - ln S - ln p).
  unfold Rdiv; rewrite ln_mult, ln_Rinv, ln_mult, ln_exp; try ring; try assumption.
  - apply Rmult_lt_0_compat; assumption.
  - apply exp_pos.
  - apply Rinv_0_lt_compat, Rmult_lt_0_compat; assumption.
rewrite <- l; apply Rle_trans with (p * (exp z / (S * p) - 1)).
  apply Rmult_le_compat_l; [lra | apply ln_tangent; exact r0].
right; field; lra.
Qed.
