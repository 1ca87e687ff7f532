"""Learned textures on the boxes of things, and waves over the ground for what lies in the world: inputs of a shader."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

SIDES = 4
"""Front, back, either side, top or bottom."""
GAIN = 20.0
"""Textures are their weights times this: a texel is seen a few times, and an optimiser's step is small."""
WAVES_M = (0.085, 0.14, 0.17, 0.25, 0.3, 0.4, 0.7, 1.4, 3.0, 7.0)
"""First wave lengths; they are learned. Among them are usual sizes of boards, bricks and tiles."""


class BoxTextures(nn.Module):
    """For each known mesh a square of features on each side of its box, looked up bilinearly.

    A point takes the sides that it faces, weighted by its normal's squared components. Row 0 is for unknown meshes.

    Parameters
    ----------
    rows : known meshes and one
    side_px : R, resolution
    width : features of a texel
    """

    def __init__(self, rows: int, side_px: int, width: int) -> None:
        super().__init__()
        self.side_px = side_px
        self.texels = nn.Embedding(rows * SIDES * side_px**2, width)
        nn.init.normal_(self.texels.weight, std=0.1 / GAIN)

    def forward(self, row: Tensor, local: Tensor, normal: Tensor) -> Tensor:
        """Rows (P,) int64, places and normals (P, 3) in the box's frame, to (P, width)."""
        top = self.side_px - 1
        share = normal.square()
        share = share / share.sum(1, keepdim=True).clamp(min=1e-6)  # (P, 3)
        at = ((local.clamp(-1.0, 1.0) + 1.0) * (0.5 * top)).clamp(max=top - 1e-3)
        low = at.long()
        part = at - low
        # which side, and the two axes that run over it
        sides = ((2, 1, 2), ((normal[:, 1] > 0.0).long(), 0, 2), (3, 0, 1))
        places, weights = [], []
        for axis, (side, first, second) in enumerate(sides):
            begin = (row * SIDES + side) * self.side_px**2
            for right in (0, 1):
                across = part[:, first] if right else 1.0 - part[:, first]
                for up in (0, 1):
                    along = part[:, second] if up else 1.0 - part[:, second]
                    places.append(begin + (low[:, second] + up) * self.side_px + low[:, first] + right)
                    weights.append(share[:, axis] * across * along)
        found = functional.embedding_bag(
            torch.stack(places, 1), self.texels.weight, per_sample_weights=torch.stack(weights, 1).detach(), mode="sum"
        )
        return found * GAIN


class WorldWaves(nn.Module):
    """Sines over the world for boards, bricks and tiles, along the two axes that a surface runs in.

    A wave fades out where it is shorter than a few pixels (as in mip-NeRF, Barron et al. 2021, arXiv:2103.13415).
    """

    def __init__(self) -> None:
        super().__init__()
        self.log_length = nn.Parameter(torch.tensor([[math.log(length) for length in WAVES_M]] * 2))

    @property
    def width(self) -> int:
        """Channels that come out."""
        return 4 * len(WAVES_M)

    def forward(self, point: Tensor, normal: Tensor, footprint: Tensor) -> Tensor:
        """Points (P, 3) m with normals (P, 3) and a pixel's size on them (P,) m, to (P, width)."""
        size = normal.abs()
        lies = (size[:, 2] >= size[:, :2].amax(1)).unsqueeze(1)
        across = torch.where(lies | (size[:, 1:2] >= size[:, :1]), point[:, :1], point[:, 1:2])
        along = torch.where(lies, point[:, 1:2], point[:, 2:])
        number = 2.0 * math.pi * (-self.log_length).exp()  # (2, waves)
        fade = torch.exp(-0.5 * (0.35 * footprint[:, None, None] * number).square())
        angle = torch.stack([across * number[0], along * number[1]], 1)  # (P, 2, waves)
        return torch.cat([angle.sin() * fade, angle.cos() * fade], 1).flatten(1)
