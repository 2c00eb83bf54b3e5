(** The optimum of the squared-error unconstrained-features model with weight decay: global, by completing squares.

    Objective (w/2) ||W H - Y||^2 + (lambda/2) ||W||^2 + c^2/(2 n lambda) ||H||^2, rho = c/(n w). For every head and all features
      objective - K c (2 - rho)/2 = (w/2) ||W H - (1-rho) Y||^2 + (lambda/(2n)) sum ||(c/lambda) h_yi - w_y||^2,
    so the minimum is forced: W H = (1-rho) Y and h_yi = (lambda/c) w_y. For rho >= 1 the origin is optimal. With a free bias
    the bound has K - 1 in place of K, by the same squares around Y - J/K. Any K, n, d. No axioms. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From Tightframe Require Import sums margins.
From Tightframe.generated Require Import mse_ufm_optimum.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma completed (R : realFieldType) (k n w lam c SW SG SH T : R) : n != 0 -> w != 0 -> lam != 0 ->
  lam * SW / 2%:R + w * SG / 2%:R + c ^+ 2 * SH / (2%:R * lam * n) - k * c * (2%:R - c / (n * w)) / 2%:R =
  w / 2%:R * (SG + 2%:R * (c / (n * w)) * (T - n * k) + (c / (n * w)) ^+ 2 * (n * k)) +
  lam / (2%:R * n) * ((c / lam) ^+ 2 * SH - 2%:R * (c / lam) * T + n * SW).
Proof. by move=> n0 w0 l0; have two := two_nonzero R; field; rewrite n0 w0 l0. Qed.

Lemma bias_completed (R : realFieldType) (k n w c P SG X : R) : n != 0 -> w != 0 ->
  P + w * SG / 2%:R - c * (k - 1) * (2%:R - c / (n * w)) / 2%:R =
  (P - c / n * X) + w / 2%:R * (SG + 2%:R * (c / (n * w)) * (X - n * (k - 1)) + (c / (n * w)) ^+ 2 * (n * (k - 1))).
Proof. by move=> n0 w0; have two := two_nonzero R; field; rewrite n0 w0. Qed.

Lemma weaker_penalty (R : realFieldType) (n w lam e SH : R) : n != 0 -> lam != 0 ->
  n * w ^+ 2 * (1 + e) ^+ 2 * SH / (2%:R * lam) =
  (n * w) ^+ 2 * SH / (2%:R * lam * n) + n * w ^+ 2 * (e * (2%:R + e)) * SH / (2%:R * lam).
Proof. by move=> n0 l0; have two := two_nonzero R; field; rewrite n0 l0. Qed.

Section Squares.
Variables (R : realFieldType) (K d n : nat) (w lam c : R) (H : nat -> nat -> nat -> R) (W : nat -> nat -> R) (beta : nat -> R).
Hypotheses (K0 : (0 < K)%N) (n0 : (0 < n)%N) (w0 : 0 < w) (lam0 : 0 < lam).
Let rho := c / (n%:R * w).
Let z s y i := \sum_(1 <= k < d.+1) H k y i * W s k.
Let SW := \sum_(1 <= l < d.+1) \sum_(1 <= s < K.+1) W s l ^+ 2.
Let SH := \sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) \sum_(1 <= l < d.+1) H l y i ^+ 2.
Let SG := \sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) \sum_(1 <= s < K.+1) (z s y i - (s == y)%:R) ^+ 2.
Let SB := \sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) \sum_(1 <= s < K.+1) (beta s + z s y i - (s == y)%:R) ^+ 2.
Let T := \sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) z y y i.
Let Z := \sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) \sum_(1 <= s < K.+1) z s y i.
Let fit := \sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) \sum_(1 <= s < K.+1) (z s y i - (1 - rho) * (s == y)%:R) ^+ 2.
Let dual := \sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) \sum_(1 <= l < d.+1) (c / lam * H l y i - W y l) ^+ 2.

Lemma sizes : [/\ K%:R != 0 :> R, n%:R != 0 :> R, w != 0 & lam != 0].
Proof. by split; rewrite ?pnatr_eq0 -?lt0n // lt0r_neq0. Qed.

Lemma count_samples (x : R) : \sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) x = n%:R * K%:R * x.
Proof. by rewrite !sum_constant mulrA. Qed.

