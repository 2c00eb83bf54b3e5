(** Consecutive linear layers forget their imbalance at twice the weight decay, under any loss, at any depth.

    W_1' = W_2^T G - lambda W_1,  W_2' = G W_1^T - lambda W_2 (G minus the loss gradient in the product W_2 W_1), and
    D = W_2^T W_2 - W_1 W_1^T. The matrix identity W_2^T (G W_1^T) = (W_2^T G) W_1^T makes the gradient terms cancel, so
      D' = -2 lambda D entry by entry, (exp(2 lambda t) D)' = 0,
    and along every solution D(t) = exp(-2 lambda t) D(0) (balancedness_decays_along_flow, from the scalar Gronwall form
    balancedness_decays_gronwall). Any widths, any G(t). Standard classical reals. *)

Set Warnings "-notation-overridden,-ambiguous-paths".
From Coq Require Import Reals.
From Coquelicot Require Import Coquelicot.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring Rstruct.
From Tightframe Require Import sums reals derivatives rates.
From Tightframe.generated Require Import balancedness_decays.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Rates.
Variables (R : realFieldType) (d0 d1 d2 : nat) (lambda : R) (G W1 W2 : nat -> nat -> R) (i j : nat).
Hypotheses (iK : (1 <= i <= d1)%N) (jK : (1 <= j <= d1)%N).
Let D := \sum_(1 <= e < d2.+1) W2 e i * W2 e j - \sum_(1 <= e < d0.+1) W1 i e * W1 j e.

Lemma lower_terms (a b : nat) : (1 <= a <= d1)%N ->
  \sum_(1 <= f2 < d0.+1) \sum_(1 <= f1 < d1.+1)
    (\sum_(1 <= e < d2.+1) G e f2 * W2 e f1 - lambda * W1 f1 f2) * ((f1 == a)%:R * W1 b f2) =
  \sum_(1 <= f2 < d0.+1) \sum_(1 <= e < d2.+1) G e f2 * W2 e a * W1 b f2 -
  lambda * (\sum_(1 <= f2 < d0.+1) W1 a f2 * W1 b f2).
Proof.
move=> aK; rewrite big_distrr -sumrB; apply: eq_bigr => f2 _ /=.
rewrite -big_distrl /= mulrA -mulrBl.
rewrite -(@sum_kronecker_r R d1 a (fun f1 => (\sum_(1 <= e < d2.+1) G e f2 * W2 e f1 - lambda * W1 f1 f2) * W1 b f2)) //.
by apply: eq_bigr => f1 _; rewrite -!mulrA; congr (_ * _); exact: mulrC.
Qed.

Lemma upper_terms (a b : nat) : (1 <= a <= d1)%N ->
  \sum_(1 <= f2 < d1.+1) \sum_(1 <= f1 < d2.+1)
    (\sum_(1 <= e < d0.+1) G f1 e * W1 f2 e - lambda * W2 f1 f2) * ((f2 == a)%:R * W2 f1 b) =
  \sum_(1 <= f2 < d0.+1) \sum_(1 <= e < d2.+1) G e f2 * W2 e b * W1 a f2 -
  lambda * (\sum_(1 <= e < d2.+1) W2 e a * W2 e b).
Proof.
move=> aK; rewrite exchange_big [X in _ = X - _]exchange_big big_distrr -sumrB /=; apply: eq_bigr => f1 _.
transitivity ((\sum_(1 <= e < d0.+1) G f1 e * W1 a e - lambda * W2 f1 a) * W2 f1 b).
  rewrite -(@sum_kronecker_r R d1 a (fun f2 => (\sum_(1 <= e < d0.+1) G f1 e * W1 f2 e - lambda * W2 f1 f2) * W2 f1 b)) //.
  by apply: eq_bigr => f2 _; rewrite -!mulrA; congr (_ * _); exact: mulrC.
rewrite mulrBl -mulrA; congr (_ - _); rewrite big_distrl; apply: eq_bigr => e _ /=.
by rewrite mulrAC.
Qed.

