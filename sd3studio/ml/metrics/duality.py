"""How far p(i) p(y|i) is from p(y) p(i|y) for held-out scenes, and what each of the four says (the paper's eq. 9).

Protocol. A picture's tokens i and one of its sentences y, as the stage ``dual`` reads them (`sources.dual`). Both
conditionals are bounds over the whole diffusion, estimated from `--draws` steps spread over it, both marginals exact.
All figures are nats a token, means over scenes with 95 % bootstrap intervals:

``gap`` : the absolute gap of a scene, of all its tokens together (`dual.signed_gap`); what the duality term makes small
``gap_signed`` : above 0 where the picture tells more of the sentence than the sentence tells of the picture
``picture``, ``picture_given_sentence`` : of a picture's token
``picture_told`` : given the scene's own prompt, looks and graph, with what the stages ``image_*`` leave out of them
``sentence``, ``sentence_given_picture`` : of a place of a sentence's canvas, padding included

``change`` (with `--against`) is how much larger each figure is than another system's, for the same scenes, sentences
and draws: mean, and its interval.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from sd3studio.core.errors import MissingModelError
from sd3studio.core.locations import SD3_MINI
from sd3studio.ml.metrics.bootstrap import mean_interval
from sd3studio.ml.training.data.shards import Dataset

if TYPE_CHECKING:
    from sd3studio.ml.system import System
    from sd3studio.ml.training.sources.dual import DualSource

PARTS = ("graph_codec", "image_codec", "image_diffusion", "image_prior", "text_diffusion", "text_prior")
Floats = NDArray[np.floating]
BATCH = 32
DRAWS = 25


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sd3studio evaluate duality``."""
    parser.add_argument("--data", type=Path, required=True, metavar="DATASET", help="held-out scenes with pictures")
    parser.add_argument("--weights", type=Path, default=SD3_MINI, metavar="DIR", help="a trained system")
    parser.add_argument("--against", type=Path, metavar="DIR", help="another system: also the change from its figures")
    parser.add_argument("--limit", type=int, default=256, metavar="N", help="only the first N scenes (default 256)")
    parser.add_argument("--draws", type=int, default=DRAWS, metavar="N", help=f"steps of a bound (default {DRAWS})")
    parser.add_argument("--seed", type=int, default=0)


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """The figures. Raises `MissingModelError` for a system without marginals, `DataError` without scenes."""
    found = _figures_of(args.weights, args)
    report: dict[str, Any] = {"scenes": len(found["gap"]), "draws": args.draws}
    for name, values in found.items():
        report[name] = float(values.mean())
    report["intervals"] = {name: mean_interval(values) for name, values in found.items()}
    if args.against:
        before = _figures_of(args.against, args)
        changes = {name: values - before[name] for name, values in found.items()}
        report["change"] = {name: (float(some.mean()), mean_interval(some)) for name, some in changes.items()}
    return {**report, "data": str(args.data), "system": str(args.weights)}


def _figures_of(weights: Path, args: argparse.Namespace) -> dict[str, Floats]:
    from sd3studio.ml.system import System
    from sd3studio.ml.training.sources.dual import DualSource

    if missing := [name for name in PARTS if not (weights / name).is_dir()]:
        raise MissingModelError(f"The gap needs a system with {', '.join(missing)}, which {weights} has not.")
    system = System.load(weights, PARTS)
    source = DualSource([Dataset(args.data)], system)
    numbers = range(min(args.limit or len(source), len(source)))
    return figures(system, source, numbers, max(args.draws, 1), args.seed)


def figures(system: "System", source: "DualSource", numbers: range, draws: int, seed: int = 0) -> dict[str, Floats]:
    """The figures of each scene, (N,); the same scenes, sentences and draws for the same seed."""
    rows: dict[str, list[Floats]] = {}
    for start in range(0, len(numbers), BATCH):
        for name, values in _batch(system, source, numbers[start : start + BATCH], draws, f"{seed}/{start}"):
            rows.setdefault(name, []).append(values.numpy())
    return {name: np.concatenate(some) for name, some in rows.items()}


def _batch(
    system: "System", source: "DualSource", numbers: range, draws: int, seed: str
) -> Iterator[tuple[str, Tensor]]:
    """The figures of some scenes, by name, (B,) each."""
    from sd3studio.ml.training.losses.dual import signed_gap
    from sd3studio.ml.training.losses.image import image_conditions
    from sd3studio.ml.training.losses.pairs import Pair
    from sd3studio.ml.training.order import generator_of

    batch = source.batch(numbers, generator_of("batch", seed))
    pair = Pair(system, batch, generator_of("pair", seed))
    picture = whole_bound(system, "image", pair.codes, pair.image_conditions, draws, seed)
    sentence = whole_bound(system, "text", pair.canvas, pair.text_conditions, draws, seed)
    signed = signed_gap(**pair.marginals, picture_given_sentence=picture, sentence_given_picture=sentence)
    yield "gap", signed.abs()
    yield "gap_signed", signed
    yield "picture", pair.marginals["picture"]
    yield "picture_given_sentence", picture
    yield "picture_told", whole_bound(system, "image", pair.codes, image_conditions(system, batch), draws, seed)
    yield "sentence", pair.marginals["sentence"]
    yield "sentence_given_picture", sentence


def whole_bound(
    system: "System", modality: str, x_0: Tensor, conditions: dict[str, Tensor], draws: int, seed: str
) -> Tensor:
    """The whole bound of a diffusion given its conditions, (B,) nats a token."""
    import torch

    from sd3studio.ml.diffusion.objective import bound_on_surprise
    from sd3studio.ml.training.order import generator_of

    net: Any = system.parts[f"{modality}_diffusion"]
    there = conditions.get("token_mask")
    fixed = None if there is None else ~there.unsqueeze(2).expand_as(x_0)
    with torch.no_grad():
        encoded = net.encode(len(x_0), **conditions)
    return bound_on_surprise(
        lambda x_t, t: net.denoise(x_t, t, encoded).logits,
        system.transitions[modality],
        x_0,
        generator_of(modality, seed),
        fixed=fixed,
        draws=draws,
    )