Lemma fit_expanded : fit = SG + 2%:R * rho * (T - n%:R * K%:R) + rho ^+ 2 * (n%:R * K%:R).
Proof.
rewrite -[n%:R * K%:R]mulr1 -count_samples /T /SG -sumrB !big_distrr -!big_split /=; apply: eq_bigr => i _.
rewrite -sumrB !big_distrr -!big_split /=; apply: sum_in_range => y yK.
transitivity (\sum_(1 <= s < K.+1) ((z s y i - (s == y)%:R) ^+ 2 +
    (2%:R * rho * (z s y i - 1) + rho ^+ 2) * (s == y)%:R)).
  by apply: eq_bigr => s _; have [_|_] := eqVneq s y; rewrite ?mulr1n ?mulr0n; ring.
by rewrite big_split /= (@sum_kronecker_r R K y (fun s => 2%:R * rho * (z s y i - 1) + rho ^+ 2)) // mulr1 addrA.
Qed.

Lemma dual_expanded : dual = (c / lam) ^+ 2 * SH - 2%:R * (c / lam) * T + n%:R * SW.
Proof.
have -> : n%:R * SW = \sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) \sum_(1 <= l < d.+1) W y l ^+ 2.
  by rewrite sum_constant /SW exchange_big.
rewrite /SH /T !big_distrr -sumrB -big_split /=; apply: eq_bigr => i _.
rewrite !big_distrr -sumrB -big_split /=; apply: eq_bigr => y _.
rewrite /z !big_distrr -sumrB -big_split /=; apply: eq_bigr => l _; ring.
Qed.

Lemma objective_completed :
  lam * SW / 2%:R + w * SG / 2%:R + c ^+ 2 * SH / (2%:R * lam * n%:R) - K%:R * c * (2%:R - rho) / 2%:R =
  w / 2%:R * fit + lam / (2%:R * n%:R) * dual.
Proof.
by have [k0 m0 v0 l0] := sizes; rewrite fit_expanded dual_expanded; exact: completed.
Qed.

Lemma fit_nonnegative : 0 <= fit.
Proof. by do 3!(apply: sum_nonnegative => ? _); exact: sqr_ge0. Qed.

Lemma dual_nonnegative : 0 <= dual.
Proof. by do 3!(apply: sum_nonnegative => ? _); exact: sqr_ge0. Qed.

Lemma fit_weight : 0 < w / 2%:R. Proof. by rewrite divr_gt0 ?ltr0n. Qed.
Lemma dual_weight : 0 < lam / (2%:R * n%:R). Proof. by rewrite divr_gt0 // mulr_gt0 ?ltr0n. Qed.

Lemma objective_at_least :
  K%:R * c * (2%:R - rho) / 2%:R <= lam * SW / 2%:R + w * SG / 2%:R + c ^+ 2 * SH / (2%:R * lam * n%:R).
Proof.
rewrite -subr_ge0 objective_completed addr_ge0 // mulr_ge0 ?fit_nonnegative ?dual_nonnegative //.
  exact: ltW fit_weight.
exact: ltW dual_weight.
Qed.

Lemma at_optimum :
  lam * SW / 2%:R + w * SG / 2%:R + c ^+ 2 * SH / (2%:R * lam * n%:R) = K%:R * c * (2%:R - rho) / 2%:R ->
  fit = 0 /\ dual = 0.
Proof.
move/eqP; rewrite -subr_eq0 objective_completed paddr_eq0.
- case/andP; rewrite mulf_eq0 (gt_eqF fit_weight) /= => /eqP ->.
  by rewrite mulf_eq0 (gt_eqF dual_weight) /= => /eqP ->.
- by rewrite mulr_ge0 ?fit_nonnegative // ltW ?fit_weight.
- by rewrite mulr_ge0 ?dual_nonnegative // ltW ?dual_weight.
Qed.

Lemma optimum_fit i s y : fit = 0 -> (1 <= i <= n)%N -> (1 <= s <= K)%N -> (1 <= y <= K)%N ->
  z s y i - (1 - rho) * (s == y)%:R = 0.
