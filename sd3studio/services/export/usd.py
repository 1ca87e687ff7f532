"""OpenUSD (``.usda`` text, ``.usdc`` or ``.usd`` binary): named, nested prims, metres, Z up; camera and light.

Written by the maintained library `usd-core` (the extra ``sd3studio[usd]``). Each mesh is stored once per tint and
instanced. Relations are USD relationships ``sd3studio:on`` from prim to prim; label, category, attributes, size and
source are custom data. Lost: hidden objects, photo, masks, and textures, of which each face keeps its mean colour.
"""

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sd3studio import __version__
from sd3studio.core.catalogue import credits_of
from sd3studio.core.errors import MissingModelError
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import SENSOR_HEIGHT_MM, Camera
from sd3studio.core.scene.value import Colour
from sd3studio.core.scene.values import Light, Scene, SceneObject
from sd3studio.render.mesh import load_mesh, mesh_path
from sd3studio.services.export.form import Export, left_out_notes, listed

if TYPE_CHECKING:
    from pxr import Usd

Floats = NDArray[np.float64]

BINARY = (".usdc", ".usd")
"""Suffixes of the binary form; anything else is written as text."""

ROOT, MESHES = "/World", "/Meshes"
NAMESPACE = "sd3studio"
SUN, AMBIENT = 3.0, 1.0
"""Intensities of a light of strength 1, chosen so that the default scene is neither dark nor burnt out."""


def make(scene: Scene, path: Path) -> Export:
    """One USD file with all objects that are not hidden. Raises `MissingModelError` without the package usd-core."""
    try:
        from pxr import Usd, UsdGeom
    except ImportError as error:
        raise MissingModelError(
            "USD export needs the package usd-core. Get it with: pip install usd-core (or 'sd3studio[usd]')."
        ) from error
    stage = Usd.Stage.CreateInMemory()
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, ROOT).GetPrim())
    credit = "; ".join(credits_of(thing.mesh for thing in scene.objects.values() if not thing.hidden))
    told = {"title": scene.title, "sentence": scene.sentence, "creator": _creator(), "copyright": credit}
    stage.GetRootLayer().customLayerData = told
    writer = _Writer(stage, scene)
    writer.write()
    notes = left_out_notes(scene, stuff=False)
    if credit:
        notes.append("Who made the meshes, and under which licence, is in the layer's custom data (copyright).")
    if writer.missing:
        notes.append(f"Meshes that were not found are boxes: {listed(sorted(writer.missing))}.")
    if writer.textured:
        notes.append(f"Textures became one colour a face: {listed(sorted(writer.textured))}.")
    return Export(((path, _encoded(stage, path)),), tuple(notes))


class _Writer:
    """Writes a scene into a stage; remembers where each object and each mesh went."""

    def __init__(self, stage: "Usd.Stage", scene: Scene) -> None:
        self.stage, self.scene = stage, scene
        self.missing: set[str] = set()
        self.textured: set[str] = set()
        self._shown = {thing.id: thing for thing in scene.objects.values() if not thing.hidden}
        self._paths: dict[str, str] = {}
        self._meshes: dict[tuple[str, Colour | None], str] = {}

    def write(self) -> None:
        for thing in self._shown.values():
            self._define(thing)
        for relation in self.scene.relations:
            if relation.subject in self._shown and relation.object in self._shown:
                self._relate(relation.subject, relation.predicate.value, relation.object)
        _write_camera(self.stage, self.scene.camera)
        _write_light(self.stage, self.scene.light)

    def _define(self, thing: SceneObject) -> str:
        """The prim of an object, below its concept; a concept has no place of its own."""
        from pxr import Gf, UsdGeom

        if thing.id in self._paths:
            return self._paths[thing.id]
        parent = self._shown.get(thing.parent) if thing.parent else None
        above = self._define(parent) if parent is not None else ROOT
        path = self._paths[thing.id] = f"{above}/{_identifier(thing.id)}"
        prim = UsdGeom.Xform.Define(self.stage, path).GetPrim()
        prim.SetDisplayName(thing.label)
        prim.SetCustomDataByKey(NAMESPACE, _custom_data(thing))
        if thing.kind != "concept":
            body = UsdGeom.Xform.Define(self.stage, f"{path}/Body")
            body.AddTransformOp().Set(Gf.Matrix4d(_placement(thing).T.tolist()))  # USD multiplies rows from the left
            body.GetPrim().GetReferences().AddInternalReference(self._mesh(thing))
            body.GetPrim().SetInstanceable(True)
        return path

    def _relate(self, subject: str, predicate: str, object: str) -> None:
        name = f"{NAMESPACE}:{predicate.replace(' ', '_')}"
        self.stage.GetPrimAtPath(self._paths[subject]).CreateRelationship(name).AddTarget(self._paths[object])

    def _mesh(self, thing: SceneObject) -> str:
        """Path of the prototype that an object is an instance of: a unit cube of faces, in its tint."""
        known = thing.mesh is not None and mesh_path(thing.mesh) is not None
        if thing.mesh is not None and not known:
            self.missing.add(thing.mesh)
        key = (thing.mesh if thing.mesh is not None and known else "", thing.colour)
        if key not in self._meshes:
            self._meshes[key] = self._write_mesh(*key)
        return self._meshes[key]

    def _write_mesh(self, mesh: str, tint: Colour | None) -> str:
        from pxr import Gf, UsdGeom, Vt

        data = load_mesh(mesh or None)
        if data.textures and tint is None:
            self.textured.add(mesh)
        path = f"{MESHES}/{_identifier(mesh or 'box')}_{len(self._meshes)}"
        self.stage.CreateClassPrim(MESHES)
        UsdGeom.Xform.Define(self.stage, path)
        made = UsdGeom.Mesh.Define(self.stage, f"{path}/Mesh")
        made.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(data.unit_positions, np.float32)))
        made.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(data.faces, 3, np.int32)))
        made.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(data.indices.reshape(-1).astype(np.int32)))
        made.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(_unit_normals(data.normals, data.extent)))
        made.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
        made.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
        made.CreateDoubleSidedAttr(True)
        made.CreateExtentAttr([Gf.Vec3f(-0.5, -0.5, -0.5), Gf.Vec3f(0.5, 0.5, 0.5)])
        colours = np.array([tint]) if tint else data.face_colours[:, :3] / 255.0
        primvar = made.CreateDisplayColorPrimvar(UsdGeom.Tokens.constant if tint else UsdGeom.Tokens.uniform)
        primvar.Set(Vt.Vec3fArray.FromNumpy(_linear(colours)))
        return path


