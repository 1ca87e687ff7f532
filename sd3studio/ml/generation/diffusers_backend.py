"""The Diffusers backend: a local Stable Diffusion 1.5, XL or GLIGEN model, steered by the maps of the scene."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sd3studio.core.errors import JobError
from sd3studio.core.language.prompt import prompt_of
from sd3studio.core.language.wording import listed
from sd3studio.core.messages import Finished, JobMessage, Note, Progress
from sd3studio.core.requests import Control, GenerateImage
from sd3studio.core.scene.values import Scene
from sd3studio.ml.generation.diffusers_controls import control_pictures, grounding
from sd3studio.ml.generation.diffusers_devices import choose_placement, free_memory, is_out_of_memory, out_of_memory
from sd3studio.ml.generation.diffusers_folders import ModelFolder, find_controlnet, find_model, hashes_of
from sd3studio.ml.generation.diffusers_loading import (
    Loaded,
    filling_pipeline,
    forget_model,
    load_model,
    with_controlnets,
    without_grounding,
)
from sd3studio.ml.generation.diffusers_reference import Adapter, find_adapter, with_adapter
from sd3studio.ml.generation.diffusers_stepping import OnStep, stepped
from sd3studio.ml.generation.keeping import Rest, rest_of
from sd3studio.ml.generation.looks_of_reference import with_reference_colours
from sd3studio.ml.generation.pictures import Pixels, decoded, preview_of, result_of, scene_for
from sd3studio.ml.libraries import prepare_libraries, quiet

BLOCK_PX = 8
"""Sides of a picture are multiples of this: the autoencoders' downscaling."""
GROUNDED_SHARE = 0.3
"""Part of the steps in which GLIGEN's boxes act, unless the request says otherwise (the paper's own choice)."""


@dataclass(frozen=True, slots=True)
class Steering:
    """A map of the scene that steers the picture, and the ControlNet that reads it."""

    control: Control
    net: Path


def generate(request: GenerateImage) -> Iterator[JobMessage]:
    """Make the picture with the model that the request names. Raises `StudioError`s with what to do."""
    folder = find_model(request.model)
    prepare_libraries()
    placement = choose_placement(request.device, request.dtype)
    steering, notes = choose_steering(request, folder)
    adapter, said = find_adapter(request.reference, folder)
    notes += said
    rest = rest_of(request, block_px=BLOCK_PX)
    if rest is None and folder.fills_in:
        raise JobError(f"{folder.path.name} only fills in what is masked. Use it to keep the rest of a picture.")
    notes += _rest_notes(rest, request, folder)
    width, height = rest.size if rest else _whole_blocks(request)
    if rest is None and (width, height) != (request.width, request.height):
        notes.append(f"The picture is {width} x {height}: this model draws sides that are multiples of {BLOCK_PX}.")
    notes += [placement.note] if placement.note else []
    prompt, said = object_words(request, folder)
    notes += said
    if folder.has_checker:
        notes.append("The model's own safety checker is not used: it would replace pictures by black without a word.")
    yield from (Note(text) for text in notes)

    scene = scene_for(request, width, height)
    yield Progress(0, request.steps, f"Loading {folder.path.name}")
    try:
        loaded = load_model(folder, placement)
        pipeline, arguments = _prepare(request, loaded, scene, steering, prompt, rest)
        if adapter is not None and request.reference is not None:
            arguments["ip_adapter_image"] = Image.fromarray(decoded(request.reference.picture))
        yield Progress(0, request.steps, f"Making the picture on {placement.device}")
        with with_adapter(pipeline, adapter, request.reference.strength if request.reference else 0.0):
            steps = stepped(
                lambda on_step: _call(pipeline, arguments, on_step), _looker(loaded), getattr(pipeline, "unet", None)
            )
            pixels = yield from _progress(steps, request.steps)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        forget_model()
        free_memory()
        raise out_of_memory(request, placement) from error
    if request.reference is not None and adapter is None:
        pixels = with_reference_colours(request.reference, pixels)
    difference = None
    if rest is not None:
        pixels, difference = rest.finished(pixels)
        notes.insert(0, difference.sentence)
        yield Note(difference.sentence)
    weights = _weights(folder, steering, adapter)
    yield Finished(result_of(request, pixels, prompt, weights, tuple(notes), difference=difference))


