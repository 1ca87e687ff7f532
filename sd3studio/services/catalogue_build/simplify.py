"""Fewer faces, same look: edge collapse (meshoptimizer) for most things, thinning for trees with their many leaves."""

from ctypes import c_float, c_size_t, c_uint

import numpy as np

from sd3studio.services.catalogue_build.surface import (
    Floats,
    Ints,
    Surface,
    components,
    face_normals,
    joined,
    welded,
)
from sd3studio.services.catalogue_build.tables import ENOUGH_FACES
from sd3studio.services.catalogue_build.transfer import with_attributes_of

MAX_FACES = 4000
ALLOWED_ERROR = 0.002
"""Deviation, as a share of the size, up to which faces are taken away although there are not too many of them."""
MOST_ERROR = 0.1
"""Deviation that is put up with where there are too many faces."""
PRUNING_ERROR = 0.02
"""The same where pieces smaller than it may vanish."""
LEAF_FACES = 100
"""Pieces of plants of at most so many faces count as leaves, flowers, needles."""
MANY_LEAVES = 1000
KITE_FACES = 4
"""Leaves of more faces than this become kites of two faces."""
MAX_GROWTH = 3.0
UV_WEIGHT = 0.3
"""How much an error of a whole texture counts against one of the whole size."""


def simplified(
    surface: Surface, max_faces: int = MAX_FACES, foliage: bool = False, enough_faces: int = ENOUGH_FACES
) -> Surface:
    """The surface with at most `max_faces` faces (welded; degenerate faces dropped).

    Faces that hardly show are taken away down to `enough_faces`. Edges are collapsed by quadric error, texture
    coordinates included. The leaves of `foliage` would vanish by that: where there are thousands, each becomes a kite,
    and some of them are kept and grown so that the covered area stays.
    """
    surface = welded(surface)
    if len(surface.faces) <= enough_faces:
        return surface
    piece = components(len(surface.vertices), surface.faces)
    sizes = np.bincount(piece)
    if not foliage or (sizes <= LEAF_FACES).sum() < MANY_LEAVES:
        return _collapsed(surface, max_faces, enough_faces)
    leafy = (sizes <= LEAF_FACES)[piece]
    solid = surface.keep_faces(~leafy)
    solid_budget = int(max_faces * min(max(1.0 - leafy.mean(), 0.15), 0.4))
    if len(solid.faces) > solid_budget:
        solid = _collapsed(welded(solid), solid_budget, enough_faces)
    leaves = _thinned(surface.keep_faces(leafy), max_faces - len(solid.faces), np.random.default_rng(0))
    return joined([leaves, solid]) if len(solid.faces) else leaves


def _collapsed(surface: Surface, max_faces: int, enough_faces: int) -> Surface:
    """Edge collapse that keeps texture seams; where those leave too many faces, without regard to them."""
    attempt = _collapsed_with_seams(surface, min(enough_faces, max_faces), ALLOWED_ERROR, prune=True)
    if len(attempt.faces) > max_faces:
        attempt = _collapsed_with_seams(surface, max_faces, MOST_ERROR, prune=False)
    if len(attempt.faces) <= max_faces:
        return attempt
    points, none = _unit_positions(surface.vertices), np.zeros((len(surface.vertices), 1))
    faces = _collapse(points, none, 0.0, surface.faces, max_faces, MOST_ERROR, prune=False)
    if len(faces) > max_faces:
        faces = _collapse(points, none, 0.0, surface.faces, max_faces, PRUNING_ERROR, prune=True)
    if len(faces) > max_faces:
        faces = _collapse_sloppy(points, surface.faces, max_faces)
    return with_attributes_of(surface, surface.vertices, faces)


def _collapsed_with_seams(surface: Surface, target: int, error: float, prune: bool) -> Surface:
    """Collapse over vertices split by texture coordinate and material, so that faces keep both exactly."""
    scaled = _unit_positions(surface.vertices)
    corners = surface.faces.reshape(-1)
    uv = surface.corner_uv.reshape(-1, 2)
    material = np.repeat(surface.material_of_face, 3)
    key = np.column_stack([corners, np.round(uv * 8192), material])
    _, first, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    faces = inverse.reshape(-1, 3).astype(np.int64)
    spread = max(float(np.ptp(uv, axis=0).max()), 1.0)
    indices = _collapse(scaled[corners[first]], uv[first], UV_WEIGHT / spread, faces, target, error, prune)
    return Surface(
        surface.vertices, corners[first][indices], uv[first][indices], material[first][indices[:, 0]], surface.materials
    )


def _unit_positions(vertices: Floats) -> Floats:
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    scale = float(np.max(high - low))
    return (vertices - low) / scale


