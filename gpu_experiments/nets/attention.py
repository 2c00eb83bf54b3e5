"""One pre-norm transformer block:  x + A(norm x), then x + F(norm x): multi-head attention A, feed-forward F."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class AttentionBlock(nn.Module):
    """(B, T, width) -> (B, T, width); `causal` keeps each position from seeing later ones."""

    def __init__(self, width: int, heads: int, *, causal: bool, expansion: int = 4):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.mixed = nn.Linear(width, 3 * width)
        self.joined = nn.Linear(width, width)
        self.forward_part = nn.Sequential(
            nn.Linear(width, expansion * width), nn.GELU(), nn.Linear(expansion * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self._attend(self.norms[0](x))
        return x + self.forward_part(self.norms[1](x))

    def _attend(self, x: Tensor) -> Tensor:
        size, length, width = x.shape
        parts = self.mixed(x).view(size, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(*parts.unbind(0), is_causal=self.causal)
        return self.joined(mixed.transpose(1, 2).reshape(size, length, width))
