"""Transformer blocks whose norms are shifted and scaled by the time (adaptive layer norm)."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

MODULATIONS = 6
"""Shift, scale and gate of self-attention and of the feed-forward layers."""

TIME_FREQUENCIES = 128
TIME_SCALE = 1000.0
"""Times in [0, 1] are spread over the range for which sinusoidal embeddings are usually made."""

KeysValues = tuple[Tensor, Tensor]
"""Keys and values of a condition, each (B, heads, L, D / heads)."""


class TimeEmbedding(nn.Module):
    """Times (B,) in [0, 1] to (B, D) and to the modulations shared by all blocks (B, 6, D).

    One projection serves all blocks, which add a table of their own (PixArt-alpha, Chen et al. 2024, arXiv:2310.00426),
    so time costs few weights. It starts at zero: each block is the identity at first (DiT, arXiv:2212.09748).
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(2 * TIME_FREQUENCIES, width), nn.SiLU(), nn.Linear(width, width))
        self.modulate = nn.Linear(width, MODULATIONS * width)
        nn.init.zeros_(self.modulate.weight)
        nn.init.zeros_(self.modulate.bias)

    def forward(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """(B,) float to (B, D) and (B, 6, D)."""
        rates = torch.exp(torch.arange(TIME_FREQUENCIES, device=t.device) * (-math.log(1e4) / TIME_FREQUENCIES))
        angles = t.float().unsqueeze(1) * TIME_SCALE * rates  # (B, 128)
        waves = torch.cat([angles.cos(), angles.sin()], 1).to(self.modulate.weight.dtype)
        embedded = functional.silu(self.embed(waves))
        return embedded, self.modulate(embedded).unflatten(1, (MODULATIONS, -1))


class SelfAttention(nn.Module):
    """Each token looks at all tokens that take part."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.inward = nn.Linear(width, 3 * width)
        self.outward = nn.Linear(width, width)

    def forward(self, x: Tensor, visible: Tensor | None) -> Tensor:
        """(B, N, D) to (B, N, D); `visible` (B, 1, 1, N) bool or None."""
        query, key, value = (_by_head(part, self.heads) for part in self.inward(x).chunk(3, -1))
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=visible)
        return self.outward(mixed.transpose(1, 2).flatten(2))


class CrossAttention(nn.Module):
    """Each token looks at the condition, whose keys and values can be computed once for all steps."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.inward = nn.Linear(width, 2 * width)
        self.outward = nn.Linear(width, width)

    def keys_values(self, memory: Tensor) -> KeysValues:
        """Of a condition (B, L, D)."""
        key, value = self.inward(memory).chunk(2, -1)
        return _by_head(key, self.heads), _by_head(value, self.heads)

    def forward(self, x: Tensor, keys_values: KeysValues, visible: Tensor) -> Tensor:
        """(B, N, D) to (B, N, D); `visible` (B, 1, 1, L) bool."""
        mixed = functional.scaled_dot_product_attention(
            _by_head(self.query(x), self.heads), *keys_values, attn_mask=visible
        )
        return self.outward(mixed.transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Self-attention, cross-attention to the condition, feed-forward; the first and last modulated by the time."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.self_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.self_attention = SelfAttention(width, heads)
        self.cross_norm = nn.LayerNorm(width)
        self.cross_attention = CrossAttention(width, heads)
        self.feed_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(dropout)
        self.table = nn.Parameter(torch.zeros(MODULATIONS, width))

    def forward(
        self, x: Tensor, modulations: Tensor, visible: Tensor | None, condition: KeysValues, condition_visible: Tensor
    ) -> Tensor:
        """(B, N, D) to (B, N, D); modulations (B, 6, D)."""
        shift, scale, gate, feed_shift, feed_scale, feed_gate = (modulations + self.table).unsqueeze(2).unbind(1)
        attended = self.self_attention(self.self_norm(x) * (1.0 + scale) + shift, visible)
        x = x + gate * self.dropout(attended)
        x = x + self.dropout(self.cross_attention(self.cross_norm(x), condition, condition_visible))
        fed = self.feed(self.feed_norm(x) * (1.0 + feed_scale) + feed_shift)
        return x + feed_gate * self.dropout(fed)


def _by_head(x: Tensor, heads: int) -> Tensor:
    """(B, N, D) to (B, heads, N, D / heads)."""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)