def _collapse(
    positions: Floats, attributes: Floats, weight: float, faces: Ints, target: int, error: float, prune: bool
) -> Ints:
    """(F, 3) indices after quadric edge collapse down to `target` faces or up to a relative error.

    `prune` also lets pieces vanish that are smaller than the error.
    """
    import meshoptimizer

    indices = np.ascontiguousarray(faces.reshape(-1), np.uint32)
    destination = np.zeros_like(indices)
    points = np.ascontiguousarray(positions, np.float32)
    values = np.ascontiguousarray(attributes, np.float32)
    # The binding declares no argument types for this function, so numbers are handed over as C values.
    count = meshoptimizer.simplify_with_attributes(
        destination,
        indices,
        points,
        values,
        np.full(values.shape[1], weight, np.float32),
        index_count=c_size_t(len(indices)),
        vertex_count=c_size_t(len(points)),
        vertex_positions_stride=c_size_t(points.strides[0]),
        vertex_attributes_stride=c_size_t(values.strides[0]),
        attribute_count=c_size_t(values.shape[1]),
        target_index_count=c_size_t(min(target * 3, len(indices))),
        target_error=c_float(error),
        options=c_uint(meshoptimizer.SIMPLIFY_PRUNE if prune else 0),
    )
    return destination[:count].astype(np.int64).reshape(-1, 3)


def _collapse_sloppy(positions: Floats, faces: Ints, target: int) -> Ints:
    """Like `_collapse`, by merging vertices in cells: reaches any target, rough."""
    import meshoptimizer

    indices = np.ascontiguousarray(faces.reshape(-1), np.uint32)
    destination = np.zeros_like(indices)
    count = meshoptimizer.simplify_sloppy(
        destination,
        indices,
        np.ascontiguousarray(positions, np.float32),
        target_index_count=min(target * 3, len(indices)),
        target_error=MOST_ERROR,
    )
    return destination[:count].astype(np.int64).reshape(-1, 3)


def _thinned(surface: Surface, budget: int, random: np.random.Generator) -> Surface:
    """A random choice of the pieces with `budget` faces in all, each grown to keep the covered area."""
    piece = components(len(surface.vertices), surface.faces)
    area = _area(surface)
    leaves = _kites(surface, piece)
    piece = components(len(leaves.vertices), leaves.faces)
    sizes = np.bincount(piece)
    order = random.permutation(len(sizes))
    chosen = np.zeros(len(sizes), bool)
    chosen[order[np.cumsum(sizes[order]) <= budget]] = True
    kept = leaves.keep_faces(chosen[piece])
    growth = min(np.sqrt(area / max(_area(kept), 1e-12)), MAX_GROWTH)
    vertices = kept.vertices[kept.faces.reshape(-1)]
    owner = np.repeat(piece[chosen[piece]], 3)
    centres = _means(vertices, owner, len(sizes))
    grown = centres[owner] + (vertices - centres[owner]) * growth
    low, high = surface.bounds
    faces = np.arange(len(grown), dtype=np.int64).reshape(-1, 3)
    return welded(kept.replace(vertices=np.clip(grown, low, high), faces=faces))


def _kites(surface: Surface, piece: Ints) -> Surface:
    """Each piece of more than `KITE_FACES` faces as two triangles between its outermost corners."""
    vertices, uvs, materials = [], [], []
    order = np.argsort(piece, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(piece[order]) > 0])
    for members in np.split(order, starts[1:]):
        points = surface.vertices[surface.faces[members]].reshape(-1, 3)
        uv = surface.corner_uv[members]
        corners = np.arange(len(points)).reshape(-1, 3)
        if len(members) > KITE_FACES:
            corners = _kite(points)
            # What lies between outer corners may be off the leaf in the texture: both halves show the largest face.
            largest = np.linalg.norm(face_normals(surface.vertices, surface.faces[members]), axis=1).argmax()
            uv = np.stack([uv[largest], uv[largest][[0, 2, 1]]])
        vertices.append(points[corners.reshape(-1)])
        uvs.append(uv)
        materials.append(np.full(len(corners), np.bincount(surface.material_of_face[members]).argmax()))
    points = np.concatenate(vertices)
    return welded(
        Surface(
            points,
            np.arange(len(points), dtype=np.int64).reshape(-1, 3),
            np.concatenate(uvs),
            np.concatenate(materials).astype(np.int64),
            surface.materials,
        ),
        tolerance=1e-7,
    )


def _kite(points: Floats) -> Ints:
    """(2, 3) indices of two triangles between the ends of the longest and of the second axis of some points."""
    _, _, axes = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    along, across = points @ axes[0], points @ axes[1]
    start, end, left, right = along.argmin(), along.argmax(), across.argmin(), across.argmax()
    return np.asarray([[start, left, end], [start, end, right]], np.int64)


def _area(surface: Surface) -> float:
    return float(np.linalg.norm(face_normals(surface.vertices, surface.faces), axis=1).sum()) / 2


def _means(points: Floats, owner: Ints, count: int) -> Floats:
    """(count, 3) mean of the points of each owner."""
    weight = np.maximum(np.bincount(owner, minlength=count), 1)
    return np.stack([np.bincount(owner, points[:, k], count) for k in range(3)], axis=1) / weight[:, None]