(** The gradient terms cancel: only the decay is left. *)
Lemma rate_of_imbalance :
  \sum_(1 <= f2 < d0.+1) \sum_(1 <= f1 < d1.+1) (\sum_(1 <= e < d2.+1) G e f2 * W2 e f1 - lambda * W1 f1 f2) *
    (- ((f1 == i)%:R * W1 j f2 + (f1 == j)%:R * W1 i f2)) +
  \sum_(1 <= f2 < d1.+1) \sum_(1 <= f1 < d2.+1) (\sum_(1 <= e < d0.+1) G f1 e * W1 f2 e - lambda * W2 f1 f2) *
    ((f2 == i)%:R * W2 f1 j + (f2 == j)%:R * W2 f1 i) = - 2%:R * lambda * D.
Proof.
under eq_bigr do under eq_bigr do rewrite mulrN mulrDr.
under eq_bigr do rewrite sumrN big_split /=.
under [X in _ + X]eq_bigr do under eq_bigr do rewrite mulrDr.
under [X in _ + X]eq_bigr do rewrite big_split /=.
rewrite sumrN !big_split /= !lower_terms // !upper_terms // /D.
have swap (f g : nat -> R) (m : nat) : \sum_(1 <= e < m.+1) f e * g e = \sum_(1 <= e < m.+1) g e * f e.
  by apply: eq_bigr => e _; exact: mulrC.
rewrite (swap (W1 j) (W1 i)) (swap (fun e => W2 e j) (fun e => W2 e i)).
move: (\sum_(_ <- _) \sum_(_ <- _) _) (\sum_(_ <- _) \sum_(_ <- _) _) => a b.
by move: (\sum_(_ <- _) W1 _ _ * _) (\sum_(_ <- _) W2 _ _ * _) => x y; ring.
Qed.

(** Products with one entry moved by x: affine, and quadratic. *)
Lemma moved_once (m r : nat) (x u : R) (w v : nat -> R) : (1 <= r <= m)%N ->
  \sum_(1 <= e < m.+1) (x * (e == r)%:R * u + w e) * v e = \sum_(1 <= e < m.+1) w e * v e + x * (u * v r).
Proof.
move=> rm; rewrite -(@sum_kronecker_r R m r (fun e => x * (u * v e))) // -big_split /=.
by apply: eq_bigr => e _; move: ((e == r)%:R : R) => a; ring.
Qed.

Lemma moved_twice (m r : nat) (x u v : R) (w z : nat -> R) : (1 <= r <= m)%N ->
  \sum_(1 <= e < m.+1) (x * (e == r)%:R * u + w e) * (x * (e == r)%:R * v + z e) =
  \sum_(1 <= e < m.+1) w e * z e + x * (u * z r + v * w r) + x ^+ 2 * (u * v).
Proof.
move=> rm; rewrite -addrA -(@sum_kronecker_r R m r (fun e => x * (u * z e + v * w e) + x ^+ 2 * (u * v))) // -big_split /=.
apply: eq_bigr => e _; have [_|_] := eqVneq e r; rewrite ?mulr1n ?mulr0n; ring.
Qed.

End Rates.

Section Derivatives.
Variables (m r : nat) (u v k : R) (w z : nat -> R).
Hypothesis rm : (1 <= r <= m)%N.

Lemma derive_once : Derive (fun x => \sum_(1 <= e < m.+1) (x * (e == r)%:R * u + w e) * v * z e) 0 = u * v * z r.
Proof.
apply: (@derivative_at_zero _ (\sum_(1 <= e < m.+1) w e * (v * z e)) _ 0) => x; to_field.
rewrite mulr0 addr0 -mulrA -(@moved_once _ m r x u w (fun e => v * z e)) //.
by apply: eq_bigr => e _; rewrite mulrA.
Qed.

Lemma derive_moved : Derive (fun x => \sum_(1 <= e < m.+1) (x * (e == r)%:R * u + w e) * z e) 0 = u * z r.
Proof.
apply: (@derivative_at_zero _ (\sum_(1 <= e < m.+1) w e * z e) _ 0) => x; to_field.
by rewrite mulr0 addr0 moved_once.
Qed.

Lemma derive_square_less : Derive (fun x => \sum_(1 <= e < m.+1)
  (x * (e == r)%:R * u + w e) * (x * (e == r)%:R * v + z e) - k) 0 = u * z r + v * w r.
Proof.
apply: (@derivative_at_zero _ (\sum_(1 <= e < m.+1) w e * z e - k) _ (u * v)) => x; to_field.
rewrite moved_twice //; move: (\sum_(_ <- _) _) => a; ring.
Qed.

