"""Solids to build things from: boxes, turned and drawn-out shapes, tubes, sheets. World axes (Z up, front -Y), metres.

Every function gives a `Surface`; `whole` joins them and turns the result into glTF's axes. Polygons and profiles run
anticlockwise; colours are sRGB in [0, 1], with opacity where a fourth number is given.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from sd3studio.services.catalogue_build.surface import Floats, Material, Surface, joined, plain_surface

if TYPE_CHECKING:
    from PIL.Image import Image

Colour = tuple[float, ...]
Point = tuple[float, float, float]


def material(colour: Colour) -> Material:
    """A plain material."""
    red, green, blue, opacity = (*colour, 1.0)[:4]
    return Material((red, green, blue, opacity))


def whole(*parts: Surface) -> Surface:
    """The parts as one surface in glTF's axes (Y up, front towards +Z)."""
    surface = joined(parts)
    return surface.replace(vertices=surface.vertices[:, (0, 2, 1)] * (1.0, 1.0, -1.0))


def moved(surface: Surface, by: Point) -> Surface:
    """The surface shifted."""
    return surface.replace(vertices=surface.vertices + by)


def rotated(surface: Surface, axis: str, angle_deg: float) -> Surface:
    """The surface turned about an axis through the origin, anticlockwise seen against the axis."""
    angle = np.deg2rad(angle_deg)
    c, s = np.cos(angle), np.sin(angle)
    matrix = {
        "x": [[1, 0, 0], [0, c, -s], [0, s, c]],
        "y": [[c, 0, s], [0, 1, 0], [-s, 0, c]],
        "z": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
    }[axis]
    return surface.replace(vertices=surface.vertices @ np.asarray(matrix).T)


def grounded(surface: Surface) -> Surface:
    """The surface standing on the ground, the middle of its box over the origin."""
    low, high = surface.vertices.min(axis=0), surface.vertices.max(axis=0)
    return surface.replace(vertices=surface.vertices - [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])


def stuck(surface: Surface, depth: float) -> Surface:
    """What still shows of the surface when its lowest `depth` metres are stuck in sand or snow."""
    surface = grounded(surface)
    vertices = surface.vertices - (0.0, 0.0, depth)
    out = (vertices[surface.faces][:, :, 2] > 0.0).any(axis=1)
    used = np.unique(surface.faces[out], return_inverse=True)
    vertices = np.maximum(vertices[used[0]], (-np.inf, -np.inf, 0.0))
    return grounded(surface.keep_faces(out).replace(vertices=vertices, faces=used[1].reshape(-1, 3)))


def stretched(surface: Surface, by: Point) -> Surface:
    """The surface scaled along the axes."""
    return surface.replace(vertices=surface.vertices * by)


def warped(surface: Surface, move: Callable[[Floats], Floats]) -> Surface:
    """The surface with its (V, 3) vertices put where `move` says."""
    return surface.replace(vertices=move(surface.vertices))


def box(size: Point, centre: Point, colour: Colour, bevel: float = 0.0) -> Surface:
    """A box; `bevel` metres are cut off its edges."""
    if bevel <= 0:
        corners = np.asarray([[x, y, z] for z in (-0.5, 0.5) for y in (-0.5, 0.5) for x in (-0.5, 0.5)])
        quads = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
        return plain_surface(corners * size + centre, _triangles(quads), material(colour))
    return moved(hull(_bevelled_corners(size, bevel), colour), centre)


def _bevelled_corners(size: Point, bevel: float) -> Floats:
    half = np.asarray(size) / 2
    cut = min(bevel, float(half.min()) * 0.95)
    signs = np.asarray([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    return np.concatenate([signs * (half - cut + cut * np.eye(3)[k]) for k in range(3)])


def hull(points: ArrayLike, colour: Colour) -> Surface:
    """The convex hull of some points."""
    from scipy.spatial import ConvexHull

    points = np.asarray(points, float)
    found = ConvexHull(points)
    faces = found.simplices.astype(np.int64)
    normals = np.cross(points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]])
    inward = np.einsum("nc,nc->n", normals, found.equations[:, :3]) < 0
    faces[inward] = faces[inward][:, ::-1]
    return plain_surface(points, faces, material(colour))


def lathe(profile: Sequence[tuple[float, float]], colour: Colour, segments: int = 32, caps: bool = True) -> Surface:
    """A shape turned about the z axis from (radius, z) pairs that run from the bottom to the top of its outside.

    `caps` closes its two ends; a ring has none.
    """
    turn = np.arange(segments) * 2 * np.pi / segments
    rings = [np.column_stack([r * np.cos(turn), r * np.sin(turn), np.full(segments, z)]) for r, z in profile]
    return skin(rings, colour, caps)


def skin(rings: Sequence[ArrayLike], colour: Colour, caps: bool = True, closed: bool = True) -> Surface:
    """A surface stretched over rings with the same number of points; `closed` joins the last point to the first."""
    stack = np.asarray(rings, float)
    levels, count, _ = stack.shape
    across = np.arange(count if closed else count - 1)
    after = (across + 1) % count
    quads = [
        (level * count + a, level * count + b, (level + 1) * count + b, (level + 1) * count + a)
        for level in range(levels - 1)
        for a, b in zip(across, after, strict=True)
    ]
    vertices = stack.reshape(-1, 3)
    faces = _triangles(quads)
    if caps and closed:
        ends = [stack[0].mean(axis=0), stack[-1].mean(axis=0)]
        low, high = len(vertices), len(vertices) + 1
        top = (levels - 1) * count
        fans = [(low, b, a) for a, b in zip(across, after, strict=True)]
        fans += [(high, top + a, top + b) for a, b in zip(across, after, strict=True)]
        vertices = np.concatenate([vertices, ends])
        faces = np.concatenate([faces, np.asarray(fans)])
    return plain_surface(vertices, faces, material(colour))


