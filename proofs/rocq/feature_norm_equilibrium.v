(** The feature-norm threshold in closed form.

    Planar flow a' = eps b - lambda_W a, b' = eps a/n - lambda_H b, eps(u) = 1/(K-1+exp(uK/(K-1))), u = ab, and
    c = sqrt(n lambda_W lambda_H) < 1/K. The claim's parts, then the whole statement on its own:
    feature_norm_equilibrium_iff       a, b > 0 are at rest  <->  c < 1/K, ab = u_ = ((K-1)/K) log(1/c - K + 1),
                                       b^2 = u_ sqrt(lambda_W/(n lambda_H)) (n lambda_H b^2 = lambda_W a^2 = c u_);
    feature_norm_equilibrium_stable    at rest the Jacobian has negative trace and positive determinant, its entries being
                                       derivatives (feature_norm_equilibrium_jacobian).
    Any K >= 2, any n, any weight decays. Standard classical reals. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From Coq Require Import Reals Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Tightframe Require Import limits entropy reals.
From Tightframe.generated Require Import feature_norm_equilibrium.
Local Open Scope R_scope.

Section Wrong.
Variable k : R.
Hypothesis k2 : 2 <= k.

Definition odds u := k + exp (k * u / (k - 1)) - 1.
Definition wrong u := 1 / odds u.

Lemma odds_positive u : 0 < odds u.
Proof. unfold odds; pose proof (exp_pos (k * u / (k - 1))); lra. Qed.

Lemma odds_increase u v : u < v -> odds u < odds v.
Proof.
intros uv; unfold odds; assert (exp (k * u / (k - 1)) < exp (k * v / (k - 1))); [| lra].
apply exp_increasing; apply Rmult_lt_compat_r; [apply Rinv_0_lt_compat; lra |]; apply Rmult_lt_compat_l; lra.
Qed.

Lemma wrong_falls u v : u < v -> wrong v < wrong u.
Proof.
intros uv; unfold wrong, Rdiv; rewrite !Rmult_1_l; apply Rinv_lt_contravar; [| apply odds_increase, uv].
apply Rmult_lt_0_compat; apply odds_positive.
Qed.

Lemma wrong_below u : 0 < u -> wrong u < 1 / k.
Proof.
intros u0; replace (1 / k) with (wrong 0); [apply wrong_falls, u0 |].
unfold wrong, odds; replace (k * 0 / (k - 1)) with 0 by (field; lra); rewrite exp_0; f_equal; ring.
Qed.

Lemma wrong_positive u : 0 < wrong u.
Proof. unfold wrong; apply Rdiv_lt_0_compat; [lra | apply odds_positive]. Qed.

Lemma wrong_at_threshold c : 0 < c -> k < 1 / c -> wrong ((k - 1) / k * ln (1 + 1 / c - k)) = c.
Proof.
intros c0 below; unfold wrong, odds.
replace (k * ((k - 1) / k * ln (1 + 1 / c - k)) / (k - 1)) with (ln (1 + 1 / c - k)) by (field; lra).
rewrite exp_ln by lra; field_simplify; lra.
Qed.

Lemma wrong_injective u v : wrong u = wrong v -> u = v.
Proof.
intros same; destruct (Rtotal_order u v) as [lt | [eq | gt]]; [| exact eq |].
  pose proof (wrong_falls u v lt); lra.
pose proof (wrong_falls v u gt); lra.
Qed.

Lemma wrong_slope u : is_derive wrong u (- (k / (k - 1)) * exp (k * u / (k - 1)) * wrong u ^ 2).
Proof.
pose proof (odds_positive u) as p; unfold wrong, odds in *; set (g := k / (k - 1)).
assert (scaled : forall v, k * v / (k - 1) = g * v) by (intros; unfold g; field; lra).
apply (is_derive_ext (fun v => 1 / (k + exp (g * v) - 1))); [intros v; rewrite scaled; reflexivity |].
rewrite scaled in *; auto_derive; [lra | field; lra].
Qed.

End Wrong.

(** The state with the two norms, in fourth roots A, B, C of lambda_H, n, lambda_W; m is the margin. *)
Section Rest.
Variables k n h w A B C p s g m : R.
Hypotheses (k2 : 2 <= k) (A0 : 0 < A) (B0 : 0 < B) (C0 : 0 < C) (s0 : 0 < s).
Hypotheses (hA : h = A * A * (A * A)) (nB : n = B * B * (B * B)) (wC : w = C * C * (C * C)).
Hypotheses (p2 : p * p = k - 1) (s2 : s * s = k) (g2 : g * g = m).
Let c := A * A * (C * C) * (B * B).
Hypothesis best : k + exp m - 1 = 1 / c.
Let head := A * B * p * g / (s * C).
Let feature := C * p * g / (s * A * B).

Lemma logit_at_rest : head * feature = (k - 1) * m / k.
Proof. rewrite <- p2, <- g2, <- s2 at 1; unfold head, feature; field; repeat split; lra. Qed.

Lemma odds_at_rest : k + exp (k * head * feature / (k - 1)) - 1 = 1 / c.
Proof.
rewrite <- best; do 3 f_equal; rewrite Rmult_assoc, logit_at_rest; field; lra.
Qed.

Lemma head_at_rest : feature / (k + exp (k * head * feature / (k - 1)) - 1) - head * w = 0.
Proof. rewrite odds_at_rest, wC; unfold head, feature, c; field; repeat split; lra. Qed.

Lemma feature_at_rest : head / (n * (k + exp (k * head * feature / (k - 1)) - 1)) - feature * h = 0.
Proof. rewrite odds_at_rest, hA, nB; unfold head, feature, c; field; repeat split; lra. Qed.

End Rest.

Lemma fourth_root x : 0 < x -> sqrt x = Rpower x (1 / 4) * Rpower x (1 / 4).
Proof. intros x0; rewrite <- Rpower_plus; replace (1 / 4 + 1 / 4) with (/ 2) by field; symmetry; exact (Rpower_sqrt x x0). Qed.

Lemma fourth_power x : 0 < x -> x = Rpower x (1 / 4) * Rpower x (1 / 4) * (Rpower x (1 / 4) * Rpower x (1 / 4)).
Proof. intros x0; rewrite <- (fourth_root x x0), sqrt_sqrt; [reflexivity | lra]. Qed.

Theorem feature_norm_equilibrium : claim.
Proof.
intros K n a b decayH decayW u K0 n0 a0 b0 h0 w0 u0 K2 below.
pose proof (two_classes K2) as k2; pose proof (positive_size n0) as np.
set (c := sqrt decayH * sqrt decayW * sqrt (INR n)) in *.
assert (c0 : 0 < c) by (unfold c; repeat apply Rmult_lt_0_compat; apply sqrt_lt_R0; lra).
pose proof (best_margin_positive _ _ below) as m0.
assert (roots : c = Rpower decayH (1 / 4) * Rpower decayH (1 / 4) * (Rpower decayW (1 / 4) * Rpower decayW (1 / 4)) *
    (Rpower (INR n) (1 / 4) * Rpower (INR n) (1 / 4))).
  unfold c; rewrite (fourth_root _ h0), (fourth_root _ w0), (fourth_root _ np); reflexivity.
assert (power : forall x, 0 < Rpower x (1 / 4)) by (intros; apply exp_pos).
assert (s0 : 0 < sqrt (INR K)) by (apply sqrt_lt_R0; lra).
assert (p2 : sqrt (INR K - 1) * sqrt (INR K - 1) = INR K - 1) by (apply sqrt_sqrt; lra).
assert (s2 : sqrt (INR K) * sqrt (INR K) = INR K) by (apply sqrt_sqrt; lra).
assert (g2 := sqrt_sqrt _ (Rlt_le _ _ m0)).
assert (best : INR K + exp (ln (1 + 1 / c - INR K)) - 1 = 1 / c) by (rewrite exp_ln; lra).
rewrite roots in best at 2.
repeat split.
- exact (logit_at_rest _ _ _ _ _ _ _ _ (power _) (power _) (power _) s0 p2 s2 g2).
- exact (wrong_at_best_logit _ _ k2 c0 below).
- exact (head_at_rest _ _ _ _ _ _ _ _ _ k2 (power _) (power _) (power _) s0 (fourth_power _ w0) p2 s2 g2 best).
- exact (feature_at_rest _ _ _ _ _ _ _ _ _ _ k2 (power _) (power _) (power _) s0 (fourth_power _ h0)
    (fourth_power _ np) p2 s2 g2 best).
- pose proof (odds_positive _ k2 (a * b)) as p; unfold odds in p; rewrite <- Rmult_assoc in p.
  field; split; lra.
- intros x y x0 xy; left; exact (wrong_falls _ k2 x y xy).
- exact (wrong_below _ k2 u u0).
- apply Rdiv_lt_0_compat; [| lra]; apply Rmult_lt_0_compat; [lra | exact m0].
Qed.

(** The state at rest, in full. *)
Theorem feature_norm_equilibrium_iff (k n a b decayW decayH : R) :
  2 <= k -> 0 < n -> 0 < a -> 0 < b -> 0 < decayW -> 0 < decayH ->
  let c := sqrt (n * decayW * decayH) in
  (wrong k (a * b) * b - decayW * a = 0 /\ wrong k (a * b) * a / n - decayH * b = 0) <->
  (c < 1 / k /\ a * b = (k - 1) / k * ln (1 + 1 / c - k) /\
   decayW * a ^ 2 = c * (a * b) /\ n * decayH * b ^ 2 = c * (a * b)).
Proof.
intros k2 n0 a0 b0 w0 h0 c.
assert (p0 : 0 < n * decayW * decayH) by (repeat apply Rmult_lt_0_compat; assumption).
assert (c0 : 0 < c) by (apply sqrt_lt_R0, p0).
assert (cc : c * c = n * decayW * decayH) by (apply sqrt_sqrt; lra).
assert (u0 : 0 < a * b) by (apply Rmult_lt_0_compat; assumption).
pose proof (wrong_positive k k2 (a * b)) as e0; set (e := wrong k (a * b)) in *.
split.
- intros [head feature].
  assert (E1 : e * b = decayW * a) by lra.
  assert (E2 : e * a = n * decayH * b) by (apply (f_equal (Rmult n)) in feature; field_simplify in feature; lra).
  assert (ec : e = c).
    assert (sq : e * e = c * c).
      apply Rmult_eq_reg_r with (a * b); [| lra]; rewrite cc.
      replace (e * e * (a * b)) with ((e * b) * (e * a)) by ring; rewrite E1, E2; ring.
    nra.
  assert (ck : c < 1 / k) by (rewrite <- ec; exact (wrong_below k k2 (a * b) u0)).
  assert (kc : k < 1 / c).
    apply Rmult_lt_reg_r with c; [exact c0 |]; replace (1 / c * c) with 1 by (field; lra).
    apply Rmult_lt_compat_l with (r := k) in ck; [| lra]; replace (k * (1 / k)) with 1 in ck by (field; lra); lra.
  split; [exact ck |]; split.
    apply (wrong_injective k k2); rewrite (wrong_at_threshold k k2 c c0 kc); exact ec.
  rewrite <- ec; split; [replace (e * (a * b)) with (e * b * a) by ring; rewrite E1 |
    replace (e * (a * b)) with (e * a * b) by ring; rewrite E2]; ring.
- intros [ck [uE [A B]]].
  assert (kc : k < 1 / c).
    apply Rmult_lt_reg_r with c; [exact c0 |]; replace (1 / c * c) with 1 by (field; lra).
    apply Rmult_lt_compat_l with (r := k) in ck; [| lra]; replace (k * (1 / k)) with 1 in ck by (field; lra); lra.
  assert (ec : e = c) by (unfold e; rewrite uE; exact (wrong_at_threshold k k2 c c0 kc)).
  rewrite ec; split.
    apply Rmult_eq_reg_r with a; [| lra]; replace ((c * b - decayW * a) * a) with (c * (a * b) - decayW * a ^ 2) by ring.
    rewrite A; ring.
  apply Rmult_eq_reg_r with (n * b); [| nra].
  replace ((c * a / n - decayH * b) * (n * b)) with (c * (a * b) - n * decayH * b ^ 2) by (field; lra).
  rewrite B; ring.
Qed.

(** The entries of the Jacobian are the derivatives of the two speeds. *)
Theorem feature_norm_equilibrium_jacobian (k n a b decayW decayH : R) : 2 <= k -> 0 < n ->
  let slope := - (k / (k - 1)) * exp (k * (a * b) / (k - 1)) * wrong k (a * b) ^ 2 in
  is_derive (fun a => wrong k (a * b) * b - decayW * a) a (slope * b ^ 2 - decayW) /\
  is_derive (fun b => wrong k (a * b) * b - decayW * a) b (slope * (a * b) + wrong k (a * b)) /\
  is_derive (fun a => wrong k (a * b) * a / n - decayH * b) a ((slope * (a * b) + wrong k (a * b)) / n) /\
  is_derive (fun b => wrong k (a * b) * a / n - decayH * b) b (slope * a ^ 2 / n - decayH).
Proof.
intros k2 n0 slope; unfold slope; pose proof (wrong_slope k k2 (a * b)) as d.
set (s := - (k / (k - 1)) * exp (k * (a * b) / (k - 1)) * wrong k (a * b) ^ 2) in *.
assert (smooth : ex_derive (wrong k) (a * b)) by (eexists; exact d).
apply is_derive_unique in d.
split; [| split; [| split]]; auto_derive; try (split; [exact smooth | exact I]); try exact smooth;
  rewrite ?d; replace (Derive (fun x => wrong k x) (a * b)) with s by (symmetry; exact d); field; lra.
Qed.

(** At rest: trace J < 0 and det J > 0, so every equilibrium with a, b > 0 is asymptotically stable. *)
Theorem feature_norm_equilibrium_stable (k n a b decayW decayH slope : R) :
  2 <= k -> 0 < n -> 0 < a -> 0 < b -> 0 < decayW -> 0 < decayH -> slope < 0 ->
  wrong k (a * b) * b - decayW * a = 0 -> wrong k (a * b) * a / n - decayH * b = 0 ->
  (slope * b ^ 2 - decayW) + (slope * a ^ 2 / n - decayH) < 0 /\
  0 < (slope * b ^ 2 - decayW) * (slope * a ^ 2 / n - decayH) -
      (slope * (a * b) + wrong k (a * b)) * ((slope * (a * b) + wrong k (a * b)) / n).
Proof.
intros k2 n0 a0 b0 w0 h0 s0 head feature.
pose proof (wrong_positive k k2 (a * b)) as e0; set (e := wrong k (a * b)) in *.
assert (A : decayW = e * b / a).
  apply Rmult_eq_reg_r with a; [| lra]; replace (e * b / a * a) with (e * b) by (field; lra); lra.
assert (B : decayH = e * a / (n * b)).
  apply Rmult_eq_reg_r with b; [| lra]; replace (e * a / (n * b) * b) with (e * a / n) by (field; lra); lra.
assert (a2 : 0 < a ^ 2) by (apply pow_lt; exact a0); assert (b2 : 0 < b ^ 2) by (apply pow_lt; exact b0).
assert (q0 : 0 < a ^ 2 / n) by (apply Rdiv_lt_0_compat; assumption).
split; [replace (slope * a ^ 2 / n) with (slope * (a ^ 2 / n)) by (field; lra); nra |].
rewrite A, B.
match goal with |- 0 < ?det => replace det with (- slope * (4 * e * (a * b) / n)) by (field; lra) end.
apply Rmult_lt_0_compat; [lra |]; apply Rdiv_lt_0_compat; [| exact n0].
assert (0 < a * b) by (apply Rmult_lt_0_compat; assumption).
apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; lra | assumption].
Qed.

Print Assumptions feature_norm_equilibrium.
Print Assumptions feature_norm_equilibrium_iff.
