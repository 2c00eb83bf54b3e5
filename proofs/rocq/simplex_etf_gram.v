(** The simplex frame: V = sqrt(K/(K-1)) (I - J/K) for K >= 2.

    Gram matrix V^T V: unit columns with inner products -1/(K-1); zero sum V 1 = 0; rank K - 1;
    frame operator V V^T = K/(K-1) (I - J/K): V is tight on the hyperplane sum = 0; and I - J/K is the
    projection on that hyperplane, (I - J/K)^2 = I - J/K, (I - J/K) J = 0.
    Any K >= 2, any real closed field (square roots exist). No axioms. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.
From Tightframe.generated Require Import simplex_etf_gram.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Centring.
Variables (R : realFieldType) (K : nat).
Hypothesis K2 : (2 <= K)%N.
Let J := const_mx 1 : 'M[R]_(K, K).
Let A := (- 1 / K%:R) *: J + 1%:M.

Lemma classes_nonzero : K%:R != 0 :> R. Proof. by rewrite pnatr_eq0 -lt0n ltnW. Qed.

Lemma predecessor_positive : 0 < K%:R - 1 :> R.
Proof. by rewrite subr_gt0 -[1]/(1%:R) ltr_nat. Qed.

Lemma ones_times (m : nat) : J *m (const_mx 1 : 'M_(K, m)) = K%:R *: const_mx 1.
Proof.
apply/matrixP => i j; rewrite !mxE.
by under eq_bigr do rewrite !mxE mulr1; rewrite sumr_const card_ord mulr1.
Qed.

Lemma centring_ones (m : nat) : A *m (const_mx 1 : 'M_(K, m)) = 0.
Proof.
rewrite mulmxDl mul1mx -scalemxAl ones_times scalerA mulrAC -mulrA divff ?classes_nonzero //.
by rewrite mulN1r scaleN1r addNr.
Qed.

Lemma centring_idempotent : A *m A = A.
Proof. by rewrite {2}/A mulmxDr mulmx1 -scalemxAr centring_ones scaler0 add0r. Qed.

Lemma rank_centring : \rank A = K.-1.
Proof.
have rankJ : (\rank ((- 1 / K%:R) *: J) <= 1)%N.
  have -> : (- 1 / K%:R) *: J = ((- 1 / K%:R) *: const_mx 1 : 'cV_K) *m (const_mx 1 : 'rV_K).
    by apply/matrixP => i j; rewrite !mxE big_ord1 !mxE mulr1.
  exact: leq_trans (mxrankM_maxl _ _) (rank_leq_col _).
have lower : (K <= \rank A + 1)%N.
  rewrite -{1}(mxrank1 R K); have -> : 1%:M = A + - ((- 1 / K%:R) *: J) by rewrite addrAC subrr add0r.
  by apply: leq_trans (mxrank_add _ _) _; rewrite leq_add2l mxrank_opp.
have upper : (\rank A < K)%N.
  rewrite ltn_neqAle rank_leq_row andbT; apply/negP => /eqP full.
  have unitA : A \in unitmx by rewrite -row_free_unit /row_free full.
  have : (const_mx 1 : 'cV[R]_K) = 0 by rewrite -[LHS](mulKmx unitA) centring_ones mulmx0.
  have index : 'I_K by exact: Ordinal (ltnW K2).
  by move/matrixP => /(_ index ord0); rewrite !mxE => /eqP; rewrite oner_eq0.
apply/eqP; rewrite eqn_leq -ltnS -subn1 leq_subLR addnC lower andbT.
by rewrite subn1 prednK // ltnW.
Qed.

Variable a : R.
Hypothesis root : a ^+ 2 = K%:R / (K%:R - 1).

Lemma frame_square : (a *: A) *m (a *: A) = (K%:R / (K%:R - 1)) *: A.
Proof. by rewrite -scalemxAl -scalemxAr scalerA centring_idempotent -expr2 root. Qed.

Lemma frame_entry (j s : 'I_K) :
  ((a *: A) *m (a *: A)) s j = (K%:R * (j == s)%:R - 1) / (K%:R - 1).
Proof.
rewrite frame_square !mxE mulr1 (eq_sym s j).
move: ((j == s)%:R : R) (K%:R : R) classes_nonzero predecessor_positive.
by move=> e x x0 /lt0r_neq0 x1; field; rewrite x0 x1.
Qed.

Lemma frame_rank : a != 0 -> (\rank (a *: A))%:R = K%:R - 1 :> R.
Proof. by move=> a0; rewrite mxrank_scale_nz // rank_centring -subn1 natrB // ltnW. Qed.

End Centring.

Theorem simplex_etf_gram : claim.
Proof.
move=> F K _ K2.
have K1p := predecessor_positive F K K2; have K1 : K%:R != 0 :> F by exact: classes_nonzero.
have root : (Num.sqrt K%:R / Num.sqrt (K%:R - 1)) ^+ 2 = K%:R / (K%:R - 1) :> F.
  by rewrite expr_div_n !sqr_sqrtr ?ler0n ?(ltW K1p).
have a0 : Num.sqrt K%:R / Num.sqrt (K%:R - 1) != 0 :> F.
  by rewrite -sqrf_eq0 root mulf_neq0 ?invr_neq0 // lt0r_neq0.
split; first by move=> j s; exact: frame_entry root j s.
split; first by rewrite centring_ones // scaler0; apply/matrixP => i j; rewrite !mxE.
split; first exact: frame_rank.
split; first exact: frame_square.
split; first exact: centring_idempotent.
by rewrite centring_ones //; apply/matrixP => i j; rewrite !mxE.
Qed.

Print Assumptions simplex_etf_gram.
