"""Scene to picture with a trained system: slots, graph and words to tokens by diffusion, tokens and maps to pixels.

The renderer gives depth, normals, ids and, of meshes, parts and places in textures, never colours: those come from the
sampled tokens alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from sd3studio.core.errors import JobError, MissingModelError
from sd3studio.core.language.prompt import prompt_of
from sd3studio.core.picture_controls import SlotTokens, joined_words
from sd3studio.core.relations import RelationField
from sd3studio.core.scene.values import Scene
from sd3studio.ml.conditioning.backdrop import with_backdrop
from sd3studio.ml.conditioning.graph_tensors import GraphVocabulary, tensors_of
from sd3studio.ml.conditioning.layout_map import (
    WORD_WIDTH,
    Slots,
    camera_numbers,
    depth_of,
    layout_rows,
    phrases_of_prompt,
    slots_of,
    time_of,
)
from sd3studio.ml.conditioning.own_looks import own_look_prior
from sd3studio.ml.conditioning.prompt_looks import told_scene
from sd3studio.ml.diffusion.sampler import SamplerConfig, SampleStep, guided, sample, with_prior
from sd3studio.ml.diffusion.scheduler import DiscreteDiffusionScheduler
from sd3studio.ml.libraries import prepare_libraries, quiet
from sd3studio.ml.nets.object_codec import ObjectCodec
from sd3studio.ml.nets.surface import Inputs
from sd3studio.ml.system import System
from sd3studio.ml.training.data.graphs import gold_facts, gold_graph
from sd3studio.ml.training.data.records import VISIBLE_SHARE, VISIBLE_STUFF
from sd3studio.ml.training.losses.image import graph_condition, image_conditions, without_looks
from sd3studio.ml.training.sources.pictures import Words, kind_rows, padded, slot_inputs
from sd3studio.render.maps import MapName

prepare_libraries()

with quiet():
    from diffusers import DiffusionPipeline, ImagePipelineOutput

Pixels = NDArray[np.uint8]
"""(H, W, 3) sRGB."""

PARTS = ("graph_codec", "image_codec", "image_diffusion")
BLOCK_PX = 8
"""Sides of a picture are multiples of this."""
MAX_SLOTS = 64
PAINTED_FROM: tuple[MapName, ...] = ("depth", "normal", "id", "part", "chart")
FINE_PX = 384
"""Pictures whose longer side is at most this are painted at twice their size and averaged, as the renders that the nets
learned from are: measured on 16 held-out pictures of 256 px, 26.6 dB instead of 26.0."""
PREVIEW_PX = 128
"""Shorter side of the pictures shown on the way."""
PREVIEW_EVERY = 3
"""Steps; a preview costs about as much as four steps of the net."""
NO_WORDS = np.zeros((0, WORD_WIDTH), np.float32)
MAX_KNOWN_WORDS = 4_000
MAX_STEPS = 24
"""A slot has few tokens: more steps than these change nothing."""
TRUNCATION = 0.6
"""Tokens are drawn among the likeliest that together reach this. On 48 held-out scenes detectors find 0.72 of what they
find in the render with 0.6, and 0.69 with 0.95; seeds still differ in walls, floors, light and what no word names."""
FREEST = 0.95
"""The same where what nobody says is drawn as freely as may be."""
GUIDANCE_SHARE = 0.25
"""Of what a guidance exceeds 1: tokens' log-probabilities are pushed that much. (Requests speak in the numbers that are
usual for Stable Diffusion, where 7 is plain.)"""


@dataclass(frozen=True, eq=False)
class Painted:
    """Where painting stands: `pixels` are a preview until `step` is `total`, and may be None in between.

    `tokens` are the looks of what is in the finished picture, by the ids of the things.
    """

    step: int
    total: int
    pixels: Pixels | None
    tokens: SlotTokens = field(default_factory=dict)


def sample_picture(
    scene: Scene,
    prompt: str,
    seed: int,
    steps: int,
    guidance: float,
    width: int,
    height: int,
    system: System,
    previews: bool = True,
    held: SlotTokens | None = None,
    unwanted: str = "",
    style: str = "",
    fine: bool = True,
    freedom: float = 0.0,
) -> Iterator[Painted]:
    """Paint a scene; the last of what is yielded is the picture.

    Parameters
    ----------
    prompt : what is said of the things and of the time of day; empty: what the scene itself says
    seed : of the tokens; the same arguments give the same picture
    steps : of the sampler, at most `MAX_STEPS` are used
    guidance : 1 follows the words as the net learned it, more exaggerates them
    width, height : px, multiples of `BLOCK_PX`
    system : with the parts `PARTS`
    previews : whether pictures are shown on the way
    held : looks that are given, by the ids of things; the others are sampled so that they go with them
    style : words that are said after the prompt
    unwanted : looks that guidance leads away from ("red, night"); no effect where `guidance` is at most 1
    fine : paint small pictures at twice their size (see `FINE_PX`)
    freedom : in [0, 1], how much less things of which nothing is said look as their meshes usually do

    Raises `JobError` if the net gives no finite numbers.
    """
    codec = codec_of(system)
    told = told_scene(scene, joined_words(prompt, style))
    scale = 2 if fine and max(width, height) <= FINE_PX else 1
    words = joined_words(prompt.strip() or prompt_of(told), style)
    slots, inputs = drawn_inputs(told, words, scale * width, scale * height, system)
    blind = unwanted_inputs(told, unwanted, slots) if unwanted.strip() else {}
    generator = torch.Generator().manual_seed(seed)
    total = min(steps, MAX_STEPS)
    small = _shrunk(inputs, scale * width, scale * height) if previews else None
    known = held_codes(held or {}, slots, codec)
    last: SampleStep | None = None
    with torch.no_grad():
        prior = own_look_prior(told, slots, codec)
        prior = prior if prior is None or not freedom else (1.0 - freedom) * prior
        said = said_of(slots)
        for last in sample_tokens(system, inputs, generator, total, guidance, known, blind, said, prior, freedom):
            if small is not None and last.number < total and last.number % PREVIEW_EVERY == 1:
                yield Painted(last.number, total, _pixels(codec, last.guess, small, system))
            elif last.number < total:
                yield Painted(last.number, total, None)
        if last is None:
            raise JobError("The picture has no tokens: nothing of the scene is in sight.")
        yield Painted(total, total, _pixels(codec, last.x, inputs, system, scale), tokens_by_id(slots, last.x))


def picture_of(
    scene: Scene, prompt: str, seed: int, steps: int, guidance: float, width: int, height: int, system: System
) -> Pixels:
    """The finished picture (`sample_picture` without previews)."""
    for painted in sample_picture(scene, prompt, seed, steps, guidance, width, height, system, previews=False):
        pixels = painted.pixels
    assert pixels is not None
    return pixels


def held_codes(held: SlotTokens, slots: Slots, codec: ObjectCodec) -> tuple[Tensor, Tensor]:
    """Codes (1, S, fields) of the slots whose looks are given, and which those are (1, S); others are 0."""
    codes = torch.zeros(1, len(slots), codec.fields, dtype=torch.int64)
    given = torch.zeros(1, len(slots), dtype=torch.bool)
    for place, key in enumerate(slots.keys):
        own = held.get(key, ())
        if len(own) == codec.fields and all(0 <= level < codec.levels for level in own):
            codes[0, place], given[0, place] = torch.tensor(own), True
    return codes, given


def tokens_by_id(slots: Slots, codes: Tensor) -> SlotTokens:
    """The looks (1, S, fields) of a picture by the ids of its things; "" is the light."""
    return {key: tuple(row) for key, row in zip(slots.keys, codes[0].tolist(), strict=True)}


def unwanted_inputs(scene: Scene, unwanted: str, slots: Slots) -> Inputs:
    """What guidance leads away from: the words, and the looks that they give to the things they name."""
    things = (thing.replace(attributes=(), prompt="") for thing in scene.objects.values())
    named = told_scene(scene.with_objects(*things).replace(title=""), unwanted)
    looks = [time_of(unwanted), *(" ".join(_attributes(named, key)) for key in slots.keys[1:])]
    words = _known_words()
    phrases = phrases_of_prompt(unwanted)
    words.want((*phrases, *slots.labels, *filter(None, looks)))
    embedded, mask = padded([np.stack([words[phrase] for phrase in phrases])]) if phrases else padded([NO_WORDS])
    rows = torch.from_numpy(layout_rows(slots, words, looks)).unsqueeze(0)
    return {"second": embedded, "second_mask": mask, "layout": rows}


def _attributes(scene: Scene, key: str) -> Sequence[str]:
    return scene.objects[key].attributes if key in scene.objects else ()


def said_of(slots: Slots) -> Tensor:
    """(1, S, 1) bool, of which slots looks are said; the light is always told the time of day."""
    return torch.tensor([bool(look) for look in slots.looks]).view(1, -1, 1)


def sample_tokens(
    system: System,
    inputs: Inputs,
    generator: torch.Generator,
    steps: int,
    guidance: float,
    known: tuple[Tensor, Tensor] | None = None,
    unwanted: Inputs | None = None,
    said: Tensor | None = None,
    prior: Tensor | None = None,
    freedom: float = 0.0,
) -> Iterator[SampleStep]:
    """Tokens (1, S, fields) of a picture, step by step, the surest first.

    Parameters
    ----------
    known : codes and which slots have them already (`held_codes`)
    unwanted : what guidance leads away from (`unwanted_inputs`) instead of from being told nothing
    said : slots of which something is said (`said_of`): where nothing is, there is nothing to exaggerate, unless there
        are unwanted looks. None: all
    prior : log-probabilities that are added to the net's (`own_looks.own_look_prior`)
    freedom : 0 draws among the likeliest tokens alone (`TRUNCATION`), 1 among nearly all (`FREEST`)
    """
    net, transition = system.parts["image_diffusion"], system.transitions["image"]
    told = image_conditions(system, inputs)
    size = told["token_mask"].shape
    shape = (*size, int(system.parts["image_codec"].fields))  # type: ignore[arg-type]
    with torch.no_grad():
        encoded = net.encode(size[0], **told)  # type: ignore[operator]
        scale = 1.0 + max(guidance - 1.0, 0.0) * GUIDANCE_SHARE
        blind = {"token_mask": told["token_mask"]}
        if "layout" in told:
            blind["layout"] = without_looks(told["layout"])
        blind |= {name: value for name, value in (unwanted or {}).items() if name != "layout" or name in told}
        untold = net.encode(size[0], **blind) if scale > 1.0 else encoded  # type: ignore[operator]
    by_slot = scale if said is None or unwanted or scale == 1.0 else torch.where(said, scale, 1.0)
    denoise = with_prior(guided(net.bind(encoded), net.bind(untold), by_slot), prior)  # type: ignore[operator]
    fixed = ~told["token_mask"].unsqueeze(2).expand(shape)
    codes = torch.zeros(shape, dtype=torch.int64)
    if known is not None:
        codes, fixed = known[0], fixed | known[1].unsqueeze(2)
    truncation = TRUNCATION + freedom * (FREEST - TRUNCATION)
    config = SamplerConfig("confident", steps=steps, temperature=1.0, truncation=truncation)
    return sample(denoise, transition, config, shape, generator, known=codes, fixed=fixed)


def picture_inputs(scene: Scene, prompt: str, width: int, height: int, system: System) -> Inputs:
    """All that tokens and pixels of a scene are made from, as a batch of one: maps, slots, words, graph."""
    return drawn_inputs(scene, prompt, width, height, system)[1]


def drawn_inputs(scene: Scene, prompt: str, width: int, height: int, system: System) -> tuple[Slots, Inputs]:
    """`picture_inputs`, and the slots that they are about."""
    from sd3studio.render.maps import render_maps

    scene = with_backdrop(scene.replace(camera=scene.camera.replace(width=width, height=height)))
    drawn = render_maps(scene, maps=PAINTED_FROM, width=width, height=height, ground="all")
    assert drawn.depth_m is not None and drawn.normal is not None and drawn.id is not None
    slots = slots_of(scene, drawn.id, drawn.depth_m, MAX_SLOTS)
    words = _known_words()
    phrases = phrases_of_prompt(f"{scene.title}, {prompt}")
    words.want((*phrases, *slots.labels, *filter(None, slots.looks)))
    embedded, mask = padded([np.stack([words[phrase] for phrase in phrases]) if phrases else NO_WORDS])
    arrays = slot_inputs(slots, kind_rows(slots, codec_of(system)), len(slots))
    arrays |= {
        "slot_map": slots.slot_map,
        "depth": depth_of(drawn.depth_m),
        "normal": np.rint(drawn.normal * 127.0).astype(np.int8),
        "part_map": drawn.part,
        "chart_map": drawn.chart,
        "camera": camera_numbers(scene.camera),
        "light": np.zeros(6, np.int64),
        "layout": layout_rows(slots, words),
    }
    inputs = {name: torch.from_numpy(np.asarray(value)).unsqueeze(0) for name, value in arrays.items()}
    return slots, inputs | {"words": embedded, "words_mask": mask} | _graph(scene, drawn.id, system.vocabulary)


_words = Words()


def _known_words() -> Words:
    """Embeddings that were computed in this process; drafts of one scene ask for the same ones again and again."""
    if len(_words) > MAX_KNOWN_WORDS:
        _words.clear()
    return _words


def _graph(scene: Scene, id_map: NDArray[np.integer], vocabulary: GraphVocabulary | None) -> dict[str, Tensor]:
    """The scene's own 3DSG under ``graph_*``, as records have it."""
    if vocabulary is None:
        return {}
    areas = np.bincount(id_map.ravel(), minlength=len(scene.objects) + 1)
    seen = [
        thing.id
        for number, thing in enumerate(scene.objects.values(), start=1)
        if areas[number] >= id_map.size * (VISIBLE_SHARE if thing.kind == "object" else VISIBLE_STUFF)
    ]
    gold = gold_graph(scene, gold_facts(RelationField(scene), seen), vocabulary.bins, seen)
    tensors = tensors_of([gold], vocabulary)
    return {f"graph_{name}": getattr(tensors, name) for name in ("tag", "type", "instance", "mask", "adjacency")}


