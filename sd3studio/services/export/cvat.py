"""CVAT for images 1.1 (https://docs.cvat.ai/docs/manual/advanced/formats/format-cvat/): boxes, masks, attributes.

A box carries its object's facts in 3D as JSON in an attribute named ``sd3``; CVAT shows it as text if the label has
such an attribute and drops it else. Masks are elements of their own that name their box. Lost: relations, comments.
"""

import json
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np

from sd3studio.core.scene.mask_painting import box_of
from sd3studio.core.scene.masks import decode_mask
from sd3studio.core.scene.picture_boxes import best_box, picture_box, picture_camera, picture_size
from sd3studio.core.scene.values import Mask, Scene, SceneObject
from sd3studio.services.export.facts import facts_of
from sd3studio.services.export.form import Export, left_out_notes, listed


def make(scene: Scene, path: Path) -> Export:
    """An XML file with one image."""
    width, height = picture_size(scene)
    camera = picture_camera(scene)
    notes = left_out_notes(scene, stuff=True)
    root = Element("annotations")
    SubElement(root, "version").text = "1.1"
    name = Path(scene.photo.path).name if scene.photo else f"{path.stem}.png"
    image = SubElement(root, "image", id="0", name=_clean(name), width=str(width), height=str(height))
    unseen = []
    for thing in scene.solid_objects():
        box, _ = best_box(thing, picture_box(camera, thing), width, height)
        if box is None:
            unseen.append(thing.label)
            continue
        sides = dict(zip(("xtl", "ytl", "xbr", "ybr"), (f"{v:.2f}" for v in box), strict=True))
        element = SubElement(image, "box", _common(thing), **sides)
        for key, value in (("id", thing.id), ("sd3", json.dumps(facts_of(thing), ensure_ascii=True))):
            SubElement(element, "attribute", name=key).text = value
        if thing.mask is not None:
            _mask(image, thing, thing.mask)
    SubElement(image, "tag", label="sd3 camera", source="manual").append(_camera(scene))
    if unseen:
        notes.append(f"Objects out of view are left out: {listed(unseen)}.")
    if scene.relations:
        notes.append(f"CVAT has no relations; {len(scene.relations)} are left out.")
    indent(root)
    return Export(((path, tostring(root, encoding="utf-8", xml_declaration=True)),), tuple(notes))


def _common(thing: SceneObject) -> dict[str, str]:
    return {
        "label": _clean(thing.label),
        "source": "manual",
        "occluded": str(int(thing.occluded)),
        "z_order": "0",
    }


def _camera(scene: Scene) -> Element:
    element = Element("attribute", name="camera")
    element.text = json.dumps(scene.camera.model_dump(mode="json"))
    return element


def _mask(image: Element, thing: SceneObject, mask: Mask) -> None:
    """Runs along the rows of the mask's own box, starting with zeros."""
    pixels = decode_mask(mask)
    box = box_of(pixels)
    if box is None:
        return
    left, top, right, bottom = (round(v) for v in box)
    flat = np.concatenate([[False], pixels[top:bottom, left:right].ravel(), [False]])
    bounds = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]), [flat.size - 2]])
    runs = np.diff(bounds)
    if len(runs) > 1 and runs[-1] == 0:
        runs = runs[:-1]
    places = {"left": left, "top": top, "width": right - left, "height": bottom - top}
    element = SubElement(
        image, "mask", _common(thing), rle=", ".join(map(str, runs.tolist())), **{k: str(v) for k, v in places.items()}
    )
    SubElement(element, "attribute", name="of").text = thing.id


def _clean(text: str) -> str:
    """Text without the control characters that XML can't hold."""
    return "".join(c if c >= " " and c not in "\ufffe\uffff" and not "\ud800" <= c <= "\udfff" else " " for c in text)
