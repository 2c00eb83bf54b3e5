(** Theorem 3.2 of Sakamoto & Sato: class-wise error from within-class variance, on finite probability spaces.

    Cantelli: if T has mean m > 0 and variance v under weights P, an indicator F of {T <= 0} has sum P F <= v/(v + m^2);
    because F (m + t)^2 <= (m + t - T)^2 pointwise, t = v/m. Union bound over the wrong classes. The directional variance
    is at most ||a||^2 times the trace (Cauchy-Schwarz), and v -> v/(v + m^2) does not decrease.
    Finite spaces of any size, any K, any dimension. No axioms. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From Tightframe Require Import sums.
From Tightframe.generated Require Import cantelli_generalisation.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma balance (R : realFieldType) (m v : R) : m ^+ 2 + v != 0 -> m != 0 ->
  v + (v / m) ^+ 2 = (m + v / m) ^+ 2 * (v / (m ^+ 2 + v)).
Proof. by move=> s0 m0; field; rewrite m0 s0. Qed.

Section Cantelli.
Variables (R : realFieldType) (n : nat) (P T F : nat -> R) (m v : R).
Hypotheses (m0 : 0 < m) (v0 : 0 <= v).
Hypothesis P0 : forall j, (1 <= j <= n)%N -> 0 <= P j.
Hypothesis F0 : forall j, (1 <= j <= n)%N -> 0 <= F j.
Hypothesis P1 : \sum_(1 <= j < n.+1) P j = 1.
Hypothesis mean : \sum_(1 <= j < n.+1) P j * T j = m.
Hypothesis second : \sum_(1 <= j < n.+1) P j * T j ^+ 2 = m ^+ 2 + v.
Hypothesis F1 : forall j, (1 <= j <= n)%N -> 0 <= 1 - F j.
Hypothesis fails : forall j, (1 <= j <= n)%N -> 0 <= - (F j * T j).

Lemma pointwise (f x u : R) : 0 <= f -> 0 <= 1 - f -> 0 <= - (f * x) -> 0 < u -> f * u ^+ 2 <= (u - x) ^+ 2.
Proof.
move=> f0 f1 fx u0; rewrite -subr_ge0.
have -> : (u - x) ^+ 2 - f * u ^+ 2 = (1 - f) * (u - x) ^+ 2 + f * x ^+ 2 + 2%:R * u * - (f * x) by ring.
apply: addr_ge0; first by apply: addr_ge0; apply: mulr_ge0 => //; exact: sqr_ge0.
by apply: mulr_ge0 => //; rewrite mulr_ge0 ?ler0n ?(ltW u0).
Qed.

Lemma cantelli : \sum_(1 <= j < n.+1) F j * P j <= v / (m ^+ 2 + v).
Proof.
pose u := m + v / m.
have u0 : 0 < u by rewrite ltr_paddr // divr_ge0 // ltW.
have le : u ^+ 2 * (\sum_(1 <= j < n.+1) F j * P j) <= \sum_(1 <= j < n.+1) P j * (u - T j) ^+ 2.
  rewrite big_distrr; apply: sum_at_most => j jn /=.
  have -> : u ^+ 2 * (F j * P j) = P j * (F j * u ^+ 2) by ring.
  by rewrite ler_wpmul2l ?P0 // pointwise ?F0 ?F1 ?fails.
have total : \sum_(1 <= j < n.+1) P j * (u - T j) ^+ 2 = v + (v / m) ^+ 2.
  transitivity (\sum_(1 <= j < n.+1) (u ^+ 2 * P j - (2%:R * u * (P j * T j) - P j * T j ^+ 2))).
    by apply: eq_bigr => j _; ring.
  by rewrite !sumrB -!big_distrr /= P1 mean second /u; move: (v / m) => t; ring.
rewrite total in le; rewrite -(ler_pmul2l (exprn_gt0 2 u0)); apply: le_trans le _.
have d0 : m ^+ 2 + v != 0 by apply: lt0r_neq0; apply: ltr_paddr => //; exact: exprn_gt0.
rewrite le_eqVlt; apply/orP; left; apply/eqP; rewrite /u; apply: balance; first exact: d0. by rewrite lt0r_neq0.
Qed.

End Cantelli.

Lemma union_bound (R : realFieldType) (K n : nat) (pi : nat -> R) (C E Q : nat -> nat -> R) (G : nat -> nat -> nat -> R) :
  (forall s, (1 <= s <= K)%N -> 0 <= pi s) ->
  (forall s j, (1 <= s <= K)%N -> (1 <= j <= n)%N -> 0 <= C s j) ->
  (forall j, (1 <= j <= n)%N -> forall s, (1 <= s <= K)%N ->
     0 <= \sum_(1 <= r < K.+1) (1 - (r == s)%:R) * G s r j - E s j) ->
  (forall r, (1 <= r <= K)%N -> forall s, (1 <= s <= K)%N ->
     0 <= (1 - (r == s)%:R) * (Q s r - \sum_(1 <= j < n.+1) C s j * G s r j)) ->
  \sum_(1 <= s < K.+1) pi s * (\sum_(1 <= j < n.+1) C s j * E s j) <=
  \sum_(1 <= s < K.+1) pi s * (\sum_(1 <= r < K.+1) (1 - (r == s)%:R) * Q s r).
Proof.
move=> pi0 C0 some each; apply: sum_at_most => s sK; rewrite ler_wpmul2l ?pi0 //.
apply: (@le_trans _ _ (\sum_(1 <= j < n.+1) C s j * (\sum_(1 <= r < K.+1) (1 - (r == s)%:R) * G s r j))).
  by apply: sum_at_most => j jn; rewrite ler_wpmul2l ?C0 // -subr_ge0 some.
under eq_bigr do rewrite big_distrr /=.
rewrite exchange_big /=; apply: sum_at_most => r rK; rewrite -subr_ge0.
rewrite [X in 0 <= _ - X](_ : _ = (1 - (r == s)%:R) * (\sum_(1 <= j < n.+1) C s j * G s r j)).
  by rewrite -mulrBr each.
by rewrite big_distrr; apply: eq_bigr => j _; rewrite mulrCA.
Qed.

Lemma directional_variance (R : realFieldType) (n d : nat) (P a : nat -> R) (x : nat -> nat -> R) :
  (forall r, (1 <= r <= n)%N -> 0 <= P r) ->
  \sum_(1 <= r < n.+1) P r * (\sum_(1 <= k < d.+1) x r k * a k) ^+ 2 <=
  (\sum_(1 <= l < d.+1) a l ^+ 2) * (\sum_(1 <= k < d.+1) \sum_(1 <= r < n.+1) x r k ^+ 2 * P r).
Proof.
move=> P0; rewrite exchange_big big_distrr; apply: sum_at_most => r rn /=.
rewrite -big_distrl /= mulrA mulrC ler_wpmul2r ?P0 // mulrC; exact: cauchy_schwarz.
Qed.

Lemma tail_monotone (R : realFieldType) (V mu vu : R) : 0 <= V -> 0 < mu -> 0 <= vu ->
  vu / (mu ^+ 2 + vu) <= (V + vu) / (V + mu ^+ 2 + vu).
Proof.
move=> V0 mu0 vu0; have m2 : 0 < mu ^+ 2 by exact: exprn_gt0.
have below : 0 < mu ^+ 2 + vu by exact: ltr_paddr.
have above : 0 < V + mu ^+ 2 + vu by apply: ltr_paddr => //; exact: ltr_paddl.
rewrite ler_pdivr_mulr // mulrAC ler_pdivl_mulr //.
rewrite -subr_ge0; have -> : (V + vu) * (mu ^+ 2 + vu) - vu * (V + mu ^+ 2 + vu) = V * mu ^+ 2 by ring.
by rewrite mulr_ge0 // ltW.
Qed.

Theorem cantelli_generalisation : claim.
Proof.
move=> F K d n V m mu v vu C E Fail G P Q T a g pi _ _ _ V0 m0 mu0 v0 vu0 C0 E0 F0 G0 P0 R0 pi0 P1 mean second F1 fails some each.
split; first exact: (@cantelli F n P T Fail m v m0 v0 P0 F0 P1 mean second F1 fails).
split; first exact: (@union_bound F K n pi C E Q G pi0 C0 some each).
split; last exact: tail_monotone.
exact: (@directional_variance F n d P a (fun r k => g r k - \sum_(1 <= j < n.+1) P j * g j k) P0).
Qed.

Print Assumptions cantelli_generalisation.