Lemma derive_less_square : Derive (fun x => k - \sum_(1 <= e < m.+1)
  (x * (e == r)%:R * u + w e) * (x * (e == r)%:R * v + z e)) 0 = - (u * z r + v * w r).
Proof.
apply: (@derivative_at_zero _ (k - \sum_(1 <= e < m.+1) w e * z e) _ (- (u * v))) => x; to_field.
rewrite moved_twice //; move: (\sum_(_ <- _) _) => a; ring.
Qed.

End Derivatives.

Lemma cancelling (F : realFieldType) (D l x : F) : D * (2%:R * l * x) + - 2%:R * l * D * x = 0.
Proof. by ring. Qed.

Theorem balancedness_decays : claim.
Proof.
move=> d0 d1 d2 lambda t E G W1 W2 _ _ _ lambda0.
split=> [r rK s sK|].
  to_field; apply: eq_bigr => l _; under eq_bigr do rewrite derive_moved //.
  rewrite -(@sum_kronecker_r _ d2 s (fun k => E k l * W1 r l)) //; apply: eq_bigr => k _.
  by rewrite [RHS]mulrC [E k l * _]mulrC mulrA.
split=> [r rK s sK|].
  to_field; rewrite exchange_big; apply: eq_bigr => k _ /=; under eq_bigr do rewrite derive_moved //.
  rewrite -(@sum_kronecker_r _ d0 s (fun l => E k l * W2 k r)) //; apply: eq_bigr => l _.
  by rewrite [RHS]mulrC [E k l * _]mulrC mulrA.
have rate i j : (1 <= i <= d1)%N -> (1 <= j <= d1)%N ->
  \sum_(1 <= f2 < d0.+1) \sum_(1 <= f1 < d1.+1)
    (\sum_(1 <= e1 < d2.+1) G e1 f2 * W2 e1 f1 - lambda * W1 f1 f2) *
    Derive (fun x => \sum_(1 <= e1 < d2.+1) W2 e1 i * W2 e1 j - \sum_(1 <= e2 < d0.+1)
      (x * (e2 == f2)%:R * (f1 == i)%:R + W1 i e2) * (x * (e2 == f2)%:R * (f1 == j)%:R + W1 j e2)) 0 +
  \sum_(1 <= f2 < d1.+1) \sum_(1 <= f1 < d2.+1)
    (\sum_(1 <= e1 < d0.+1) G f1 e1 * W1 f2 e1 - lambda * W2 f1 f2) *
    Derive (fun x => \sum_(1 <= e1 < d2.+1)
      (x * (e1 == f1)%:R * (f2 == i)%:R + W2 e1 i) * (x * (e1 == f1)%:R * (f2 == j)%:R + W2 e1 j) -
      \sum_(1 <= e2 < d0.+1) W1 i e2 * W1 j e2) 0 =
  - 2%:R * lambda * (\sum_(1 <= e < d2.+1) W2 e i * W2 e j - \sum_(1 <= e < d0.+1) W1 i e * W1 j e).
  move=> iK jK; rewrite -(@rate_of_imbalance _ d0 d1 d2 lambda G W1 W2 i j iK jK); congr (_ + _).
    apply: sum_in_range => f2 f2K; apply: eq_bigr => f1 _; congr (_ * _).
    exact: (@derive_less_square d0 f2 (f1 == i)%:R (f1 == j)%:R _ (W1 i) (W1 j)).
  apply: eq_bigr => f2 _; apply: sum_in_range => f1 f1K; congr (_ * _).
  exact: (@derive_square_less d2 f1 (f2 == i)%:R (f2 == j)%:R _ (fun e => W2 e i) (fun e => W2 e j)).
split=> [i iK j jK|i iK j jK]; first by to_field; exact: rate.
rewrite slope_of_exponential; to_field; rewrite rate //.
exact: cancelling.
Qed.

(** Gronwall: the rate alone decides. *)
Theorem balancedness_decays_gronwall (D : R -> R) (lambda : R) :
  (forall t, is_derive D t (Ropp (2%:R * lambda) * D t)) -> forall t, D t = exp (Ropp (2%:R * lambda) * t) * D 0.
Proof. exact: exponential_decay. Qed.

