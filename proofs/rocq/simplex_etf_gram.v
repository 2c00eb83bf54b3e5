(** The simplex frame: V = sqrt(K/(K-1)) (I - J/K) for K >= 2.

    Gram matrix:  sum_r V_{sr} V_{jr} = delta_{sj} K/(K-1) - 1/(K-1), that is unit vectors with
                  inner products -1/(K-1); by symmetry the frame operator is K/(K-1) (I - J/K):
                  V is tight on the hyperplane sum = 0.
    Zero sum:     sum_s V_{sr} = 0.
    Rank:         rank (I - J/K) = K - 1 (simplex_etf_gram_rank).
    Any K >= 2, any real closed field (square roots exist). No axioms. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From Tightframe Require Import sums.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma predecessor_positive (R : realFieldType) (K : nat) : (2 <= K)%N -> 0 < K%:R - 1 :> R.
Proof. by move=> K2; rewrite subr_gt0 -[1]/(1%:R) ltr_nat. Qed.

Lemma centred_gram (R : realFieldType) (K s j : nat) : (1 <= s <= K)%N -> (1 <= j <= K)%N ->
  \sum_(1 <= r < K.+1) ((s == r)%:R - K%:R^-1) * ((j == r)%:R - K%:R^-1) =
  (s == j)%:R - K%:R^-1 :> R.
Proof.
move=> sK jK.
have K0 : K%:R != 0 :> R by rewrite pnatr_eq0; case: K sK {jK} => // /andP[]; case: s.
transitivity (\sum_(1 <= r < K.+1) ((s == r)%:R * ((j == r)%:R - K%:R^-1) -
   ((j == r)%:R * K%:R^-1 - K%:R^-1 * K%:R^-1 : R))).
  by apply: eq_bigr => r _; move: (s == r)%:R (j == r)%:R => e f; ring.
rewrite !sumrB (@sum_kronecker R K s (fun r => (j == r)%:R - K%:R^-1)) //.
rewrite (@sum_kronecker R K j (fun=> K%:R^-1)) // sum_constant mulrA divff // mul1r subrr subr0.
by rewrite eq_sym.
Qed.

Lemma scaled_gram (R : realFieldType) (K s j : nat) (a : R) : (1 <= s <= K)%N -> (1 <= j <= K)%N ->
  \sum_(1 <= r < K.+1) a * ((s == r)%:R - 1 / K%:R) * (a * ((j == r)%:R - 1 / K%:R)) =
  a ^+ 2 * ((s == j)%:R - 1 / K%:R).
Proof.
move=> sK jK; rewrite !mul1r -centred_gram // big_distrr /=; apply: eq_bigr => r _.
by move: ((s == r)%:R : R) ((j == r)%:R : R) => e f; ring.
Qed.

Lemma gram_entries (R : realFieldType) (K : nat) (e : R) : K%:R != 0 :> R -> K%:R - 1 != 0 :> R ->
  K%:R / (K%:R - 1) * (e - 1 / K%:R) = K%:R / (K%:R - 1) * e - 1 / (K%:R - 1).
Proof. by move=> K0 K10; field; rewrite K0. Qed.

Lemma gram_diagonal (R : realFieldType) (K : nat) : K%:R != 0 :> R -> K%:R - 1 != 0 :> R ->
  K%:R / (K%:R - 1) * (1 - 1 / K%:R) = 1 :> R.
Proof. by move=> K0 K10; field; rewrite K0. Qed.

Theorem simplex_etf_gram (R : rcfType) (K : nat) : (2 <= K)%N ->
  let V (s r : nat) : R := Num.sqrt (K%:R / (K%:R - 1)) * ((s == r)%:R - 1 / K%:R) in
  (forall s j, (1 <= s <= K)%N -> (1 <= j <= K)%N ->
     \sum_(1 <= r < K.+1) V s r * V j r = K%:R / (K%:R - 1) * (s == j)%:R - 1 / (K%:R - 1)) /\
  (forall s, (1 <= s <= K)%N -> \sum_(1 <= r < K.+1) V s r ^+ 2 = 1) /\
  (forall r, (1 <= r <= K)%N -> \sum_(1 <= s < K.+1) V s r = 0) /\
  (forall r t, (1 <= r <= K)%N -> (1 <= t <= K)%N ->
     \sum_(1 <= s < K.+1) V s r * V s t = K%:R / (K%:R - 1) * ((r == t)%:R - 1 / K%:R)).
Proof.
move=> K2 V.
have K1p : 0 < K%:R - 1 :> R by exact: predecessor_positive.
have Kp : 0 < K%:R :> R by rewrite ltr0n; case: K K2 {V K1p}.
have [K10 K0] := (lt0r_neq0 K1p, lt0r_neq0 Kp).
have root : Num.sqrt (K%:R / (K%:R - 1)) ^+ 2 = K%:R / (K%:R - 1) :> R.
  by rewrite sqr_sqrtr // divr_ge0 // ltW.
have gram s j : (1 <= s <= K)%N -> (1 <= j <= K)%N ->
    \sum_(1 <= r < K.+1) V s r * V j r = K%:R / (K%:R - 1) * ((s == j)%:R - 1 / K%:R).
  by move=> sK jK; rewrite -root; exact: scaled_gram.
have symmetric s r : V s r = V r s by rewrite /V eq_sym.
split=> [s j sK jK|]; first by rewrite gram // gram_entries.
split=> [s sK|].
  by under eq_bigr do rewrite expr2; rewrite gram // eqxx gram_diagonal.
split=> [r rK|r t rK tK].
  rewrite /V -big_distrr sumrB sum_constant /=.
  have -> : \sum_(1 <= s < K.+1) (s == r)%:R = 1 :> R.
    by rewrite -[RHS](@sum_kronecker_r R K r (fun=> 1)) //; apply: eq_bigr => s _; rewrite mul1r.
  by rewrite mul1r divff // subrr mulr0.
by under eq_bigr do rewrite ![V _ _]symmetric; rewrite gram.
Qed.

(** Rank K - 1, as a matrix over any real field. *)
Theorem simplex_etf_gram_rank (R : realFieldType) (K : nat) : (2 <= K)%N ->
  \rank (1%:M - K%:R^-1 *: const_mx 1 : 'M[R]_K) = K.-1.
Proof.
move=> K2; set J : 'M[R]_K := const_mx 1; set A := 1%:M - _.
have K0 : K%:R != 0 :> R by rewrite pnatr_eq0; case: K K2 {J A}.
have rankJ : (\rank (K%:R^-1 *: J) <= 1)%N.
  have -> : K%:R^-1 *: J = (K%:R^-1 *: const_mx 1 : 'cV_K) *m (const_mx 1 : 'rV_K).
    by apply/matrixP => i j; rewrite !mxE big_ord1 !mxE mulr1.
  exact: leq_trans (mxrankM_maxl _ _) (rank_leq_col _).
have lower : (K <= \rank A + 1)%N.
  rewrite -{1}(mxrank1 R K); have -> : 1%:M = A + K%:R^-1 *: J by rewrite subrK.
  exact: leq_trans (mxrank_add _ _) (leq_add (leqnn _) rankJ).
have kernel : A *m (const_mx 1 : 'cV_K) = 0.
  rewrite mulmxBl mul1mx -scalemxAl; apply/matrixP => i j; rewrite !mxE.
  under eq_bigr do rewrite !mxE mulr1.
  by rewrite sumr_const card_ord mulVf // subrr.
have upper : (\rank A < K)%N.
  rewrite ltn_neqAle rank_leq_row andbT; apply/negP => /eqP full.
  have unitA : A \in unitmx by rewrite -row_free_unit /row_free full.
  have : (const_mx 1 : 'cV[R]_K) = 0 by rewrite -[LHS](mulKmx unitA) kernel mulmx0.
  case: K K2 {J A K0 rankJ lower kernel full unitA} => // K' _ /matrixP /(_ ord0 ord0).
  by rewrite !mxE => /eqP; rewrite oner_eq0.
by case: K K2 {J K0 kernel rankJ} A lower upper => // K' _ A; rewrite addn1 !ltnS => ? ?; apply/eqP; rewrite eqn_leq; apply/andP.
Qed.

Print Assumptions simplex_etf_gram.
Print Assumptions simplex_etf_gram_rank.
