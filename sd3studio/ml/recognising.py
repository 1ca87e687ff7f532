"""Which meshes the shipped detectors recognise, and from where: writes ``resources/catalogue/recognised.json``.

    python -m sd3studio.ml.recognising [--only bed,cup] [--keep]

Every mesh of which a COCO class can be said is drawn by itself on neutral ground, seen a little from above, at the
turns of `core.recognised.HEADINGS_DEG`. Its score is the greatest with which one of its classes is seen at its place.
The same meshes give the same file; about a second a picture.
"""

import argparse
import json
import math
import sys
from collections.abc import Sequence

from sd3studio.core.catalogue import CatalogueEntry, shipped_catalogue
from sd3studio.core.checking.expecting import detector_names, share_inside
from sd3studio.core.files import write_atomic
from sd3studio.core.layout.framing import framing_camera
from sd3studio.core.recognised import HEADINGS_DEG, PATH
from sd3studio.core.scene.values import Scene
from sd3studio.ml.checking.layout import box_around, layout_of
from sd3studio.ml.parsing.coco_classes import COCO_CLASSES
from sd3studio.ml.parsing.detection import Detector, load_detector
from sd3studio.render.maps import render_maps

SIDE_PX = 512
ELEVATION_RAD = math.radians(14.0)
MARGIN = 0.2
"""Things fill 60 % of the picture, as one of two things does at most."""
FAINTEST = 0.02
INSIDE = 0.85
"""A sighting is of the thing if so much of its box lies in the thing's (of a stop sign only the plate is seen)."""


def scores_of(entry: CatalogueEntry, detector: Detector) -> tuple[float, ...] | None:
    """Scores of a mesh at the measured turns; None if no class of COCO can be said of it."""
    thing = entry.as_object(entry.id)
    names = detector_names(thing, COCO_CLASSES)
    if not names:
        return None
    thing = thing.replace(center=(0.0, 0.0, thing.size[2] / 2.0))
    turns = HEADINGS_DEG if entry.front_known else HEADINGS_DEG[:1]
    return tuple(_score(Scene.of([thing.replace(yaw=math.radians(turn))]), names, detector) for turn in turns)


def _score(scene: Scene, names: frozenset[str], detector: Detector) -> float:
    camera = framing_camera(scene, SIDE_PX, SIDE_PX, elevation_rad=ELEVATION_RAD, margin=MARGIN)
    scene = scene.replace(camera=camera)
    thing = next(iter(scene.objects))
    box = box_around(layout_of(scene, SIDE_PX, SIDE_PX).mask(thing))
    pixels = render_maps(scene, maps=("rgb",), quality="final").rgb
    if box is None or pixels is None:
        return 0.0
    seen = [d for d in detector.detect(pixels, FAINTEST) if d.label in names and share_inside(d.box, box) >= INSIDE]
    return round(min(max((d.score for d in seen), default=0.0), 1.0), 2)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and write; meshes that are in the file already are left out with ``--keep``."""
    parser = argparse.ArgumentParser(prog="python -m sd3studio.ml.recognising", description=__doc__)
    parser.add_argument("--only", default="", metavar="CATEGORIES", help="only these, with commas between them")
    parser.add_argument("--keep", action="store_true", help="measure only what the file does not have yet")
    args = parser.parse_args(argv)
    scores: dict[str, list[float]] = {}
    if (args.keep or args.only) and PATH.is_file():
        scores = json.loads(PATH.read_text(encoding="utf-8"))["scores"]
    only = {name.strip() for name in args.only.split(",")} - {""}
    detector = load_detector("builtin", 1)
    for entry in shipped_catalogue():
        if (only and entry.category not in only) or (args.keep and entry.id in scores):
            continue
        measured = scores_of(entry, detector)
        if measured is not None:
            scores[entry.id] = list(measured)
            print(entry.id, *measured, file=sys.stderr, flush=True)
            _write(scores)
    return 0


def _write(scores: dict[str, list[float]]) -> None:
    rows = ",\n".join(f"{json.dumps(mesh)}: {json.dumps(row)}" for mesh, row in sorted(scores.items()))
    head = f'{{"headings_deg": {list(HEADINGS_DEG)}, "scores": {{\n'
    write_atomic(PATH, f"{head}{rows}\n}}}}\n".encode())


if __name__ == "__main__":
    raise SystemExit(main())
