"""Find and load the mesh of an object by its id, once per process."""

import logging
import re
from functools import lru_cache
from pathlib import Path

import numpy as np

from sd3studio.core.catalogue import CATALOGUE_FOLDER
from sd3studio.core.errors import MeshError
from sd3studio.core.locations import user_data
from sd3studio.render.glb import MAX_FACES, MAX_FILE_BYTES, UnsupportedGltfError, decode_texture, read_glb
from sd3studio.render.mesh_data import MAX_PARTS, NO_TEXTURE, MeshData, corner_normals
from sd3studio.render.primitives import BOX_COLOUR, box_mesh, slab_mesh

__all__ = ["SLAB", "MeshData", "load_mesh", "mesh_path", "read_mesh"]

SLAB = "stuff:slab"
"""Mesh id of the sharp-edged slab that stuff is drawn with."""
SUFFIXES = (".glb", ".gltf", ".obj", ".ply", ".stl")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_LOG = logging.getLogger(__name__)


def mesh_path(mesh_id: str) -> Path | None:
    """File of a mesh: in the shipped catalogue, else among the user's own meshes; None when there is none."""
    if not _ID.fullmatch(mesh_id):
        return None
    shipped = CATALOGUE_FOLDER / "meshes" / f"{mesh_id}.glb"
    if shipped.is_file():
        return shipped
    own = (user_data() / "meshes" / f"{mesh_id}{suffix}" for suffix in SUFFIXES)
    return next((path for path in own if path.is_file()), None)


@lru_cache(maxsize=2_048)
def load_mesh(mesh_id: str | None) -> MeshData:
    """The mesh with this id; the bevelled box when the id is None, unknown, or its file can't be used (logged once)."""
    if mesh_id is None:
        return box_mesh()
    if mesh_id == SLAB:
        return slab_mesh()
    path = mesh_path(mesh_id)
    if path is None:
        _LOG.warning("There is no mesh %r; it is drawn as a box.", mesh_id)
        return box_mesh()
    try:
        return read_mesh(path)
    except MeshError as error:
        _LOG.warning("%s It is drawn as a box.", error)
        return box_mesh()


def read_mesh(path: Path) -> MeshData:
    """Read a mesh file: GLB by our own reader where it can, else (glTF, OBJ, PLY, STL) through trimesh.

    The file's Y is taken as up and +Z as front, as in glTF. Raises `MeshError` naming the file when it is missing, not
    valid, larger than 256 MiB or has more than 1,000,000 faces.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise MeshError(f"{path} is not a mesh that can be read; use one of {', '.join(SUFFIXES)}.")
    if not path.is_file():
        raise MeshError(f"There is no mesh file at {path}.")
    if path.suffix.lower() == ".glb":
        try:
            return read_glb(path)
        except UnsupportedGltfError as reason:
            _LOG.info("%s uses %s; trimesh reads it.", path, reason)
    return _read_with_trimesh(path)


def _read_with_trimesh(path: Path) -> MeshData:
    import trimesh  # slow to import, and only foreign files need it

    if path.stat().st_size > MAX_FILE_BYTES:
        raise MeshError(f"{path} has more than {MAX_FILE_BYTES // 2**20} MiB.")
    try:
        scene = trimesh.load_scene(path)
        parts = [part for part in scene.dump() if isinstance(part, trimesh.Trimesh) and len(part.faces)]
    except Exception as error:  # trimesh raises whatever its parsers raise
        raise MeshError(f"{path} can't be read as a mesh: {error}") from error
    faces = sum(len(part.faces) for part in parts)
    if not faces:
        raise MeshError(f"{path} holds no triangles.")
    if faces > MAX_FACES:
        raise MeshError(f"{path} has {faces:,} faces; at most {MAX_FACES:,} are read. Simplify it first.")
    return _joined(parts, path)


def _joined(parts: list, path: Path) -> MeshData:
    """Join trimesh parts into one mesh with a vertex for each corner."""
    corners: list[np.ndarray] = []
    normals: list[np.ndarray] = []
    uvs: list[np.ndarray] = []
    colours: list[np.ndarray] = []
    layers: list[np.ndarray] = []
    textures: list[np.ndarray] = []
    numbers: list[np.ndarray] = []
    for number, part in enumerate(parts):
        triangles = np.asarray(part.triangles, float)[..., [0, 2, 1]] * [1.0, -1.0, 1.0]
        if not np.isfinite(triangles).all() or np.abs(triangles).max() > 1e7:
            raise MeshError(f"{path} has a vertex that is not a finite number.")
        count = 3 * len(triangles)
        corners.append(triangles.reshape(-1, 3))
        normals.append(corner_normals(triangles, np.asarray(part.faces)).reshape(-1, 3))
        numbers.append(np.full(count, min(number, MAX_PARTS - 1), np.uint8))
        uv, texture = _texture_of(part)
        uvs.append(np.zeros((count, 2)) if uv is None else uv)
        layers.append(np.full(count, NO_TEXTURE if texture is None else len(textures), np.int16))
        colours.append(np.full((count, 4), 255, np.uint8) if texture is not None else _colours_of(part))
        textures += [] if texture is None else [texture]
    return MeshData(
        positions=np.concatenate(corners).astype(np.float32),
        normals=np.concatenate(normals).astype(np.float32),
        uvs=np.concatenate(uvs).astype(np.float32),
        colours=np.concatenate(colours),
        layers=np.concatenate(layers),
        indices=np.arange(sum(map(len, corners)), dtype=np.uint32).reshape(-1, 3),
        textures=tuple(textures),
        name=path.name,
        parts=np.concatenate(numbers),
    )


def _texture_of(part: object) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Texture coordinates (3F, 2) and picture of a trimesh part, or None twice."""
    import io

    visual = part.visual  # type: ignore[attr-defined]
    material = getattr(visual, "material", None)
    picture = getattr(material, "baseColorTexture", None) or getattr(material, "image", None)
    uv = getattr(visual, "uv", None)
    if picture is None or uv is None:
        return None, None
    encoded = io.BytesIO()
    picture.save(encoded, "PNG")
    flipped = np.nan_to_num(np.asarray(uv, float)[:, :2]) * [1.0, -1.0] + [0.0, 1.0]
    return flipped[np.asarray(part.faces).reshape(-1)], decode_texture(encoded.getvalue())  # type: ignore[attr-defined]


def _colours_of(part: object) -> np.ndarray:
    """(3F, 4) uint8 colours of a trimesh part's corners."""
    visual = part.visual  # type: ignore[attr-defined]
    faces = np.asarray(part.faces)  # type: ignore[attr-defined]
    if visual.kind == "vertex":
        return np.asarray(visual.vertex_colors, np.uint8)[faces.reshape(-1)]
    if visual.kind == "face":
        return np.repeat(np.asarray(visual.face_colors, np.uint8), 3, axis=0)
    main = getattr(getattr(visual, "material", None), "main_color", BOX_COLOUR)
    return np.tile(np.asarray(main, np.uint8), (3 * len(faces), 1))
