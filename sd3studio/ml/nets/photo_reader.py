"""What a photo shows beside what a detector found: the setting, things that it missed, and better names for boxes.

A detector finds things only, misses some and takes some for others. This reads c^I, the grid of photo features,
together with the boxes: which words (a kitchen, a floor, a lamp) are true of the photo, and what each box holds. Both
join the detector's graph, with probabilities. Ours; the paper's photo parser is not described in this respect.
"""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from sd3studio.ml.libraries import quiet
from sd3studio.ml.nets.model import StudioModel
from sd3studio.ml.nets.priors import PriorBlock

with quiet():
    from diffusers import ModelMixin  # noqa: F401  pipelines look for the base in the module of each part
    from diffusers.configuration_utils import register_to_config

if TYPE_CHECKING:
    from sd3studio.ml.conditioning.graph_vocabulary import GraphVocabulary

BOX_NUMBERS = 6
COARSE = 4
"""Rows and columns of the cells among which attention goes; boxes read the finer ones."""
NOTHING = 0
"""Word of a box that holds nothing: the vocabulary's empty one."""


class PhotoReader(StudioModel):
    """A transformer over the cells of the photo's grid, the detector's boxes, and one token that asks.

    Parameters
    ----------
    words : that things can be called, the vocabulary's first
    channels : of c^I
    width, depth, heads, dropout : of the transformer
    """

    @register_to_config
    def __init__(
        self,
        words: int,
        channels: int = 1280,
        width: int = 96,
        depth: int = 2,
        heads: int = 4,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.norm_in = nn.LayerNorm(channels, elementwise_affine=False)
        self.inward = nn.Linear(channels, width)
        self.places = nn.Parameter(torch.randn(COARSE**2, width) * 0.1)
        self.tag = nn.Embedding(words, width)
        self.box = nn.Sequential(nn.Linear(BOX_NUMBERS, width), nn.GELU("tanh"), nn.Linear(width, width))
        self.asking = nn.Parameter(torch.randn(width) * 0.1)
        self.drop = nn.Dropout(dropout)
        self.blocks = nn.ModuleList([PriorBlock(width, heads, dropout) for _ in range(depth)])
        self.norm = nn.LayerNorm(width)
        self.shown = nn.Linear(2 * width, words)
        self.whole = nn.Linear(channels, words)
        self.named = nn.Linear(width, words)
        self.trust = nn.Parameter(torch.tensor(3.0))
        nn.init.normal_(self.tag.weight, std=0.3)
        nn.init.zeros_(self.whole.weight)
        nn.init.constant_(self.whole.bias, -3.0)

    def _coarse(self, cells: Tensor) -> Tensor:
        """(B, L, D) averaged to COARSE rows and columns, (B, COARSE ** 2, D)."""
        side = round(cells.shape[1] ** 0.5)
        grid = cells.transpose(1, 2).unflatten(2, (side, side))
        return nn.functional.adaptive_avg_pool2d(grid, COARSE).flatten(2).transpose(1, 2)

    @staticmethod
    def sizes(vocabulary: "GraphVocabulary", tokenizer: object) -> dict[str, Any]:
        """Constructor arguments that follow from the vocabulary."""
        return {"words": vocabulary.things_end}

    def forward(self, photo: Tensor, tag: Tensor, box: Tensor, share: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of what is shown, (B, W), and of what each box holds, (B, T, W).

        Parameters
        ----------
        photo : (B, L, C)
        tag, box, share, mask : of T boxes: the detector's word (B, T), numbers (B, T, `BOX_NUMBERS`), which share of
            the box each cell covers (B, T, L), and which boxes there are (B, T) bool
        """
        features = self.norm_in(photo)
        cells = self.drop(self.inward(features))  # (B, L, D)
        regions = share @ cells + self.tag(tag) + self.box(box)
        coarse = self._coarse(cells) + self.places
        count, after = len(photo), 1 + coarse.shape[1]
        x = torch.cat([self.asking.expand(count, 1, -1), coarse, regions], 1)
        there = torch.ones(count, after, dtype=torch.bool, device=mask.device)
        visible = torch.cat([there, mask], 1)[:, None, None, :]
        for block in self.blocks:
            x = block(x, visible)
        x = self.norm(x)
        summary = torch.cat([x[:, 0], x[:, 1:after].mean(1)], -1)
        shown = self.shown(self.drop(summary)) + self.whole(self.drop(features.mean(1)))
        as_said = nn.functional.one_hot(tag, shown.shape[-1]).to(shown) * self.trust
        return shown, self.named(self.drop(x[:, after:])) + as_said
