"""What pictures of scenes are worth, ours or any system's: do they obey the scene, do they look like the true ones.

Protocol. Pictures are matched with scenes by file name (see `sd3studio.ml.metrics.views`). Each is compared with the
true render of its scene, by the shipped detectors, which never saw a generated picture: `object_recall`,
`relation_accuracy`, `layout_iou` as `sd3studio.ml.metrics.layout` has them. Over all pictures: `frechet`, the Frechet
distance on EfficientNet-Lite0 features to the true renders of the same scenes, and `inception_style_score`
(`sd3studio.ml.metrics.frechet`); neither is the number of publications. `clip_score` only where a CLIP model is named.

Beside the figures stand, by the same code: `true_render`, the true pictures themselves (the most that a picture can
get), `oracle`, the same with the id map for a perfect detector, `mismatched`, each picture against the scene of
another (chance), and `frechet_halves`, the distance between two halves of the true renders. Intervals are 95 %
bootstrap intervals over pictures.
"""

import argparse
import io
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import DataError, StudioError
from sd3studio.core.files import write_atomic
from sd3studio.core.messages import Finished
from sd3studio.core.requests import GenerateImage
from sd3studio.ml.features import image_features
from sd3studio.ml.metrics import frechet as distances
from sd3studio.ml.metrics.bootstrap import mean_interval
from sd3studio.ml.metrics.clip import ClipScorer
from sd3studio.ml.metrics.layout import Tally, Wanted, exact_detections, figures, tally_of, wanted_of
from sd3studio.ml.metrics.views import View, picture_of, picture_size, pictures_in, views_of
from sd3studio.ml.parsing.detection import BUILTIN, Detection, load_detector

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

WORKERS = 2
LEAST_SIDE_PX, MOST_SIDE_PX = 64, 2048


@dataclass(frozen=True, slots=True, eq=False)
class TrueSide:
    """What is known of the true render of a view: objects wanted and detections, by the detectors and by the id map,
    and its features (1280,)."""

    wanted: Wanted
    detections: list[Detection]
    exact_wanted: Wanted
    exact: list[Detection]
    pooled: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What was seen in one picture, beside its true side."""

    true: TrueSide
    detections: list[Detection]
    size: tuple[int, int]
    pooled: Floats
    logits: Floats
    clip: float | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sd3studio evaluate image``."""
    parser.add_argument("--pictures", type=Path, required=True, help="folder of pictures, named as their scenes")
    parser.add_argument(
        "--scenes", type=Path, help="data set or folder of scene files (default: the scenes in the PNGs)"
    )
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="only the first N scenes (0: all)")
    parser.add_argument("--size", type=int, metavar="PX", help="longer side of true and generated pictures")
    parser.add_argument("--generate", choices=("sd3-mini", "render"), help="make the pictures that are not there yet")
    parser.add_argument("--model", default="", metavar="DIR", help="folder of the networks for --generate")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first picture of --generate")
    parser.add_argument("--clip", type=Path, metavar="DIR", help="folder of a CLIP model: also print its score")


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """Compare a folder of pictures with their scenes; see the protocol of this module."""
    if args.size is not None and not LEAST_SIDE_PX <= args.size <= MOST_SIDE_PX:
        raise DataError(f"--size must be between {LEAST_SIDE_PX} and {MOST_SIDE_PX} px, not {args.size}.")
    if args.generate and args.scenes is None:
        raise DataError("--generate needs --scenes: the data set or folder of scenes to make pictures of.")
    scorer = ClipScorer(args.clip) if args.clip else None
    missing: list[str] = []
    report = compare(pairs_of(args, missing), scorer)
    return {
        **report,
        "scenes_without_picture": len(missing),
        "pictures_from": args.generate or "files",
        "folder": str(args.pictures),
        "scenes": str(args.scenes or args.pictures),
    }


def pairs_of(args: argparse.Namespace, missing: list[str]) -> Iterator[tuple[View, Pixels]]:
    """Each view with its picture; pictures that are to be made are made and kept in the folder.

    The names of views without a picture are added to `missing`.
    """
    known = {} if args.generate and not args.pictures.is_dir() else _known(args.pictures, bool(args.generate))
    found = 0
    for number, view in enumerate(views_of(args.scenes or args.pictures, args.size, args.limit)):
        picture = picture_of(view, known)
        if picture is None and args.generate:
            picture = _kept(view, args, number)
        if picture is None:
            missing.append(view.names[0])
            continue
        found += 1
        yield view, picture
    if not found:
        raise DataError(
            f"No picture of {args.pictures} is named as a scene of {args.scenes or args.pictures}: "
            f"{missing[0] if missing else 'NAME'}.png was expected, for one."
        )


