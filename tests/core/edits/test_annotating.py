"""Edits of an annotator: split, merge, classes, flags, relations, comments."""

import numpy as np
import pytest

from sd3studio.core.document import Document
from sd3studio.core.edits import (
    AcceptRelation,
    AddComment,
    ChangeClass,
    FitToPhotoBox,
    MergeObjects,
    RejectRelation,
    RemoveComment,
    RemoveObjects,
    SetFlags,
    SplitObject,
)
from sd3studio.core.errors import SceneError
from sd3studio.core.scene import Camera, Comment, PhotoRef, Predicate, Provenance, Relation, Scene, SceneObject
from sd3studio.core.scene.masks import decode_mask, encode_mask
from sd3studio.core.scene.picture_boxes import projected_box

CAMERA = Camera(position=(0, -6, 1.8), target=(0, 0, 0.8), width=320, height=240)


def scene_with(*things, relations=()):
    photo = PhotoRef(path="p.jpg", width=320, height=240, sha256="0" * 64)
    boxed = [thing.replace(photo_box=projected_box(CAMERA, thing)) for thing in things]
    return Scene.of(boxed, camera=CAMERA, photo=photo, relations=relations)


def box(key, x=0.0, label="person"):
    return SceneObject(id=key, label=label, center=(x, 0.0, 0.9), size=(0.9, 0.4, 1.8))


def test_fitting_puts_the_projection_on_the_photo_box():
    scene = scene_with(box("a"))
    goal = (100.0, 60.0, 180.0, 190.0)
    fitted = FitToPhotoBox("a", goal).apply(scene).objects["a"]
    assert projected_box(CAMERA, fitted) == pytest.approx(goal, abs=0.1)
    assert fitted.photo_box == goal
    locked = scene.with_objects(scene.objects["a"].replace(locked=True))
    assert FitToPhotoBox("a", goal).apply(locked) is locked


def test_splitting_shares_box_and_mask():
    thing = box("a").replace(mask=encode_mask(np.ones((240, 320), bool)))
    scene = scene_with(
        thing, box("b", 2.0), relations=(Relation(subject="a", predicate=Predicate.NEXT_TO, object="b"),)
    )
    split = SplitObject("a", 0.4).apply(scene)
    whole = scene.objects["a"].photo_box
    left, right = split.objects["a"], split.objects["person"]
    assert left.photo_box[2] == right.photo_box[0] == pytest.approx(whole[0] + 0.4 * (whole[2] - whole[0]))
    for part in (left, right):
        assert projected_box(CAMERA, part) == pytest.approx(part.photo_box, abs=0.5)
    masks = decode_mask(left.mask), decode_mask(right.mask)
    assert (masks[0] ^ masks[1]).all()
    assert split.relations == scene.relations
    with pytest.raises(SceneError, match="inside its box"):
        SplitObject("a", 1.0).apply(scene)


def test_merging_takes_all_boxes_relations_and_comments():
    rest = (
        Relation(subject="b", predicate=Predicate.NEXT_TO, object="c"),
        Relation(subject="a", predicate=Predicate.NEXT_TO, object="c"),
        Relation(subject="a", predicate=Predicate.ON, object="b"),
    )
    scene = scene_with(box("a", -0.3), box("b", 0.3), box("c", 2.0), relations=rest)
    scene = AddComment(Comment(text="which?", about="b")).apply(scene)
    merged = MergeObjects(("a", "b")).apply(scene)
    assert set(merged.objects) == {"a", "c"}
    assert [r.key for r in merged.relations] == [("a", Predicate.NEXT_TO, "c", "camera")]
    assert merged.comments[0].about == "a"
    boxes = np.array([scene.objects[k].photo_box for k in "ab"])
    goal = (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))
    assert merged.objects["a"].photo_box == pytest.approx(goal)
    assert projected_box(CAMERA, merged.objects["a"]) == pytest.approx(goal, abs=0.5)


def test_class_and_flags():
    scene = scene_with(box("a"), box("b", 2.0))
    changed = ChangeClass(("a", "b"), "  tall  lamp ", "lamp", None).apply(scene)
    assert [t.label for t in changed.objects.values()] == ["tall lamp"] * 2
    flagged = SetFlags(("a",), occluded=True, checked=True).apply(scene).objects["a"]
    assert (flagged.truncated, flagged.occluded, flagged.checked) == (False, True, True)


def test_rejected_relations_are_remembered_until_accepted_or_gone():
    read = Relation(
        subject="a", predicate=Predicate.BEHIND, object="b", provenance=Provenance(source="photo", score=0.3)
    )
    scene = scene_with(box("a"), box("b", 2.0), relations=(read,))
    rejected = RejectRelation(read).apply(scene)
    assert (rejected.relations, [r.key for r in rejected.rejected]) == ((), [read.key])
    accepted = AcceptRelation(read).apply(rejected)
    assert accepted.rejected == ()
    assert accepted.relations[0].provenance.source == "user"
    assert RemoveObjects(("b",)).apply(rejected).rejected == ()


def test_comments_come_and_go():
    scene = scene_with(box("a"))
    comment = Comment(text="is this a person?", about="a", author="Mia", when="2026-11-28T12:00:00+00:00")
    told = AddComment(comment).apply(scene)
    assert RemoveComment(comment).apply(told) == scene
    with pytest.raises(SceneError, match="not there"):
        RemoveComment(comment).apply(scene)
    with pytest.raises(SceneError, match="no object"):
        AddComment(comment.replace(about="zz")).apply(scene)


def test_the_history_tells_who_did_what_when():
    document = Document(scene_with(box("a")))
    document.author = "Mia"
    document.apply(SetFlags(("a",), checked=True))
    assert document.steps[-1].author == "Mia"
    assert document.steps[-1].when.startswith("20")
