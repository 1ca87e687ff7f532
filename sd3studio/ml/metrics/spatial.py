"""The layout benchmark: is a picture of "a dog to the left of a chair" one? PASS, coverage, PASS when decided.

Protocol. Prompts as in `spatial_prompts`, one picture each; the shipped detectors look at the picture and nothing else,
and `core.checking.pair` decides or abstains. Where one of the things is not seen they look a second time, at five
parts of the picture (`ml.checking.closer`), as the check does. A prompt counts as *pass*, *fail* or *undecided*:

pass_rate : passes among all prompts
coverage : decided among all prompts
pass_when_decided : passes among the decided

Figures stand for left, right, above and below together (the 200 prompts of SpatialBench-UC), and for in front of and
behind. Further seeds (``--tries``) are drawn more freely, as *generate until it holds* does. Intervals are 95 %
bootstrap intervals over prompts. Systems: ``sd3-mini`` reads the sentence, lays the scene out and paints it;
``sd3-mini-scene`` paints a scene that is laid out already; ``render`` draws that scene, ``render-sentence`` the one
that is read from the sentence; ``diffusers`` is a folder of Stable Diffusion; ``pictures`` are files of another
system, named by the prompts' ids, which ``--list`` tells.
"""

import argparse
import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sd3studio.core.checking.pair import PairCheck, is_seen, judge_pair
from sd3studio.core.errors import DataError, SentenceError
from sd3studio.core.files import write_atomic
from sd3studio.core.messages import Finished, ImageResult
from sd3studio.core.requests import USUAL, GenerateImage, ParseText
from sd3studio.core.scene.predicates import INVERSE
from sd3studio.core.scene.values import Scene
from sd3studio.ml.checking.closer import closer_sightings, each_once, sightings
from sd3studio.ml.metrics.bootstrap import mean_interval
from sd3studio.ml.metrics.spatial_prompts import (
    COMMON,
    DEPTH,
    PAIRS,
    PLANAR,
    SEED,
    SpatialPrompt,
    composed,
    spatial_prompts,
)
from sd3studio.ml.parsing.detection import Detector, load_detector
from sd3studio.ml.parsing.picture import read_photo

Pixels = NDArray[np.uint8]
SYSTEMS = ("sd3-mini", "sd3-mini-scene", "render", "render-sentence", "diffusers", "pictures")
GROUPS = {"planar": {p for r in PLANAR for p in (r, INVERSE[r])}, "depth": {p for r in DEPTH for p in (r, INVERSE[r])}}
FAINTEST = 0.1


