"""What setting a photo shows: its concept (a kitchen) and its stuff (a floor, walls), from c^I by one linear layer.

Detectors find things only; this is what a photo tells of the rest. It joins the detector's graph, which the graph
diffusion then completes. Ours; the paper's photo parser is not described in this respect.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from sd3studio.ml.libraries import quiet
from sd3studio.ml.nets.model import StudioModel
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph

with quiet():
    from diffusers import ModelMixin  # noqa: F401  pipelines look for the base in the module of each part
    from diffusers.configuration_utils import register_to_config

LEAST_SPREAD = 0.1
"""Of a feature over the training photos: what hardly varies there must not decide elsewhere."""


class PhotoSetting(StudioModel):
    """Logistic regression of stuff and concepts on the mean photo features.

    Parameters
    ----------
    stuff, concepts : the tags that can be said
    width : channels of c^I
    """

    @register_to_config
    def __init__(self, stuff: tuple[str, ...], concepts: tuple[str, ...], width: int = 1280) -> None:
        super().__init__()
        self._tags = (*stuff, *concepts)
        self._stuff = len(stuff)
        self.mean = nn.Parameter(torch.zeros(width), requires_grad=False)
        self.spread = nn.Parameter(torch.ones(width), requires_grad=False)
        self.out = nn.Linear(width, len(self._tags))

    def forward(self, photo: Tensor) -> Tensor:
        """c^I (B, L, width) to logits (B, stuff + concepts)."""
        return self.out((photo.mean(1) - self.mean) / self.spread)

    @torch.no_grad()
    def things(self, photo: Tensor, limit: int = 4) -> list[tuple[GraphObject, ...]]:
        """Of each photo the likely stuff, at most `limit`, and the likeliest concept, each with its probability."""
        found = []
        for row in self(photo).sigmoid():
            stuff = sorted(range(self._stuff), key=lambda k: -float(row[k]))[:limit]
            chosen = [(k, "stuff") for k in sorted(stuff) if float(row[k]) > 0.5]
            chosen.append((self._stuff + int(row[self._stuff :].argmax()), "concept"))
            found.append(
                tuple(
                    GraphObject(tag=self._tags[k], kind=kind, score=round(float(row[k]), 4))  # type: ignore[arg-type]
                    for k, kind in chosen
                )
            )
        return found


def fitted(photo: Tensor, graphs: Sequence[SceneGraph], seed: int = 0, steps: int = 400) -> PhotoSetting:
    """A reader of settings from photos (N, L, C) and the 3D graphs of what they show."""
    said = [{(thing.kind, thing.tag) for thing in graph.objects if thing.kind != "object"} for graph in graphs]
    tags = sorted(set().union(*said))
    net = PhotoSetting(
        tuple(tag for kind, tag in tags if kind == "stuff"),
        tuple(tag for kind, tag in tags if kind == "concept"),
        photo.shape[-1],
    )
    pooled = photo.mean(1)
    net.mean.copy_(pooled.mean(0))
    net.spread.copy_(pooled.std(0).clamp(min=LEAST_SPREAD))
    order = [(kind, tag) for kind in ("stuff", "concept") for one, tag in tags if one == kind]
    goal = torch.tensor([[float(tag in some) for tag in order] for some in said])
    generator = torch.Generator().manual_seed(seed)
    nn.init.zeros_(net.out.weight)
    nn.init.zeros_(net.out.bias)
    optimiser = torch.optim.AdamW(net.out.parameters(), lr=3e-3, weight_decay=0.1)
    for _ in range(steps):
        rows = torch.randint(len(photo), (min(256, len(photo)),), generator=generator)
        loss = functional.binary_cross_entropy_with_logits(net(photo[rows]), goal[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return net.eval()
