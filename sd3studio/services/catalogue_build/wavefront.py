"""Reads the part of Wavefront OBJ and MTL that the furniture libraries use: faces, colours, textures."""

import io
import logging
from collections.abc import Callable

import numpy as np
from PIL import Image

from sd3studio.core.errors import MeshError
from sd3studio.services.catalogue_build.surface import Material, Surface

logger = logging.getLogger(__name__)

FileReader = Callable[[str], bytes | None]
"""Content of a file named by the model, or None."""

MAX_TEXTURE_PIXELS = 64 * 2**20
DEFAULT_MATERIAL = Material((0.8, 0.8, 0.8, 1.0))


def read_obj(content: bytes, name: str, read_file: FileReader) -> Surface:
    """The surface in an OBJ file. Faces that are fully transparent are left out.

    Raises `MeshError` when it has no faces, or a number that can't be read.
    """
    parser = _ObjParser(name, read_file)
    try:
        for line in content.decode("latin-1").replace("\\\n", " ").splitlines():
            parser.take(line)
        return parser.surface()
    except (ValueError, IndexError) as error:
        raise MeshError(f"The model {name} can't be read: {error}") from error


class _ObjParser:
    def __init__(self, name: str, read_file: FileReader) -> None:
        self._name = name
        self._read_file = read_file
        self._vertices: list[list[str]] = []
        self._uvs: list[list[str]] = []
        self._corners: list[tuple[int, int]] = []  # three in a row make a face
        self._material_of_face: list[int] = []
        self._names: dict[str, int] = {}
        self._library: dict[str, Material] = {}
        self._current = self._number("")

    def _number(self, material: str) -> int:
        return self._names.setdefault(material, len(self._names))

    def take(self, line: str) -> None:
        word, _, rest = line.strip().partition(" ")
        if word == "v":
            self._vertices.append(rest.split()[:3])
        elif word == "vt":
            self._uvs.append([*rest.split()[:2], "0"][:2])
        elif word == "f":
            self._take_face(rest.split())
        elif word == "usemtl":
            self._current = self._number(rest.strip())
        elif word == "mtllib":
            content = self._read_file(rest.strip())
            if content is not None:
                self._library |= read_mtl(content, self._read_file)

    def _take_face(self, items: list[str]) -> None:
        corners = []
        for item in items:
            vertex, _, rest = item.partition("/")
            uv = rest.partition("/")[0]
            corners.append((_index(vertex, len(self._vertices)), _index(uv, len(self._uvs)) if uv else -1))
        for k in range(1, len(corners) - 1):
            self._corners += (corners[0], corners[k], corners[k + 1])
            self._material_of_face.append(self._current)

    def surface(self) -> Surface:
        if not self._corners:
            raise MeshError(f"The model {self._name} has no faces.")
        vertices = np.asarray(self._vertices, float)
        uvs = np.nan_to_num(np.asarray([*self._uvs, ["0", "0"]], float))
        corners = np.asarray(self._corners, np.int64).reshape(-1, 3, 2)
        if vertices.ndim != 2 or vertices.shape[1] != 3 or not np.isfinite(vertices).all():
            raise MeshError(f"The model {self._name} has vertices that are not three numbers.")
        if corners[:, :, 0].max() >= len(vertices) or corners[:, :, 0].min() < 0:
            raise MeshError(f"The model {self._name} has a face with a vertex that is not there.")
        known = np.where(corners[:, :, 1] < len(self._uvs), corners[:, :, 1], -1)  # -1: the (0, 0) at the end
        materials = tuple(self._library.get(name, DEFAULT_MATERIAL) for name in self._names)
        surface = Surface(
            vertices,
            corners[:, :, 0],
            uvs[known],
            np.asarray(self._material_of_face, np.int64),
            materials,
        )
        visible = np.asarray([material.colour[3] > 0.01 for material in materials])
        return surface.keep_faces(visible[surface.material_of_face])


def _index(text: str, count: int) -> int:
    """Index from 0 of what a face names: counted from 1, or backwards from the last one read so far."""
    number = int(text)
    return number - 1 if number > 0 else count + number


def read_mtl(content: bytes, read_file: FileReader) -> dict[str, Material]:
    """Materials of an MTL file by name."""
    found: dict[str, Material] = {}
    name = ""
    colour = [*DEFAULT_MATERIAL.colour]
    texture: Image.Image | None = None
    for line in [*content.decode("latin-1").splitlines(), "newmtl "]:
        word, _, rest = line.strip().partition(" ")
        if word == "newmtl":
            if name:
                found[name] = Material((colour[0], colour[1], colour[2], colour[3]), texture)
            name, colour, texture = rest.strip(), [*DEFAULT_MATERIAL.colour], None
        elif word == "Kd":
            colour[:3] = [min(max(float(part), 0.0), 1.0) for part in rest.split()[:3]]
        elif word == "d":
            colour[3] = min(max(float(rest.split()[-1]), 0.0), 1.0)
        elif word == "map_Kd":
            texture = _read_texture(rest.strip(), read_file)
    return found


def _read_texture(file_name: str, read_file: FileReader) -> Image.Image | None:
    content = read_file(file_name)
    if content is None:
        logger.warning("Texture %s is missing", file_name)
        return None
    image = Image.open(io.BytesIO(content))
    if image.width * image.height > MAX_TEXTURE_PIXELS:
        raise MeshError(f"The texture {file_name} has {image.width} x {image.height} pixels.")
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    return image.convert("RGBA" if has_alpha else "RGB")
