"""A scene in other formats: one file of this package per format.

Each exporter says in its docstring what the format loses, and in the notes of each `Export` what was lost this time.
"""

from pathlib import Path

from sd3studio.core.errors import SceneError
from sd3studio.core.files import write_atomic
from sd3studio.core.scene.values import Scene
from sd3studio.services.export import (
    coco,
    cvat,
    glb,
    kitti,
    label_studio,
    labelcloud,
    scene_json,
    usd,
    visual_genome,
    vsd,
)
from sd3studio.services.export.form import Export, Exporter

EXPORTERS: dict[str, Exporter] = {
    "glb": Exporter("3D scene, glTF binary", ".glb", glb.make),
    "json": Exporter("SD3 Studio scene", ".json", scene_json.make),
    "coco": Exporter("COCO annotations", ".json", coco.make),
    "vg": Exporter("Visual Genome scene graph", ".json", visual_genome.make),
    "kitti": Exporter("KITTI labels and calibration", ".txt", kitti.make),
    "vsd": Exporter("VSD triples and captions", ".json", vsd.make),
    "labelcloud": Exporter("labelCloud centroid labels", ".json", labelcloud.make),
    "cvat": Exporter("CVAT for images", ".xml", cvat.make),
    "label-studio": Exporter("Label Studio tasks", ".json", label_studio.make),
    "usd": Exporter("OpenUSD scene", ".usda", usd.make),
}
"""Format -> how it is made. The order is that of menus."""

__all__ = ["EXPORTERS", "Export", "Exporter", "export_scene", "make_export", "write_export"]


def make_export(scene: Scene, format: str, path: Path) -> Export:
    """The files of an export, not yet written, and notes on what is lost. Raises `SceneError` for an unknown format."""
    if format not in EXPORTERS:
        raise SceneError(f"There is no export format {format!r}; choose one of {', '.join(EXPORTERS)}.")
    return EXPORTERS[format].make(scene, Path(path))


def write_export(export: Export) -> list[Path]:
    """Write the files of an export, each in one step; returns their paths. Raises `StudioError` naming the file."""
    for path, data in export.files:
        write_atomic(path, data)
    return [path for path, _ in export.files]


def export_scene(scene: Scene, format: str, path: Path) -> list[Path]:
    """Write a scene in a format of `EXPORTERS` at `path`; returns the paths of the files that were written."""
    return write_export(make_export(scene, format, path))
