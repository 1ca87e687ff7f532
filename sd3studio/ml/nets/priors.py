"""How likely a sentence or a picture is by itself: the marginals of the duality term.

The paper names two different pairs of models for them (a vision-language model; a language model and PixelCNN++). Ours
is one small causal transformer over tokens for both: of the text's tokens, or of the picture's, row by row.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from sd3studio.ml.libraries import quiet
from sd3studio.ml.nets.attention import SelfAttention
from sd3studio.ml.nets.model import StudioModel

with quiet():
    from diffusers import ModelMixin  # noqa: F401  pipelines look for the base in the module of each part
    from diffusers.configuration_utils import register_to_config

EMBEDDING_STD = 0.5


class PriorBlock(nn.Module):
    """Pre-norm self-attention and a feed-forward layer."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = SelfAttention(width, heads)
        self.feed_norm = nn.LayerNorm(width)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, visible: Tensor) -> Tensor:
        """(B, N, D) to (B, N, D); `visible` broadcasts to (B, 1, N, N)."""
        x = x + self.dropout(self.attention(self.attention_norm(x), visible))
        return x + self.dropout(self.feed(self.feed_norm(x)))


class TokenPrior(StudioModel):
    """A causal transformer over places of F tokens each; the tokens of one place are told apart by nothing but it.

    Place n is foretold from the places before it; its F tokens as if they were independent given those, which is
    coarse, and cheap.

    Parameters
    ----------
    classes : K
    fields : F, tokens a place; tokens are (B, N) for 1 and (B, N, F) for more
    length : most places
    width, depth, heads, dropout : of the transformer
    """

    @register_to_config
    def __init__(
        self,
        classes: int,
        fields: int = 1,
        length: int = 64,
        width: int = 128,
        depth: int = 3,
        heads: int = 4,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if width % heads or min(classes - 1, fields, length, width, depth, heads) < 1:
            raise ValueError(f"prior sizes must be positive and the width ({width}) a multiple of heads ({heads})")
        self._classes, self._fields, self._length = classes, fields, length
        self.token_embedding = nn.Embedding(fields * classes, width)
        self.position = nn.Parameter(torch.empty(length, width))
        self.blocks = nn.ModuleList([PriorBlock(width, heads, dropout) for _ in range(depth)])
        self.final_norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, fields * classes)
        nn.init.normal_(self.token_embedding.weight, std=EMBEDDING_STD)
        nn.init.normal_(self.position, std=EMBEDDING_STD)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, before: Tensor) -> Tensor:
        """Logits of each next place.

        Parameters
        ----------
        before : (B, N) or (B, N, F) int64, the places before those that are foretold; the first stands for the start

        Returns
        -------
        (B, N, K) or (B, N, F, K) float
        """
        size, fields = before.shape[1], self._fields
        if before.dim() != (2 if fields == 1 else 3) or size > self._length:
            raise ValueError(f"tokens must be (B, N{f', {fields}' if fields > 1 else ''}), N up to {self._length}")
        offsets = torch.arange(fields, device=before.device) * self._classes
        x = self.token_embedding(before.reshape(*before.shape[:2], fields) + offsets).sum(2)  # (B, N, D)
        x = x + self.position[:size]
        visible = torch.ones(size, size, dtype=torch.bool, device=x.device).tril()
        for block in self.blocks:
            x = block(x, visible)
        logits = self.head(self.final_norm(x))
        return logits if fields == 1 else logits.unflatten(-1, (fields, self._classes))

    def surprise(self, tokens: Tensor, mask: Tensor | None = None, start: int = 0) -> Tensor:
        """-log p of whole sequences, (B,) nats a token.

        Parameters
        ----------
        tokens : (B, N) or (B, N, F) int64
        mask : (B, N) bool, places that count; None for all
        start : the class that stands before the first place
        """
        before = torch.cat([torch.full_like(tokens[:, :1], start), tokens[:, :-1]], 1)
        logits = self(before)
        each = functional.cross_entropy(logits.flatten(0, -2), tokens.flatten(), reduction="none").view(tokens.shape)
        each = each.flatten(2).mean(2) if self._fields > 1 else each  # (B, N)
        if mask is None:
            return each.mean(1)
        return each.masked_fill(~mask, 0.0).sum(1) / mask.sum(1).clamp(min=1)
