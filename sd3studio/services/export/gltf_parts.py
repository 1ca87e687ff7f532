"""A glTF 2.0 binary document under construction: parts of other GLB files are copied in, with all their references.

glTF (https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html) is one JSON tree whose parts name each other by index,
and one block of bytes. Copying the parts as they are keeps meshes, materials and textures exactly.
"""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import MeshError
from sd3studio.core.files import read_bounded
from sd3studio.render.glb import node_matrix

Floats = NDArray[np.float64]
Json = dict[str, Any]

MAX_GLB_BYTES = 200_000_000
MAGIC, JSON_CHUNK, BIN_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
FLOAT, UNSIGNED_SHORT = 5126, 5123
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963


class GltfDocument:
    """Lists of glTF parts that grow, and their bytes."""

    def __init__(self) -> None:
        self.parts: dict[str, list[Json]] = {}
        self.scene_extras: Json = {}
        self.copyright = ""
        self.extensions: set[str] = set()
        self._bytes = bytearray()

    def add(self, kind: str, part: Json) -> int:
        """Append a part to the list `kind` ("nodes", "meshes", ...); returns its index."""
        parts = self.parts.setdefault(kind, [])
        parts.append(part)
        return len(parts) - 1

    def add_bytes(self, data: bytes, **fields: Any) -> int:
        """Append bytes as a buffer view, aligned to four; returns its index."""
        self._bytes.extend(b"\0" * (-len(self._bytes) % 4))
        view = {"buffer": 0, "byteOffset": len(self._bytes), "byteLength": len(data), **fields}
        self._bytes.extend(data)
        return self.add("bufferViews", view)

    def add_vectors(self, values: Floats) -> int:
        """Append (N, 3) positions or normals as an accessor; returns its index."""
        packed = np.ascontiguousarray(values, np.float32)
        view = self.add_bytes(packed.tobytes(), target=ARRAY_BUFFER)
        bounds = {"min": packed.min(axis=0).tolist(), "max": packed.max(axis=0).tolist()}
        fields = {"bufferView": view, "componentType": FLOAT, "count": len(packed), "type": "VEC3"}
        return self.add("accessors", {**fields, **bounds})

    def add_indices(self, triangles: NDArray[np.integer[Any]]) -> int:
        """Append (F, 3) corner indices below 65,536 as an accessor; returns its index."""
        packed = np.ascontiguousarray(triangles, np.uint16)
        view = self.add_bytes(packed.tobytes(), target=ELEMENT_ARRAY_BUFFER)
        fields = {"bufferView": view, "componentType": UNSIGNED_SHORT, "count": packed.size, "type": "SCALAR"}
        return self.add("accessors", fields)

    def to_glb(self, root_nodes: list[int], generator: str) -> bytes:
        """The document as GLB bytes, with one scene."""
        scene: Json = {"nodes": root_nodes}
        if self.scene_extras:
            scene["extras"] = self.scene_extras
        asset = {"version": "2.0", "generator": generator}
        if self.copyright:
            asset["copyright"] = self.copyright
        tree: Json = {"asset": asset, "scene": 0, "scenes": [scene]}
        tree.update({kind: parts for kind, parts in self.parts.items() if parts})
        if self._bytes:
            tree["buffers"] = [{"byteLength": len(self._bytes)}]
        if self.extensions:
            tree["extensionsUsed"] = sorted(self.extensions)
        text = json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        chunks = _chunk(JSON_CHUNK, text, b" ")
        if self._bytes:
            chunks += _chunk(BIN_CHUNK, bytes(self._bytes), b"\0")
        return struct.pack("<III", MAGIC, 2, 12 + len(chunks)) + chunks


