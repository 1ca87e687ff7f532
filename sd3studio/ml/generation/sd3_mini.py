"""The SD3 mini backend: our own small system paints the scene's layout, in seconds on a plain processor."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sd3studio.core.messages import Finished, JobMessage, Note, Progress
from sd3studio.core.picture_controls import Reference, SlotTokens
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene.changes import held_tokens
from sd3studio.core.scene.values import Scene
from sd3studio.ml.generation.keeping import Rest, rest_of
from sd3studio.ml.generation.looks_of_reference import colours_sentence, with_reference_colours
from sd3studio.ml.generation.pictures import decoded, preview_of, result_of, scene_for
from sd3studio.ml.libraries import prepare_libraries

if TYPE_CHECKING:
    from sd3studio.ml.system import System

PARTS = ("graph_codec", "image_codec", "image_diffusion")
BLOCK_PX = 8
LARGEST_PX = 1024
"""Longest side that it paints; it learned from pictures of 256 px."""


def generate(request: GenerateImage) -> Iterator[JobMessage]:
    """Paint the scene that is asked for. Raises `MissingModelError` if weights are missing."""
    from sd3studio.ml.shipped import mini, require

    folder = Path(request.model).expanduser() if request.model else None
    where = require(*PARTS, folder=folder)
    yield Progress(0, request.steps, "Loading SD3 mini")
    system = mini(*PARTS, folder=folder)
    prepare_libraries()
    from sd3studio.core.language.prompt import prompt_of
    from sd3studio.ml.conditioning.prompt_looks import tinted_scene
    from sd3studio.ml.generation.diffusers_folders import hashes_of
    from sd3studio.ml.image_path import sample_picture

    old_tokens = earlier_tokens(request, system)
    light = np.array(old_tokens[""], np.int64) if "" in old_tokens else None
    rest = rest_of(request, light, BLOCK_PX)
    width, height = rest.size if rest else picture_size(request.width, request.height)
    scene = scene_for(request, width, height)
    notes = [*_notes(request, scene, width, height), *(rest.notes(request) if rest else ())]
    yield from (Note(text) for text in notes)
    held = held_looks(request, scene, system, rest, old_tokens)
    for painted in sample_picture(
        tinted_scene(scene),
        request.prompt.strip(),
        request.seed,
        request.steps,
        request.guidance,
        width,
        height,
        system,
        held=held,
        unwanted=request.unwanted,
        style=request.style.prompt if request.style else "",
        freedom=request.freedom,
    ):
        pixels = painted.pixels
        shown = preview_of(pixels) if pixels is not None and painted.step < painted.total else None
        yield Progress(painted.step, painted.total, f"Step {painted.step} of {painted.total}", shown)
    assert pixels is not None
    if request.reference is not None and request.reference.scene is None:
        pixels = with_reference_colours(request.reference, pixels)
    difference = None
    if rest is not None:
        pixels, difference = rest.finished(pixels)
        notes.insert(0, difference.sentence)
        yield Note(difference.sentence)
    weights = {name: value for name, value in hashes_of(where).items() if name.split("/")[0] in PARTS}
    prompt = request.words(prompt_of(scene))
    yield Finished(result_of(request, pixels, prompt, weights, tuple(notes), painted.tokens, difference))


def earlier_tokens(request: GenerateImage, system: "System") -> SlotTokens:
    """The looks in the picture of which the rest is kept: as it carries them, else read from its pixels."""
    from sd3studio.ml.looks import read_tokens

    if request.keep is None:
        return {}
    if request.keep.tokens:
        return request.keep.tokens
    pixels = decoded(request.keep.picture)
    return read_tokens(pixels, _seen(request.keep.scene, pixels), system)


def held_looks(
    request: GenerateImage, scene: Scene, system: "System", rest: Rest | None, old_tokens: SlotTokens
) -> SlotTokens:
    """Looks that are not sampled: those of a reference picture whose scene is known, and before them the kept ones."""
    from sd3studio.ml.conditioning.layout_map import light_codes
    from sd3studio.ml.looks import looks_like, read_tokens

    held: SlotTokens = {}
    if _nothing_is_said_of_light(request, scene):
        held[""] = tuple(light_codes(scene.light, scene.camera).tolist())
    reference = request.reference
    if reference is not None and reference.scene is not None:
        tokens = reference.tokens
        if not tokens:
            pixels = decoded(reference.picture)
            tokens = read_tokens(pixels, _seen(reference.scene, pixels), system)
        held |= looks_like(scene, reference.scene, tokens)
    return {**held, **held_tokens(rest.keep.scene, rest.scene, old_tokens)} if rest else held


def _nothing_is_said_of_light(request: GenerateImage, scene: Scene) -> bool:
    """Whether neither the scene nor any words tell of a place or of the time of day: its own light counts then.

    Unless light is to be drawn freely (`GenerateImage.freedom`).
    """
    from sd3studio.ml.conditioning.layout_map import time_of

    said = scene.objects.keys() - set(scene.added_by_model())
    if any(scene.objects[key].kind != "object" for key in said) or request.prompt.strip():
        return False
    return not (request.style or request.unwanted or request.keep or request.freedom or time_of(scene.title))


def picture_size(width: int, height: int) -> tuple[int, int]:
    """The size (px) that is painted for one that was asked for: whole blocks, at most `LARGEST_PX` a side."""
    scale = min(LARGEST_PX / max(width, height), 1.0)
    return tuple(max(round(side * scale / BLOCK_PX), 8) * BLOCK_PX for side in (width, height))  # type: ignore[return-value]


def _seen(scene: Scene, pixels: "np.ndarray") -> Scene:
    return scene.replace(camera=scene.camera.replace(width=pixels.shape[1], height=pixels.shape[0]))


def _notes(request: GenerateImage, scene: Scene, width: int, height: int) -> Iterator[str]:
    from sd3studio.ml.conditioning.backdrop import place_for
    from sd3studio.ml.conditioning.layout_map import time_of
    from sd3studio.ml.conditioning.prompt_looks import looks_in, unknown_words

    if place := place_for(scene):
        yield f"The scene lacks ground or backdrop; SD3 mini paints a plain {place} around its things."
    if request.keep is None and (width, height) != (request.width, request.height):
        yield (
            f"The picture is {width} x {height}: SD3 mini paints sides that are multiples of {BLOCK_PX}, "
            f"up to {LARGEST_PX}."
        )
    if request.unwanted and request.guidance <= 1.0:
        yield "The negative prompt does not act: that needs a guidance above 1."
    for label, words in unknown_words(scene).items():
        yield f"Of the words for the {label} ({words}) none acts: SD3 mini knows colours and materials."
    style = request.style.prompt if request.style else ""
    if request.style and style and looks_in(style) == ([], ()) and not time_of(style):
        yield f"SD3 mini knows colours, materials and times of day, so the style {request.style.name} hardly acts."
    if request.reference is not None:
        yield _reference_sentence(request.reference)


def _reference_sentence(reference: Reference) -> str:
    name = reference.name or "the reference picture"
    if reference.scene is not None:
        return f"Things of the same name, and the light, look as in {name}."
    return f"Of {name} no scene is known. {colours_sentence(reference)}"
