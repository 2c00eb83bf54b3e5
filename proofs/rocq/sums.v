(** Lemmas on finite sums over 1..K that several proofs share: Kronecker deltas, variances, Cauchy-Schwarz.
    Over any real field, any range; no axioms. Nothing here is a claim of the ledger. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma two_nonzero (R : realFieldType) : 2%:R != 0 :> R.
Proof. by rewrite pnatr_eq0. Qed.

Section Sums.
Variable R : realFieldType.
Implicit Types (p x phi : nat -> R) (W : nat -> nat -> R).

Lemma sum_kronecker (K j : nat) (f : nat -> R) : (1 <= j <= K)%N ->
  \sum_(1 <= s < K.+1) (j == s)%:R * f s = f j.
Proof.
move=> jK; rewrite (bigD1_seq j) ?iota_uniq ?mem_index_iota ?ltnS //= eqxx mul1r.
rewrite big1 ?addr0 // => s /negbTE; rewrite eq_sym => ->; exact: mul0r.
Qed.

Lemma block_sum (K : nat) p (g : nat -> nat -> R) :
  \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1) g s r * (p s * ((s == r)%:R - p r)) =
  \sum_(1 <= s < K.+1) p s * g s s -
  \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1) p s * p r * g s r.
Proof.
rewrite -sumrB big_seq [RHS]big_seq; apply: eq_bigr => s.
rewrite mem_index_iota ltnS => sK.
have -> : p s * g s s = \sum_(1 <= r < K.+1) (s == r)%:R * (p s * g s r) by rewrite sum_kronecker.
by rewrite -sumrB; apply: eq_bigr => r _; ring.
Qed.

Lemma square_of_mean (K : nat) p x :
  (\sum_(1 <= s < K.+1) p s * x s) ^+ 2 =
  \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1) p s * p r * (x s * x r).
Proof.
rewrite expr2 big_distrl /=; apply: eq_bigr => s _.
by rewrite big_distrr /=; apply: eq_bigr => r _; ring.
Qed.

Lemma variance_expanded (K : nat) p x : \sum_(1 <= s < K.+1) p s = 1 ->
  \sum_(1 <= s < K.+1) p s * (x s - \sum_(1 <= r < K.+1) p r * x r) ^+ 2 =
  \sum_(1 <= s < K.+1) p s * x s ^+ 2 - (\sum_(1 <= r < K.+1) p r * x r) ^+ 2.
Proof.
move=> p1; set m := \sum_(1 <= r < K.+1) p r * x r.
transitivity (\sum_(1 <= s < K.+1) (p s * x s ^+ 2 + (p s * x s * (- 2%:R * m) + p s * m ^+ 2))).
  by apply: eq_bigr => s _; ring.
by rewrite !big_split /= -!big_distrl /= -/m p1; ring.
Qed.

Lemma gram_variance (K d : nat) p W : \sum_(1 <= s < K.+1) p s = 1 ->
  \sum_(1 <= s < K.+1) p s * (\sum_(1 <= k < d.+1) W s k * W s k) -
  \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1) p s * p r * (\sum_(1 <= k < d.+1) W s k * W r k) =
  \sum_(1 <= s < K.+1) p s *
    (\sum_(1 <= k < d.+1) (W s k - \sum_(1 <= r < K.+1) p r * W r k) ^+ 2).
Proof.
move=> p1.
under [RHS]eq_bigr do rewrite big_distrr /=.
rewrite [RHS]exchange_big /=.
under [RHS]eq_bigr do rewrite variance_expanded //.
rewrite sumrB; congr (_ - _).
  rewrite [RHS]exchange_big /=; apply: eq_bigr => s _; rewrite big_distrr /=.
  by apply: eq_bigr => k _; rewrite expr2.
under [RHS]eq_bigr do rewrite square_of_mean.
rewrite [RHS]exchange_big /=; apply: eq_bigr => s _.
rewrite [RHS]exchange_big /=; apply: eq_bigr => r _.
by rewrite big_distrr.
Qed.

(** sum_{s,r} <w_s, w_r> tr H_{s,r} for the blocks H_{s,r} = p_s (delta_{s,r} - p_r) phi phi^T. *)
Lemma relative_flatness_form (K d : nat) W phi p :
  \sum_(1 <= s < K.+1) p s = 1 ->
  \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1)
    (\sum_(1 <= k < d.+1) W s k * W r k) *
    (\sum_(1 <= k < d.+1) p s * ((s == r)%:R - p r) * (phi k * phi k)) =
  (\sum_(1 <= k < d.+1) phi k ^+ 2) *
  (\sum_(1 <= s < K.+1) p s *
     (\sum_(1 <= k < d.+1) (W s k - \sum_(1 <= r < K.+1) p r * W r k) ^+ 2)).
