"""Label Studio tasks (https://labelstud.io/guide/export): rectangles in per cent, brush masks, relations.

Facts in 3D are JSON in the ``meta.text`` of a region, which Label Studio shows as a note; a mask is a brush region
whose parent is the rectangle. Lost: comments.
"""

import json
from pathlib import Path
from typing import Any

from sd3studio.core.scene.brush_lengths import pack_brush
from sd3studio.core.scene.masks import decode_mask
from sd3studio.core.scene.picture_boxes import best_box, picture_box, picture_camera, picture_size
from sd3studio.core.scene.values import Mask, Scene, SceneObject
from sd3studio.services.export.facts import facts_of, relation_facts
from sd3studio.services.export.form import Export, left_out_notes, listed


def make(scene: Scene, path: Path) -> Export:
    """A file with one task and one annotation."""
    width, height = picture_size(scene)
    camera = picture_camera(scene)
    notes = left_out_notes(scene, stuff=True)
    result: list[dict[str, Any]] = []
    unseen, names, unlike = [], set(), []
    for thing in scene.solid_objects():
        box, _ = best_box(thing, picture_box(camera, thing), width, height)
        if box is None:
            unseen.append(thing.label)
            continue
        names.add(thing.id)
        result.append(
            {
                "id": thing.id,
                "type": "rectanglelabels",
                "from_name": "label",
                "to_name": "image",
                "original_width": width,
                "original_height": height,
                "image_rotation": 0,
                "value": {
                    "x": 100.0 * box[0] / width,
                    "y": 100.0 * box[1] / height,
                    "width": 100.0 * (box[2] - box[0]) / width,
                    "height": 100.0 * (box[3] - box[1]) / height,
                    "rotation": 0,
                    "rectanglelabels": [thing.label],
                },
                "meta": {"text": [json.dumps(facts_of(thing), ensure_ascii=False)]},
            }
        )
        if thing.mask is not None and (thing.mask.height, thing.mask.width) == (height, width):
            result.append(_brush(thing, thing.mask))
        elif thing.mask is not None:
            unlike.append(thing.label)
    result += [
        {
            "type": "relation",
            "from_id": relation.subject,
            "to_id": relation.object,
            "direction": "right",
            "labels": [relation.text or relation.predicate.value],
            "sd3": relation_facts(relation),
        }
        for relation in scene.relations
        if relation.subject in names and relation.object in names
    ]
    if unseen:
        notes.append(f"Objects out of view are left out, with their relations: {listed(unseen)}.")
    if unlike:
        notes.append(f"Masks of another size than the photo are left out: {listed(unlike)}.")
    name = Path(scene.photo.path).name if scene.photo else f"{path.stem}.png"
    task = {
        "id": 1,
        "data": {"image": name},
        "annotations": [{"id": 1, "result": result, "was_cancelled": False}],
        "meta": {
            "sd3": {"camera": scene.camera.model_dump(mode="json"), "sentence": scene.sentence, "title": scene.title}
        },
    }
    return Export(((path, json.dumps([task], indent=1, ensure_ascii=False, allow_nan=False).encode()),), tuple(notes))


def _brush(thing: SceneObject, mask: Mask) -> dict[str, Any]:
    """The mask as a region of its own, below the rectangle."""
    return {
        "id": f"{thing.id}-mask",
        "parentID": thing.id,
        "type": "brushlabels",
        "from_name": "brush",
        "to_name": "image",
        "original_width": mask.width,
        "original_height": mask.height,
        "image_rotation": 0,
        "value": {"format": "rle", "rle": pack_brush(decode_mask(mask)), "brushlabels": [thing.label]},
    }
