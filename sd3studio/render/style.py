"""How a picture is made to look: quality levels, backdrops, highlight colours."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from sd3studio.core.scene.value import Colour

Quality = Literal["draft", "view", "final"]


@dataclass(frozen=True, slots=True)
class QualityLevel:
    """What a quality level pays for.

    Parameters
    ----------
    shadow_px : resolution of the shadow map; 0 draws no shadows
    shadow_taps : samples of the shadow map in a turned disc; 1 has sharp edges
    occlusion : samples of ambient obscurance; 0 for none
    occlusion_step : obscurance at every how manieth pixel
    supersampling : pixels drawn for one, along each axis
    smooth : edge smoothing afterwards, where there is no supersampling
    error_px, least_px : see `view.visible_instances`
    """

    shadow_px: int
    shadow_taps: int
    occlusion: int
    occlusion_step: int
    supersampling: int
    smooth: bool
    error_px: float
    least_px: float


QUALITY: dict[Quality, QualityLevel] = {
    "draft": QualityLevel(1_024, 1, 0, 2, 1, False, 3.0, 2.5),
    "view": QualityLevel(1_024, 4, 7, 2, 1, True, 1.0, 1.0),
    "final": QualityLevel(2_048, 6, 12, 2, 2, False, 0.5, 0.0),
}


@dataclass(frozen=True, slots=True)
class Backdrop:
    """Colours (sRGB) behind and below the scene: top of the sky, horizon, default floor."""

    top: Colour
    horizon: Colour
    floor: Colour


BACKDROPS: dict[str, Backdrop] = {
    "studio": Backdrop((0.74, 0.79, 0.86), (0.93, 0.94, 0.95), (0.86, 0.865, 0.87)),
    "sky": Backdrop((0.35, 0.58, 0.86), (0.86, 0.91, 0.95), (0.70, 0.69, 0.66)),
    "dark": Backdrop((0.13, 0.14, 0.16), (0.20, 0.21, 0.23), (0.25, 0.26, 0.28)),
}
"""By name. A scene with a sky uses "sky" where "studio" was asked for."""


@dataclass(frozen=True, slots=True)
class Highlight:
    """Objects that are marked in the picture: ids of the selected ones, id of the one under the cursor."""

    selected: Collection[str] = field(default_factory=frozenset)
    hovered: str | None = None
    selected_colour: Colour = (1.0, 0.55, 0.10)
    hovered_colour: Colour = (0.25, 0.60, 1.0)


NO_HIGHLIGHT = Highlight()