class GlbSource:
    """A GLB file that can be copied into a document."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree, self._bytes = read_glb(path)

    def roots(self) -> list[int]:
        """Indices of the top nodes of its scene."""
        scenes = self.tree.get("scenes", [])
        if scenes:
            return list(scenes[self.tree.get("scene", 0)].get("nodes", []))
        children = {child for node in self.tree.get("nodes", []) for child in node.get("children", [])}
        return [i for i in range(len(self.tree.get("nodes", []))) if i not in children]

    def bounds(self) -> tuple[Floats, Floats]:
        """Lower and upper corner (3,) of all its geometry, in its own frame. Raises `MeshError` if there is none."""
        low, high = np.full(3, np.inf), np.full(3, -np.inf)
        pending = [(root, np.eye(4)) for root in self.roots()]
        while pending:
            index, above = pending.pop()
            node = self.tree["nodes"][index]
            matrix = above @ node_matrix(node)
            pending += [(child, matrix) for child in node.get("children", [])]
            if "mesh" in node:
                for primitive in self.tree["meshes"][node["mesh"]]["primitives"]:
                    accessor = self.tree["accessors"][primitive["attributes"]["POSITION"]]
                    ends = np.array([accessor["min"], accessor["max"]], float)
                    corners = np.array(
                        [[ends[i, 0], ends[j, 1], ends[k, 2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)]
                    )
                    placed = corners @ matrix[:3, :3].T + matrix[:3, 3]
                    low, high = np.minimum(low, placed.min(axis=0)), np.maximum(high, placed.max(axis=0))
        if not np.isfinite(low).all():
            raise MeshError(f"{self.path} has no geometry.")
        return low, high

    def view_bytes(self, index: int) -> bytes:
        """The bytes of one of its buffer views."""
        view = self.tree["bufferViews"][index]
        start = view.get("byteOffset", 0)
        return self._bytes[start : start + view["byteLength"]]


def read_glb(path: Path) -> tuple[Json, bytes]:
    """JSON tree and bytes of a GLB file. Raises `MeshError` if it is not one."""
    data = read_bounded(path, MAX_GLB_BYTES, MeshError)
    try:
        magic, version, length = struct.unpack_from("<III", data, 0)
        if magic != MAGIC or version != 2 or length > len(data):
            raise ValueError("no glTF 2.0 binary header")
        size, kind = struct.unpack_from("<II", data, 12)
        if kind != JSON_CHUNK:
            raise ValueError("the first chunk is not JSON")
        tree = json.loads(data[20 : 20 + size])
        start = 20 + size
        if start + 8 > length:
            return tree, b""
        bin_size, bin_kind = struct.unpack_from("<II", data, start)
        if bin_kind != BIN_CHUNK:
            raise ValueError("the second chunk is not binary")
        return tree, data[start + 8 : start + 8 + bin_size]
    except (ValueError, struct.error) as error:
        raise MeshError(f"{path} is not a valid GLB file: {error}.") from error


def copy_meshes(document: GltfDocument, source: GlbSource, tint: Json | None = None) -> dict[int, int]:
    """Copy all meshes of `source` with accessors, materials, textures; returns old -> new mesh index.

    `tint` is a material that replaces those of the source.
    """
    tree = source.tree
    document.extensions.update(tree.get("extensionsUsed", []))
    views = _Copies(
        lambda i: document.add_bytes(source.view_bytes(i), **_kept(tree["bufferViews"][i], "byteStride", "target"))
    )
    accessors = _Copies(lambda i: document.add("accessors", _accessor(tree["accessors"][i], views)))
    images = _Copies(lambda i: document.add("images", _with(tree["images"][i], bufferView=views)))
    samplers = _Copies(lambda i: document.add("samplers", dict(tree["samplers"][i])))
    textures = _Copies(lambda i: document.add("textures", _with(tree["textures"][i], source=images, sampler=samplers)))
    materials = _Copies(lambda i: document.add("materials", _material(tree["materials"][i], textures)))
    tinted = document.add("materials", tint) if tint else None
    copied = {}
    for index, mesh in enumerate(tree.get("meshes", [])):
        primitives = []
        for primitive in mesh["primitives"]:
            copy = (
                _with(primitive, indices=accessors, material=materials)
                if tinted is None
                else _with(primitive, indices=accessors)
            )
            if tinted is not None:
                copy["material"] = tinted
            copy["attributes"] = {name: accessors[i] for name, i in primitive["attributes"].items()}
            copy.pop("targets", None)
            primitives.append(copy)
        copied[index] = document.add("meshes", {**_kept(mesh, "name"), "primitives": primitives})
    return copied


def copy_nodes(document: GltfDocument, source: GlbSource, meshes: Mapping[int, int]) -> list[int]:
    """Copy the node tree of `source`, using meshes copied before; returns the new indices of its top nodes."""

    def copy(index: int) -> int:
        node = source.tree["nodes"][index]
        part = _kept(node, "name", "matrix", "translation", "rotation", "scale")
        if "mesh" in node:
            part["mesh"] = meshes[node["mesh"]]
        children = [copy(child) for child in node.get("children", [])]
        if children:
            part["children"] = children
        return document.add("nodes", part)

    return [copy(root) for root in source.roots()]


class _Copies(dict[int, int]):
    """Old index -> new index; copies a part when it is first asked for."""

    def __init__(self, copy: Any) -> None:
        super().__init__()
        self._copy = copy

    def __missing__(self, index: int) -> int:
        self[index] = self._copy(index)
        return self[index]


def _kept(part: Json, *names: str) -> Json:
    return {name: part[name] for name in names if name in part}


def _with(part: Json, **references: _Copies) -> Json:
    """A copy of a part with the named references renumbered."""
    return {**part, **{name: copies[part[name]] for name, copies in references.items() if name in part}}


def _accessor(accessor: Json, views: _Copies) -> Json:
    copy = _with(accessor, bufferView=views)
    if "sparse" in copy:
        sparse = copy["sparse"]
        copy["sparse"] = {
            **sparse,
            "indices": _with(sparse["indices"], bufferView=views),
            "values": _with(sparse["values"], bufferView=views),
        }
    return copy


def _material(part: Any, textures: _Copies) -> Any:
    """A copy of a material, or of a part of one, with texture references renumbered wherever they are."""
    if not isinstance(part, dict):
        return part
    copy = {}
    for name, value in part.items():
        if name.endswith("Texture") and isinstance(value, dict) and "index" in value:
            copy[name] = {**value, "index": textures[value["index"]]}
        else:
            copy[name] = _material(value, textures)
    return copy


def _chunk(kind: int, data: bytes, padding: bytes) -> bytes:
    padded = data + padding * (-len(data) % 4)
    return struct.pack("<II", len(padded), kind) + padded
