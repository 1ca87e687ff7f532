"""What is under the cursor, and what is inside a rectangle: by geometry, without a GL context.

A pick first asks all boxes, then, nearest first, the triangles of the meshes inside, so that a click between the legs
of a chair picks what is behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sd3studio.core.scene.boxes import CORNER_SIGNS, Boxes, ray_hits
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.value import Vec3
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.render.mesh import SLAB, load_mesh
from sd3studio.render.stuff import is_sky

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hit:
    """An object under a ray: its id, the distance along the ray (m) and the point hit (m, world)."""

    id: str
    distance_m: float
    point: Vec3


@dataclass
class Picker:
    """Picks in a scene; the boxes are computed once per scene and kept while single objects change.

    Objects that are hidden, concepts and skies can't be picked. `solid_only` leaves stuff out too.
    """

    solid_only: bool = False
    _scene: Scene | None = None
    _objects: tuple[SceneObject, ...] = ()
    _boxes: Boxes = field(default_factory=lambda: Boxes.of(()))

    def set_scene(self, scene: Scene) -> None:
        """Take over a scene. Cheap when it is the same value, or when only few objects differ."""
        if scene is self._scene:
            return
        objects = tuple(thing for thing in scene.objects.values() if self._can_pick(thing))
        same = len(objects) == len(self._objects) and all(
            new.id == old.id for new, old in zip(objects, self._objects, strict=True)
        )
        if same:
            self._refresh(objects)
        else:
            self._boxes = Boxes.of(objects)
        self._scene, self._objects = scene, objects

    def _can_pick(self, thing: SceneObject) -> bool:
        if thing.hidden or thing.kind == "concept" or is_sky(thing):
            return False
        return thing.kind == "object" or not self.solid_only

    def _refresh(self, objects: Sequence[SceneObject]) -> None:
        changed = [row for row, thing in enumerate(objects) if thing is not self._objects[row]]
        if not changed:
            return
        fresh = Boxes.of(objects[row] for row in changed)
        for name in ("center", "half", "rotation", "yaw"):
            getattr(self._boxes, name)[changed] = getattr(fresh, name)

    def pick(self, origin: ArrayLike, direction: ArrayLike) -> Hit | None:
        """The first object that a ray meets, or None. `direction` (3,) is a unit vector of the world."""
        start, heading = np.asarray(origin, float), np.asarray(direction, float)
        entries = ray_hits(self._boxes, start, heading)
        best, found = np.inf, None
        for row in np.argsort(entries):
            if entries[row] >= best:
                break
            distance = self._refined(int(row), start, heading)
            if distance < best:
                best, found = distance, int(row)
        if found is None:
            return None
        x, y, z = start + best * heading
        return Hit(self._boxes.ids[found], float(best), (float(x), float(y), float(z)))

    def pick_pixel(self, camera: Camera, x_px: float, y_px: float) -> Hit | None:
        """The object seen at a position of the picture (px from the top left, of the camera's width and height)."""
        origin, direction = camera.ray(np.array([x_px, y_px]))
        return self.pick(origin, direction)

    def _refined(self, row: int, origin: Floats, direction: Floats) -> float:
        """Distance to the triangles of an object's mesh; infinite when the ray passes between them."""
        thing, boxes = self._objects[row], self._boxes
        key = SLAB if thing.kind == "stuff" and thing.mesh is None else thing.mesh
        scale = 2.0 * boxes.half[row]
        to_local = boxes.rotation[row].T
        start = to_local @ (origin - boxes.center[row]) / scale
        heading = to_local @ direction / scale  # not unit: distances along it stay metres
        return first_triangle(load_mesh(key).unit_triangles, start, heading)

    def marquee(
        self, camera: Camera, corner_px: Sequence[float], other_px: Sequence[float], touching: bool = True
    ) -> tuple[str, ...]:
        """Ids of the objects in a rectangle of the picture, in scene order.

        `touching` takes whatever overlaps the rectangle with the outline of its box; else the middle must lie inside.
        Things that reach behind the camera count with the part in front of it.
        """
        if not len(self._boxes):
            return ()
        low, high = np.minimum(corner_px, other_px), np.maximum(corner_px, other_px)
        if touching:
            inside = _outline_overlaps(self._boxes, camera, low, high)
        else:
            pixels, depth = camera.project(self._boxes.center)
            inside = (depth > 0) & ((pixels >= low) & (pixels <= high)).all(axis=1)
        return tuple(self._boxes.ids[row] for row in np.flatnonzero(inside))


def first_triangle(triangles: NDArray[np.floating], origin: Floats, direction: Floats) -> float:
    """Distance, in lengths of `direction`, to the first of the triangles (F, 3, 3) that a ray meets, else infinity.

    Both sides count (Moeller and Trumbore, Fast, Minimum Storage Ray/Triangle Intersection, 1997).
    """
    a = triangles[:, 0]
    edge1, edge2 = triangles[:, 1] - a, triangles[:, 2] - a
    p = np.cross(direction, edge2)
    det = np.einsum("ij,ij->i", edge1, p)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1.0 / det
        t = origin - a
        u = np.einsum("ij,ij->i", t, p) * inverse
        q = np.cross(t, edge1)
        v = q @ direction * inverse
        distance = np.einsum("ij,ij->i", edge2, q) * inverse
        # degenerate triangles divide by zero; the NaN compare False
        hit = (u >= 0.0) & (v >= 0.0) & (u + v <= 1.0) & (distance > 0.0)
    return float(distance[hit].min(initial=np.inf))


def _outline_overlaps(boxes: Boxes, camera: Camera, low: Floats, high: Floats) -> NDArray[np.bool_]:
    """(N,) whether the convex outline of each projected box overlaps the rectangle.

    By separating axes: those of the rectangle, then, for boxes that pass, the normals of the outline's edges, which lie
    among the projected edges of the box.
    """
    near = 1e-3
    local = camera.to_camera(boxes.corners())
    ahead = local[..., 2] > near
    depth = np.maximum(local[..., 2], near)
    middle = np.array([camera.width / 2.0, camera.height / 2.0])
    pixels = camera.px_per_m(depth)[..., None] * local[..., :2] + middle
    touches = (pixels.max(axis=1) >= low).all(axis=1) & (pixels.min(axis=1) <= high).all(axis=1) & ahead.any(axis=1)
    rows = np.flatnonzero(touches & ahead.all(axis=1))
    if len(rows):
        touches[rows] = _separating_axes(pixels[rows], low, high)
    return touches


_EDGES = np.array(
    [(i, j) for i in range(8) for j in range(i + 1, 8) if (CORNER_SIGNS[i] != CORNER_SIGNS[j]).sum() == 1]
)


def _separating_axes(pixels: Floats, low: Floats, high: Floats) -> NDArray[np.bool_]:
    """(K,) whether outlines of corners (K, 8, 2) overlap the rectangle, by the normals of their twelve edges."""
    along = pixels[:, _EDGES[:, 1]] - pixels[:, _EDGES[:, 0]]
    normals = np.stack([-along[..., 1], along[..., 0]], axis=-1)  # (K, 12, 2)
    rectangle = np.array([[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]])
    box = np.einsum("kec,kvc->kev", normals, pixels)
    other = np.einsum("kec,vc->kev", normals, rectangle)
    apart = (box.max(axis=2) < other.min(axis=2)) | (other.max(axis=2) < box.min(axis=2))
    return ~apart.any(axis=1)
