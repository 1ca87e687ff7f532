"""Photo -> 3DSG: finds things, cuts them out, lifts them into a metric scene, guesses stuff and place, captions it."""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import StudioError
from sd3studio.core.messages import Finished, JobMessage, Progress, SceneResult
from sd3studio.core.requests import ParsePhoto
from sd3studio.core.scene.camera import SENSOR_HEIGHT_MM
from sd3studio.core.scene.caption import Caption
from sd3studio.core.scene.values import Scene
from sd3studio.ml.parsing.assembly import assemble
from sd3studio.ml.parsing.concepts import Place, place_of
from sd3studio.ml.parsing.detection import BUILTIN, Detection, Detector, load_detector
from sd3studio.ml.parsing.lifting import Lifted, lift
from sd3studio.ml.parsing.masks import GrabCutSegmenter, Segmenter
from sd3studio.ml.parsing.measured import measure
from sd3studio.ml.parsing.picture import Photo, read_photo
from sd3studio.ml.parsing.stuff import guess_stuff
from sd3studio.ml.parsing.verticals import find_verticals

STAGES = (
    "Reading the photo",
    "Finding things",
    "Cutting them out",
    "Measuring distances",
    "Looking at the surroundings",
    "Writing captions",
)

SAME_THING_IOU = 0.6
"""Boxes of different classes that overlap so much are one thing; the surer class stays."""

MISTAKEN_IOU = 0.45
"""The same for classes that are often mistaken for each other."""

MASKS, BATCH_MASKS = 40, 12
"""At most so many things of one photo are cut out, alone and in a batch."""


def run(request: ParsePhoto) -> Iterator[JobMessage]:
    """Read one photo; ends in ``Finished(SceneResult)``. Raises `PhotoError`, `MissingModelError`."""
    yield Progress(0, len(STAGES), STAGES[0])
    photo = read_photo(request.photo)
    yield Progress(1, len(STAGES), STAGES[1])
    detector = load_detector(request.detector)
    detections = kept(detector.detect(photo.pixels, request.threshold), request.threshold)
    yield Progress(2, len(STAGES), f"{STAGES[2]} ({len(detections)} found)")
    masks = _segmenter(request.segmenter, MASKS).masks(
        photo.pixels, [d.box for d in detections], [d.label for d in detections]
    )
    yield Progress(3, len(STAGES), STAGES[3])
    lifted = _lifted(photo, detections, masks, request)
    yield Progress(4, len(STAGES), STAGES[4])
    scene, notes = _scene(photo, lifted, masks, detector, request.relations)
    yield Progress(5, len(STAGES), STAGES[5])
    yield Finished(SceneResult(scene, _captions(scene), notes))


@dataclass(frozen=True, slots=True)
class Parsed:
    """One photo of a batch: its result, or the sentence that says why there is none."""

    path: Path
    result: SceneResult | None
    error: StudioError | None = None


def parse_many(paths: Sequence[str | Path], request: ParsePhoto | None = None, workers: int = 2) -> Iterator[Parsed]:
    """Read many photos, in the order given; a photo that can't be read does not stop the others.

    Parameters
    ----------
    request : settings for all (its `photo` does not matter); None for the defaults
    workers : photos read at a time, one thread each; memory holds no more than three photos a worker
    """
    settings = request or ParsePhoto(photo="batch")
    listed = [Path(path) for path in paths]
    detector = load_detector(settings.detector, 1) if settings.detector == BUILTIN else load_detector(settings.detector)
    with ThreadPoolExecutor(workers, thread_name_prefix="parse") as pool:
        waiting: list[Future[Parsed]] = []
        for path in listed:
            waiting.append(pool.submit(_parsed, path, settings, detector))
            if len(waiting) >= 3 * workers:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def _parsed(path: Path, settings: ParsePhoto, detector: Detector) -> Parsed:
    try:
        scene, notes = scene_of_photo(read_photo(path), settings, detector)
        return Parsed(path, SceneResult(scene, _captions(scene), notes))
    except StudioError as error:
        return Parsed(path, None, error)


def scene_of_photo(photo: Photo, settings: ParsePhoto, detector: Detector) -> tuple[Scene, tuple[str, ...]]:
    """The scene of a photo of a batch, and doubts about it; `settings` are as in `ParsePhoto`."""
    detections = kept(detector.detect(photo.pixels, settings.threshold), settings.threshold)
    masks = _segmenter(settings.segmenter, BATCH_MASKS).masks(
        photo.pixels, [d.box for d in detections], [d.label for d in detections]
    )
    return _scene(photo, _lifted(photo, detections, masks, settings), masks, detector, settings.relations)


def kept(detections: Sequence[Detection], threshold: float | None) -> list[Detection]:
    """The detections above the threshold, without a second class for the same thing."""
    chosen: list[Detection] = []
    for detection in sorted(detections, key=lambda d: -d.score):
        if threshold is not None and detection.score < threshold:
            continue
        if (
            not all(map(math.isfinite, detection.box))
            or detection.box[2] - detection.box[0] < 1
            or detection.box[3] - detection.box[1] < 1
        ):
            continue
        if not any(_same(detection, other) for other in chosen):
            chosen.append(detection)
    return chosen