@dataclass(frozen=True, slots=True)
class Judged:
    """A prompt and what the picture of one seed was judged to be."""

    prompt: SpatialPrompt
    seed: int
    check: PairCheck


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sd3studio evaluate spatial``."""
    parser.add_argument("--system", choices=SYSTEMS, default="sd3-mini", help="what makes the pictures")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="with --system pictures: where they are")
    parser.add_argument("--model", default="", metavar="FOLDER", help="weights of the system, if not the shipped ones")
    parser.add_argument("--classes", choices=("all", "common"), default="all", help="80 classes, or 35 common ones")
    parser.add_argument("--pairs", type=int, default=PAIRS, metavar="N", help="pairs of classes, six prompts each")
    parser.add_argument("--seed", type=int, default=SEED, metavar="S", help="of the choice of pairs")
    parser.add_argument("--tries", type=int, default=1, metavar="N", help="seeds a prompt; the first pass is taken")
    parser.add_argument("--size", type=int, default=512, metavar="PX", help="side of the pictures (default 512)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write the pictures there")
    parser.add_argument("--list", action="store_true", help="only print the prompts and their ids")


def evaluate(args: argparse.Namespace) -> dict[str, object]:
    """Make or read the pictures, judge them and count; see the protocol of this module."""
    prompts = spatial_prompts(COMMON if args.classes == "common" else (), args.pairs, args.seed)
    if args.list:
        return {prompt.id: prompt.text for prompt in prompts}
    paint = painter(args.system, args.size, args.model, args.pictures)
    detector = load_detector("builtin")
    first: list[Judged] = []
    best: list[Judged] = []
    for prompt in prompts:
        for seed in range(args.tries):
            pixels = paint(prompt, seed)
            check = (
                PairCheck("undecided", "There is no picture.") if pixels is None else _judged(detector, prompt, pixels)
            )
            if seed == 0:
                first.append(Judged(prompt, seed, check))
            if pixels is not None and args.keep:
                _keep(pixels, args.keep / f"{prompt.id}{f'-{seed}' if seed else ''}.png")
            if check.outcome == "pass" or seed == args.tries - 1:
                best.append(Judged(prompt, seed, check))
                break
    told: dict[str, object] = {"system": args.system, "classes": args.classes, "pairs": args.pairs, **scores(first)}
    if args.tries > 1:
        told |= {f"{name}.best of {args.tries}": value for name, value in scores(best).items()}
        told["seeds used a prompt"] = float(np.mean([judged.seed + 1 for judged in best]))
    return told


def scores(judged: list[Judged]) -> dict[str, object]:
    """PASS, coverage and PASS when decided of each group of predicates; and why the rest could not be decided."""
    told: dict[str, object] = {}
    for name, predicates in GROUPS.items():
        outcomes = [j.check.outcome for j in judged if j.prompt.predicate in predicates]
        if not outcomes:
            continue
        passed = np.array([o == "pass" for o in outcomes], float)
        decided = int(sum(o != "undecided" for o in outcomes))
        low, high = mean_interval(passed) or (float("nan"),) * 2
        told |= {
            f"{name}.prompts": len(outcomes),
            f"{name}.pass_rate": float(passed.mean()),
            f"{name}.pass_rate_low": low,
            f"{name}.pass_rate_high": high,
            f"{name}.coverage": decided / len(outcomes),
            f"{name}.pass_when_decided": float(passed.sum() / decided) if decided else 0.0,
        }
    why = Counter(j.check.why.split(" ")[0] for j in judged if j.check.outcome == "undecided")
    told["undecided: not seen"], told["undecided: several"] = why["No"], why["More"]
    return told


def painter(system: str, size: int, model: str, folder: Path | None) -> Callable[[SpatialPrompt, int], Pixels | None]:
    """What makes a picture (size, size, 3) of a prompt and a seed; None where it can't. Raises `DataError`."""
    if system == "pictures":
        if folder is None or not folder.is_dir():
            raise DataError("Name the folder of the pictures: --pictures DIR. Each is named by the id of its prompt.")
        return lambda prompt, seed: _read(folder, prompt, seed)
    backend = system.removesuffix("-scene").removesuffix("-sentence")
    reads = system in ("sd3-mini", "render-sentence", "diffusers")

    def paint(prompt: SpatialPrompt, seed: int) -> Pixels | None:
        scene = sentence_scene(prompt, size) if reads else composed(prompt, size, size)
        return None if scene is None else painted(scene, backend, size, seed, model)

    return paint


def sentence_scene(prompt: SpatialPrompt, size: int) -> Scene | None:
    """The scene that the program makes of the sentence alone; None if it finds nothing to place in it."""
    from sd3studio.ml.parsing import sentence

    try:
        return _result(sentence.run(ParseText(text=prompt.text, width=size, height=size))).scene
    except SentenceError:
        return None


def painted(scene: Scene, backend: str, size: int, seed: int, model: str = "") -> Pixels:
    """The picture (size, size, 3) that a backend makes of a scene, with its usual steps and guidance."""
    from sd3studio.ml.generation import run
    from sd3studio.ml.generation.until import freedom_of

    usual = USUAL[backend]
    request = GenerateImage(
        scene=scene, backend=backend, width=size, height=size, seed=seed, steps=usual.steps, guidance=usual.guidance,
        model=model,
    )  # fmt: skip
    request = request.replace(freedom=freedom_of(seed, request))
    made: ImageResult = _result(run(request))
    return np.asarray(Image.open(io.BytesIO(made.png)).convert("RGB"))


def _result(messages: Iterator[object]) -> Any:
    return next(message.result for message in messages if isinstance(message, Finished))


def _judged(detector: Detector, prompt: SpatialPrompt, pixels: Pixels | None) -> PairCheck:
    if pixels is None:
        return PairCheck("undecided", "There is no picture.")
    seen = list(sightings(detector, pixels, FAINTEST))
    height, width = pixels.shape[:2]
    check = judge_pair(seen, prompt.first, prompt.predicate, prompt.second, width, height)
    gone = [name for name in (prompt.first, prompt.second) if not is_seen(seen, name, width, height)]
    if not gone:
        return check
    closer = closer_sightings(detector, pixels, FAINTEST)
    seen += each_once(one for one in closer if one.label in gone)
    return judge_pair(seen, prompt.first, prompt.predicate, prompt.second, width, height)


def _read(folder: Path, prompt: SpatialPrompt, seed: int) -> Pixels | None:
    name = f"{prompt.id}{f'-{seed}' if seed else ''}"
    path = next((p for p in (folder / f"{name}{end}" for end in (".png", ".jpg", ".jpeg")) if p.is_file()), None)
    return None if path is None else read_photo(str(path)).pixels


def _keep(pixels: Pixels, path: Path) -> None:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, out.getvalue())
