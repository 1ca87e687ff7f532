"""Drafts: small quick pictures by SD3 mini while a thing is dragged.

Things keep the looks of the draft before, so mostly nothing is sampled: the codec paints the same looks in new places.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sd3studio.core.messages import DraftResult, Finished, JobMessage
from sd3studio.core.requests import DraftImage, GenerateImage
from sd3studio.ml.generation.pictures import preview_of, scene_for
from sd3studio.ml.generation.sd3_mini import BLOCK_PX, PARTS, held_looks
from sd3studio.ml.libraries import prepare_libraries

if TYPE_CHECKING:
    from sd3studio.ml.image_path import Painted
    from sd3studio.ml.system import System


def run(request: DraftImage) -> Iterator[JobMessage]:
    """Paint a draft. Raises `MissingModelError` if weights are missing."""
    from sd3studio.ml.shipped import mini, require

    whole = request.request
    folder = Path(whole.model).expanduser() if whole.model and whole.backend == "sd3-mini" else None
    require(*PARTS, folder=folder)
    made = painted(request, mini(*PARTS, folder=folder))
    assert made.pixels is not None
    height, width = made.pixels.shape[:2]
    yield Finished(DraftResult(preview_of(made.pixels), width, height, made.tokens))


def painted(request: DraftImage, system: "System") -> "Painted":
    """The draft itself: its pixels, and the looks of what is in it."""
    prepare_libraries()
    from sd3studio.ml.conditioning.prompt_looks import tinted_scene
    from sd3studio.ml.image_path import sample_picture

    whole = request.request
    width, height = draft_size(whole, request.longest_px)
    scene = scene_for(whole, width, height)
    held = {**held_looks(whole, scene, system, None, {}), **request.tokens}
    *_, last = sample_picture(
        tinted_scene(scene),
        whole.prompt.strip(),
        whole.seed,
        request.steps,
        whole.guidance if whole.backend == "sd3-mini" else 7.0,
        width,
        height,
        system,
        previews=False,
        held=held,
        unwanted=whole.unwanted,
        style=whole.style.prompt if whole.style else "",
        fine=False,
    )
    return last


def draft_size(request: GenerateImage, longest_px: int) -> tuple[int, int]:
    """Width and height of the draft (px), in the picture's proportions, in whole blocks."""
    scale = longest_px / max(request.width, request.height)
    width, height = (max(round(side * scale / BLOCK_PX), 4) * BLOCK_PX for side in (request.width, request.height))
    return width, height