Proof.
move=> p1; rewrite -gram_variance // -block_sum big_distrr /=.
apply: eq_bigr => s _; rewrite big_distrr /=; apply: eq_bigr => r _.
have -> : \sum_(1 <= k < d.+1) p s * ((s == r)%:R - p r) * (phi k * phi k) =
          p s * ((s == r)%:R - p r) * \sum_(1 <= k < d.+1) phi k ^+ 2.
  by rewrite big_distrr; apply: eq_bigr => k _; rewrite expr2.
by rewrite [RHS]mulrCA; congr (_ * _); apply: mulrC.
Qed.

Lemma pair_average (K : nat) p (g h : nat -> nat -> R) : \sum_(1 <= s < K.+1) p s = 1 ->
  (forall s r, h s r = g s s + g r r - 2%:R * g s r) ->
  \sum_(1 <= s < K.+1) p s * g s s -
  \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1) p s * p r * g s r =
  2%:R^-1 * (\sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1) p s * p r * h s r).
Proof.
move=> p1 pair.
pose a := \sum_(1 <= s < K.+1) p s * g s s.
pose e := \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1) p s * p r * g s r.
have -> : \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1) p s * p r * h s r = a + a - 2%:R * e.
  transitivity (\sum_(1 <= s < K.+1) (p s * g s s + p s * a -
      2%:R * (\sum_(1 <= r < K.+1) p s * p r * g s r))).
    apply: eq_bigr => s _.
    have -> : p s * g s s = \sum_(1 <= r < K.+1) p r * (p s * g s s).
      by rewrite -big_distrl /= p1 mul1r.
    rewrite /a !big_distrr -big_split -sumrB /=; apply: eq_bigr => r _.
    by rewrite pair; ring.
  by rewrite sumrB big_split /= -big_distrl /= p1 mul1r -big_distrr.
have two : 2%:R != 0 :> R by rewrite pnatr_eq0.
by rewrite -/a -/e; field.
Qed.

Lemma sum_kronecker_r (K j : nat) (f : nat -> R) : (1 <= j <= K)%N ->
  \sum_(1 <= s < K.+1) f s * (s == j)%:R = f j.
Proof.
move=> jK; rewrite -[RHS](@sum_kronecker K j f jK); apply: eq_bigr => s _.
by rewrite mulrC eq_sym.
Qed.

Lemma sum_constant (K : nat) (a : R) : \sum_(1 <= s < K.+1) a = K%:R * a.
Proof. by rewrite sumr_const_nat subn1 mulr_natl. Qed.

Lemma sum_in_range (K : nat) (f g : nat -> R) :
  (forall s, (1 <= s <= K)%N -> f s = g s) ->
  \sum_(1 <= s < K.+1) f s = \sum_(1 <= s < K.+1) g s.
Proof.
move=> fg; rewrite big_seq [RHS]big_seq; apply: eq_bigr => s.
by rewrite mem_index_iota ltnS => /fg.
Qed.

Lemma sum_at_most (K : nat) (f g : nat -> R) :
  (forall s, (1 <= s <= K)%N -> f s <= g s) ->
  \sum_(1 <= s < K.+1) f s <= \sum_(1 <= s < K.+1) g s.
Proof.
move=> fg; rewrite big_seq [X in _ <= X]big_seq; apply: ler_sum => s.
by rewrite mem_index_iota ltnS => /fg.
Qed.

Lemma sum_nonnegative (K : nat) (f : nat -> R) :
  (forall s, (1 <= s <= K)%N -> 0 <= f s) -> 0 <= \sum_(1 <= s < K.+1) f s.
Proof.
move=> f0; rewrite big_seq; apply: sumr_ge0 => s.
by rewrite mem_index_iota ltnS => /f0.
Qed.

Lemma sum_zero_terms (K : nat) (f : nat -> R) :
  (forall s, (1 <= s <= K)%N -> 0 <= f s) -> \sum_(1 <= s < K.+1) f s = 0 ->
  forall s, (1 <= s <= K)%N -> f s = 0.
Proof.
move=> f0 /eqP; rewrite big_seq psumr_eq0 => [/allP f00 s sK|s]; last first.
  by rewrite mem_index_iota ltnS => /f0.
