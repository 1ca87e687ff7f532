"""The denoising transformer of all three diffusions: noised tokens, a time, conditions to logits of clean tokens."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from sd3studio.ml.libraries import quiet
from sd3studio.ml.nets.attention import Block, KeysValues, TimeEmbedding
from sd3studio.ml.nets.model import StudioModel

with quiet():
    from diffusers import ModelMixin  # noqa: F401  pipelines look for the base in the module of each part
    from diffusers.configuration_utils import register_to_config
    from diffusers.utils import BaseOutput

EMBEDDING_STD = 0.5
"""Of tokens, positions and slots alike. With positions at the usual 0.02 beside it, a toy run needed several times the
steps (loss after 150: 0.42 against 0.001)."""


@dataclass
class DenoiserOutput(BaseOutput):
    """What a denoiser says.

    Attributes
    ----------
    logits : (B, N, K), or (B, N, F, K) with F fields; (P, K) where only the tokens in `at` were asked for
    hidden : (B, N, D) the features the logits are read from; the paper's z_t, to condition another process on
    """

    logits: Tensor
    hidden: Tensor


@dataclass(frozen=True, slots=True)
class EncodedConditions:
    """All that doesn't change while sampling, computed once (`Denoiser.encode`).

    Attributes
    ----------
    keys_values : of each block's cross-attention, (B, heads, L, D / heads)
    visible : (B, 1, 1, L) bool
    layout : (B, N, D) to be added to the tokens, or None
    token_visible : (B, 1, 1, N) bool, tokens that take part, or None for all
    """

    keys_values: tuple[KeysValues, ...]
    visible: Tensor
    layout: Tensor | None
    token_visible: Tensor | None

    def joined(self, other: "EncodedConditions") -> "EncodedConditions":
        """These conditions and others of the same net as one batch; the shorter memory is filled up, out of sight."""
        length = max(self.visible.shape[-1], other.visible.shape[-1])
        pairs = zip(self.keys_values, other.keys_values, strict=True)
        keys_values = tuple(
            tuple(torch.cat([_filled(a, length, 2), _filled(b, length, 2)]) for a, b in zip(*pair, strict=True))
            for pair in pairs
        )
        visible = torch.cat([_filled(self.visible, length, 3), _filled(other.visible, length, 3)])
        layout = _both(self.layout, other.layout, torch.zeros_like)
        token_visible = _both(self.token_visible, other.token_visible, torch.ones_like)
        return EncodedConditions(cast(tuple[KeysValues, ...], keys_values), visible, layout, token_visible)


def _filled(x: Tensor, length: int, axis: int) -> Tensor:
    """Zeros (False) behind an axis up to a length."""
    shape = list(x.shape)
    shape[axis] = length - shape[axis]
    return torch.cat([x, x.new_zeros(shape)], axis) if shape[axis] else x


def _both(a: Tensor | None, b: Tensor | None, absent: Callable[[Tensor], Tensor]) -> Tensor | None:
    """Two that may be absent as one batch, None if both are."""
    known = a if a is not None else b
    if known is None:
        return None
    return torch.cat([absent(known) if x is None else x for x in (a, b)])


@dataclass(frozen=True, slots=True)
class BoundDenoiser:
    """A denoiser with its conditions, as the sampler calls it (`sampler.Denoise`)."""

    net: "Denoiser"
    encoded: EncodedConditions

    def __call__(self, x_t: Tensor, t: Tensor, at: Tensor) -> Tensor:
        """Logits (P, K) of the tokens in `at`."""
        return self.net.denoise(x_t, t, self.encoded, at).logits

    def beside(self, other: object) -> Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]] | None:
        """Both in one call of the net, (P, K) each, if the other is the same net with other conditions; else None.

        On small sequences reading the weights is what takes the time, so two at once cost little more than one.
        """
        if not isinstance(other, BoundDenoiser) or other.net is not self.net:
            return None
        encoded = self.encoded.joined(other.encoded)

        def both(x_t: Tensor, t: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
            twice = [torch.cat([x, x]) for x in (x_t, t, at)]
            own, others = self.net.denoise(*twice[:2], encoded, twice[2]).logits.chunk(2)
            return own, others

        return both


class Denoiser(StudioModel):
    """An AdaLN transformer over tokens.

    Graph: ``fields=6`` levels a node, no positions, and it commutes with any permutation of the nodes. Image:
    ``positions=(rows, columns)`` and perhaps a layout. Text: ``positions=(length,)``. Slots of objects: no positions,
    the layout says which slot is whose. F fields share one place in the sequence: their embeddings are added, and each
    has a head of its own.

    Two conditions can be given, each a sequence with a mask; a sample without one sees a learned "absent" token in its
    place, so one net serves as conditional, unconditional, c-branch and z-branch.

    Parameters
    ----------
    classes : K, what is predicted
    states : S, what may come in: K, or K + 1 with a mask (`Transition.states`)
    fields : F, tokens a place; x_t is (B, N) for 1 and (B, N, F) for more
    positions : sizes of a learned table for each axis, row by row: ``(N_max,)``, ``(H, W)``, or ``()`` for none
    width, depth, heads : D, blocks, attention heads
    condition_width, second_width : channels of the two condition sequences; 0 if there is none
    layout_width : channels of the layout map of each token; 0 if there is none
    dropout : in training
    """

    _supports_gradient_checkpointing = True

    @register_to_config
    def __init__(
        self,
        classes: int,
        states: int,
        fields: int = 1,
        positions: tuple[int, ...] = (),
        width: int = 256,
        depth: int = 6,
        heads: int = 4,
        condition_width: int = 0,
        second_width: int = 0,
        layout_width: int = 0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.gradient_checkpointing = False  # see `enable_gradient_checkpointing` of diffusers
        self._classes, self._states, self._fields, self._positions = classes, states, fields, tuple(positions)
        if states not in (classes, classes + 1):
            raise ValueError(f"denoiser states must be its {classes} classes, or one more, not {states}")
        if width % heads or min(classes - 1, fields, width, depth, heads, *positions) < 1:
            raise ValueError(f"denoiser sizes must be positive and the width ({width}) a multiple of heads ({heads})")
        self.token_embedding = nn.Embedding(fields * states, width)
        self.position_tables = nn.ParameterList([nn.Parameter(torch.empty(size, width)) for size in positions])
        self.time = TimeEmbedding(width)
        self.condition_in = _projection(condition_width, width)
        self.second_in = _projection(second_width, width)
        self.layout_in = _projection(layout_width, width, bias=False)
        self.absent = nn.Parameter(torch.empty(2, width))
        self.slot = nn.Parameter(torch.empty(2, width))
        self.blocks = nn.ModuleList([Block(width, heads, dropout) for _ in range(depth)])
        self.final_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.final_modulate = nn.Linear(width, 2 * width)
        self.head = nn.Linear(width, fields * classes)
        for layer in (self.final_modulate, self.head):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        for table in (self.token_embedding.weight, self.absent, self.slot, *self.position_tables):
            nn.init.normal_(table, std=EMBEDDING_STD)

    def forward(
        self,
        x_t: Tensor,
        t: Tensor,
        condition: Tensor | None = None,
        condition_mask: Tensor | None = None,
        second: Tensor | None = None,
        second_mask: Tensor | None = None,
        layout: Tensor | None = None,
        token_mask: Tensor | None = None,
    ) -> DenoiserOutput:
        """Logits of x_0.

        Parameters
        ----------
        x_t : (B, N) or (B, N, F) int64, 0 to S - 1
        t : (B,) float in [0, 1], one a sample
        condition, second : (B, L, C) float, or None for absent
        condition_mask, second_mask : (B, L) bool, True where there is something; a row of False is an absent condition
        layout : (B, N, C) float, one row a place; zeros, like None, are an absent layout
        token_mask : (B, N) bool, True for places that take part (padding doesn't), or None for all
        """
        encoded = self.encode(x_t.shape[0], condition, condition_mask, second, second_mask, layout, token_mask)
        return self.denoise(x_t, t, encoded)

    def encode(
        self,
        batch: int,
        condition: Tensor | None = None,
        condition_mask: Tensor | None = None,
        second: Tensor | None = None,
        second_mask: Tensor | None = None,
        layout: Tensor | None = None,
        token_mask: Tensor | None = None,
    ) -> EncodedConditions:
        """Everything the conditions contribute, for as many calls of `denoise` as needed; arguments as of `forward`."""
        memories, masks = [], []
        for number, (values, mask, projection) in enumerate(
            ((condition, condition_mask, self.condition_in), (second, second_mask, self.second_in))
        ):
            memory, there = self._memory(batch, number, values, mask, projection)
            memories.append(memory)
            masks.append(there)
        memory, visible = torch.cat(memories, 1), torch.cat(masks, 1)  # (B, L, D), (B, L)
        keys_values = tuple(block.cross_attention.keys_values(memory) for block in self._blocks())
        if layout is not None:
            layout = _projected(layout, self.layout_in, "layout")
        token_visible = None if token_mask is None else token_mask[:, None, None, :]
        return EncodedConditions(keys_values, visible[:, None, None, :], layout, token_visible)

    def denoise(self, x_t: Tensor, t: Tensor, encoded: EncodedConditions, at: Tensor | None = None) -> DenoiserOutput:
        """Logits of x_0 given encoded conditions; with `at` (bool, the shape of x_t) only of those tokens, (P, K)."""
        embedded_time, modulations = self.time(t)
        x = self._embed(x_t)
        if encoded.layout is not None:
            x = x + encoded.layout
        for block, keys_values in zip(self._blocks(), encoded.keys_values, strict=True):
            inputs = (x, modulations, encoded.token_visible, keys_values, encoded.visible)
            kept_small = torch.is_grad_enabled() and self.gradient_checkpointing
            x = self._gradient_checkpointing_func(block, *inputs) if kept_small else block(*inputs)
        shift, scale = self.final_modulate(embedded_time).unsqueeze(1).chunk(2, -1)
        hidden = self.final_norm(x) * (1.0 + scale) + shift  # (B, N, D)
        return DenoiserOutput(logits=self._logits(hidden, at), hidden=hidden)

    def bind(self, encoded: EncodedConditions) -> BoundDenoiser:
        """The net with its conditions, as the sampler calls it."""
        return BoundDenoiser(self, encoded)

    def _embed(self, x_t: Tensor) -> Tensor:
        """(B, N) or (B, N, F) tokens to (B, N, D)."""
        states, fields = self._states, self._fields
        if x_t.dim() != (2 if fields == 1 else 3) or (fields > 1 and x_t.shape[-1] != fields):
            raise ValueError(f"tokens must be (B, N{f', {fields}' if fields > 1 else ''}), not {tuple(x_t.shape)}")
        offsets = torch.arange(fields, device=x_t.device) * states
        x = self.token_embedding(x_t.reshape(*x_t.shape[:2], fields) + offsets).sum(2)  # (B, N, D)
        return x + self._places(x_t.shape[1]) if self._positions else x

    def _blocks(self) -> Iterable[Block]:
        return cast(Iterable[Block], self.blocks)

    def _places(self, count: int) -> Tensor:
        """(N, D): the sum of the tables of all axes, in row-major order, for the first `count` places."""
        sizes = self._positions
        total = math.prod(sizes)
        if count > total or (len(sizes) > 1 and count != total):
            raise ValueError(f"there are positions for {' x '.join(map(str, sizes))} tokens, not for {count}")
        axes = torch.meshgrid(*(torch.arange(size) for size in sizes), indexing="ij")
        places = [axis.flatten()[:count].to(self.device) for axis in axes]
        return torch.stack([table[place] for table, place in zip(self.position_tables, places, strict=True)]).sum(0)

    def _memory(
        self, batch: int, number: int, values: Tensor | None, mask: Tensor | None, projection: nn.Module | None
    ) -> tuple[Tensor, Tensor]:
        """One condition after its "absent" token, (B, 1 + L, D), and which of them are to be seen, (B, 1 + L)."""
        absent = self.absent[number].expand(batch, 1, -1)
        if values is None:
            return absent, torch.ones(batch, 1, dtype=torch.bool, device=absent.device)
        memory = _projected(values, projection, ("condition", "second condition")[number]) + self.slot[number]
        there = torch.ones(values.shape[:2], dtype=torch.bool, device=values.device) if mask is None else mask
        return torch.cat([absent, memory], 1), torch.cat([~there.any(1, keepdim=True), there], 1)

    def _logits(self, hidden: Tensor, at: Tensor | None) -> Tensor:
        """(B, N, D) to logits of all tokens, or of those in `at`."""
        classes, fields = self._classes, self._fields
        if at is None:
            logits = self.head(hidden)
            return logits if fields == 1 else logits.unflatten(-1, (fields, classes))
        if fields == 1:
            return self.head(hidden[at])
        places = at.any(-1)
        return self.head(hidden[places]).unflatten(-1, (fields, classes))[at[places]]


def _projection(channels: int, width: int, bias: bool = True) -> nn.Linear | None:
    return nn.Linear(channels, width, bias) if channels else None


def _projected(values: Tensor, projection: nn.Module | None, name: str) -> Tensor:
    if projection is None:
        raise ValueError(f"this denoiser was made without a {name}")
    return projection(values)
