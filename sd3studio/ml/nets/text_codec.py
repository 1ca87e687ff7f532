"""G_T: writes a sentence token by token, after a prefix of the draft and of the graph; it can point to the objects.

The paper's eq. 6 puts ``[z^Y ; flatten(z^G)]`` before a GPT-2. This is a small causal transformer of our own with the
same prefix: the (noised or sampled) tokens of the text diffusion, and the condition (graph features, and what is to be
said with the embeddings of the names, which are ours). Within the prefix all see all. Names are not spelled: a pointer
head (ours, after Vinyals et al. 2015, arXiv:1506.03134) scores the forms of each object by the prefix's features of
it, in one softmax with the words.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from sd3studio.ml.conditioning.text_tokens import FIRST_POINTER, FORMS, MAX_OBJECTS, POINTERS
from sd3studio.ml.libraries import quiet
from sd3studio.ml.nets.model import StudioModel

with quiet():
    from diffusers import ModelMixin  # noqa: F401  pipelines look for the base in the module of each part
    from diffusers.configuration_utils import register_to_config

EMBEDDING_STD = 0.5
NEVER = -1e9
KeysValues = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class Prefix:
    """All that is known before the first word, computed once.

    Attributes
    ----------
    keys_values : of each block, (B, heads, P, D / heads)
    visible : (B, P) bool
    pointers : (B, POINTERS, D) keys of the forms of each object
    there : (B, POINTERS) bool, False for objects that are not in the graph
    """

    keys_values: tuple[KeysValues, ...]
    visible: Tensor
    pointers: Tensor
    there: Tensor

    def rows(self, index: Tensor) -> "Prefix":
        """Some rows, perhaps several times; `index` (R,) int64."""
        pairs = tuple((key[index], value[index]) for key, value in self.keys_values)
        return Prefix(pairs, self.visible[index], self.pointers[index], self.there[index])


class CausalBlock(nn.Module):
    """Pre-norm self-attention and feed-forward, with keys and values of what stands before handed in."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.inward = nn.Linear(width, 3 * width)
        self.outward = nn.Linear(width, width)
        self.feed_norm = nn.LayerNorm(width)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, visible: Tensor, before: KeysValues | None = None) -> tuple[Tensor, KeysValues]:
        """(B, N, D) to the same, and the keys and values of all so far; `visible` broadcasts to (B, 1, N, all)."""
        parts = self.inward(self.attention_norm(x)).chunk(3, -1)
        query, key, value = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        if before is not None:
            key, value = torch.cat([before[0], key], 2), torch.cat([before[1], value], 2)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=visible)
        x = x + self.dropout(self.outward(mixed.transpose(1, 2).flatten(2)))
        return x + self.dropout(self.feed(self.feed_norm(x))), (key, value)