def _whole_blocks(request: GenerateImage) -> tuple[int, int]:
    width, height = (max(side // BLOCK_PX, 8) * BLOCK_PX for side in (request.width, request.height))
    return width, height


def object_words(request: GenerateImage, folder: ModelFolder) -> tuple[str, list[str]]:
    """The prompt, and what happens to words for single objects: only GLIGEN ties them to a place.

    Words of the user's own as the prompt leave those for single objects out; other models get them behind it.
    """
    own = [thing for thing in request.scene.solid_objects() if thing.prompt.strip()]
    prompt = request.words(prompt_of(request.scene))
    if not own or folder.family == "gligen":
        return prompt, []
    missing = [thing.prompt.strip() for thing in own if thing.prompt.strip() not in prompt]
    names = listed([f"the {thing.label}" for thing in own[:4]])
    note = f"The words for {names} are part of the prompt, without a place: only a GLIGEN model ties them to one thing."
    return ", ".join([prompt, *missing]), [note]


def _rest_notes(rest: Rest | None, request: GenerateImage, folder: ModelFolder) -> list[str]:
    if rest is None:
        return []
    fills = folder.fills_in or folder.family in ("sd", "sdxl")
    whole = f"{folder.pipeline} fills in no masks: the whole picture is drawn, and only what changed is taken from it."
    return [*rest.notes(request), *([] if fills else [whole])]


def choose_steering(request: GenerateImage, folder: ModelFolder) -> tuple[list[Steering], list[str]]:
    """The ControlNets to use, and sentences about the controls that can't act.

    A control without a model of its own takes the next ControlNet that lies in the model's folder.
    """
    inside = list(folder.controlnets)
    steering, notes = [], []
    for control in request.controls:
        if control.map == "boxes" or control.strength == 0.0:
            if control.map == "boxes" and folder.family != "gligen":
                notes.append("The boxes do not act: that needs a GLIGEN model.")
        elif folder.family not in ("sd", "sdxl"):
            notes.append(f"The {control.map} map does not act: {folder.pipeline} takes no ControlNet here.")
        elif control.model:
            steering.append(Steering(control, find_controlnet(control.model)))
        elif inside:
            steering.append(Steering(control, find_controlnet(str(inside.pop(0)))))
        else:
            notes.append(f"The {control.map} map does not act: no ControlNet is chosen for it.")
    return steering, notes


def _prepare(
    request: GenerateImage,
    loaded: Loaded,
    scene: Scene,
    steering: list[Steering],
    prompt: str,
    rest: Rest | None = None,
) -> tuple[Any, dict[str, Any]]:
    """The pipeline to call and its arguments, apart from the callback."""
    import torch

    arguments: dict[str, Any] = {
        "prompt": prompt,
        "negative_prompt": request.unwanted or None,
        "width": scene.camera.width,
        "height": scene.camera.height,
        "num_inference_steps": request.steps,
        "guidance_scale": request.guidance,
        # on the CPU whatever the device is, so that a seed means the same picture everywhere
        "generator": torch.Generator("cpu").manual_seed(request.seed),
        "output_type": "np",
    }
    pipeline = loaded.pipeline
    filling = filling_pipeline(loaded) if rest is not None else None
    if rest is not None and filling is not None:
        arguments |= _filling_arguments(rest)
        pipeline = filling
    if steering:
        pipeline = with_controlnets(loaded, [use.net for use in steering], filling is not None)
        pictures = _control_arguments(request, scene, steering)
        if filling is not None:
            pictures["control_image"] = pictures.pop("image")
        arguments |= pictures
    elif loaded.folder.family == "gligen":
        phrases, boxes = grounding(scene)
        if boxes:
            share = next((control.end for control in request.controls if control.map == "boxes"), GROUNDED_SHARE)
            arguments |= {"gligen_phrases": phrases, "gligen_boxes": boxes, "gligen_scheduled_sampling_beta": share}
        else:
            pipeline = without_grounding(loaded)
    known = inspect.signature(pipeline.__call__).parameters
    return pipeline, {name: value for name, value in arguments.items() if name in known}


def _filling_arguments(rest: Rest) -> dict[str, Any]:
    """The earlier picture and the mask: white is drawn anew, from noise alone."""
    mask = Image.fromarray(rest.held.mask.astype(np.uint8) * 255)
    return {"image": Image.fromarray(rest.held.pixels), "mask_image": mask, "strength": 1.0}


def _control_arguments(request: GenerateImage, scene: Scene, steering: list[Steering]) -> dict[str, Any]:
    maps = tuple(dict.fromkeys(use.control.map for use in steering))
    drawn = control_pictures(scene, maps, request.depth_range)
    pictures = [Image.fromarray(drawn[use.control.map]) for use in steering]
    numbers = {
        "controlnet_conditioning_scale": [use.control.strength for use in steering],
        "control_guidance_start": [use.control.start for use in steering],
        "control_guidance_end": [use.control.end for use in steering],
    }
    if len(steering) == 1:
        return {"image": pictures[0], **{name: values[0] for name, values in numbers.items()}}
    return {"image": pictures, **numbers}


def _call(pipeline: Any, arguments: dict[str, Any], on_step: OnStep) -> Pixels:
    """Run the pipeline, telling `on_step` of each step; returns the picture (H, W, 3)."""
    known = inspect.signature(pipeline.__call__).parameters
    if "callback_on_step_end" in known:

        def at_end(_pipeline: Any, step: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            on_step(step + 1, tensors["latents"])
            return tensors

        callback: dict[str, Any] = {"callback_on_step_end": at_end}
    elif "callback" in known:
        callback = {"callback": lambda step, _time, latents: on_step(step + 1, latents)}
    else:
        callback = {}
    with quiet():
        image = pipeline(**arguments, **callback).images[0]
    if not np.isfinite(image).all():
        raise JobError("The model made no picture: its numbers overflowed. Choose float32 or bfloat16 and try again.")
    return np.round(np.clip(image, 0.0, 1.0) * 255.0).astype(np.uint8)


def _looker(loaded: Loaded) -> Callable[[Any], bytes | None]:
    def look(latents: Any) -> bytes | None:
        colours = loaded.preview(latents) if loaded.preview else None
        return preview_of(colours) if colours is not None else None

    return look


def _progress(steps: Any, total: int) -> Any:
    """`Progress` per step; returns the picture."""
    try:
        while True:
            number, preview = next(steps)
            yield Progress(min(number, total), total, f"Step {number} of {total}", preview)
    except StopIteration as end:
        return end.value
    finally:
        steps.close()


def _weights(folder: ModelFolder, steering: list[Steering], adapter: Adapter | None) -> dict[str, str]:
    """SHA-256 of every file of weights that took part."""
    found = {f"model/{name}": value for name, value in hashes_of(folder.path).items()}
    for use in steering:
        found |= {f"{use.control.map}/{name}": value for name, value in hashes_of(use.net).items()}
    if adapter is not None:
        found |= {f"reference/{name}": value for name, value in adapter.hashes().items()}
    return found
