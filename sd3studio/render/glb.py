"""A small, bounded reader of binary glTF 2.0 (GLB): triangles, node transforms, base colours and textures.

It reads what meshes of furniture need and nothing more: no skins, animations, sparse or compressed accessors (files
that use those are read by trimesh instead). It is some ten times faster than a general loader. Format:
https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html
"""

import io
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sd3studio.core.errors import MeshError
from sd3studio.render.mesh_data import MAX_PARTS, NO_TEXTURE, MeshData, corner_normals

MAX_FILE_BYTES = 256 * 2**20
MAX_FACES = 1_000_000
MAX_TEXTURE_PX = 4_096
TEXTURE_PX = 256
"""Textures are stored at this size: they are layers of one array."""

_SCALARS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_DIVISORS = {5120: 127.0, 5121: 255.0, 5122: 32767.0, 5123: 65535.0}
_TO_WORLD = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])
"""glTF (Y up, front +Z) to world (Z up, front -Y)."""


class UnsupportedGltfError(Exception):
    """The file uses a part of the format that this reader leaves to trimesh."""


def srgb_of_linear(linear: NDArray[np.floating]) -> NDArray[np.uint8]:
    """(..., 4) linear colours with alpha in [0, 1] as sRGB bytes; alpha stays linear (IEC 61966-2-1)."""
    rgb = np.clip(linear[..., :3], 0.0, 1.0)
    curve = np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)
    return (np.concatenate([curve, np.clip(linear[..., 3:], 0.0, 1.0)], axis=-1) * 255.0).round().astype(np.uint8)


