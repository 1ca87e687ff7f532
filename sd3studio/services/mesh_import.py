"""The user's own 3D models: checked, kept as GLB among the user's meshes, and placed as objects."""

import hashlib
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sd3studio.core.errors import MeshError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.core.locations import user_data
from sd3studio.core.scene.value import Size3
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.render.glb import MAX_FILE_BYTES
from sd3studio.render.mesh import read_mesh

LONGEST_M, SHORTEST_M = 200.0, 0.01
"""A model whose longest side is outside of these was hardly made in its unit."""
Up = Literal["y", "z"]
UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001, "in": 0.0254, "ft": 0.3048}
"""Metres that a unit of a file means."""
USUAL_UP: dict[str, Up] = {".stl": "z"}
"""Formats of machines and printers have Z up; glTF says Y, and most others follow it."""


@dataclass(frozen=True, slots=True)
class KeptMesh:
    """A model that was taken in: its id among the user's meshes, its name, width, depth and height in its own unit.

    `new` if it was not among the meshes before.
    """

    mesh: str
    name: str
    extent: Size3
    new: bool = False


def import_mesh(path: Path, scene: Scene, unit: str = "m", up: Up = "y") -> SceneObject:
    """A new object for `scene`, on the ground at the origin, drawn with the model in a file.

    Parameters
    ----------
    unit : of the lengths in the file, a key of `UNITS`
    up : which axis of the file is up

    The model is kept under a name made of the file's name and of its content, so that the same file is kept once.
    Raises `MeshError` naming the file when it can't be read, has more than 1,000,000 faces, or is no likely size.
    """
    kept = keep_mesh(path, up)
    longest = max(kept.extent) * UNITS[unit]
    if not SHORTEST_M <= longest <= LONGEST_M:
        guess, _ = guessed(path, kept.extent)
        raise MeshError(
            f"{path} is {max(kept.extent):.4g} units long, which would be {longest:.4g} m; things are {SHORTEST_M} to "
            f"{LONGEST_M:.0f} metres long. Perhaps it is measured in {guess}: say so (--unit {guess})."
        )
    return object_of(kept, scene, UNITS[unit])


def keep_mesh(path: Path, up: Up = "y") -> KeptMesh:
    """Check a file and keep it among the user's meshes. Raises `MeshError` as `import_mesh`, whatever its size."""
    mesh = read_mesh(path)
    width, depth, height = (float(length) for length in mesh.extent)
    content = _as_glb(path, up)
    stem = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:60] or "model"
    mesh_id = f"own-{stem}-{hashlib.sha256(content).hexdigest()[:10]}"
    new = not is_kept(mesh_id)
    if new:
        write_atomic(mesh_file(mesh_id), content)
    extent = (width, depth, height) if up == "y" else (width, height, depth)
    return KeptMesh(mesh_id, stem.replace("-", " "), extent, new)


def is_kept(mesh: str) -> bool:
    """Whether a mesh is among the user's."""
    return mesh_file(mesh).is_file()


def let_go(mesh: str) -> None:
    """Take a mesh out of the user's, if it is there."""
    mesh_file(mesh).unlink(missing_ok=True)


def mesh_file(mesh: str) -> Path:
    """Where a mesh of the user's is kept."""
    return user_data() / "meshes" / f"{mesh}.glb"


def object_of(kept: KeptMesh, scene: Scene, metres: float = 1.0) -> SceneObject:
    """A new object for `scene`, on the ground at the origin; a unit of the file is so many metres."""
    width, depth, height = (min(max(length * metres, 1e-3), 1e3) for length in kept.extent)
    return SceneObject(
        id=scene.free_id(kept.name), label=kept.name, mesh=kept.mesh, size=(width, depth, height),
        center=(0.0, 0.0, height / 2.0),
    )  # fmt: skip


def guessed(path: Path, extent: Size3) -> tuple[str, Up]:
    """In which unit a file is likely measured, and which of its axes is up: most things are about 1 m long."""
    longest = max(*extent, 1e-9)
    unit = min(("m", "cm", "mm"), key=lambda key: abs(math.log(longest * UNITS[key])))
    return unit, USUAL_UP.get(path.suffix.lower(), "y")


def own_mesh_name(mesh: str) -> str | None:
    """The name of the file that a mesh of the user's was; None for others."""
    found = re.fullmatch(r"own-(.+)-[0-9a-f]{10}", mesh)
    return found[1].replace("-", " ") if found else None


def _as_glb(path: Path, up: Up) -> bytes:
    if path.suffix.lower() == ".glb" and up == "y":
        return read_bounded(path, MAX_FILE_BYTES, MeshError)
    import trimesh  # slow to import, and only needed for other formats

    try:
        loaded: Any = trimesh.load_scene(path)
        if up == "z":
            loaded.apply_transform(trimesh.transformations.rotation_matrix(-math.pi / 2.0, (1.0, 0.0, 0.0)))
        return bytes(loaded.export(file_type="glb"))
    except Exception as error:  # trimesh's loaders raise whatever they meet
        raise MeshError(f"{path} can't be turned into GLB: {error}") from error
