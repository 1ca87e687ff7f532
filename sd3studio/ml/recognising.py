"""Which meshes the shipped detectors recognise, and from where: writes ``resources/catalogue/recognised.json``.

    python -m sd3studio.ml.recognising [--only bed,cup-paper] [--keep] [--rendered]

Every mesh of which a COCO class can be said is shown by itself, with a plain place around it, at the elevations and
turns of `core.recognised`: drawn by the renderer, and painted by SD3 mini twice, so (seed 0) and turned as far to the
other side (seed 1), each with the same looks from all sides: in one colour a view may be told by chance. Its score is
the mean over the three of the greatest score with which one of its classes is seen at its place. Some are shown at the
places of `core.recognised.GROUNDS` as well (`places_of`). About a second for each of up to 100 views.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.catalogue import CatalogueEntry, shipped_catalogue
from sd3studio.core.checking.expecting import detector_names, share_inside
from sd3studio.core.files import write_atomic
from sd3studio.core.layout.framing import framing_camera
from sd3studio.core.picture_controls import SlotTokens
from sd3studio.core.recognised import ELEVATIONS_DEG, GROUNDS, HEADINGS_DEG, PATH
from sd3studio.core.requests import USUAL, DraftImage, GenerateImage
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.ml.checking.layout import box_around, layout_of
from sd3studio.ml.conditioning.backdrop import place_for, with_backdrop
from sd3studio.ml.parsing.coco_classes import COCO_CLASSES
from sd3studio.ml.parsing.detection import Detector, load_detector
from sd3studio.ml.parsing.drawn_as import recognised_best
from sd3studio.render.maps import render_maps

Scores = dict[str, dict[str, list[list[float]]]]
"""Place ("" the usual one) -> mesh -> scores by elevation and turn."""
Painter = Callable[[Scene], NDArray[np.uint8]]

SIDE_PX = 320
MARGIN = 0.2
"""Things fill 60 % of the picture, as one of two things does at most."""
FAINTEST = 0.02
FEW_STEPS = 4
"""Of the sampler, for what comes into sight where all else is painted already."""
INSIDE = 0.85
"""A sighting is of the thing if so much of its box lies in the thing's (of a stop sign only the plate is seen)."""


def places_of(entry: CatalogueEntry) -> tuple[str, ...]:
    """Where a mesh is measured: its usual place (""), and under the sky what may be there and is often asked for.

    That is what is at home outside, animals, and of things in rooms the mesh that sentences get.
    """
    usual = place_for(Scene.of([entry.as_object(entry.id)]))
    taken = recognised_best(shipped_catalogue().of_category(entry.category))
    if usual == "room" and entry.group != "animals" and entry.id != taken.id:
        return ("",)
    return ("", *(place for place in GROUNDS if place != usual))


def scores_of(
    entry: CatalogueEntry, detector: Detector, painting: bool = True, place: str = ""
) -> list[list[float]] | None:
    """Scores of a mesh at a place by elevation and turn; None if no class of COCO can be said of it."""
    thing = entry.as_object(entry.id)
    names = detector_names(thing, COCO_CLASSES)
    if not names:
        return None
    thing = thing.replace(center=(0.0, 0.0, thing.size[2] / 2.0))
    turns = HEADINGS_DEG if entry.front_known else HEADINGS_DEG[:1]
    ground = [_ground(GROUNDS[place])] if place else []
    drawn: list[tuple[Painter, int]] = [(rendered, 1)]
    if painting:
        drawn += [(LooksKept(0).paint, 1), (LooksKept(1).paint, -1)]

    def score(elevation: int, turn: int) -> float:
        seen = []
        for picture, side in drawn:
            scene = Scene.of([thing.replace(yaw=math.radians(side * turn)), *ground])
            camera = framing_camera(scene, SIDE_PX, SIDE_PX, elevation_rad=math.radians(elevation), margin=MARGIN)
            seen.append(_seen(scene.replace(camera=camera), picture, names, detector))
        return round(float(np.mean(seen)), 2)

    return [[score(elevation, turn) for turn in turns] for elevation in ELEVATIONS_DEG]


