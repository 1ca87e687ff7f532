"""Losses of the pictures' codec and diffusion.

``image_codec`` trains a codec as a whole (the paper takes a ready-made VQ-GAN), ``image_decoder`` is the picture half
of the paper's step 2 (its eq. 12 has a plain square; ours is `picture_difference`), ``image_textures`` the same near
things in large pictures, ``image_vlb`` the bound of the image diffusion given graph and prompt, ``image_prior`` the
surprise of the marginal model of tokens.
"""

import torch
from torch import Tensor
from torch.nn import functional

from sd3studio.ml.conditioning.layout_map import WORD_WIDTH
from sd3studio.ml.diffusion.objective import DiffusionLoss, ObjectiveConfig, diffusion_loss
from sd3studio.ml.nets.graph_codec import GraphCodec
from sd3studio.ml.nets.object_codec import ObjectCodec, Window
from sd3studio.ml.system import System
from sd3studio.ml.training.losses import Batch
from sd3studio.ml.training.losses.graph import tensors_in

WINDOW_SHARE = 0.375
"""Side of the window that is painted in training, as a share of the picture's: 96 of 256 px."""
TEXTURE_PX = 128
"""Side of the window around a thing that `image_textures` paints."""
EDGES = 1.0
"""Weight of differences of gradients beside that of colours."""
ABSENT_CONDITION = 0.1
"""Share of samples of the diffusion that are told nothing but the geometry, for classifier-free guidance."""
THINGS = 2.0
"""Weight of a pixel that shows a thing; stuff counts 1."""