Proof.
move=> zero iN sK yK.
have nn j y' : 0 <= \sum_(1 <= s < K.+1) (z s y' j - (1 - rho) * (s == y')%:R) ^+ 2.
  by apply: sum_nonnegative => ? _; exact: sqr_ge0.
have a := sum_zero_terms (fun j _ => sum_nonnegative (fun y' _ => nn j y')) zero iN.
have b := sum_zero_terms (fun y' _ => nn i y') a yK.
by have /eqP := sum_zero_terms (fun s _ => sqr_ge0 _) b sK; rewrite sqrf_eq0 => /eqP.
Qed.

Lemma optimum_dual i l y : c != 0 -> dual = 0 -> (1 <= i <= n)%N -> (1 <= l <= d)%N -> (1 <= y <= K)%N ->
  H l y i = lam * W y l / c.
Proof.
move=> c0 zero iN lD yK; have [_ _ _ l0] := sizes.
have nn j y' : 0 <= \sum_(1 <= l < d.+1) (c / lam * H l y' j - W y' l) ^+ 2.
  by apply: sum_nonnegative => ? _; exact: sqr_ge0.
have a := sum_zero_terms (fun j _ => sum_nonnegative (fun y' _ => nn j y')) zero iN.
have b := sum_zero_terms (fun y' _ => nn i y') a yK.
have /eqP := sum_zero_terms (fun l _ => sqr_ge0 _) b lD; rewrite sqrf_eq0 subr_eq0 => /eqP <-.
by move: (H l y i) => h; field; rewrite c0 l0.
Qed.

Let both (f : nat -> nat -> R) := \sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) f i y.

Lemma both_add f g : both (fun i y => f i y + g i y) = both f + both g.
Proof. by rewrite /both -big_split; apply: eq_bigr => i _; rewrite big_split. Qed.

Lemma both_scale a f : both (fun i y => a * f i y) = a * both f.
Proof. by rewrite /both big_distrr; apply: eq_bigr => i _; rewrite -big_distrr. Qed.

Lemma both_subtract f g : both (fun i y => f i y - g i y) = both f - both g.
Proof. by rewrite /both -sumrB; apply: eq_bigr => i _; rewrite sumrB. Qed.

(** With a free bias: squares around Y - J/K. *)
Lemma biased_square : 0 <= SB + 2%:R * rho * (T - Z / K%:R - n%:R * (K%:R - 1)) + rho ^+ 2 * (n%:R * (K%:R - 1)).
Proof.
have [k0 _ _ _] := sizes.
have -> : SB + 2%:R * rho * (T - Z / K%:R - n%:R * (K%:R - 1)) + rho ^+ 2 * (n%:R * (K%:R - 1)) =
    \sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) \sum_(1 <= s < K.+1)
      (beta s + z s y i - (s == y)%:R + rho * ((s == y)%:R - K%:R^-1)) ^+ 2; last first.
  by do 3!(apply: sum_nonnegative => ? _); exact: sqr_ge0.
pose b := \sum_(1 <= s < K.+1) beta s; pose zeta i y := \sum_(1 <= s < K.+1) z s y i.
have no_bias : both (fun i y => beta y - b / K%:R) = 0.
  by apply: big1 => i _; rewrite sumrB sum_constant -/b mulrCA divff // mulr1 subrr.
have bothT : both (fun i y => z y y i) = T by [].
have bothZ : both (fun i y => zeta i y / K%:R) = Z / K%:R.
  by rewrite /Z big_distrl; apply: eq_bigr => i _ /=; rewrite big_distrl.
have each i y : (1 <= y <= K)%N -> \sum_(1 <= s < K.+1) (beta s + z s y i - (s == y)%:R + rho * ((s == y)%:R - K%:R^-1)) ^+ 2 =
    \sum_(1 <= s < K.+1) (beta s + z s y i - (s == y)%:R) ^+ 2 +
    (2%:R * rho * (z y y i - zeta i y / K%:R + (beta y - b / K%:R) - (1 - K%:R^-1)) + rho ^+ 2 * (1 - K%:R^-1)).
  move=> yK.
  transitivity (\sum_(1 <= s < K.+1) ((beta s + z s y i - (s == y)%:R) ^+ 2 +
     (2%:R * rho * (beta s + z s y i - 1 + K%:R^-1) + rho ^+ 2 * (1 - 2%:R * K%:R^-1)) * (s == y)%:R -
     (2%:R * rho * K%:R^-1 * beta s + 2%:R * rho * K%:R^-1 * z s y i - rho ^+ 2 * K%:R^-1 ^+ 2))).
    by apply: eq_bigr => s _; have [_|_] := eqVneq s y; rewrite ?mulr1n ?mulr0n; move: (K%:R^-1) => t; ring.
  rewrite sumrB big_split /= [X in _ - X]sumrB big_split /= -!big_distrr /=.
  rewrite (@sum_kronecker_r R K y (fun s => 2%:R * rho * (beta s + z s y i - 1 + K%:R^-1) + rho ^+ 2 * (1 - 2%:R * K%:R^-1))) //.
  rewrite sum_constant divff // mulr1 -/b -/(zeta i y).
  clear no_bias bothT bothZ; clearbody b zeta.
  by move: (\sum_(_ <- _) _) (zeta i y) (z y y i) (beta y) (K%:R^-1) => a e f g t; ring.
