"""Reads models of the game 0 A.D.: meshes in its binary form (PMD) and their textures (DDS), from the mod's archive.

The Debian package `0ad-data` has the archive as ``usr/share/games/0ad/mods/public/public.zip``. A model is named by
its mesh and its texture: ``bear+animal_bear_brown.png``. Meshes are taken as they stand before any animation.
"""

import io
import posixpath
import struct
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from sd3studio.core.errors import DataError, MeshError
from sd3studio.services.catalogue_build.archive import MAX_MEMBER_BYTES
from sd3studio.services.catalogue_build.surface import Material, Surface

LIBRARY = "0ad"
"""Name of this source in ``selection.tsv``."""
AUTHOR = "Wildfire Games"
MESHES, TEXTURES = "art/meshes/skeletal", "art/textures/skins/skeletal"
MAX_VERTICES, MAX_FACES = 65_536, 200_000
_MAGIC, _OLDEST, _NEWEST = b"PSMD", 3, 4
_CORNER = 3


class GameArchive:
    """The archive of a mod: surfaces by "mesh+texture"."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise DataError(f"The archive {path} can't be read: {error}") from error

    def surface(self, model: str) -> Surface:
        """The textured surface of a model. Raises `DataError` where a part is missing, `MeshError` where it is bad."""
        mesh, _, texture = model.partition("+")
        content = self._read(posixpath.join(MESHES, f"{mesh}.dae.cached.pmd"))
        picture = self._read(posixpath.join(TEXTURES, f"{texture}.cached.dds"))
        try:
            image = Image.open(io.BytesIO(picture)).convert("RGB")  # its alpha marks a player's colour, not glass
        except (OSError, ValueError) as error:
            raise MeshError(f"The texture of {model} can't be read: {error}") from error
        return read_pmd(content, model, Material((1.0, 1.0, 1.0, 1.0), image))

    def _read(self, member: str) -> bytes:
        try:
            info = self._zip.getinfo(member)
        except KeyError as error:
            raise DataError(f"There is no {member} in the archive of 0 A.D.") from error
        if info.file_size > MAX_MEMBER_BYTES:
            raise DataError(f"{member} has {info.file_size} bytes, more than {MAX_MEMBER_BYTES}.")
        return self._zip.read(info)


def read_pmd(content: bytes, name: str, material: Material) -> Surface:
    """The surface in a PMD file, all of one material; bones and places for other models are not read.

    Raises `MeshError` when it is no such file, cut short, too large or names vertices that it lacks.
    """
    try:
        return _surface(content, material)
    except (struct.error, ValueError) as error:
        raise MeshError(f"The model {name} can't be read: {error}") from error


def _surface(content: bytes, material: Material) -> Surface:
    magic, version, _, vertex_count = struct.unpack_from("<4sIII", content)
    if magic != _MAGIC or not _OLDEST <= version <= _NEWEST:
        raise ValueError("it is not a PMD file of version 3 or 4.")
    at = 16
    layers = 1
    if version >= 4:
        (layers,) = struct.unpack_from("<I", content, at)
        at += 4
    if vertex_count > MAX_VERTICES or not 1 <= layers <= 4:
        raise ValueError(f"it has {vertex_count} vertices with {layers} layers of texture coordinates.")
    vertex = np.dtype(
        [("place", "<f4", 3), ("normal", "<f4", 3), ("uv", "<f4", (layers, 2)), ("bones", "u1", 4), ("share", "<f4", 4)]
    )
    vertices = np.frombuffer(content, vertex, vertex_count, at)
    at += vertex.itemsize * vertex_count
    (face_count,) = struct.unpack_from("<I", content, at)
    if face_count > MAX_FACES:
        raise ValueError(f"it has {face_count} faces.")
    faces = np.frombuffer(content, "<u2", _CORNER * face_count, at + 4).reshape(-1, _CORNER).astype(np.int64)
    places = vertices["place"].astype(float)
    if not len(faces) or faces.max() >= vertex_count or not np.isfinite(places).all():
        raise ValueError("its faces and vertices do not fit together.")
    return Surface(
        vertices=places,
        faces=faces,
        corner_uv=vertices["uv"][:, 0].astype(float)[faces],
        material_of_face=np.zeros(len(faces), np.int64),
        materials=(material,),
    )
