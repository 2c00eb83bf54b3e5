(** Exact relative flatness at exact collapse, the length of the class means left free.

    NC1: every feature of class y is mu_y = m_y + g. NC2: <m_s, m_j> = M^2 (K delta_sj - 1)/(K-1).
    NC3: w_s = lambda m_s. NC4 (Lemma A.1): the effective biases lambda <m_s, g> + beta_s are equal. Then, with p the softmax,
      kappa = (1/K) sum_y ||mu_y||^2 tr Cov_p(w) = lambda^2 M^2 q (2 + (K-2) q)/(1 + (K-1) q)^2 sum_y ||mu_y||^2,
      q = exp(-lambda M^2 K/(K-1)).
    Any K >= 2, any dimension. collapsed_variance and collapsed_purity have no axioms.
    flatness_at_centred_collapse reduces the vectors to the scalar of collapse_implies_flatness. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From Coq Require Import Reals Lra.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring Rstruct.
From Tightframe Require Import sums reals.
From Tightframe.generated Require Import flatness_at_collapse.
From Tightframe Require Import limits.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma collapse_algebra (R : realFieldType) (h M k t q x : R) : k - 1 != 0 -> t != 0 ->
  h ^+ 2 * M * k / (k - 1) * ((k - 1) * x * q / t ^+ 2) = k * (M * h ^+ 2 * x * q / t ^+ 2).
Proof. by move=> k0 t0; field; rewrite k0 t0. Qed.

Section Collapse.
Variables (R : realFieldType) (K d : nat) (m : nat -> nat -> R) (M2 h : R).
Hypothesis K2 : (2 <= K)%N.
Hypothesis NC2 : forall j s, (1 <= j <= K)%N -> (1 <= s <= K)%N ->
  \sum_(1 <= k < d.+1) m j k * m s k = M2 * (K%:R * (j == s)%:R - 1) / (K%:R - 1).

Lemma predecessor_nonzero : K%:R - 1 != 0 :> R.
Proof. by rewrite lt0r_neq0 // subr_gt0 -[1]/(1%:R) ltr_nat. Qed.

(** tr Cov_p(w) at a scaled simplex head, for any probability vector p. *)
Lemma collapsed_variance (p : nat -> R) : \sum_(1 <= s < K.+1) p s = 1 ->
  \sum_(1 <= s < K.+1) p s * (\sum_(1 <= l < d.+1) (h * m s l - \sum_(1 <= j < K.+1) p j * (h * m j l)) ^+ 2) =
  h ^+ 2 * M2 * K%:R / (K%:R - 1) * (1 - \sum_(1 <= s < K.+1) p s ^+ 2).
Proof.
move=> p1; rewrite -(@gram_variance R K d p (fun s l => h * m s l) p1).
set b := h ^+ 2 * M2 / (K%:R - 1).
have gram j s : (1 <= j <= K)%N -> (1 <= s <= K)%N ->
    \sum_(1 <= k < d.+1) h * m j k * (h * m s k) = b * (K%:R * (j == s)%:R - 1).
  move=> jK sK; transitivity (h ^+ 2 * (\sum_(1 <= k < d.+1) m j k * m s k)).
    by rewrite big_distrr; apply: eq_bigr => k _ /=; ring.
  by rewrite NC2 // /b; move: (_ - 1) (K%:R - 1)^-1 => x y; ring.
have -> : \sum_(1 <= s < K.+1) p s * (\sum_(1 <= k < d.+1) h * m s k * (h * m s k)) = b * (K%:R - 1).
  transitivity (\sum_(1 <= s < K.+1) p s * (b * (K%:R - 1))).
    by apply: sum_in_range => s sK; rewrite gram // eqxx mulr1.
  by rewrite -big_distrl /= p1 mul1r.
have -> : \sum_(1 <= s < K.+1) \sum_(1 <= r < K.+1) p s * p r * (\sum_(1 <= k < d.+1) h * m s k * (h * m r k)) =
    b * (K%:R * (\sum_(1 <= s < K.+1) p s ^+ 2) - 1).
  transitivity (\sum_(1 <= s < K.+1) (b * K%:R * p s ^+ 2 - b * p s)).
    apply: sum_in_range => s sK.
    transitivity (\sum_(1 <= r < K.+1) ((s == r)%:R * (b * K%:R * p s * p r) - b * p s * p r)).
      by apply: sum_in_range => r rK; rewrite gram //; move: ((s == r)%:R : R) => e; ring.
    by rewrite sumrB sum_kronecker // -big_distrr /= p1; ring.
  by rewrite sumrB -!big_distrr /= p1; ring.
by rewrite /b; move: (K%:R : R) predecessor_nonzero (\sum_(_ <- _) _) => k k1 x; field.
Qed.

Variables (q : R) (y : nat).
Hypothesis yK : (1 <= y <= K)%N.
Let total := 1 + (K%:R - 1) * q.
Hypothesis total0 : total != 0.
Let odds s : R := if y == s then 1 else q.

Lemma odds_delta s : odds s = q + (y == s)%:R * (1 - q).
Proof. by rewrite /odds; case: (y == s); rewrite ?mulr1n ?mulr0n ?mul1r ?mul0r ?addr0 // addrC subrK. Qed.

Lemma sum_odds : \sum_(1 <= s < K.+1) odds s = total.
Proof.
under eq_bigr do rewrite odds_delta.
by rewrite big_split /= (@sum_kronecker R K y (fun=> 1 - q)) // sum_constant /total; ring.
Qed.

Lemma collapsed_purity :
  1 - \sum_(1 <= s < K.+1) (odds s / total) ^+ 2 = (K%:R - 1) * (2%:R + (K%:R - 2%:R) * q) * q / total ^+ 2.
Proof.
have -> : \sum_(1 <= s < K.+1) (odds s / total) ^+ 2 = (1 + (K%:R - 1) * q ^+ 2) / total ^+ 2.
  transitivity (\sum_(1 <= s < K.+1) (q ^+ 2 / total ^+ 2 + (y == s)%:R * ((1 - q ^+ 2) / total ^+ 2))).
    apply: eq_bigr => s _; rewrite /odds expr_div_n.
    by case: (y == s) => /=; move: (total ^+ 2)^-1 => t; ring.
  rewrite big_split /= (@sum_kronecker R K y (fun=> (1 - q ^+ 2) / total ^+ 2)) // sum_constant.
  by move: (total ^+ 2)^-1 => t; ring.
by move: total0; rewrite /total; move: (K%:R : R) => k k0; field.
Qed.

Lemma collapsed_row_variance (e : nat -> R) (E : R) : E != 0 ->
  (forall s, (1 <= s <= K)%N -> e s = E * odds s) ->
  \sum_(1 <= s < K.+1) e s * (\sum_(1 <= l < d.+1)
     (h * m s l - \sum_(1 <= j < K.+1) h * e j * m j l / (\sum_(1 <= r < K.+1) e r)) ^+ 2) / (\sum_(1 <= r < K.+1) e r) =
  K%:R * (M2 * h ^+ 2 * (2%:R + (K%:R - 2%:R) * q) * q / total ^+ 2).
Proof.
move=> E0 eE; have Z : \sum_(1 <= r < K.+1) e r = E * total.
  by rewrite -sum_odds big_distrr /=; apply: sum_in_range => s /eE.
have p s : (1 <= s <= K)%N -> e s / (E * total) = odds s / total.
  by move=> sK; rewrite eE // -mulf_div divff // mul1r.
have p1 : \sum_(1 <= s < K.+1) odds s / total = 1 by rewrite -big_distrl /= sum_odds divff.
transitivity (\sum_(1 <= s < K.+1) odds s / total * (\sum_(1 <= l < d.+1)
     (h * m s l - \sum_(1 <= j < K.+1) odds j / total * (h * m j l)) ^+ 2)).
  rewrite Z; apply: sum_in_range => s sK; rewrite mulrAC p //; congr (_ * _).
  apply: eq_bigr => l _; congr ((_ - _) ^+ 2); apply: sum_in_range => j jK.
  by rewrite -p //; move: (E * total)^-1 => t; ring.
rewrite collapsed_variance // collapsed_purity.
by apply: collapse_algebra; [exact: predecessor_nonzero | exact: total0].
Qed.

End Collapse.

Theorem flatness_at_collapse : claim.
Proof.
move=> K d M beta0 h beta g m _ _ M0 h0 K2 NC2 NC4.
set q := exp (Rdiv _ _).
pose e y s := exp (Rplus (beta s) (\big[Rplus/R0]_(1 <= k < d.+1) (h * (g k + m y k) * m s k)%R)).
have K1 : Rminus (INR K) 1 <> R0.
  by apply/eqP; rewrite R0_ring; to_field; exact: predecessor_nonzero.
have softmax y s : (1 <= y <= K)%N -> (1 <= s <= K)%N ->
    e y s = exp (Rplus beta0 (Rmult h (pow M 2))) * (if y == s then 1 else q).
  move=> yK sK; rewrite /e.
  have -> : \big[Rplus/R0]_(1 <= k < d.+1) (h * (g k + m y k) * m s k)%R =
      Rmult h (Rplus (Rdiv (Rminus beta0 (beta s)) h)
        (Rdiv (Rmult (pow M 2) (Rminus (Rmult (INR K) (INR (y == s))) 1)) (Rminus (INR K) 1))).
    rewrite -NC2 // -NC4 //; to_field; rewrite -big_split big_distrr /=.
    by apply: eq_bigr => k _; ring.
  have hn : h <> R0 by move=> hE; move: h0; rewrite hE; exact: Rlt_irrefl.
  rewrite /q; case: (y == s); last by rewrite (_ : INR false = IZR 0) // wrong_logit // exp_plus.
  by rewrite mulr1 (_ : INR true = IZR 1) // right_logit.
have q0 : Rlt 0 q by exact: exp_pos.
have k2 := two_classes K2.
have total0 : 1 + (K%:R - 1) * q != 0 :> R.
  apply/eqP => zero; have : Rplus 1 (Rmult (Rminus (INR K) 1) q) = R0 by to_field; rewrite zero.
  by apply: Rgt_not_eq; apply: positive_total.
have sizes : K%:R != 0 :> R by rewrite pnatr_eq0 -lt0n ltnW.
to_field.
rewrite big_distrl /= [RHS](_ : _ = \sum_(1 <= y < K.+1) M ^+ 2 * h ^+ 2 * (2%:R + (K%:R - 2%:R) * q) * q /
   (1 + (K%:R - 1) * q) ^+ 2 * (\sum_(1 <= i < d.+1) (g i + m y i) ^+ 2)); last first.
  by rewrite -big_distrr /= mulrAC.
apply: sum_in_range => y yK.
have [E0 eE] : exp (Rplus beta0 (Rmult h (pow M 2))) != 0 :> R /\ forall s, (1 <= s <= K)%N ->
    e y s = exp (Rplus beta0 (Rmult h (pow M 2))) * (if y == s then 1 else q).
  by split=> [|s]; [apply/eqP/Rgt_not_eq; exact: exp_pos | exact: softmax].
have gram j s : (1 <= j <= K)%N -> (1 <= s <= K)%N ->
    \sum_(1 <= k < d.+1) m j k * m s k = M ^+ 2 * (K%:R * (j == s)%:R - 1) / (K%:R - 1).
  by move=> jK sK; have := NC2 j jK s sK; to_field.
have := @collapsed_row_variance R_realFieldType K d m (M ^+ 2) h K2 gram q y yK total0 (e y) _ E0 eE.
rewrite /e; to_field => ->.
by rewrite mulrAC [K%:R * _]mulrC mulfK // mulrC.
Qed.

(** The scalar of collapse_implies_flatness is this vector statement at centred class means: with g = 0, equal biases and
    u = lambda M^2, kappa = K u^2 (2 + (K-2) q) q/(1 + (K-1) q)^2, q = exp(-K u/(K-1)). *)
Section Reduction.
Local Open Scope R_scope.

Definition relative_flatness (K d : nat) (lambda : R) (beta g : nat -> R) (m : nat -> nat -> R) : R :=
  (\big[Rplus/R0]_(1 <= y < K.+1) ((\big[Rplus/R0]_(1 <= s < K.+1) ((exp ((beta s) + (\big[Rplus/R0]_(1 <= k < d.+1) (lambda * ((g k) + (m y k)) * (m s k))))) * (\big[Rplus/R0]_(1 <= l < d.+1) (((lambda * (m s l)) - (\big[Rplus/R0]_(1 <= j < K.+1) (lambda * (exp ((beta j) + (\big[Rplus/R0]_(1 <= k < d.+1) (lambda * ((g k) + (m y k)) * (m j k))))) * (m j l) / (\big[Rplus/R0]_(1 <= r < K.+1) (exp ((beta r) + (\big[Rplus/R0]_(1 <= k < d.+1) (lambda * ((g k) + (m y k)) * (m r k))))))))) ^ 2)) / (\big[Rplus/R0]_(1 <= r < K.+1) (exp ((beta r) + (\big[Rplus/R0]_(1 <= k < d.+1) (lambda * ((g k) + (m y k)) * (m r k)))))))) * (\big[Rplus/R0]_(1 <= i < d.+1) (((g i) + (m y i)) ^ 2)))) / (INR K).

Theorem flatness_at_centred_collapse (K d : nat) (M lambda b u : R) (m : nat -> nat -> R) :
  (0 < d)%N -> 0 < M -> 0 < lambda -> (2 <= K)%N ->
  (forall j : nat, (1 <= j <= K)%N -> forall s : nat, (1 <= s <= K)%N -> \big[Rplus/R0]_(1 <= k < d.+1) ((m j k) * (m s k)) = (M ^ 2) * (((INR K) * (INR (j == s))) - 1) / ((INR K) - 1)) ->
  u = M ^ 2 * lambda ->
  relative_flatness K d lambda (fun=> b) (fun=> 0) m =
  (INR K) * (u ^ 2) * (2 + (((INR K) - 2) * (exp ((- ((INR K) * u)) / ((INR K) - 1))))) * (exp ((- ((INR K) * u)) / ((INR K) - 1))) / ((1 + (((INR K) - 1) * (exp ((- ((INR K) * u)) / ((INR K) - 1))))) ^ 2).
Proof.
move=> d0 M0 h0 K2 NC2 ->.
have k2 := two_classes K2.
have K1 : INR K - 1 <> 0 by lra.
have K0 : (0 < K)%N by apply: leq_trans K2.
have zero s : (1 <= s <= K)%N -> \big[Rplus/R0]_(1 <= k < d.+1) (0 * m s k) = (b - b) / lambda.
  by move=> _; rewrite big1 => [|k _]; rewrite ?Rmult_0_l // /Rdiv Rminus_diag_eq // Rmult_0_l.
have squares y : (1 <= y <= K)%N -> \big[Rplus/R0]_(1 <= i < d.+1) ((0 + m y i) ^ 2) = M ^ 2.
  move=> yK; transitivity (\big[Rplus/R0]_(1 <= i < d.+1) (m y i * m y i)).
    by apply: eq_bigr => i _; rewrite Rplus_0_l /= Rmult_1_r.
  by rewrite NC2 // eqxx /INR Rmult_1_r /Rdiv Rmult_assoc Rinv_r // Rmult_1_r.
have total : \big[Rplus/R0]_(1 <= y < K.+1) (\big[Rplus/R0]_(1 <= i < d.+1) ((0 + m y i) ^ 2)) = INR K * M ^ 2.
  transitivity (\big[Rplus/R0]_(1 <= y < K.+1) (M ^ 2)).
    by rewrite big_nat [RHS]big_nat; apply: eq_bigr => y yK; exact: squares.
  elim: (K) => [|k IH]; first by rewrite big_nil Rmult_0_l.
  by rewrite big_nat_recr // IH S_INR Rmult_plus_distr_r Rmult_1_l.
rewrite /relative_flatness (@flatness_at_collapse K d M b lambda (fun=> b) (fun=> 0) m K0 d0 M0 h0 K2 NC2 zero) total.
rewrite -(Rmult_assoc (INR K)).
set q := exp _.
by rewrite /Rdiv; apply: Rmult_eq_compat_r; lra.
Qed.

End Reduction.

Print Assumptions flatness_at_collapse.
