"""Edits that correct what a photo became: boxes on the photo, classes, flags, masks, comments."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from sd3studio.core.annotation.fitting import fit_to_box
from sd3studio.core.annotation.lifting import stands
from sd3studio.core.edits.base import change_each, find
from sd3studio.core.errors import SceneError
from sd3studio.core.scene.masks import decode_mask, encode_mask
from sd3studio.core.scene.picture_boxes import picture_camera, visible_box
from sd3studio.core.scene.value import BoxPx
from sd3studio.core.scene.values import MAX_COMMENTS, Comment, Mask, Provenance, Relation, Scene, SceneObject


@dataclass(frozen=True, slots=True)
class FitToPhotoBox:
    """Move and scale a thing so that its projection is this box of the photo. Locked things stay."""

    label: ClassVar[str] = "Fit to the photo"
    id: str
    box: BoxPx

    def apply(self, scene: Scene) -> Scene:
        thing = find(scene, self.id)
        if thing.locked:
            return scene
        return scene.with_objects(_fitted(scene, thing, self.box))


def _fitted(scene: Scene, thing: SceneObject, box: BoxPx) -> SceneObject:
    camera = picture_camera(scene)
    x0, x1 = sorted((box[0], box[2]))
    y0, y1 = sorted((box[1], box[3]))
    return fit_to_box(camera, thing, box, stands(scene, thing)).replace(photo_box=(x0, y0, x1, y1))


@dataclass(frozen=True, slots=True)
class ChangeClass:
    """Say that things are something else: label, category and mesh; their boxes stay."""

    label: ClassVar[str] = "Change class"
    ids: tuple[str, ...]
    name: str
    category: str | None = None
    mesh: str | None = None

    def apply(self, scene: Scene) -> Scene:
        name = " ".join(self.name.split())[:200]
        if not name:
            raise SceneError("A class needs a name.")
        change = {"label": name, "category": self.category, "mesh": self.mesh}
        return change_each(scene, self.ids, lambda thing: thing.replace(**change))


@dataclass(frozen=True, slots=True)
class SetFlags:
    """Set what is not None: cut by the frame, hidden in part, found right."""

    label: ClassVar[str] = "Change flags"
    ids: tuple[str, ...]
    truncated: bool | None = None
    occluded: bool | None = None
    checked: bool | None = None

    def apply(self, scene: Scene) -> Scene:
        wanted = {"truncated": self.truncated, "occluded": self.occluded, "checked": self.checked}
        changes = {name: value for name, value in wanted.items() if value is not None}
        return change_each(scene, self.ids, lambda thing: thing.replace(**changes))


@dataclass(frozen=True, slots=True)
class SetMask:
    """Give a thing another mask, or none."""

    label: ClassVar[str] = "Change mask"
    id: str
    mask: Mask | None

    def apply(self, scene: Scene) -> Scene:
        return change_each(scene, [self.id], lambda thing: thing.replace(mask=self.mask))


@dataclass(frozen=True, slots=True)
class SplitObject:
    """Make two things of one whose photo box holds two, at `share` of its width (or height).

    Both are fitted to their halves of the photo box; a mask is divided too. The first keeps id and relations.
    """

    label: ClassVar[str] = "Split"
    id: str
    share: float = 0.5
    across: Literal["width", "height"] = "width"

    def apply(self, scene: Scene) -> Scene:
        thing = find(scene, self.id)
        box = thing.photo_box or visible_box(picture_camera(scene), thing)
        if box is None:
            raise SceneError(f"The {thing.label} is out of sight, so it can't be split on the photo.")
        if not 0.02 <= self.share <= 0.98:
            raise SceneError("Split it somewhere inside its box.")
        axis = 0 if self.across == "width" else 1
        at = box[axis] + self.share * (box[axis + 2] - box[axis])
        halves = [list(box), list(box)]
        halves[0][axis + 2] = halves[1][axis] = at
        masks = _split_mask(thing.mask, axis, at)
        key = scene.free_id(thing.label)
        things = []
        for number, (half, mask) in enumerate(zip(halves, masks, strict=True)):
            part = thing.replace(id=thing.id if number == 0 else key, mask=mask, checked=False)
            things.append(_fitted(scene, part, (half[0], half[1], half[2], half[3])))
        return scene.with_objects(*things)


def _split_mask(mask: Mask | None, axis: int, at: float) -> tuple[Mask | None, Mask | None]:
    if mask is None:
        return None, None
    pixels = decode_mask(mask)
    places = np.arange(pixels.shape[1 - axis]) + 0.5
    first = places < at
    first = first[None, :] if axis == 0 else first[:, None]
    parts = pixels & first, pixels & ~first
    return tuple(encode_mask(part) if part.any() else None for part in parts)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class MergeObjects:
    """Make one thing of several parts: the first one, fitted to all their photo boxes, with all their relations."""

    label: ClassVar[str] = "Merge"
    ids: tuple[str, ...]

    def apply(self, scene: Scene) -> Scene:
        things = [find(scene, key) for key in dict.fromkeys(self.ids)]
        if len(things) < 2:
            raise SceneError("Select two or more things that are one.")
        camera = picture_camera(scene)
        boxes = [box for t in things if (box := t.photo_box or visible_box(camera, t)) is not None]
        if not boxes:
            raise SceneError("None of these things is in sight, so they can't be merged on the photo.")
        rows = np.array(boxes)
        whole = (*rows[:, :2].min(axis=0).tolist(), *rows[:, 2:].max(axis=0).tolist())
        first, others = things[0], {t.id for t in things[1:]}
        merged = first.replace(mask=_joined([t.mask for t in things]), checked=False)
        objects = {
            key: thing.replace(parent=first.id) if thing.parent in others and key != first.id else thing
            for key, thing in scene.objects.items()
            if key not in others
        }
        parent = merged.parent if merged.parent not in others else None
        objects[first.id] = _fitted(scene, merged.replace(parent=parent), whole)
        return scene.replace(
            objects=objects,
            relations=_redirected(scene.relations, others, first.id),
            rejected=_redirected(scene.rejected, others, first.id),
            comments=tuple(c.replace(about=first.id) if c.about in others else c for c in scene.comments),
        )


def _joined(masks: list[Mask | None]) -> Mask | None:
    known = [mask for mask in masks if mask is not None]
    if not known or len({(mask.height, mask.width) for mask in known}) > 1:
        return known[0] if known else None
    return encode_mask(np.logical_or.reduce([decode_mask(mask) for mask in known]))


def _redirected(relations: tuple[Relation, ...], gone: set[str], to: str) -> tuple[Relation, ...]:
    """Relations that name `to` instead of what is gone; none with itself, none twice."""
    kept: dict[object, Relation] = {}
    for relation in relations:
        ends = [to if end in gone else end for end in (relation.subject, relation.object)]
        if ends[0] != ends[1]:
            moved = relation.replace(subject=ends[0], object=ends[1])
            kept.setdefault(moved.key, moved)
    return tuple(kept.values())


@dataclass(frozen=True, slots=True)
class AcceptRelation:
    """Say that a suggested relation is right: it is stored as the user's."""

    label: ClassVar[str] = "Accept relation"
    relation: Relation

    def apply(self, scene: Scene) -> Scene:
        find(scene, self.relation.subject)
        find(scene, self.relation.object)
        said = self.relation.replace(provenance=Provenance(source="user", detail=self.relation.provenance.detail))
        others = tuple(r for r in scene.relations if r.key != said.key)
        rejected = tuple(r for r in scene.rejected if r.key != said.key)
        return scene.replace(relations=(*others, said), rejected=rejected)


