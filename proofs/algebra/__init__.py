"""What the rules of proofs/kernel compute with: finite sums, signs, balls and the algebra a I + b J.

Trusted like the libraries it stands on: a rule of inference is sound only if these answers are. Each answer is
one-sided: `vanishes` and `sign` say yes only when they have shown it, and no means "not shown".
"""
