(** Exact collapse alone is not flat: relative flatness rises to one interior peak before it falls.

    With x = uK/(K-1) and e = exp(-x), kappa(x) = ((K-1)^2/K) x^2 e (2 + (K-2) e)/(1 + (K-1) e)^2 satisfies
      kappa' = (2 kappa/x)(1 - psi),   psi(x) = x (1-e)/((2 + (K-2) e)(1 + (K-1) e)) strictly increasing from 0 past 1,
    so there is exactly one peak, for every K >= 2; for K = 2, 3, 5, 10, 100, 1000 it is enclosed.
    Standard classical reals; the enclosures add the primitive floats of coq-interval. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From Coq Require Import Reals Ranalysis5 Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Tightframe Require Import limits reals.
From Tightframe.generated Require Import collapse_alone_is_not_flat.
Local Open Scope R_scope.

Section Peak.
Variable k : R.
Hypothesis k2 : 2 <= k.

Definition kappa x :=
  x ^ 2 * (k - 1) ^ 2 * (2 + (k - 2) * exp (- x)) * exp (- x) / (k * (1 + (k - 1) * exp (- x)) ^ 2).
Definition psi x := x * (1 - exp (- x)) / ((2 + (k - 2) * exp (- x)) * (1 + (k - 1) * exp (- x))).

Lemma denominators x : 0 < 2 + (k - 2) * exp (- x) /\ 0 < 1 + (k - 1) * exp (- x).
Proof. pose proof (exp_pos (- x)); split; nra. Qed.

Lemma slope x : 0 < x -> is_derive kappa x (2 * kappa x / x * (1 - psi x)).
Proof.
intros x0; unfold kappa, psi; destruct (denominators x) as [A B]; auto_derive.
  assert (k * (1 + (k - 1) * exp (- x)) ^ 2 <> 0); [| tauto].
  apply Rmult_integral_contrapositive_currified; [lra | apply pow_nonzero; lra].
set (e := exp (- x)) in *; field; lra.
Qed.

Lemma kappa_positive x : 0 < x -> 0 < kappa x.
Proof.
intros x0; destruct (denominators x) as [A B]; unfold kappa; pose proof (exp_pos (- x)).
apply Rdiv_lt_0_compat; [| apply Rmult_lt_0_compat; [lra | apply pow_lt; exact B]].
repeat apply Rmult_lt_0_compat; try apply pow_lt; lra.
Qed.

Lemma psi_increases x y : 0 <= x -> x < y -> psi x < psi y.
Proof.
intros x0 xy; unfold psi.
destruct (denominators x) as [A B], (denominators y) as [A' B'].
assert (lt : exp (- y) < exp (- x)) by (apply exp_increasing; lra).
assert (le : exp (- x) <= 1) by (rewrite <- exp_0; apply exp_monotone; lra).
pose proof (exp_pos (- y)); set (e := exp (- x)) in *; set (f := exp (- y)) in *.
assert (n : x * (1 - e) < y * (1 - f)) by nra.
assert (d : 0 < (2 + (k - 2) * f) * (1 + (k - 1) * f) <= (2 + (k - 2) * e) * (1 + (k - 1) * e)).
  split; [apply Rmult_lt_0_compat; lra |]; apply Rmult_le_compat; try lra; nra.
apply Rlt_le_trans with (y * (1 - f) / ((2 + (k - 2) * e) * (1 + (k - 1) * e))).
  apply Rmult_lt_compat_r; [apply Rinv_0_lt_compat; lra | exact n].
apply Rmult_le_compat_l; [nra |]; apply Rinv_le_contravar; lra.
Qed.

Lemma psi_continuous x : continuity_pt (fun x => psi x - 1) x.
Proof.
apply continuity_pt_filterlim, (ex_derive_continuous (fun x => psi x - 1)); unfold psi.
destruct (denominators x); auto_derive; nra.
Qed.

Lemma psi_passes_one low high : 0 <= low -> psi low < 1 -> 1 < psi high -> low < high ->
  exists peak, low < peak < high /\ psi peak - 1 = 0 /\
    forall x, low <= x <= high -> psi x - 1 = 0 -> x = peak.
Proof.
intros l0 below above lh.
destruct (IVT_interv (fun x => psi x - 1) low high) as [peak [inside zero]]; try lra.
  intros; apply psi_continuous.
exists peak; split; [| split; [exact zero |]].
  split; apply Rnot_le_lt; intros le; [assert (peak = low) by lra | assert (peak = high) by lra]; subst; lra.
intros x xin xzero; destruct (Rtotal_order x peak) as [lt | [eq | gt]]; [| exact eq |].
  pose proof (psi_increases x peak ltac:(lra) lt); lra.
pose proof (psi_increases peak x ltac:(lra) gt); lra.
Qed.

Lemma psi_beyond_one : 1 < psi (3 * k ^ 2).
Proof.
unfold psi; destruct (denominators (3 * k ^ 2)) as [A B].
assert (y : 12 <= 3 * k ^ 2) by nra.
assert (e1 : exp (- (3 * k ^ 2)) <= 1 / 12).
  apply Rle_trans with (1 / (3 * k ^ 2)); [apply exp_below_inverse; lra |].
  unfold Rdiv; rewrite !Rmult_1_l; apply Rinv_le_contravar; lra.
pose proof (exp_pos (- (3 * k ^ 2))); set (e := exp _) in *.
assert (d : (2 + (k - 2) * e) * (1 + (k - 1) * e) <= k * k) by (apply Rmult_le_compat; nra).
apply Rmult_lt_reg_r with ((2 + (k - 2) * e) * (1 + (k - 1) * e)); [nra |].
unfold Rdiv; rewrite Rmult_assoc, Rinv_l; nra.
Qed.

Lemma single_peak : exists peak, 0 < peak /\
  (forall x y, 0 < x -> x < y -> y <= peak -> kappa x < kappa y) /\
  (forall x y, peak <= x -> x < y -> kappa x > kappa y).
Proof.
destruct (psi_passes_one 0 (3 * k ^ 2)) as [peak [[peak0 _] [one _]]]; try lra; try nra.
- unfold psi; rewrite Rmult_0_l; unfold Rdiv; rewrite Rmult_0_l; lra.
- exact psi_beyond_one.
exists peak; split; [exact peak0 |].
assert (mean : forall x y, 0 < x -> x < y -> exists z,
    kappa y - kappa x = 2 * kappa z / z * (1 - psi z) * (y - x) /\ x < z < y).
  intros x y x0 xy; apply MVT_cor2; [exact xy |].
  intros z zin; apply is_derive_Reals, slope; lra.
split; intros x y.
- intros x0 xy yp; destruct (mean x y x0 xy) as [z [eq zin]].
  pose proof (psi_increases z peak ltac:(lra) ltac:(lra)).
  assert (0 < 2 * kappa z / z) by (apply Rdiv_lt_0_compat; [pose proof (kappa_positive z ltac:(lra)) |]; lra).
  assert (0 < 2 * kappa z / z * (1 - psi z)) by (apply Rmult_lt_0_compat; lra).
  pose proof (Rmult_lt_0_compat _ (y - x) H1 ltac:(lra)); lra.
- intros px xy; destruct (mean x y ltac:(lra) xy) as [z [eq zin]].
  pose proof (psi_increases peak z ltac:(lra) ltac:(lra)).
  assert (0 < 2 * kappa z / z) by (apply Rdiv_lt_0_compat; [pose proof (kappa_positive z ltac:(lra)) |]; lra).
  assert (0 < 2 * kappa z / z * (psi z - 1)) by (apply Rmult_lt_0_compat; lra).
  pose proof (Rmult_lt_0_compat _ (y - x) H1 ltac:(lra)); lra.
Qed.

End Peak.

(** psi in the reduced form that SymPy prints at one number of classes. *)
Lemma enclosed (k low high : R) (reduced : R -> R) : 2 <= k -> 0 <= low < high ->
  (forall x, reduced x = psi k x - 1) -> psi k low < 1 -> 1 < psi k high ->
  exists root, low < root < high /\ reduced root = 0 /\
    forall x, low <= x <= high -> reduced x = 0 -> x = root.
Proof.
intros k2 lh same below above.
destruct (psi_passes_one k k2 low high) as [root [inside [zero only]]]; try lra.
exists root; split; [exact inside | split; [rewrite same; exact zero |]].
intros x xin; rewrite same; apply only; exact xin.
Qed.

Ltac enclose k := apply (enclosed k); [lra | lra | intros x; unfold psi; f_equal; f_equal; ring
  | unfold psi; interval with (i_prec 50) | unfold psi; interval with (i_prec 50)].

Theorem collapse_alone_is_not_flat : claim.
Proof.
intros K _ K2.
split; [exact (single_peak _ (two_classes K2)) |].
split; [enclose 2 |].
split; [enclose 3 |].
split; [enclose 5 |].
split; [enclose 10 |].
split; [enclose 100 | enclose 1000].
Qed.

(** The published reading, that a larger logit scale never sharpens, fails for every K. *)
Theorem collapse_alone_is_not_flat_refutes (k : R) : 2 <= k ->
  ~ (forall x y, 0 < x -> x < y -> kappa k x >= kappa k y).
Proof.
intros k2 falls; destruct (single_peak k k2) as [peak [peak0 [rises _]]].
pose proof (rises (peak / 2) peak ltac:(lra) ltac:(lra) ltac:(lra)).
pose proof (falls (peak / 2) peak ltac:(lra) ltac:(lra)); lra.
Qed.

Print Assumptions collapse_alone_is_not_flat.
