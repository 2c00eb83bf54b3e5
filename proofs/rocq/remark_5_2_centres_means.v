(** Remark 5.2 of Han et al. 2025 is not mild: it forces the global mean to be zero.

    Centred class means m_s (sum zero) of length M, global mean g, class means g + m_s:
      (1/K) sum_s ||g + m_s||^2 = M^2 + ||g||^2,   so   ||g + m_s||^2 <= M^2 for every s   forces   ||g||^2 <= 0, g = 0.
    The orthogonal frame of nonnegative features violates it: centred, its squared radius is (K-1)/K < 1. The bound holds
    again with max_s ||mu_s||^2 = R^2 in place of one M^2. Any K >= 2, any dimension. No axioms. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From Tightframe Require Import sums.
From Tightframe.generated Require Import remark_5_2_centres_means.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Means.
Variables (R : realFieldType) (K d : nat) (m : nat -> nat -> R) (g : nat -> R) (M : R).
Hypothesis K0 : (0 < K)%N.
Hypothesis centred : forall k, (1 <= k <= d)%N -> \sum_(1 <= s < K.+1) m s k = 0.
Hypothesis equinorm : forall s, (1 <= s <= K)%N -> \sum_(1 <= k < d.+1) m s k ^+ 2 = M ^+ 2.
Let global := \sum_(1 <= l < d.+1) g l ^+ 2.

Lemma sum_of_squared_norms :
  \sum_(1 <= s < K.+1) \sum_(1 <= k < d.+1) (g k + m s k) ^+ 2 = K%:R * (M ^+ 2 + global).
Proof.
transitivity (\sum_(1 <= s < K.+1) (\sum_(1 <= k < d.+1) m s k ^+ 2 + global) +
    \sum_(1 <= k < d.+1) 2%:R * g k * (\sum_(1 <= s < K.+1) m s k)).
  under [X in _ = _ + X]eq_bigr do rewrite big_distrr /=.
  rewrite [X in _ = _ + X]exchange_big -big_split /=; apply: eq_bigr => s _.
  by rewrite /global -!big_split /=; apply: eq_bigr => k _; ring.
rewrite [X in _ + X]big1_seq ?addr0 => [|k /andP[_]]; last first.
  by rewrite mem_index_iota ltnS => kd; rewrite centred ?mulr0.
rewrite -sum_constant; apply: sum_in_range => s sK; by rewrite equinorm.
Qed.

Lemma mean_of_squared_norms :
  (\sum_(1 <= s < K.+1) \sum_(1 <= k < d.+1) (g k + m s k) ^+ 2) / K%:R = M ^+ 2 + global.
Proof. by rewrite sum_of_squared_norms mulrC mulKf // pnatr_eq0 -lt0n. Qed.

Lemma bounded_is_centred :
  (forall s, (1 <= s <= K)%N -> 0 <= M ^+ 2 - \sum_(1 <= k < d.+1) (g k + m s k) ^+ 2) -> global <= 0.
Proof.
move=> bounded; have Kp : 0 < K%:R :> R by rewrite ltr0n.
have : K%:R * (M ^+ 2 + global) <= K%:R * M ^+ 2.
  rewrite -sum_of_squared_norms -sum_constant; apply: sum_at_most => s sK.
  by rewrite -subr_ge0; exact: bounded.
by rewrite ler_pmul2l // ger_addl.
Qed.

End Means.

Lemma centring_gram (R : realFieldType) (K j s : nat) : (1 <= j <= K)%N -> (1 <= s <= K)%N ->
  \sum_(1 <= k < K.+1) ((j == k)%:R - 1 / K%:R) * ((k == s)%:R - 1 / K%:R) =
  (K%:R * (j == s)%:R - 1) / K%:R :> R.
Proof.
move=> jK sK; have K0 : K%:R != 0 :> R by rewrite pnatr_eq0 -lt0n; case/andP: jK => j1; exact: leq_trans.
transitivity (\sum_(1 <= k < K.+1) ((j == k)%:R * ((k == s)%:R - 1 / K%:R) -
    (1 / K%:R * (k == s)%:R - (1 / K%:R) ^+ 2)) : R).
  by apply: eq_bigr => k _; move: ((j == k)%:R : R) ((k == s)%:R : R) (1 / K%:R) => e f t; ring.
rewrite !sumrB (@sum_kronecker R K j (fun k => (k == s)%:R - 1 / K%:R)) // sum_constant.
rewrite (@sum_kronecker_r R K s (fun=> 1 / K%:R)) //.
by move: ((j == s)%:R : R) (K%:R : R) K0 => e k k0; field.
Qed.

Lemma factor_at_most (R : realFieldType) (k a q t total longest : R) : 2%:R <= k -> 0 <= a -> 0 <= q <= 1 ->
  0 <= t -> 0 <= longest -> total <= k * longest ->
  a * q * (2%:R + q * (k - 2%:R)) * total / t <= k ^+ 2 * longest * a * q / t.
Proof.
move=> k2 a0 /andP[q0 q1] t0 l0 le; rewrite ler_wpmul2r ?invr_ge0 //.
have -> : k ^+ 2 * longest * a * q = a * q * (k * (k * longest)) by ring.
rewrite -mulrA ler_wpmul2l ?mulr_ge0 //.
have low : 0 <= 2%:R + q * (k - 2%:R) by rewrite addr_ge0 ?mulr_ge0 ?subr_ge0 // ler0n.
have high : 2%:R + q * (k - 2%:R) <= k.
  by rewrite -ler_subr_addl ler_pimull // subr_ge0.
apply: (@le_trans _ _ ((2%:R + q * (k - 2%:R)) * (k * longest))); first exact: ler_wpmul2l.
by rewrite ler_wpmul2r // mulr_ge0 // (le_trans _ k2) // ler0n.
Qed.

Lemma rearranged (R : realFieldType) (k a b e q : R) : k * a * b * e * q = k * b * (a * e) * q.
Proof. by ring. Qed.

Theorem remark_5_2_centres_means : claim.
Proof.
move=> F K d M R h q f g g2 m K0 _ M0 R0 h0 q0 K2 centred equinorm bounded longest q1.
split; first exact: (@bounded_is_centred F K d m g M K0 centred equinorm bounded).
split=> [l ld zero|].
  by apply/eqP; rewrite -sqrf_eq0; apply/eqP; exact: (sum_zero_terms (fun k _ => sqr_ge0 (g k)) zero ld).
split; first exact: (@mean_of_squared_norms F K d m g M K0 centred equinorm).
split=> [j jK s sK|]; first exact: centring_gram.
split=> [s sK|].
  have -> : \sum_(1 <= k < K.+1) (k == s)%:R = 1 :> F.
    by rewrite -[RHS](@sum_kronecker_r F K s (fun=> 1)) //; apply: eq_bigr => k _; rewrite mul1r.
  by rewrite ltr_pdivr_mulr ?ltr0n // mul1r ltr_subl_addr ltr_addl ltr01.
rewrite (@rearranged F (K%:R ^+ 2) (M ^+ 2) (R ^+ 2) (h ^+ 2) q); apply: factor_at_most.
- by rewrite ler_nat.
- by rewrite mulr_ge0 ?sqr_ge0.
- by rewrite (ltW q0).
- exact: sqr_ge0.
- exact: sqr_ge0.
- rewrite -sum_constant; apply: sum_at_most => s sK; rewrite -subr_ge0; exact: longest.
Qed.

Print Assumptions remark_5_2_centres_means.
