(** The published surrogate against relative flatness at collapse, for any features and any softmax outputs.

    kappa_hat = ||W||_F^2 E[(1 - ||p||^2) ||phi||^2],  kappa = E[||phi||^2 tr Cov_p(w)].
    Simplex head w_s = lambda m_s:           kappa_hat = (K-1) kappa.
    Orthogonal equal rows:                   kappa_hat = K kappa.
    Gauge w_s -> w_s + v: kappa unchanged,   kappa_hat = (1 + ||v||^2/(lambda^2 M^2)) (K-1) kappa: not gauge invariant.
    Any K >= 2, any dimension, samples, weights. No axioms. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From Tightframe Require Import sums.
From Tightframe.generated Require Import surrogate_at_collapse.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Surrogate.
Variables (R : realFieldType) (K N d : nat) (p : nat -> nat -> R) (omega : nat -> R).
Hypothesis p1 : forall i, (1 <= i <= N)%N -> \sum_(1 <= s < K.+1) p i s = 1.
Let spread i := 1 - \sum_(1 <= s < K.+1) p i s ^+ 2.

(** kappa of a head whose rows have inner products a delta + b. *)
Lemma equiangular_flatness (W : nat -> nat -> R) (a b : R) :
  (forall s r, (1 <= s <= K)%N -> (1 <= r <= K)%N ->
     \sum_(1 <= k < d.+1) W s k * W r k = a * (s == r)%:R + b) ->
  \sum_(1 <= i < N.+1) omega i * (\sum_(1 <= r < K.+1) p i r * (\sum_(1 <= l < d.+1)
     (W r l - \sum_(1 <= j < K.+1) W j l * p i j) ^+ 2)) =
  a * (\sum_(1 <= i < N.+1) spread i * omega i).
Proof.
move=> gram; rewrite big_distrr; apply: sum_in_range => i iN /=.
rewrite mulrA [a * _](_ : _ = \sum_(1 <= r < K.+1) p i r * (\sum_(1 <= l < d.+1)
     (W r l - \sum_(1 <= j < K.+1) p i j * W j l) ^+ 2)); last first.
  by rewrite (@equiangular_variance R K d (p i) W a b (p1 i iN) gram).
rewrite mulrC; congr (_ * _); apply: eq_bigr => r _; congr (_ * _); apply: eq_bigr => l _.
by congr ((_ - _) ^+ 2); apply: eq_bigr => j _; exact: mulrC.
Qed.

Lemma gauge_flatness (W : nat -> nat -> R) (v : nat -> R) :
  \sum_(1 <= i < N.+1) omega i * (\sum_(1 <= r < K.+1) p i r * (\sum_(1 <= l < d.+1)
     (W r l + v l - \sum_(1 <= j < K.+1) (W j l + v l) * p i j) ^+ 2)) =
  \sum_(1 <= i < N.+1) omega i * (\sum_(1 <= r < K.+1) p i r * (\sum_(1 <= l < d.+1)
     (W r l - \sum_(1 <= j < K.+1) W j l * p i j) ^+ 2)).
Proof.
apply: sum_in_range => i iN; congr (_ * _); apply: eq_bigr => r _; congr (_ * _).
apply: eq_bigr => l _; congr (_ ^+ 2).
under eq_bigr do rewrite mulrDl; rewrite big_split -big_distrr /= p1 // mulr1.
by move: (\sum_(_ <- _) _) => x; ring.
Qed.

End Surrogate.

Section Heads.
Variables (R : realFieldType) (K d : nat) (m : nat -> nat -> R) (h M2 : R).
Hypothesis K2 : (2 <= K)%N.
Hypothesis NC2 : forall j s, (1 <= j <= K)%N -> (1 <= s <= K)%N ->
  \sum_(1 <= k < d.+1) m j k * m s k = M2 * (K%:R * (j == s)%:R - 1) / (K%:R - 1).
Hypothesis centred : forall k, (1 <= k <= d)%N -> \sum_(1 <= s < K.+1) m s k = 0.

Lemma predecessor_nonzero : K%:R - 1 != 0 :> R.
Proof. by rewrite lt0r_neq0 // subr_gt0 -[1]/(1%:R) ltr_nat. Qed.

Lemma simplex_head_gram s r : (1 <= s <= K)%N -> (1 <= r <= K)%N ->
  \sum_(1 <= k < d.+1) h * m s k * (h * m r k) =
  h ^+ 2 * M2 * K%:R / (K%:R - 1) * (s == r)%:R + - (h ^+ 2 * M2 / (K%:R - 1)).
Proof.
move=> sK rK; transitivity (h ^+ 2 * (\sum_(1 <= k < d.+1) m s k * m r k)).
  by rewrite big_distrr; apply: eq_bigr => k _ /=; ring.
by rewrite NC2 //; move: ((s == r)%:R : R) (K%:R : R) ((K%:R - 1)^-1) => e k t; ring.
Qed.

Lemma mean_square s : (1 <= s <= K)%N -> \sum_(1 <= k < d.+1) m s k ^+ 2 = M2.
Proof.
move=> sK; under eq_bigr do rewrite expr2; rewrite NC2 // eqxx mulr1.
by rewrite mulfK // predecessor_nonzero.
Qed.

Lemma shifted_head_square (v : nat -> R) :
  \sum_(1 <= k < d.+1) \sum_(1 <= r < K.+1) (h * m r k + v k) ^+ 2 =
  K%:R * (h ^+ 2 * M2 + \sum_(1 <= k < d.+1) v k ^+ 2).
Proof.
transitivity (\sum_(1 <= k < d.+1) (h ^+ 2 * (\sum_(1 <= r < K.+1) m r k ^+ 2) + K%:R * v k ^+ 2)).
  apply: sum_in_range => k kd; rewrite -sum_constant.
  transitivity (\sum_(1 <= r < K.+1) (h ^+ 2 * m r k ^+ 2 + v k ^+ 2) +
      2%:R * h * v k * (\sum_(1 <= r < K.+1) m r k)).
    by rewrite big_distrr -big_split /=; apply: eq_bigr => r _; ring.
  by rewrite centred // mulr0 addr0 big_split -big_distrr.
rewrite big_split -!big_distrr exchange_big /= mulrDr; congr (_ + _).
rewrite (sum_in_range mean_square) sum_constant.
by move: (K%:R : R) => k; ring.
Qed.

End Heads.

Lemma surrogate_algebra (R : realFieldType) (k h2 M2 x n w : R) : k - 1 != 0 -> h2 * M2 != 0 ->
  x * (k * (h2 * M2 + w)) / n = (1 + w / (M2 * h2)) * (k - 1) * (h2 * M2 * k / (k - 1) * x) / n.
Proof.
move=> k1; rewrite mulf_eq0 negb_or => /andP[h0 M0]; congr (_ / _).
by field; rewrite k1 h0 M0.
Qed.

Theorem surrogate_at_collapse : claim.
Proof.
move=> F K N d M h rho m o omega p v _ _ _ M0 h0 rho0 _ _ K2 p1 NC2 centred orthogonal.
have K1 := predecessor_nonzero F K K2.
have hM : h ^+ 2 * M ^+ 2 != 0 by rewrite mulf_neq0 ?expf_neq0 ?lt0r_neq0.
have NC2' j s : (1 <= j <= K)%N -> (1 <= s <= K)%N ->
    \sum_(1 <= k < d.+1) m j k * m s k = M ^+ 2 * (K%:R * (j == s)%:R - 1) / (K%:R - 1).
  by move=> jK sK; exact: NC2.
have simplex := @equiangular_flatness F K N d p omega p1 _ _ _ (@simplex_head_gram F K d m h (M ^+ 2) NC2').
have square u := @shifted_head_square F K d m h (M ^+ 2) K2 NC2' centred u.
split.
  have total : \sum_(1 <= k < d.+1) \sum_(1 <= r < K.+1) h ^+ 2 * m r k ^+ 2 = K%:R * (h ^+ 2 * M ^+ 2 + 0).
    transitivity (\sum_(1 <= k < d.+1) \sum_(1 <= r < K.+1) (h * m r k + 0) ^+ 2).
      by apply: eq_bigr => k _; apply: eq_bigr => r _; rewrite addr0 exprMn.
    rewrite (square (fun=> 0)); congr (_ * (_ + _)); rewrite big1 // => k _; exact: expr0n.
  by rewrite simplex total surrogate_algebra // mul0r addr0 mul1r.
split.
  rewrite (@equiangular_flatness F K N d p omega p1 o (rho ^+ 2) 0) => [|s r sK rK]; last first.
    by rewrite addr0; exact: orthogonal.
  have -> : \sum_(1 <= k < d.+1) \sum_(1 <= r < K.+1) o r k ^+ 2 = K%:R * rho ^+ 2.
    rewrite exchange_big -sum_constant; apply: sum_in_range => r rK.
    by under eq_bigr do rewrite expr2; rewrite orthogonal // eqxx mulr1.
  by congr (_ / _); rewrite mulrCA; congr (_ * _); exact: mulrC.
split; first by congr (_ / _); exact: (@gauge_flatness F K N d p omega p1 (fun r l => h * m r l) v).
by rewrite simplex square surrogate_algebra.
Qed.

Print Assumptions surrogate_at_collapse.
