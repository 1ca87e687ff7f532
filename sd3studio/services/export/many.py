"""A data set of several scenes: one annotation file (COCO, Visual Genome, VSD, CVAT, Label Studio), or one a scene."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, fromstring, indent, tostring

from sd3studio.core.errors import SceneError
from sd3studio.core.scene.values import Scene
from sd3studio.services.export import coco, cvat, kitti, label_studio, labelcloud, scene_json, visual_genome, vsd
from sd3studio.services.export.form import Export

NamedScene = tuple[str, Scene]


def make_data_set(scenes: Sequence[NamedScene], format: str, path: Path) -> Export:
    """The files of an export of named scenes, not yet written; `path` is the file, or the folder of `A_FILE_EACH`.

    Raises `SceneError` for other formats.
    """
    if format in A_FILE_EACH:
        made = [(name, A_FILE_EACH[format](scene, path / f"{name}{_suffix(format)}")) for name, scene in scenes]
        files = tuple(file for _, export in made for file in export.files)
        return Export(files, _notes([(name, export.notes) for name, export in made]))
    if format not in MERGERS:
        raise SceneError(
            f"The format {format!r} holds one scene a file; these hold several: {', '.join((*MERGERS, *A_FILE_EACH))}."
        )
    return MERGERS[format](scenes, path)


def _coco(scenes: Sequence[NamedScene], path: Path) -> Export:
    """One file; categories are those of all scenes, ids are counted on."""
    images: list[Any] = []
    annotations: list[Any] = []
    numbers: dict[str, int] = {}
    kinds: dict[str, str] = {}
    exports = [(name, coco.make(scene, path.with_name(f"{name}.json"))) for name, scene in scenes]
    for number, (_, export) in enumerate(exports, start=1):
        data = json.loads(export.files[0][1])
        names = {item["id"]: item["name"] for item in data["categories"]}
        for item in data["categories"]:
            kinds[item["name"]] = item["supercategory"]
            official = item["supercategory"] == "coco"
            own = coco.FIRST_OWN_ID + sum(kind != "coco" for name, kind in kinds.items() if name in numbers)
            numbers.setdefault(item["name"], item["id"] if official else own)
        images.append({**data["images"][0], "id": number, "sd3": data["sd3"]})
        for item in data["annotations"]:
            annotations.append(
                {
                    **item,
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": numbers[names[item["category_id"]]],
                }
            )
    whole = {
        "info": {"description": "SD3 Studio scenes", "version": "1.0"},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": [
            {"id": number, "name": name, "supercategory": kinds[name]}
            for name, number in sorted(numbers.items(), key=lambda item: item[1])
        ],
    }
    return Export(((path, _text(whole)),), _notes([(name, export.notes) for name, export in exports]))


def _visual_genome(scenes: Sequence[NamedScene], path: Path) -> Export:
    """Scene graphs, and the image data beside them; image ids are counted."""
    graphs, pictures, notes = [], [], []
    for number, (name, scene) in enumerate(scenes, start=1):
        export = visual_genome.make(scene, path.with_name(f"{name}.json"))
        graphs.append({**json.loads(export.files[0][1])[0], "image_id": number})
        pictures.append({**json.loads(export.files[1][1])[0], "image_id": number})
        notes.append((name, export.notes))
    beside = path.with_name(f"{path.stem}.image_data.json")
    return Export(((path, _text(graphs)), (beside, _text(pictures))), _notes(notes))


def _listed(make: Callable[[Scene, Path], Export]) -> Callable[[Sequence[NamedScene], Path], Export]:
    """For formats that are a list of pictures."""

    def merge(scenes: Sequence[NamedScene], path: Path) -> Export:
        items: list[Any] = []
        notes = []
        for name, scene in scenes:
            export = make(scene, path.with_name(f"{name}.json"))
            items += json.loads(export.files[0][1])
            notes.append((name, export.notes))
        for number, item in enumerate(items, start=1):
            if "annotations" in item:
                item["id"] = number
        return Export(((path, _text(items)),), _notes(notes))

    return merge


def _cvat(scenes: Sequence[NamedScene], path: Path) -> Export:
    """All images in one file."""
    root = Element("annotations")
    SubElement(root, "version").text = "1.1"
    notes = []
    for number, (name, scene) in enumerate(scenes):
        export = cvat.make(scene, path.with_name(f"{name}.xml"))
        image = fromstring(export.files[0][1]).find("image")
        assert image is not None
        image.set("id", str(number))
        root.append(image)
        notes.append((name, export.notes))
    indent(root)
    return Export(((path, tostring(root, encoding="utf-8", xml_declaration=True)),), _notes(notes))


MERGERS: dict[str, Callable[[Sequence[NamedScene], Path], Export]] = {
    "coco": _coco,
    "vg": _visual_genome,
    "vsd": _listed(vsd.make),
    "cvat": _cvat,
    "label-studio": _listed(label_studio.make),
}
"""Formats that hold several pictures a file."""
A_FILE_EACH: dict[str, Callable[[Scene, Path], Export]] = {
    "json": scene_json.make,
    "kitti": kitti.make,
    "labelcloud": labelcloud.make,
}
"""Formats of a single scene, of which a folder makes a data set."""


def _suffix(format: str) -> str:
    return ".txt" if format == "kitti" else ".json"


def _notes(told: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[str, ...]:
    """What was lost, each sentence once, with how many scenes it is said of."""
    counts: dict[str, list[str]] = {}
    for name, notes in told:
        for note in notes:
            counts.setdefault(note.split(":")[0].rstrip("."), []).append(name)
    return tuple(f"{text} ({len(names)} of {len(told)} scenes)." for text, names in counts.items())


def _text(data: Any) -> bytes:
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False).encode()
