"""Free spots for new objects."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.errors import MeshError, SceneError
from sd3studio.core.layout.overlapping import TOLERANCE_M, sunk_depth
from sd3studio.core.layout.setting import Floats, Setting
from sd3studio.core.layout.spots import over
from sd3studio.core.relations import Bodies, Pairs, support_of
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.value import Vec3
from sd3studio.core.scene.values import Scene, SceneObject

SMALL_M = 0.6
"""Things of at most this size are put on tables, where there are any."""

CLEARANCE_M = 0.1
CARRIER_UNDERSIDE = 0.5
"""Things with room below their surface and nothing above it (tables, desks, stools) carry new small things."""

RINGS_M = np.concatenate([np.arange(0.0, 3.0, 0.2), np.arange(3.0, 12.0, 0.6), np.geomspace(12.0, 2_000.0, 24)])
VIEW_REACH_M = 30.0
CELLS = 20_000
"""Spots times objects that are judged at a time, nearest spots first."""


def place(scene: Scene, thing: SceneObject, near: str | None = None) -> SceneObject:
    """The object at a free spot: it goes into nothing and stands on something.

    Small things go on the table (or `near`, if that carries things) that is nearest to the middle of the view, where it
    has room; others go on the floor, as near as possible to `near` or to the middle of the view. What hangs gets
    the height that its catalogue entry says. The turn is kept.

    Parameters
    ----------
    near : id of the object to be near, if any; raises `SceneError` if it is not in the scene
    """
    if near is not None and near not in scene.objects:
        raise SceneError(f"There is no object {near!r} to place {thing.label} near.")
    others = [other for other in scene.solid_objects() if other.id != thing.id]
    goal = np.array(scene.objects[near].center[:2]) if near else view_center(scene.camera)
    setting = Setting.of(Scene.of([thing.replace(parent=None)], camera=scene.camera))
    around = Bodies.of(others)
    half_z = float(setting.half_z[0])
    base = usual_base_m(thing)
    if max(thing.size) <= SMALL_M and base == 0.0:
        for carrier in _carriers(others, goal, near):
            points = over(Bodies.of([thing, *others]), 0, 1 + carrier, 9)
            heights = np.full(len(points), float(around.surface_z[carrier]) + half_z)
            inside = _fits_on(setting, points, around, carrier)
            spot = _nearest_free(setting, thing, np.column_stack([points, heights])[inside], around, goal, 0.03)
            if spot is not None:
                return _at(thing, spot)
    height = base + half_z
    points = goal + _rings()
    spot = _nearest_free(
        setting, thing, np.column_stack([points, np.full(len(points), height)]), around, goal, CLEARANCE_M
    )
    return _at(thing, spot if spot is not None else np.array([*goal, height]))


def nearest_free_center(scene: Scene, thing: SceneObject, clearance_m: float = CLEARANCE_M) -> Vec3:
    """Centre of the free spot nearest to where an object is, at its own height."""
    others = [other for other in scene.solid_objects() if other.id != thing.id]
    goal = np.array(thing.center[:2])
    alone = Scene.of([thing.replace(parent=None)], camera=scene.camera)
    points = goal + _rings()
    centers = np.column_stack([points, np.full(len(points), thing.center[2])])
    spot = _nearest_free(Setting.of(alone), thing, centers, Bodies.of(others), goal, clearance_m)
    return thing.center if spot is None else _at(thing, spot).center


def usual_base_m(thing: SceneObject) -> float:
    """Height (m) at which the base of a thing usually is, from its catalogue entry: 0 for what stands."""
    try:
        entry = shipped_catalogue().get(thing.mesh)
    except MeshError:
        entry = None
    return entry.elevation_m if entry else 0.0


def view_center(camera: Camera) -> Floats:
    """Point (2,) of the ground in the middle of the view, or below the camera's target if that is much nearer."""
    position, forward = np.asarray(camera.position), camera.axes[2]
    to_target = float(np.linalg.norm(np.asarray(camera.target) - position))
    to_ground = -position[2] / forward[2] if forward[2] < -1e-6 else np.inf
    ahead = to_ground if 0.0 < to_ground <= 1.5 * to_target else min(to_target, VIEW_REACH_M)
    return (position + ahead * forward)[:2]


def _carriers(others: list[SceneObject], goal: Floats, near: str | None) -> list[int]:
    """Rows of what small things may be put on, best first."""
    if near is not None:
        return [row for row, other in enumerate(others) if other.id == near and support_of(other).underside > 0.0]
    rows = [
        row
        for row, other in enumerate(others)
        if support_of(other).surface == 1.0 and support_of(other).underside >= CARRIER_UNDERSIDE and other.size[2] < 1.3
    ]
    return sorted(rows, key=lambda row: (float(np.hypot(*(np.array(others[row].center[:2]) - goal))), row))


def _fits_on(setting: Setting, points: Floats, around: Bodies, carrier: int) -> NDArray[np.bool_]:
    """(P,) True where the thing lies inside the carrier's footprint, or at least most of it."""
    bodies = setting.bodies_of(0, np.column_stack([points, np.zeros(len(points))]), np.zeros(len(points)))
    return Pairs(bodies, around.take([carrier])).overlap[:, 0] >= 0.8


def _nearest_free(
    setting: Setting, thing: SceneObject, centers: Floats, around: Bodies, goal: Floats, clearance_m: float
) -> Floats | None:
    if not len(centers):
        return None
    centers = centers[np.argsort(np.hypot(*(centers[:, :2] - goal).T), kind="stable")]
    if not len(around):
        return centers[0]
    reserve: Floats | None = None
    step = max(8, CELLS // len(around))
    for start in range(0, len(centers), step):
        some = centers[start : start + step]
        pairs = Pairs(setting.bodies_of(0, some, np.full(len(some), thing.yaw)), around)
        sunk: NDArray[np.bool_] = np.any(sunk_depth(pairs) > TOLERANCE_M * 0.5, axis=1)
        level = pairs.common_height > TOLERANCE_M
        carries = pairs.a.base_z[:, None] >= around.surface_z[None, :] - TOLERANCE_M
        crowded: NDArray[np.bool_] = np.any(level & ~carries & (pairs.separation < clearance_m), axis=1)
        free = some[~(sunk | crowded)]
        if len(free):
            return free[0]
        if reserve is None and not sunk.all():
            reserve = some[~sunk][0]
    return reserve


@cache
def _rings() -> Floats:
    """(P, 2) offsets on rings around the origin, from near to far."""
    rings = [np.zeros((1, 2))]
    for radius in RINGS_M[1:]:
        count = int(np.clip(np.ceil(2.0 * np.pi * radius / 0.35), 8, 36))
        angles = np.arange(count) * (2.0 * np.pi / count)
        rings.append(radius * np.stack([np.cos(angles), np.sin(angles)], axis=1))
    return np.concatenate(rings)


def _at(thing: SceneObject, center: Floats) -> SceneObject:
    x, y, z = (round(float(v), 4) for v in center)
    return thing.replace(center=(x, y, z))