have sin : s \in index_iota 1 K.+1 by rewrite mem_index_iota ltnS.
by have := f00 s sin; rewrite sin => /eqP.
Qed.

Lemma term_at_most_sum (K j : nat) (f : nat -> R) : (1 <= j <= K)%N ->
  (forall s, (1 <= s <= K)%N -> 0 <= f s) -> f j <= \sum_(1 <= s < K.+1) f s.
Proof.
move=> jK f0; rewrite -(@sum_kronecker K j f jK); apply: sum_at_most => s sK.
by case: (j == s); rewrite ?mul1r ?mul0r ?f0.
Qed.

(** Cauchy-Schwarz for weighted sums. *)
Lemma cauchy_schwarz (K : nat) (f g : nat -> R) :
  (\sum_(1 <= s < K.+1) f s * g s) ^+ 2 <=
  (\sum_(1 <= s < K.+1) f s ^+ 2) * (\sum_(1 <= s < K.+1) g s ^+ 2).
Proof.
set a := \sum_(1 <= s < K.+1) f s ^+ 2; set b := \sum_(1 <= s < K.+1) g s ^+ 2.
set e := \sum_(1 <= s < K.+1) f s * g s.
have b0 : 0 <= b by apply: sum_nonnegative => s _; exact: sqr_ge0.
have quadratic (x y : R) : 0 <= x ^+ 2 * a + 2%:R * (x * y) * e + y ^+ 2 * b.
  have -> : x ^+ 2 * a + 2%:R * (x * y) * e + y ^+ 2 * b =
      \sum_(1 <= s < K.+1) (x * f s + y * g s) ^+ 2.
    rewrite /a /b /e !big_distrr -!big_split /=; apply: eq_bigr => s _; ring.
  by apply: sum_nonnegative => s _; exact: sqr_ge0.
have [b_eq0|b_ne0] := eqVneq b 0.
  have e0 : e = 0.
    rewrite /e; apply: big1_seq => s /andP[_]; rewrite mem_index_iota ltnS => sK.
    have := @sum_zero_terms K _ (fun s _ => sqr_ge0 (g s)) b_eq0 s sK.
    by move/eqP; rewrite sqrf_eq0 => /eqP ->; rewrite mulr0.
  by rewrite e0 b_eq0 mulr0 expr0n.
have bp : 0 < b by rewrite lt_def b_ne0.
have := quadratic b (- e).
have -> : b ^+ 2 * a + 2%:R * (b * - e) * e + (- e) ^+ 2 * b = b * (a * b - e ^+ 2) by ring.
by rewrite pmulr_rge0 // subr_ge0.
Qed.

(** Jensen for the square. *)
Lemma variance_nonnegative (K : nat) p x : \sum_(1 <= s < K.+1) p s = 1 ->
  (forall s, (1 <= s <= K)%N -> 0 <= p s) ->
  (\sum_(1 <= s < K.+1) p s * x s) ^+ 2 <= \sum_(1 <= s < K.+1) p s * x s ^+ 2.
Proof.
move=> p1 p0; rewrite -subr_ge0 -variance_expanded //.
by apply: sum_nonnegative => s /p0 ?; rewrite mulr_ge0 ?sqr_ge0.
Qed.

(** tr Cov is half the mean squared distance of two independent rows. *)
Lemma variance_pairs (K d : nat) p W : \sum_(1 <= s < K.+1) p s = 1 ->
  \sum_(1 <= s < K.+1) p s * (\sum_(1 <= k < d.+1) (W s k - \sum_(1 <= r < K.+1) p r * W r k) ^+ 2) =
  2%:R^-1 * (\sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1) p s * p r * (\sum_(1 <= k < d.+1) (W s k - W r k) ^+ 2)).
Proof.
move=> p1; rewrite -gram_variance //.
apply: (@pair_average K p (fun s r => \sum_(1 <= k < d.+1) W s k * W r k)) => // s r.
by rewrite big_distrr /= -big_split -sumrB /=; apply: eq_bigr => k _; ring.
Qed.

(** sum over s != r of p_s p_r = 1 - sum p^2. *)
Lemma distinct_pairs (K : nat) p : \sum_(1 <= s < K.+1) p s = 1 ->
  \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1) p s * p r * (1 - (s == r)%:R) = 1 - \sum_(1 <= s < K.+1) p s ^+ 2.
