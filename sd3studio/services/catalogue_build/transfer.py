"""Materials and texture coordinates for a surface whose faces were made anew near an original one."""

import numpy as np

from sd3studio.services.catalogue_build.surface import Floats, Ints, Surface, components, face_normals

SAMPLES = 60_000
"""Points spread over the original surface to find texture coordinates near a moved corner."""


def with_attributes_of(original: Surface, vertices: Floats, faces: Ints) -> Surface:
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
