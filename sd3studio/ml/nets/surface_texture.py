"""Learned textures on the boxes of things, and waves over the ground for what lies in the world: inputs of a shader."""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageStat
from torch import Tensor, nn
from torch.nn import functional

SIDES = 4
"""Front, back, either side, top or bottom."""
GAIN = 20.0
"""Textures are their weights times this: a texel is seen a few times, and an optimiser's step is small."""
PART_GAIN = 8.0
FINE_LEVELS = 5.0
"""Grey levels of detail (`_detail`) from which a texture is learned finely, too."""
MOST_REPEATS = 2.5
"""Times that a texture may repeat over a mesh to be learned finely: more are seen from afar."""
SHARP, BLURRED = 1.5, 4.0
"""Texels a pixel up to which fine ones are told in full, and from which not at all (as mipmaps do)."""
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


class PartLooks(nn.Module):
    """Features of each part of each known mesh: windows, wheels, legs. Row 0 is for unknown meshes.

    Parameters
    ----------
    rows : known meshes and one
    parts : of a mesh; those beyond look like the last
    width : features, as of a texel
    """

    def __init__(self, rows: int, parts: int, width: int) -> None:
        super().__init__()
        self.parts = parts
        self.looks = nn.Embedding(rows * parts, width)
        nn.init.zeros_(self.looks.weight)

    def forward(self, row: Tensor, part: Tensor) -> Tensor:
        """Rows and parts (P,) int64 to (P, width)."""
        return self.looks(row * self.parts + part.clamp(max=self.parts - 1)) * PART_GAIN


class ChartTextures(nn.Module):
    """For each part that has a texture a square of features that repeats, looked up bilinearly; zeros elsewhere.

    Parameters
    ----------
    charts : rows of known meshes and their parts that have one
    rows, parts : of all, as in `PartLooks`
    side_px : R, resolution
    width : features of a texel
    """

    chart_of: Tensor

    def __init__(self, charts: Sequence[tuple[int, int]], rows: int, parts: int, side_px: int, width: int) -> None:
        super().__init__()
        self.parts, self.side_px = parts, side_px
        chart_of = torch.full((rows * parts,), -1)
        for number, (row, part) in enumerate(charts):
            if row and part < parts:  # row 0 is for unknown meshes
                chart_of[row * parts + part] = number
        self.register_buffer("chart_of", chart_of, persistent=False)
        self.texels = nn.Embedding(max(len(charts), 1) * side_px**2, width)
        nn.init.zeros_(self.texels.weight)

    def forward(self, row: Tensor, part: Tensor, place: Tensor) -> Tensor:
        """Rows and parts (P,) int64, places (P, 2) in [0, 1], to (P, width)."""
        chart = self.chart_of[row * self.parts + part.clamp(max=self.parts - 1)]
        at = place * self.side_px - 0.5
        low = at.floor()
        share, low = at - low, low.long()
        places, weights = [], []
        for right in (0, 1):
            column = (low[:, 0] + right) % self.side_px
            across = share[:, 0] if right else 1.0 - share[:, 0]
            for down in (0, 1):
                line = (low[:, 1] + down) % self.side_px
                along = share[:, 1] if down else 1.0 - share[:, 1]
                places.append((chart.clamp(min=0) * self.side_px + line) * self.side_px + column)
                weights.append(across * along * (chart >= 0))
        found = functional.embedding_bag(
            torch.stack(places, 1), self.texels.weight, per_sample_weights=torch.stack(weights, 1).detach(), mode="sum"
        )
        return found * GAIN


def sharpness(place: Tensor, side_px: int) -> Tensor:
    """How much of a chart of `side_px` texels can be told at pixels, in [0, 1].

    Parameters
    ----------
    place : (B, h, w, 2) in [0, 1], charts of neighbouring pixels

    Returns
    -------
    (B, h, w), by the smaller step to a neighbour along either axis of the picture: the other may cross an edge
    """
    texels = torch.zeros_like(place[..., 0])
    for axis in (1, 2):
        step = place.diff(dim=axis).abs()
        step = torch.minimum(step, 1.0 - step).norm(dim=-1) * side_px
        if not step.numel():
            continue
        first, last = step.narrow(axis, 0, 1), step.narrow(axis, step.shape[axis] - 1, 1)
        texels = torch.maximum(texels, torch.minimum(torch.cat([first, step], axis), torch.cat([step, last], axis)))
    return ((BLURRED - texels) / (BLURRED - SHARP)).clamp(0.0, 1.0)


def catalogue_charts() -> tuple[str, ...]:
    """Parts of the catalogue's meshes that have a texture, as "mesh#part"; a second for all meshes, once."""
    return tuple(_charts())


def detailed_charts() -> tuple[str, ...]:
    """Those of `catalogue_charts` whose textures have detail that a 32nd of them does not show: fur, stripes, dials."""
    return tuple(name for name, detailed in _charts().items() if detailed)


@cache
def _charts() -> dict[str, bool]:
    """Each chart of the catalogue, and whether it is to be learned finely."""
    from sd3studio.core.catalogue import shipped_catalogue
    from sd3studio.render.mesh import load_mesh

    found = {}
    for entry in shipped_catalogue():
        mesh = load_mesh(entry.id)
        for part in sorted(set(mesh.part_numbers[mesh.layers >= 0].tolist())):
            own = (mesh.part_numbers == part) & (mesh.layers >= 0)
            repeats = float(np.ptp(mesh.uvs[own], axis=0).max())
            texture = mesh.textures[int(mesh.layers[own][0])][..., :3]
            found[f"{entry.id}#{part}"] = repeats <= MOST_REPEATS and _detail(texture) > FINE_LEVELS
    return found


def _detail(texture: NDArray[np.uint8]) -> float:
    """Mean difference, in grey levels, between a 128th of a texture and the 32nd that it is in."""
    whole = Image.fromarray(np.ascontiguousarray(texture))
    fine, coarse = (whole.reduce(max(min(whole.size) // side_px, 1)) for side_px in (128, 32))
    return float(np.mean(ImageStat.Stat(ImageChops.difference(fine, coarse.resize(fine.size))).mean))


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
