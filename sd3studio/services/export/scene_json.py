"""Our own scene JSON: nothing is lost; `sd3studio.core.scene.json_form.read_scene` gives the equal scene back."""

from pathlib import Path

from sd3studio.core.scene.json_form import write_scene
from sd3studio.core.scene.values import Scene
from sd3studio.services.export.form import Export


def make(scene: Scene, path: Path) -> Export:
    """One JSON file with the whole scene. The photo stays where it is and is named by path and SHA-256."""
    notes = (f"The photo itself is not in the file, only its path {scene.photo.path}.",) if scene.photo else ()
    return Export(((path, write_scene(scene).encode()),), notes)
