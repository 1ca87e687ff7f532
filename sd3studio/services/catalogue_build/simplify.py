"""Fewer faces, same look: edge collapse for solid parts, thinning for foliage; texture coordinates are found again."""

import numpy as np

from sd3studio.services.catalogue_build.surface import Floats, Ints, Surface, components, face_normals, joined, welded

MAX_FACES = 3200
LEAF_FACES = 100
"""Pieces of plants of at most so many faces count as leaves, flowers, needles."""
KITE_FACES = 4
"""Leaves of more faces than this become kites of two faces."""
MAX_GROWTH = 3.0
SAMPLES = 60_000
"""Points spread over the original surface to find texture coordinates near a moved corner."""


def simplified(surface: Surface, max_faces: int = MAX_FACES, foliage: bool = False, seed: int = 0) -> Surface:
    """The surface with at most `max_faces` faces (welded; degenerate faces dropped).

    Quadric edge collapse; a face's material is that of the nearest original face, and its texture coordinates are
    extrapolated from one patch of the original texture, so that no face spans a seam. The leaves of `foliage` would
    vanish by that: each becomes a kite, and some of them are kept and grown so that the covered area stays.
    """
    surface = welded(surface)
    if len(surface.faces) <= max_faces:
        return surface
    piece = components(len(surface.vertices), surface.faces)
    leafy = (np.bincount(piece) <= LEAF_FACES)[piece]
    if not foliage or leafy.mean() < 0.5:
        return _collapsed(surface, max_faces)
    solid = surface.keep_faces(~leafy)
    solid_budget = int(max_faces * min(max(1.0 - leafy.mean(), 0.25), 0.6))
    if len(solid.faces) > solid_budget:
        solid = _collapsed(welded(solid), solid_budget)
    leaves = _thinned(surface.keep_faces(leafy), max_faces - len(solid.faces), np.random.default_rng(seed))
    return joined([leaves, solid]) if len(solid.faces) else leaves


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


def _collapsed(surface: Surface, max_faces: int) -> Surface:
    vertices, faces = _edge_collapse(surface.vertices, surface.faces, max_faces)
    return _with_attributes_of(surface, vertices, faces)


def _edge_collapse(vertices: Floats, faces: Ints, max_faces: int) -> tuple[Floats, Ints]:
    import fast_simplification

    low, high = vertices.min(axis=0), vertices.max(axis=0)
    scale = float(np.max(high - low))
    points, triangles = (vertices - low) / scale, faces.astype(np.int32)
    for aggression in (5, 7, 9, 10, 10, 10):
        if len(triangles) <= max_faces:
            break
        points, triangles = fast_simplification.simplify(
            np.ascontiguousarray(points), np.ascontiguousarray(triangles), target_count=max_faces, agg=aggression
        )
        points, triangles = np.asarray(points, float), np.asarray(triangles, np.int32)
    points, wide = np.clip(points, 0.0, (high - low) / scale), triangles.astype(np.int64)
    cells = 128.0
    while len(wide) > max_faces:
        points, wide = _clustered(points, wide, cells)
        cells *= 0.85
    return points * scale + low, wide


def _clustered(points: Floats, faces: Ints, cells: float) -> tuple[Floats, Ints]:
    """Points in one cell of a grid made one: coarse, for what edge collapse leaves (loose sheets with open borders)."""
    _, inverse = np.unique(np.floor(points * cells), axis=0, return_inverse=True)
    inverse = inverse.reshape(-1).astype(np.int64)
    means = _means(points, inverse, int(inverse.max()) + 1)
    merged = inverse[faces]
    a, b, c = merged.T
    merged = merged[(a != b) & (b != c) & (a != c)]
    _, first = np.unique(np.sort(merged, axis=1), axis=0, return_index=True)
    return means, merged[np.sort(first)]