class LooksKept:
    """SD3 mini's pictures of scenes of the same things: what was painted once keeps its looks (`tokens`)."""

    def __init__(self, seed: int = 0) -> None:
        from sd3studio.ml.generation.sd3_mini import PARTS
        from sd3studio.ml.shipped import mini

        self._seed, self._system = seed, mini(*PARTS)
        self.tokens: SlotTokens = {}

    def paint(self, scene: Scene) -> NDArray[np.uint8]:
        """(`SIDE_PX`, `SIDE_PX`, 3), with the usual steps and guidance."""
        from sd3studio.ml.generation.drafts import painted

        usual = USUAL["sd3-mini"]
        request = GenerateImage(
            scene=scene, backend="sd3-mini", width=SIDE_PX, height=SIDE_PX, steps=usual.steps, guidance=usual.guidance,
            seed=self._seed,
        )  # fmt: skip
        steps = FEW_STEPS if self.tokens else usual.steps
        last = painted(DraftImage(request=request, longest_px=SIDE_PX, steps=steps, tokens=self.tokens), self._system)
        assert last.pixels is not None
        self.tokens = {**last.tokens, **self.tokens}
        return last.pixels


def _seen(scene: Scene, picture: Painter, names: frozenset[str], detector: Detector) -> float:
    box = box_around(layout_of(scene, SIDE_PX, SIDE_PX).mask(scene.solid_objects()[0].id))
    if box is None:
        return 0.0
    found = detector.detect(picture(scene), FAINTEST)
    seen = (d.score for d in found if d.label in names and share_inside(d.box, box) >= INSIDE)
    return min(max(seen, default=0.0), 1.0)


def _ground(label: str) -> SceneObject:
    return SceneObject(
        id="ground", label=label, category=label, kind="stuff", center=(0.0, 0.0, -0.01), size=(3.0, 3.0, 0.02)
    )


def rendered(scene: Scene) -> NDArray[np.uint8]:
    """(`SIDE_PX`, `SIDE_PX`, 3): the scene by the renderer, with a plain place around it."""
    drawn = render_maps(with_backdrop(scene), maps=("rgb",), quality="final").rgb
    assert drawn is not None
    return drawn


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and write; meshes that are in the file already are left out with ``--keep``."""
    parser = argparse.ArgumentParser(prog="python -m sd3studio.ml.recognising", description=__doc__)
    parser.add_argument(
        "--only", default="", metavar="NAMES", help="only these categories and meshes, with commas between"
    )
    parser.add_argument("--rendered", action="store_true", help="by the renderer's pictures alone")
    parser.add_argument("--keep", action="store_true", help="measure only what the file does not have yet")
    args = parser.parse_args(argv)
    scores: Scores = {"": {}, **{place: {} for place in GROUNDS}}
    if (args.keep or args.only) and PATH.is_file():
        content = json.loads(PATH.read_text(encoding="utf-8"))
        scores |= {"": content["scores"], **content.get("places", {})}
    only = {name.strip() for name in args.only.split(",")} - {""}
    detector = load_detector("builtin", 1)
    for entry in shipped_catalogue():
        if only and not only & {entry.category, entry.id}:
            continue
        for place in places_of(entry):
            if args.keep and entry.id in scores[place]:
                continue
            measured = scores_of(entry, detector, not args.rendered, place)
            if measured is not None:
                scores[place][entry.id] = measured
                print(entry.id, place, *measured, file=sys.stderr, flush=True)
                _write(scores)
    return 0


def _write(scores: Scores) -> None:
    angles = f'"elevations_deg": {list(ELEVATIONS_DEG)}, "headings_deg": {list(HEADINGS_DEG)}'
    places = ",\n".join(f"{json.dumps(place)}: {{\n{_rows(scores[place])}\n}}" for place in GROUNDS)
    text = f'{{{angles}, "scores": {{\n{_rows(scores[""])}\n}}, "places": {{\n{places}\n}}}}\n'
    write_atomic(PATH, text.encode())


def _rows(scores: dict[str, list[list[float]]]) -> str:
    return ",\n".join(f"{json.dumps(mesh)}: {json.dumps(row)}" for mesh, row in sorted(scores.items()))


if __name__ == "__main__":
    raise SystemExit(main())