transitivity (both (fun i y => \sum_(1 <= s < K.+1) (beta s + z s y i - (s == y)%:R) ^+ 2 +
    (2%:R * rho * (z y y i - zeta i y / K%:R + (beta y - b / K%:R) - (1 - K%:R^-1)) + rho ^+ 2 * (1 - K%:R^-1)))).
  rewrite (both_add _ (fun i y => 2%:R * rho * (z y y i - zeta i y / K%:R + (beta y - b / K%:R) - (1 - K%:R^-1)) +
    rho ^+ 2 * (1 - K%:R^-1))) (both_add (fun i y => 2%:R * rho * _)) both_scale.
  rewrite (both_subtract (fun i y => z y y i - zeta i y / K%:R + (beta y - b / K%:R)) (fun i y => 1 - K%:R^-1)).
  rewrite (both_add (fun i y => z y y i - zeta i y / K%:R)) no_bias addr0 (both_subtract (fun i y => z y y i)) bothT bothZ.
  rewrite /both !count_samples -/SB; move: SB T Z (n%:R : R) (K%:R : R) k0 => x t e u v v0; field; exact: v0.
by rewrite /both; apply: eq_bigr => i _; apply: sum_in_range => y yK; rewrite each.
Qed.

Lemma biased_at_least :
  c * (K%:R - 1) * (2%:R - rho) / 2%:R <= lam * SW / 2%:R + w * SB / 2%:R + c ^+ 2 * SH / (2%:R * lam * n%:R).
Proof.
have [k0 m0 v0 l0] := sizes.
rewrite -subr_ge0 /rho [lam * SW / 2%:R + _ + _]addrAC.
rewrite (@bias_completed R K%:R n%:R w c _ SB (T - Z / K%:R)) //.
apply: addr_ge0; last by apply: mulr_ge0; [exact: ltW fit_weight | exact: biased_square].
rewrite subr_ge0.
have cover := @penalties_cover R K d n lam c H W K0 n0 lam0.
apply: le_trans cover; rewrite le_eqVlt; apply/orP; left; apply/eqP.
have -> : \sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) \sum_(1 <= l < d.+1)
    H l y i * (K%:R * W y l - \sum_(1 <= s < K.+1) W s l) = K%:R * T - Z.
  rewrite /T /Z big_distrr -sumrB; apply: eq_bigr => i _; rewrite big_distrr -sumrB; apply: eq_bigr => y _ /=.
  rewrite [X in _ - X]exchange_big big_distrr -sumrB; apply: eq_bigr => l _ /=.
  by rewrite -big_distrr /=; move: (\sum_(_ <- _) _) => x; ring.
by move: (K%:R : R) (n%:R : R) k0 m0 => u v u0 v0'; field; rewrite u0 v0'.
Qed.

End Squares.

Section Roots.
Variables (R : realFieldType) (K n r c w lam : R).
Hypotheses (r0 : r != 0) (w0 : w != 0) (c0 : c != 0) (square : n = r ^+ 2).

Lemma value_at_optimum : K * (c * (1 - c / (n * w)) + w * (r * (1 - c / (n * w)) - r) ^+ 2 / 2%:R) =
  K * c * (2%:R - c / (n * w)) / 2%:R.
Proof. by rewrite square; have two := two_nonzero R; field; rewrite r0 w0. Qed.

Lemma mode_at_optimum : r * (1 - c / (n * w)) = r - c / (r * w).
Proof. by rewrite square; field; rewrite r0 w0. Qed.

Lemma norm_at_optimum : lam * (1 - c / (n * w)) / c = lam * (r - c / (r * w)) / (c * r).
Proof. by rewrite square; field; rewrite r0 w0 c0. Qed.

End Roots.

Lemma threshold_value (R : realFieldType) (k n w : R) : n * w != 0 ->
  k * n * w / 2%:R <= k * (n * w) * (2%:R - n * w / (n * w)) / 2%:R.
Proof. by move=> nw; rewrite divff // (_ : 2%:R - 1 = 1) ?mulr1 ?mulrA // -[2%:R]/(1 + 1) addrK. Qed.