class TextCodec(StudioModel):
    """The autoregressive decoder with pointers.

    Parameters
    ----------
    classes : K, tokens with the pointers
    states : S, tokens that a draft may have: K, or K + 1 with a mask
    length : most tokens of a draft and of a sentence
    condition_width : channels of the condition
    width, depth, heads, dropout : of the transformer
    """

    @staticmethod
    def sizes(vocabulary: object, tokenizer: Any) -> dict[str, int]:
        """Settings that follow from the tokenizer."""
        return {"classes": tokenizer.size, "states": tokenizer.size + 1}

    @register_to_config
    def __init__(
        self,
        classes: int,
        states: int,
        condition_width: int,
        length: int = 32,
        width: int = 192,
        depth: int = 4,
        heads: int = 4,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if states < classes or width % heads or min(classes - POINTERS, length, width, depth, heads) < 1:
            raise ValueError(f"text codec sizes must be positive and the width ({width}) a multiple of heads ({heads})")
        self.token_embedding = nn.Embedding(states, width)
        self.draft_position = nn.Parameter(torch.empty(length, width))
        self.position = nn.Parameter(torch.empty(length + 1, width))
        self.condition_in = nn.Sequential(nn.Linear(condition_width, width), nn.GELU("tanh"), nn.Linear(width, width))
        self.blocks = nn.ModuleList([CausalBlock(width, heads, dropout) for _ in range(depth)])
        self.final_norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)
        self.pointer_query = nn.Linear(width, width)
        self.pointer_key = nn.Linear(width, len(FORMS) * width)
        self.input_dropout = nn.Dropout(dropout)
        for table in (self.token_embedding.weight, self.draft_position, self.position):
            nn.init.normal_(table, std=EMBEDDING_STD)
        nn.init.zeros_(self.head.bias)

    def forward(
        self,
        tokens: Tensor,
        draft: Tensor | None,
        condition: Tensor,
        condition_mask: Tensor,
        objects: Tensor,
    ) -> Tensor:
        """Logits of each next token.

        Parameters
        ----------
        tokens : (B, T) int64, what was written so far, `BOS_ID` first
        draft : (B, L) int64 tokens or masks of the text diffusion, or None
        condition : (B, M, C) float; its first rows are the objects
        condition_mask : (B, M) bool
        objects : (B,) int64, how many objects there are

        Returns
        -------
        (B, T, K) float
        """
        return self.write(tokens, self.read(draft, condition, condition_mask, objects))[0]

    def read(self, draft: Tensor | None, condition: Tensor, condition_mask: Tensor, objects: Tensor) -> Prefix:
        """The prefix; arguments as of `forward`."""
        x, visible = self.condition_in(condition), condition_mask
        if draft is not None:
            drafted = self.token_embedding(draft) + self.draft_position[: draft.shape[1]]
            x = torch.cat([x, drafted], 1)  # (B, M + L, D)
            visible = torch.cat([visible, torch.ones_like(draft, dtype=torch.bool)], 1)
        x = self.input_dropout(x)
        pairs: list[KeysValues] = []
        for block in self.blocks:
            x, pair = block(x, visible[:, None, None, :])
            pairs.append(pair)
        count = min(MAX_OBJECTS, condition.shape[1])
        nodes = self.final_norm(x[:, :count])  # (B, O, D)
        keys = self.pointer_key(nodes).unflatten(-1, (len(FORMS), -1)).flatten(1, 2)  # (B, O * forms, D)
        keys = functional.pad(keys, (0, 0, 0, POINTERS - keys.shape[1]))
        number = torch.arange(POINTERS, device=x.device) // len(FORMS)
        return Prefix(tuple(pairs), visible, keys, number < objects.unsqueeze(1))

    def write(
        self, tokens: Tensor, prefix: Prefix, before: tuple[KeysValues, ...] | None = None, start: int = 0
    ) -> tuple[Tensor, tuple[KeysValues, ...]]:
        """Logits (B, T, K) after each token, and the keys and values of prefix and tokens to go on from.

        Parameters
        ----------
        tokens : (B, T) int64, those from place `start` on
        before : what an earlier call gave, for the tokens before `start`
        """
        size = tokens.shape[1]
        x = self.input_dropout(self.token_embedding(tokens) + self.position[start : start + size])
        earlier = torch.ones(len(tokens), start, dtype=torch.bool, device=tokens.device)
        seen = torch.cat([prefix.visible, earlier], 1)[:, None, None, :].expand(-1, 1, size, -1)
        causal = torch.ones(size, size, dtype=torch.bool, device=tokens.device).tril().expand(len(tokens), 1, -1, -1)
        visible = torch.cat([seen, causal], -1)  # (B, 1, T, P + start + T)
        pairs: list[KeysValues] = []
        for block, pair in zip(self.blocks, before or prefix.keys_values, strict=True):
            x, pair = block(x, visible, pair)
            pairs.append(pair)
        return self._logits(self.final_norm(x), prefix), tuple(pairs)

    def _logits(self, hidden: Tensor, prefix: Prefix) -> Tensor:
        """Words and pointers in one row, (B, T, K)."""
        words = self.head(hidden)
        scores = self.pointer_query(hidden) @ prefix.pointers.transpose(1, 2) / hidden.shape[-1] ** 0.5
        scores = scores.masked_fill(~prefix.there.unsqueeze(1), NEVER)
        end = FIRST_POINTER + POINTERS
        return torch.cat([words[..., :FIRST_POINTER], scores + words[..., FIRST_POINTER:end], words[..., end:]], -1)
