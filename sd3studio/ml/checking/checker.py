"""The checker of one scene at one picture size."""

from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.checking import AttributeCheck, CheckReport
from sd3studio.core.checking.colours import colour_checks, colours_of, drawn_colour_checks
from sd3studio.core.checking.expecting import Expected, Sighting, iou, overlap
from sd3studio.core.checking.judging import judge
from sd3studio.core.checking.matching import with_control
from sd3studio.core.checking.sameness import AT_PLACE_IOU, FAINTEST_SCORE, LOWEST_SCORE, same_name
from sd3studio.core.errors import InputError
from sd3studio.core.png import PictureRecord
from sd3studio.core.scene.values import Scene
from sd3studio.ml.checking.closer import are_one, closer_sightings, sightings
from sd3studio.ml.checking.disturbing import DISTURBANCES, mirrored, mirrored_back
from sd3studio.ml.checking.id_map import Drawn, drawn_scene
from sd3studio.ml.checking.layout import Layout, expectations, layout_of
from sd3studio.ml.parsing.coco_classes import COCO_CLASSES
from sd3studio.ml.parsing.detection import Detector, load_detector
from sd3studio.render.maps import render_maps

Pixels = NDArray[np.uint8]

NO_MAP = "{name} is not an unchanged render by SD3 Studio, so there is no id map of it. Check it with the detectors."
LOW_COVERAGE = 0.3