def _with_attributes_of(original: Surface, vertices: Floats, faces: Ints) -> Surface:
    """Materials and texture coordinates for new faces that lie near the original ones."""
    from scipy.spatial import cKDTree

    points, owner = _samples(original)
    normals = face_normals(original.vertices, original.faces)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    new_normals = face_normals(vertices, faces)
    new_normals /= np.maximum(np.linalg.norm(new_normals, axis=1, keepdims=True), 1e-12)
    centroids = vertices[faces].mean(axis=1)
    neighbours = min(12, len(points))
    distance, near = cKDTree(points).query(centroids, k=neighbours)
    near_faces = owner[near.reshape(len(faces), neighbours)]
    # Thin walls have two sides: prefer a sample whose face looks the same way.
    turned = 1.0 - np.einsum("fkc,fc->fk", normals[near_faces], new_normals)
    size = np.sqrt(np.linalg.norm(face_normals(vertices, faces), axis=1))[:, None] + 1e-12
    best = np.argmin(distance.reshape(len(faces), neighbours) / size + 0.5 * turned, axis=1)
    source = near_faces[np.arange(len(faces)), best]
    material = original.material_of_face[source]
    textured = np.asarray([m.texture is not None for m in original.materials])[material]
    corner_uv = np.zeros((len(faces), 3, 2))
    if textured.any():
        corner_uv[textured] = _corner_uv(original, vertices, faces[textured], source[textured], points, owner)
    return Surface(vertices, faces, corner_uv, material, original.materials)


def _samples(surface: Surface) -> tuple[Floats, Ints]:
    """Points over the surface (every face's centre, more on large faces) and the face that each lies on."""
    areas = np.linalg.norm(face_normals(surface.vertices, surface.faces), axis=1)
    random = np.random.default_rng(0)
    extra = random.choice(len(areas), SAMPLES, p=areas / areas.sum())
    owner = np.concatenate([np.arange(len(areas)), extra])
    weights = np.concatenate([np.full((len(areas), 3), 1 / 3), random.dirichlet((1, 1, 1), SAMPLES)])
    return np.einsum("nk,nkc->nc", weights, surface.vertices[surface.faces[owner]]), owner


def _corner_uv(original: Surface, vertices: Floats, faces: Ints, source: Ints, points: Floats, owner: Ints) -> Floats:
    """(F, 3, 2) texture coordinates of new corners, each read off the texture patch that the face's centre lies on."""
    from scipy.spatial import cKDTree

    patch = _patches(original)
    corner_uv = np.empty((len(faces), 3, 2))
    corners = vertices[faces]
    for number in np.unique(patch[source]):
        chosen = np.flatnonzero(patch[source] == number)
        samples = np.flatnonzero(patch[owner] == number)
        targets = corners[chosen].reshape(-1, 3)
        _, near = cKDTree(points[samples]).query(targets)
        face = owner[samples[near]]
        weights = _barycentric(original.vertices[original.faces[face]], targets)
        corner_uv[chosen] = np.einsum("nk,nkc->nc", weights, original.corner_uv[face]).reshape(-1, 3, 2)
    return corner_uv


def _patches(surface: Surface) -> Ints:
    """(F,) number of the texture patch of each face: faces joined where position and texture coordinate agree."""
    keys = np.concatenate(
        [
            surface.faces.reshape(-1, 1).astype(float),
            np.round(surface.corner_uv.reshape(-1, 2) * 4096),
            np.repeat(surface.material_of_face, 3)[:, None].astype(float),
        ],
        axis=1,
    )
    _, inverse = np.unique(keys, axis=0, return_inverse=True)
    corner_faces = inverse.reshape(-1, 3).astype(np.int64)
    return components(int(corner_faces.max()) + 1, corner_faces)


def _barycentric(triangles: Floats, points: Floats) -> Floats:
    """(N, 3) weights of the points dropped onto the planes of the triangles; a little outside is allowed."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    u, v, w = b - a, c - a, points - a
    uu, uv, vv = (u * u).sum(1), (u * v).sum(1), (v * v).sum(1)
    wu, wv = (w * u).sum(1), (w * v).sum(1)
    scale = np.maximum(uu * vv - uv * uv, 1e-18)
    beta, gamma = (vv * wu - uv * wv) / scale, (uu * wv - uv * wu) / scale
    weights = np.clip(np.stack([1 - beta - gamma, beta, gamma], axis=1), -0.25, 1.25)
    return weights / weights.sum(axis=1, keepdims=True)
