"""What a stage can show when it is asked for a sample, of the same data with the same draws each time.

True pictures over those that the nets make of them; sentences about a few graphs; what a few descriptions are completed
to. Sentences and graphs are made on the processor only.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from sd3studio.ml.diffusion.sampler import SamplerConfig, finish, sample
from sd3studio.ml.system import System
from sd3studio.ml.training.losses import Batch
from sd3studio.ml.training.stage import Stage

if TYPE_CHECKING:
    from sd3studio.ml.training.data.graphs import SceneGraph
    from sd3studio.ml.training.sources import Source

SHOWN = 4
"""Pictures side by side, or sentences."""
SHOWN_GRAPHS, SHOWN_TRIPLES, SAMPLES = 2, 8, 8
SAMPLER = SamplerConfig("confident", steps=8, truncation=0.95)


@torch.no_grad()
def picture_sample(
    system: System, stage: Stage, source: "Source", numbers: Sequence[int], batch: Batch, generator: torch.Generator
) -> bytes | None:
    """PNG of true pictures and, below, those drawn by the picture's diffusion, or rebuilt by its codec.

    None if the stage's source has no pictures, or neither of the two learns. `numbers` are those of the batch.
    """
    from sd3studio.ml.training.sources.pictures import PictureSource

    if not {"image_codec", "image_diffusion"} & set(stage.learns):
        return None
    few = {name: value[:SHOWN] for name, value in batch.items()}
    if "pixels" not in few and isinstance(source, PictureSource):  # a net of tokens alone sees no pixels
        device = next(iter(few.values())).device
        few |= {name: value.to(device) for name, value in source.pictures(numbers[:SHOWN]).items()}
    if "pixels" not in few:
        return None
    codec = system.parts["image_codec"]
    codes = codec.encode(few)  # type: ignore[operator]
    if "image_diffusion" in stage.learns:
        codes = _drawn(system, few, codes, generator)
    made = codec.decode(codes, few)  # type: ignore[operator]
    return _png(torch.cat([_row(codec.targets(few)), _row(made)], 1))  # type: ignore[operator]


@torch.no_grad()
def text_sample(system: System, stage: Stage, source: "Source", seed: int) -> str:
    """Sentences and triples, a line each; empty where the stage teaches neither, or on a GPU."""
    if next(system.parts[stage.learns[0]].parameters()).device.type != "cpu":
        return ""
    lines: list[str] = []
    if "text_codec" in stage.learns:
        lines += _sentences(system, source, seed)
    if "graph_diffusion" in stage.learns:
        lines += _completions(system, source, seed)
    return "\n".join(lines)


def _sentences(system: System, source: "Source", seed: int) -> list[str]:
    """A sentence about each of a few graphs of the source, which lie far apart in it."""
    from sd3studio.ml.text_path import write
    from sd3studio.ml.training.sources.texts import TextSource

    if not isinstance(source, TextSource):
        return []
    step = max(1, len(source.texts) // SHOWN)
    chosen = source.texts[::step][:SHOWN]
    styles = [one.style for one in chosen]
    told = write([one.graph for one in chosen], system, seed=seed, styles=styles, samples=SAMPLES)
    return [
        f"{_facts(one.graph) or one.text} => {written.sentences[0] if written.sentences else 'nothing'}"
        for one, written in zip(chosen, told, strict=True)
    ]


def _completions(system: System, source: "Source", seed: int) -> list[str]:
    """What a few descriptions of scenes of the source are completed to."""
    from sd3studio.ml.generation.graph_sampling import completed
    from sd3studio.ml.training.sources.completions import CompletionSource, drawn_description

    if not isinstance(source, CompletionSource):
        return []
    records = source.records[:SHOWN_GRAPHS]
    told = [drawn_description(record, f"sample/{k}") for k, record in enumerate(records)]
    found = completed(system, told, torch.Generator().manual_seed(seed))
    return [
        f"{_facts(graph) or ', '.join(thing.tag for thing in graph.objects)} => {_facts(one.graph) or 'no relation'}"
        for graph, one in zip(told, found, strict=True)
    ]


def _facts(graph: "SceneGraph") -> str:
    named: Sequence[tuple[str, str, str]] = graph.named()
    return "; ".join(" ".join(triple) for triple in named[:SHOWN_TRIPLES])


def _drawn(system: System, batch: Batch, codes: Tensor, generator: torch.Generator) -> Tensor:
    """Tokens of the shape of `codes` (B, N, F), given what the batch tells."""
    from sd3studio.ml.training.losses.image import image_conditions

    net, transition = system.parts["image_diffusion"], system.transitions["image"]
    conditions = image_conditions(system, batch)
    bound = net.bind(net.encode(len(codes), **conditions))  # type: ignore[operator]
    fixed = ~conditions["token_mask"].unsqueeze(2).expand_as(codes)
    known = torch.zeros_like(codes)
    device = codes.device
    steps = sample(bound, transition, SAMPLER, tuple(codes.shape), generator, device=device, known=known, fixed=fixed)
    return finish(steps)


def _row(pictures: Tensor) -> Tensor:
    """(B, 3, H, W) to (3, H, B W)."""
    return pictures.permute(1, 2, 0, 3).flatten(2)


def _png(picture: Tensor) -> bytes:
    """Of (3, H, W) float in [0, 1]."""
    from io import BytesIO

    from PIL import Image

    pixels = (picture.clamp(0.0, 1.0) * 255.0).round().byte().permute(1, 2, 0).cpu().numpy()
    with BytesIO() as file:
        Image.fromarray(pixels).save(file, "PNG")
        return file.getvalue()
