"""glTF 2.0 binary (GLB): objects as named nodes with meshes and materials, nested under their concepts; the camera.

Our world (Z up, front -Y) becomes glTF's (Y up, front +Z): ``gltf = (x, z, -y)``. Label, category, attributes, size and
relations are in the ``extras`` of each node (custom properties in Blender), authors and licences of meshes in
``asset.copyright``. Lost: hidden objects, photo, masks, light.
Objects without a mesh become boxes.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sd3studio import __version__
from sd3studio.core.catalogue import CATALOGUE_FOLDER, credits_of
from sd3studio.core.errors import MeshError
from sd3studio.core.locations import user_data
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.value import Colour
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.services.export.form import Export, left_out_notes, listed
from sd3studio.services.export.gltf_parts import GlbSource, GltfDocument, copy_meshes, copy_nodes

Floats = NDArray[np.float64]

TO_GLTF: Floats = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""World to glTF axes."""

GREY: Colour = (0.7, 0.7, 0.7)


def make(scene: Scene, path: Path) -> Export:
    """One GLB file with all objects that are not hidden, and the camera."""
    notes = left_out_notes(scene, stuff=False)
    document = GltfDocument()
    geometry = _Geometry(document)
    shown = [thing for thing in scene.objects.values() if not thing.hidden]
    names = _names(shown)
    node_of = {thing.id: _object_node(document, geometry, scene, thing, names[thing.id]) for thing in shown}
    roots = []
    for thing in shown:
        if thing.parent in node_of:
            document.parts["nodes"][node_of[str(thing.parent)]].setdefault("children", []).append(node_of[thing.id])
        else:
            roots.append(node_of[thing.id])
    roots.append(_camera_node(document, scene.camera))
    document.scene_extras = {"title": scene.title, "sentence": scene.sentence}
    document.copyright = "; ".join(credits_of(thing.mesh for thing in shown))
    if document.copyright:
        notes.append("Who made the meshes, and under which licence, is in the file's asset.copyright.")
    if geometry.missing:
        notes.append(f"Meshes that were not found are boxes: {listed(sorted(geometry.missing))}.")
    return Export(((path, document.to_glb(roots, f"SD3 Studio {__version__}")),), tuple(notes))


class _Geometry:
    """Meshes of the document: each catalogue mesh is copied once per tint, one unit cube per colour."""

    def __init__(self, document: GltfDocument) -> None:
        self.missing: set[str] = set()
        self._document = document
        self._sources: dict[str, GlbSource | None] = {}
        self._meshes: dict[tuple[str, Colour | None], dict[int, int]] = {}
        self._cubes: dict[Colour, int] = {}

    def nodes(self, thing: SceneObject) -> dict[str, Any]:
        """Fields of a node that holds an object's geometry, scaled to its size and centred at the origin."""
        source = self._source(thing.mesh) if thing.mesh else None
        size = np.abs(TO_GLTF) @ thing.size
        if source is None:
            return {"mesh": self._cube(thing.colour or GREY), "scale": size.tolist()}
        key = (str(thing.mesh), thing.colour)
        if key not in self._meshes:
            self._meshes[key] = copy_meshes(self._document, source, _material(thing.colour) if thing.colour else None)
        low, high = source.bounds()
        scale = size / np.maximum(high - low, 1e-6)
        children = copy_nodes(self._document, source, self._meshes[key])
        return {"children": children, "scale": scale.tolist(), "translation": (-scale * (low + high) / 2.0).tolist()}

    def _source(self, mesh: str) -> GlbSource | None:
        if mesh not in self._sources:
            shipped, own = (at / "meshes" / f"{Path(mesh).name}.glb" for at in (CATALOGUE_FOLDER, user_data()))
            try:
                self._sources[mesh] = GlbSource(shipped if shipped.is_file() else own)
            except MeshError:
                self.missing.add(mesh)
                self._sources[mesh] = None
        return self._sources[mesh]

    def _cube(self, colour: Colour) -> int:
        if colour not in self._cubes:
            positions, normals, triangles = _unit_cube()
            primitive = {
                "attributes": {
                    "POSITION": self._document.add_vectors(positions),
                    "NORMAL": self._document.add_vectors(normals),
                },
                "indices": self._document.add_indices(triangles),
                "material": self._document.add("materials", _material(colour)),
            }
            self._cubes[colour] = self._document.add("meshes", {"name": "box", "primitives": [primitive]})
        return self._cubes[colour]


