"""What is done with one photo of a library, as a job: reads its file, its scene, writes about it, checks it.

The same function runs in worker processes here and on other machines; one processor thread a worker.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sd3studio.core.errors import InputError
from sd3studio.core.messages import Finished, JobMessage, PhotoWork
from sd3studio.core.relations import RelationField
from sd3studio.core.requests import CheckPicture, ParsePhoto, WorkOnPhoto
from sd3studio.core.scene.caption import Caption
from sd3studio.core.scene.values import Scene
from sd3studio.core.searching.packed import pack_scene

if TYPE_CHECKING:
    from sd3studio.ml.parsing.picture import PhotoFile

SENTENCES = 3
"""So many sentences SD3 mini writes for a caption."""


def run(request: WorkOnPhoto) -> Iterator[JobMessage]:
    """Do what is asked of one photo; ends in ``Finished(PhotoWork)``. Raises `PhotoError`, `MissingModelError`."""
    import cv2

    from sd3studio.ml.librarian.looking import facts_of
    from sd3studio.ml.parsing.picture import open_file

    cv2.setNumThreads(1)
    file = open_file(request.photo) if {"look", "parse"} & set(request.steps) else None
    facts = facts_of(file, request.thumbnail_px) if file is not None and "look" in request.steps else None
    scene, notes = request.scene, ()
    packed = caption = score = None
    if "parse" in request.steps and file is not None:
        scene, notes = _parsed(request, file)
    if scene is None and {"caption", "check"} & set(request.steps):
        raise InputError(f"{request.photo} has no scene yet. Parse it first.")
    if scene is not None:
        field = RelationField(scene)
        packed = pack_scene(scene, field) if "parse" in request.steps else None
        if "caption" in request.steps:
            caption = _caption(request, scene, field)
        score = _checked(request, scene) if "check" in request.steps else None
    yield Finished(PhotoWork(facts, packed, caption, score, notes))


def _parsed(request: WorkOnPhoto, file: "PhotoFile") -> tuple[Scene, tuple[str, ...]]:
    from sd3studio.ml.parsing.detection import BUILTIN, load_detector
    from sd3studio.ml.parsing.photo import scene_of_photo
    from sd3studio.ml.parsing.picture import photo_of

    settings = ParsePhoto(
        photo=request.photo,
        detector=request.detector,
        segmenter=request.segmenter,
        depth=request.depth,
        threshold=request.threshold,
    )
    detector = load_detector(request.detector, 1) if request.detector == BUILTIN else load_detector(request.detector)
    return scene_of_photo(photo_of(file), settings, detector)


def _caption(request: WorkOnPhoto, scene: Scene, field: RelationField) -> Caption:
    from sd3studio.core.language.caption_styles import caption_in_style, uses

    written: tuple[Caption, ...] = ()
    if "model" in uses(request.template):
        from sd3studio.ml.captioning import PARTS
        from sd3studio.ml.shipped import mini

        system = mini(*PARTS)
        from sd3studio.ml.text_path import captions

        written = captions(scene, SENTENCES, 0, system)
    return caption_in_style(scene, request.template, request.about, field, written)


def _checked(request: WorkOnPhoto, scene: Scene) -> float:
    from sd3studio.ml.checking import run as check

    wanted = CheckPicture(picture=request.photo, scene=scene, reader="detectors", detector=request.detector)
    for message in check(wanted):
        if isinstance(message, Finished):
            report = message.result.report
            return float(report.score) if report.coverage > 0.0 else float("nan")
    raise RuntimeError("the check ended without a result")