def cylinder(radius: float, height: float, base: Point, colour: Colour, segments: int = 24) -> Surface:
    """An upright cylinder on its base centre."""
    return moved(lathe([(radius, 0.0), (radius, height)], colour, segments), base)


def rod(start: Point, end: Point, radius: float, colour: Colour, segments: int = 12) -> Surface:
    """A straight round bar."""
    return tube([start, end], radius, colour, segments)


def ball(radii: float | Point, centre: Point, colour: Colour, segments: int = 28) -> Surface:
    """A sphere or an ellipsoid."""
    latitude = np.linspace(-np.pi / 2, np.pi / 2, segments // 2 + 1)[1:-1]
    profile = [(float(np.cos(a)), float(np.sin(a))) for a in latitude]
    unit = lathe([(0.02, -1.0), *profile, (0.02, 1.0)], colour, segments)
    scale = (radii, radii, radii) if isinstance(radii, int | float) else radii
    return moved(stretched(unit, scale), centre)


def tube(points: ArrayLike, radius: ArrayLike, colour: Colour, segments: int = 12) -> Surface:
    """A round tube along a line of points; `radius` is one number, or one for each point."""
    path = np.asarray(points, float)
    radii = np.broadcast_to(np.asarray(radius, float), len(path))
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side = np.cross(along[0], [0.0, 0.0, 1.0] if abs(along[0][2]) < 0.9 else [1.0, 0.0, 0.0])
    turn = np.arange(segments) * 2 * np.pi / segments
    rings = []
    for point, direction, size in zip(path, along, radii, strict=True):
        side = side - direction * (side @ direction)  # carried along, so that the tube does not twist
        side /= np.linalg.norm(side)
        other = np.cross(direction, side)
        rings.append(point + size * (np.outer(np.cos(turn), side) + np.outer(np.sin(turn), other)))
    return skin(rings, colour)


def slab(outline: ArrayLike, thickness: float, colour: Colour, bevel: float = 0.0) -> Surface:
    """A plate lying on z = 0 with a star-shaped (N, 2) outline; `bevel` metres are cut off its upper and lower edge."""
    points = np.asarray(outline, float)
    middle = points.mean(axis=0)
    size = max(float(np.ptp(points, axis=0).max()), 1e-9)
    inner = middle + (points - middle) * (1 - 2 * bevel / size)
    levels = [(points, 0.0), (points, thickness)]
    if bevel > 0:
        levels = [(inner, 0.0), (points, bevel), (points, thickness - bevel), (inner, thickness)]
    return skin([np.column_stack([ring, np.full(len(ring), z)]) for ring, z in levels], colour)


def sheet(width: float, height: float, picture: "Image", centre: Point, facing: str = "front") -> Surface:
    """A flat textured rectangle that faces the front (-Y), the back (+Y) or up (+Z)."""
    x, z = width / 2, height / 2
    corners = {
        "front": [(-x, 0, -z), (x, 0, -z), (x, 0, z), (-x, 0, z)],
        "back": [(x, 0, -z), (-x, 0, -z), (-x, 0, z), (x, 0, z)],
        "up": [(-x, -z, 0), (x, -z, 0), (x, z, 0), (-x, z, 0)],
    }[facing]
    uv = np.asarray([(0, 0), (1, 0), (1, 1), (0, 1)], float)
    faces = np.asarray([(0, 1, 2), (0, 2, 3)])
    return Surface(
        np.asarray(corners, float) + centre,
        faces,
        uv[faces],
        np.zeros(2, np.int64),
        (Material((1.0, 1.0, 1.0, 1.0), picture),),
    )


def mapped(surface: Surface, picture: "Image", across: str, up: str) -> Surface:
    """The surface with a picture thrown on it: `across` and `up` name the axes that the picture's sides follow."""
    low, high = surface.vertices.min(axis=0), surface.vertices.max(axis=0)
    unit = (surface.vertices - low) / np.maximum(high - low, 1e-9)
    axes = ["xyz".index(across), "xyz".index(up)]
    return surface.replace(
        corner_uv=unit[:, axes][surface.faces] * 0.998 + 0.001,
        material_of_face=np.zeros(len(surface.faces), np.int64),
        materials=(Material((1.0, 1.0, 1.0, 1.0), picture),),
    )


def circle(radius: float, segments: int = 32, start_deg: float = 0.0, end_deg: float = 360.0) -> Floats:
    """(N, 2) points on a circle, or on a part of it with both ends."""
    whole_turn = abs(end_deg - start_deg) >= 360.0
    angles = np.deg2rad(np.linspace(start_deg, end_deg, segments, endpoint=not whole_turn))
    return radius * np.column_stack([np.cos(angles), np.sin(angles)])


def rounded_rectangle(width: float, depth: float, corner: float, segments: int = 5) -> Floats:
    """(N, 2) outline of a rectangle with round corners."""
    x, y = width / 2 - corner, depth / 2 - corner
    parts = [
        circle(corner, segments, start, start + 90) + offset
        for start, offset in ((0, (x, y)), (90, (-x, y)), (180, (-x, -y)), (270, (x, -y)))
    ]
    return np.concatenate(parts)


def _triangles(quads: Sequence[tuple[int, int, int, int]]) -> np.ndarray:
    corners = np.asarray(quads, np.int64)
    return np.concatenate([corners[:, (0, 1, 2)], corners[:, (0, 2, 3)]])
