"""Pictures to a few tokens for the light and for each thing in sight, and back: a neural shader over maps of geometry.

Maps (depth, normals, which pixel shows what) say where everything is, tokens how it looks: colour, material, light. So
edges are as crisp as the maps, moving a thing keeps the others' tokens, and the places of the sequence line up with the
nodes of the graph, to which the paper's attention z^{I+} joins them (`GraphJoin`). All but that attention is ours; the
paper has a plain token grid, `GridCodec` here.

A decoder at two resolutions: a small U-Net over some 64 x 64 cells tells of the surroundings (what lies around, shades,
reflects), and a perceptron at every pixel, steered by its slot's vector (FiLM, Perez et al. 2018, arXiv:1709.07871),
paints: from its place on the thing, its normal, whether the sun reaches it, learned textures (prints, which a slot's
vector lets through or not) and, so that a bus has windows and a zebra stripes, learned features of the part of its mesh
and of the place in the part's texture.
"""

import os
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from sd3studio.ml.conditioning.layout_map import LIGHT_FIELDS
from sd3studio.ml.libraries import quiet
from sd3studio.ml.nets.fsq import codes_one_hot, fsq_codes, fsq_one_hot
from sd3studio.ml.nets.graph_join import GraphJoin, zero_graph_half
from sd3studio.ml.nets.grid_codec import ConvBlock
from sd3studio.ml.nets.model import StudioModel
from sd3studio.ml.nets.surface import FAR_M, Inputs, Surface, light_of, shadow_map, spread, surface_at
from sd3studio.ml.nets.surface_texture import (
    BoxTextures,
    ChartTextures,
    PartLooks,
    WorldWaves,
    catalogue_charts,
    detailed_charts,
    sharpness,
)

with quiet():
    from diffusers import ModelMixin  # noqa: F401  pipelines look for the base in the module of each part
    from diffusers.configuration_utils import register_to_config

CELLS = 64
"""Cells of the surroundings along the picture's shorter side."""
KIND_WIDTH = 48
HINTS = 16
"""Channels of `_hints`."""
CONTEXT_OUT = 24
PRINT = 3
"""Channels of textures that are colours: red, green, blue."""
FINER = 5.0
"""How much finer the last three fields tell a colour than the first three, at first."""

Window = tuple[slice, slice]
"""Rows and columns of the picture."""


class Surroundings(nn.Module):
    """A small U-Net over cells; (B, C, h, w) to (B, 24, h, w), h and w multiples of 4."""

    def __init__(self, inward: int, width: int) -> None:
        super().__init__()
        wide = width * 3 // 2
        self.inward = nn.Sequential(nn.Conv2d(inward, 32, 1), nn.SiLU(), nn.PixelUnshuffle(2), nn.Conv2d(128, width, 1))
        self.down = ConvBlock(width)
        self.deep = nn.Sequential(
            nn.PixelUnshuffle(2), nn.Conv2d(4 * width, wide, 1), ConvBlock(wide), ConvBlock(wide),
            nn.Conv2d(wide, 4 * width, 1), nn.PixelShuffle(2),
        )  # fmt: skip
        self.up = ConvBlock(width)
        self.outward = nn.Sequential(nn.SiLU(), nn.Conv2d(width, 4 * CONTEXT_OUT, 1), nn.PixelShuffle(2))

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        x = self.down(self.inward(x))
        return self.outward(self.up(x + self.deep(x)))