def _placement(thing: SceneObject) -> Floats:
    """(4, 4) from the unit cube to the object's box in the world, for column vectors."""
    matrix = np.eye(4)
    matrix[:3, :3] = Boxes.of([thing]).rotation[0] * np.asarray(thing.size)
    matrix[:3, 3] = thing.center
    return matrix


def _unit_normals(normals: NDArray[np.float32], extent: NDArray[np.float32]) -> NDArray[np.float32]:
    """(V, 3) normals of the mesh squeezed into the unit cube; USD turns them back with the inverse transpose."""
    squeezed = np.asarray(normals, float) * extent
    length = np.linalg.norm(squeezed, axis=1, keepdims=True)
    return np.ascontiguousarray(squeezed / np.maximum(length, 1e-12), np.float32)


def _write_camera(stage: "Usd.Stage", camera: Camera) -> None:
    from pxr import Gf, UsdGeom

    made = UsdGeom.Camera.Define(stage, f"{ROOT}/Camera")
    made.AddTransformOp().Set(Gf.Matrix4d(np.linalg.inv(camera.view_matrix()).T.tolist()))
    made.CreateFocalLengthAttr(camera.focal_mm)
    made.CreateVerticalApertureAttr(SENSOR_HEIGHT_MM)
    made.CreateHorizontalApertureAttr(SENSOR_HEIGHT_MM * camera.width / camera.height)
    made.CreateClippingRangeAttr(Gf.Vec2f(0.05, 10_000.0))


def _write_light(stage: "Usd.Stage", light: Light) -> None:
    from pxr import Gf, UsdLux

    flat, up = math.cos(light.elevation), math.sin(light.elevation)
    towards = np.array([flat * math.cos(light.azimuth), flat * math.sin(light.azimuth), up])
    side = np.array([-math.sin(light.azimuth), math.cos(light.azimuth), 0.0])
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([side, np.cross(towards, side), towards], axis=1)  # it shines along its own -Z
    sun = UsdLux.DistantLight.Define(stage, f"{ROOT}/Sun")
    sun.AddTransformOp().Set(Gf.Matrix4d(matrix.T.tolist()))
    sun.CreateIntensityAttr(SUN * light.sun)
    UsdLux.DomeLight.Define(stage, f"{ROOT}/Sky").CreateIntensityAttr(AMBIENT * light.ambient)


def _custom_data(thing: SceneObject) -> dict[str, Any]:
    from pxr import Gf, Vt

    return {
        "id": thing.id,
        "label": thing.label,
        "category": thing.category or "",
        "kind": thing.kind,
        "attributes": Vt.StringArray(list(thing.attributes)),
        "prompt": thing.prompt,
        "source": thing.provenance.source,
        "size_m": Gf.Vec3d(*thing.size),
        "yaw_rad": thing.yaw,
    }


def _identifier(name: str) -> str:
    """A prim name that is different for different names: letters and digits stay, the rest becomes its code."""
    plain = "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" if c != "-" else "_" for c in name)
    return f"_{plain}" if plain[0].isdigit() else plain


def _linear(srgb: NDArray[Any]) -> NDArray[np.float32]:
    """Linear light of sRGB colours (IEC 61966-2-1), as USD has them."""
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.ascontiguousarray(linear, np.float32)


def _encoded(stage: "Usd.Stage", path: Path) -> bytes:
    layer = stage.GetRootLayer()
    if path.suffix.lower() not in BINARY:
        return layer.ExportToString().encode("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "scene.usdc"
        layer.Export(str(written))
        return written.read_bytes()


def _creator() -> str:
    return f"SD3 Studio {__version__}"