Proof.
move=> p1; rewrite -[in RHS]p1 -sumrB; apply: sum_in_range => s sK.
transitivity (\sum_(1 <= r < K.+1) (p s * p r - (s == r)%:R * (p s * p r))).
  by apply: eq_bigr => r _; move: ((s == r)%:R : R) => e; ring.
by rewrite sumrB sum_kronecker // -big_distrr /= p1; ring.
Qed.

Lemma variance_at_most (K d : nat) p W (D : R) : \sum_(1 <= s < K.+1) p s = 1 ->
  (forall s, (1 <= s <= K)%N -> 0 <= p s) ->
  (forall s r, (1 <= s <= K)%N -> (1 <= r <= K)%N -> s != r -> \sum_(1 <= k < d.+1) (W s k - W r k) ^+ 2 <= D) ->
  \sum_(1 <= s < K.+1) p s * (\sum_(1 <= k < d.+1) (W s k - \sum_(1 <= r < K.+1) p r * W r k) ^+ 2) <=
  2%:R^-1 * (D * (1 - \sum_(1 <= s < K.+1) p s ^+ 2)).
Proof.
move=> p1 p0 near; rewrite variance_pairs // ler_wpmul2l ?invr_ge0 ?ler0n // -distinct_pairs // big_distrr.
apply: sum_at_most => s sK /=; rewrite big_distrr; apply: sum_at_most => r rK /=.
rewrite mulrCA ler_wpmul2l ?mulr_ge0 ?p0 //; have [->|ne] := eqVneq s r.
  by rewrite subrr mulr0 big1 // => k _; rewrite subrr expr0n.
by rewrite subr0 mulr1 near.
Qed.

(** Rows with inner products a delta + b: a scaled simplex frame, an orthogonal frame. *)
Lemma equiangular_variance (K d : nat) p W (a b : R) : \sum_(1 <= s < K.+1) p s = 1 ->
  (forall s r, (1 <= s <= K)%N -> (1 <= r <= K)%N ->
     \sum_(1 <= k < d.+1) W s k * W r k = a * (s == r)%:R + b) ->
  \sum_(1 <= s < K.+1) p s * (\sum_(1 <= k < d.+1) (W s k - \sum_(1 <= r < K.+1) p r * W r k) ^+ 2) =
  a * (1 - \sum_(1 <= s < K.+1) p s ^+ 2).
Proof.
move=> p1 gram; rewrite -gram_variance //.
have -> : \sum_(1 <= s < K.+1) p s * (\sum_(1 <= k < d.+1) W s k * W s k) = a + b.
  transitivity (\sum_(1 <= s < K.+1) p s * (a + b)).
    by apply: sum_in_range => s sK; rewrite gram // eqxx mulr1.
  by rewrite -big_distrl /= p1 mul1r.
have -> : \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1) p s * p r * (\sum_(1 <= k < d.+1) W s k * W r k) =
    a * (\sum_(1 <= s < K.+1) p s ^+ 2) + b.
  transitivity (\sum_(1 <= s < K.+1) (a * p s ^+ 2 + b * p s)).
    apply: sum_in_range => s sK.
    transitivity (\sum_(1 <= r < K.+1) ((s == r)%:R * (a * p s * p r) + b * p s * p r)).
      by apply: sum_in_range => r rK; rewrite gram //; move: ((s == r)%:R : R) => e; ring.
    by rewrite big_split /= sum_kronecker // -big_distrr /= p1; ring.
  by rewrite big_split -!big_distrr /= p1 mulr1.
by move: (\sum_(_ <- _) _) => x; ring.
Qed.

(** 1 - sum p^2 is at most 1 - 1/K. *)
Lemma purity_at_least (K : nat) p : (0 < K)%N -> \sum_(1 <= s < K.+1) p s = 1 ->
  \sum_(1 <= s < K.+1) (p s - K%:R^-1) ^+ 2 = \sum_(1 <= s < K.+1) p s ^+ 2 - K%:R^-1.
Proof.
move=> K0 p1; have Kn : K%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
transitivity (\sum_(1 <= s < K.+1) (p s ^+ 2 - (2%:R * K%:R^-1 * p s - K%:R^-1 ^+ 2))).
  by apply: eq_bigr => s _; ring.
rewrite !sumrB -big_distrr /= p1 sum_constant expr2 [K%:R * _]mulrA divff //.
by move: (K%:R^-1) => x; ring.
Qed.

End Sums.

Arguments sum_zero_terms {R K f} _ _ {s} _.
Arguments sum_in_range {R K f g}.
Arguments sum_at_most {R K f g}.
Arguments sum_nonnegative {R K f}.
