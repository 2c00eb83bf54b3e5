"""Decoder-only transformer for modular addition: token and position embeddings, causal blocks, a norm, a linear head.

It reads  x + y = z  (five tokens) and is asked, at "=", for z and, at z, for the end of the equation; the features that
every metric is taken from are those at "=", which by causality do not see z.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gpu_experiments.nets import Network
from gpu_experiments.nets.attention import AttentionBlock

ANSWER = 3  # position of "=" in x + y = z


class Transformer(Network):
    """tokens (B, T), T >= 4 -> features at "=" (B, width) -> logits (B, vocabulary)."""

    def __init__(self, vocabulary: int, length: int, *, width: int = 128, depth: int = 2, heads: int = 4):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(0.02 * torch.randn(length, width))
        self.blocks = nn.Sequential(*(AttentionBlock(width, heads, causal=True) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)

    def states(self, inputs: Tensor) -> Tensor:
        """Normalised states of every position, shape (B, T, width)."""
        return self.norm(self.blocks(self.tokens(inputs) + self.positions[: inputs.shape[1]]))

    def features(self, inputs: Tensor) -> Tensor:
        return self.states(inputs)[:, ANSWER]