def _pixels(codec: ObjectCodec, codes: Tensor, inputs: Inputs, system: System, fine: int = 1) -> Pixels:
    """The picture of tokens, `fine` x `fine` painted pixels averaged for each."""
    graph, mask = graph_condition(system, inputs)
    picture = codec.decode(codes, inputs, graph, mask).clamp(0.0, 1.0)[0]
    picture = functional.avg_pool2d(picture, fine) if fine > 1 else picture
    if not bool(torch.isfinite(picture).all()):
        raise JobError(
            "The net made no picture: its numbers are not finite. Its weights may be damaged; get them again."
        )
    return (picture.permute(1, 2, 0) * 255.0).round().byte().numpy()


def _shrunk(inputs: Inputs, width: int, height: int) -> Inputs:
    """The inputs with maps of every n-th pixel, for previews."""
    step = max(min(width, height) // PREVIEW_PX, 1)
    small = dict(inputs)
    for name in ("slot_map", "depth", "normal", "part_map", "chart_map"):
        small[name] = inputs[name][:, step // 2 :: step, step // 2 :: step]
    return small


def codec_of(system: System) -> ObjectCodec:
    """The system's codec of pictures. Raises `MissingModelError` if it is of another kind."""
    codec = system.parts["image_codec"]
    if not isinstance(codec, ObjectCodec):
        raise MissingModelError(f"Scenes are painted by an ObjectCodec; the system has a {type(codec).__name__}.")
    return codec


class SpatialImagePipeline(DiffusionPipeline):
    """`sample_picture` as a diffusers pipeline: ``SpatialImagePipeline.from_pretrained(folder)(scene).images[0]``.

    Parameters
    ----------
    graph_codec, image_codec, image_diffusion : the parts of a `System`
    scheduler : the transition of image tokens; None builds that of the system
    system : where vocabulary and transitions come from
    """

    _optional_components: ClassVar[list[str]] = ["scheduler", "graph_codec"]

    def __init__(
        self,
        graph_codec: Any,
        image_codec: Any,
        image_diffusion: Any,
        scheduler: DiscreteDiffusionScheduler | None = None,
    ) -> None:
        super().__init__()
        self.register_modules(
            graph_codec=graph_codec, image_codec=image_codec, image_diffusion=image_diffusion, scheduler=scheduler
        )
        self.system: System | None = None

    @classmethod
    def from_system(cls, system: System) -> Self:
        """A pipeline of the parts of a system."""
        pipeline = cls(system.parts.get("graph_codec"), system.parts["image_codec"], system.parts["image_diffusion"])
        pipeline.system = system
        return pipeline

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: Any, **kwargs: Any) -> Self:
        """Load the folder of a system. Raises `MissingModelError` naming what is missing."""
        return cls.from_system(System.load(Path(pretrained_model_name_or_path), PARTS))

    def save_pretrained(self, save_directory: Any, **kwargs: Any) -> None:
        """Write the system that it was made of into a folder."""
        if self.system is None:
            raise ValueError("a pipeline is saved with its system; make it with from_system or from_pretrained")
        self.system.save(Path(save_directory))

    @torch.no_grad()
    def __call__(
        self,
        scene: Scene,
        prompt: str = "",
        num_inference_steps: int = 12,
        guidance_scale: float = 4.0,
        width: int = 256,
        height: int = 256,
        seed: int = 0,
    ) -> ImagePipelineOutput:
        """Pictures (one, as PIL) of a scene; see `sample_picture`."""
        from PIL import Image

        if self.system is None:
            raise ValueError("the pipeline has no system; make it with from_system or from_pretrained")
        pixels = picture_of(scene, prompt, seed, num_inference_steps, guidance_scale, width, height, self.system)
        return ImagePipelineOutput(images=[Image.fromarray(pixels)])