class Checker:
    """Checks pictures of one scene.

    Parameters
    ----------
    scene : what the pictures should show
    width, height : of the pictures, px
    detector : name of the detector, see `load_detector`
    derived : at most so many relations are checked besides the stored ones
    """

    def __init__(self, scene: Scene, width: int, height: int, detector: str = "builtin", derived: int = 12) -> None:
        self.scene = scene
        self.layout: Layout = layout_of(scene, width, height)
        self._detector_name, self._derived = detector, derived
        self._classes = frozenset(COCO_CLASSES)

    @cached_property
    def detector(self) -> Detector:
        """Loaded when the first picture needs it."""
        return load_detector(self._detector_name)

    @cached_property
    def expected(self) -> tuple[Expected, ...]:
        """Where the objects should be."""
        return expectations(self.layout, self._classes)

    @cached_property
    def true_render(self) -> Pixels:
        """(H, W, 3) the scene as our renderer draws it."""
        return render_maps(self.layout.scene, maps=("rgb",), quality="final").rgb

    @cached_property
    def controls(self) -> tuple[tuple[Sighting, ...], ...]:
        """What the detectors see in a true render of the scene, in versions of it, and in its mirror image."""
        plain = self.true_render
        versions = [plain, *(change(plain) for change in DISTURBANCES.values())]
        looked = [self.sightings(pixels) for pixels in versions]
        return (*looked, mirrored_back(self.sightings(mirrored(plain)), plain.shape[1]))

    @cached_property
    def controlled(self) -> tuple[Expected, ...]:
        """`expected`, with what the detectors see of each object in a true render."""
        return with_control(self.expected, self.controls)

    def sightings(self, pixels: Pixels) -> tuple[Sighting, ...]:
        """What the detectors see in a picture ((H, W, 3) uint8 RGB), best first."""
        return sightings(self.detector, pixels, FAINTEST_SCORE)

    def check(
        self,
        pixels: Pixels,
        record: PictureRecord | None = None,
        reader: Literal["auto", "detectors", "id map"] = "auto",
        name: str = "",
    ) -> CheckReport:
        """The verdicts on a picture ((H, W, 3) uint8 RGB) of the checker's size.

        Parameters
        ----------
        record : what the picture carries, if it is one of ours
        reader : ``"auto"`` takes the id map where there is one

        Raises `InputError` if the id map is asked for and there is none.
        """
        camera = self.layout.scene.camera
        if pixels.shape[:2] != (camera.height, camera.width):
            raise ValueError(f"a picture of {camera.width} x {camera.height} px is checked here, not {pixels.shape}")
        drawn = drawn_scene(pixels, record) if reader != "detectors" else None
        if drawn is None and reader == "id map":
            raise InputError(NO_MAP.format(name=name or "This picture"))
        report = self._by_detectors(pixels) if drawn is None else self._by_id_map(drawn)
        notes = () if report.coverage >= LOW_COVERAGE else (_low(report),)
        return report.replace(picture=name, notes=(*report.notes, *notes))

    def _by_id_map(self, drawn: Drawn) -> CheckReport:
        colours: dict[str, tuple[AttributeCheck, ...]] = {}
        for expected in self.expected:
            thing = drawn.scene.objects.get(expected.thing.id)
            if thing is not None:
                colours[expected.thing.id] = drawn_colour_checks(expected.thing, thing)
        camera = drawn.scene.camera
        return judge(
            self.scene, camera, self.expected, drawn.sightings(), "id map", derived=self._derived, colours=colours
        )

    def _by_detectors(self, pixels: Pixels) -> CheckReport:
        seen = self.sightings(pixels)
        report = self._judged(pixels, seen)
        gone = frozenset(check.id for check in report.objects if check.verdict == "missing")
        if gone:
            closer, parts = self._second_look(pixels, seen, gone)
            report = self._judged(pixels, closer, parts) if parts or len(closer) > len(seen) else report
        return report.replace(detector=self.detector.name)

    def _judged(self, pixels: Pixels, seen: tuple[Sighting, ...], parts: tuple[Sighting, ...] = ()) -> CheckReport:
        return judge(
            self.scene,
            self.layout.scene.camera,
            self.controlled,
            seen,
            "detectors",
            tuple(sighting for control in self.controls for sighting in control),
            self._derived,
            self._colours(pixels, seen),
            parts,
        )

    def _second_look(
        self, pixels: Pixels, seen: tuple[Sighting, ...], gone: frozenset[str]
    ) -> tuple[tuple[Sighting, ...], tuple[Sighting, ...]]:
        """`seen`, with what can be one of the things that are `gone` when parts of the picture are looked at closer.

        And what lies inside of a sighting of its kind, but is not that.
        """
        wanted = [expected for expected in self.controlled if expected.thing.id in gone]
        found, parts = list(seen), []
        for one in self._closer(pixels):
            if not any(same_name(expected, one) for expected in wanted):
                continue
            if not any(are_one(one, other) for other in (*found, *self._closer_control)):
                found.append(one)
            elif not any(one.label == other.label and iou(one.box, other.box) >= AT_PLACE_IOU for other in seen):
                parts.append(one)
        return tuple(sorted(found, key=lambda sighting: -sighting.score)), tuple(parts)

    @cached_property
    def _closer_control(self) -> tuple[Sighting, ...]:
        """What a closer look at the true render shows: that has not come from elsewhere."""
        return self._closer(self.true_render)

    def _closer(self, pixels: Pixels) -> tuple[Sighting, ...]:
        return closer_sightings(self.detector, pixels, FAINTEST_SCORE)

    def _colours(self, pixels: Pixels, seen: tuple[Sighting, ...]) -> dict[str, tuple[AttributeCheck, ...]]:
        """Verdicts on the colours of the objects that are seen at their places."""
        told = {}
        for expected in self.expected:
            at_place = any(
                s.score >= LOWEST_SCORE and same_name(expected, s) and overlap(expected, s.box) >= AT_PLACE_IOU
                for s in seen
            )
            if at_place and colours_of(expected.thing):
                mask = self.layout.mask(expected.thing.id)
                told[expected.thing.id] = colour_checks(expected.thing, pixels[mask], self.true_render[mask])
        return told


def _low(report: CheckReport) -> str:
    return f"Only {report.coverage:.0%} of the scene could be decided in this picture, so the score says little."
