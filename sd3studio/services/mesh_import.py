"""The user's own 3D models: checked, kept as GLB among the user's meshes, and placed as objects."""

import hashlib
import re
from pathlib import Path

from sd3studio.core.errors import MeshError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.core.locations import user_data
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.render.glb import MAX_FILE_BYTES
from sd3studio.render.mesh import read_mesh

LONGEST_M, SHORTEST_M = 200.0, 0.01
"""A model whose longest side is outside of these was hardly made in metres."""


def import_mesh(path: Path, scene: Scene) -> SceneObject:
    """A new object for `scene`, on the ground at the origin, drawn with the model in a file.

    The model is kept under a name made of the file's name and of its content, so that the same file is kept once.
    Raises `MeshError` naming the file when it can't be read or has more than 1,000,000 faces.
    """
    mesh = read_mesh(path)
    size = tuple(float(max(length, 1e-3)) for length in mesh.extent)
    if not SHORTEST_M <= max(size) <= LONGEST_M:
        raise MeshError(
            f"{path} is {max(size):.4g} units long; lengths should be metres, {SHORTEST_M} to {LONGEST_M:.0f} of them. "
            "Scale it in the program that made it."
        )
    content = _as_glb(path)
    stem = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:60] or "model"
    mesh_id = f"own-{stem}-{hashlib.sha256(content).hexdigest()[:10]}"
    target = user_data() / "meshes" / f"{mesh_id}.glb"
    if not target.is_file():
        write_atomic(target, content)
    label = stem.replace("-", " ")
    return SceneObject(id=scene.free_id(stem), label=label, mesh=mesh_id, size=size, center=(0.0, 0.0, size[2] / 2.0))


def _as_glb(path: Path) -> bytes:
    if path.suffix.lower() == ".glb":
        return read_bounded(path, MAX_FILE_BYTES, MeshError)
    import trimesh  # slow to import, and only needed for other formats

    try:
        return bytes(trimesh.load_scene(path).export(file_type="glb"))
    except Exception as error:  # trimesh's loaders raise whatever they meet
        raise MeshError(f"{path} can't be turned into GLB: {error}") from error
