"""Live previews: latents to colours by a linear map that is fitted to the model's own autoencoder."""

from typing import TYPE_CHECKING, Any

import numpy as np

from sd3studio.ml.generation.pictures import Pixels

if TYPE_CHECKING:
    from torch import Tensor

_PATCHES = 8
_LATENTS_PER_PATCH = 4


class LatentPreview:
    """Colours of latents, some thousand times cheaper than decoding them.

    Latents of these autoencoders are close to a small picture in other colours. The map from their channels to red,
    green and blue is found by least squares on a card of coloured patches, so that it fits any autoencoder.
    """

    def __init__(self, vae: Any) -> None:
        import torch

        config = vae.config
        self._scale = float(getattr(config, "scaling_factor", None) or 1.0)
        self._shift = float(getattr(config, "shift_factor", None) or 0.0)
        card = _test_card(vae)  # (1, 3, H, W)
        with torch.no_grad():
            coded = vae.encode(card.to(vae.device, vae.dtype))
            latents = coded.latents if hasattr(coded, "latents") else coded.latent_dist.mean
        latents = latents.float().cpu()  # (1, C, h, w)
        small = torch.nn.functional.interpolate(card, size=latents.shape[-2:], mode="area")
        design = _design(latents[0])
        self.map, *_ = np.linalg.lstsq(design, _rows(small[0]), rcond=None)  # (C + 1, 3)

    def __call__(self, latents: "Tensor") -> Pixels | None:
        """Colours (h, w, 3) of latents (B, C, h, w) as a pipeline hands them to its callback; None for other shapes."""
        if latents.ndim != 4 or latents.shape[1] != len(self.map) - 1:
            return None
        plain = latents[0].detach().float().cpu() / self._scale + self._shift
        colours = np.nan_to_num(_design(plain) @ self.map).reshape(*latents.shape[-2:], 3)
        return np.round((colours.clip(-1.0, 1.0) + 1.0) * 127.5).astype(np.uint8)


def _test_card(vae: Any) -> "Tensor":
    """(1, 3, H, W) in [-1, 1]: 8 x 8 patches of random colours, each some latents wide."""
    import torch

    factor = 2 ** (len(vae.config.block_out_channels) - 1)
    generator = torch.Generator().manual_seed(0)
    patches = torch.rand(1, 3, _PATCHES, _PATCHES, generator=generator) * 2.0 - 1.0
    return torch.nn.functional.interpolate(patches, scale_factor=factor * _LATENTS_PER_PATCH, mode="nearest")


def _rows(planes: "Tensor") -> np.ndarray:
    """(C, h, w) -> (h * w, C)."""
    return planes.reshape(len(planes), -1).T.numpy().astype(np.float64)


def _design(planes: "Tensor") -> np.ndarray:
    """(C, h, w) -> (h * w, C + 1), the last column one."""
    rows = _rows(planes)
    return np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