FAMILIES = (
    frozenset({"car", "truck", "bus", "train"}),
    frozenset({"couch", "chair", "bed", "bench"}),
    frozenset({"cup", "bowl", "wine glass", "vase", "bottle"}),
    frozenset({"tv", "laptop", "cell phone", "remote"}),
    frozenset({"bicycle", "motorcycle"}),
    frozenset({"oven", "microwave", "refrigerator", "toaster"}),
    frozenset({"cat", "dog", "sheep", "cow", "horse", "bear", "zebra", "elephant", "giraffe", "teddy bear"}),
    frozenset({"backpack", "handbag", "suitcase"}),
    frozenset({"sandwich", "hot dog", "pizza", "cake", "donut"}),
    frozenset({"skis", "snowboard", "skateboard", "surfboard"}),
)
"""Classes that detectors mistake for each other."""


def _same(a: Detection, b: Detection) -> bool:
    """Whether two detections are one thing seen twice."""
    if _may_coincide(a, b):
        return False
    alike = any(a.label in family and b.label in family for family in FAMILIES)
    return overlap(a, b) >= (MISTAKEN_IOU if alike and a.label != b.label else SAME_THING_IOU)


def _may_coincide(a: Detection, b: Detection) -> bool:
    """Whether two things can have nearly the same box: a rider and what is ridden."""
    return a.label != b.label and "person" in (a.label, b.label)


def overlap(a: Detection, b: Detection) -> float:
    """Intersection over union of two boxes."""
    width = min(a.box[2], b.box[2]) - max(a.box[0], b.box[0])
    height = min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(d.box[2] - d.box[0]) * (d.box[3] - d.box[1]) for d in (a, b)]
    return width * height / (sum(areas) - width * height)


def _segmenter(name: str, limit: int) -> Segmenter:
    if name == BUILTIN:
        return GrabCutSegmenter(limit)
    from sd3studio.ml.parsing.transformers_segmenter import load_segmenter

    return load_segmenter(name)


def _lifted(
    photo: Photo, detections: Sequence[Detection], masks: Sequence[NDArray[np.bool_] | None], request: ParsePhoto
) -> Lifted:
    focal_mm = request.focal_mm if request.focal_mm is not None else photo.focal_mm
    segments = find_verticals(photo.pixels)
    lifted = lift(detections, photo.width, photo.height, focal_mm, segments)
    if request.depth == BUILTIN or not detections:
        return lifted
    from sd3studio.ml.parsing.transformers_depth import load_depth

    found = load_depth(request.depth).depth(photo.pixels)
    if focal_mm is None and found.focal_px is not None:
        focal_mm = found.focal_px * SENSOR_HEIGHT_MM / photo.height
    along = lifted.views.depth[np.arange(len(detections)), lifted.distances.view]
    boxes = [d.box for d in detections]
    depth_m = measure(found.values, found.metric, boxes, masks, lifted.distances, along)
    return lift(detections, photo.width, photo.height, focal_mm, segments, depth_m)


def _scene(
    photo: Photo,
    lifted: Lifted,
    masks: Sequence[NDArray[np.bool_] | None],
    detector: Detector,
    relations: bool,
) -> tuple[Scene, tuple[str, ...]]:
    labels = [d.label for d in lifted.detections]
    place = place_of(labels, [d.score for d in lifted.detections])
    boxes = [d.box for d in lifted.detections]
    raised = lifted.distances.on_ground < 0.5
    table_top = bool(len(raised)) and float(raised.mean()) > 0.5
    stuff = guess_stuff(photo.pixels, boxes, labels, place, lifted.camera.horizon_row(), table_top)
    scene, notes = assemble(photo, lifted, masks, stuff, place, detector.name), _notes(lifted, place)
    if not relations:
        return scene, notes
    from sd3studio.ml.parsing.photo_relations import with_relations

    scene, more = with_relations(scene)
    return scene, (*notes, *more)


def _notes(lifted: Lifted, place: Place | None) -> tuple[str, ...]:
    notes = []
    if not lifted.detections:
        notes.append(
            "No thing that the detector knows was found in this photo; the scene has the camera and the ground only. "
            "Lower the threshold, or add things from the catalogue."
        )
    if not lifted.viewpoint.focal_known:
        notes.append(
            f"The photo does not tell its focal length; {lifted.camera.focal_mm:.0f} mm (on a 24 mm high frame) was "
            "assumed, so all distances scale with it."
        )
    if lifted.detections and not lifted.viewpoint.informed:
        notes.append("No thing shows where it stands, so the camera's height and tilt are assumed.")
    return tuple(notes)


def _captions(scene: Scene) -> tuple[Caption, ...]:
    from sd3studio.core.language.captions import captions_of

    return tuple(captions_of(scene))