def _known(folder: Path, may_be_empty: bool) -> dict[str, Path]:
    try:
        return pictures_in(folder)
    except DataError:
        if may_be_empty:
            return {}
        raise


def _kept(view: View, args: argparse.Namespace, number: int) -> Pixels:
    """Make the picture of a view and keep it in the folder."""
    png = made(view, args.generate, args.seed + number, args.size, args.model)
    write_atomic(args.pictures / f"{view.names[0]}.png", png)
    print(f"{number + 1} pictures made", file=sys.stderr)
    return _decoded(png)


def made(view: View, backend: str, seed: int, size_px: int | None = None, model: str = "") -> bytes:
    """A picture of a view by one of our backends, as PNG. Raises what the backend raises."""
    from sd3studio.ml.generation import run

    longer = size_px or max(view.true.shape[:2])
    width, height = picture_size(view.scene, longer)
    if min(width, height) < LEAST_SIDE_PX:
        raise DataError(f"{view.names[0]} would be {width} x {height} px, too small to make. Choose a larger --size.")
    request = GenerateImage(scene=view.scene, backend=backend, width=width, height=height, seed=seed, model=model)  # type: ignore[arg-type]
    for message in run(request):
        if isinstance(message, Finished):
            return message.result.png
    raise StudioError(f"The backend {backend} ended without a picture of {view.names[0]}.")


def _decoded(png: bytes) -> Pixels:
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGB"))


def compare(
    pairs: Iterable[tuple[View, Pixels]],
    clip: ClipScorer | None = None,
    known: dict[str, TrueSide] | None = None,
    detector_name: str = BUILTIN,
) -> dict[str, Any]:
    """The figures of pictures, each with the view that it should show.

    Parameters
    ----------
    pairs : may come one by one; two are looked at at a time, and no picture is kept
    known : true sides by the first name of the view; what is missing is added, so that the next system is quicker
    """
    detector = load_detector(detector_name, 1)
    known = {} if known is None else known

    def look(pair: tuple[View, Pixels]) -> Seen:
        view, picture = pair
        true = known.get(view.names[0])
        if true is None:
            detections = detector.detect(view.true)
            features = image_features([view.true]).pooled[0]
            wanted = wanted_of(view.boxes, detections, view.true.shape[1::-1])
            exact = exact_detections(view.boxes, view.scene)
            true = known[view.names[0]] = TrueSide(
                wanted, detections, wanted_of(view.boxes, exact, wanted.size), exact, features
            )
        features = image_features([picture])
        score = clip.score(picture, view.caption) if clip else None
        height, width = picture.shape[:2]
        found = detector.detect(picture)
        return Seen(true, found, (width, height), features.pooled[0], features.logits[0], score)

    seen: list[Seen] = []
    waiting = iter(pairs)
    with ThreadPoolExecutor(WORKERS) as workers:
        while batch := list(islice(waiting, 4 * WORKERS)):
            seen += workers.map(look, batch)
    if not seen:
        raise DataError("There is no picture to compare.")
    return _report(seen)


def _report(seen: list[Seen]) -> dict[str, Any]:
    own = figures([tally_of(one.true.wanted, one.detections, one.size) for one in seen])
    intervals: Any = own.pop("intervals")
    pooled, true = np.stack([one.pooled for one in seen]), np.stack([one.true.pooled for one in seen])
    logits = np.stack([one.logits for one in seen])
    enough = len(seen) >= distances.LEAST_PICTURES
    report: dict[str, Any] = {
        **own,
        "frechet": distances.frechet(pooled, true) if enough else None,
        "frechet_halves": distances.half_distance(true),
        "inception_style_score": distances.inception_style_score(logits),
    }
    intervals["frechet"] = distances.frechet_interval(pooled, true)
    intervals["inception_style_score"] = distances.inception_interval(logits)
    scores = np.array([one.clip for one in seen if one.clip is not None])
    if len(scores):
        report["clip_score"] = float(scores.mean())
        intervals["clip_score"] = mean_interval(scores)
    return {
        **report,
        "intervals": intervals,
        "pictures": len(seen),
        "true_render": _plain([tally_of(one.true.wanted, one.true.detections, one.true.wanted.size) for one in seen]),
        "oracle": _plain([tally_of(one.true.exact_wanted, one.true.exact, one.true.wanted.size) for one in seen]),
        "mismatched": _plain(
            [
                tally_of(one.true.wanted, other.detections, other.size)
                for one, other in zip(seen, [*seen[1:], seen[0]], strict=True)
            ]
        ),
        "names": {"frechet": distances.FRECHET, "inception_style_score": distances.INCEPTION},
    }


def _plain(tallies: list[Tally]) -> dict[str, Any]:
    return {key: value for key, value in figures(tallies).items() if key != "intervals"}