def _object_node(document: GltfDocument, geometry: _Geometry, scene: Scene, thing: SceneObject, name: str) -> int:
    """Node of an object. A concept has no place of its own, so that its parts keep their world coordinates."""
    node: dict[str, Any] = {"name": name, "extras": _extras(scene, thing)}
    if thing.kind != "concept":
        place = document.add(
            "nodes", {"name": f"{name} geometry", **_placed(thing), **_wrapped(document, geometry, thing)}
        )
        node["children"] = [place]
    return document.add("nodes", node)


def _placed(thing: SceneObject) -> dict[str, Any]:
    turn = TO_GLTF @ Boxes.of([thing]).rotation[0] @ TO_GLTF.T
    return {"translation": (TO_GLTF @ thing.center).tolist(), "rotation": _quaternion(turn)}


def _wrapped(document: GltfDocument, geometry: _Geometry, thing: SceneObject) -> dict[str, Any]:
    return {"children": [document.add("nodes", geometry.nodes(thing))]}


def _camera_node(document: GltfDocument, camera: Camera) -> int:
    aspect = camera.width / camera.height
    perspective = {"yfov": camera.fov_y, "aspectRatio": aspect, "znear": 0.05}
    index = document.add("cameras", {"type": "perspective", "name": "camera", "perspective": perspective})
    right, down, forward = camera.axes
    turn = TO_GLTF @ np.stack([right, -down, -forward], axis=1)
    return document.add(
        "nodes",
        {
            "name": "camera",
            "camera": index,
            "translation": (TO_GLTF @ camera.position).tolist(),
            "rotation": _quaternion(turn),
            "extras": {"width_px": camera.width, "height_px": camera.height, "focal_mm": camera.focal_mm},
        },
    )


def _names(shown: list[SceneObject]) -> dict[str, str]:
    """Name of each node: its label where no other object has it, else its id."""
    labels = [thing.label for thing in shown]
    taken = {thing.id for thing in shown} | {"camera"}
    return {
        thing.id: thing.label if labels.count(thing.label) == 1 and thing.label not in taken else thing.id
        for thing in shown
    }


def _extras(scene: Scene, thing: SceneObject) -> dict[str, Any]:
    relations = [
        {"predicate": relation.predicate.value, "object": relation.object, "frame": relation.frame}
        for relation in scene.relations
        if relation.subject == thing.id
    ]
    return {
        "id": thing.id,
        "label": thing.label,
        "category": thing.category,
        "kind": thing.kind,
        "attributes": list(thing.attributes),
        "size_m": list(thing.size),
        "yaw_rad": thing.yaw,
        "relations": relations,
        "source": thing.provenance.source,
    }


def _material(colour: Colour) -> dict[str, Any]:
    """A matt material of an sRGB colour; glTF wants it linear (IEC 61966-2-1)."""
    srgb = np.asarray(colour, float)
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    rough = {"baseColorFactor": [*linear.tolist(), 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.9}
    return {"name": "colour", "pbrMetallicRoughness": rough, "doubleSided": True}


def _unit_cube() -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Corners (24, 3), normals (24, 3) and outward triangles (12, 3) of the cube of side 1 around the origin."""
    positions: list[Floats] = []
    normals: list[Floats] = []
    triangles: list[list[int]] = []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            normal = np.zeros(3)
            normal[axis] = sign
            across, along = np.roll(np.eye(3), -axis, axis=0)[1:] * np.array([[sign], [1.0]])
            start = len(positions)
            positions += [normal + a * across + b * along for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            normals += [normal] * 4
            triangles += [[start, start + 1, start + 2], [start, start + 2, start + 3]]
    return np.array(positions) / 2.0, np.array(normals), np.array(triangles)


def _quaternion(matrix: Floats) -> list[float]:
    """Unit quaternion x, y, z, w of a rotation matrix (3, 3)."""
    from scipy.spatial.transform import Rotation  # type: ignore[import-untyped]

    return [float(v) for v in Rotation.from_matrix(matrix).as_quat()]