def image_codec(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """How far a picture is from itself after the codec, without graph."""
    codec = system.parts["image_codec"]
    if isinstance(codec, ObjectCodec):
        window = random_window(batch["slot_map"].shape[1:], generator)
        rebuilt, true = codec.rebuild(batch, window=window)
        return picture_difference(rebuilt, true, _importance(batch, window))
    return picture_difference(*codec.rebuild(batch))  # type: ignore[operator]


def image_decoder(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """How far a picture is from itself after the codec with the graph joined; encoder and graph codec learn nothing.

    Encoder and decoder of an `ObjectCodec` share their tables of kinds and what a colour's tokens look like; these do
    learn, so that the finer half of a slot's tokens may move by a level (it did for 30 % of them; 0.3 dB).

    Batch: a picture's, and the gold graphs under ``graph_*``.
    """
    if not isinstance(system.parts["image_codec"], ObjectCodec):
        return _decoded_difference(system, batch, None)
    return _decoded_difference(system, batch, random_window(batch["slot_map"].shape[1:], generator))


def image_textures(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The same in a window around a pixel that shows a thing, where textures are: for an `ObjectCodec`."""
    return _decoded_difference(system, batch, thing_window(batch, generator))


def _decoded_difference(system: System, batch: Batch, window: Window | None) -> Tensor:
    codec, codes = system.parts["image_codec"], codes_of(system, batch)
    graph, mask = graph_condition(system, batch)
    if window is None:
        return picture_difference(codec.decode(codes, batch, graph, mask), codec.targets(batch))  # type: ignore[operator]
    made = codec.decode(codes, batch, graph, mask, window)  # type: ignore[operator]
    return picture_difference(made, codec.targets(batch, window), _importance(batch, window))  # type: ignore[operator]


def image_vlb(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The variational bound of the image diffusion, with its auxiliary term; the paper's L_ST2I.

    Batch: pictures (or ``codes`` and what the codec's layout reads), perhaps ``graph_*`` and ``words``.
    """
    x_0 = codes_of(system, batch)
    return image_bound(system, x_0, image_conditions(system, batch, generator), generator).total


def image_bound(
    system: System, x_0: Tensor, conditions: dict[str, Tensor], generator: torch.Generator
) -> DiffusionLoss:
    """The bound of tokens (B, N, F) under the image diffusion, given `image_conditions`, at one drawn step each."""
    transition, steps = system.transitions["image"], system.steps["image"]
    fixed = ~conditions["token_mask"].unsqueeze(2).expand_as(x_0)
    index, probs = steps.draw(len(x_0), generator)
    index, probs = index.to(x_0.device), probs.to(x_0.device)
    t = transition.schedule.time_of(index)
    x_t = transition.q_sample(x_0, t, generator, fixed)
    out = system.parts["image_diffusion"](x_t, t.float(), **conditions)
    objective = ObjectiveConfig(auxiliary_weight=float(system.config.options.get("image_auxiliary", 5e-4)))
    loss = diffusion_loss(transition, out.logits, x_0, x_t, index, objective, index_probs=probs, fixed=fixed)
    system.record("image", index, loss.bound)
    return loss


def image_prior(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """-log p(i) of the marginal model of picture tokens, nats a token; places without a slot don't count.

    Batch: as of `image_vlb`, of which only the tokens are read.
    """
    mask: Tensor = system.parts["image_codec"].token_mask(batch)  # type: ignore[operator]
    return system.parts["image_prior"].surprise(codes_of(system, batch), mask).mean()  # type: ignore[operator]


@torch.no_grad()
def codes_of(system: System, batch: Batch) -> Tensor:
    """The tokens of pictures, (B, N, F): those of the batch, if it has some."""
    return batch["codes"] if "codes" in batch else system.parts["image_codec"].encode(batch)  # type: ignore[operator]


def image_conditions(system: System, batch: Batch, generator: torch.Generator | None = None) -> dict[str, Tensor]:
    """What the image diffusion is told besides x_t and t: graph, words, layout, which places there are.

    With a generator some samples are told neither graph nor words nor looks, for classifier-free guidance.
    """
    codec = system.parts["image_codec"]
    token_mask: Tensor = codec.token_mask(batch)  # type: ignore[operator]
    told: dict[str, Tensor] = {"token_mask": token_mask}
    kept = torch.ones(len(token_mask), dtype=torch.bool, device=token_mask.device)
    if generator is not None:
        kept = (torch.rand(len(kept), generator=generator) >= ABSENT_CONDITION).to(kept.device)
    graph, mask = graph_condition(system, batch)
    if graph is not None and mask is not None:
        told |= {"condition": graph, "condition_mask": mask & kept.unsqueeze(1)}
    if "words" in batch:
        told |= {"second": batch["words"], "second_mask": batch["words_mask"] & kept.unsqueeze(1)}
    layout: Tensor | None = codec.layout(batch)  # type: ignore[operator]
    if layout is not None:
        told["layout"] = torch.where(kept[:, None, None], layout, without_looks(layout))
    return told


def without_looks(layout: Tensor) -> Tensor:
    """Layout rows (B, S, C) without what is said of colours, materials and the time of day."""
    layout = layout.clone()
    layout[..., WORD_WIDTH : 2 * WORD_WIDTH] = 0.0
    return layout


def graph_condition(system: System, batch: Batch) -> tuple[Tensor | None, Tensor | None]:
    """c^G: features (B, M, C) of the batch's graphs and their mask; (None, None) where there are none.

    The option ``image_graph`` turns them off (the paper's systems without a 3DSG).
    """
    codec = system.parts.get("graph_codec")
    if not isinstance(codec, GraphCodec) or "graph_tag" not in batch or not system.config.options.get("image_graph", 1):
        return None, None
    graphs = tensors_in(batch, "graph")
    with torch.no_grad():
        return codec.features(codec.encode(graphs), graphs.mask), graphs.mask


def random_window(size: torch.Size, generator: torch.Generator) -> Window:
    """Rows and columns of a random part of a picture of `size` (height, width)."""
    return _random_part(size[0], generator), _random_part(size[1], generator)


def thing_window(batch: Batch, generator: torch.Generator) -> Window:
    """Rows and columns of `TEXTURE_PX` around a random pixel of a random picture that shows a thing, if one does."""
    shown = batch["slot_map"].long()
    thing = ~batch["slot_stuff"].gather(1, shown.flatten(1)).view_as(shown) & (shown > 0)
    of_one = thing[int(torch.randint(0, len(thing), (), generator=generator))].nonzero()
    if not len(of_one):
        return random_window(shown.shape[1:], generator)
    row, column = of_one[int(torch.randint(0, len(of_one), (), generator=generator))].tolist()
    return _part_around(row, shown.shape[1]), _part_around(column, shown.shape[2])


def _part_around(middle: int, size: int) -> slice:
    start = min(max(middle - TEXTURE_PX // 2, 0), max(size - TEXTURE_PX, 0))
    return slice(start, start + TEXTURE_PX)


def _random_part(size: int, generator: torch.Generator) -> slice:
    part = max(round(size * WINDOW_SHARE), 1)
    start = int(torch.randint(0, size - part + 1, (), generator=generator))
    return slice(start, start + part)


def picture_difference(made: Tensor, true: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean absolute difference of colours and, at three scales, of gradients.

    Gradients are what keeps edges and texture: a blur costs little in colour and much in them.

    Parameters
    ----------
    made, true : (B, 3, H, W) in [0, 1]
    weight : (B, 1, H, W) of each pixel, or None
    """
    difference = made - true
    weight = torch.ones_like(difference[:, :1]) if weight is None else weight
    total = _mean(difference.abs(), weight)
    for _ in range(3):
        for axis in (2, 3):
            part = weight.narrow(axis, 1, weight.shape[axis] - 1)
            total = total + EDGES * _mean(difference.diff(dim=axis).abs(), part)
        if min(difference.shape[2:]) < 4:
            break
        difference, weight = (functional.avg_pool2d(value, 2) for value in (difference, weight))
    return total


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / (weight.sum() * values.shape[1]).clamp(min=1e-6)


def _importance(batch: Batch, window: Window) -> Tensor:
    """(B, 1, h, w): `THINGS` where a thing is seen."""
    rows, columns = window
    shown = batch["slot_map"][:, rows, columns].long()
    stuff = batch["slot_stuff"].gather(1, shown.flatten(1)).view_as(shown)
    return torch.where(stuff, 1.0, THINGS).unsqueeze(1)
