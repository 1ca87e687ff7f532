"""The SD3 mini backend: our own small system paints the scene's layout, in seconds on a plain processor."""

from collections.abc import Iterator
from pathlib import Path

from sd3studio.core.messages import Finished, JobMessage, Note, Progress
from sd3studio.core.requests import GenerateImage
from sd3studio.ml.generation.pictures import preview_of, result_of, scene_for
from sd3studio.ml.libraries import prepare_libraries

PARTS = ("graph_codec", "image_codec", "image_diffusion")
BLOCK_PX = 8
LARGEST_PX = 1024
"""Longest side that it paints; it learned from pictures of 256 px."""


def generate(request: GenerateImage) -> Iterator[JobMessage]:
    """Paint the scene that is asked for. Raises `MissingModelError` if weights are missing."""
    from sd3studio.ml.shipped import mini, require

    folder = Path(request.model).expanduser() if request.model else None
    require(*PARTS, folder=folder)
    yield Progress(0, request.steps, "Loading SD3 mini")
    system = mini(*PARTS, folder=folder)
    prepare_libraries()
    from sd3studio.core.language.prompt import prompt_of
    from sd3studio.core.locations import SD3_MINI
    from sd3studio.ml.generation.diffusers_folders import hashes_of
    from sd3studio.ml.image_path import sample_picture

    width, height = picture_size(request.width, request.height)
    notes = list(_notes(request, width, height))
    yield from (Note(text) for text in notes)
    scene = scene_for(request, width, height)
    prompt = request.prompt.strip()
    for painted in sample_picture(scene, prompt, request.seed, request.steps, request.guidance, width, height, system):
        pixels = painted.pixels
        shown = preview_of(pixels) if pixels is not None and painted.step < painted.total else None
        yield Progress(painted.step, painted.total, f"Step {painted.step} of {painted.total}", shown)
    assert pixels is not None
    weights = {name: value for name, value in hashes_of(folder or SD3_MINI).items() if name.split("/")[0] in PARTS}
    yield Finished(result_of(request, pixels, prompt or prompt_of(scene), weights, tuple(notes)))


def picture_size(width: int, height: int) -> tuple[int, int]:
    """The size (px) that is painted for one that was asked for: whole blocks, at most `LARGEST_PX` a side."""
    scale = min(LARGEST_PX / max(width, height), 1.0)
    return tuple(max(round(side * scale / BLOCK_PX), 8) * BLOCK_PX for side in (width, height))  # type: ignore[return-value]


def _notes(request: GenerateImage, width: int, height: int) -> Iterator[str]:
    if (width, height) != (request.width, request.height):
        yield (
            f"The picture is {width} x {height}: SD3 mini paints sides that are multiples of {BLOCK_PX}, "
            f"up to {LARGEST_PX}."
        )
    if request.negative_prompt.strip():
        yield "The negative prompt does not act: SD3 mini was not trained with any."
