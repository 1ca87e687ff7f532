"""VSD (Zhao et al. 2022): one item a picture with triples of labels, predicates and boxes, and captions.

Boxes are ``ymin, ymax, xmin, xmax`` in whole pixels, as in the public files. Lost: everything 3D, attributes, masks,
flags, objects that no triple names, and relations beyond the nine predicates. Computed relations are not added.
"""

import json
from pathlib import Path

from sd3studio.core.language.captions import captions_of
from sd3studio.core.scene.picture_boxes import best_box, picture_box, picture_camera, picture_size
from sd3studio.core.scene.predicates import VSD_PREDICATES
from sd3studio.core.scene.values import Scene
from sd3studio.services.export.form import Export, left_out_notes, listed


def make(scene: Scene, path: Path) -> Export:
    """A VSD file with one item."""
    width, height = picture_size(scene)
    camera = picture_camera(scene)
    boxes = {}
    for thing in scene.solid_objects():
        box, _ = best_box(thing, picture_box(camera, thing), width, height)
        if box is not None:
            boxes[thing.id] = [round(v) for v in (box[1], box[3], box[0], box[2])]
    triples, lost = [], []
    for relation in scene.relations:
        if relation.predicate in VSD_PREDICATES and relation.subject in boxes and relation.object in boxes:
            triples.append(
                {
                    "s": scene.objects[relation.subject].label,
                    "p": relation.predicate.value,
                    "o": scene.objects[relation.object].label,
                    "s_bbox": boxes[relation.subject],
                    "o_bbox": boxes[relation.object],
                }
            )
        else:
            lost.append(relation.predicate.value)
    notes = left_out_notes(scene, stuff=True)
    if lost:
        notes.append(f"Relations that VSD can't hold, or to things out of view, are left out: {listed(lost)}.")
    named = {end for r in scene.relations for end in (r.subject, r.object)}
    alone = [thing.label for thing in scene.solid_objects() if thing.id not in named]
    if alone:
        notes.append(f"VSD holds only things that a relation names; left out: {listed(alone)}.")
    captions = [scene.sentence] if scene.sentence else [caption.text for caption in captions_of(scene)[:3]]
    name = Path(scene.photo.path).stem if scene.photo else path.stem
    data = [{"img_id": name, "triple_list": triples, "captions": captions}]
    return Export(((path, json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False).encode()),), tuple(notes))
