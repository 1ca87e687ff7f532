"""Annotations of other programs as scenes: one file of this package per format, the other way round of `export`.

Objects with facts in 3D come back as they were; boxes alone are lifted with the camera of the file or a usual one.
Every file is bounded and validated; what is wrong with it is a sentence that names file and field.
"""

from dataclasses import replace
from pathlib import Path

from sd3studio.core.errors import DataError
from sd3studio.core.files import read_bounded
from sd3studio.core.scene.json_form import read_scene
from sd3studio.services.import_ import coco, cvat, kitti, label_studio, labelcloud, visual_genome, vsd
from sd3studio.services.import_.form import MAX_BYTES, Beside, Imported, ImportedScene, Importer, beside_file


def _own(data: bytes, name: str, beside: Beside) -> Imported:
    """A scene of ours."""
    return Imported((ImportedScene(Path(name).stem, read_scene(data, name)),))


IMPORTERS: dict[str, Importer] = {
    "json": Importer("SD3 Studio scene", (".json",), _own),
    "coco": Importer("COCO annotations", (".json",), coco.read),
    "vg": Importer("Visual Genome scene graphs", (".json",), visual_genome.read),
    "vsd": Importer("VSD triples and captions", (".json",), vsd.read),
    "kitti": Importer("KITTI labels", (".txt",), kitti.read),
    "labelcloud": Importer("labelCloud centroid labels", (".json",), labelcloud.read),
    "cvat": Importer("CVAT for images", (".xml",), cvat.read),
    "label-studio": Importer("Label Studio tasks", (".json",), label_studio.read),
}
"""Format -> how it is read. The order is that of menus."""

__all__ = ["IMPORTERS", "Imported", "ImportedScene", "Importer", "read_annotations"]


def read_annotations(path: Path, format: str) -> Imported:
    """The scenes in a file of a format of `IMPORTERS`. Raises `StudioError` that names file, field and reason."""
    if format not in IMPORTERS:
        raise DataError(f"There is no import format {format!r}; choose one of {', '.join(IMPORTERS)}.")
    path = Path(path)
    data = read_bounded(path, MAX_BYTES, DataError)
    found = IMPORTERS[format].read(data, path.name, beside_file(path))
    return Imported(tuple(_at(one, path.parent) for one in found.scenes), found.notes)


def _at(one: ImportedScene, folder: Path) -> ImportedScene:
    """The scene with the whole path of its photo."""
    photo = one.scene.photo
    if photo is None or Path(photo.path).is_absolute():
        return one
    whole = str((folder / photo.path).resolve())
    return replace(one, scene=one.scene.replace(photo=photo.replace(path=whole[:4_096])))