class Shader(nn.Module):
    """Colours of pixels from their surface features, steered by their slot: its own colour, shaded, and what differs.

    The last step looks at the eight neighbours, so that edges between slots can be smooth.
    """

    def __init__(self, inward: int, slot_width: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.first = nn.Linear(inward, width)
        self.second = nn.Linear(width, width)
        self.third = nn.Linear(width, width // 2)
        self.steer = nn.Linear(slot_width, 4 * width + width // 2)
        mixed = width // 2 + 3
        self.blend = nn.Conv2d(mixed, mixed, 3, padding=1, groups=mixed)
        self.colour = nn.Linear(width // 2, 6)
        for tensor in (self.blend.bias, self.colour.weight, self.colour.bias):
            nn.init.zeros_(tensor)  # type: ignore[arg-type]
        with torch.no_grad():
            self.blend.weight.mul_(0.1)[:, :, 1, 1] += 1.0

    def forward(self, features: Tensor, member: Tensor, slots: Tensor, own: Tensor, size: tuple[int, int]) -> Tensor:
        """Colours (B, 3, h, w) of the pixels of `size`, h w = P.

        Parameters
        ----------
        features : (B, P, C)
        member : (B, P, S), which slot a pixel shows
        slots : (B, S, D), what steers
        own : (B, P, 3), colours before shading
        """
        width = self.width
        steer = self.steer(slots)  # (B, S, 4.5 W)
        shift, scale, shift_2, scale_2, shift_3 = (member @ steer).split([width] * 4 + [width // 2], -1)
        x = functional.silu(self.first(features) * (1.0 + scale) + shift)
        x = functional.silu(self.second(x) * (1.0 + scale_2) + shift_2)
        x = functional.silu(self.third(x) + shift_3)  # (B, P, W / 2)
        grid = torch.cat([x, own], -1).transpose(1, 2).unflatten(2, size)
        inside = functional.pad(grid, (1, 1, 1, 1), mode="replicate")
        mixed = functional.conv2d(inside, self.blend.weight, self.blend.bias, groups=grid.shape[1])
        x, base = mixed.flatten(2).transpose(1, 2).split([width // 2, 3], -1)
        shade, other = self.colour(x).chunk(2, -1)
        return (base * (1.0 + shade) + other).transpose(1, 2).unflatten(2, size)


class ObjectCodec(StudioModel):
    """Slots of `fields` tokens: slot 0 is the light, whose tokens are its numbers; the others are told by an encoder.

    Parameters
    ----------
    categories, meshes : what things can be; anything else is painted as an unknown one
    fields, levels : tokens a slot, and classes of each
    width : of the latents; twice that of the slots' vectors
    context_width, shader_width : channels of the surroundings' net and of the pixels' perceptron
    texture_px, texture_width : of the learned textures
    graph_width : channels of the graph latents that the decoder joins; 0 for none
    parts : parts of a mesh that look different, further ones like the last; 0: the map of parts is not read
    charts : parts that have a texture, as "mesh#part"
    chart_px : resolution of what is learned of these textures; 0, or without `parts`: the map of charts is not read
    own_looks : whether it remembers how often each mesh that nobody painted had which tokens (`conditioning.own_looks`)
    fine_charts : charts of which finer colours are learned beside the features
    fine_px : their resolution; 0, or without `chart_px`: none are
    """

    ADDITIONS = ("parts", "chart_px", "own_looks", "fine_px")
    """Settings that add weights, zero at first, to a codec that was trained without."""

    @register_to_config
    def __init__(
        self,
        categories: Sequence[str] = (),
        meshes: Sequence[str] = (),
        fields: int = 6,
        levels: int = 5,
        width: int = 64,
        context_width: int = 64,
        shader_width: int = 64,
        texture_px: int = 18,
        texture_width: int = 8,
        graph_width: int = 0,
        parts: int = 0,
        charts: Sequence[str] = (),
        chart_px: int = 0,
        own_looks: bool = False,
        fine_charts: Sequence[str] = (),
        fine_px: int = 0,
    ) -> None:
        super().__init__()
        if fields != LIGHT_FIELDS:
            raise ValueError(f"fields must be {LIGHT_FIELDS}, as many as a light has, not {fields}")
        self.fields, self.levels, self.width = fields, levels, width
        self._category_rows = {name: k for k, name in enumerate(categories, start=1)}
        self._mesh_rows = {name: k for k, name in enumerate(meshes, start=1)}
        slot_width = 2 * width
        self.category = nn.Embedding(len(categories) + 1, KIND_WIDTH)
        self.mesh = nn.Embedding(len(meshes) + 1, KIND_WIDTH)
        for table in (self.category, self.mesh):
            nn.init.normal_(table.weight, std=0.3)
        # encoder
        self.look = nn.Sequential(
            nn.PixelUnshuffle(8), nn.Conv2d(192 + 4, width, 1), ConvBlock(width), nn.GroupNorm(8, width), nn.SiLU()
        )
        self.sum_up = nn.Sequential(
            nn.Linear(width + 11 + KIND_WIDTH + levels * fields, 2 * width), nn.SiLU(),
            nn.Linear(2 * width, 2 * width), nn.SiLU(), nn.Linear(2 * width, fields),
        )  # fmt: skip
        self.see_colour, self.see_rest = nn.Linear(3, 3), nn.Linear(3, fields - 3)
        # decoder
        self.paint = nn.Linear(fields * levels, 3)
        self._start_with_colours()
        self.latents = nn.Linear(fields * levels, width)
        self.light_latents = nn.Linear(fields * levels, width)
        self.join = GraphJoin(width, graph_width)
        self.joined = zero_graph_half(nn.Linear(3 * width + KIND_WIDTH, 2 * slot_width), width)
        self.slot_vector = nn.Sequential(nn.SiLU(), nn.Linear(2 * slot_width, slot_width))
        self.cell_vector = nn.Linear(slot_width, 40)
        self.surroundings = Surroundings(40 + HINTS, context_width)
        self.textures = BoxTextures(len(meshes) + 1, texture_px, texture_width)
        self.part_looks = PartLooks(len(meshes) + 1, parts, texture_width) if parts else None
        charted = bool(parts and chart_px)
        self.charts_seen = self._chart_textures(charts, parts, chart_px, texture_width) if charted else None
        fine = charted and fine_px
        self.fine_seen = self._chart_textures(fine_charts, parts, fine_px, PRINT) if fine else None
        self.look_counts: Tensor | None
        self.register_buffer("look_counts", torch.zeros(len(meshes) + 1, fields, levels) if own_looks else None)
        self.printed = nn.Linear(slot_width, PRINT)
        self.waves = WorldWaves()
        self.shader = Shader(HINTS + texture_width + self.waves.width + CONTEXT_OUT, slot_width, shader_width)

    @staticmethod
    def sizes(vocabulary: Any, tokenizer: Any) -> dict[str, Any]:
        """What it knows unless the configuration says otherwise: the whole catalogue.

        Fine textures are those of meshes that scenes are composed of; for all they would not fit a file of 45 MB.
        """
        from sd3studio.core.catalogue import shipped_catalogue
        from sd3studio.core.synthesis.dressing import LEFT_OUT
        from sd3studio.ml.training.data.records import class_names

        meshes = sorted(entry.id for entry in shipped_catalogue())
        fine = [chart for chart in detailed_charts() if chart.rsplit("#", 1)[0] not in LEFT_OUT]
        charts = {"charts": list(catalogue_charts()), "fine_charts": fine}
        return {"categories": list(class_names()), "meshes": meshes, **charts}

    def save_pretrained(self, save_directory: str | os.PathLike[str], **kwargs: Any) -> None:
        """As of the base; learned textures go into the file in half precision, and are rounded to it here as well."""
        tables = [table.texels for table in (self.textures, self.charts_seen, self.fine_seen) if table is not None]
        try:
            for table in tables:
                table.half()
            super().save_pretrained(save_directory, **kwargs)
        finally:
            for table in tables:
                table.float()

    def _chart_textures(self, charts: Sequence[str], parts: int, side_px: int, width: int) -> ChartTextures:
        pairs = [(self.mesh_row(mesh), int(part)) for mesh, part in (name.rsplit("#", 1) for name in charts)]
        return ChartTextures(pairs, len(self._mesh_rows) + 1, parts, side_px, width)

    def category_row(self, category: str) -> int:
        """Number of a category, 0 for an unknown one."""
        return self._category_rows.get(category, 0)

    def mesh_row(self, mesh: str) -> int:
        """Number of a mesh; an unknown one is 0."""
        return self._mesh_rows.get(mesh, 0)

    def targets(self, inputs: Inputs, window: Window | None = None) -> Tensor:
        """The pictures (B, 3, h, w) float in [0, 1] that decoding should give."""
        rows, columns = window or (slice(None), slice(None))
        return inputs["pixels"][:, rows, columns].permute(0, 3, 1, 2).float() / 255.0

    def encode(self, inputs: Inputs) -> Tensor:
        """Codes (B, S, fields) int64 of pictures with their maps; places without a slot are 0."""
        codes = fsq_codes(self._encoded(inputs), self.levels)
        codes[:, 0] = inputs["light"]
        return codes * inputs["slot_mask"].unsqueeze(2)

    def token_mask(self, inputs: Inputs) -> Tensor:
        """(B, S) bool, which places there are."""
        return inputs["slot_mask"]

    def layout(self, inputs: Inputs) -> Tensor:
        """(B, S, C) what a denoiser is told of each place (`layout_map.layout_rows`)."""
        return inputs["layout"]

    def decode(
        self,
        codes: Tensor,
        inputs: Inputs,
        graph: Tensor | None = None,
        graph_mask: Tensor | None = None,
        window: Window | None = None,
    ) -> Tensor:
        """Pictures (B, 3, H, W) float, about [0, 1], of the size of the maps, or the `window` of them.

        Parameters
        ----------
        codes : (B, S, fields) int64
        inputs : maps and slots; pixels are not read
        graph, graph_mask : graph latents (B, M, C) and which there are (B, M), or None
        """
        one_hot = codes_one_hot(codes, self.levels, self.latents.weight.dtype)
        return self._decoded(one_hot, codes[:, 0], inputs, graph, graph_mask, window)

    def rebuild(
        self,
        inputs: Inputs,
        graph: Tensor | None = None,
        graph_mask: Tensor | None = None,
        window: Window | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Pictures through the codec and what they should be, (B, 3, h, w) each; gradients reach the encoder.

        With a `window` only that part of the picture is painted; its surroundings are those of the whole.
        """
        one_hot = fsq_one_hot(self._encoded(inputs), self.levels)
        one_hot = torch.cat([codes_one_hot(inputs["light"], self.levels).unsqueeze(1), one_hot[:, 1:]], 1)
        return self._decoded(one_hot, inputs["light"], inputs, graph, graph_mask, window), self.targets(inputs, window)

    @torch.no_grad()
    def _start_with_colours(self) -> None:
        """Let fields begin as lightness, red against blue, and green against both: three coarsely, three finely.

        Left to itself a codec takes many epochs to find colours; from here it goes its own way.
        """
        levels, paint = self.levels, self.paint
        axes = torch.tensor([[1.0, 1.0, 1.0], [2.0, 0.0, -2.0], [-1.5, 3.0, -1.5]])
        back = torch.linalg.inv(axes).T  # rows: the colour of one unit along each axis
        places = torch.linspace(-1.0, 1.0, levels).clamp(-0.9, 0.9).atanh()
        for see in (self.see_colour, self.see_rest):
            nn.init.zeros_(see.weight)
            nn.init.zeros_(see.bias)
        nn.init.zeros_(paint.weight)
        nn.init.constant_(paint.bias, 0.5)
        self.see_colour.weight.copy_(axes)
        self.see_colour.bias.copy_(-axes.sum(1) * 0.5)
        self.see_rest.weight[:3] = axes * FINER
        for field in range(6):
            gain = 1.0 if field < 3 else FINER
            paint.weight[:, field * levels : (field + 1) * levels] = back[field % 3].unsqueeze(1) * places / gain
        nn.init.zeros_(self.sum_up[-1].weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.sum_up[-1].bias)  # type: ignore[arg-type]

    # ---- encoder

    def _encoded(self, inputs: Inputs) -> Tensor:
        """(B, S, fields) unrounded: means over each slot's pixels, of colours and of convolved features."""
        pixels = self.targets(inputs)
        here, bright = self._brightness(inputs, 4)
        seen = self._seen(pixels, 4)  # (B, P, 3)
        own = seen / self._exposure(inputs, inputs["light"], here, bright)
        values = torch.cat([own, seen, seen.square(), bright, bright.square()], -1)
        coarse, coarse_bright = self._brightness(inputs, 8)
        size = (pixels.shape[2] // 8, pixels.shape[3] // 8)
        extra = torch.cat([coarse.normal, coarse_bright], -1).transpose(1, 2).unflatten(2, size)
        unshuffle, *rest = self.look
        x = torch.cat([unshuffle(pixels * 2.0 - 1.0), extra], 1)
        for layer in rest:
            x = layer(x)
        means = [_means(here.member, values), _means(coarse.member, x.flatten(2).transpose(1, 2))]
        light = codes_one_hot(inputs["light"], self.levels).unsqueeze(1).expand(-1, means[0].shape[1], -1)
        told = self.sum_up(torch.cat([*means, self._kinds(inputs), light], -1))
        own = means[0][..., :3]
        coarse_codes = told[..., :3] + self.see_colour(own)
        one_hot = fsq_one_hot(coarse_codes, self.levels)
        rest = own - functional.linear(one_hot, self.paint.weight[:, : one_hot.shape[-1]], self.paint.bias)
        return torch.cat([coarse_codes, told[..., 3:] + self.see_rest(rest)], -1)

    def _brightness(self, inputs: Inputs, step: int) -> tuple[Surface, Tensor]:
        """Surfaces at every `step`-th pixel, and how much sun they get (B, P, 1)."""
        rows, columns = (spread(size // step, size) for size in inputs["slot_map"].shape[1:])
        here = surface_at(inputs, rows, columns)
        lit = self._sunlight(inputs, inputs["light"], here, self._shadow(inputs, inputs["light"]), rows, columns)
        return here, lit[..., :1] * lit[..., 1:]

    @staticmethod
    def _seen(pixels: Tensor, step: int) -> Tensor:
        """(B, 3, H, W) at every `step`-th pixel, (B, P, 3)."""
        rows, columns = (spread(size // step, size) for size in pixels.shape[2:])
        return pixels[:, :, rows][:, :, :, columns].flatten(2).transpose(1, 2)

    # ---- decoder

    def _decoded(
        self,
        one_hot: Tensor,
        light: Tensor,
        inputs: Inputs,
        graph: Tensor | None,
        graph_mask: Tensor | None,
        window: Window | None,
    ) -> Tensor:
        height, width = inputs["slot_map"].shape[1:]
        slots = self._slots(one_hot, inputs, graph, graph_mask)
        shadow = self._shadow(inputs, light)
        context = self._context(slots, inputs, light, shadow)
        part = window or (slice(None), slice(None))
        rows, columns = torch.arange(height)[part[0]], torch.arange(width)[part[1]]
        here = surface_at(inputs, rows, columns)
        texture = self._textured(inputs, here, rows, columns)
        features = torch.cat(
            [
                self._hints(inputs, light, here, shadow, rows, columns),
                texture,
                self.waves(here.point.flatten(0, 1), here.normal.flatten(0, 1), here.footprint.flatten()).unflatten(
                    0, here.depth.shape
                ),
                _at(context, rows, columns, (height, width)),
            ],
            -1,
        )
        own = here.member @ self.paint(one_hot) + texture[..., :PRINT] * (here.member @ self.printed(slots)).sigmoid()
        lit = self._sunlight(inputs, light, here, shadow, rows, columns)
        own = own * self._exposure(inputs, light, here, lit[..., :1] * lit[..., 1:])
        return self.shader(features, here.member, slots, own, (len(rows), len(columns)))

    def _kinds(self, inputs: Inputs) -> Tensor:
        """(B, S, 48): what each slot is."""
        return self.category(inputs["slot_category"]) + self.mesh(inputs["slot_mesh"])

    def _slots(self, one_hot: Tensor, inputs: Inputs, graph: Tensor | None, graph_mask: Tensor | None) -> Tensor:
        """(B, S, 2 width): vectors that steer the pixels."""
        latents = self.latents(one_hot)
        light = self.light_latents(one_hot[:, :1]).expand_as(latents)
        joined = self.join(latents, graph, graph_mask)
        return self.slot_vector(self.joined(torch.cat([joined, light, self._kinds(inputs)], -1)))

    def _shadow(self, inputs: Inputs, light: Tensor) -> Tensor:
        """(B, h, w): where the sun does not get; as given if it is of this light."""
        given = inputs.get("shadow")
        if given is not None and torch.equal(light, inputs["light"]):
            return given.float() / 255.0
        return shadow_map(inputs, light)

    def _context(self, slots: Tensor, inputs: Inputs, light: Tensor, shadow: Tensor) -> Tensor:
        """(B, 24, h, w) of the cells."""
        height, width = inputs["slot_map"].shape[1:]
        scale = CELLS / min(height, width)
        rows, columns = (spread(max(round(size * scale / 4) * 4, 4), size) for size in (height, width))
        here = surface_at(inputs, rows, columns)
        hints = self._hints(inputs, light, here, shadow, rows, columns)
        cells = torch.cat([here.member @ self.cell_vector(slots), hints], -1)
        return self.surroundings(cells.transpose(1, 2).unflatten(2, (len(rows), len(columns))))

    def _sunlight(
        self, inputs: Inputs, light: Tensor, here: Surface, shadow: Tensor, rows: Tensor, columns: Tensor
    ) -> Tensor:
        """(B, P, 2): how far a surface faces the sun, and how much of the sun it sees."""
        direction = light_of(light, inputs["camera"])[0]
        facing = (here.normal * direction.unsqueeze(1)).sum(2).clamp(min=0.0)
        free = 1.0 - _at(shadow.unsqueeze(1), rows, columns, inputs["slot_map"].shape[1:])[..., 0]
        return torch.stack([facing, free], 2)

    def _exposure(self, inputs: Inputs, light: Tensor, here: Surface, direct: Tensor) -> Tensor:
        """(B, P, 1): by how much light makes a surface's sRGB brighter; a first guess that the shader corrects.

        Lambert's law with the `direct` share (B, P, 1) of the sun; 1 where there is nothing to be lit.
        """
        _, sun, ambient = light_of(light, inputs["camera"])
        total = 1.1 * ambient[:, None, None] + 1.05 * sun[:, None, None] * direct
        return torch.where((here.depth >= FAR_M).unsqueeze(2), 1.0, total.clamp(min=0.01) ** (1.0 / 2.2))

    def _hints(
        self, inputs: Inputs, light: Tensor, here: Surface, shadow: Tensor, rows: Tensor, columns: Tensor
    ) -> Tensor:
        """(B, P, 16): what a surface is in numbers, but for its textures."""
        lit = self._sunlight(inputs, light, here, shadow, rows, columns)
        _, sun, ambient = light_of(light, inputs["camera"])
        direct = lit[..., 0] * lit[..., 1]
        shade = torch.stack([direct, sun.unsqueeze(1) * direct + ambient.unsqueeze(1)], 2)
        far = (here.depth.clamp(min=0.05).log() / 2.0).unsqueeze(2)
        nothing = (here.depth >= FAR_M).float().unsqueeze(2)
        height = (here.point[..., 2:] / 3.0).clamp(-1.0, 2.0)
        return torch.cat([here.local, here.normal, here.local_normal, lit, shade, far, nothing, height], -1)

    def _textured(self, inputs: Inputs, here: Surface, rows: Tensor, columns: Tensor) -> Tensor:
        """(B, P, texture_width), first a print's red, green and blue; stuff has no texture."""
        wanted = (here.member @ (~inputs["slot_stuff"]).unsqueeze(2).float()).squeeze(2) > 0.5  # (B, P)
        mesh = (here.member @ inputs["slot_mesh"].unsqueeze(2).float()).squeeze(2).round().long()[wanted]
        found = self.textures(mesh, here.local[wanted], here.local_normal[wanted])
        if self.part_looks is not None:
            part = inputs["part_map"][:, rows][:, :, columns].flatten(1)[wanted].long()
            found = found + self.part_looks(mesh, part)
            if self.charts_seen is not None:
                places = inputs["chart_map"][:, rows][:, :, columns].float() / 255.0
                place = places.flatten(1, 2)[wanted]
                found = found + self.charts_seen(mesh, part, place)
                if self.fine_seen is not None:
                    told = sharpness(places, self.fine_seen.side_px).flatten(1)[wanted].unsqueeze(1)
                    fine = self.fine_seen(mesh, part, place) * told
                    found = found + functional.pad(fine, (0, found.shape[1] - PRINT))
        return found.new_zeros(*wanted.shape, found.shape[1]).masked_scatter(wanted.unsqueeze(2), found)


def _means(member: Tensor, values: Tensor) -> Tensor:
    """Means of values (B, P, C) over each slot's pixels, (B, S, C)."""
    return member.transpose(1, 2) @ values / member.sum(1).unsqueeze(2).clamp(min=1.0)


def _at(maps: Tensor, rows: Tensor, columns: Tensor, size: Sequence[int]) -> Tensor:
    """Channels of small maps (B, C, h, w) at pixels of a picture of `size`, bilinear: (B, P, C)."""
    y, x = ((rows + 0.5) / size[0] * 2.0 - 1.0), ((columns + 0.5) / size[1] * 2.0 - 1.0)
    grid = torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], -1)  # (h, w, 2), x first
    found = functional.grid_sample(
        maps, grid.expand(len(maps), -1, -1, -1).to(maps.dtype), padding_mode="border", align_corners=False
    )
    return found.flatten(2).transpose(1, 2)
