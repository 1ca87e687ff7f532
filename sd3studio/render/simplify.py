"""Fewer triangles for the same shape: edge collapse by quadric error in rounds of independent edges.

Quadrics are those of Garland and Heckbert (Surface Simplification Using Quadric Error Metrics, SIGGRAPH 1997), weighted
by area. Each round collapses all edges that are cheapest at both their ends, so that a round is a few array operations.
Unlike the usual sequential form it makes no demands on the mesh: furniture models are full of open sheets, doubled
faces and loose pieces, at which manifold simplifiers stop.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MAX_ROUNDS = 60
_SHARE_PER_ROUND = 0.35
"""Only this cheapest share of the edges may collapse in one round; more is faster and coarser."""


def simplified(points: Floats, faces: Ints, target: int) -> tuple[Floats, Ints]:
    """Points (P, 3) and triangles (G, 3) of a simpler form of a mesh, G at most about `target`.

    `points` (V, 3) must be welded; `faces` (F, 3) index them.
    """
    points, faces = np.array(points, float), _alive(np.asarray(faces, np.int64))
    quadrics = _quadrics(points, faces)
    blocked, guarded = np.zeros(0, np.int64), True
    for _ in range(_MAX_ROUNDS):
        excess = len(faces) - target
        if excess <= 0:
            break
        edges = _edges(faces)
        codes = edges[:, 0] * len(points) + edges[:, 1]
        cost, goal = _costs(points, quadrics, edges)
        cost[np.isin(codes, blocked)] = np.inf
        chosen = _independent(edges, cost, len(points), -(-excess // 2))
        if guarded and len(chosen):
            flips = _flips(points, faces, edges[chosen], goal[chosen])
            blocked = np.concatenate([blocked, codes[chosen[flips]]])
            chosen = chosen[~flips]
        if len(chosen) < excess // 100 + 1 and guarded:
            # only collapses that turn a face over are left, as in loose pieces smaller than the detail that is kept
            guarded, blocked = False, blocked[:0]
        kept, gone = edges[chosen].T
        points[kept] = goal[chosen]
        quadrics[kept] += quadrics[gone]
        to = np.arange(len(points))
        to[gone] = kept
        faces = _alive(to[faces])
    used, index = np.unique(faces, return_inverse=True)
    return points[used], index.reshape(-1, 3)


def _alive(faces: Ints) -> Ints:
    """Faces with three different corners, each once whatever its winding."""
    a, b, c = faces.T
    faces = faces[(a != b) & (b != c) & (a != c)]
    ordered = np.sort(faces, axis=1)
    size = int(ordered.max(initial=0)) + 1
    _, first = np.unique((ordered[:, 0] * size + ordered[:, 1]) * size + ordered[:, 2], return_index=True)
    return faces[np.sort(first)]


def _edges(faces: Ints) -> Ints:
    """(E, 2) edges, each once."""
    pairs = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    size = int(pairs.max(initial=0)) + 1
    codes = np.unique(pairs[:, 0] * size + pairs[:, 1])
    return np.stack([codes // size, codes % size], axis=1)


def _quadrics(points: Floats, faces: Ints) -> Floats:
    """(V, 4, 4) sums over the faces around each point of area times the squared distance to the face's plane.

    A thousandth of the squared distance to the point itself keeps flat regions from sliding, and planes upright on
    open borders keep borders in place.
    """
    corners = points[faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    doubled = np.linalg.norm(normal, axis=1)
    unit = normal / np.maximum(doubled, 1e-30)[:, None]
    plane = np.concatenate([unit, -np.einsum("ij,ij->i", unit, corners[:, 0])[:, None]], axis=1)
    total = np.zeros((len(points), 4, 4))
    weighted = (doubled / 6.0)[:, None, None] * plane[:, :, None] * plane[:, None, :]
    weight = np.zeros(len(points))
    for k in range(3):
        np.add.at(total, faces[:, k], weighted)
        np.add.at(weight, faces[:, k], doubled / 6.0)
    _add_borders(total, points, faces, unit)
    stay = 1e-3 * weight[:, None]
    total[:, [0, 1, 2], [0, 1, 2]] += stay
    total[:, :3, 3] -= stay * points
    total[:, 3, :3] -= stay * points
    total[:, 3, 3] += 1e-3 * weight * (points**2).sum(axis=1)
    return total


def _add_borders(total: Floats, points: Floats, faces: Ints, unit: Floats) -> None:
    """Add to `total` the planes through border edges, upright on their face."""
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    owner = np.tile(np.arange(len(faces)), 3)
    ordered = np.sort(ends, axis=1)
    codes = ordered[:, 0] * len(points) + ordered[:, 1]
    _, first, count = np.unique(codes, return_index=True, return_counts=True)
    border = first[count == 1]
    a, b = points[ends[border, 0]], points[ends[border, 1]]
    upright = np.cross(b - a, unit[owner[border]])
    length = np.linalg.norm(upright, axis=1, keepdims=True)
    upright = upright / np.maximum(length, 1e-30)
    plane = np.concatenate([upright, -np.einsum("ij,ij->i", upright, a)[:, None]], axis=1)
    weighted = (length**2)[:, :, None] * plane[:, :, None] * plane[:, None, :]
    for k in range(2):
        np.add.at(total, ends[border, k], weighted)


def _costs(points: Floats, quadrics: Floats, edges: Ints) -> tuple[Floats, Floats]:
    """Cost (E,) of collapsing each edge and the best of its ends and middle (E, 3) to put the joined point."""
    a, b = points[edges[:, 0]], points[edges[:, 1]]
    both = quadrics[edges[:, 0]] + quadrics[edges[:, 1]]
    places = np.stack([a, b, (a + b) / 2.0], axis=1)
    whole = np.concatenate([places, np.ones((*places.shape[:2], 1))], axis=2)
    costs = ((whole @ both) * whole).sum(axis=2)
    best = costs.argmin(axis=1)
    rows = np.arange(len(edges))
    return costs[rows, best], places[rows, best]


def _independent(edges: Ints, cost: Floats, points: int, most: int) -> Ints:
    """Edges (at most `most`) that are the cheapest at both their ends, cheapest first."""
    order = np.argsort(cost, kind="stable")
    rank = np.empty(len(edges), np.int64)
    rank[order] = np.arange(len(edges))
    best = np.full(points, len(edges))
    np.minimum.at(best, edges[:, 0], rank)
    np.minimum.at(best, edges[:, 1], rank)
    free = (best[edges[:, 0]] == rank) & (best[edges[:, 1]] == rank)
    free &= (rank < max(int(len(edges) * _SHARE_PER_ROUND), 1)) & np.isfinite(cost)
    chosen = np.flatnonzero(free)
    return chosen[np.argsort(rank[chosen])][:most]


def _flips(points: Floats, faces: Ints, edges: Ints, goal: Floats) -> NDArray[np.bool_]:
    """(K,) which of these collapses would turn a neighbouring face over."""
    moved, to = points.copy(), np.arange(len(points))
    moved[edges[:, 0]], moved[edges[:, 1]] = goal, goal
    to[edges[:, 1]] = edges[:, 0]
    after = to[faces]
    stays = (after[:, 0] != after[:, 1]) & (after[:, 1] != after[:, 2]) & (after[:, 0] != after[:, 2])
    old, new = points[faces[stays]], moved[faces[stays]]
    before_normal = np.cross(old[:, 1] - old[:, 0], old[:, 2] - old[:, 0])
    after_normal = np.cross(new[:, 1] - new[:, 0], new[:, 2] - new[:, 0])
    scale = np.linalg.norm(before_normal, axis=1) * np.linalg.norm(after_normal, axis=1)
    turned = np.einsum("ij,ij->i", before_normal, after_normal) < 0.1 * scale
    bad = np.zeros(len(points), bool)
    bad[faces[stays][turned].reshape(-1)] = True
    return bad[edges[:, 0]] | bad[edges[:, 1]]
