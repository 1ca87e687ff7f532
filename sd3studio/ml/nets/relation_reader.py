"""What a 3D graph says beside its nodes: which relations hold, which of them are telling, and which things are missing.

The canvas of the graph diffusion (`conditioning.graph_places`) has room for one relation a thing. This reads all of
them off the completed graph, each with a probability, so that what is stated can be weighed. And it tells which words
are likely among what the graph lacks: the diffusion draws the six levels of a code side by side, which places things
well but names new ones badly (of the kinds that it added on its own, 10 to 15 % were in the scene). Ours; in the paper
the graph's own decoder gives its relations.
"""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.conditioning.graph_things import NUMBERS, ThingTensors
from sd3studio.ml.libraries import quiet
from sd3studio.ml.nets.model import StudioModel
from sd3studio.ml.nets.priors import PriorBlock

with quiet():
    from diffusers import ModelMixin  # noqa: F401  pipelines look for the base in the module of each part
    from diffusers.configuration_utils import register_to_config

if TYPE_CHECKING:
    from sd3studio.ml.conditioning.graph_tensors import GraphVocabulary

TELLING, HOLDING = 0, 1
"""Places of the two answers: the relation is one that the gold graph has; it is so in the scene."""


class RelationReader(StudioModel):
    """A transformer over things, then one small net for each ordered pair of them, and one for what is missing.

    It has no positions: permuting the things permutes what is said.

    Parameters
    ----------
    tags : words that things can have
    width, depth, heads, dropout : of the transformer
    predicates : what is told of a pair
    """

    @register_to_config
    def __init__(
        self,
        tags: int,
        width: int = 128,
        depth: int = 3,
        heads: int = 4,
        dropout: float = 0.05,
        predicates: int = len(Predicate),
    ) -> None:
        super().__init__()
        self._predicates = predicates
        self.tag = nn.Embedding(tags, width)
        self.numbers = nn.Sequential(nn.Linear(NUMBERS, width), nn.GELU("tanh"), nn.Linear(width, width))
        self.asking = nn.Parameter(torch.randn(width) * 0.1)
        self.told_of = nn.Linear(2 * predicates, width)
        self.blocks = nn.ModuleList([PriorBlock(width, heads, dropout) for _ in range(depth)])
        self.norm = nn.LayerNorm(width)
        self.subject, self.object = nn.Linear(width, width), nn.Linear(width, width)
        self.between = nn.Linear(2 * NUMBERS + 2 * predicates, width)
        self.out = nn.Sequential(
            nn.GELU("tanh"), nn.Linear(width, width), nn.GELU("tanh"), nn.Linear(width, 2 * predicates)
        )
        self.missing = nn.Linear(width, tags)
        nn.init.normal_(self.tag.weight, std=0.3)
        nn.init.constant_(self.missing.bias, -4.0)

    @staticmethod
    def sizes(vocabulary: "GraphVocabulary", tokenizer: object) -> dict[str, Any]:
        """Constructor arguments that follow from the vocabulary."""
        return {"tags": vocabulary.things_end}

    def forward(self, things: ThingTensors) -> tuple[Tensor, Tensor]:
        """Logits of relations, and of words.

        Returns
        -------
        (B, T, T, 2, P)
            Of subject, object, `TELLING` or `HOLDING`, and predicate; they take both ends for real.
        (B, W)
            Of the words of things that are in the scene and not in the graph.
        """
        told = things.told.to(self.between.weight.dtype)
        both_ways = torch.cat([told, told.transpose(1, 2)], -1)  # (B, T, T, 2P)
        x = self.tag(things.tag) + self.numbers(things.numbers) + self.told_of(both_ways.amax(2))
        asking = self.asking.expand(len(x), 1, -1)
        x = torch.cat([asking, x], 1)
        visible = nn.functional.pad(things.mask, (1, 0), value=True)[:, None, None, :]
        for block in self.blocks:
            x = block(x, visible)
        asked, x = self.norm(x).split([1, x.shape[1] - 1], 1)
        gap = things.numbers.unsqueeze(2) - things.numbers.unsqueeze(1)
        between = self.between(torch.cat([gap, gap.abs(), both_ways], -1))
        pairs = self.subject(x).unsqueeze(2) + self.object(x).unsqueeze(1) + between
        return self.out(pairs).unflatten(-1, (2, self._predicates)), self.missing(asked.squeeze(1))
