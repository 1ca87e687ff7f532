"""Writes a surface as binary glTF 2.0: one primitive per material, normals smoothed up to a crease angle."""

import json
import struct
from typing import Any

import numpy as np

from sd3studio.services.catalogue_build.surface import Floats, Ints, Surface, face_normals
from sd3studio.services.catalogue_build.textures import encoded

CREASE_RAD = np.deg2rad(42.0)
"""Faces that meet at a sharper angle keep a hard edge."""
_FLOAT, _USHORT, _UINT = 5126, 5123, 5125
_ARRAY, _ELEMENTS = 34962, 34963


def glb_bytes(surface: Surface, name: str) -> bytes:
    """The content of a ``.glb`` file. The same surface gives the same bytes."""
    writer = _Writer(name)
    normals = corner_normals(surface)
    for index in np.unique(surface.material_of_face):
        writer.add_primitive(surface, normals, int(index))
    return writer.content()


def corner_normals(surface: Surface) -> Floats:
    """(F, 3, 3) unit normal of each corner.

    Corners at one vertex share a normal, the mean weighted by area, when a chain of edges that bend less than the
    crease angle joins their faces.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    weighted = face_normals(surface.vertices, surface.faces)
    unit = weighted / np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), 1e-15)
    count = len(surface.faces)
    first, second = _smooth_corner_pairs(surface.faces, unit)
    graph = coo_matrix((np.ones(len(first), np.int8), (first, second)), shape=(3 * count, 3 * count))
    groups, group = connected_components(graph, directed=False)
    per_corner = np.repeat(weighted, 3, axis=0)
    total = np.stack([np.bincount(group, per_corner[:, k], groups) for k in range(3)], axis=1)[group]
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.where(length > 1e-15, total / np.maximum(length, 1e-15), np.repeat(unit, 3, axis=0)).reshape(count, 3, 3)


def _smooth_corner_pairs(faces: Ints, unit_normals: Floats) -> tuple[Ints, Ints]:
    """Pairs of corners (numbered face * 3 + k) at the same vertex whose faces meet smoothly at an edge there."""
    start = np.arange(faces.size).reshape(faces.shape)
    end = np.roll(start, -1, axis=1)
    corners = np.stack([start.reshape(-1), end.reshape(-1)], axis=1)  # the two corners of each side of each face
    vertices = faces.reshape(-1)[corners]
    swap = vertices[:, 0] > vertices[:, 1]
    corners[swap], vertices[swap] = corners[swap][:, ::-1], vertices[swap][:, ::-1]
    order = np.lexsort(vertices.T[::-1])
    corners, vertices = corners[order], vertices[order]
    same_edge = (vertices[1:] == vertices[:-1]).all(axis=1)
    one, other = corners[:-1][same_edge], corners[1:][same_edge]
    bend = np.einsum("nc,nc->n", unit_normals[one[:, 0] // 3], unit_normals[other[:, 0] // 3])
    smooth = bend > np.cos(CREASE_RAD)
    return one[smooth].reshape(-1), other[smooth].reshape(-1)


def linear_colour(srgb: tuple[float, float, float]) -> list[float]:
    """Linear light of an sRGB colour (IEC 61966-2-1), rounded to what 8 bits can tell."""
    values = np.asarray(srgb)
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return [round(float(value), 5) for value in linear]


class _Writer:
    def __init__(self, name: str) -> None:
        self._binary = bytearray()
        self._json: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "sd3studio.services.catalogue_build"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0, "name": name}],
            "meshes": [{"name": name, "primitives": []}],
            "materials": [],
            "accessors": [],
            "bufferViews": [],
        }

    def add_primitive(self, surface: Surface, normals: Floats, index: int) -> None:
        faces = np.flatnonzero(surface.material_of_face == index)
        corners = surface.vertices[surface.faces[faces]].reshape(-1, 3).astype(np.float32)
        normal = normals[faces].reshape(-1, 3).astype(np.float32)
        textured = surface.materials[index].texture is not None
        uv = surface.corner_uv[faces].reshape(-1, 2) * (1, -1) + (0, 1)  # glTF counts v downwards
        columns: list[np.ndarray] = [corners, np.round(normal, 2), np.round(uv, 4) if textured else uv * 0]
        _, first, inverse = np.unique(np.concatenate(columns, axis=1), axis=0, return_index=True, return_inverse=True)
        attributes = {
            "POSITION": self._accessor(corners[first], "VEC3", bounds=True),
            "NORMAL": self._accessor(normal[first], "VEC3"),
        }
        if textured:
            attributes["TEXCOORD_0"] = self._accessor(uv[first].astype(np.float32), "VEC2")
        indices = inverse.reshape(-1).astype(np.uint16 if len(first) < 65535 else np.uint32)
        self._json["meshes"][0]["primitives"].append(
            {
                "attributes": attributes,
                "indices": self._accessor(indices, "SCALAR"),
                "material": self._material(surface, index),
            }
        )

    def _material(self, surface: Surface, index: int) -> int:
        material = surface.materials[index]
        red, green, blue, alpha = material.colour
        surface_look: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": 0.8}
        entry: dict[str, Any] = {"pbrMetallicRoughness": surface_look, "doubleSided": True}
        if material.texture is None:
            surface_look["baseColorFactor"] = [*linear_colour((red, green, blue)), round(alpha, 3)]
        else:
            surface_look["baseColorFactor"] = [1.0, 1.0, 1.0, round(alpha, 3)]
            surface_look["baseColorTexture"] = {"index": self._texture(*encoded(material.texture))}
            if material.texture.mode == "RGBA":
                entry |= {"alphaMode": "MASK", "alphaCutoff": 0.5}
        if alpha < 0.99:
            entry["alphaMode"] = "BLEND"
            entry.pop("alphaCutoff", None)
        self._json["materials"].append(entry)
        return len(self._json["materials"]) - 1

    def _texture(self, content: bytes, mime_type: str) -> int:
        images = self._json.setdefault("images", [])
        images.append({"bufferView": self._view(content), "mimeType": mime_type})
        self._json.setdefault("samplers", [{"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497}])
        self._json.setdefault("textures", []).append({"source": len(images) - 1, "sampler": 0})
        return len(images) - 1

    def _accessor(self, values: np.ndarray, kind: str, bounds: bool = False) -> int:
        component = {np.float32: _FLOAT, np.uint16: _USHORT, np.uint32: _UINT}[values.dtype.type]
        target = _ELEMENTS if kind == "SCALAR" else _ARRAY
        entry: dict[str, Any] = {
            "bufferView": self._view(np.ascontiguousarray(values).tobytes(), target),
            "componentType": component,
            "count": len(values),
            "type": kind,
        }
        if bounds:
            entry |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        self._json["accessors"].append(entry)
        return len(self._json["accessors"]) - 1

    def _view(self, content: bytes, target: int | None = None) -> int:
        start = len(self._binary)
        self._binary += content + b"\0" * (-len(content) % 4)
        entry = {"buffer": 0, "byteOffset": start, "byteLength": len(content)}
        self._json["bufferViews"].append(entry | ({"target": target} if target else {}))
        return len(self._json["bufferViews"]) - 1

    def content(self) -> bytes:
        self._json["buffers"] = [{"byteLength": len(self._binary)}]
        text = json.dumps(self._json, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        total = 12 + 8 + len(text) + 8 + len(self._binary)
        return b"".join(
            (
                struct.pack("<4sII", b"glTF", 2, total),
                struct.pack("<I4s", len(text), b"JSON"),
                text,
                struct.pack("<I4s", len(self._binary), b"BIN\0"),
                bytes(self._binary),
            )
        )