def read_glb(path: Path) -> MeshData:
    """The mesh of a GLB file, all its nodes joined, in world axes.

    Raises `MeshError` naming the file when it is not valid or too large, `UnsupportedGltfError` when it uses
    compression, sparse accessors or files beside it.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise MeshError(
                f"{path} has {size / 2**20:.0f} MiB; meshes may have at most {MAX_FILE_BYTES // 2**20} MiB."
            )
        return _Reader(path.name, path.read_bytes()).mesh()
    except (OSError, ValueError, KeyError, IndexError, TypeError, struct.error, OverflowError, RecursionError) as error:
        raise MeshError(f"{path} is not a GLB file that can be read: {error}") from error
    except Image.DecompressionBombError as error:
        raise MeshError(f"{path} holds a texture that is too large: {error}") from error


@dataclass
class _Part:
    """One primitive, already in world axes."""

    positions: NDArray[np.float32]
    normals: NDArray[np.float32]
    uvs: NDArray[np.float32]
    colours: NDArray[np.uint8]
    layers: NDArray[np.int16]
    indices: NDArray[np.uint32]
    part: int


@dataclass
class _Reader:
    name: str
    data: bytes
    textures: list[NDArray[np.uint8]] = field(default_factory=list)
    faces: int = 0

    def __post_init__(self) -> None:
        magic, version, length = struct.unpack_from("<4sII", self.data)
        if magic != b"glTF" or version != 2:
            raise ValueError("the header is not that of binary glTF 2.0")
        chunks = dict(self._chunks(min(length, len(self.data))))
        self.tree: dict[str, Any] = json.loads(chunks[b"JSON"])
        self.bytes = chunks.get(b"BIN\0", b"")
        self.layer_of_image: dict[int, int] = {}
        self.part_of_material: dict[int | None, int] = {}
        if self.tree.get("extensionsRequired"):
            raise UnsupportedGltfError(", ".join(map(str, self.tree["extensionsRequired"])))

    def _chunks(self, length: int) -> Iterator[tuple[bytes, bytes]]:
        at = 12
        while at + 8 <= length:
            size, kind = struct.unpack_from("<I4s", self.data, at)
            if at + 8 + size > len(self.data):
                raise ValueError("it ends in the middle of a chunk")
            yield kind, self.data[at + 8 : at + 8 + size]
            at += 8 + size

    def mesh(self) -> MeshData:
        parts = [part for node, matrix in self._nodes() for part in self._parts(node, matrix)]
        if not parts:
            raise ValueError("it holds no triangles")
        offsets = np.cumsum([0] + [len(part.positions) for part in parts[:-1]])
        return MeshData(
            positions=np.concatenate([part.positions for part in parts]),
            normals=np.concatenate([part.normals for part in parts]),
            uvs=np.concatenate([part.uvs for part in parts]),
            colours=np.concatenate([part.colours for part in parts]),
            layers=np.concatenate([part.layers for part in parts]),
            indices=np.concatenate([p.indices + np.uint32(o) for p, o in zip(parts, offsets, strict=True)]),
            textures=tuple(self.textures),
            name=self.name,
            parts=np.concatenate([np.full(len(part.positions), part.part, np.uint8) for part in parts]),
        )

    def _nodes(self) -> Iterator[tuple[dict[str, Any], NDArray[np.float64]]]:
        """Nodes that hold a mesh, with their matrix to the root."""
        nodes = self.tree.get("nodes", [])
        scenes = self.tree.get("scenes")
        roots = scenes[self.tree.get("scene", 0)].get("nodes", []) if scenes else range(len(nodes))
        stack = [(index, np.eye(4), 0) for index in roots]
        visited = 0
        while stack:
            index, parent, level = stack.pop()
            visited += 1
            if level > 64 or visited > 100_000:
                raise ValueError("its nodes are nested too deeply or form a cycle")
            node = nodes[index]
            matrix = parent @ node_matrix(node)
            if "mesh" in node:
                yield node, matrix
            stack += [(child, matrix, level + 1) for child in node.get("children", [])]

    def _parts(self, node: dict[str, Any], matrix: NDArray[np.float64]) -> Iterator[_Part]:
        for primitive in self.tree["meshes"][node["mesh"]]["primitives"]:
            if primitive.get("mode", 4) == 4:
                yield self._part(primitive, matrix)

    def _part(self, primitive: dict[str, Any], matrix: NDArray[np.float64]) -> _Part:
        slots = primitive["attributes"]
        count = self.tree["accessors"][slots["POSITION"]]["count"]
        indices = self._accessor(primitive["indices"]) if "indices" in primitive else np.arange(count)[:, None]
        self.faces += len(indices) // 3
        if self.faces > MAX_FACES:
            raise MeshError(f"{self.name} has more than {MAX_FACES:,} faces; simplify it first.")
        indices = indices.reshape(-1).astype(np.int64)[: len(indices) // 3 * 3].reshape(-1, 3)
        local = self._accessor(slots["POSITION"]).astype(float)
        if not np.isfinite(local).all() or np.abs(local).max(initial=0.0) > 1e7:
            raise ValueError("a position is not a finite number")
        if len(indices) == 0 or indices.max() >= len(local):
            raise ValueError("a triangle names a vertex that is not there")
        to_world = _TO_WORLD @ matrix[:3, :3]
        positions = local @ to_world.T + _TO_WORLD @ matrix[:3, 3]
        if "NORMAL" in slots:
            normals = self._accessor(slots["NORMAL"], scaled=True) @ np.linalg.pinv(to_world)
            normals = _unit(normals)
        else:
            _, points = np.unique(positions.astype(np.float32), axis=0, return_inverse=True)
            normals = corner_normals(positions[indices], points.reshape(-1)[indices]).reshape(-1, 3)
            flat = indices.reshape(-1)
            slots, positions = {**slots}, positions[flat]
            return self._coloured(primitive, slots, positions, normals, np.arange(len(flat)).reshape(-1, 3), flat)
        return self._coloured(primitive, slots, positions, normals, indices, None)

    def _coloured(
        self,
        primitive: dict[str, Any],
        slots: dict[str, int],
        positions: NDArray[np.floating],
        normals: NDArray[np.floating],
        indices: NDArray[np.int64],
        take: NDArray[np.int64] | None,
    ) -> _Part:
        """Add colours and texture coordinates; `take` (V,) says which stored vertex each vertex comes from."""
        count = len(positions)
        chosen = slice(None) if take is None else take
        factor, layer = self._material(primitive.get("material"))
        linear = np.tile(factor, (count, 1))
        if "COLOR_0" in slots:
            given = self._accessor(slots["COLOR_0"], scaled=True)[chosen]
            linear[:, : given.shape[1]] *= given
        uvs = np.zeros((count, 2))
        if "TEXCOORD_0" in slots:
            uvs = np.nan_to_num(self._accessor(slots["TEXCOORD_0"], scaled=True)[chosen])
        else:
            layer = NO_TEXTURE
        return _Part(
            positions.astype(np.float32),
            np.nan_to_num(normals).astype(np.float32),
            uvs.astype(np.float32),
            srgb_of_linear(linear),
            np.full(count, layer, np.int16),
            indices.astype(np.uint32),
            self._part_number(primitive.get("material")),
        )

    def _accessor(self, index: int, scaled: bool = False) -> NDArray[Any]:
        """(N, width) values; `scaled` turns normalised integers into floats."""
        accessor = self.tree["accessors"][index]
        if "sparse" in accessor or "bufferView" not in accessor:
            raise UnsupportedGltfError("sparse accessors")
        view = self.tree["bufferViews"][accessor["bufferView"]]
        if view.get("buffer", 0) != 0 or "uri" in self.tree["buffers"][0]:
            raise UnsupportedGltfError("buffers in other files")
        scalar, width, count = (
            np.dtype(_SCALARS[accessor["componentType"]]),
            _WIDTHS[accessor["type"]],
            accessor["count"],
        )
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        stride = view.get("byteStride", scalar.itemsize * width)
        end = start + stride * (count - 1) + scalar.itemsize * width
        if count < 1 or start < 0 or stride < 1 or end > len(self.bytes):
            raise ValueError(f"accessor {index} reaches outside the file")
        values = np.ndarray((count, width), scalar, self.bytes, start, (stride, scalar.itemsize))
        if scaled and accessor["componentType"] in _DIVISORS:
            return values / _DIVISORS[accessor["componentType"]]
        return values

    def _part_number(self, material: int | None) -> int:
        """Materials are numbered as they come."""
        known = self.part_of_material
        return min(known.setdefault(material, len(known)), MAX_PARTS - 1)

    def _material(self, index: int | None) -> tuple[NDArray[np.float64], int]:
        """Linear base colour (4,) and texture layer of a material."""
        if index is None:
            return np.array([0.6, 0.6, 0.6, 1.0]), NO_TEXTURE
        material = self.tree["materials"][index]
        surface = material.get("pbrMetallicRoughness", {})
        factor = np.array(surface.get("baseColorFactor", (1.0, 1.0, 1.0, 1.0)), float).reshape(4)
        if material.get("alphaMode", "OPAQUE") == "OPAQUE":
            factor[3] = 1.0
        if "baseColorTexture" not in surface:
            return factor, NO_TEXTURE
        source = self.tree["textures"][surface["baseColorTexture"]["index"]].get("source")
        return factor, NO_TEXTURE if source is None else self._layer(source)

    def _layer(self, image: int) -> int:
        if image not in self.layer_of_image:
            entry = self.tree["images"][image]
            if "bufferView" not in entry:
                raise UnsupportedGltfError("textures in other files")
            view = self.tree["bufferViews"][entry["bufferView"]]
            start = view.get("byteOffset", 0)
            self.textures.append(decode_texture(self.bytes[start : start + view["byteLength"]]))
            self.layer_of_image[image] = len(self.textures) - 1
        return self.layer_of_image[image]


def decode_texture(encoded: bytes) -> NDArray[np.uint8]:
    """(TEXTURE_PX, TEXTURE_PX, 4) uint8 of an encoded picture. Raises ValueError when it is too large."""
    with Image.open(io.BytesIO(encoded)) as picture:
        if max(picture.size) > MAX_TEXTURE_PX:
            raise ValueError(
                f"a texture has {picture.width} x {picture.height} pixels, at most {MAX_TEXTURE_PX} are read"
            )
        shrunk = picture.convert("RGBA")
    if shrunk.size != (TEXTURE_PX, TEXTURE_PX):
        shrunk = shrunk.resize((TEXTURE_PX, TEXTURE_PX), Image.Resampling.BILINEAR)
    return np.array(shrunk)


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.floating]:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(length > 1e-12, vectors / np.maximum(length, 1e-12), [0.0, 0.0, 1.0])


def node_matrix(node: dict[str, Any]) -> NDArray[np.float64]:
    """(4, 4) local matrix of a glTF node, for column vectors."""
    if "matrix" in node:
        return np.array(node["matrix"], float).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turn * np.array(node.get("scale", (1.0, 1.0, 1.0)), float)
    matrix[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return matrix
