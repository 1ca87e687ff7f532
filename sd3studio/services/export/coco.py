"""COCO object detection JSON (https://cocodataset.org/#format-data), the 3D facts in fields named ``sd3``.

What COCO can't hold: relations, attributes, distance, size and heading (they go to the ``sd3`` fields, which COCO
readers skip), and stuff, concepts and hidden objects (left out). Objects out of view have no box and are left out.
"""

import json
from pathlib import Path
from typing import Any

from sd3studio.core.scene.picture_boxes import (
    PictureBox,
    best_box,
    picture_box,
    picture_camera,
    picture_size,
    polygon_area,
)
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.services.export.facts import facts_of, scene_facts
from sd3studio.services.export.form import Export, left_out_notes, listed

COCO_IDS: dict[str, int] = {
    "person": 1, "bicycle": 2, "car": 3, "motorcycle": 4, "airplane": 5, "bus": 6, "train": 7, "truck": 8, "boat": 9,
    "traffic light": 10, "fire hydrant": 11, "stop sign": 13, "parking meter": 14, "bench": 15, "bird": 16, "cat": 17,
    "dog": 18, "horse": 19, "sheep": 20, "cow": 21, "elephant": 22, "bear": 23, "zebra": 24, "giraffe": 25,
    "backpack": 27, "umbrella": 28, "handbag": 31, "tie": 32, "suitcase": 33, "frisbee": 34, "skis": 35,
    "snowboard": 36, "sports ball": 37, "kite": 38, "baseball bat": 39, "baseball glove": 40, "skateboard": 41,
    "surfboard": 42, "tennis racket": 43, "bottle": 44, "wine glass": 46, "cup": 47, "fork": 48, "knife": 49,
    "spoon": 50, "bowl": 51, "banana": 52, "apple": 53, "sandwich": 54, "orange": 55, "broccoli": 56, "carrot": 57,
    "hot dog": 58, "pizza": 59, "donut": 60, "cake": 61, "chair": 62, "couch": 63, "potted plant": 64, "bed": 65,
    "dining table": 67, "toilet": 70, "tv": 72, "laptop": 73, "mouse": 74, "remote": 75, "keyboard": 76,
    "cell phone": 77, "microwave": 78, "oven": 79, "toaster": 80, "sink": 81, "refrigerator": 82, "book": 84,
    "clock": 85, "vase": 86, "scissors": 87, "teddy bear": 88, "hair drier": 89, "toothbrush": 90,
}  # fmt: skip
"""The 80 categories with the ids of the official annotation files (which skip some numbers)."""

FIRST_OWN_ID = 1001
"""Categories that COCO does not have are numbered from here."""


def make(scene: Scene, path: Path) -> Export:
    """One COCO JSON file with one image."""
    width, height = picture_size(scene)
    camera = picture_camera(scene)
    notes = left_out_notes(scene, stuff=True)
    category_ids = _category_ids(scene)
    annotations: list[dict[str, Any]] = []
    unseen: list[str] = []
    odd_masks: list[str] = []
    for thing in scene.solid_objects():
        seen = picture_box(camera, thing)
        box, source = best_box(thing, seen, width, height)
        if box is None:
            unseen.append(thing.label)
            continue
        if thing.mask is not None and not _mask_fits(thing, width, height):
            odd_masks.append(thing.label)
        segmentation, area, how = _segmentation(thing, seen, box, width, height)
        annotations.append(
            {
                "id": len(annotations) + 1,
                "image_id": 1,
                "category_id": category_ids[_category(thing)],
                "bbox": [round(v, 2) for v in (box[0], box[1], box[2] - box[0], box[3] - box[1])],
                "area": round(area, 2),
                "iscrowd": 0,
                "segmentation": segmentation,
                "sd3": {**_facts(thing, seen), "bbox_from": source, "segmentation_from": how},
            }
        )
    if unseen:
        notes.append(f"Objects out of view are left out: {listed(unseen)}.")
    if odd_masks:
        notes.append(f"Masks of another size than the picture were replaced by outlines: {listed(odd_masks)}.")
    if any(item["sd3"]["segmentation_from"] == "box outline" for item in annotations):
        notes.append("Objects without a mask have the outline of their 3D box as segmentation.")
    data = {
        "info": {"description": scene.title or scene.sentence[:200] or "SD3 Studio scene", "version": "1.0"},
        "licenses": [],
        "images": [{"id": 1, "file_name": _file_name(scene, path), "width": width, "height": height}],
        "annotations": annotations,
        "categories": [
            {"id": number, "name": name, "supercategory": "coco" if number < FIRST_OWN_ID else "sd3"}
            for name, number in sorted(category_ids.items(), key=lambda item: item[1])
        ],
        "sd3": scene_facts(scene),
    }
    return Export(((path, json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False).encode()),), tuple(notes))


def _file_name(scene: Scene, path: Path) -> str:
    return Path(scene.photo.path).name if scene.photo else f"{path.stem}.png"


def _category(thing: SceneObject) -> str:
    return thing.category or thing.label


def _category_ids(scene: Scene) -> dict[str, int]:
    own = sorted({_category(thing) for thing in scene.solid_objects()} - set(COCO_IDS))
    used = {_category(thing) for thing in scene.solid_objects()} & set(COCO_IDS)
    return {**{name: COCO_IDS[name] for name in used}, **{name: FIRST_OWN_ID + i for i, name in enumerate(own)}}


def _mask_fits(thing: SceneObject, width: int, height: int) -> bool:
    return thing.mask is not None and (thing.mask.width, thing.mask.height) == (width, height)


def _segmentation(
    thing: SceneObject, seen: PictureBox | None, box: tuple[float, ...], width: int, height: int
) -> tuple[Any, float, str]:
    """Segmentation, its area (px²) and what it is: run lengths of the mask, or a polygon."""
    if thing.mask is not None and _mask_fits(thing, width, height):
        counts = list(thing.mask.counts)
        return {"size": [height, width], "counts": counts}, float(sum(counts[1::2])), "mask"
    if thing.photo_box is None and seen is not None:
        return [[round(float(v), 2) for v in seen.outline.ravel()]], polygon_area(seen.outline), "box outline"
    x0, y0, x1, y1 = (round(v, 2) for v in box)
    return [[x0, y0, x1, y0, x1, y1, x0, y1]], (x1 - x0) * (y1 - y0), "photo box"


def _facts(thing: SceneObject, seen: PictureBox | None) -> dict[str, Any]:
    return {
        **facts_of(thing),
        "projected_box_px": [round(v, 2) for v in seen.full] if seen else None,
        "distance_m": seen.distance_m if seen else None,
    }
