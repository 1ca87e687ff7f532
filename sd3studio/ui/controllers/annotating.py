"""What an annotator wishes on the photo becomes edits and requests."""

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from sd3studio.core.annotation.adjudicating import Item, taking
from sd3studio.core.annotation.cameras import camera_from_horizon, camera_from_lines
from sd3studio.core.annotation.following import with_photo_boxes
from sd3studio.core.annotation.lifting import lift_box
from sd3studio.core.annotation.sides import grown
from sd3studio.core.annotation.suggesting import relation_in_words
from sd3studio.core.document import now
from sd3studio.core.edits import (
    AcceptRelation,
    AddComment,
    AddObjects,
    ChangeClass,
    CorrectCamera,
    FitToPhotoBox,
    MergeObjects,
    RejectRelation,
    RemoveComment,
    Sequence,
    SetBox,
    SetFlags,
    SetMask,
    SplitObject,
    known_size,
)
from sd3studio.core.edits.base import Edit
from sd3studio.core.edits.calibrating import Keep
from sd3studio.core.errors import StudioError
from sd3studio.core.messages import MaskResult, NamesResult
from sd3studio.core.requests import CutOut, NameBox
from sd3studio.core.scene.mask_painting import box_of
from sd3studio.core.scene.masks import encode_mask
from sd3studio.core.scene.picture_boxes import picture_camera, visible_box
from sd3studio.core.scene.value import BoxPx
from sd3studio.core.scene.values import Comment, Mask, Relation, Scene, SceneObject
from sd3studio.core.size_priors import catalogue_or_none
from sd3studio.ui.controllers.editing import first_sentence
from sd3studio.ui.jobs import JobBridge
from sd3studio.ui.photo.tools import CameraLines
from sd3studio.ui.session import Session

NEW_CLASS = "thing"
"""What a new thing is called until its class is chosen."""

GROW_M = 0.05