@dataclass(frozen=True, slots=True)
class RejectRelation:
    """Say that a relation is wrong: it is not stored, and not suggested again."""

    label: ClassVar[str] = "Reject relation"
    relation: Relation

    def apply(self, scene: Scene) -> Scene:
        find(scene, self.relation.subject)
        find(scene, self.relation.object)
        kept = tuple(r for r in scene.relations if r.key != self.relation.key)
        rejected = tuple(r for r in scene.rejected if r.key != self.relation.key)
        return scene.replace(relations=kept, rejected=(*rejected, self.relation))


@dataclass(frozen=True, slots=True)
class AddComment:
    """Write a comment about the scene or about one thing."""

    label: ClassVar[str] = "Comment"
    comment: Comment

    def apply(self, scene: Scene) -> Scene:
        if self.comment.about is not None:
            find(scene, self.comment.about)
        if len(scene.comments) >= MAX_COMMENTS:
            raise SceneError(f"A scene holds at most {MAX_COMMENTS} comments. Remove one first.")
        return scene.replace(comments=(*scene.comments, self.comment))


@dataclass(frozen=True, slots=True)
class RemoveComment:
    """Take a comment away. Raises `SceneError` if it is gone."""

    label: ClassVar[str] = "Remove comment"
    comment: Comment

    def apply(self, scene: Scene) -> Scene:
        if self.comment not in scene.comments:
            raise SceneError("That comment is not there any more.")
        at = scene.comments.index(self.comment)
        return scene.replace(comments=(*scene.comments[:at], *scene.comments[at + 1 :]))
