"""What image models are told about a scene: one prompt, and one phrase with a box per object."""

from typing import Any

import numpy as np

from sd3studio.core.language.naming import names_of, noun_phrase
from sd3studio.core.language.wording import counted, indefinite, is_plural, listed
from sd3studio.core.relations import RelationField, derived_relations
from sd3studio.core.relations.apparent import projected_boxes
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.values import Relation, Scene, SceneObject

BoxNorm = tuple[float, float, float, float]
"""x0, y0, x1, y1 as parts of the picture's width and height, origin top left."""

MAX_CLAUSES = 8
"""More relations than these are not said: text encoders of diffusion models read 77 tokens."""


def prompt_of(scene: Scene, style: str = "", field: RelationField | None = None) -> str:
    """The scene as a prompt: concept, objects with attributes, true relations, stuff, per-object prompts, style.

    Parameters
    ----------
    scene : the scene; asserted relations come first if they are so, then the most salient ones
    style : words put at the end, "oil painting"
    field : the graded relations of this scene, if they are at hand (while dragging); else they are computed
    """
    field = field if field is not None and field.scene is scene else RelationField(scene)
    parts = [_opening(scene), *_clauses(scene, field), *_backdrop(scene)]
    parts += [thing.prompt.strip() for thing in scene.solid_objects() if thing.prompt.strip()]
    parts.append(style.strip())
    return ", ".join(part for part in parts if part)


def _opening(scene: Scene) -> str:
    """ "a living room with two wooden chairs and a table"."""
    counts: dict[tuple[str, str], int] = {}
    for thing in scene.solid_objects():
        key = (noun_phrase(thing), thing.label)
        counts[key] = counts.get(key, 0) + 1
    things = listed(
        [
            indefinite(phrase, label) if count == 1 or is_plural(label) else counted(count, phrase)
            for (phrase, label), count in counts.items()
        ]
    )
    concepts = [t for t in scene.objects.values() if t.kind == "concept" and not t.hidden]
    if not concepts:
        return things
    concept = indefinite(noun_phrase(concepts[0]), concepts[0].label)
    return f"{concept} with {things}" if things else concept


def _clauses(scene: Scene, field: RelationField) -> list[str]:
    """ "the chair to the left of the table": one per object as subject, asserted ones first."""
    names = names_of(scene, field)
    asserted = [
        (r.subject, r.predicate, r.object)
        for r in scene.relations
        if r.frame == "camera" and {r.subject, r.object} <= field.index.keys() and _holds(field, r)
    ]
    derived = [(f.subject, f.predicate, f.object) for f in derived_relations(field, limit=3 * MAX_CLAUSES)]
    pairs: set[frozenset[str]] = set()
    subjects: set[str] = set()
    clauses: list[str] = []
    for k, (s, predicate, o) in enumerate(asserted + derived):
        if len(clauses) == MAX_CLAUSES or frozenset((s, o)) in pairs or (k >= len(asserted) and s in subjects):
            continue
        pairs.add(frozenset((s, o)))
        subjects.add(s)
        clauses.append(f"{names[s].known} {predicate.value} {names[o].known}")
    return clauses


def _holds(field: RelationField, relation: Relation) -> bool:
    return field.grade(relation.subject, relation.predicate, relation.object, relation.frame) > 0.5


def _backdrop(scene: Scene) -> list[str]:
    stuff = dict.fromkeys(noun_phrase(t) for t in scene.objects.values() if t.kind == "stuff" and not t.hidden)
    return [listed(list(stuff))] if stuff else []


def phrase_of(thing: SceneObject) -> str:
    """Words for one object alone: its own prompt, else "a red car"."""
    return thing.prompt.strip() or indefinite(noun_phrase(thing), thing.label)


def phrases_of(scene: Scene) -> tuple[tuple[str, BoxNorm], ...]:
    """A phrase and a box in the picture per object, farthest first, for models that take boxes (GLIGEN).

    Objects that are out of the picture are left out; boxes are cut at its frame.
    """
    return tuple((phrase_of(thing), box) for thing, box in boxed_things(scene))


def boxed_things(scene: Scene) -> tuple[tuple[SceneObject, BoxNorm], ...]:
    """The objects of `phrases_of` themselves, each with its box."""
    things = scene.solid_objects()
    if not things:
        return ()
    camera = scene.camera
    size = np.array([camera.width, camera.height, camera.width, camera.height], float)
    boxes = np.clip(projected_boxes(Boxes.of(things), camera) / size, 0.0, 1.0)
    depth = camera.to_camera([thing.center for thing in things])[:, 2]
    found = []
    for k in np.argsort(-depth, kind="stable"):
        x0, y0, x1, y1 = (float(v) for v in boxes[k])
        if np.isfinite(boxes[k]).all() and x1 - x0 > 1e-3 and y1 - y0 > 1e-3:
            found.append((things[k], (x0, y0, x1, y1)))
    return tuple(found)


def boxes_form(scene: Scene, width: int | None = None, height: int | None = None) -> dict[str, Any]:
    """What `phrases_of` tells, as plain data to be written: size of the picture (px), and per object id, label, phrase
    and box, in pixels and as parts of the picture, farthest first.
    """
    width, height = width or scene.camera.width, height or scene.camera.height
    scale = (width, height, width, height)
    seen = scene.replace(camera=scene.camera.replace(width=width, height=height))
    boxes = [
        {
            "id": thing.id,
            "label": thing.label,
            "phrase": phrase_of(thing),
            "box_px": [round(part * side, 2) for part, side in zip(box, scale, strict=True)],
            "box_norm": [round(part, 6) for part in box],
        }
        for thing, box in boxed_things(seen)
    ]
    return {"width": width, "height": height, "boxes": boxes}