class AnnotatingController(QObject):
    """Corrects the scene of a photo. What goes wrong is said, and the scene stays as it was."""

    said = Signal(str, str)
    named = Signal(str, object)
    """Id of a new thing, and what the detector takes it for: (class, score) pairs."""

    def __init__(self, session: Session, bridge: JobBridge, models: Callable[[], Any]) -> None:
        super().__init__()
        self.session, self.document, self.bridge, self._models = session, session.document, bridge, models
        self.keep: Keep = "photo"
        self._strokes: dict[str, tuple[Mask | None, Mask | None]] = {}

    def begin(self, author: str) -> None:
        """Photo boxes follow their boxes in space from now on; edits are noted as this person's."""
        self.document.author, self.document.follow = author, with_photo_boxes

    def end(self) -> None:
        """Edits are plain edits again."""
        self.document.follow = None

    # -- edits ---------------------------------------------------------------------------------------------------

    def apply(self, edit: Edit) -> bool:
        """Make an edit; a refusal is said. Returns whether it was made."""
        try:
            self.document.apply(edit)
        except (StudioError, ValueError) as error:
            self.document.end_preview()
            self.said.emit("danger", first_sentence(error))
            return False
        return True

    def add_box(self, box: BoxPx) -> str | None:
        """A new thing in a box of the photo, in space at once; the engine is asked what it is. Returns its id."""
        scene = self.document.committed
        key = scene.free_id(NEW_CLASS)
        try:
            thing = lift_box(scene.replace(camera=picture_camera(scene)), box, NEW_CLASS, key)
        except (StudioError, ValueError) as error:
            self.said.emit("danger", first_sentence(error))
            return None
        if not self.apply(AddObjects((thing,))):
            return None
        self.document.select((key,))
        self._ask_names(scene, key, box)
        return key

    def _ask_names(self, scene: Scene, key: str, box: BoxPx) -> None:
        if scene.photo is None:
            return
        request = NameBox(photo=scene.photo.path, box=box, detector=self._models().detector)

        def take(result: NamesResult) -> None:
            self.named.emit(key, result.names)

        self.bridge.submit(request, take, group="name box")

    def classify(self, ids: tuple[str, ...], name: str) -> None:
        """Say what things are. One that was just drawn is lifted anew, with the sizes of its class."""
        scene = self.document.committed
        ids = tuple(key for key in ids if key in scene.objects)
        if not ids:
            return
        entry = self._entry(name)
        edit: Edit = ChangeClass(ids, name, *entry)
        fresh = [scene.objects[key] for key in ids if scene.objects[key].label == NEW_CLASS]
        if len(fresh) == 1 and len(ids) == 1 and fresh[0].photo_box:
            edit = Sequence((edit, self._lifted_anew(scene, fresh[0], name)), what=f"Call it {name}")
        self.apply(edit)

    def _entry(self, name: str) -> tuple[str | None, str | None]:
        """Category and mesh of a class."""
        catalogue = catalogue_or_none()
        category = catalogue.category_of(name) if catalogue else None
        entries = catalogue.of_category(category) if catalogue and category else ()
        return (category or name, entries[0].id) if entries else (name, None)

    def _lifted_anew(self, scene: Scene, thing: SceneObject, name: str) -> SetBox:
        without = scene.replace(
            objects={key: other for key, other in scene.objects.items() if key != thing.id},
            relations=(),
            rejected=(),
            comments=(),
            camera=picture_camera(scene),
        )
        assert thing.photo_box is not None
        again = lift_box(without, thing.photo_box, name, thing.id)
        return SetBox(thing.id, again.center, again.size, again.yaw)

    def toggle(self, flag: str) -> None:
        """Turn a flag of the selected things on, or off if all have it."""
        things = [self.document.committed.objects[key] for key in self.document.selection]
        if things:
            value = not all(getattr(thing, flag) for thing in things)
            self.apply(SetFlags(tuple(thing.id for thing in things), **{flag: value}))

    def split(self, share: float = 0.5, across: str = "width") -> None:
        """Make two things of the selected one."""
        for key in self.document.selection[:1]:
            before = set(self.document.committed.objects)
            if self.apply(SplitObject(key, share, across)):  # type: ignore[arg-type]
                self.document.select((key, *(k for k in self.document.committed.objects if k not in before)))

    def merge(self) -> None:
        """Make one thing of the selected ones."""
        ids = self.document.selection
        if self.apply(MergeObjects(ids)):
            self.document.select(ids[:1])

    def fit(self) -> None:
        """Put the projection of each selected thing exactly onto its photo box."""
        scene = self.document.committed
        things = [scene.objects[key] for key in self.document.selection]
        edits = tuple(FitToPhotoBox(thing.id, thing.photo_box) for thing in things if thing.photo_box)
        if edits:
            self.apply(Sequence(edits, what="Fit to the photo"))

    def nudge_box(self, by_px: tuple[float, float, float, float]) -> None:
        """Shift the sides (left, top, right, bottom) of the selected thing's photo box."""
        scene = self.document.committed
        camera = picture_camera(scene)
        limits = (camera.width, camera.height, camera.width, camera.height)
        for key in self.document.selection[:1]:
            box = visible_box(camera, scene.objects[key]) or scene.objects[key].photo_box
            if box is None:
                return
            sides = [min(max(v + d, 0.0), float(m)) for v, d, m in zip(box, by_px, limits, strict=True)]
            if sides[2] - sides[0] >= 2.0 and sides[3] - sides[1] >= 2.0:
                self.apply(FitToPhotoBox(key, (sides[0], sides[1], sides[2], sides[3])))

    def grow(self, axis: int, steps: int) -> None:
        """Make the selected things longer along their width, depth or height."""
        scene = self.document.committed
        things = [grown(scene.objects[key], axis, steps * GROW_M) for key in self.document.selection]
        edits = tuple(SetBox(t.id, t.center, t.size, t.yaw, t.pitch, t.roll) for t in things)
        if edits:
            self.apply(Sequence(edits, what="Change size"))

    # -- masks ---------------------------------------------------------------------------------------------------

    def paint_mask(self, key: str, pixels: np.ndarray) -> None:
        """A mask that was painted by hand. What was added and taken away is kept for the next cutting out."""
        scene = self.document.committed
        if key not in scene.objects:
            return
        from sd3studio.ui.photo.tools import mask_pixels

        before = mask_pixels(scene, (key,))
        if before is not None and before.shape == pixels.shape:
            old_keep, old_drop = self._strokes.get(key, (None, None))
            self._strokes[key] = (_joined(old_keep, pixels & ~before), _joined(old_drop, before & ~pixels))
        self.apply(SetMask(key, encode_mask(pixels) if pixels.any() else None))

    def cut_out(self) -> None:
        """Let the engine find the mask of the selected thing in its box, with the strokes that were painted."""
        scene = self.document.committed
        for key in self.document.selection[:1]:
            thing = scene.objects[key]
            box = visible_box(picture_camera(scene), thing) or thing.photo_box
            if scene.photo is None or box is None:
                self.said.emit("warning", "There is no photo behind this thing to cut it out of.")
                return
            keep, drop = self._strokes.get(key, (None, None))
            request = CutOut(
                photo=scene.photo.path,
                box=box,
                label=thing.label,
                keep=keep,
                drop=drop,
                segmenter=self._models().segmenter,
            )

            def take(result: MaskResult, key: str = key) -> None:
                if result.mask is None:
                    self.said.emit("warning", "No mask was found there. Paint a stroke inside the thing and try again.")
                elif key in self.document.committed.objects:
                    self.apply(SetMask(key, result.mask))

            self.bridge.submit(request, take, group="cut out")

    def box_from_mask(self) -> None:
        """Fit the selected thing to the box around its mask."""
        from sd3studio.ui.photo.tools import mask_pixels

        pixels = mask_pixels(self.document.committed, self.document.selection)
        box = box_of(pixels) if pixels is not None else None
        if box is not None:
            self.apply(FitToPhotoBox(self.document.selection[0], box))

    # -- the camera ----------------------------------------------------------------------------------------------

    def drag_camera(self, lines: CameraLines) -> None:
        """Show the camera that the lines ask for; keep it once they are let go."""
        camera = picture_camera(self.document.committed)
        try:
            if lines.last == "horizon":
                found = camera_from_horizon(camera, lines.horizon[0], lines.horizon[1])
            else:
                found = camera_from_lines(camera, lines.first, lines.second)
            edit = CorrectCamera(found, self.keep)
            if not lines.finished:
                self.document.preview(edit)
                return
        except (StudioError, ValueError) as error:
            if lines.finished:
                self.document.end_preview()
                self.said.emit("warning", first_sentence(error))
            return
        self.apply(edit)

    def set_focal(self, focal_mm: float) -> None:
        """Take another focal length."""
        try:
            camera = picture_camera(self.document.committed).with_focal_mm(focal_mm)
        except ValueError as error:
            self.said.emit("warning", first_sentence(error))
            return
        self.apply(CorrectCamera(camera, self.keep))

    def calibrate(self, axis: int, length_m: float) -> None:
        """The selected thing is so wide, deep or high: everything is rescaled."""
        for key in self.document.selection[:1]:
            try:
                edit = known_size(self.document.committed, key, axis, length_m)  # type: ignore[arg-type]
            except StudioError as error:
                self.said.emit("warning", str(error))
                return
            self.apply(edit)

    # -- relations and words -------------------------------------------------------------------------------------

    def relate_in_words(self, subject: str, text: str, object: str) -> None:
        """State a relation in the annotator's words; they are kept. Nothing is moved."""
        try:
            relation = relation_in_words(self.document.committed, subject, text, object)
        except StudioError as error:
            self.said.emit("warning", str(error))
            return
        self.accept(relation)
        self.said.emit("info", f"“{text}” is kept, as *{relation.predicate.value}*.")

    def accept(self, relation: Relation) -> None:
        """A relation is right."""
        self.apply(AcceptRelation(relation))

    def reject(self, relation: Relation) -> None:
        """A relation is wrong."""
        self.apply(RejectRelation(relation))

    def comment(self, text: str) -> None:
        """Write about the selected thing, or about the photo if nothing is selected."""
        text = text.strip()
        if text:
            about = self.document.selection[0] if len(self.document.selection) == 1 else None
            self.apply(AddComment(Comment(text=text[:4_000], about=about, author=self.document.author, when=now())))

    def remove_comment(self, comment: Comment) -> None:
        """Take a comment away."""
        self.apply(RemoveComment(comment))

    def take_from(self, other: Scene, items: tuple[Item, ...]) -> None:
        """Take these differences from the other annotator."""
        if items:
            self.apply(taking(self.document.committed, other, items))


def _joined(old: Mask | None, pixels: np.ndarray) -> Mask | None:
    from sd3studio.core.scene.masks import decode_mask

    if not pixels.any():
        return old
    if old is not None and (old.height, old.width) == pixels.shape:
        pixels = pixels | decode_mask(old)
    return encode_mask(pixels)