Section Along.
Variables (R : realFieldType) (d0 d2 : nat) (lambda : R) (G W1 W2 : nat -> nat -> R) (i j : nat).
Let speed1 a b := \sum_(1 <= e < d2.+1) W2 e a * G e b - lambda * W1 a b.
Let speed2 a b := \sum_(1 <= e < d0.+1) G a e * W1 b e - lambda * W2 a b.

Lemma rate_by_products :
  \sum_(1 <= e < d2.+1) (speed2 e i * W2 e j + W2 e i * speed2 e j) -
  \sum_(1 <= e < d0.+1) (speed1 i e * W1 j e + W1 i e * speed1 j e) =
  - 2%:R * lambda * (\sum_(1 <= e < d2.+1) W2 e i * W2 e j - \sum_(1 <= e < d0.+1) W1 i e * W1 j e).
Proof.
pose mixed a b := \sum_(1 <= e < d2.+1) \sum_(1 <= f < d0.+1) G e f * W1 a f * W2 e b.
have upper : \sum_(1 <= e < d2.+1) (speed2 e i * W2 e j + W2 e i * speed2 e j) =
    mixed i j + mixed j i - 2%:R * lambda * (\sum_(1 <= e < d2.+1) W2 e i * W2 e j).
  rewrite big_distrr -big_split -sumrB; apply: eq_bigr => e _ /=.
  by rewrite -!big_distrl /= /speed2; move: (\sum_(_ <- _) _) (\sum_(_ <- _) _) => x y; ring.
have lower : \sum_(1 <= e < d0.+1) (speed1 i e * W1 j e + W1 i e * speed1 j e) =
    mixed j i + mixed i j - 2%:R * lambda * (\sum_(1 <= e < d0.+1) W1 i e * W1 j e).
  rewrite /mixed exchange_big [X in _ + X - _]exchange_big big_distrr -big_split -sumrB; apply: eq_bigr => f _ /=.
  have swap a b : \sum_(1 <= e < d2.+1) G e f * W1 a f * W2 e b = W1 a f * (\sum_(1 <= e < d2.+1) W2 e b * G e f).
    by rewrite big_distrr; apply: eq_bigr => e _ /=; ring.
  by rewrite !swap /speed1; move: (\sum_(_ <- _) _) (\sum_(_ <- _) _) => x y; ring.
rewrite upper lower; move: (mixed i j) (mixed j i) (\sum_(_ <- _) _) (\sum_(_ <- _) _) => x y a b; ring.
Qed.

End Along.

(** Along every solution of the flow, whatever the gradient G(t) is. *)
Theorem balancedness_decays_along_flow (d0 d2 : nat) (lambda : R) (G W1 W2 : R -> nat -> nat -> R) (i j : nat) :
  (forall t a b, is_derive (fun t => W1 t a b) t (\sum_(1 <= e < d2.+1) W2 t e a * G t e b - lambda * W1 t a b)) ->
  (forall t a b, is_derive (fun t => W2 t a b) t (\sum_(1 <= e < d0.+1) G t a e * W1 t b e - lambda * W2 t a b)) ->
  let D t := \sum_(1 <= e < d2.+1) W2 t e i * W2 t e j - \sum_(1 <= e < d0.+1) W1 t i e * W1 t j e in
  forall t, D t = exp (- (2%:R * lambda) * t) * D 0.
Proof.
move=> flow1 flow2 D; apply: exponential_decay => t; rewrite /D.
have -> : Rmult (Ropp (2%:R * lambda)) (\sum_(1 <= e < d2.+1) W2 t e i * W2 t e j - \sum_(1 <= e < d0.+1) W1 t i e * W1 t j e) =
    - 2%:R * lambda * (\sum_(1 <= e < d2.+1) W2 t e i * W2 t e j - \sum_(1 <= e < d0.+1) W1 t i e * W1 t j e).
  by rewrite [Ropp _](_ : _ = - 2%:R * lambda) // mulNr.
rewrite -(@rate_by_products _ d0 d2 lambda (G t) (W1 t) (W2 t) i j).
apply: is_derive_minus; apply: is_derive_sum => e.
  exact: (is_derive_mult _ _ t _ _ (flow2 t e i) (flow2 t e j) Rmult_comm).
exact: (is_derive_mult _ _ t _ _ (flow1 t i e) (flow1 t j e) Rmult_comm).
Qed.

Print Assumptions balancedness_decays.
