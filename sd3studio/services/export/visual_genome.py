"""Visual Genome scene graph JSON (``scene_graphs.json`` and ``image_data.json`` of https://homes.cs.washington.edu/~ranjay/visualgenome/).

The named path gets the list of scene graphs, with one image; ``NAME.image_data.json`` beside it gets the image's size.
Lost in other readers: everything 3D (kept in fields named ``sd3``), the frame of a relation, stuff, concepts and hidden
objects. Relations that nobody asserted but the geometry shows are added and marked ``"source": "geometry"``. Boxes are
whole pixels. Synsets are left empty: we know words, not WordNet senses.
"""

import json
from pathlib import Path
from typing import Any

from sd3studio.core.relations import RelationField, derived_relations
from sd3studio.core.scene.picture_boxes import best_box, picture_box, picture_camera, picture_size
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.services.export.facts import facts_of
from sd3studio.services.export.form import Export, left_out_notes, listed

COMPUTED_PER_OBJECT = 4
"""So many computed relations per object are written, on average, at most."""


def make(scene: Scene, path: Path) -> Export:
    """The scene graph file and the image data file."""
    width, height = picture_size(scene)
    camera = picture_camera(scene)
    notes = left_out_notes(scene, stuff=True)
    objects: list[dict[str, Any]] = []
    numbers: dict[str, int] = {}
    unseen = []
    for thing in scene.solid_objects():
        box, _ = best_box(thing, picture_box(camera, thing), width, height)
        if box is None:
            unseen.append(thing.label)
            continue
        numbers[thing.id] = len(objects) + 1
        objects.append(_object(thing, numbers[thing.id], box))
    if unseen:
        notes.append(f"Objects out of view are left out, with their relations: {listed(unseen)}.")
    said = [r for r in (*_stored(scene), *_computed(scene)) if r["subject_id"] in numbers and r["object_id"] in numbers]
    relationships = [
        {
            "relationship_id": number,
            **relation,
            "subject_id": numbers[relation["subject_id"]],
            "object_id": numbers[relation["object_id"]],
        }
        for number, relation in enumerate(said, start=1)
    ]
    graph = {
        "image_id": 1,
        "objects": objects,
        "relationships": relationships,
        "sd3": {"camera": scene.camera.model_dump(mode="json"), "title": scene.title, "sentence": scene.sentence},
    }
    image: dict[str, Any] = {
        "image_id": 1,
        "url": None,
        "width": width,
        "height": height,
        "coco_id": None,
        "flickr_id": None,
    }
    if scene.photo:
        image["file_name"] = Path(scene.photo.path).name
    beside = path.with_name(f"{path.stem}.image_data.json")
    return Export(((path, _text([graph])), (beside, _text([image]))), tuple(notes))


def _object(thing: SceneObject, number: int, box: tuple[float, float, float, float]) -> dict[str, Any]:
    x0, y0, x1, y1 = (round(v) for v in box)
    return {
        "object_id": number,
        "names": [thing.label],
        "synsets": [],
        "attributes": list(thing.attributes),
        "x": x0,
        "y": y0,
        "w": max(1, x1 - x0),
        "h": max(1, y1 - y0),
        "sd3": facts_of(thing),
    }


def _stored(scene: Scene) -> list[dict[str, Any]]:
    """The relations that a person asserted or a parser read, between object ids."""
    return [
        {
            "predicate": relation.text or relation.predicate.value,
            "synsets": [],
            "subject_id": relation.subject,
            "object_id": relation.object,
            "sd3": {
                "predicate": relation.predicate.value,
                "frame": relation.frame,
                "source": relation.provenance.source,
                "score": relation.provenance.score,
            },
        }
        for relation in scene.relations
    ]


def _computed(scene: Scene) -> list[dict[str, Any]]:
    """What the geometry says of the pairs of which nothing is stored, most salient first."""
    known = {frozenset((relation.subject, relation.object)) for relation in scene.relations}
    facts = derived_relations(RelationField(scene), limit=COMPUTED_PER_OBJECT * len(scene.objects))
    return [
        {
            "predicate": fact.predicate.value,
            "synsets": [],
            "subject_id": fact.subject,
            "object_id": fact.object,
            "sd3": {"frame": fact.frame, "source": "geometry", "score": round(fact.grade, 4)},
        }
        for fact in facts
        if frozenset((fact.subject, fact.object)) not in known
    ]


def _text(data: Any) -> bytes:
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False).encode()