Lemma threshold_ratio (F : rcfType) (K n : nat) (c lam : F) : (0 < K)%N -> (0 < n)%N -> 0 < c -> 0 < lam ->
  Num.sqrt (c ^+ 2 / (lam * n%:R)) * Num.sqrt lam / (Num.sqrt n%:R * (1 / (K%:R * n%:R))) = K%:R * c.
Proof.
move=> K0 n0 c0 lam0; have N0 : 0 < n%:R :> F by rewrite ltr0n.
have k1 : K%:R != 0 :> F by rewrite pnatr_eq0 -lt0n.
have n1 := lt0r_neq0 N0; have lam1 := lt0r_neq0 lam0.
have s1 : Num.sqrt n%:R != 0 :> F by rewrite lt0r_neq0 // sqrtr_gt0.
have -> : Num.sqrt (c ^+ 2 / (lam * n%:R)) * Num.sqrt lam = c / Num.sqrt n%:R.
  have -> : c ^+ 2 / (lam * n%:R) = c ^+ 2 * (lam^-1 * n%:R^-1) by rewrite invfM.
  rewrite (sqrtrM _ (sqr_ge0 c)) sqrtr_sqr gtr0_norm // sqrtrM ?invr_ge0 ?(ltW lam0) //.
  rewrite !sqrtrV ?(ltW lam0) ?(ltW N0) //.
  by rewrite -mulrA [_^-1 * _ * _]mulrAC mulVf ?mul1r // lt0r_neq0 // sqrtr_gt0.
have square : n%:R = Num.sqrt n%:R ^+ 2 :> F by rewrite sqr_sqrtr // ltW.
move: (Num.sqrt n%:R) square s1 => s -> s1.
by field; rewrite k1 s1.
Qed.

Theorem mse_ufm_optimum : claim.
Proof.
move=> F K d n y c excess lam w H W beta K0 _ n0 yK c0 e0 lam0 w0 below.
have r0 : 0 < Num.sqrt n%:R :> F by rewrite sqrtr_gt0 ltr0n.
have square : n%:R = Num.sqrt n%:R ^+ 2 :> F by rewrite sqr_sqrtr ?ler0n.
have r1 := lt0r_neq0 r0; have w1 := lt0r_neq0 w0; have c1 := lt0r_neq0 c0.
have least := @objective_at_least F K d n w lam.
split; first exact: least.
split=> [i iN s sK eq|].
  have [fit _] := @at_optimum F K d n w lam c H W K0 n0 w0 lam0 eq.
  exact: (@optimum_fit F K d n w c H W i s y fit iN sK yK).
split=> [i iN l lD eq|].
  have [_ dual] := @at_optimum F K d n w lam c H W K0 n0 w0 lam0 eq.
  exact: (@optimum_dual F K d n w lam c H W K0 n0 w0 lam0 i l y c1 dual iN lD yK).
split.
  have n1 : n%:R != 0 :> F by rewrite pnatr_eq0 -lt0n.
  rewrite (@weaker_penalty F n%:R w lam excess _ n1 (lt0r_neq0 lam0)) addrA; apply: ler_paddr.
    have features : 0 <= \sum_(1 <= i < n.+1) \sum_(1 <= y < K.+1) \sum_(1 <= l < d.+1) H l y i ^+ 2.
      by do 3!(apply: sum_nonnegative => ? _); exact: sqr_ge0.
    have more : 0 <= excess * (2%:R + excess) by apply: mulr_ge0 => //; apply: addr_ge0 => //; exact: ler0n.
    apply: divr_ge0; last by rewrite mulr_ge0 ?ler0n ?(ltW lam0).
    by apply: mulr_ge0 => //; apply: mulr_ge0 => //; apply: mulr_ge0; rewrite ?ler0n ?sqr_ge0.
  apply: le_trans (least (n%:R * w) H W K0 n0 w0 lam0).
  by apply: threshold_value; exact: (mulf_neq0 n1 (lt0r_neq0 w0)).
split; first exact: (@biased_at_least F K d n w lam c H W beta K0 n0 w0 lam0).
split; first exact: value_at_optimum.
split; first exact: mode_at_optimum.
split; first exact: norm_at_optimum.
split; first exact: threshold_ratio.
rewrite subr_gt0 ltr_pdivr_mulr ?mulr_gt0 // mulrA -expr2 -square.
exact: below.
Qed.

Print Assumptions mse_ufm_optimum.
