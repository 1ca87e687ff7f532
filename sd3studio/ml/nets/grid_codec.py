"""Pictures to a grid of tokens and back, without maps: a small VQ-GAN-like codec with finite scalar quantisation.

It stands in the table of systems for the paper's image codec (a VQ-GAN of 32x32 tokens), and is the design that
`ObjectCodec` is compared with. Ours: the size, and finite scalar quantisation in place of a learned codebook, which
can't collapse in the few steps that a processor allows. The paper's: `GraphJoin` before the decoder.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from sd3studio.ml.libraries import quiet
from sd3studio.ml.nets.fsq import codes_one_hot, fsq_codes, fsq_one_hot
from sd3studio.ml.nets.graph_join import GraphJoin, zero_graph_half
from sd3studio.ml.nets.model import StudioModel

with quiet():
    from diffusers import ModelMixin  # noqa: F401  pipelines look for the base in the module of each part
    from diffusers.configuration_utils import register_to_config

GROUPS = 8
CELL_PX = 8
"""Side of the patch that one place of the grid stands for."""


class ConvBlock(nn.Module):
    """Two 3x3 convolutions with group norm around a residual; (B, C, H, W) to the same shape."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.GroupNorm(GROUPS, width),
            nn.SiLU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.GroupNorm(GROUPS, width),
            nn.SiLU(),
            nn.Conv2d(width, width, 3, padding=1),
        )
        nn.init.zeros_(self.layers[-1].weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.layers[-1].bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C, H, W)."""
        return x + self.layers(x)


class GridCodec(StudioModel):
    """A picture of `size_px` (others are brought to it) as (size/8)^2 places of `fields` tokens each, row by row.

    Parameters
    ----------
    size_px : side of the pictures, a multiple of 8
    fields, levels : tokens a place, and classes of each
    width : channels at the grid's own resolution
    graph_width : channels of the graph latents that the decoder joins; 0 for none
    """

    @register_to_config
    def __init__(
        self, size_px: int = 64, fields: int = 6, levels: int = 5, width: int = 96, graph_width: int = 0
    ) -> None:
        super().__init__()
        if size_px % CELL_PX or width % (2 * GROUPS):
            raise ValueError(f"size_px ({size_px}) must be a multiple of {CELL_PX}, width ({width}) of {2 * GROUPS}")
        self.size_px, self.fields, self.levels = size_px, fields, levels
        side = size_px // CELL_PX
        self.grid = (side, side)
        self.encoder = nn.Sequential(
            nn.PixelUnshuffle(4),
            nn.Conv2d(48, width // 2, 1),
            ConvBlock(width // 2),
            nn.PixelUnshuffle(2),
            nn.Conv2d(2 * width, width, 1),
            ConvBlock(width),
            nn.GroupNorm(GROUPS, width),
            nn.SiLU(),
            nn.Conv2d(width, fields, 1),
        )
        self.latents = nn.Linear(fields * levels, width)
        self.join = GraphJoin(width, graph_width)
        self.joined = zero_graph_half(nn.Linear(2 * width, width), width)
        self.decoder = nn.Sequential(
            ConvBlock(width),
            ConvBlock(width),
            nn.Conv2d(width, 2 * width, 1),
            nn.PixelShuffle(2),
            ConvBlock(width // 2),
            nn.Conv2d(width // 2, width, 1),
            nn.PixelShuffle(2),
            nn.Conv2d(width // 4, width // 2, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(width // 2, 12, 3, padding=1),
            nn.PixelShuffle(2),
        )

    @property
    def places(self) -> int:
        """Places of the grid."""
        return self.grid[0] * self.grid[1]

    def targets(self, inputs: dict[str, Tensor]) -> Tensor:
        """The pictures (B, 3, size, size) float in [0, 1] that decoding should give; `inputs` of `PictureSource`."""
        pixels = inputs["pixels"].permute(0, 3, 1, 2).float() / 255.0
        if pixels.shape[-2:] != (self.size_px, self.size_px):
            pixels = functional.interpolate(pixels, (self.size_px, self.size_px), mode="area")
        return pixels

    def encode(self, inputs: dict[str, Tensor]) -> Tensor:
        """Codes (B, places, fields) int64 of pictures ``inputs["pixels"]`` (B, H, W, 3) uint8."""
        return fsq_codes(self._encoded(self.targets(inputs)), self.levels)

    def token_mask(self, inputs: dict[str, Tensor]) -> Tensor:
        """(B, places) bool, which places there are: all."""
        return torch.ones(inputs["pixels"].shape[0], self.places, dtype=torch.bool, device=inputs["pixels"].device)

    def layout(self, inputs: dict[str, Tensor]) -> Tensor | None:
        """What a denoiser is told of each place: nothing."""
        return None

    def decode(
        self,
        codes: Tensor,
        inputs: dict[str, Tensor] | None = None,
        graph: Tensor | None = None,
        graph_mask: Tensor | None = None,
    ) -> Tensor:
        """Pictures (B, 3, size, size) float, about [0, 1].

        Parameters
        ----------
        codes : (B, places, fields) int64
        inputs : not read; codecs with maps read them
        graph, graph_mask : graph latents (B, M, C) and which there are (B, M), or None
        """
        return self._decoded(codes_one_hot(codes, self.levels, self.latents.weight.dtype), graph, graph_mask)

    def rebuild(
        self, inputs: dict[str, Tensor], graph: Tensor | None = None, graph_mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Pictures through the codec and what they should be, (B, 3, H, W) each; gradients reach the encoder."""
        true = self.targets(inputs)
        return self._decoded(fsq_one_hot(self._encoded(true), self.levels), graph, graph_mask), true

    def _encoded(self, pixels: Tensor) -> Tensor:
        """(B, 3, size, size) to (B, places, fields) unrounded."""
        return self.encoder(pixels * 2.0 - 1.0).flatten(2).transpose(1, 2)

    def _decoded(self, one_hot: Tensor, graph: Tensor | None, graph_mask: Tensor | None) -> Tensor:
        latents = self.latents(one_hot)
        x = self.joined(self.join(latents, graph, graph_mask))  # (B, places, D)
        x = x.transpose(1, 2).unflatten(2, self.grid)
        return 0.5 + 0.5 * self.decoder(x)
